"""mikupad: a session, an export, or the database of its server (`web-session-storage.db`).

A session is one text in chunks that say who wrote them. The database is opened without changing it.
Version 3 packs each session with gzip and keeps names in a table; version 2 has plain JSON with the
name inside. A session is unpacked when it is packed, whatever the version says.

A database may come from anywhere, and a few kilobytes of it can stand for gigabytes: packed
sessions, columns that are computed, pages that are listed many times. So SQLite gets limits, and
all that comes out of it is counted against one bound.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from flourishing.errors import InputError
from flourishing.formats.json_values import (
    Object,
    as_id,
    as_list,
    as_object,
    as_text,
    maybe_list,
    maybe_object,
    maybe_text,
    parse_json,
)
from flourishing.formats.looms.loom import Loom, Node, count_keys, keys_in_words
from flourishing.formats.passage import Hand

MOST_UNPACKED: Final = 2**27
"""The most bytes that all sessions of a database have together, unpacked."""
_ROW: Final = 100
"""Bytes that a row counts beside what stands in it."""
_STEPS: Final = 100_000
_MOST_STEPS: Final = 1_000
"""How many times so many of SQLite's steps a database may take."""
_LIMITS: Final = (
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (sqlite3.SQLITE_LIMIT_COLUMN, 100),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 20),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
)


def read_store(
    path: Path, *, room: int = MOST_UNPACKED
) -> tuple[tuple[Loom, ...], tuple[str, ...]]:
    """Read all sessions of a database.

    Args:
        path: The database; it is opened as one that nobody may change, and nothing is written.
        room: The most bytes that all sessions may have when unpacked.

    Returns:
        The sessions, and what was left out, in words.

    Raises:
        InputError: It is no database of mikupad's, a damaged one, or its sessions are too large.
    """
    try:
        # Immutable: without it SQLite may write files beside a database that it only reads.
        address = path.absolute().as_uri() + "?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as database:
            _limit(database, room)
            looms, dropped = _sessions(database, path.stem, _Room(room))
    except (sqlite3.Error, UnicodeDecodeError) as error:  # its own errors, too, may be no UTF-8
        raise _unfit("This database cannot be read.") from error
    if _unwritten(path):
        dropped = (*dropped, "what the running server has not put into the database yet")
    return looms, dropped


class _Room:
    """How many bytes may still come out of a database."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, size: int) -> None:
        """Count so many bytes.

        Raises:
            InputError: There is no room for them.
        """
        self.left -= size
        if self.left < 0:
            raise InputError(
                "The sessions in this database are too large when unpacked.",
                hint="Export the sessions that you want from mikupad, one by one.",
            )


def _limit(database: sqlite3.Connection, room: int) -> None:
    """Let no value grow beyond the room, and nothing run for ever."""
    database.execute("PRAGMA trusted_schema = OFF")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(room, MOST_UNPACKED))
    for which, most in _LIMITS:
        database.setlimit(which, most)
    steps = iter(range(_MOST_STEPS))
    database.set_progress_handler(lambda: next(steps, None) is None, _STEPS)


def _unwritten(path: Path) -> bool:
    journal = path.with_name(path.name + "-wal")
    return journal.is_file() and journal.stat().st_size > 0


def _sessions(
    database: sqlite3.Connection, stem: str, room: _Room
) -> tuple[tuple[Loom, ...], tuple[str, ...]]:
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in _counted(found, room)}
    if "sessions" not in tables:
        raise InputError(
            "This is an SQLite database, but none of mikupad's.",
            hint="mikupad's server keeps its sessions in web-session-storage.db.",
        )
    names: dict[object, object] = {}
    if "names" in tables:
        names = dict(_counted(database.execute("SELECT key, data FROM names"), room))
    looms = []
    keys = 0
    # One after the other: of each only its text is kept.
    for key, document in _documents(database, room):
        values = as_object(document, "a session")
        name = maybe_text(names.get(key)) or maybe_text(values.get("name"))
        looms.append(session(values, name or stem))
        keys += count_keys(document)
    return tuple(looms), keys_in_words(keys)


def _counted(rows: Iterable[tuple[Any, ...]], room: _Room) -> Iterator[tuple[Any, ...]]:
    """Give rows, and count what they hold."""
    for row in rows:
        room.take(sum(_ROW + len(each) for each in row if isinstance(each, str | bytes)))
        yield row


def _documents(database: sqlite3.Connection, room: _Room) -> Iterator[tuple[object, object]]:
    rows = database.execute("SELECT key, data FROM sessions ORDER BY rowid")
    for key, data in _counted(rows, room):
        if key in NO_SESSIONS:
            continue
        try:
            document = parse_json(_unpacked(data, room))
        except (zlib.error, ValueError) as error:
            raise _unfit(f"A session in this {TITLE} database cannot be unpacked.") from error
        yield key, document


def _unpacked(data: object, room: _Room) -> str:
    if isinstance(data, str):
        return data
    if not isinstance(data, bytes):
        raise _unfit(f"A session in this {TITLE} database is neither text nor packed text.")
    if not data.startswith(b"\x1f\x8b"):
        return data.decode("utf-8")
    unpacking = zlib.decompressobj(wbits=31)
    words = unpacking.decompress(data, room.left + 1)
    room.take(len(words))
    if not unpacking.eof:
        raise _unfit(f"A session in this {TITLE} database ends in the middle.")
    return words.decode("utf-8")


def _unfit(message: str) -> InputError:
    return InputError(message, hint="It is damaged or in use; try a copy or an export.")


TITLE = "mikupad"
_MARKS = ("endpoint", "endpointAPI", "memoryTokens", "worldInfo", "maxPredictTokens")
"""Keys that are mikupad's own; `name` and `prompt` are others' too."""
_JSON_IN_JSON = (
    ("name", re.compile(r'\s*".*"\s*', re.DOTALL)),
    ("prompt", re.compile(r"\s*\[\s*[{\]]")),
)
"""How these begin in a session, where each value is JSON within JSON."""
_OTHERS = ("content", "text", "poem")
"""Where other tools' objects have their text."""
NO_SESSIONS = ("nextSessionId", "selectedSessionId")
"""Rows among the sessions that are none."""


def recognise(document: object) -> bool:
    """Say whether this is mikupad's: an export, or a session.

    Args:
        document: The parsed JSON document.
    """
    if not isinstance(document, dict):
        return False
    if isinstance(document.get("Sessions"), list):
        return True
    if not all(isinstance(each, str) for each in document.values()):
        return False
    if any(name in document for name in _OTHERS):
        return False
    return any(mark in document for mark in _MARKS) or any(
        begins.match(maybe_text(document.get(name))) for name, begins in _JSON_IN_JSON
    )


def read(document: object, name: str) -> tuple[Loom, ...]:
    """Read a session file, or all sessions of an export.

    Args:
        document: The parsed JSON document.
        name: The name of the file without its ending.

    Raises:
        InputError: A part of it is not what belongs there.
    """
    whole = as_object(document, "the document")
    if "Sessions" not in whole:
        plain = {key: _plain(value, key) for key, value in whole.items() if _is_read(key)}
        return (session(plain, maybe_text(plain.get("name")) or name),)
    names = {as_id(row.get("key")): row.get("value") for row in _rows(whole.get("Names"))}
    return tuple(
        session(as_object(row.get("value"), "a session"), maybe_text(names.get(key)) or name)
        for row in _rows(whole.get("Sessions"))
        if (key := as_id(row.get("key"))) not in NO_SESSIONS
    )


def session(values: Object, name: str) -> Loom:
    """Make a loom of one path from the values of a session.

    Args:
        values: The session's values, each as it is and not as JSON in a text.
        name: What to call it.

    Raises:
        InputError: Its prompt is not what belongs there.
    """
    nodes = tuple(_nodes(values.get("prompt")))
    aside = [
        said
        for key, said in (("memoryTokens", "memory"), ("authorNoteTokens", "author's note"))
        if maybe_text(maybe_object(values.get(key)).get("text")).strip()
    ]
    if maybe_list(maybe_object(values.get("worldInfo")).get("entries")):
        aside.append("world info")
    return Loom.of(
        nodes,
        name=name,
        format=TITLE,
        current=nodes[-1].id if nodes else None,
        dropped=[", ".join(aside)] if aside else [],
    )


def _is_read(key: str) -> bool:
    return key in {"name", "prompt", "memoryTokens", "authorNoteTokens", "worldInfo"}


def _plain(value: object, key: str) -> object:
    """Read the JSON that a value is; wrong JSON matters only in the text itself."""
    try:
        return parse_json(as_text(value, "a session's value"))
    except ValueError as error:
        if key != "prompt":
            return None
        raise InputError(
            "The text of this mikupad session cannot be read.",
            hint="The file is damaged; export the session again.",
        ) from error


def _rows(value: object) -> list[Object]:
    return [as_object(row, "a row of the export") for row in as_list(value, "a table")]


def _nodes(prompt: object) -> Iterator[Node]:
    if isinstance(prompt, str):  # as the oldest sessions have it
        yield Node(id="1", text=prompt)
        return
    chunks = [as_object(chunk, "a chunk of text") for chunk in as_list(prompt, "the prompt")]
    parent = None
    for number, (author, run) in enumerate(groupby(chunks, key=_author), start=1):
        text = "".join(as_text(chunk.get("content"), "a chunk's content") for chunk in run)
        yield Node(id=str(number), text=text, author=author, parent=parent)
        parent = str(number)


def _author(chunk: Object) -> Hand:
    return "person" if chunk.get("type") == "user" else "model"
