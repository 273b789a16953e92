"""Loomsidian: the plugin's `data.json` with a tree for each note, or the export of one note.

Another plugin of the same name keeps a `data.json` too, so the trees in `state` are looked at,
not the file's name. Settings hold keys in clear and are not read. The time of writing is not in
the file: `lastVisited` is when a person last looked at it.
"""

from __future__ import annotations

from collections.abc import Iterator

from flourishing.formats.json_values import Object, as_id, as_list, as_object, as_text, maybe_text
from flourishing.formats.looms.loom import Loom, Node

TITLE = "Loomsidian"
_NOBODY = ("", "genesis", "N/A")
"""What the variants that name authors write where it was no model."""


def recognise(document: object) -> bool:
    """Say whether this is Loomsidian's.

    Args:
        document: The parsed JSON document.
    """
    if not isinstance(document, dict):
        return False
    state = document.get("state")
    if isinstance(state, dict) and isinstance(document.get("settings"), dict):
        return any(_is_note(note) for note in state.values()) or not state
    return _is_note(document)


def read(document: object, name: str) -> tuple[Loom, ...]:
    """Read the trees, one for each note.

    Args:
        document: The parsed JSON.
        name: What to call a tree that has no name of its own.

    Raises:
        InputError: A part of it is not what belongs there.
    """
    whole = as_object(document, "the document")
    state = whole.get("state")
    if not isinstance(state, dict):
        return (_note(whole, name),)
    return tuple(_note(as_object(note, "a note"), path) for path, note in state.items())


def _is_note(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("nodes"), dict | list)
        and "current" in value
    )


def _note(note: Object, name: str) -> Loom:
    nodes = tuple(_node(id_, as_object(raw, "a node")) for id_, raw in _listed(note.get("nodes")))
    return Loom.of(nodes, name=name, format=TITLE, current=as_id(note.get("current")))


def _listed(nodes: object) -> Iterator[tuple[str, object]]:
    """Give the nodes with their ids; variants have them as a list."""
    if isinstance(nodes, dict):
        yield from nodes.items()
        return
    for number, raw in enumerate(as_list(nodes, "a note's nodes"), start=1):
        yield as_id(as_object(raw, "a node").get("id")) or f"node {number}", raw


def _node(name: str, raw: Object) -> Node:
    author = maybe_text(raw.get("author"))
    model = None if author in _NOBODY else author
    text = raw.get("text")
    return Node(
        id=name,
        text=as_text(raw.get("value") if text is None else text, "a node's text"),
        author="model" if model else None,
        parent=as_id(raw.get("parentId")),
        bookmarked=raw.get("bookmarked") is True,
        model=model,
    )
