"""The graph of a family: texts and what they came from, to be walked without a garden.

A lineage points backwards only, so it has no cycles; but a family may be read from a file, so
nothing here trusts that: every walk ends, and an edge to a text that is not there is passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

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
