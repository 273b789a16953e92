"""wool and Exoloom: nodes by their ids, each with the id of its parent.

In wool every node is of the type "ai", also the root that a person typed: the type is believed
of all others. In Exoloom the order of siblings is the parent's, and pruned nodes are kept: they
are hidden there, not deleted.
"""

from __future__ import annotations

from collections.abc import Iterator

from flourishing.formats.json_values import (
    Object,
    as_id,
    as_object,
    as_text,
    at_iso,
    maybe_list,
    maybe_object,
    maybe_text,
)
from flourishing.formats.looms.loom import Loom, Node
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
