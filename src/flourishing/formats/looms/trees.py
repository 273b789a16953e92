"""Looms whose file is a plain tree of nodes: wool, Exoloom, Loomsidian and logitloom.

wool and Exoloom have nodes by their ids, each with the id of its parent. In wool every node is of
the type "ai", also the root that a person typed: the type is believed of all others. In Exoloom the
order of siblings is the parent's, and pruned nodes are kept: they are hidden there, not deleted.

Loomsidian's `data.json` has a tree for each note; an export has the tree of one note. Another
plugin of the same name keeps a `data.json` too, so the trees in `state` are looked at, not the
file's name. Settings hold keys in clear and are not read. The time of writing is not in the file:
`lastVisited` is when a person last looked at it.

logitloom has a tree of single tokens, each with its likelihood. Of a base model the prompt stands
at the root of every text; of a chat model only the beginning that was put into its mouth does, as
the rest is talk about the text.
"""

from __future__ import annotations

from collections.abc import Iterator

from flourishing.formats.json_values import (
    Object,
    as_id,
    as_list,
    as_object,
    as_text,
    at_iso,
    maybe_list,
    maybe_object,
    maybe_text,
)
from flourishing.formats.looms.loom import Loom, Node, own_id
from flourishing.formats.passage import Hand

WOOL = "wool"
EXOLOOM = "Exoloom"
_HANDS: dict[str, Hand] = {"USER": "person", "LLM": "model"}


def recognise_wool(document: object) -> bool:
    """Say whether this is wool's.

    Args:
        document: The parsed JSON document.
    """
    return (
        isinstance(document, dict)
        and "focused_node_id" in document
        and isinstance(document.get("nodes"), dict)
    )


def read_wool(document: object, name: str) -> tuple[Loom, ...]:
    """Read the tree.

    Args:
        document: The parsed JSON document.
        name: The name of the file without its ending.

    Raises:
        InputError: A part of it is not what belongs there.
    """
    whole = as_object(document, "the document")
    nodes = []
    for id_, value in as_object(whole.get("nodes"), "the list of nodes").items():
        raw = as_object(value, "a node")
        parent = as_id(raw.get("parent_id"))
        nodes.append(
            Node(
                id=id_,
                text=as_text(raw.get("text"), "a node's text"),
                author="model" if raw.get("type") == "ai" and parent is not None else None,
                parent=parent,
            )
        )
    current = as_id(whole.get("focused_node_id"))
    return (Loom.of(nodes, name=name, format=WOOL, current=current),)


def recognise_exoloom(document: object) -> bool:
    """Say whether this is Exoloom's.

    Args:
        document: The parsed JSON document.
    """
    return isinstance(document, dict) and document.get("loomType") == "Exoloom"


def read_exoloom(document: object, name: str) -> tuple[Loom, ...]:
    """Read the tree.

    Args:
        document: The parsed JSON document.
        name: The name of the file without its ending.

    Raises:
        InputError: A part of it is not what belongs there.
    """
    whole = as_object(document, "the document")
    tree = as_object(whole.get("tree"), "the tree")
    marks = maybe_list(maybe_object(whole.get("lens")).get("bookmarks"))
    bookmarks = {as_id(maybe_object(mark).get("nodeId")) for mark in marks}
    title = maybe_text(tree.get("title")) or name
    nodes = tuple(_exoloom_nodes(tree, bookmarks))
    # No current node is kept; the person's last is not known.
    return (Loom.of(nodes, name=title, format=EXOLOOM),)


def _exoloom_nodes(tree: Object, bookmarks: set[str | None]) -> Iterator[Node]:
    raw_nodes = {
        id_: as_object(raw, "a node")
        for id_, raw in as_object(tree.get("nodes"), "the list of nodes").items()
    }
    for id_ in _siblings_in_order(raw_nodes):
        raw = raw_nodes[id_]
        author = _HANDS.get(maybe_text(raw.get("authorType")))
        yield Node(
            id=id_,
            text=as_text(raw.get("content"), "a node's content"),
            author=author,
            parent=as_id(raw.get("parentId")),
            bookmarked=id_ in bookmarks,
            at=at_iso(raw.get("createdAt")),
            model=(maybe_text(raw.get("authorName")) or None) if author == "model" else None,
        )


def _siblings_in_order(nodes: dict[str, Object]) -> list[str]:
    """Give the ids so that siblings stand as their parent lists them."""
    places: dict[str | None, int] = {}
    for raw in nodes.values():
        for child in maybe_list(raw.get("childrenIds")):
            places.setdefault(as_id(child), len(places))
    return sorted(nodes, key=lambda id_: places.get(id_, -1))


LOOMSIDIAN = "Loomsidian"
_NOBODY = ("", "genesis", "N/A")
"""What the variants that name authors write where it was no model."""


def recognise_loomsidian(document: object) -> bool:
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


def read_loomsidian(document: object, name: str) -> tuple[Loom, ...]:
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
    return Loom.of(nodes, name=name, format=LOOMSIDIAN, current=as_id(note.get("current")))


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


LOGITLOOM = "logitloom"
_MARK = "isLogitLoomTreeVersion"
_ROOT = "prompt"


def recognise_logitloom(document: object) -> bool:
    """Say whether this is logitloom's.

    Args:
        document: The parsed JSON document.
    """
    return isinstance(document, dict) and _MARK in document


def read_logitloom(document: object, name: str) -> tuple[Loom, ...]:
    """Read the tree.

    Args:
        document: The parsed JSON document.
        name: The name of the file without its ending.

    Raises:
        InputError: A part of it is not what belongs there.
    """
    whole = as_object(document, "the document")
    model = maybe_text(whole.get("modelName")) or None
    settings = maybe_object(whole.get("modelSettings"))
    nodes = [Node(id=_ROOT, text=_beginning(settings), author="person")]
    waiting: list[tuple[object, str]] = [
        (root, _ROOT) for root in reversed(as_list(whole.get("roots"), "the list of roots"))
    ]
    known = {_ROOT}
    while waiting:
        value, parent = waiting.pop()
        raw = as_object(value, "a token")
        own = own_id(as_id(raw.get("id")), known)
        text = as_text(raw.get("text"), "a token's text")
        nodes.append(Node(id=own, text=text, author="model", parent=parent, model=model))
        children = as_list(raw.get("children"), "a token's children")
        waiting += [(child, own) for child in reversed(children)]
    return (Loom.of(nodes, name=name, format=LOGITLOOM),)


def _beginning(settings: Object) -> str:
    prefill = maybe_text(settings.get("prefill"))
    if settings.get("kind") == "chat":
        return prefill
    return maybe_text(settings.get("prompt")) + prefill
