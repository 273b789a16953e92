"""mikupad: one session as a file, all of them as an export, and the database of its server.

A session is no tree but one text, in chunks that say who wrote them; neighbours of one author
become one node. In a session file each value is JSON within JSON. Everything under `endpoint` is
dropped, keys or not: it is about somebody's machines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from flourishing.errors import InputError
from flourishing.exchange.fields import (
    Object,
    as_id,
    as_list,
    as_object,
    as_text,
    maybe_list,
    maybe_object,
    maybe_text,
)
from flourishing.exchange.loom import Hand, Loom, Node
from flourishing.exchange.nesting import parse_json

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
