"""A chapbook on the disk: whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from flourishing.chapbook.book import Chapbook
from flourishing.chapbook.epub import to_epub
from flourishing.chapbook.html import to_html
from flourishing.chapbook.pdf import to_pdf
from flourishing.errors import InputError
from flourishing.files import write_whole


def _html_bytes(book: Chapbook) -> bytes:
    return to_html(book).encode("utf-8")


_FORMS: Final[dict[str, Callable[[Chapbook], bytes]]] = {
    ".html": _html_bytes,
    ".epub": to_epub,
    ".pdf": to_pdf,
}


def write(book: Chapbook, path: Path) -> None:
    """Write a chapbook to a file, in the form that its suffix names.

    The file is put in place whole: where that fails, one that was there before stays as it was.

    Args:
        book: The chapbook.
        path: Where to; it ends in .html, .epub or .pdf, in capitals or not.

    Raises:
        InputError: The suffix is another.
        StorageError: It could not be written.
    """
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise InputError(
            f"A chapbook cannot be written as {path.name!r}.",
            hint=f"Let the name of the file end in one of: {', '.join(_FORMS)}.",
        )
    write_whole(path, form(book))
