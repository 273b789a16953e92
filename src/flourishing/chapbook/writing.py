"""A chapbook on the disk: whole, or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from flourishing.chapbook.book import Chapbook
from flourishing.chapbook.epub import to_epub
from flourishing.chapbook.html import to_html
from flourishing.chapbook.pdf import to_pdf
from flourishing.errors import InputError, StorageError


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
    content = form(book)
    try:
        _replace(path, content)
    except OSError as error:
        raise StorageError(
            f"The chapbook could not be written to {path}: {error.strerror}.",
            hint="Make room, or choose another place. A file that was there is as it was.",
        ) from error


def _replace(path: Path, content: bytes) -> None:
    """Write a new file beside the old one, and let it take its name only when it is whole."""
    beside = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
