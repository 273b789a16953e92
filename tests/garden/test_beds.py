"""Beds: what a person tends stands as it was left, and every change of it can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flourishing.chain import Chain
from flourishing.errors import InputError
from flourishing.garden import Bed, Garden, open_garden
from flourishing.garden.schema import marks
from tests.garden.broods import bred

WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
SETTINGS = st.dictionaries(
    WORDS, st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS
)


def test_a_bed_is_begun_once_and_found_by_its_name(garden: Garden) -> None:
    bed = garden.beds.open("sea", pattern="haiku", n=3, settings={"temperature": 0.9})
    assert (bed.name, bed.pattern, bed.n, bed.settings) == ("sea", "haiku", 3, {"temperature": 0.9})
    assert (bed.parents, bed.chain, bed.brood, bed.away) == ((), (), None, False)
    assert garden.beds.open("sea", pattern="quotes") == bed
    assert garden.beds.get(bed.id) == bed


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_name_that_is_blank_or_too_long_is_refused(garden: Garden, name: str) -> None:
    with pytest.raises(InputError) as caught:
        garden.beds.open(name)
    assert caught.value.hint


def test_a_bed_that_is_not_there_is_refused(garden: Garden) -> None:
    with pytest.raises(InputError, match="bed 7"):
        garden.beds.get(7)
    with pytest.raises(InputError, match="bed 7"):
        garden.beds.change(Bed(id=7, name="x", at=garden.beds.open("y").at), n=2)


@given(start=WORDS, n=st.integers(1, 1_000), told=SETTINGS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_set_is_read_back(
    garden: Garden, start: str, n: int, told: dict[str, Any]
) -> None:
    bed = garden.beds.open("sea")
    changed = garden.beds.change(bed, start=start, n=n, settings=told)
    assert (changed.start, changed.n, changed.settings) == (start, n, told)
    assert garden.beds.get(bed.id) == changed


def test_parents_keep_their_order_and_a_change_of_them_is_undone(garden: Garden) -> None:
    one, two, three = (text.id for text in garden.add("one", "two", "three"))
    bed = garden.beds.open("sea", parents=(one,))
    garden.beds.change(bed, parents=(three, one, two))
    garden.beds.change(bed, parents=(two, three))
    assert garden.beds.get(bed.id).parents == (two, three)
    garden.undo(bed)
    assert garden.beds.get(bed.id).parents == (three, one, two)
    garden.undo(bed)
    assert garden.beds.get(bed.id).parents == (one,)
    garden.redo(bed)
    assert [act.kind for act in garden.acts(bed)] == ["parent", "parent"]
    assert garden.verify() == []


def test_what_another_process_changed_meanwhile_stays(place: str) -> None:
    with open_garden(place) as one, open_garden(place) as other:
        bed = one.beds.open("sea")
        other.beds.change(other.beds.open("sea"), n=3)
        assert one.beds.change(bed, start="exiled prophets --").n == 3


def test_a_change_that_changes_nothing_is_no_act(garden: Garden) -> None:
    bed = garden.beds.open("sea", n=3)
    garden.beds.change(bed, n=3)
    assert garden.acts(bed) == []


def test_a_bed_shows_the_brood_that_was_bred_in_it_last(garden: Garden) -> None:
    bed = garden.beds.open("sea")
    first = garden.save(bred(), bed=bed)
    second = garden.save(bred(), bed=bed)
    assert garden.beds.get(bed.id).brood == second.id
    garden.undo(bed)
    assert garden.beds.get(bed.id).brood == first.id
    garden.undo(bed)
    assert garden.beds.get(bed.id).brood is None
    assert garden.brood(second.id).bed == bed.id


def test_an_edit_takes_the_place_of_the_edited_text(garden: Garden) -> None:
    one, two = garden.add("one", "two")
    bed = garden.beds.open("sea", parents=(one.id, two.id), chain=(two.id, one.id))
    edit = garden.edit(one, "one!", bed=bed)
    now = garden.beds.get(bed.id)
    assert (now.parents, now.chain) == ((edit.id, two.id), (two.id, edit.id))
    garden.undo(bed)
    assert garden.beds.get(bed.id).parents == (one.id, two.id)


def test_beds_are_listed_last_changed_first_and_those_put_away_apart(garden: Garden) -> None:
    sea, city, _ = (garden.beds.open(name) for name in ("sea", "city", "moon"))
    garden.beds.change(sea, n=2)
    assert [bed.name for bed in garden.beds.all()] == ["sea", "moon", "city"]
    garden.beds.change(city, away=True)
    assert [bed.name for bed in garden.beds.all()] == ["sea", "moon"]
    assert [bed.name for bed in garden.beds.all(away=True)] == ["city"]
    garden.undo()
    garden.undo()
    assert [bed.name for bed in garden.beds.all()] == ["moon", "city", "sea"]


def test_what_was_emptied_leaves_the_states_of_a_bed(garden: Garden) -> None:
    saved = garden.save(bred(offspring=["a", "b"]))
    bed = garden.beds.open("sea", parents=(saved[0].id,), chain=(saved[1].id,), brood=saved.id)
    garden.beds.change(bed, parents=(), chain=(), brood=None)
    garden.put_away(*saved)
    assert garden.empty().gone == 2
    garden.undo(bed)
    now = garden.beds.get(bed.id)
    assert (now.parents, now.chain, now.brood) == ((), (), None)


def parent_events(garden: Garden) -> list[tuple[int, bool]]:
    """Read which texts became parents, and which no longer are, in the order of the acts."""
    with garden._database.reading() as connection:
        query = sa.select(marks.c.text_id, marks.c.given).where(marks.c.kind == "parent")
        return [(row.text_id, row.given) for row in connection.execute(query.order_by(marks.c.id))]


def test_every_way_to_become_a_parent_or_none_is_an_event(garden: Garden) -> None:
    fog, sea = garden.add("fog", "sea")
    bed = garden.beds.open("city", parents=(fog.id,))
    garden.beds.change(bed, parents=(fog.id, sea.id))
    edit = garden.edit(fog, "fog!", bed=bed)
    garden.drop(sea, bed=bed)
    assert parent_events(garden) == [
        (fog.id, True),
        (sea.id, True),
        (edit.id, True),
        (fog.id, False),
        (sea.id, False),
    ]


def test_what_is_accepted_is_no_longer_under_work_and_one_undo_takes_that_back(
    garden: Garden,
) -> None:
    fog, mist = garden.add("fog", "mist")
    bed = garden.beds.open("city", chain=(fog.id, mist.id))
    garden.accept(Chain((fog, mist)), bed=bed)
    assert garden.beds.get(bed.id).chain == ()
    garden.undo(bed)
    assert garden.beds.get(bed.id).chain == (fog.id, mist.id)
    assert garden.shelves.names() == []


def test_a_brood_without_a_bed_leaves_nothing_to_undo(garden: Garden) -> None:
    garden.keep(*garden.add("fog", keep=False))
    garden.save(bred())
    act = garden.undo()
    assert act is not None
    assert act.kind == "keep"
