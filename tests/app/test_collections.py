"""Collections wherever they stand, and what is chosen from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from flourishing import sync
from flourishing.app import collections
from flourishing.app.bed_operations import next_request, refine_text
from flourishing.core.chain import Chain
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.garden import AsyncGarden, Garden, open_garden
from flourishing.library import library, names, own_path
from flourishing.library.choosing import Choice
from flourishing.models import open_model
from tests.garden.new import new_garden
from tests.marks import first_cases

ALL = Choice(how="all")
ECHO = open_model("echo")


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


def parents(garden: Garden, *sources: str, choice: Choice = ALL) -> tuple[list[str], str]:
    texts, its = sync.run(collections.parents_from(sources, choice, AsyncGarden(garden), ECHO))
    return [text.content for text in texts], its.pattern


def examples(garden: Garden, *versions: str, choice: Choice = ALL) -> list[list[str]]:
    found = sync.run(
        collections.examples_from(AsyncGarden(garden), Chain.of(versions), choice, ECHO)
    )
    return [contents(chain) for chain in found]


def contents(texts: Sequence[Text] | Chain) -> list[str]:
    return [text.content for text in texts]


SHIPPED = contents(library("imagists").texts)


class TestCollections:
    def test_what_ships_stays_what_it_is(self, garden: Garden) -> None:
        for name in names():
            assert collections.collection(name, garden) == library(name)

    def test_what_grew_stands_after_what_ships_each_once(self, garden: Garden) -> None:
        garden.shelves.put("imagists", Text("my own"), Text(SHIPPED[3]))
        shelf = collections.collection("imagists", garden)
        assert contents(shelf.texts) == [*SHIPPED, "my own"]
        assert shelf.texts[3].origin.source is not None
        assert shelf.title == library("imagists").title

    def test_one_of_the_garden_alone_has_its_title_and_pattern(self, garden: Garden) -> None:
        garden.shelves.put("riddles", Text("what?"), pattern="list", title="to guess")
        shelf = collections.collection("riddles", garden)
        assert (shelf.title, shelf.pattern, contents(shelf.texts)) == (
            "to guess",
            "list",
            ["what?"],
        )
        assert "riddles" in collections.collection_names(garden)

    def test_one_that_is_empty_again_is_none(self, garden: Garden) -> None:
        garden.shelves.put("riddles", Text("what?"))
        garden.undo()
        assert "riddles" not in collections.collection_names(garden)
        with pytest.raises(InputError, match="no collection 'riddles'"):
            collections.collection("riddles", garden)

    def test_each_holds_one_kind(self, garden: Garden) -> None:
        garden.shelves.put("mine", Chain.of(["bad", "better"]))
        for name, chains in (("mine", True), ("imagists", False), ("refinements", True)):
            collections.require_kind(name, garden, chains=chains)
            with pytest.raises(InputError, match="holds"):
                collections.require_kind(name, garden, chains=not chains)
        collections.require_kind("nowhere", garden, chains=True)


class TestParents:
    def test_without_a_source_they_are_what_ships_first(self, garden: Garden) -> None:
        assert parents(garden) == (SHIPPED, library("imagists").pattern)

    @pytest.mark.parametrize(
        ("most", "own", "grown"),
        first_cases(2, [(6, 3, 5), (6, 2, 2), (5, 2, 5), (1, 0, 5), (2, 1, 5)]),
    )
    def test_ones_own_finished_are_half_at_most_and_last(
        self, garden: Garden, most: int, own: int, grown: int
    ) -> None:
        poems = [f"poem {number}" for number in range(grown)]
        for poem in poems:
            garden.accept(Chain.of([poem]))
        given, _ = parents(garden, choice=Choice(how="random", most=most, seed=1))
        assert len(given) == most
        assert given[most - own :] == poems[grown - own :]
        assert {*given[: most - own]} <= {*SHIPPED}

    def test_a_budget_holds_for_both_together(self, garden: Garden) -> None:
        for number in range(9):
            garden.accept(Chain.of([f"poem {number} " + "x" * 90]))
        given, _ = parents(garden, choice=Choice(how="random", most=50, seed=1, tokens=500))
        own = [each for each in given if each.startswith("poem")]
        assert len(own) == 2
        assert len(own) < len(given)
        assert sum(map(len, given)) <= 500

    def test_of_several_collections_each_text_comes_once(self, garden: Garden) -> None:
        garden.shelves.put("mine", Text("one"), Text(SHIPPED[0]), pattern="list")
        given, pattern = parents(garden, "imagists", "mine")
        assert given == [*SHIPPED, "one"]
        assert pattern == "list"

    def test_chains_are_no_parents(self, garden: Garden) -> None:
        with pytest.raises(InputError, match="is of chains"):
            parents(garden, "refinements")

    def test_a_budget_too_small_for_any_is_said(self, garden: Garden) -> None:
        with pytest.raises(InputError, match="Nothing is left"):
            parents(garden, "imagists", choice=Choice(how="random", tokens=3))


class TestExamples:
    def test_shipped_ones_come_first_then_ones_own(self, garden: Garden) -> None:
        garden.accept(Chain.of(["bad", "better", "best"]))
        found = examples(garden, "a text")
        assert found[:-1] == [contents(chain) for chain in library("refinements").chains]
        assert found[-1] == ["bad", "better", "best"]

    @pytest.mark.parametrize("version", ["bad", "better", "best"])
    def test_none_shares_a_version_with_what_is_under_work(
        self, garden: Garden, version: str
    ) -> None:
        garden.accept(Chain.of(["bad", "better", "best"]))
        garden.accept(Chain.of(["bad", "better"]))
        found = examples(garden, "a text", version)
        assert all(version not in each for each in found)
        assert len(found) >= len(library("refinements").chains)


class TestEchoes:
    LINE = "the apparition of these faces in the crowd"

    def test_are_found_in_parents_the_garden_and_the_library(self, garden: Garden) -> None:
        (mine,) = garden.add(self.LINE + " and all the rest of them")
        parent = Text("someone said these faces in the crowd")
        found = collections.echoes(self.LINE, garden, parents=[parent])
        assert [echo.where for echo in found if echo.text == mine] == ["garden"]
        assert [echo.where for echo in found if echo.text == parent] == ["parent"]
        assert "library" in {echo.where for echo in found}

    def test_a_parent_is_told_once_and_the_text_itself_not(self, garden: Garden) -> None:
        (text, parent) = garden.add(self.LINE, self.LINE + " again")
        found = collections.echoes(text.content, garden, parents=[parent], but=[text.id])
        assert [echo.where for echo in found if echo.text.digest == parent.digest] == ["parent"]
        assert text.digest not in {echo.text.digest for echo in found}


def test_a_file_of_ones_own_that_is_wrong_hinders_nothing_else(garden: Garden) -> None:
    own_path().mkdir(parents=True)
    (own_path() / "broken.toml").write_text("texts = [", encoding="utf-8")
    collections._shipped.cache_clear()
    assert collections.echoes(TestEchoes.LINE, garden)
    assert parents(garden)[0] == SHIPPED
    with pytest.raises(InputError, match="broken"):
        collections.collection("broken", garden)


def test_a_file_of_ones_own_takes_part(garden: Garden) -> None:
    own_path().mkdir(parents=True)
    (own_path() / "letters.txt").write_text("dear A\n---\ndear B\n", encoding="utf-8")
    assert "letters" in collections.collection_names(garden)
    garden.shelves.put("letters", Text("dear C"))
    assert parents(garden, "letters")[0] == ["dear A", "dear B", "dear C"]


# The kind of a text.


def test_a_text_is_of_the_kind_of_the_place_in_which_it_stands(garden: Garden) -> None:
    on_shelf, in_bed, formula, other = garden.add(
        "dear A", "Time is a thief.", "wave(t) = sin(440*tau*t)", "the fog"
    )
    garden.shelves.put("letters", on_shelf, kind="sentence")
    garden.beds.begin("sayings", parents=(in_bed.id,), kind="quote", pattern="quotes")
    found = [
        collections.kind_of_chain(Chain((text,)), garden).name
        for text in (on_shelf, in_bed, formula, other)
    ]
    assert found == ["sentence", "quote", "sound", "poem"]


def test_what_is_shown_otherwise_keeps_its_kind_in_a_bed_of_poems(garden: Garden) -> None:
    haiku, sound = garden.add("old pond\na frog", "wave(t) = sin(440*tau*t)")
    bed = garden.beds.begin("poems")
    for text, label in ((haiku, "a poem:\n"), (sound, "a sound:\n")):
        bed = refine_text(garden, bed, text.id)
        request = next_request(garden, bed, model=ECHO)
        assert request.find_pattern().prefix == label
    garden.accept(Chain((sound,)), bed=bed)
    assert "sounds" in garden.shelves.names()
