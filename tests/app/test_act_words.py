"""What a person did, in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flourishing.app.act_words import act_words
from flourishing.garden import Garden, Stored
from tests.garden.broods import bred
from tests.garden.new import new_garden


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with Garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


def undone(garden: Garden) -> str:
    act = garden.undo()
    assert act is not None
    return act_words(garden, act)


@pytest.fixture
def brood(garden: Garden) -> list[Stored]:
    bed = garden.beds.begin("sea", parents=[each.id for each in garden.add("fog", keep=False)])
    return list(
        garden.save(bred(garden.texts(bed.parents), ["the red moon\nrises", "a door"]), bed=bed)
    )


def test_a_mark_is_said_with_the_first_words_of_its_text(
    garden: Garden, brood: list[Stored]
) -> None:
    garden.keep(brood[0])
    assert undone(garden) == "kept “the red moon”"
    garden.drop(brood[1])
    assert undone(garden) == "dropped “a door”"
    garden.put_away(brood[1].id)
    assert undone(garden) == "put “a door” away"
    garden.keep(*brood)
    garden.take_back("keep", brood[0].id)
    assert undone(garden) == "no longer kept “the red moon”"
    assert undone(garden) == "kept 2 poems"


def test_parents_that_came_and_went_are_said(garden: Garden, brood: list[Stored]) -> None:
    (bed,) = garden.beds.all()
    ids = [each.id for each in brood]
    garden.beds.change(bed, parents=(*bed.parents, ids[0]))
    assert undone(garden) == "made “the red moon” a parent"
    garden.beds.change(bed, parents=tuple(ids))
    assert undone(garden) == "made 2 poems parents, and took “fog” out of the parents"
    garden.beds.add_parents(bed, ids)
    garden.beds.change(bed, parents=(*ids, *bed.parents))
    assert undone(garden) == "put the parents in another order"


def test_titles_tags_edits_broods_and_settings_are_said(
    garden: Garden, brood: list[Stored]
) -> None:
    (bed,) = garden.beds.all()
    garden.entitle(brood[0], "Moonrise")
    assert undone(garden) == "called “the red moon” “Moonrise”"
    garden.tag("sea", brood[1].id)
    assert undone(garden) == "tagged “a door” “sea”"
    garden.edit(brood[1], "a blue door", bed=bed)
    assert undone(garden) == "edited to “a blue door”"
    garden.entitle(brood[0], "T" * 100)
    assert undone(garden) == f"called “the red moon” “{'T' * 40}…”"
    assert undone(garden) == "bred a brood"


def test_what_was_set_in_a_bed_is_said(garden: Garden, brood: list[Stored]) -> None:
    (bed,) = garden.beds.all()
    for changed, words in (
        ({"start": "the sea"}, "began with “the sea”"),
        ({"n": 5}, "asked for 5 offspring"),
        ({"pattern": "list"}, "changed the pattern"),
        ({"kind": "haiku", "pattern": "haiku"}, "changed the kind of text"),
        ({"settings": {"prompt": "a poem:"}}, "fixed the prompt"),
        ({"settings": {"model": "echo"}}, "changed the model"),
        ({"settings": {"temperature": 0.5}}, "set the temperature to 0.5"),
        ({"settings": {"refills": 2}}, "changed the settings of the bed"),
        ({"start": "fog", "n": 3}, "changed the settings of the bed"),
    ):
        garden.beds.set(bed, **changed)
        assert undone(garden) == words
        assert garden.redo() is not None
        assert undone(garden) == words
    garden.beds.set(bed, start="the sea")
    garden.beds.set(bed, start="")
    assert undone(garden) == "took the start words away"


def test_versions_under_work_are_said(garden: Garden, brood: list[Stored]) -> None:
    (bed,) = garden.beds.all()
    moon, door = (each.id for each in brood)
    garden.beds.change(bed, chain=(moon,))
    garden.beds.add_version(bed, door)
    garden.beds.go_back(bed)
    assert undone(garden) == "went back from “a door”"
    assert undone(garden) == "made “a door” the next version"
    assert undone(garden) == "began to refine “the red moon”"
    garden.beds.change(bed, chain=(moon,))
    garden.beds.change(bed, chain=(door, moon))
    assert undone(garden) == "put “a door” before the first version"
    garden.beds.change(bed, chain=())
    assert undone(garden) == "left refining"


def test_long_first_words_are_cut_between_two(garden: Garden) -> None:
    (long,) = garden.add("one two three four five six seven eight nine ten eleven", keep=False)
    garden.keep(long)
    assert undone(garden) == "kept “one two three four five six seven eight…”"
