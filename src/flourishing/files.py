"""Files: written for their owner alone, whole or not at all; and read within a limit.

Other accounts of a machine can usually read what a program writes. So files are made with the mode
0600 and folders with 0700, at the moment when they are made: between making a file and changing
its mode, another account could open it. A folder that is already there keeps its mode; it may be
shared on purpose.

A new file is written beside the old one, down to the disk, and gets its name only when it is whole:
a full disk, a lost connection or Ctrl-C leave the old file as it was, and nothing beside it. A pipe
or a device (`/dev/stdout`) cannot be replaced, and is written to directly.

A file that a person names is read up to a limit. A pipe or a device may never end, so it is refused
unread.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from flourishing.errors import InputError, StorageError

_FILE: Final = 0o600
_FOLDER: Final = 0o700
_OPEN_ALREADY: Final = re.compile(r"/dev/(?:stdin|stdout|stderr|fd/\d+)|/proc/[^/]+/fd/\d+")
_NO_ROOM: Final = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


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


def write_whole(path: Path, content: bytes, *, folders: bool = False, remedy: str = "") -> None:
    """Write a file, whole or not at all.

    Args:
        path: Where to. A symbolic link stays one, and the file that it names is replaced.
        content: All that the file is to hold.
        folders: Whether to make the folders above it that are missing, for the owner alone.
        remedy: What else can be done where it fails, as a sentence for the hint.

    Raises:
        StorageError: It cannot be written; a file that was there is as it was.
    """
    with writing(path, folders=folders, remedy=remedy) as file:
        file.write(content)


@contextmanager
def writing(path: Path, *, folders: bool = False, remedy: str = "") -> Iterator[BinaryIO]:
    """Give a file to write to, which takes its name when the block ends well.

    A file that is replaced keeps its permissions; a new one is for its owner alone.

    Args:
        path: Where to. A symbolic link stays one, and the file that it names is replaced.
        folders: Whether to make the folders above it that are missing, for the owner alone.
        remedy: What else can be done where it fails, as a sentence for the hint.

    Raises:
        StorageError: It cannot be written; a file that was there is as it was.
    """
    try:
        stream, target = _is_stream(path), path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        # RuntimeError: links that lead round in a circle. ValueError: a NUL in the name.
        raise _explained(path, error, remedy) from error
    try:
        if stream:
            with path.open("wb") as file:
                yield file
            return
        if folders:
            make_folder(target.parent)
        with _replacing(target) as file:
            yield file
    except OSError as error:
        raise _explained(path, error, remedy) from error


def _is_stream(path: Path) -> bool:
    """Say whether a path names what can only be written to: no regular file, and no folder."""
    if _OPEN_ALREADY.fullmatch(str(path)):
        return True
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    return not stat.S_ISREG(mode)


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    before = target.stat() if target.exists() else None
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if before is not None:
            beside.chmod(stat.S_IMODE(before.st_mode))
        beside.replace(target)
    except BaseException:
        with suppress(OSError):  # else it would be reported instead of what went wrong
            beside.unlink(missing_ok=True)
        raise
    _keep_name(target.parent)


def _keep_name(folder: Path) -> None:
    """Have the new name on the disk as well, where the system can do that for a folder."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _explained(path: Path, error: Exception, remedy: str) -> StorageError:
    code = error.errno if isinstance(error, OSError) else None
    why = (error.strerror if isinstance(error, OSError) else "") or str(error)
    if code in _NO_ROOM:
        hint = "Make room, or name another place. A file that was there is as it was."
    elif code in {errno.EACCES, errno.EPERM, errno.EROFS}:
        hint = "Name a folder in which you may write. A file that was there is as it was."
    elif code in {errno.ENOENT, errno.ENOTDIR}:
        hint = "Make its folder first, or name another place."
    elif code == errno.EISDIR:
        hint = "It is a folder: name a file in it."
    else:
        hint = "Name another place. A file that was there is as it was."
    return StorageError(f"{path} cannot be written: {why}.", hint=f"{hint} {remedy}".strip())


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
