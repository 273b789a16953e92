"""`flourishing kinds`, and `--kind` wherever texts are bred, refined and shelved."""

from __future__ import annotations

from flourishing.garden import Garden, open_garden
from tests.cli.conftest import Ask, Refuse
from tests.kinds.test_lookup import write_kind

ECHO = ("--model", "echo", "-n", 1)


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
    assert ask("breed", "--kind", "haiku", "--show-prompt", *ECHO).out.startswith("a haiku:\n")
    assert ask("breed", "--kind", "word", "--show-prompt", *ECHO).out.startswith("|")
    shown = ask("breed", "a", "b", "--kind", "haiku", "--pattern", "lines", "--show-prompt", *ECHO)
    assert shown.out == "a\nb\n\n"


def test_texts_of_a_collection_bring_their_kind_into_the_bed_that_they_begin(ask: Ask) -> None:
    ask("breed", "--from", "palindromes", "--bed", "mirrors", *ECHO)
    with open_garden() as garden:
        assert the_bed(garden) == ("palindrome", "list")


def test_texts_of_a_collection_bring_their_kind_into_an_empty_bed(ask: Ask) -> None:
    with open_garden() as garden:
        garden.beds.open("mirrors")
    ask("breed", "--from", "palindromes", "--bed", "mirrors", *ECHO)
    with open_garden() as garden:
        assert the_bed(garden) == ("palindrome", "list")


def test_numbers_of_texts_are_bred_as_what_they_are(ask: Ask) -> None:
    ask("breed", "cat", "dog", *ECHO)
    with open_garden() as garden:
        (text,) = next(iter(garden.broods())).offspring
    assert ask("breed", text.id, "--show-prompt", *ECHO).out.startswith("|")


def test_a_version_is_written_and_accepted_as_its_kind_says(ask: Ask) -> None:
    shown = ask("refine", "All is one.", "--kind", "quote", "--show-prompt", *ECHO).out
    assert "a quote:\nAll is one.\n\nbetter:\n" in shown
    worse = ask("refine", "All is one.", "--worse", "--kind", "quote", "--show-prompt", *ECHO).out
    assert "a quote:\nAll is one.\n\nworse:\n" in worse
    said = ask("refine", "All is none.", "All is one.", "--kind", "quote", "--accept")
    assert "“quotes”, its 2 versions in “quote-refinements”" in said.out


def test_a_new_collection_is_of_the_kind_that_is_named(ask: Ask) -> None:
    ask("library", "add", "maxims", "All is one.", "--kind", "quote")
    told = ask("library", "show", "maxims", "--json").json
    assert (told["kind"], told["pattern"]) == ("quote", "quotes")
    listed = {each["name"]: each["kind"] for each in ask("library", "list", "--json").json}
    assert (listed["maxims"], listed["fables"], listed["capitals"]) == ("quote", "story", "pair")
