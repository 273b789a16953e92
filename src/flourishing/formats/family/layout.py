"""The layout of a family: where each text stands, for the page of the studio and for the HTML file.

Generations stand below each other, and each text stands as near as there is room to the middle of
those it came from. The places are computed directly and are the same each time, which a layout by
forces for thousands of texts is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

from flourishing.formats.family.graph import Family

MOST_CARDS: Final = 120
"""A family of more texts is drawn in dots, one of fewer in cards that can be read."""
_PASSES: Final = 3
_LONG: Final = 60
"""A family of more generations is drawn closer, or one sees only a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """How large texts are drawn and how far apart, in CSS pixels.

    Attributes:
        cards: Whether texts are cards that can be read; else they are dots.
        width: How wide a text is.
        height: How high a text is.
        across: How far apart two texts of one row are.
        down: How far apart two generations are.
        between: How far apart two rows of one generation are.
        most: How many texts one row has at most; a longer generation is broken into rows.
    """

    cards: bool
    width: int
    height: int
    across: int
    down: int
    between: int
    most: int

    @property
    def pitch(self) -> int:
        """How far apart the middles of two texts of one row are."""
        return self.width + self.across


@dataclass(frozen=True, slots=True)
class Place:
    """The middle of a text, in CSS pixels; the middle of a family is at x = 0, its top at y = 0."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the texts of a family stand.

    Attributes:
        measures: How large they are drawn, and how far apart.
        places: The place of each text, by its id, row by row.
    """

    measures: Measures
    places: dict[int, Place]


def measures_for(family: Family, generations: Sequence[Sequence[int]]) -> Measures:
    """Give the measures of a family on the studio's page.

    Args:
        family: The family.
        generations: Its ids in layers, parents above their children.
    """
    count = len(family.texts)
    if count <= MOST_CARDS:
        return Measures(cards=True, width=172, height=56, across=20, down=76, between=18, most=7)
    most = max(24, ceil(1.4 * sqrt(count)))
    down = 30 if len(generations) > _LONG else 52
    return Measures(cards=False, width=12, height=12, across=20, down=down, between=32, most=most)


def arrange(family: Family, generations: Sequence[Sequence[int]], measures: Measures) -> Layout:
    """Give each text of a family its place.

    Args:
        family: The family.
        generations: Its ids in layers, parents above their children.
        measures: How large texts are drawn, and how far apart.
    """
    blocks = [_Block(layer, measures) for layer in generations]
    x: dict[int, float] = {}
    for block in blocks:
        block.note(x)
    for number in range(_PASSES):
        if number:
            for block in reversed(blocks):
                block.settle(x, family.children)
        for block in blocks:
            block.settle(x, family.parents)
    return Layout(measures=measures, places=_places(blocks, measures))


class _Block:
    """The texts of a generation in columns, filled from the left, so that siblings stay together.

    Args:
        ids: The texts.
        measures: How large they are drawn.
    """

    def __init__(self, ids: Sequence[int], measures: Measures) -> None:
        self._ids = list(ids)
        self._pitch = measures.pitch
        self.rows = ceil(len(ids) / measures.most)
        self.columns = self._in_columns()
        middle = (len(self.columns) - 1) / 2
        self.at = [(number - middle) * self._pitch for number in range(len(self.columns))]

    def note(self, x: dict[int, float]) -> None:
        """Write down where each text stands."""
        for at, ids in zip(self.at, self.columns, strict=True):
            x.update(dict.fromkeys(ids, at))

    def settle(self, x: dict[int, float], near: Callable[[int], Sequence[int]]) -> None:
        """Order the texts by the middle of those near them, and put them close to it."""
        wishes = {id: _mean([x[each] for each in near(id)] or [x[id]]) for id in self._ids}
        self._ids.sort(key=lambda id: (wishes[id], id))
        self.columns = self._in_columns()
        self.at = spread([_mean([wishes[id] for id in ids]) for ids in self.columns], self._pitch)
        self.note(x)

    def _in_columns(self) -> list[list[int]]:
        starts = range(0, len(self._ids), self.rows)
        return [self._ids[start : start + self.rows] for start in starts]


def spread(wishes: Iterable[float], pitch: float) -> list[float]:
    """Give places in this order that are as close to the wishes as there is room.

    The sum of the squared distances is the least: an isotonic regression, by pooling neighbours
    that are in each other's way (Barlow et al., Statistical Inference under Order Restrictions,
    1972, section 1.2).

    Args:
        wishes: Where each would like to stand.
        pitch: How far apart two of them are at least.
    """
    pools: list[tuple[float, int]] = []
    for number, wish in enumerate(wishes):
        total, count = wish - number * pitch, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before, others = pools.pop()
            total, count = total + before, count + others
        pools.append((total, count))
    flat = [total / count for total, count in pools for _ in range(count)]
    return [at + number * pitch for number, at in enumerate(flat)]


def _places(blocks: Sequence[_Block], measures: Measures) -> dict[int, Place]:
    places: dict[int, Place] = {}
    top = 0
    for block in blocks:
        for row in range(block.rows):
            # Every other row is shifted, so that lines to it pass between those above.
            shift = measures.pitch / 2 if row % 2 else 0.0
            y = top + row * (measures.height + measures.between)
            for at, ids in zip(block.at, block.columns, strict=True):
                if row < len(ids):
                    places[ids[row]] = Place(at + shift, y)
        top += block.rows * (measures.height + measures.between)
        top += measures.down - measures.between
    return places


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
