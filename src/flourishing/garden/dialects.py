"""SQLite and PostgreSQL under a garden: connecting to them, the log, and what errors mean."""

from __future__ import annotations

import errno
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy import exc

from flourishing.errors import FlourishingError, GardenError, StorageError

PATIENCE: Final = 30.0
"""Seconds to wait for another writer."""
BEGIN: Final = "flourishing_begin"
"""The option of a connection that says how its transactions begin."""
IDLE: Final = 2.0
"""Seconds without a write after which the log is folded into the file."""
_SHORTLY: Final = 200
"""Milliseconds that folding the log waits for others; they must not wait long for it."""
_NO_ROOM: Final = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}

# SQLite.


def sqlite_engine(address: str, check: Callable[[], None], *, uri: bool = False) -> sa.Engine:
    """Give the engine of a file.

    A new garden is made with a rollback journal, whole or not at all, and uses a log from then on.

    Args:
        address: The path, or the URI.
        check: Called before a connection is opened, after its file was opened, and after its log
            was opened.
        uri: Whether the address is a URI.
    """

    def connect() -> sqlite3.Connection:
        check()
        connection = sqlite3.connect(address, timeout=PATIENCE, uri=uri, check_same_thread=False)
        try:
            check()  # before the log is opened: another file would take in our log and remove it
        except BaseException:
            connection.close()
            raise
        return connection

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.QueuePool)

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _: object) -> None:
        # Damaged bytes must not hide what is read with them; `reading` says which text has some.
        connection.text_factory = _decoded
        connection.isolation_level = None  # transactions begin where we say, not at the first write
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -32768")
        if uri:
            connection.execute("PRAGMA query_only = ON")
        check()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))

    return engine


def _decoded(words: bytes) -> str:
    return words.decode("utf-8", errors="surrogateescape")


def raw(connection: sa.Connection) -> sqlite3.Connection:
    """Give the connection of SQLite's own.

    Args:
        connection: A connection to the garden.
    """
    its: Any = connection.connection.dbapi_connection
    return cast("sqlite3.Connection", its)


def pages(connection: sa.Connection) -> int:
    """Count the pages of a database; 0 for a new one, and on a server.

    Args:
        connection: A connection to the garden.
    """
    if connection.dialect.name != "sqlite":
        return 0
    return int(connection.exec_driver_sql("PRAGMA page_count").scalar() or 0)


def use_log(connection: sa.Connection) -> None:
    """Use a write-ahead log; where somebody is in the way, the next who opens it will.

    Args:
        connection: A connection to the garden.
    """
    its = raw(connection)
    for _ in range(3):
        with suppress(sqlite3.OperationalError):
            if its.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal":
                break
    its.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # opens the log and its index


def fold(connection: sa.Connection) -> bool:
    """Fold the log into the file; False if somebody was in the way.

    Args:
        connection: A connection to the garden.
    """
    its = raw(connection)
    its.execute(f"PRAGMA busy_timeout = {_SHORTLY}")
    try:
        return bool(its.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
    finally:
        its.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1_000)}")


class WhenIdle:
    """Does some work in a thread of its own, some seconds after the last call of `wrote`.

    Args:
        work: What to do; returns whether it is done, or has to be tried again later.
    """

    def __init__(self, work: Callable[[], bool]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._due = 0.0
        self._thread: threading.Thread | None = None

    def wrote(self) -> None:
        """Note that something was written just now."""
        with self._lock:
            self._due = time.monotonic() + IDLE
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(
                    target=self._wait, name="flourishing-idle", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Do nothing any more; wait for what is being done."""
        self._closed.set()
        if (thread := self._thread) is not None and thread is not threading.current_thread():
            thread.join()

    def _wait(self) -> None:
        while True:
            while (left := self._due - time.monotonic()) > 0:
                if self._closed.wait(left):
                    return
            due = self._due
            done = self._work()
            with self._lock:
                if self._closed.is_set() or (done and due == self._due):
                    self._thread = None
                    return
                self._due = max(self._due, time.monotonic() + IDLE)


# PostgreSQL.


def postgresql_engine(url: str) -> sa.Engine:
    """Give the engine of a PostgreSQL server.

    Args:
        url: The address, as `postgresql://USER@HOST/NAME`.

    Raises:
        GardenError: The address cannot be read, or psycopg is not installed.
    """
    try:
        return sa.create_engine(
            read_url(url).set(drivername="postgresql+psycopg"),
            isolation_level="REPEATABLE READ",
            pool_pre_ping=True,
        )
    except ImportError as error:
        raise GardenError(
            "A garden on PostgreSQL needs the package psycopg.",
            hint="Run: pip install 'flourishing[postgresql]'",
        ) from error


def read_url(address: str) -> sa.URL:
    """Read the address of a PostgreSQL server.

    Args:
        address: The address.

    Raises:
        GardenError: It is none.
    """
    try:
        url = sa.make_url(address)
    except (exc.ArgumentError, ValueError):
        url = None
    if url is None or url.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
        # From nothing, as the error would show the password, and without the address for that too.
        raise GardenError(
            "The address of the garden cannot be read.",
            hint="Give it as postgresql://USER@HOST/NAME, with the password in ~/.pgpass.",
        ) from None
    return url


def without_password(url: sa.URL) -> str:
    """Give an address without its password.

    Args:
        url: The address.
    """
    # libpq takes passwords among the parameters, too.
    hidden = {key: "***" for key in url.query if "password" in key.lower()}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


# Errors.


def explained(error: BaseException, name: str) -> FlourishingError:
    """Say in words what a database's error means.

    Args:
        error: The error.
        name: The name of the garden.
    """
    words = str(error)
    code = _code(error)
    if isinstance(error, OSError) and error.errno not in _NO_ROOM:
        return StorageError(
            f"{name} cannot be written: {words}.",
            hint="Check that its folder is there and yours, or name another garden.",
        )
    if (
        isinstance(error, OSError)
        or code in {"SQLITE_FULL", "53100"}
        or code.startswith("SQLITE_IOERR")
    ):
        return StorageError(
            f"{name} cannot be written: {words}.",
            hint="Make room on the disk; nothing of what was confirmed is lost.",
        )
    if code.startswith("SQLITE_READONLY") or code in {"25006", "42501"}:
        return StorageError(
            f"{name} cannot be written: it is read-only here.",
            hint="Give yourself leave to write it and its folder, or name another garden.",
        )
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or code in {"55P03", "40001", "40P01"}:
        return StorageError(
            f"{name} is being written by another program for too long.",
            hint="Try again; if it stays so, see what else has it open.",
        )
    if code.startswith("SQLITE_CANTOPEN"):
        return StorageError(
            f"{name} cannot be opened: {words}.", hint="Check that its folder is there and yours."
        )
    if code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return GardenError(
            f"{name} is damaged, or no garden: {words}.",
            hint="Restore it from a copy; flourishing garden verify says more if it opens.",
        )
    return GardenError(
        f"The garden {name} cannot be used: {words.strip()}.",
        hint="Check its address, and that its server is running."
        if "://" in name
        else "flourishing garden verify may say more.",
    )


def is_want_of_room(error: BaseException) -> bool:
    """Say whether an error of SQLite can come from a full disk; a new log's index needs room, too.

    Args:
        error: The error, as SQLAlchemy or SQLite raises it.
    """
    code = _code(getattr(error, "orig", None) or error)
    return code == "SQLITE_FULL" or code.startswith("SQLITE_IOERR")


def _code(error: BaseException) -> str:
    return getattr(error, "sqlite_errorname", "") or getattr(error, "sqlstate", "") or ""
