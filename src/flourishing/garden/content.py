"""What is known of the content of a garden's file, to notice that it was overwritten in place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from flourishing.garden import files


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


def goes_on(path: Path, known: Known | None) -> bool:
    """Say whether a file that somebody wrote is still the garden that we wrote to, or a later one.

    A connection of its own is used, since others may remember pages of what was there before.

    Args:
        path: The file.
        known: What the garden was; None where we wrote nothing yet, and nothing can be lost.
    """
    if known is None:
        return True
    try:
        with closing(sqlite3.connect(path, timeout=1)) as fresh:
            if fresh.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                return False  # a backup: we have a log to it, and it knows of none
            # With a log beside it, pages of the log hide those of the file; then all are looked at.
            if files.size(path, files.LOG):
                check = fresh.execute("PRAGMA quick_check(1)").fetchone()
                if check is None or check[0] != "ok":
                    return False
            now = read_known(fresh)
            if now.begun != known.begun or any(
                now.numbers.get(table, 0) < number for table, number in known.numbers.items()
            ):
                return False
            # Whoever has pages in memory reads them anew after the transaction of another.
            fresh.execute("UPDATE gardens SET made_by = made_by")
            fresh.commit()
    except sqlite3.OperationalError as error:
        # Somebody writes, so that a transaction of another is on its way anyway.
        return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    except sqlite3.Error:
        return False
    return True
