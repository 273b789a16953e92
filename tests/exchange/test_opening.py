"""Opening a file from outside: what cannot be read is refused with a remedy."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flourishing.errors import InputError
from flourishing.exchange.opening import MOST_BYTES, open_file


def written(tmp_path: Path, raw: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
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
