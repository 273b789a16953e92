"""Kinds and patterns are found by name, by path where a person typed it, and by each other."""

from __future__ import annotations

from pathlib import Path

import pytest

import flourishing as fl
from flourishing import settings
from flourishing.core.operation import Operation
from flourishing.errors import InputError, PatternError
from flourishing.kinds import (
    find_pattern,
    headline,
    kind,
    kind_of,
    kind_of_text,
    kinds,
    named_kind,
    named_pattern,
    pattern_for,
    usable_kinds,
)
from flourishing.patterns import PATTERNS

RECIPE = """
title = "Recipes in a few lines"
medium = "verse"
most_lines = 4

[pattern]
prefix = "a recipe:\\n"
separator = "\\n---\\n"
max_tokens = 90
"""


def write_kind(name: str, content: str = RECIPE) -> Path:
    folder = settings.kinds_path()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(content, encoding="utf-8")
    return path


# Kinds by name.


def test_the_kinds_that_ship_are_listed_with_the_default_first() -> None:
    assert kinds()[0] == "poem"
    wanted = {"poem", "haiku", "word", "quote", "story", "analogy", "sequence", "palindrome"}
    assert wanted <= set(kinds())
    assert [each.name for each in usable_kinds()] == kinds()


@pytest.mark.parametrize("name", kinds())
def test_a_kind_that_ships_is_whole(name: str) -> None:
    its = fl.kind(name)
    assert its.name == name
    assert its.title
    assert its.noun
    assert its.plural
    assert (its.medium == "chain") == bool(its.pattern.link)
    if its.library:
        shelf = fl.library(its.library)
        assert bool(shelf.chains) == (its.medium == "chain")
        assert shelf.kind == name or name in {"line", "text"}


def test_a_kind_is_given_back_as_it_is() -> None:
    its = fl.kind("quote")
    assert kind(its) is its


def test_a_kind_of_ones_own_is_found_by_name_and_by_path() -> None:
    path = write_kind("recipe")
    assert kinds()[-1] == "recipe"
    its = kind("recipe")
    assert its == kind(str(path)) == named_kind("recipe")
    assert (its.noun, its.plural, its.finished) == ("recipe", "recipes", "recipes")
    assert its.refinements == "recipe-refinements"
    assert its.pattern.name == "recipe"
    assert find_pattern("recipe") == its.pattern


def test_a_kind_of_ones_own_goes_before_one_that_ships() -> None:
    write_kind("poem")
    assert kind("poem").pattern.prefix == "a recipe:\n"
    assert kinds().count("poem") == 1


def test_an_unknown_kind_is_answered_with_all_that_there_are() -> None:
    write_kind("recipe")
    with pytest.raises(InputError, match="'sonnet'") as refusal:
        kind("sonnet")
    assert "poem" in refusal.value.hint
    assert "recipe" in refusal.value.hint


def test_a_name_alone_opens_no_file_of_a_kind() -> None:
    path = write_kind("recipe")
    for name in (str(path), "../kinds/recipe", "recipe.toml", "a\0b.toml", ""):
        with pytest.raises(InputError, match="There is no kind"):
            named_kind(name)


@pytest.mark.parametrize("name", ["gone.toml", "a\0b.toml"])
def test_a_kind_file_that_cannot_be_there_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="kind file") as refusal:
        kind(name)
    assert refusal.value.hint


def test_a_wrong_kind_of_ones_own_leaves_the_others_usable() -> None:
    write_kind("broken", "medium = 1")
    assert kind("poem").name == "poem"
    assert "broken" not in [each.name for each in usable_kinds()]
    with pytest.raises(InputError, match=r"broken\.toml"):
        kind("broken")


# Which kind applies.


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_that_ships_implies_a_kind(pattern: str) -> None:
    assert kind_of(pattern).name != "text"


def test_the_kind_that_is_named_goes_before_the_one_that_the_pattern_implies() -> None:
    assert kind_of("list").name == "word"
    assert kind_of("list", "palindrome").name == "palindrome"
    assert kind_of("list", "gone").name == "word"
    assert kind_of("haiku").name == "haiku"


def test_what_has_a_pattern_of_its_own_is_a_text() -> None:
    assert kind_of("gone").name == "text"
    assert kind_of(fl.Pattern(name="riddles", separator="~")).medium == "verse"
    assert kind_of(fl.Pattern(name="riddles", separator="~", link="=")).medium == "chain"


def test_a_text_is_of_the_kind_with_which_it_was_bred() -> None:
    (word,) = fl.breed(["cat", "dog"], 1, pattern="list", model="echo", seed=1)
    assert kind_of_text(word).name == "word"
    assert kind_of_text(fl.Text("the fog")).name == "poem"
    (better,) = fl.refine("the fog", 1, model="echo", seed=1)
    assert kind_of_text(better).name == "poem"


def test_a_text_stands_in_a_list_with_its_first_line() -> None:
    assert headline(fl.Text("the fog comes\non little cat feet")) == "the fog comes"


# The pattern of a prompt.


def test_a_pattern_that_is_named_goes_before_the_kind() -> None:
    assert pattern_for("quote", "lines").name == "lines"
    assert pattern_for("quote", None) == PATTERNS["quotes"]
    assert pattern_for(None, None) == PATTERNS["poems"]


def test_versions_of_poems_have_the_patterns_that_ship() -> None:
    for name in (None, "poem", "refinement"):
        assert pattern_for(name, None, to=Operation.REFINE) is PATTERNS["refinements"]
        assert pattern_for(name, None, to=Operation.WORSEN) is PATTERNS["worsenings"]


def test_versions_of_another_kind_stand_under_its_label() -> None:
    form = pattern_for("quote", None, to=Operation.REFINE)
    assert form.render([["a", "b"], ["c"]]) == (
        "a quote:\na\n\nbetter:\nb\n---\na quote:\nc\n\nbetter:\n"
    )
    assert form.name == "refinements"
    assert form.max_tokens == PATTERNS["quotes"].max_tokens
    assert pattern_for("word", None, to=Operation.WORSEN).prefix == "a word:\n"
    assert pattern_for("sequence", None, to=Operation.REFINE) == PATTERNS["sequence"]


# Patterns by name.


def write_pattern(name: str, separator: str) -> Path:
    folder = settings.patterns_path()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(f'name = "{name}"\nseparator = "{separator}"', encoding="utf-8")
    return path


def test_a_pattern_that_ships_is_found_by_name() -> None:
    assert find_pattern("poems").prefix == "a poem:\n"


def test_a_pattern_is_given_back_as_it_is() -> None:
    pattern = fl.Pattern(name="mine", separator=";")
    assert find_pattern(pattern) is pattern


def test_a_pattern_of_ones_own_is_found_by_name_and_by_path(tmp_path: Path) -> None:
    path = write_pattern("riddles", "~")
    assert find_pattern("riddles").separator == "~"
    assert find_pattern(str(path)).separator == "~"
    assert settings.own_patterns() == {"riddles": path}


def test_a_pattern_of_ones_own_goes_before_one_that_ships() -> None:
    write_pattern("poems", "~")
    assert find_pattern("poems").separator == "~"


def test_a_pattern_of_ones_own_can_be_bred_with() -> None:
    write_pattern("riddles", "~")
    brood = fl.breed(["ab", "abc"], n=1, pattern="riddles", model="echo", seed=1)
    assert brood.prompt == "ab~abc~"


def test_an_unknown_pattern_is_answered_with_all_that_there_are() -> None:
    write_pattern("riddles", "~")
    with pytest.raises(PatternError, match="'sonnets'") as refusal:
        find_pattern("sonnets")
    assert "poems" in refusal.value.hint
    assert "riddles" in refusal.value.hint


@pytest.mark.parametrize("name", ["gone.toml", "a\0b.toml"])
def test_a_pattern_file_that_cannot_be_there_is_refused(name: str) -> None:
    with pytest.raises(PatternError) as refusal:
        find_pattern(name)
    assert refusal.value.hint


def test_a_wrong_pattern_of_ones_own_leaves_the_others_usable() -> None:
    write_pattern("broken", "")
    assert find_pattern("poems").name == "poems"
    with pytest.raises(PatternError, match="broken"):
        find_pattern("broken")


def test_a_name_alone_opens_no_path(tmp_path: Path) -> None:
    path = write_pattern("riddles", "~")
    assert named_pattern("riddles").separator == "~"
    for name in (str(path), "../patterns/riddles", "riddles.toml", "a\0b.toml", ""):
        with pytest.raises(PatternError, match="There is no pattern"):
            named_pattern(name)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device")
def test_what_never_ends_is_not_read_to_its_end(tmp_path: Path) -> None:
    endless = tmp_path / "endless.toml"
    endless.symlink_to("/dev/zero")
    with pytest.raises(PatternError, match="pipe or a device"):
        find_pattern(str(endless))
    with pytest.raises(InputError, match="pipe or a device"):
        kind(str(endless))
