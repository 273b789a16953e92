"""A kind says what its texts are: their headlines, what makes two the same, what is wrong.

Also: A wrong file of a kind is refused with the file, the key and the remedy; kinds and patterns
are found by name, by path where a person typed it, and by each other.
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

import flourishing as fl
from flourishing import settings
from flourishing.breeding.request import BreedRequest
from flourishing.core.flaws import FlawKind
from flourishing.core.operation import Operation
from flourishing.core.sampling import Sampling, SamplingOptions
from flourishing.core.text import Origin, Text
from flourishing.errors import InputError, PatternError
from flourishing.kinds import (
    find_pattern,
    headline,
    headlines,
    kind,
    kind_of,
    kind_of_text,
    kinds,
    named_kind,
    named_pattern,
    pattern_for,
    read_kind,
    usable_kinds,
)
from flourishing.patterns import PATTERNS


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("Wash thy soul with silence.", "Wash thy soul with silence."),
        ("Wash thy soul with silence. — Tagore", "Wash thy soul with silence."),
        ("“Wash thy soul.”\n— Rabindranath Tagore", "Wash thy soul."),
        ('"Wash thy soul." - Tagore, 1916', "Wash thy soul."),
        ("The sea — mother of us all", "The sea — mother of us all"),
        ("One. Two -- three.", "One. Two -- three."),
        ("", ""),
    ],
)
def test_a_quote_stands_in_a_list_without_who_said_it(content: str, shown: str) -> None:
    assert fl.kind("quote").headline(content) == shown


def test_any_other_text_stands_in_a_list_with_its_first_line() -> None:
    for name in ("poem", "story", "word"):
        assert fl.kind(name).headline("\n the fog. — me \non feet") == "the fog. — me"


def test_texts_of_several_kinds_stand_in_a_list_each_as_by_itself() -> None:
    quote = "Wash thy soul. — Tagore"
    said = Text(
        quote, Origin(author="model", pattern=PATTERNS["quotes"], parents=(Text("Be. — A"),))
    )
    poem = Text(quote, Origin(author="model", pattern=PATTERNS["poems"], parents=(Text("fog"),)))
    alone = [
        Text(words, Origin(author="model", pattern=PATTERNS["list"])) for words in (quote, "gull")
    ]
    edit = Text("Wash. — Tagore", Origin(author="person", parents=(said,)))
    texts = [said, poem, *alone, edit, Text(quote), said]
    assert headlines(texts) == [headline(each) for each in texts]
    assert headlines(texts)[:2] == ["Wash thy soul.", quote]
    assert headlines(texts)[4] == "Wash."


def test_a_prompt_needs_a_place_for_the_input_where_its_parents_have_one() -> None:
    prompt = fl.kind("prompt")
    finder = prompt.flaw_finder(parents=["not {input} but", "the opposite of {input} is"])
    (flaw,) = finder.find("what is the opposite", finish="stop")
    assert (flaw.kind, "no {input}" in flaw.reason) == (FlawKind.MALFORMED, True)
    assert finder.find("instead of {input} they say", finish="stop") == ()
    without = prompt.flaw_finder(parents=["Write the opposite.", "the opposite of {input} is"])
    assert without.find("what is the opposite", finish="stop") == ()


def test_a_prompt_may_be_what_is_likeliest() -> None:
    words = "one bird, two birds; one {input}, two"
    for name, marked in (("prompt", False), ("poem", True)):
        finder = fl.kind(name).flaw_finder(parents=[], likeliest=-1.8)
        assert bool(finder.find(words, logprobs=[-0.1] * 40)) is marked


def test_a_number_of_texts_is_said_with_the_noun() -> None:
    assert fl.kind("story").count(1) == "1 story"
    assert fl.kind("story").count(1200) == "1,200 stories"


def test_what_makes_two_texts_the_same_is_up_to_their_kind() -> None:
    assert fl.kind("poem").key("The fog!\ncomes") == fl.kind("poem").key("the fog comes")
    letters = fl.kind("palindrome").key
    assert letters("A man, a plan") == letters("amanaplan")
    assert letters("...") != letters("!!!")
    lines = fl.kind("function").key
    assert lines("def a(b):\n    return b + 1 ") == lines("def a(b):\n    return b + 1\n")
    assert lines("def a(b):\n    return b + 1") != lines("def a(b):\n    return b - 1")


def flaws_of(name: str, content: str, *parents: str) -> list[FlawKind]:
    flaws = fl.kind(name).flaw_finder(parents=parents).find(content)
    return [flaw.kind for flaw in flaws]


def test_a_text_that_has_not_the_form_of_its_kind_is_marked() -> None:
    assert flaws_of("haiku", "a\nb\n\nc") == []
    assert flaws_of("haiku", "a\nb\nc\nd\ne") == [FlawKind.MALFORMED]
    assert flaws_of("poem", "a\nb\nc\nd\ne") == []
    assert flaws_of("palindrome", "Never odd or even") == []
    assert flaws_of("palindrome", "elephant") == [FlawKind.MALFORMED]
    (flaw,) = fl.kind("word").flaw_finder(parents=()).find("cat\ndog")
    assert flaw.reason == "it has 2 lines, and a word has at most 1 line"


def test_the_worst_flaw_comes_first() -> None:
    assert flaws_of("palindrome", "elephant", "elephant") == [FlawKind.COPY, FlawKind.MALFORMED]
    assert flaws_of("palindrome", "never odd or even", "Neveroddoreven") == [FlawKind.COPY]


def test_a_function_that_differs_in_a_sign_is_no_copy() -> None:
    one, other = "def a(b):\n    return b + 1", "def a(b):\n    return b - 1"
    assert flaws_of("function", one, other) == [FlawKind.NEAR_COPY]
    assert flaws_of("poem", one, other) == [FlawKind.COPY]


def test_a_kind_is_never_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        fl.kind("poem").noun = "verse"  # type: ignore[misc]


MINIMAL = 'medium = "verse"\npattern = "poems"\n'


def refusal_of(content: str, name: str = "recipe") -> InputError:
    with pytest.raises(InputError) as refusal:
        read_kind(content, name, where="mine.toml", find_pattern=PATTERNS.__getitem__)
    assert "mine.toml" in str(refusal.value)
    assert refusal.value.hint
    return refusal.value


def test_a_medium_and_a_pattern_are_enough() -> None:
    its = read_kind(MINIMAL, "short-poem", where="", find_pattern=PATTERNS.__getitem__)
    assert (its.noun, its.plural, its.title) == ("short poem", "short poems", "Short poems")
    assert its.pattern is PATTERNS["poems"]
    assert its.library == ""


@pytest.mark.parametrize(
    ("content", "said", "hinted"),
    [
        ("medium = verse", "not TOML", "double quotes"),
        ('colour = "red"\n' + MINIMAL, "unknown key 'colour'", "most_lines"),
        ('pattern = "poems"', "no 'medium'", '"verse"'),
        ('medium = "verse"', "no 'pattern'", "[pattern]"),
        ('medium = "film"\npattern = "poems"', "medium is 'film'", "verse, prose"),
        (MINIMAL + 'compare = "looks"', "compare is 'looks'", "letters"),
        (MINIMAL + 'compare = "look"', "its medium is 'verse'", "image, animation, sound"),
        (MINIMAL + "noun = 1", "noun is 1", "a text"),
        (MINIMAL + 'plural = " "', "plural is ' '", "a text"),
        (MINIMAL + "most_lines = 0", "most_lines is 0", "1 or more"),
        (MINIMAL + "most_lines = true", "most_lines is True", "whole number"),
        (MINIMAL + 'same_backwards = "no"', "same_backwards is 'no'", "true or false"),
        (MINIMAL + 'implied_by = "poems"', "implied_by is 'poems'", "list"),
        (MINIMAL + "sampling = 1", "sampling is 1", "[sampling]"),
        (MINIMAL + "[sampling]\ndri = 2", "'dri'", "'dry'"),
        (MINIMAL + "[sampling]\ndry = -1", "dry cannot be", "0"),
        ('medium = "verse"\npattern = 1', "pattern is 1", "[pattern]"),
        ('medium = "verse"\npattern = "sequence"', "lists chains", "link"),
        ('medium = "chain"\npattern = "poems"', "single texts", "link"),
        ('medium = "verse"\n[pattern]\nprefix = "a"', "no 'separator'", "Add"),
        ('medium = "verse"\n[pattern]\nseparator = ""', "no separator", "between"),
    ],
)
def test_a_wrong_file_is_refused_by_what_is_wrong(content: str, said: str, hinted: str) -> None:
    error = refusal_of(content)
    assert said in str(error)
    assert hinted in error.hint


@pytest.mark.parametrize("name", ["", "My Kind", "a/b", "é", "a" * 50])
def test_a_name_that_no_kind_can_have_is_refused(name: str) -> None:
    assert "name" in str(refusal_of(MINIMAL, name))


def test_a_kind_says_how_tokens_are_drawn_where_nobody_else_does() -> None:
    table = MINIMAL + "[sampling]\ndry = 2\ntemperature = 0.9\nmin_p = 0\n"
    its = read_kind(table, "ode", where="", find_pattern=PATTERNS.__getitem__)
    most = its.pattern.max_tokens
    said = SamplingOptions(temperature=1.2)
    whole = Sampling(max_tokens=most, dry=2, temperature=1.2, min_p=0)
    assert its.sampling_for(said, its.pattern, {"dry", "xtc"}) == whole
    assert its.sampling_for(said, its.pattern, set()) == replace(whole, dry=0)
    assert its.sampling_for(Sampling(), its.pattern, {"dry"}) == Sampling()


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
    own = replace(PATTERNS["quotes"], name="mine")
    assert kind_of_text(replace(word, origin=replace(word.origin, pattern=own))).name == "quote"
    (better,) = fl.refine("the fog", 1, model="echo", seed=1)
    assert kind_of_text(better).name == "poem"


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["cat", "dog"], "word"),
        (["mom", "dad", "pop"], "word"),
        (["level"], "word"),
        (["glass stag", "she danced with ease"], "word"),
        (["radar", "never odd or even"], "palindrome"),
        (["she danced with ease", "the dark clouds parted"], "sentence"),
    ],
)
def test_the_texts_of_a_list_say_of_which_kind_it_is(lines: list[str], name: str) -> None:
    assert kind_of("list", texts=lines).name == name
    assert kind_of("list", "word", lines).name == "word"
    request = BreedRequest(parents=lines, pattern="list")
    assert request.find_kind(request.find_pattern(), request.items()).name == name
    (child,) = fl.breed(lines, 1, pattern="list", model="echo", seed=1)
    assert kind_of_text(child).name == name


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
