"""The graph of a family: whatever its edges, it is walked to its end.

Also: the layout of a family: children below parents, near them, and no two texts in one place.
"""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.formats.family import Edge, Family
from flourishing.formats.family.graph import (
    MOST_CARDS,
    Layout,
    Place,
    arrange,
    measures_for,
    spread,
)


def of(count: int, *pairs: tuple[int, int]) -> Family:
    """Make a family of so many texts from pairs of child and parent."""
    edges = tuple(Edge(child, parent, at, "parent") for at, (child, parent) in enumerate(pairs))
    return Family(0, {id: Text(str(id)) for id in range(count)}, edges)


def test_parents_stand_in_the_order_of_the_prompt_and_children_by_their_ids() -> None:
    texts = {id: Text(str(id)) for id in range(5)}
    edges = (
        Edge(3, 0, 2, "parent"),
        Edge(3, 2, 0, "example"),
        Edge(3, 1, 1, "parent"),
        Edge(4, 2, 0, "parent"),
    )
    family = Family(3, texts, edges)
    assert family.parents(3) == (2, 1, 0)
    assert [edge.role for edge in family.came_from(3)] == ["example", "parent", "parent"]
    assert family.children(2) == (3, 4)
    assert family.parents(0) == family.children(4) == ()


def test_a_text_that_stands_twice_in_a_prompt_is_one_parent() -> None:
    family = of(2, (1, 0), (1, 0))
    assert family.parents(1) == (0,)
    assert len(family.came_from(1)) == 2
    assert family.generations() == [[0], [1]]


def test_ancestors_and_descendants_come_nearest_first_and_once() -> None:
    family = of(5, (1, 0), (2, 1), (3, 2), (3, 0), (4, 3))
    assert family.ancestors(3) == (2, 0, 1)
    assert family.descendants(0) == (1, 3, 2, 4)
    assert family.ancestors(0) == family.descendants(4) == ()


def test_a_text_stands_below_the_lowest_of_its_parents() -> None:
    assert of(5, (1, 0), (2, 1), (3, 2), (3, 0)).generations() == [[0, 4], [1], [2], [3]]


def test_texts_that_come_from_themselves_stand_last_and_nothing_hangs() -> None:
    family = of(5, (1, 0), (2, 3), (3, 2), (4, 3), (1, 1))
    assert family.generations() == [[0], [1], [2, 3, 4]]
    assert family.ancestors(2) == (3,)
    assert family.descendants(2) == (3, 4)


def test_an_edge_to_a_text_that_is_not_there_is_passed_over() -> None:
    family = of(2, (1, 0), (1, 9), (8, 0))
    assert family.parents(1) == (0,)
    assert family.children(0) == (1,)


def test_a_deep_lineage_is_walked_without_end_of_the_stack() -> None:
    family = of(20_000, *((id + 1, id) for id in range(19_999)))
    assert len(family.generations()) == 20_000
    assert len(family.descendants(0)) == 19_999


def test_a_root_that_is_none_of_the_texts_is_refused() -> None:
    with pytest.raises(InputError, match="7") as refusal:
        Family(7, {1: Text("x")})
    assert refusal.value.hint


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_every_text_stands_in_one_generation_below_its_parents(
    pairs: list[tuple[int, int]],
) -> None:
    family = of(10, *((max(pair), min(pair)) for pair in pairs))
    layers = family.generations()
    depth = {id: at for at, layer in enumerate(layers) for id in layer}
    assert sorted(id for layer in layers for id in layer) == list(range(10))
    for id in range(10):
        assert depth[id] == max((depth[each] + 1 for each in family.parents(id)), default=0)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6))))
def test_descendants_are_those_of_whom_one_is_an_ancestor(pairs: list[tuple[int, int]]) -> None:
    family = of(7, *pairs)
    for id in range(7):
        assert set(family.descendants(id)) == {
            other for other in range(7) if id in family.ancestors(other)
        }


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
