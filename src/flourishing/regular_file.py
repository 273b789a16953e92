"""Reading a file that a person named: whole, but never without end.

A folder, a pipe or a device can be named as well as a file, and so can one that is larger than the
memory. They are refused unread.
"""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from flourishing.errors import InputError

MOST_BYTES: Final = 512 * 2**20
"""The largest file that is read: whole files are held in memory, some times over."""
LARGEST: Final = 16 * 2**20
"""Bytes; no file of settings, patterns or collections has more."""
_ONE_FILE: Final = "Give the path of a single file."


def read_bounded(path: Path, *, most: int = MOST_BYTES) -> tuple[bytes, datetime]:
    """Read a regular file whole, and say when it was last changed, in UTC.

    A folder, a pipe or a device is refused unread: reading one might never end.

    Args:
        path: Where it is.
        most: The most bytes that are read.

    Raises:
        InputError: It cannot be read, is no regular file, or is larger.
    """
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise InputError(f"{str(path)!r} is a folder.", hint=_ONE_FILE)
        if not stat.S_ISREG(about.st_mode):
            raise InputError(f"{str(path)!r} is a pipe or a device.", hint=_ONE_FILE)
        with path.open("rb") as file:
            # Some files of the system say that they are empty, and never end.
            raw = b"" if about.st_size > most else file.read(most + 1)
    except FileNotFoundError as error:
        raise InputError(f"There is no file at {str(path)!r}.", hint=_ONE_FILE) from error
    except (OSError, ValueError) as error:
        raise InputError(
            f"{str(path)!r} cannot be read.", hint="See whether it is there and may be read."
        ) from error
    if max(about.st_size, len(raw)) > most:
        raise InputError(
            f"{path.name!r} is larger than {most // 2**20} MB, the most that is read.",
            hint="Split the file, or export less from the tool that wrote it.",
        )
    return raw, datetime.fromtimestamp(about.st_mtime, UTC)


def read_some(file: BinaryIO) -> bytes:
    """Read a file to its end, if that comes.

    Args:
        file: The file, open for reading.

    Raises:
        OSError: It cannot be read.
        ValueError: It is larger than such files are.
    """
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes")
    return content


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """Read a text file whole, if it is no larger than such files are.

    Args:
        path: The file; a device that never ends is not read to its end.
        encoding: The encoding of its text.

    Returns:
        Its text, with "\\n" at the end of each line.

    Raises:
        OSError: It cannot be read, or is a folder.
        ValueError: It is too large, or not in the encoding, or its path has a NUL.
    """
    with path.open("rb") as file:
        content = read_some(file)
    return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
