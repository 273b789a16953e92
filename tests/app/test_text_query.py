"""Which texts are meant: by numbers, a collection, words, a mark, a tag and a bed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flourishing.app.text_query import TextQuery, find_texts
from flourishing.errors import InputError
from flourishing.garden import Garden, open_garden
from flourishing.library import library
from tests.garden.broods import bred
from tests.garden.new import new_garden


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


def contents(garden: Garden, **query: object) -> list[str]:
    found = find_texts(garden, TextQuery(**query))  # type: ignore[arg-type]
    return [text.content for text in found]


def test_numbers_keep_their_order(garden: Garden) -> None:
    one, two = garden.add("one", "two")
    assert contents(garden, ids=(two.id, one.id)) == ["two", "one"]
    with pytest.raises(InputError, match="no text 99"):
        contents(garden, ids=(99,))


def test_a_collection_gives_its_texts_or_the_best_of_its_chains(garden: Garden) -> None:
    shelf = library("imagists")
    assert contents(garden, collection="imagists") == [text.content for text in shelf.texts]
    chains = library("refinements").chains
    assert contents(garden, collection="refinements") == [chain.best.content for chain in chains]
    with pytest.raises(InputError, match="no collection"):
        contents(garden, collection="nothing")


def test_what_is_given_must_all_match(garden: Garden) -> None:
    fog, sea, away = garden.add("the fog", "the sea", "the fog at sea")
    garden.tag("calm", sea, away)
    garden.put_away(away)
    garden.add("the fog again", keep=False)
    assert contents(garden) == ["the fog again", "the sea", "the fog"]
    assert contents(garden, mark="keep") == ["the sea", "the fog"]
    assert contents(garden, words="fog", mark="keep") == [fog.content]
    assert contents(garden, words="the", tag="calm") == [sea.content]
    assert contents(garden, mark="away") == [away.content]
    oldest_first = find_texts(garden, TextQuery(mark="keep"), oldest_first=True)
    assert [text.id for text in oldest_first] == [fog.id, sea.id]


def test_a_bed_gives_what_was_bred_and_edited_in_it(garden: Garden) -> None:
    bed, other = garden.beds.open("winter"), garden.beds.open("summer")
    brood = garden.save(bred(offspring=["snow", "ice"]), bed=bed)
    garden.save(bred(offspring=["heat", "dust"]), bed=other)
    garden.edit(brood[0], "snow, by hand", bed=bed)
    assert sorted(contents(garden, bed="winter")) == ["ice", "snow", "snow, by hand"]
    assert contents(garden, bed=bed.id, mark="keep") == ["snow, by hand"]
    assert contents(garden, bed="winter", words="ice") == ["ice"]
    for missing in ("spring", 99):
        with pytest.raises(InputError, match="no bed"):
            contents(garden, bed=missing)


@pytest.mark.parametrize(
    "query",
    [
        {"ids": (1,), "collection": "imagists"},
        {"ids": (1,), "mark": "keep"},
        {"collection": "imagists", "words": "fog"},
        {"collection": "imagists", "bed": "winter"},
    ],
)
def test_texts_are_named_in_one_way(query: dict[str, object]) -> None:
    with pytest.raises(InputError, match="more than one way"):
        TextQuery(**query)  # type: ignore[arg-type]
