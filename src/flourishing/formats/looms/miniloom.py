"""MiniLoom: each node is a patch against the whole text of its parent.

Patches are JavaScript's, so they count UTF-16 units, and texts are held as such units while they
are patched. Nearly all patches add at the end and become a plain stretch; one that changes what
stands before it gives a node that holds its whole text, with the authors of what was left. Where
a patch does not fit its parent exactly, it is applied as MiniLoom itself does, by likeness, and
who wrote what is then not known.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from flourishing.errors import InputError
from flourishing.formats.json_values import (
    as_id,
    as_list,
    as_object,
    at_milliseconds,
    maybe_list,
    maybe_object,
    maybe_text,
)
from flourishing.formats.looms.loom import Loom, Node, own_id
from flourishing.formats.passage import Hand, Piece, joined

TITLE = "MiniLoom"
_HANDS: dict[str, Hand] = {"user": "person", "gen": "model", "rewrite": "model"}
_KEEP, _ADD, _TAKE = 0, 1, -1
_TAIL = 64
"""Units of a text that are kept: patches have some thirty units of what stands before."""
_MOST_WORK = 2**26
"""The most units that are walked through for patches which change what stands before them."""

Hunk: TypeAlias = tuple[int, list[tuple[int, str]]]
"""Where it begins, in UTF-16 units, and its steps: what to keep, add or take away."""


class _End(NamedTuple):
    """The end of the text up to a node: the text's length, its nodes, and its last units."""

    length: int
    depth: int
    tail: str


def recognise(document: object) -> bool:
    """Say whether this is MiniLoom's.

    Args:
        document: The parsed JSON document.
    """
    return isinstance(document, dict) and isinstance(document.get("loomTree"), dict)


def read(document: object, name: str) -> tuple[Loom, ...]:
    """Read the tree.

    Args:
        document: The parsed JSON document.
        name: The name of the file without its ending.

    Raises:
        InputError: A part of it is not what belongs there.
    """
    whole = as_object(document, "the document")
    store = as_object(as_object(whole.get("loomTree"), "the tree").get("nodeStore"), "its nodes")
    current = as_id(maybe_object(whole.get("focus")).get("id"))
    known: set[str] = set()
    raw = {own_id(id_, known): as_object(each, "a node") for id_, each in store.items()}
    bare = Loom.of(
        (
            Node(
                id=id_,
                text="",
                author=_HANDS.get(maybe_text(each.get("type"))),
                parent=as_id(each.get("parent")),
                bookmarked=each.get("rating") is True,
                at=at_milliseconds(each.get("timestamp")),
                model=maybe_text(each.get("model")) or None,
            )
            for id_, each in _siblings_in_order(raw)
        ),
        format=TITLE,
        name=name,
        current=current,
    )
    return (_patched(bare, {id_: _hunks(each.get("patch")) for id_, each in raw.items()}),)


def _siblings_in_order(nodes: dict[str, dict[str, object]]) -> list[tuple[str, dict[str, object]]]:
    """Give the nodes so that siblings stand as their parent lists them."""
    places: dict[str | None, int] = {}
    for raw in nodes.values():
        for child in maybe_list(raw.get("children")):
            places.setdefault(as_id(child), len(places))
    return sorted(nodes.items(), key=lambda item: places.get(item[0], -1))


def _patched(bare: Loom, hunks: dict[str, list[Hunk]]) -> Loom:
    """Give the loom whose nodes have their texts."""
    nodes: dict[str, Node] = {}
    loom = replace(bare, nodes=nodes)
    # Of each text its end is enough for nearly all patches: whole texts would be the square.
    ends: dict[str | None, _End] = {None: _End(0, 0, "")}
    work = 0
    for id_, node in bare.nodes.items():
        before = ends[node.parent]
        added = _added_at_end(before, hunks[id_])
        if added is not None:
            nodes[id_] = replace(node, text=from_units(added))
            length, tail = before.length + len(added), before.tail + added
        else:
            work += before.length + before.depth
            if work > _MOST_WORK:
                raise _unfit("This MiniLoom file rewrites its texts too often to be read.")
            pieces = loom.pieces(node.parent) if node.parent else ()
            written = _rewritten(pieces, hunks[id_], node.author)
            nodes[id_] = replace(
                node, rewritten=joined(replace(p, text=from_units(p.text)) for p in written)
            )
            tail = "".join(piece.text for piece in written)
            length = len(tail)
        ends[id_] = _End(length, before.depth + 1, tail[-_TAIL:])
    return loom


def _hunks(patch: object) -> list[Hunk]:
    """Read a patch; a root has "" for none."""
    return [] if not patch else [_hunk(each) for each in as_list(patch, "a patch")]


def _hunk(value: object) -> Hunk:
    raw = as_object(value, "a part of a patch")
    start = raw.get("start2")
    steps = []
    for step in as_list(raw.get("diffs"), "the steps of a patch"):
        match step:
            case [(0 | 1 | -1) as kind, str(text)]:
                steps.append((int(kind), to_units(text)))
            case _:
                raise _unfit("A step of a patch in this MiniLoom file is not one.")
    if isinstance(start, bool) or not isinstance(start, int) or start < 0:
        raise _unfit("A patch in this MiniLoom file does not say where it begins.")
    return start, steps


def _added_at_end(before: _End, hunks: list[Hunk]) -> str | None:
    """Give what the patch adds at the end, when that is seen to be all that it does; else None."""
    if not hunks:
        return ""
    match hunks:
        case [(start, [(1, str(added))])] if start == before.length:
            return added
        case [(start, [(0, str(kept)), (1, str(added))])]:
            fits = start + len(kept) == before.length and before.tail.endswith(kept)
            return added if fits else None
    return None


def _rewritten(pieces: Iterable[Piece], hunks: list[Hunk], author: Hand | None) -> list[Piece]:
    """Patch a text whose authors are known, exactly; or, failing that, by likeness."""
    after = [replace(piece, text=to_units(piece.text)) for piece in pieces]
    before = "".join(piece.text for piece in after)
    for start, steps in hunks:
        done, rest = _cut(after, start)
        for kind, text in steps:
            if kind == _ADD:
                done.append(Piece(text, author))
                continue
            meant, rest = _cut(rest, len(text))
            if "".join(piece.text for piece in meant) != text:
                return [Piece(_patched_by_likeness(before, hunks))]
            if kind == _KEEP:
                done += meant
        after = done + rest
    return after


def _cut(pieces: list[Piece], at: int) -> tuple[list[Piece], list[Piece]]:
    """Cut after so many units."""
    for index, piece in enumerate(pieces):
        if at < len(piece.text):
            left = Piece(piece.text[:at], piece.author)
            right = Piece(piece.text[at:], piece.author)
            return [*pieces[:index], left], [right, *pieces[index + 1 :]]
        at -= len(piece.text)
    return list(pieces), []


def _patched_by_likeness(before: str, hunks: list[Hunk]) -> str:
    from diff_match_patch import diff_match_patch  # type: ignore[import-untyped]  # it ships no types
    from diff_match_patch.diff_match_patch import patch_obj  # type: ignore[import-untyped]  # nor here

    patches = []
    for start, steps in hunks:
        patch = patch_obj()
        patch.diffs = list(steps)
        patch.start1 = patch.start2 = start
        patch.length1 = sum(len(text) for kind, text in steps if kind != _ADD)
        patch.length2 = sum(len(text) for kind, text in steps if kind != _TAKE)
        patches.append(patch)
    after, fitted = diff_match_patch().patch_apply(patches, before)
    if not all(fitted):
        raise _unfit("A patch in this MiniLoom file does not fit the text that it changes.")
    return str(after)


def to_units(text: str) -> str:
    """Give a text with a character for each UTF-16 unit, as JavaScript counts them.

    Args:
        text: The text with one character for each code point.
    """
    if text.isascii() or max(text) <= "\uffff":
        return text
    return "".join(map(chr, array("H", text.encode("utf-16", "surrogatepass")[2:])))


def from_units(text: str) -> str:
    """Join the UTF-16 units of a text again; halves of a character stay as they are.

    Args:
        text: The text with one character for each UTF-16 unit.
    """
    if not any(high >= "\ud800" and "\udc00" <= low <= "\udfff" for high, low in pairwise(text)):
        return text
    raw = text.encode("utf-16", "surrogatepass")
    return raw.decode("utf-16", "surrogatepass")


def _unfit(message: str) -> InputError:
    return InputError(message, hint="The file is damaged; export it from MiniLoom again.")
