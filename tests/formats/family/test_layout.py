"""The layout of a family: children below parents, near them, and no two texts in one place."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from flourishing.core.text import Text
from flourishing.formats.family import Edge, Family
from flourishing.formats.family.layout import (
    MOST_CARDS,
    Layout,
    Place,
    arrange,
    measures_for,
    spread,
)


def family(count: int, *edges: tuple[int, int]) -> Family:
    """Make a family of texts from 1 on, with edges from a child to a parent."""
    texts = {id: Text(str(id)) for id in range(1, count + 1)}
    places: dict[int, int] = {}
    made = []
    for child, parent in edges:
        places[child] = places.get(child, -1) + 1
        made.append(Edge(child, parent, places[child], "parent"))
    return Family(1, texts, tuple(made))


def arranged(family: Family) -> Layout:
    generations = family.generations()
    return arrange(family, generations, measures_for(family, generations))


SMALL = family(7, (3, 2), (4, 1), (5, 1), (5, 2), (6, 2), (7, 5), (7, 3))
"""Two texts, their broods, and a text that was bred from one of each."""


def crossings(family: Family) -> int:
    at = arranged(family).places
    return sum(
        at[a.parent].y == at[b.parent].y
        and at[a.child].y == at[b.child].y
        and (at[a.parent].x - at[b.parent].x) * (at[a.child].x - at[b.child].x) < 0
        for a, b in combinations(family.edges, 2)
    )


def test_children_stand_below_all_of_their_parents() -> None:
    places = arranged(SMALL).places
    assert all(places[edge.child].y > places[edge.parent].y for edge in SMALL.edges)


def test_what_can_be_untangled_is() -> None:
    # As numbered, each of these lines crosses the other.
    assert crossings(family(4, (3, 2), (4, 1))) == 0
    assert crossings(SMALL) == 0


def test_an_only_child_stands_right_below_an_only_parent() -> None:
    places = arranged(family(2, (2, 1))).places
    assert places[1].x == places[2].x


@pytest.mark.parametrize("count", [MOST_CARDS, MOST_CARDS + 1, 701])
def test_no_two_texts_overlap_in_one_row_or_in_many(count: int) -> None:
    layout = arranged(family(count, *((child, 1) for child in range(2, count + 1))))
    measures = layout.measures
    assert measures.cards == (count <= MOST_CARDS)
    assert len(layout.places) == count
    rows: dict[float, list[Place]] = {}
    for place in layout.places.values():
        rows.setdefault(place.y, []).append(place)
    assert max(map(len, rows.values())) <= measures.most
    for row in rows.values():
        xs = sorted(place.x for place in row)
        assert all(b - a >= measures.pitch for a, b in pairwise(xs))
    assert all(b - a > measures.height for a, b in pairwise(sorted(rows)))


def test_the_layout_is_the_same_each_time() -> None:
    assert arranged(SMALL) == arranged(SMALL)


def test_wishes_are_spread_no_further_than_they_must() -> None:
    assert spread([0, 0], 10) == [-5, 5]
    assert spread([0, 30], 10) == [0, 30]
    assert spread([5, 5, 100], 10) == [0, 10, 100]
    assert spread([], 10) == []
