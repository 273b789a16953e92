"""Paths of looms: which of them become texts.

A path of a loom is no individual until a person says which paths are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Final, Literal

from flourishing.errors import InputError
from flourishing.exchange.loom import Loom
from flourishing.exchange.passage import Passage, place_in
from flourishing.text import Source

Take = Literal["marked", "leaves", "current", "split"]
"""Bookmarked paths, all that end, the one where a person stood, or what separators part."""
MOST_CHARACTERS: Final = 2**28
"""The most characters of all paths that are taken: a small tree can hold enormously many."""


def choose(
    looms: tuple[Loom, ...], *, take: Take, separator: str, file: str
) -> tuple[Iterator[Passage], tuple[str, ...]]:
    """Choose the paths that become texts.

    Args:
        looms: The looms of one file.
        take: Which paths; all that end stand in for bookmarked ones where there are none.
        separator: What stands between texts in a path that is to be split.
        file: The file's name.

    Returns:
        The passages, made as they are asked for, and what a person should know, in words.

    Raises:
        InputError: The paths are too long together.
    """
    notes = [_counted(looms)]
    if take == "marked" and not any(loom.bookmarked() for loom in looms):
        notes.append("Nothing is bookmarked: every path that ends was taken.")
        take = "leaves"
    if take == "current" and any(loom.current not in loom.nodes for loom in looms if loom.nodes):
        notes.append("The file does not say where its person stood: the first path was taken.")
    chosen = [(loom, _ends(loom, take)) for loom in looms]
    weight = sum(loom.weight(ends) for loom, ends in chosen)
    if weight > MOST_CHARACTERS:
        raise InputError(
            f"The paths in {file!r} have {weight:,} characters together; "
            f"the most that is read is {MOST_CHARACTERS:,}.",
            hint="Take only the bookmarked paths, or the current one.",
        )
    passages = (each for loom, ends in chosen for each in _passages(loom, ends, file))
    if take == "split":
        passages = (part for passage in passages for part in passage.split(separator))
    return passages, tuple(notes)


def _counted(looms: tuple[Loom, ...]) -> str:
    """Say what there is to choose from."""
    counts = (
        (len(looms), "tree", "trees"),
        (sum(len(loom.nodes) for loom in looms), "node", "nodes"),
        (sum(len(loom.leaves()) for loom in looms), "path that ends", "paths that end"),
        (sum(len(loom.bookmarked()) for loom in looms), "bookmark", "bookmarks"),
    )
    return ", ".join(f"{n:,} {one if n == 1 else many}" for n, one, many in counts) + "."


def _ends(loom: Loom, take: Take) -> tuple[str, ...]:
    """Give the nodes at which the wanted paths end."""
    if take == "marked":
        return loom.bookmarked()
    if take == "current":
        stood = loom.current is not None and loom.current in loom.nodes
        return (loom.current,) if stood and loom.current else loom.leaves()[:1]
    return loom.leaves()


def _passages(loom: Loom, ends: Iterable[str], file: str) -> Iterator[Passage]:
    # A tree without a name of its own is called as its file.
    name = "" if loom.name == PurePath(file).stem else loom.name
    for end in ends:
        path = loom.path(end)
        place = place_in(name, end if end.startswith("node ") else f"node {end}")
        yield Passage(
            pieces=loom.pieces(end),
            # Where it stands in the tree is a place, and never a title.
            source=Source(published=place_in(file, place)),
            place=place,
            at=path[-1].at,
            model=next((node.model for node in reversed(path) if node.model), None),
        ).with_plain_line_ends()
