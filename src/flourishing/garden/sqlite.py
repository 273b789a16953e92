"""SQLite under a garden: how it is connected to, and how its log is used and folded."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, cast

import sqlalchemy as sa

PATIENCE: Final = 30.0
"""Seconds to wait for another writer."""
BEGIN: Final = "flourishing_begin"
"""The option of a connection that says how its transactions begin."""
_SHORTLY: Final = 200
"""Milliseconds that folding the log waits for others; they must not wait long for it."""


def sqlite_engine(address: str, check: Callable[[], None], *, uri: bool = False) -> sa.Engine:
    """Give the engine of a file.

    A new garden is made with a rollback journal, whole or not at all, and uses a log from then on.

    Args:
        address: The path, or the URI.
        check: Called before and after each connection is opened.
        uri: Whether the address is a URI.
    """

    def connect() -> sqlite3.Connection:
        check()
        return sqlite3.connect(address, timeout=PATIENCE, uri=uri, check_same_thread=False)

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
    """Give the connection of SQLite's own."""
    its: Any = connection.connection.dbapi_connection
    return cast("sqlite3.Connection", its)


def pages(connection: sa.Connection) -> int:
    """Count the pages of a database; 0 for a new one, and on a server."""
    if connection.dialect.name != "sqlite":
        return 0
    return int(connection.exec_driver_sql("PRAGMA page_count").scalar() or 0)


def use_log(connection: sa.Connection) -> None:
    """Use a write-ahead log; where somebody is in the way, the next who opens it will."""
    its = raw(connection)
    for _ in range(3):
        with suppress(sqlite3.OperationalError):
            if its.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal":
                break
    its.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # opens the log and its index


def fold(connection: sa.Connection) -> bool:
    """Fold the log into the file; False if somebody was in the way."""
    its = raw(connection)
    its.execute(f"PRAGMA busy_timeout = {_SHORTLY}")
    try:
        return bool(its.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
    finally:
        its.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1_000)}")
