"""Folders of Markdown files, with folders in them.

Also: zip archives of Markdown files, those of strangers among them.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from flourishing.errors import InputError
from flourishing.formats.markdown.vault import Vault, is_archive, listed, read_archive, read_folder


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def contents(folder: Path) -> list[str]:
    return [page.content for page in read_folder(folder).pages]


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    fill(tmp_path, "b.md", "a.MD", "c.txt", "d.markdown")
    assert contents(tmp_path) == ["a.MD", "b.md", "d.markdown"]


def test_folders_in_it_are_read_and_hidden_ones_are_not(tmp_path: Path) -> None:
    fill(
        tmp_path,
        *("sea/a.md", "sea/winter/b.md", "c.md"),
        *(".obsidian/plugin.md", ".trash/gone.md", "sea/.trash/gone.md", ".hidden.md"),
    )
    assert contents(tmp_path) == ["c.md", "sea/a.md", "sea/winter/b.md"]


def test_links_are_left_out_and_named(tmp_path: Path) -> None:
    vault, outside = tmp_path / "vault", tmp_path / "outside"
    fill(vault, "a.md")
    fill(outside, "secret.md")
    (vault / "out").symlink_to(outside, target_is_directory=True)
    (vault / "out.md").symlink_to(outside / "secret.md")
    (vault / "round").symlink_to(vault, target_is_directory=True)
    found = read_folder(vault)
    assert [page.content for page in found.pages] == ["a.md"]
    assert found.notes == ("Links were left out: out, out.md, round.",)


def test_a_folder_that_is_itself_a_link_is_read(tmp_path: Path) -> None:
    fill(tmp_path / "vault", "a.md")
    (tmp_path / "link").symlink_to(tmp_path / "vault", target_is_directory=True)
    assert contents(tmp_path / "link") == ["a.md"]


def test_what_cannot_be_read_is_refused_by_name_and_the_rest_is_read(tmp_path: Path) -> None:
    fill(tmp_path, "a.md", "z.md")
    (tmp_path / "broken.md").write_text("---\ntitle: [\n---\nsea", encoding="utf-8")
    (tmp_path / "bytes.md").write_bytes(b"\xff")
    os.mkfifo(tmp_path / "pipe.md")
    found = read_folder(tmp_path)
    assert [page.content for page in found.pages] == ["a.md", "z.md"]
    for name, error in zip(("broken.md", "bytes.md", "pipe.md"), found.refused, strict=True):
        assert name in str(error)
        assert error.hint


def test_one_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        read_folder(tmp_path / "nowhere")


def test_there_is_only_so_much_room(tmp_path: Path) -> None:
    with (tmp_path / "a.md").open("wb") as file:
        file.truncate(64 * 2**20)
    assert read_folder(tmp_path).pages
    fill(tmp_path, "b.md")
    with pytest.raises(InputError, match="too much"):
        read_folder(tmp_path)


def test_of_many_names_the_first_are_listed() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(number) for number in range(9)]) == "0, 1, 2, 3, 4 and 4 more"


MB = 2**20
_SIZES = struct.Struct("<III")
"""Check sum, packed size and size, as each entry has them, in its head and in the list."""


def archive(files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return bytearray(buffer.getvalue())


def contents_of_archive(vault: Vault) -> dict[str, str]:
    return {str(page.path): page.content for page in vault.pages}


def with_size(raw: bytearray, size: int, crc: int | None = None) -> bytes:
    """Make the first entry say of itself that it has this size."""
    for at in (14, raw.index(b"PK\x01\x02") + 16):
        told, packed, _ = _SIZES.unpack_from(raw, at)
        _SIZES.pack_into(raw, at, told if crc is None else crc, packed, size)
    return bytes(raw)


def test_pages_are_read_in_the_order_of_their_names() -> None:
    raw = archive({"b.md": "two", "poems/a.MD": "three", "a.md": "one", "c.txt": "no"})
    vault = read_archive(bytes(raw))
    assert contents_of_archive(vault) == {"a.md": "one", "b.md": "two", "poems/a.MD": "three"}
    assert not vault.on_disk
    assert is_archive(bytes(raw))


def test_names_lead_nowhere() -> None:
    names = ("../up.md", "/abs.md", "C:\\win.md", "a/../../b.md", "x\x1b[2J.md")
    read = contents_of_archive(read_archive(bytes(archive(dict.fromkeys(names, "sea")))))
    assert set(read) == {"up.md", "abs.md", "C:/win.md", "a/b.md", "x [2J.md"}


def test_what_is_hidden_is_left_out() -> None:
    files = dict.fromkeys(("a.md", ".trash/b.md", "v/.obsidian/c.md", "__MACOSX/._a.md"), "sea")
    assert set(contents_of_archive(read_archive(bytes(archive(files))))) == {"a.md"}


def test_an_archive_in_it_is_left_out_and_named() -> None:
    inner = bytes(archive({"b.md": "inner"}))
    vault = read_archive(bytes(archive({"a.md": "one", "sub/inner.zip": inner})))
    assert set(contents_of_archive(vault)) == {"a.md"}
    assert vault.notes == ("Archives in it were left out: sub/inner.zip.",)
    with pytest.raises(InputError, match=r"no Markdown files.*inner\.zip"):
        read_archive(bytes(archive({"inner.zip": inner})))


def test_a_symbolic_link_in_it_is_left_out_and_named() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("a.md", "a cat")
        link = zipfile.ZipInfo("b.md")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/hostname")
    vault = read_archive(buffer.getvalue())
    assert list(contents_of_archive(vault).values()) == ["a cat"]
    assert vault.notes == ("Symbolic links in it were left out: b.md.",)


def test_a_damaged_or_locked_page_is_refused_and_the_rest_is_read() -> None:
    raw = archive({"a.md": "the fog comes on little cat feet " * 20, "b.md": "two"})
    raw[34:44] = b"\xff" * 10
    vault = read_archive(bytes(raw))
    assert contents_of_archive(vault) == {"b.md": "two"}
    assert [str(error) for error in vault.refused] == ["a.md cannot be read: it is damaged."]

    locked = archive({"a.md": "one", "b.md": "two"})
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (error,) = read_archive(bytes(locked)).refused
    assert "password" in str(error)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_packed_in_a_way_that_cannot_be_bounded_is_refused(method: int) -> None:
    with pytest.raises(InputError, match="rare way"):
        read_archive(bytes(archive({"a.md": b"\0" * MB}, method)))


class TestLies:
    """Archives that say something else of themselves than what comes out of them."""

    def peak(self, raw: bytes) -> int:
        tracemalloc.start()
        try:
            with pytest.raises(InputError):
                read_archive(raw)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def test_one_that_unpacks_to_too_much_is_refused(self) -> None:
        raw = bytes(archive({"a.md": b"\0" * (65 * MB)}))
        assert len(raw) < MB
        with pytest.raises(InputError, match="too much"):
            read_archive(raw)

    def test_one_that_says_it_is_small_takes_no_room(self) -> None:
        content = b"\0" * (80 * MB)
        raw = with_size(archive({"a.md": content}), 10, zlib.crc32(content[:10]))
        del content
        assert sum(map(len, contents_of_archive(read_archive(raw)).values())) <= 10
        damaged = with_size(archive({"a.md": b"\0" * (40 * MB)}), 10)
        assert self.peak(damaged) < 8 * MB

    def test_one_that_says_it_is_large_is_only_what_it_is(self) -> None:
        raw = with_size(archive({"a.md": "the sea"}), 4_000_000_000)
        assert contents_of_archive(read_archive(raw)) == {"a.md": "the sea"}

    def test_many_pages_together_are_too_much(self) -> None:
        files = {f"{number}.md": b"\0" * (10 * MB) for number in range(7)}
        with pytest.raises(InputError, match="too much"):
            read_archive(bytes(archive(files)))

    def test_damaged_pages_count_too(self) -> None:
        raw = archive({f"{number}.md": b"\0" * (10 * MB) for number in range(7)})
        for number in range(7):  # every check sum is wrong
            at = raw.index(f"{number}.md".encode()) - 30 + 14
            listed = raw.rindex(f"{number}.md".encode()) - 46 + 16
            for place in (at, listed):
                raw[place] ^= 0xFF
        with pytest.raises(InputError, match="too much"):
            read_archive(bytes(raw))

    def test_entries_of_the_same_bytes_are_refused(self) -> None:
        raw = archive({"a.md": "the sea " * 100}, zipfile.ZIP_STORED)
        begin = raw.index(b"PK\x01\x02")
        end = raw.index(b"PK\x05\x06")
        entry, tail = raw[begin:end], raw[end:]
        struct.pack_into("<HHI", tail, 8, 2_000, 2_000, len(entry) * 2_000)
        with pytest.raises(InputError, match="damaged"):
            read_archive(bytes(raw[:begin] + entry * 2_000 + tail))

    def test_a_list_without_end_is_not_read(self) -> None:
        with pytest.raises(InputError, match="too much"):
            read_archive(b"PK\x03\x04" + b"PK\x01\x02" * 60_000)


@pytest.mark.parametrize(
    "raw", [b"PK\x03\x04 and no more", b"PK\x05\x06" + bytes(18), b"PK\x05\x06"]
)
def test_what_is_no_archive_is_said(raw: bytes) -> None:
    with pytest.raises(InputError) as refused:
        read_archive(raw)
    assert refused.value.hint


def test_pages_whose_front_matter_is_broken_are_refused_alone() -> None:
    vault = read_archive(bytes(archive({"a.md": "---\ntitle: [\n---\nsea", "b.md": "two"})))
    assert contents_of_archive(vault) == {"b.md": "two"}
    assert "a.md" in str(vault.refused[0])
