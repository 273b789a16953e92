"""A lineage as one HTML page, which needs no other file.

Small families are drawn as cards that can be read; of large ones each text is a dot, and only the
lines of the lineage that the page is about are drawn, since tens of thousands of lines show nothing
and take a browser minutes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flourishing.formats.family.entries import entries, name
from flourishing.formats.family.graph import Family, Role
from flourishing.formats.family.layout import MOST_CARDS, Measures, arrange

if TYPE_CHECKING:
    from jinja2 import Environment


MOST_LINES = 1_500
"""Of a family with more lines, only those of the root's own lineage are drawn."""

_CARDS: Final = Measures(cards=True, width=148, height=62, across=14, down=58, between=12, most=6)
_DOTS: Final = Measures(cards=False, width=22, height=22, across=8, down=40, between=12, most=36)
_MARGIN: Final = 16


@dataclass(frozen=True, slots=True)
class Node:
    """Where the upper left corner of a text stands, in CSS pixels from that of the sheet."""

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
    places: tuple[Node, ...]
    lines: tuple[Line, ...]
    all_lines: bool


def draw(family: Family, generations: Sequence[Sequence[int]]) -> Drawing:
    """Draw a family.

    Args:
        family: The family.
        generations: Its ids in layers, parents above their children.
    """
    size = _CARDS if len(family.texts) <= MOST_CARDS else _DOTS
    middles = arrange(family, generations, size).places
    left = min(place.x for place in middles.values()) - _MARGIN
    places = {
        id: Node(id, round(place.x - left), round(place.y) + _MARGIN)
        for id, place in middles.items()
    }
    lines, all_lines = _lines(family, places, size)
    return Drawing(
        cards=size.cards,
        width=max(place.x for place in places.values()) + size.width + _MARGIN,
        height=max(place.y for place in places.values()) + size.height + _MARGIN,
        node_width=size.width,
        node_height=size.height,
        places=tuple(places.values()),
        lines=lines,
        all_lines=all_lines,
    )


def _lines(
    family: Family, places: dict[int, Node], size: Measures
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


_UNSHOWABLE: Final = (*range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_PICTURES: Final = dict.fromkeys(_UNSHOWABLE, 0xFFFD) | {
    code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"
}
"""Control characters are shown as their pictures; NUL and some more could not stand in a page."""


def to_html(family: Family, title: str = "") -> str:
    """Give the lineage of a text as one self-contained HTML page.

    Args:
        family: The family; its root is the text that is shown first.
        title: What the page is called; by default the first words of the root.
    """
    generations = family.generations()
    environment = _environment()
    script = environment.get_template("family.js").render()
    written = entries(family, [id for layer in generations for id in layer])
    return environment.get_template("family.html.jinja").render(
        title=title.strip() or name(family.texts[family.root]),
        root=family.root,
        generations=[[written[id] for id in layer] for layer in generations],
        entries=written,
        drawing=draw(family, generations),
        named=len(written) <= MOST_CARDS,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _visible(shown: object) -> object:
    return shown.translate(_PICTURES) if isinstance(shown, str) else shown
