"""`flourishing library`: what there is, what came of it, and what a person puts there.

Also: `flourishing kinds`, and `--kind` wherever texts are bred, refined and shelved.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from flourishing.garden import Garden, open_garden
from flourishing.library import library, own_path
from tests.cli.conftest import Ask, Look, Refuse
from tests.kinds.test_kind import write_kind
from tests.marks import first_cases

ECHO = ("--model", "echo")


def names(ask: Ask) -> list[str]:
    return [each["name"] for each in ask("library", "list", "--json").json]


def test_lists_what_ships_what_is_ones_own_and_what_grew(ask: Ask) -> None:
    own_path().mkdir(parents=True)
    (own_path() / "letters.txt").write_text("dear A\n---\ndear B\n", encoding="utf-8")
    ask("library", "add", "mine", "the sea")
    told = {each["name"]: each for each in ask("library", "list", "--json").json}
    assert told["imagists"]["ships"]
    assert told["imagists"]["items"] == len(library("imagists"))
    assert told["refinements"]["chains"]
    assert (told["letters"]["items"], told["letters"]["chains"]) == (2, False)
    assert (told["mine"]["items"], told["mine"]["ships"]) == (1, False)
    assert not told["letters"]["ships"]
    done = ask("library")
    for name in told:
        assert f"\n{name} " in f"\n{done.out}"
    assert str(own_path()) in done.err


def test_a_file_of_ones_own_is_bred_from(ask: Ask) -> None:
    own_path().mkdir(parents=True)
    (own_path() / "imagists.txt").write_text("my own\nimage\n", encoding="utf-8")
    shown = ask("library", "show", "imagists", "--json").json
    assert shown["items"][-1]["content"] == "my own\nimage"
    prompt = ask(
        "breed", "--from", "imagists", "--choose", "all", "--take", 1, "--show-prompt", *ECHO
    ).out
    assert "my own\nimage" in prompt


def test_yields_are_those_of_the_broods(ask: Ask) -> None:
    ask("library", "add", "mine", "the cat\nsleeps", "the dog\nsleeps")
    mine = ("breed", "--from", "mine", "--choose", "all", *ECHO, "--json")
    first = ask(*mine, "-n", 3, "--seed", 1).json["offspring"]
    ask(*mine, "-n", 2, "--take", 1, "--seed", 2)
    ask("garden", "keep", first[0]["id"], first[1]["id"])
    ask("garden", "keep", "--back", first[1]["id"])

    def yields() -> list[tuple[int, int]]:
        items = ask("library", "show", "mine", "--json").json["items"]
        return [(item["offspring"], item["kept"]) for item in items]

    assert yields() == [(3, 1), (5, 1)]
    ask("garden", "undo")
    assert yields() == [(3, 2), (5, 2)]


@pytest.mark.slow
def test_yields_of_chains_count_the_offspring_once(ask: Ask) -> None:
    words = ("refine", "a text", "--choose", "all", "--take", 1, "-n", 4, "--seed", 1)
    brood = ask(*words, "--json", *ECHO).json
    ask("garden", "keep", brood["offspring"][0]["id"])
    items = ask("library", "show", "refinements", "--json").json["items"]
    assert [(item["offspring"], item["kept"]) for item in items[-2:]] == [(0, 0), (4, 1)]
    ask("refine", "worse\nsea", "better\nsea", "--accept")
    more = ask("refine", "a text", "--choose", "newest", "--take", 1, "-n", 2, "--json", *ECHO)
    assert [each["content"] for each in more.json["examples"][0]["versions"]][-1] == "better\nsea"
    items = ask("library", "show", "refinements", "--json").json["items"]
    assert (items[-1]["offspring"], items[-1]["kept"]) == (2, 0)


def test_shows_texts_to_a_terminal_with_sources_and_yields(ask: Ask, look: Look) -> None:
    ask("breed", "-n", 2, "--choose", "all", *ECHO)
    shown = look("library", "show", "imagists")
    assert "Petals on a wet, black bough." in shown
    assert "Ezra Pound" in shown
    assert "helped to give 2, of which 0 kept" in shown


@pytest.mark.slow
def test_shows_chains_with_what_changed(look: Look) -> None:
    shown = look("library", "show", "refinements")
    assert "\n  1  " in shown
    assert "\n  2  " in shown


def test_gives_the_texts_alone_to_a_pipe(ask: Ask) -> None:
    ask("library", "add", "mine", "one", "two")
    assert ask("library", "show", "mine").out == "one\ntwo\n"


def test_adds_and_removes(ask: Ask, refuse: Refuse) -> None:
    ask("garden", "add", "one", "two", "three")
    assert "“mine” has 2 now" in ask("library", "add", "mine", 1, 3).err
    assert "“mine” has 3 now" in ask("library", "add", "mine", 1, 2).err
    ask("library", "remove", "mine", 3)
    assert ask("library", "show", "mine").out == "one\ntwo\n"
    ask("garden", "undo")
    assert ask("library", "show", "mine").out == "one\nthree\ntwo\n"
    ask("library", "remove", "mine", 1, 2, 3)
    assert "mine" not in names(ask)
    assert "no collection" in refuse("library", "show", "mine")
    assert len(ask("garden", "list", "--json").json) == 3


@pytest.mark.slow
def test_adds_and_removes_chains(ask: Ask) -> None:
    ask("library", "add", "mine", "--chain", "bad", "better")
    items = ask("library", "show", "mine", "--json").json["items"]
    assert [[each["content"] for each in item["versions"]] for item in items] == [["bad", "better"]]
    ask("library", "remove", "mine", 2)
    assert "mine" not in names(ask)


def test_what_grew_comes_after_what_ships_and_nothing_twice(ask: Ask) -> None:
    shipped = [str(text) for text in library("imagists").texts]
    ask("library", "add", "imagists", shipped[0], "my own\nimage")
    items = ask("library", "show", "imagists", "--json").json["items"]
    assert [item["content"] for item in items] == [*shipped, "my own\nimage"]


@pytest.mark.parametrize(
    ("words", "said"),
    first_cases(
        3,
        [
            (("show", "nowhere"), "no collection 'nowhere'"),
            (("add", "mine", "12"), "no text 12"),
            (("add", "mine", " "), "blank"),
            (("add", " ", "sea"), "' '"),
            (("add", "imagists", "--chain", "bad", "better"), "holds texts"),
            (("add", "refinements", "sea"), "holds chains"),
            (("remove", "nowhere", "1"), "Not all"),
            (("remove", "imagists", "1"), "Not all"),
            (("remove", "imagists", "x"), "not a valid integer"),
        ],
    ),
)
def test_a_mistake_is_said(refuse: Refuse, words: tuple[str, ...], said: str) -> None:
    assert said in refuse("library", *words)


@pytest.mark.parametrize("words", [("list",), ("show", "imagists"), ("remove", "mine", "1")])
def test_a_garden_that_is_not_there_is_not_made(
    refuse: Refuse, tmp_path: Path, words: tuple[str, ...]
) -> None:
    nope = tmp_path / "nope.db"
    assert f"no garden at {nope}" in refuse("library", *words, "--garden", nope, code=1)
    assert not nope.exists()


ECHO_OF_KINDS = ("--model", "echo", "-n", 1)


def the_bed(garden: Garden) -> tuple[str, str]:
    (bed,) = garden.beds.all()
    return bed.kind, bed.pattern


def test_the_kinds_are_listed_and_shown(ask: Ask) -> None:
    write_kind("recipe")
    write_kind("broken", "medium = 1")
    said = ask("kinds")
    assert "haiku        Haiku: three short lines" in said.out
    assert "recipe" in said.out
    assert "broken" not in said.out
    assert "kinds" in said.err
    assert ask("kinds", "--json").json[0]["name"] == "poem"
    assert "'haiku'" in ask("kinds", "haiku").out
    assert ask("kinds", "word", "--json").json["pattern"] == "list"


def test_an_unknown_kind_is_refused_with_those_that_there_are(refuse: Refuse) -> None:
    for words in (
        ("kinds", "sonnet"),
        ("breed", "--kind", "sonnet"),
        ("refine", "a", "--kind", "sonnet"),
    ):
        said = refuse(*words)
        assert "sonnet" in said
        assert "haiku" in said


def test_a_kind_is_bred_from_what_ships_of_it(ask: Ask) -> None:
    assert ask("breed", "--kind", "haiku", "--show-prompt", *ECHO_OF_KINDS).out.startswith(
        "a haiku:\n"
    )
    assert ask("breed", "--kind", "word", "--show-prompt", *ECHO_OF_KINDS).out.startswith("|")
    shown = ask(
        "breed", "a", "b", "--kind", "haiku", "--pattern", "lines", "--show-prompt", *ECHO_OF_KINDS
    )
    assert shown.out == "a\nb\n\n"


def test_texts_of_a_collection_bring_their_kind_into_the_bed_that_they_begin(ask: Ask) -> None:
    ask("breed", "--from", "palindromes", "--bed", "mirrors", *ECHO_OF_KINDS)
    with open_garden() as garden:
        assert the_bed(garden) == ("palindrome", "list")


def test_texts_of_a_collection_bring_their_kind_into_an_empty_bed(ask: Ask) -> None:
    with open_garden() as garden:
        garden.beds.open("mirrors")
    ask("breed", "--from", "palindromes", "--bed", "mirrors", *ECHO_OF_KINDS)
    with open_garden() as garden:
        assert the_bed(garden) == ("palindrome", "list")


@pytest.mark.slow
def test_numbers_of_texts_are_bred_as_what_they_are(ask: Ask) -> None:
    ask("breed", "cat", "dog", *ECHO_OF_KINDS)
    with open_garden() as garden:
        (text,) = next(iter(garden.broods())).offspring
    assert ask("breed", text.id, "--show-prompt", *ECHO_OF_KINDS).out.startswith("|")


def test_a_version_is_written_and_accepted_as_its_kind_says(ask: Ask) -> None:
    shown = ask("refine", "All is one.", "--kind", "quote", "--show-prompt", *ECHO_OF_KINDS).out
    assert "a quote:\nAll is one.\n\nbetter:\n" in shown
    worse = ask(
        "refine", "All is one.", "--worse", "--kind", "quote", "--show-prompt", *ECHO_OF_KINDS
    ).out
    assert "a quote:\nAll is one.\n\nworse:\n" in worse
    said = ask("refine", "All is none.", "All is one.", "--kind", "quote", "--accept")
    assert "“quotes”, its 2 versions in “quote-refinements”" in said.out


def test_a_new_collection_is_of_the_kind_that_is_named(ask: Ask) -> None:
    ask("library", "add", "maxims", "All is one.", "--kind", "quote")
    told = ask("library", "show", "maxims", "--json").json
    assert (told["kind"], told["pattern"]) == ("quote", "quotes")
    listed = {each["name"]: each["kind"] for each in ask("library", "list", "--json").json}
    assert (listed["maxims"], listed["fables"], listed["capitals"]) == ("quote", "story", "pair")
