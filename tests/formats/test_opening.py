"""Opening a file from outside: what cannot be read is refused with a remedy."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flourishing.errors import InputError
from flourishing.files import MOST_BYTES, read_bounded
from flourishing.formats.plain_text import open_file


def written(tmp_path: Path, raw: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_unicode_with_its_mark_is_read(tmp_path: Path, encoding: str) -> None:
    assert open_file(written(tmp_path, "füchse 🦊".encode(encoding))).words == "füchse 🦊"


def test_it_tells_when_the_file_was_changed(tmp_path: Path) -> None:
    path = written(tmp_path, b"fox")
    os.utime(path, (86_400, 86_400))
    assert open_file(path).at == datetime(1970, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("füchse".encode("latin-1"), "byte 2"),
        (b"fox\x00", "zero bytes"),
        (b"VersionedTapestryWeave__\x01\x00\xff", "Tapestry Loom"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, raw: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as refusal:
        open_file(written(tmp_path, raw))
    assert refusal.value.hint


def test_another_encoding_is_named_where_it_is_missed_and_read_where_it_is_given() -> None:
    path = Path(__file__).parent / "cases" / "windows-1252.txt"
    with pytest.raises(InputError, match="not in UTF-8") as refusal:
        open_file(path)
    assert "encoding, such as windows-1252" in refusal.value.hint
    words = open_file(path, encoding="windows-1252").words
    assert words == "café — the “gulls”\r\n\r\nover a boat\r\n"


def test_utf_16_without_a_mark_is_read_where_it_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "fox".encode("utf-16-le"))
    with pytest.raises(InputError, match="zero bytes") as refusal:
        open_file(path)
    assert "encoding, such as utf-16-le" in refusal.value.hint
    assert open_file(path, encoding="utf-16-le").words == "fox"


def test_a_mark_is_no_part_of_the_text_in_an_encoding_that_was_named(tmp_path: Path) -> None:
    path = written(tmp_path, "fox".encode("utf-8-sig"))
    assert open_file(path, encoding="utf-8").words == "fox"


@pytest.mark.parametrize(
    "encoding", ["klingon", "base64", "rot13", "hex", "zlib", "a\x00b", "x" * 5000]
)
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(InputError, match="no encoding") as refusal:
        open_file(written(tmp_path, b"fox"), encoding=encoding)
    assert "windows-1252" in refusal.value.hint


@pytest.mark.parametrize("encoding", [None, "latin-1"])
@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PNG picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG picture"),
        (b"%PDF-1.7\n", "PDF document"),
        (b"{\\rtf1\\ansi fox}", "RTF document"),
        (b"PK\x03\x04\x14\x00", "archive"),
    ],
)
def test_a_file_of_another_kind_is_called_what_it_is(
    tmp_path: Path, raw: bytes, kind: str, encoding: str | None
) -> None:
    with pytest.raises(InputError, match=kind):
        open_file(written(tmp_path, raw), encoding=encoding)


def test_a_pipe_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(InputError, match="pipe or a device"):
        open_file(path)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_refused_unread(device: str) -> None:
    if not Path(device).exists():
        pytest.skip("there is no such device here")
    with pytest.raises(InputError, match="pipe or a device"):
        open_file(Path(device))


def test_a_file_that_never_ends_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = written(tmp_path, b"x" * 101)
    assert read_bounded(path, most=101)[0] == b"x" * 101
    with pytest.raises(InputError, match="larger than"):
        read_bounded(path, most=100)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # sparse: it takes no room
    with pytest.raises(InputError, match="512 MB"):
        open_file(path)


@pytest.mark.parametrize("name", ["missing", ".", "a\x00b", "x" * 5000])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        open_file(tmp_path / name)
