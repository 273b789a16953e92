"""The files of a garden on SQLite: which can be used how, and whether they are still the same.

SQLite writes through descriptors that it opened once. If another program puts a different file at
the path (a sync tool, a restored copy), or removes the file or its log, SQLite goes on writing into
a file that nobody will find again. Python cannot see those descriptors, so the device and the inode
of each path are recorded when it is opened, and compared before and after each transaction.
A file that is overwritten in place keeps its inode. It is noticed by its time and size; then its
content shows whether another process of ours wrote it (`Known`).
A connection that stays open keeps the inode from being given to another file meanwhile.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flourishing.errors import FileReplacedError, GardenError, StorageError
from flourishing.garden.dialects import is_want_of_room
from flourishing.garden.schema import APPLICATION_ID

LOG: Final = "-wal"
INDEX: Final = "-shm"
JOURNAL: Final = "-journal"
_EMPTY_LEAF: Final = b"\x0d\x00\x00\x00\x00"
"""How the first page of a database without any table begins, behind its header."""
_HEADER: Final = 100
_OPEN: Counter[tuple[int, int]] = Counter()
"""The gardens that are open in this process, by device and inode."""

Inode = tuple[int, int]


@dataclass(slots=True)
class OpenFiles:
    """The files that a database has open.

    Attributes:
        path: The path of the database.
    """

    path: Path
    _before: Inode | None = field(init=False)
    _stamp: tuple[int, int] | None = None
    _inodes: dict[str, Inode | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._before = inode(self.path)

    def record(self) -> None:
        """Take what is at the paths now for the files that are open.

        Raises:
            FileReplacedError: The file was replaced just while it was opened.
        """
        if self._before not in {None, inode(self.path)}:
            raise FileReplacedError(
                f"{self.path} was replaced by another program while it was opened.",
                hint="Try again.",
            )
        self._inodes = {suffix: inode(self.path, suffix) for suffix in ("", LOG, INDEX)}
        if (main := self._inodes[""]) is not None:
            _OPEN[main] += 1

    def forget(self) -> None:
        """Say that the files are closed."""
        if (main := self._inodes.get("")) is not None:
            _OPEN[main] -= 1
            self._inodes = {}

    def what_changed(self) -> str | None:
        """Say which file is no longer the open one; None while all of them are."""
        for suffix, opened in self._inodes.items():
            here = inode(self.path, suffix)
            if opened is None:  # it may be made later, by us or by another process
                self._inodes[suffix] = here
            elif here is None:
                return f"{self.path}{suffix} was removed or moved"
            elif here != opened:
                return f"{self.path}{suffix} was replaced by another file"
        return None

    def note_content(self) -> None:
        """Take what is in the file now for what we know of."""
        self._stamp = _stamp(self.path)

    def forget_content(self) -> None:
        """Take the file for one that may be overwritten, until it is looked at."""
        self._stamp = (0, 0)

    def may_be_overwritten(self) -> bool:
        """Say whether the file was written since we last looked, by whomever."""
        return self._stamp is not None and _stamp(self.path) != self._stamp

    def is_ours(self, suffix: str) -> bool:
        """Say whether the file at a path is still the open one.

        Args:
            suffix: The ending of the name: "" for the database, or that of its log, index or
                journal.
        """
        here = inode(self.path, suffix)
        return here is not None and here == self._inodes.get(suffix)


def beside(path: Path, suffix: str) -> Path:
    """Give the path of the file of this suffix beside a database.

    Args:
        path: The path of the database.
        suffix: The ending of the name: "" for the database, or that of its log, index or journal.
    """
    return path.with_name(path.name + suffix)


def inode(path: Path, suffix: str = "") -> Inode | None:
    """Give device and inode of a file; None where there is none.

    Args:
        path: The path of the database.
        suffix: The ending of the name: "" for the database, or that of its log, index or journal.
    """
    try:
        found = beside(path, suffix).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _stamp(path: Path) -> tuple[int, int] | None:
    """Give time and size of a file, which change when it is written; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def size(path: Path, suffix: str = "") -> int:
    """Give the size of a file in bytes; 0 where there is none.

    Args:
        path: The path of the database.
        suffix: The ending of the name: "" for the database, or that of its log, index or journal.
    """
    try:
        return beside(path, suffix).stat().st_size
    except OSError:
        return 0


def is_special(path: Path) -> bool:
    """Say whether there is something at a path that is neither a file nor a folder.

    That is a pipe, a device or a socket, which would be opened without end, or replaced by a file.

    Args:
        path: The path; what a link points to is looked at.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def require_file(path: Path) -> None:
    """Refuse a path at which no garden can be.

    Args:
        path: The path; there may be nothing yet.

    Raises:
        GardenError: There is a folder, a pipe or a device.
    """
    if path.is_dir():
        raise GardenError(f"{path} is a folder.", hint="Name a file in it, such as garden.db.")
    if is_special(path):
        raise GardenError(
            f"{path} is a pipe or a device, and no garden.",
            hint="Name a file with FLOURISHING_GARDEN or --garden.",
        )


def is_read_only(path: Path) -> bool:
    """Say whether a garden that is there can only be read.

    This asks the system and not the mode of the file: on a read-only medium nobody may write, and
    root may write a file of any mode.

    Args:
        path: The path of the database.
    """
    if not size(path):
        return False
    if not os.access(path, os.W_OK):
        return True
    if os.access(path.parent, os.W_OK):
        return False
    # Without the folder, only a log that is there can be written to.
    return not (beside(path, LOG).exists() and beside(path, INDEX).exists())


def check_header(path: Path) -> None:
    """Refuse what is no garden before SQLite opens it, since opening may already write.

    Args:
        path: The path of the database.

    Raises:
        GardenError: It is no SQLite file, one of another program, or one without its tables.
    """
    # Reading a file that SQLite has open in this process would end its locks (POSIX).
    if not size(path) or _OPEN[inode(path) or (0, 0)] > 0:
        return
    with path.open("rb") as file:
        header = file.read(_HEADER + len(_EMPTY_LEAF))
    if not header.startswith(b"SQLite format 3\0"):
        raise GardenError(
            f"{path} is no garden: it is not an SQLite file.",
            hint="Name another file with FLOURISHING_GARDEN or --garden; it was left as it is.",
        )
    # The header of a file whose beginning is still in the log has no mark yet; then its tables
    # show it.
    mark = int.from_bytes(header[68:72], "big")
    if len(header) >= _HEADER and mark not in {0, APPLICATION_ID}:
        raise GardenError(
            f"{path} is a database of another program.",
            hint="Name another file with FLOURISHING_GARDEN or --garden; it was left as it is.",
        )
    if header[_HEADER:] == _EMPTY_LEAF and not _log_has_tables(path):
        raise without_tables(path)


def without_tables(path: Path) -> GardenError:
    """Give the error for a file that is only the beginning of a database.

    Args:
        path: The path of the database.
    """
    beside = f", and what is in {path.name}{LOG} does not belong to it" if size(path, LOG) else ""
    return GardenError(
        f"{path} has the header of a database, but no tables{beside}. "
        "Perhaps it was copied while a program had it open.",
        hint=f"Copy it again together with {path.name}{LOG}, or restore a backup. If it never was "
        "a garden, remove it. It was left as it is.",
    )


def _log_has_tables(path: Path) -> bool:
    """Look into the log of a database whose file has no table; change neither of them."""
    if not size(path, LOG):
        return False
    with tempfile.TemporaryDirectory(prefix="flourishing-") as folder:
        copy = copied(path, Path(folder))
        try:
            with closing(sqlite3.connect(copy)) as connection:
                found = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.Error:
            return False
    return bool(found[0])


def copied(path: Path, folder: Path) -> Path:
    """Copy a database with its log or journal into a folder; give the path of the copy.

    Args:
        path: The path of the database.
        folder: The folder for the copy.

    Raises:
        StorageError: There is no room for it.
    """
    copy = folder / "garden.db"
    try:
        for suffix in ("", LOG, JOURNAL):
            if size(path, suffix):
                shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
    except OSError as error:
        raise StorageError(
            f"{path} can only be read here, and a part of it is still in {path.name}{LOG}. To see "
            f"that, both have to be copied, which failed: {error}.",
            hint="Make room in the folder for temporary files (TMPDIR), or copy both files to a "
            "disk that can be written and open the copy.",
        ) from error
    return copy


def stands_alone(path: Path) -> bool:
    """Say whether no log or journal is beside a database: no writer, and nothing left behind.

    Args:
        path: The path of the database.
    """
    return not any(beside(path, suffix).exists() for suffix in (LOG, JOURNAL))


def has_empty_log(path: Path) -> bool:
    """Say whether what is beside a database has nothing in it, so that the file is all there is.

    Args:
        path: The path of the database.
    """
    return not any(size(path, suffix) for suffix in (LOG, JOURNAL))


def set_aside(files: OpenFiles) -> None:
    """Take our log and its index from paths at which another database now is.

    SQLite would take them for the log of that one. They were folded into our file, or else keep
    their content under another name.

    Args:
        files: The files that are open.
    """
    for suffix in (LOG, INDEX):
        if files.is_ours(suffix):
            with suppress(OSError):
                if suffix == INDEX or not size(files.path, suffix):
                    beside(files.path, suffix).unlink()
                else:
                    beside(files.path, suffix).replace(f"{files.path}.replaced{suffix}")


# What is known of the content of a file, to notice that it was overwritten in place.


@dataclass(frozen=True, slots=True)
class Known:
    """What a garden was when we last wrote to it.

    Attributes:
        begun: When the garden was made.
        numbers: The highest numbers that were given in its tables, which never get smaller.
    """

    begun: str
    numbers: dict[str, int]


def read_known(connection: sqlite3.Connection) -> Known:
    """Read what a garden is now.

    Args:
        connection: A connection of SQLite's own to it.
    """
    row = connection.execute("SELECT at FROM gardens").fetchone()
    numbers = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    return Known(begun=row[0] if row else "", numbers=numbers)


def goes_on(files: OpenFiles, known: Known | None) -> bool:
    """Say whether a file that somebody wrote is still the garden that we wrote to, or a later one.

    A connection of its own is used, since others may remember pages of what was there before. If
    the file is replaced just then, that connection must not read: another file would take in our
    log, and remove it.

    Args:
        files: The files that are open.
        known: What the garden was; None where we wrote nothing yet, and nothing can be lost.

    Raises:
        sqlite3.OperationalError: There is no room to find it out.
    """
    if known is None:
        return True
    path = files.path
    try:
        with closing(sqlite3.connect(path, timeout=1)) as fresh:
            if files.what_changed() is not None:  # the log is opened when something is first read
                return False
            if fresh.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                return False  # a backup: we have a log to it, and it knows of none
            # With a log beside it, pages of the log hide those of the file; then all are looked at.
            if size(path, LOG):
                check = fresh.execute("PRAGMA quick_check(1)").fetchone()
                if check is None or check[0] != "ok":
                    return False
            now = read_known(fresh)
            if now.begun != known.begun or any(
                now.numbers.get(table, 0) < number for table, number in known.numbers.items()
            ):
                return False
            if files.what_changed() is not None:
                return False
            # Whoever has pages in memory reads them anew after the transaction of another.
            fresh.execute("UPDATE gardens SET made_by = made_by")
            fresh.commit()
    except sqlite3.OperationalError as error:
        # Somebody writes, so that a transaction of another is on its way anyway.
        if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return True
        if is_want_of_room(error):
            raise
        return False
    except sqlite3.Error:
        return False
    return True
