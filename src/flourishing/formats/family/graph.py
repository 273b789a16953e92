"""The graph of a family, texts and what they came from, and its layout.

A lineage points backwards only, so it has no cycles; but a family may be read from a file, so
nothing here trusts that: every walk ends, and an edge to a text that is not there is passed over.

Generations stand below each other, and each text stands as near as there is room to the middle of
those it came from. The places are computed directly and are the same each time, which a layout by
forces for thousands of texts is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt
from typing import Final, Literal

from flourishing.core.text import Text
from flourishing.errors import InputError

Role = Literal["parent", "example"]


@dataclass(frozen=True, slots=True)
class Edge:
    """A text and one of those that it came from.

    Attributes:
        child: The id of the text.
        parent: The id of what it came from.
        place: Its place in the prompt, from 0.
        role: "parent", or "example" for one that only showed the form.
    """

    child: int
    parent: int
    place: int
    role: Role


@dataclass(frozen=True, slots=True)
class Family:
    """Texts with their lineage.

    Attributes:
        root: The id of the text whose family it is.
        texts: The texts by their ids.
        edges: Which came from which.
        marks: What is to be said of a text in a word or two, such as "kept".

    Raises:
        InputError: The root is none of the texts.
    """

    root: int
    texts: Mapping[int, Text]
    edges: tuple[Edge, ...] = ()
    marks: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    _upward: dict[int, tuple[Edge, ...]] = field(init=False, repr=False, compare=False)
    _downward: dict[int, tuple[int, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.root not in self.texts:
            raise InputError(
                f"The text {self.root} is not in its own family.",
                hint="Name one of the texts that were given.",
            )
        upward: dict[int, dict[int, Edge]] = defaultdict(dict)
        downward: dict[int, dict[int, None]] = defaultdict(dict)
        for edge in sorted(self.edges, key=lambda edge: edge.place):
            within = edge.child in self.texts and edge.parent in self.texts
            if within and edge.child != edge.parent:
                upward[edge.child][edge.place] = edge
                downward[edge.parent][edge.child] = None
        found = {child: tuple(edges.values()) for child, edges in upward.items()}
        object.__setattr__(self, "_upward", found)
        object.__setattr__(self, "_downward", {id: tuple(sorted(c)) for id, c in downward.items()})

    def came_from(self, id: int) -> tuple[Edge, ...]:
        """Give the edges to what a text came from, in the order of its prompt.

        Args:
            id: The number of the text.
        """
        return self._upward.get(id, ())

    def parents(self, id: int) -> tuple[int, ...]:
        """Give what a text came from, examples too, in the order of its prompt; each once.

        Args:
            id: The number of the text.
        """
        return tuple(dict.fromkeys(edge.parent for edge in self.came_from(id)))

    def children(self, id: int) -> tuple[int, ...]:
        """Give what came from a text, by rising id.

        Args:
            id: The number of the text.
        """
        return self._downward.get(id, ())

    def ancestors(self, id: int) -> tuple[int, ...]:
        """Give all that a text came from, near and far: the nearest first, without itself.

        Args:
            id: The number of the text.
        """
        return self._reached(id, upward=True)

    def descendants(self, id: int) -> tuple[int, ...]:
        """Give all that came from a text, near and far: the nearest first, without itself.

        Args:
            id: The number of the text.
        """
        return self._reached(id, upward=False)

    def generations(self) -> list[list[int]]:
        """Give the texts in layers, each below all that it came from, by rising id.

        A text stands one layer below the lowest of its parents. Texts that come from themselves,
        which no lineage has, stand together in the last layer.
        """
        waiting = {id: len(self.parents(id)) for id in self.texts}
        layer = sorted(id for id, count in waiting.items() if not count)
        layers = []
        while layer:
            layers.append(layer)
            following = []
            for id in layer:
                del waiting[id]
                for child in self.children(id):
                    waiting[child] -= 1
                    if not waiting[child]:
                        following.append(child)
            layer = sorted(following)
        return [*layers, sorted(waiting)] if waiting else layers

    def _reached(self, id: int, *, upward: bool) -> tuple[int, ...]:
        reached = {id: None}
        for each in (queue := [id]):
            for near in self.parents(each) if upward else self.children(each):
                if near not in reached:
                    reached[near] = None
                    queue.append(near)
        return tuple(reached)[1:]


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


def measures_for(
    family: Family, generations: Sequence[Sequence[int]], *, pictures: bool = False
) -> Measures:
    """Give the measures of a family on the studio's page.

    Args:
        family: The family.
        generations: Its ids in layers, parents above their children.
        pictures: Whether its cards are pictures, which are as high as wide, by default False.
    """
    count = len(family.texts)
    if count <= MOST_CARDS and pictures:
        return Measures(cards=True, width=96, height=96, across=24, down=64, between=24, most=9)
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
