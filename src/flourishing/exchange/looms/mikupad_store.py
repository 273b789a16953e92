"""The database of mikupad's server, `web-session-storage.db`, opened without touching it.

Version 3 packs each session with gzip and keeps names in a table; version 2 has plain JSON with
the name inside. Whatever the version says, a session is unpacked when it is packed.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from flourishing.errors import InputError
from flourishing.exchange.fields import as_object, maybe_text
from flourishing.exchange.keys import dropped_keys
from flourishing.exchange.loom import Loom
from flourishing.exchange.looms.mikupad import NO_SESSIONS, TITLE, session
from flourishing.exchange.nesting import parse_json
from flourishing.exchange.opening import MOST_BYTES


def read_store(path: Path, *, room: int = MOST_BYTES) -> tuple[tuple[Loom, ...], tuple[str, ...]]:
    """Read all sessions of a database.

    Args:
        path: The database; it is opened as one that nobody may change, and nothing is written.
        room: The most bytes that all sessions may have when unpacked: a small file can hold
            enormous ones.

    Returns:
        The sessions, and what was left out, in words.

    Raises:
        InputError: It is no database of mikupad's, or a damaged one.
    """
    try:
        # Immutable: without it SQLite may write files beside a database that it only reads.
        address = path.absolute().as_uri() + "?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as database:
            looms, dropped = _sessions(database, path.stem, room)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # its own errors, too, may be no UTF-8
        raise _unfit("This database cannot be read.") from error
    if _unwritten(path):
        dropped = (*dropped, "what the running server has not put into the database yet")
    return looms, dropped


def _unwritten(path: Path) -> bool:
    journal = path.with_name(path.name + "-wal")
    return journal.is_file() and journal.stat().st_size > 0


def _sessions(
    database: sqlite3.Connection, stem: str, room: int
) -> tuple[tuple[Loom, ...], tuple[str, ...]]:
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in found}
    if "sessions" not in tables:
        raise InputError(
            "This is an SQLite database, but none of mikupad's.",
            hint="mikupad's server keeps its sessions in web-session-storage.db.",
        )
    names: dict[object, object] = {}
    if "names" in tables:
        names = dict(database.execute("SELECT key, data FROM names"))
    looms = []
    documents = []
    for key, document in _documents(database, room):
        values = as_object(document, "a session")
        name = maybe_text(names.get(key)) or maybe_text(values.get("name"))
        looms.append(session(values, name or stem))
        documents.append(document)
    return tuple(looms), dropped_keys(documents)


def _documents(database: sqlite3.Connection, room: int) -> Iterator[tuple[object, object]]:
    for key, data in database.execute("SELECT key, data FROM sessions ORDER BY rowid"):
        if key in NO_SESSIONS:
            continue
        try:
            words = _unpacked(data, room)
            document = parse_json(words)
        except (zlib.error, ValueError) as error:
            raise _unfit(f"A session in this {TITLE} database cannot be unpacked.") from error
        room -= len(words)
        yield key, document


def _unpacked(data: object, room: int) -> str:
    if isinstance(data, str):
        return data
    if not isinstance(data, bytes):
        raise _unfit(f"A session in this {TITLE} database is neither text nor packed text.")
    if not data.startswith(b"\x1f\x8b"):
        return data.decode("utf-8")
    unpacking = zlib.decompressobj(wbits=31)
    words = unpacking.decompress(data, max(room, 1))
    if unpacking.unconsumed_tail:
        raise InputError(
            "The sessions in this database are too large when unpacked.",
            hint="Export the sessions that you want from mikupad, one by one.",
        )
    if not unpacking.eof:
        raise _unfit(f"A session in this {TITLE} database ends in the middle.")
    return words.decode("utf-8")


def _unfit(message: str) -> InputError:
    return InputError(message, hint="It is damaged or in use; try a copy or an export.")
