"""The drawing of a family: where each text stands, and the lines between them.

Generations stand below each other. Small families are drawn as cards that can be read; of large
ones each text is a dot, and only the lines of the lineage that the page is about are drawn, since
tens of thousands of lines show nothing and take a browser minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flourishing.family.graph import Family, Role

MOST_CARDS = 120
"""A family of more texts is drawn in dots."""
MOST_LINES = 1_500
"""Of a family with more lines, only those of the root's own lineage are drawn."""


@dataclass(frozen=True, slots=True)
class _Measures:
    """How large texts are drawn, in CSS pixels; and how many stand side by side."""

    width: int
    height: int
    across: int
    down: int
    in_row: int


_CARDS: Final = _Measures(width=148, height=62, across=14, down=58, in_row=6)
_DOTS: Final = _Measures(width=22, height=22, across=8, down=40, in_row=36)
_MARGIN: Final = 16
_BETWEEN_ROWS: Final = 12


@dataclass(frozen=True, slots=True)
class _Row:
    """Texts of a generation side by side.

    Every other row of a long generation is shifted by half a text, so that the lines to it can be
    seen between the texts above it; `halves` is how many half texts wide the generation is.
    """

    ids: list[int]
    halves: int
    shifted: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands, in CSS pixels from the corner."""

    id: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line from a parent down to a child, as an SVG path."""

    child: int
    parent: int
    role: Role
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing.

    Attributes:
        cards: Whether texts are cards; else they are dots.
        width: How wide it is, in CSS pixels, like all that follows.
        height: How high it is.
        node_width: How wide a text is.
        node_height: How high a text is.
        places: Where the texts stand, by generations.
        lines: The lines.
        all_lines: Whether these are all there are.
    """

    cards: bool
    width: int
    height: int
    node_width: int
    node_height: int
    places: tuple[Place, ...]
    lines: tuple[Line, ...]
    all_lines: bool


def draw(family: Family, generations: Sequence[Sequence[int]]) -> Drawing:
    """Draw a family.

    Args:
        family: The family.
        generations: Its ids in layers, parents above their children.
    """
    cards = len(family.texts) <= MOST_CARDS
    size = _CARDS if cards else _DOTS
    pitch = size.width + size.across
    rows = [row for layer in _untangled(family, generations) for row in _rows(layer, size.in_row)]
    width = 2 * _MARGIN + max(row.halves for row in rows) * pitch // 2 - size.across
    places: dict[int, Place] = {}
    y = _MARGIN
    for row in rows:
        x = (width + size.across - row.halves * pitch // 2) // 2 + row.shifted * pitch // 2
        for at, id in enumerate(row.ids):
            places[id] = Place(id, x + at * pitch, y)
        y += size.height + (size.down if row.last else _BETWEEN_ROWS)
    lines, all_lines = _lines(family, places, size)
    return Drawing(
        cards=cards,
        width=width,
        height=y - size.down + _MARGIN,
        node_width=size.width,
        node_height=size.height,
        places=tuple(places.values()),
        lines=lines,
        all_lines=all_lines,
    )


def _untangled(family: Family, generations: Sequence[Sequence[int]]) -> list[list[int]]:
    """Order each generation by where its parents stand, so that fewer lines cross."""
    at: dict[int, float] = {}
    ordered = []
    for layer in generations:
        middle = {}
        for id in layer:
            above = [at[parent] for parent in family.parents(id) if parent in at]
            middle[id] = sum(above) / len(above) if above else 0.5
        row = sorted(layer, key=lambda id: (middle[id], id))
        at |= {id: (number + 0.5) / len(row) for number, id in enumerate(row)}
        ordered.append(row)
    return ordered


def _rows(layer: list[int], most: int) -> list[_Row]:
    """Break a generation into rows of about the same length."""
    count = -(-len(layer) // most)
    length = -(-len(layer) // count)
    halves = 2 * length + (count > 1)
    starts = range(0, len(layer), length)
    return [
        _Row(layer[at : at + length], halves, shifted=bool(number % 2), last=at == starts[-1])
        for number, at in enumerate(starts)
    ]


def _lines(
    family: Family, places: dict[int, Place], size: _Measures
) -> tuple[tuple[Line, ...], bool]:
    edges = own = [edge for id in places for edge in family.came_from(id)]
    if len(edges) > MOST_LINES:
        # From the root outwards, so that it is the nearest that are drawn.
        up = {id: far for far, id in enumerate((family.root, *family.ancestors(family.root)))}
        down = {id: far for far, id in enumerate((family.root, *family.descendants(family.root)))}
        own = [edge for edge in edges if edge.child in up or edge.parent in down]
        far_off = len(places)
        own.sort(key=lambda e: min(up.get(e.child, far_off), down.get(e.parent, far_off)))
    lines = []
    for edge in own[:MOST_LINES]:
        above, below = places[edge.parent], places[edge.child]
        x1, y1 = above.x + size.width // 2, above.y + size.height
        x2, y2 = below.x + size.width // 2, below.y
        bend = max((y2 - y1) // 2, 14)
        path = f"M{x1} {y1}C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2}"
        lines.append(Line(edge.child, edge.parent, edge.role, path))
    return tuple(lines), len(lines) == len(edges)
