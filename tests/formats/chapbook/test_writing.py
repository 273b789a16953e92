"""Writing a chapbook: the suffix names the form, and a file is whole or as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from flourishing.errors import InputError, StorageError
from flourishing.formats.chapbook import Chapbook, to_epub, to_html, to_pdf, write


def test_the_suffix_names_the_form(book: Chapbook, tmp_path: Path) -> None:
    for name in ("a.html", "a.epub", "a.PDF"):
        write(book, tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == to_html(book).encode()
    assert (tmp_path / "a.epub").read_bytes() == to_epub(book)
    assert (tmp_path / "a.PDF").read_bytes() == to_pdf(book)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("name", ["a", "a.docx", ".html"])
def test_another_suffix_is_answered_with_those_that_are_known(
    name: str, book: Chapbook, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refusal:
        write(book, tmp_path / name)
    assert name in str(refusal.value)
    assert ".html, .epub, .pdf" in refusal.value.hint


def test_a_file_that_was_there_is_replaced(book: Chapbook, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("old")
    write(book, path)
    assert path.read_text("utf-8") == to_html(book)


def test_what_cannot_be_written_is_said_and_leaves_nothing_behind(
    book: Chapbook, tmp_path: Path
) -> None:
    (tmp_path / "a.html").mkdir()
    (tmp_path / "a.html" / "inside").write_text("kept")
    with pytest.raises(StorageError, match=r"a\.html") as refusal:
        write(book, tmp_path / "a.html")
    assert refusal.value.hint
    assert [each.name for each in tmp_path.iterdir()] == ["a.html"]
    assert (tmp_path / "a.html" / "inside").read_text() == "kept"


def test_a_folder_that_is_not_there_is_said(book: Chapbook, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="none"):
        write(book, tmp_path / "none" / "a.html")
