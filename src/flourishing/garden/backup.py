"""A backup: one file that is whole by itself, made while the garden is in use."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from flourishing.errors import FlourishingError, InputError, StorageError
from flourishing.garden import files
from flourishing.garden.database import Database
from flourishing.garden.schema import APPLICATION_ID

_GROWING: Final = ("acts", "broods", "texts", "beds")
"""The tables whose numbers are never given again: they say which of two copies is older."""


def back_up(database: Database, target: Path, *, force: bool = False) -> None:
    """Copy a garden into one file, whole or not at all, while others may write.

    It holds everything that was confirmed before, also where the file of the garden was replaced
    or removed since it was opened.

    Args:
        database: The garden.
        target: The path of the copy.
        force: Whether to replace whatever is there; by default only an older backup of this garden.

    Raises:
        InputError: The garden is on a server, or the target is not to be replaced.
        StorageError: There is no room or no permission to write there.
    """
    if not database.on_sqlite or database.path is None:
        raise InputError(
            f"{database.name} is on a PostgreSQL server, which makes backups of its own.",
            hint="Run: pg_dump --format=custom --file=garden.dump DATABASE",
        )
    target = target.expanduser().resolve()  # where a link points is what is replaced
    with database.raw() as source:
        _require_replaceable(source, database.path, target, force=force)
        try:
            _copy(source, target)
        except sqlite3.Error as error:
            raise _not_written(target, error) from error
        except OSError as error:
            raise _not_written(target, error) from error


def _copy(source: sqlite3.Connection, target: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # for us alone
    os.close(handle)
    begun = Path(name)
    try:
        with closing(sqlite3.connect(begun)) as copy:
            source.backup(copy)
            # Readable wherever it is taken: a log cannot be made on a medium that is read-only.
            copy.execute("PRAGMA journal_mode = DELETE")
        with begun.open("rb+") as file:
            os.fsync(file.fileno())
        begun.replace(target)
    finally:
        for suffix in ("", files.LOG, files.INDEX, files.JOURNAL):
            files.beside(begun, suffix).unlink(missing_ok=True)
    with suppress(OSError):  # a folder cannot be opened everywhere
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _require_replaceable(
    source: sqlite3.Connection, garden: Path, target: Path, *, force: bool
) -> None:
    if target.is_dir():
        raise InputError(f"{target} is a folder.", hint="Name a file in it, such as backup.db.")
    if files.is_special(target):
        raise InputError(f"{target} is a pipe or a device.", hint="Name a file, such as backup.db.")
    if not target.exists():
        return
    if garden.exists() and target.samefile(garden):
        raise InputError(f"{target} is the garden itself.", hint="Name another file.")
    if not files.stands_alone(target):
        raise InputError(
            f"{target} is open in a program, or was not closed: it has a log beside it.",
            hint="Close it there, or name another file.",
        )
    if force:
        return
    if not target.stat().st_size:
        return
    if (wrong := _why_not_older(source, target)) is not None:
        raise InputError(
            f"{target} is {wrong}, and is left as it is.",
            hint="Name another file, or replace it with --force.",
        )


def _why_not_older(source: sqlite3.Connection, target: Path) -> str | None:
    """Say what a file is if it is not an older backup of this garden."""
    try:
        address = f"{target.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as copy:
            mark = copy.execute("PRAGMA application_id").fetchone()[0]
            if mark != APPLICATION_ID:
                return "no garden"
            if _name(copy) != _name(source):
                return "another garden"
            here, there = _numbers(source), _numbers(copy)
    except sqlite3.Error:
        return "no garden"
    newer = any(there.get(table, 0) > here.get(table, 0) for table in _GROWING)
    return "a newer state of this garden" if newer else None


def _name(garden: sqlite3.Connection) -> object:
    return garden.execute("SELECT id, at, made_by FROM gardens").fetchall()


def _numbers(garden: sqlite3.Connection) -> dict[str, int]:
    return dict(garden.execute("SELECT name, seq FROM sqlite_sequence").fetchall())


def _not_written(target: Path, error: Exception) -> FlourishingError:
    return StorageError(
        f"{target} cannot be written: {error}.",
        hint="Make room there, or name a file in another folder.",
    )
