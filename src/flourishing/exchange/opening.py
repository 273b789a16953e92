"""Opening a file from outside: how large, what kind, which encoding, before anything is parsed."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from flourishing.errors import InputError
from flourishing.regular_file import read_bounded

_TAPESTRY: Final = b"VersionedTapestryWeave__"
_SQLITE: Final = b"SQLite format 3\x00"
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARIES: Final = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"PK\x03\x04", "an archive, or a document of an office program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an office program"),
    (b"\x1f\x8b", "a packed file"),
)
"""What files of other kinds begin with, so that they are called what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file that was opened.

    Attributes:
        path: Where it is.
        at: When it was last changed, in UTC.
        words: Its text; None for a database, which is opened where it lies.
    """

    path: Path
    at: datetime
    words: str | None

    @property
    def suffix(self) -> str:
        """The end of its name, in small letters."""
        return self.path.suffix.lower()


def open_file(path: Path, *, encoding: str | None = None) -> Opened:
    """Open a file, and decode it unless it is a database.

    Args:
        path: Where it is.
        encoding: The encoding of a text file; by default one of Unicode.

    Raises:
        InputError: It cannot be read, is too large, is a binary of a known or unknown kind, is not
            in this encoding, or there is no such encoding.
    """
    raw, at = read_bounded(path)
    words = None if raw.startswith(_SQLITE) else _decoded(raw, path.name, encoding)
    return Opened(path=path, at=at, words=words)


def _decoded(raw: bytes, name: str, encoding: str | None) -> str:
    if _TAPESTRY in raw[:64]:
        raise InputError(
            f"{name!r} is a weave of Tapestry Loom, in a binary form that only it reads.",
            hint="Save the text in Tapestry Loom as plain text, and import that.",
        )
    for beginning, kind in _BINARIES:
        if raw.startswith(beginning):
            raise InputError(
                f"{name!r} is no text, but {kind}.",
                hint="Save its text as plain text, in UTF-8, and import that.",
            )
    marked = next((known for mark, known in _MARKS if raw.startswith(mark)), "utf-8-sig")
    try:
        words = raw.decode(encoding or marked)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name!r} is not in {encoding or 'UTF-8'}: byte {error.start + 1} cannot be read.",
            hint="Name its encoding, such as windows-1252, or save it as UTF-8; if it is no text, "
            "export it as text first.",
        ) from error
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"There is no encoding of texts {encoding!r}.",
            hint="Known are utf-8, utf-16, windows-1252, latin-1, mac-roman, shift-jis and others.",
        ) from error
    if "\x00" in words:
        raise InputError(
            f"{name!r} is no text: it has zero bytes.",
            hint="Export it as text or JSON first; or, if it is a text, name its encoding, such as "
            "utf-16-le.",
        )
    return words.removeprefix("\ufeff")
