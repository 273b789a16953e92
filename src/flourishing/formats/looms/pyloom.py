"""PyLoom: nested nodes in JSON, whole or simple, and its flat JSONL.

Only `text` and `children` are certain. A node with `masked_head` and `tail_id` is a zipped chain
whose text is a cache, and is unzipped. A `template` is a program: PyLoom runs it, and this does
not. Creation times carry no zone and are read as UTC, so that a file gives the same everywhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime

from flourishing.formats.json_values import (
    Object,
    as_id,
    as_list,
    as_object,
    as_text,
    maybe_list,
    maybe_object,
    maybe_text,
)
from flourishing.formats.looms.loom import Loom, Node, own_id
from flourishing.formats.passage import Hand, listed

TITLE = "PyLoom"
_BOOKMARK = "bookmark"


def recognise(document: object) -> bool:
    """Say whether this is PyLoom's: a node, a document with a root, or a list of nodes.

    Args:
        document: The parsed JSON document.
    """
    if isinstance(document, dict):
        return _is_node(document.get("root")) or ("text" in document and "children" in document)
    if not isinstance(document, list) or not document:
        return False
    rows = [row for row in document if isinstance(row, dict)]
    return len(rows) == len(document) and (
        all(_is_node(row) and "children" in row for row in rows) or _is_flat(rows)
    )


def read(document: object, name: str) -> tuple[Loom, ...]:
    """Read the tree.

    Args:
        document: The parsed JSON; for JSONL, the list of its rows.
        name: What to call the tree.

    Raises:
        InputError: A part of it is not what belongs there.
    """
    if isinstance(document, list) and _is_flat([maybe_object(row) for row in document]):
        return (Loom.of(_flat(document), name=name, format=TITLE),)
    whole = maybe_object(document)
    roots = document if isinstance(document, list) else [whole.get("root", document)]
    tree = _Tree(maybe_object(whole.get("model_responses")))
    nodes = tuple(tree.nodes(roots))
    dropped = []
    if tree.templates:
        dropped.append(f"{tree.templates} templates, which are programs: their text as it stood")
    # A bookmark is read; what other tags mean is their person's own matter.
    tags = sorted({tag for node in nodes for tag in node.tags} - {_BOOKMARK})
    if tags:
        tagged = sum(bool({*node.tags} - {_BOOKMARK}) for node in nodes)
        of = "1 node" if tagged == 1 else f"{tagged:,} nodes"
        dropped.append(f"the tags {listed(map(repr, tags))}, of {of}")
    return (
        Loom.of(
            nodes,
            name=name,
            format=TITLE,
            current=tree.unmasked(as_id(whole.get("selected_node_id"))),
            dropped=dropped,
        ),
    )


class _Tree:
    """The walk over nested nodes, without recursion, unzipping on the way."""

    def __init__(self, responses: Object) -> None:
        self.responses = responses
        self.templates = 0
        self.tails: dict[str, str] = {}
        self.hanging: dict[str, deque[list[object]]] = {}
        self.known: set[str] = set()

    def nodes(self, roots: list[object]) -> Iterator[Node]:
        """Give each node, ancestors first."""
        waiting: list[tuple[object, str | None]] = [(root, None) for root in reversed(roots)]
        while waiting:
            value, parent = waiting.pop()
            raw = as_object(value, "a node")
            children = as_list(raw.get("children"), "a node's children")
            tail = as_id(raw.get("tail_id"))
            if raw.get("masked_head") is not None and tail is not None:
                self._unzip(as_id(raw.get("id")), tail, children)
                waiting.append((raw["masked_head"], parent))
                continue
            node = self._node(raw, parent)
            yield node
            groups = self.hanging.pop(as_id(raw.get("id")) or "", ())
            children = [*children, *(child for group in groups for child in group)]
            waiting += [(child, node.id) for child in reversed(children)]
            if not waiting and self.hanging:
                # A chain without the tail that it names: its children follow its last node.
                lost = [
                    child for groups in self.hanging.values() for group in groups for child in group
                ]
                self.hanging.clear()
                waiting += [(child, node.id) for child in reversed(lost)]

    def unmasked(self, node: str | None) -> str | None:
        """Give the node itself, or the tail of the chain that it stood for."""
        for _ in range(len(self.tails) + 1):
            if node is None or node not in self.tails:
                break
            node = self.tails[node]
        return node

    def _unzip(self, mask: str | None, tail: str, children: list[object]) -> None:
        """Remember what follows the chain, and what follows chains that end in this one."""
        groups: deque[list[object]] = deque()
        if mask is not None:
            self.tails[mask] = tail
            groups = self.hanging.pop(mask, groups)
        groups.appendleft(children)
        # The smaller one moves: chains in chains would cost the square of their number otherwise.
        before = self.hanging.get(tail, deque())
        if len(before) < len(groups):
            groups.extendleft(reversed(before))
            self.hanging[tail] = groups
        else:
            before.extend(groups)

    def _node(self, raw: Object, parent: str | None) -> Node:
        self.templates += raw.get("template") is not None
        generation = maybe_object(raw.get("generation"))
        response = self.responses.get(maybe_text(generation.get("id")))
        meta = maybe_object(raw.get("meta"))
        tags = tuple(tag for tag in maybe_list(raw.get("tags")) if isinstance(tag, str))
        return Node(
            id=own_id(as_id(raw.get("id")), self.known),
            text=as_text(raw.get("text"), "a node's text"),
            author=_author(meta, generated=bool(generation)),
            parent=parent,
            bookmarked=_BOOKMARK in tags,
            at=_moment(meta.get("creation_timestamp")),
            model=maybe_text(maybe_object(response).get("model")) or None,
            tags=tags,
        )


def _is_node(value: object) -> bool:
    return isinstance(value, dict) and ("text" in value or "children" in value)


def _is_flat(rows: list[Object]) -> bool:
    """Say whether these are rows with a parent each, not nested nodes."""
    return any("parent_id" in row or "parentId" in row for row in rows) and all(
        "text" in row and "id" in row and "children" not in row for row in rows
    )


def _flat(rows: list[object]) -> Iterator[Node]:
    for number, value in enumerate(rows, start=1):
        row = as_object(value, f"row {number}")
        yield Node(
            id=as_id(row.get("id")) or f"row {number}",
            text=as_text(row.get("text"), f"the text of row {number}"),
            parent=as_id(row.get("parent_id", row.get("parentId"))),
        )


def _author(meta: Object, *, generated: bool) -> Hand | None:
    source = meta.get("source")
    if source == "AI" or (source is None and generated):
        return "mixed" if meta.get("modified") is True else "model"
    if source == "prompt":
        return "person"
    return "mixed" if source == "mixed" else None


def _moment(value: object) -> datetime | None:
    try:
        return datetime.strptime(maybe_text(value), "%Y-%m-%d-%H.%M.%S").replace(tzinfo=UTC)
    except ValueError:
        return None
