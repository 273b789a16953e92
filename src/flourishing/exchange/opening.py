"""Opening a file from outside: how large, what kind, which encoding, before anything is parsed."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from flourishing.errors import InputError

MOST_BYTES: Final = 512 * 2**20
"""The largest file that is read: whole files are held in memory, some times over."""
_TAPESTRY: Final = b"VersionedTapestryWeave__"
_SQLITE: Final = b"SQLite format 3\x00"


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


def open_file(path: Path) -> Opened:
    """Open a file, and decode it unless it is a database.

    Raises:
        InputError: It cannot be read, is too large, is a binary of a known or unknown kind, or is
            in an encoding that is none of Unicode's.
    """
    try:
        if not path.is_file():
            raise InputError(
                f"There is no file at {str(path)!r}.", hint="Give the path of a single file."
            )
        told = path.stat()
        if told.st_size > MOST_BYTES:
            raise InputError(
                f"{path.name!r} has {told.st_size // 2**20} MB; "
                f"the most that is read is {MOST_BYTES // 2**20} MB.",
                hint="Split the file, or export less from the tool that wrote it.",
            )
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(
            f"{str(path)!r} cannot be read.", hint="See whether it is there and may be read."
        ) from error
    at = datetime.fromtimestamp(told.st_mtime, UTC)
    words = None if raw.startswith(_SQLITE) else _decoded(raw, path.name)
    return Opened(path=path, at=at, words=words)


def _decoded(raw: bytes, name: str) -> str:
    if _TAPESTRY in raw[:64]:
        raise InputError(
            f"{name!r} is a weave of Tapestry Loom, in a binary form that only it reads.",
            hint="Save the text in Tapestry Loom as plain text, and import that.",
        )
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        words = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name!r} is not in UTF-8: byte {error.start + 1} cannot be read.",
            hint="Save it as UTF-8 and try again; if it is no text, export it as text first.",
        ) from error
    if "\x00" in words:
        raise InputError(
            f"{name!r} is no text: it has zero bytes.", hint="Export it as text or JSON first."
        )
    return words
