"""Files of a person: made for their owner alone, and read only up to a size.

Other accounts of a machine can usually read what a program writes. What a person writes, keeps and
spends is theirs alone, so files are made with the mode 0600 and folders with 0700, at the moment
when they are made: between making a file and changing its mode, another account could open it. A
folder that is already there keeps its mode; it may be shared on purpose.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, Final

_FILE: Final = 0o600
_FOLDER: Final = 0o700
LARGEST: Final = 16 * 2**20
"""Bytes; no file of settings, patterns or collections has more."""


def make_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone.

    Args:
        path: The folder; one that is there already stays as it is.

    Raises:
        OSError: It cannot be made, or something else has its name.
    """
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    path.mkdir(mode=_FOLDER, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file for its owner alone, unless there is something at its path.

    Args:
        path: The file; its folder must be there.

    Raises:
        OSError: It cannot be made.
    """
    if not path.exists():
        os.close(open_private(path, os.O_WRONLY | os.O_CREAT))


def open_private(path: str | Path, flags: int) -> int:
    """Open a file, made for its owner alone where it is missing; an `opener` for `open`.

    Args:
        path: The file; its folder must be there.
        flags: As for `os.open`.

    Returns:
        The file's descriptor.
    """
    return os.open(path, flags, _FILE)


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
