"""The graph of a family: whatever its edges, it is walked to its end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.formats.family import Edge, Family


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
