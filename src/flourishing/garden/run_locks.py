"""Locks on runs: the proof that a process is carrying a run just now.

A lock belongs to the process that took it, and the operating system or the database's server gives
it up when that process ends, however it ends. So a run that says that it is running, and on which
nobody has a lock, was cut off.

On SQLite it is the lock of an empty file beside the garden; the file goes when the run ends, and
stays, without its lock, behind a process that was killed. On PostgreSQL it is an advisory lock
of a connection of its own.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from flourishing.errors import InputError
from flourishing.files import open_private
from flourishing.garden.database import Database
from flourishing.garden.dialects import explained
from flourishing.garden.files import beside
from flourishing.garden.schema import APPLICATION_ID

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_ATTEMPTS: Final = 50
_PAUSE: Final = 0.02
"""Seconds between attempts: whoever only looks has the lock for a moment, too."""


@dataclass(slots=True)
class RunLock:
    """A lock that this process has on a run.

    Args:
        give_up: Gives the lock up.
    """

    give_up: Callable[[], None]

    def release(self) -> None:
        """Give the lock up; a second call does nothing."""
        give_up, self.give_up = self.give_up, lambda: None
        give_up()


def take(database: Database, run: int) -> RunLock:
    """Lock a run for this process.

    Args:
        database: The database of the garden.
        run: The number of the run.

    Raises:
        InputError: Somebody has the lock: the run is on its way.
        StorageError: The file of the lock cannot be made.
    """
    lock = _take_file(database, run) if database.path else _take_on_server(database, run)
    if lock is None:
        raise InputError(
            "This run goes on somewhere else: another process has it.",
            hint="Wait for its end, or stop it there.",
        )
    return lock


def is_taken(database: Database, connection: sa.Connection, run: int) -> bool:
    """Say whether a process has the lock on a run; where that cannot be found out, it has.

    Args:
        database: The database of the garden.
        connection: A connection to it.
        run: The number of the run.
    """
    if database.path:
        return _is_file_locked(_path(database.path, run))
    query = sa.text(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :garden "
        "AND objid = :run AND objsubid = 2 AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return connection.execute(query, {"garden": APPLICATION_ID, "run": run}).first() is not None


# On a server.


def _take_on_server(database: Database, run: int) -> RunLock | None:
    connection = database.session()
    query = sa.text("SELECT pg_try_advisory_lock(:garden, :run)")
    if connection.execute(query, {"garden": APPLICATION_ID, "run": run}).scalar():
        return RunLock(connection.close)  # with the session, the lock ends
    connection.close()
    return None


# Beside a file.


def _path(garden: Path, run: int) -> Path:
    return beside(garden, f"-run-{run}")


def _take_file(database: Database, run: int) -> RunLock | None:
    path = _path(Path(str(database.path)), run)
    for _ in range(_ATTEMPTS):
        try:
            descriptor = open_private(path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise explained(error, database.name) from error
        try:
            is_ours = _lock(descriptor)
        except OSError:  # a file system without locks: then nobody can look, either
            is_ours = True
        if is_ours and _is_at(path, descriptor):

            def give_up(descriptor: int = descriptor) -> None:
                with suppress(OSError):  # it is open, and so it stays on Windows
                    path.unlink()
                os.close(descriptor)

            return RunLock(give_up)
        os.close(descriptor)
        time.sleep(_PAUSE)
    return None


def _is_file_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        return not _lock(descriptor, alone=False)
    except OSError:
        return True
    finally:
        os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    """Say whether a file is still the one at its path: another process may have removed it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int, *, alone: bool = True) -> bool:
    """Lock a file until it is closed; False where another has it."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the second is what Windows says
        return False
    return True
