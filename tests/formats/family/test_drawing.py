"""The drawing of a family: every text in a place of its own, parents above children."""

from __future__ import annotations

from itertools import pairwise

import pytest

from flourishing.core.text import Text
from flourishing.formats.family import Edge, Family
from flourishing.formats.family.layout import MOST_CARDS
from flourishing.formats.family.page import MOST_LINES, Drawing, draw


def drawn(count: int, parents: int, root: int = 0) -> tuple[Family, Drawing]:
    """Draw a family in which every text comes from so many before it."""
    edges = tuple(
        Edge(child, child - back, back, "parent")
        for child in range(count)
        for back in range(1, min(child, parents) + 1)
    )
    family = Family(root, {id: Text(str(id)) for id in range(count)}, edges)
    return family, draw(family, family.generations())


@pytest.mark.parametrize(("count", "parents"), [(1, 0), (100, 0), (30, 2), (2_000, 0), (2_000, 3)])
def test_no_two_texts_overlap_and_none_leaves_the_sheet(count: int, parents: int) -> None:
    _, drawing = drawn(count, parents)
    assert len({(place.x, place.y) for place in drawing.places}) == count
    rows: dict[int, list[int]] = {}
    for place in drawing.places:
        assert 0 <= place.x <= drawing.width - drawing.node_width
        assert 0 <= place.y <= drawing.height - drawing.node_height
        rows.setdefault(place.y, []).append(place.x)
    for row in rows.values():
        gaps = [right - left for left, right in pairwise(row)]
        assert all(gap > drawing.node_width for gap in gaps)
    tops = sorted(rows)
    assert all(b - a > drawing.node_height for a, b in pairwise(tops))


def test_children_stand_below_their_parents() -> None:
    family, drawing = drawn(40, 3)
    y = {place.id: place.y for place in drawing.places}
    assert all(y[edge.child] > y[edge.parent] for edge in family.edges)
    assert drawing.all_lines
    assert {(line.child, line.parent) for line in drawing.lines} == {
        (edge.child, edge.parent) for edge in family.edges
    }


def test_the_rows_of_a_long_generation_leave_room_for_the_lines_between_them() -> None:
    _, drawing = drawn(12, 0)
    first, second = (
        [place.x for place in drawing.places if place.y == y]
        for y in sorted({place.y for place in drawing.places})
    )
    pitch = first[1] - first[0]
    assert second[0] - first[0] == pitch // 2


def test_texts_stand_near_their_parents() -> None:
    edges = [Edge(child, 4 - child, 0, "parent") for child in (3, 4)]
    family = Family(0, {id: Text(str(id)) for id in range(5)}, tuple(edges))
    drawing = draw(family, family.generations())
    assert [place.id for place in drawing.places] == [0, 1, 2, 4, 3]


def test_a_large_family_is_drawn_in_dots() -> None:
    assert drawn(MOST_CARDS, 1)[1].cards
    assert not drawn(MOST_CARDS + 1, 1)[1].cards


def test_of_too_many_lines_those_nearest_to_the_root_are_drawn() -> None:
    _, drawing = drawn(1_000, 3, root=500)
    assert not drawing.all_lines
    assert len(drawing.lines) == MOST_LINES
    pairs = {(line.child, line.parent) for line in drawing.lines}
    assert {(500, 499), (500, 498), (501, 500), (502, 500), (499, 498)} <= pairs
    assert (1, 0) not in pairs


def test_texts_that_come_from_themselves_are_drawn_too() -> None:
    edges = (Edge(0, 1, 0, "parent"), Edge(1, 0, 0, "parent"))
    family = Family(0, {0: Text("a"), 1: Text("b")}, edges)
    assert len(draw(family, family.generations()).places) == 2
