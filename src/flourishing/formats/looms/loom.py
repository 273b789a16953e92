"""Looms: trees of text from other tools.

A node has a stretch of text, its author and its place in the tree; a path from the root is a text.
Other tools keep keys in clear beside the texts. No reader here looks at settings; names such as
`apiKey` under which something stands are counted and reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from flourishing.errors import InputError
from flourishing.formats.passage import Hand, Piece, joined

_NAME: Final = re.compile(r"(key|secret|password|accesstoken|bearer|authorization)s?$")
_SHORTEST: Final = 8
"""Characters; a shorter one is a key of the keyboard."""


def dropped_keys(document: object) -> tuple[str, ...]:
    """Say how many keys and passwords a document holds, in words; nothing where it has none.

    Args:
        document: The parsed JSON document.
    """
    return keys_in_words(count_keys(document))


def keys_in_words(count: int) -> tuple[str, ...]:
    """Say that so many keys and passwords were left out; nothing for none.

    Args:
        count: The number of keys and passwords.
    """
    if not count:
        return ()
    return ("1 key or password" if count == 1 else f"{count} keys or passwords",)


def count_keys(document: object) -> int:
    """Count the keys and passwords that a document holds.

    Args:
        document: The parsed JSON document.
    """
    count = 0
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            count += sum(_is_key(name, each) for name, each in value.items())
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return count


def _is_key(name: object, value: object) -> bool:
    if not isinstance(name, str) or not isinstance(value, str):
        return False
    plain = name.replace("_", "").replace("-", "").lower()
    # A lone "key" is how tables call the name of a row.
    return (
        plain != "key"
        and len(value) >= _SHORTEST
        and not any(sign.isspace() for sign in value)
        and _NAME.search(plain) is not None
    )


_STEP: Final = 4
"""How many characters a step on a path costs as much as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node of a loom.

    Attributes:
        id: What the file calls it, or a name made for it.
        text: What it adds to its parent's text.
        author: Who wrote that; None where the file does not say.
        parent: The id of its parent; None for a root.
        bookmarked: Whether a person marked it.
        at: When it was written, in UTC, where the file says so.
        model: The name of the model, where the file says so.
        tags: What it was tagged with.
        rewritten: The whole text up to here, for a node that changes what stands before it
            instead of adding to it; else None.
    """

    id: str
    text: str
    author: Hand | None = None
    parent: str | None = None
    bookmarked: bool = False
    at: datetime | None = None
    model: str | None = None
    tags: tuple[str, ...] = ()
    rewritten: tuple[Piece, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loom:
    """A tree of text, or several that one file keeps together.

    Attributes:
        name: What the file calls it; may be blank.
        format: The tool that it is from.
        nodes: Its nodes by their ids, ancestors first, siblings in their order.
        current: The node at which its person stood last; None where the file does not say.
        dropped: What was left out on purpose, in words.
    """

    name: str
    format: str
    nodes: Mapping[str, Node]
    current: str | None = None
    dropped: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        nodes: Iterable[Node],
        *,
        format: str,  # noqa: A002 - the field's name
        name: str = "",
        current: str | None = None,
        dropped: Iterable[str] = (),
    ) -> Self:
        """Make a loom of nodes in any order; siblings keep theirs.

        A node whose parent is missing becomes a root, and one whose id is taken gets another.

        Args:
            nodes: The nodes of the tree.
            format: The name of the tool that wrote the file.
            name: The name of the tree in its tool, or "".
            current: The id of the node at which the person last stood, or None.
            dropped: Sentences about what was left out of the file.

        Raises:
            InputError: Some nodes are their own ancestors.
        """
        return cls(
            name=name,
            format=format,
            nodes=_in_tree_order(_with_own_ids(nodes), format),
            current=current,
            dropped=tuple(dropped),
        )

    def path(self, node: str) -> tuple[Node, ...]:
        """Give the nodes from the root to this one.

        Args:
            node: The id of the node.
        """
        path = []
        at: str | None = node
        while at is not None:
            path.append(self.nodes[at])
            at = self.nodes[at].parent
        return tuple(reversed(path))

    def paths(self, nodes: Iterable[str]) -> Iterator[tuple[Node, ...]]:
        """Give the path to each of these nodes.

        Args:
            nodes: The ids of the nodes.
        """
        return (self.path(node) for node in nodes)

    def pieces(self, node: str) -> tuple[Piece, ...]:
        """Give the whole text up to this node, in stretches that each have one author.

        Args:
            node: The id of the node.
        """
        pieces: list[Piece] = []
        for each in self.path(node):
            if each.rewritten is not None:
                pieces = list(each.rewritten)
            else:
                pieces.append(Piece(each.text, each.author))
        return joined(pieces)

    def text(self, node: str) -> str:
        """Give the whole text up to this node.

        Args:
            node: The id of the node.
        """
        return "".join(piece.text for piece in self.pieces(node))

    def leaves(self) -> tuple[str, ...]:
        """Give the ids of the nodes without children, in the order of the tree."""
        parents = {node.parent for node in self.nodes.values()}
        return tuple(each for each in self.nodes if each not in parents)

    def bookmarked(self) -> tuple[str, ...]:
        """Give the ids of the bookmarked nodes, in the order of the tree."""
        return tuple(each for each, node in self.nodes.items() if node.bookmarked)

    def weight(self, nodes: Iterable[str]) -> int:
        """Say how many characters the paths to these nodes have together; a step counts as some.

        A small tree can hold paths of enormous length in all: this costs one walk, and shows
        before they are made.

        Args:
            nodes: The ids of the nodes.
        """
        upto: dict[str | None, int] = {None: 0}
        for each, node in self.nodes.items():
            own = sum(len(piece.text) for piece in node.rewritten or ()) + len(node.text)
            upto[each] = upto[node.parent] + own + _STEP
        return sum(upto[each] for each in nodes)


def own_id(wanted: str | None, known: set[str]) -> str:
    """Give an id that no other node has, and remember it.

    Args:
        wanted: What the file calls the node; None where it does not.
        known: The ids that are taken.
    """
    name = wanted or f"node {len(known) + 1}"
    number = len(known)
    step = 1
    while name in known:
        # By ever longer steps: a file may have taken the next million names.
        number += step
        step *= 2
        name = f"{wanted or 'node'} ({number})"
    known.add(name)
    return name


def _with_own_ids(nodes: Iterable[Node]) -> dict[str, Node]:
    known: set[str] = set()
    return {name: replace(node, id=name) for node in nodes if (name := own_id(node.id, known))}


def _in_tree_order(nodes: dict[str, Node], tool: str) -> dict[str, Node]:
    children: dict[str | None, list[Node]] = {}
    for node in nodes.values():
        rooted = node if node.parent in nodes else replace(node, parent=None)
        children.setdefault(rooted.parent, []).append(rooted)
    waiting = children.get(None, [])[::-1]
    ordered: dict[str, Node] = {}
    while waiting:
        node = waiting.pop()
        ordered[node.id] = node
        waiting += reversed(children.get(node.id, ()))
    if circling := len(nodes) - len(ordered):
        raise InputError(
            f"In this {tool} file, {circling} nodes are their own ancestors.",
            hint="The file is damaged; try a backup of it.",
        )
    return ordered
