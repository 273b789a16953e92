"""Reading a pattern off a raw prompt: every prompt of the post, and whatever people type."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.errors import NoPatternError, PatternError
from flourishing.pattern import PATTERNS, Item, Pattern

FOX = "like the fox\nI run with the hunted\nand if I'm not\nthe happiest man\non earth"
HIDDEN = "Sometimes hidden from me\nin daily custom and in trust,\nso that I live by you unaware"
DOVE = "A dove flies up\nfrom the hedgerow, startled by me"
POST_POEMS = f"a poem: \n{FOX}\n---\na poem:\n{HIDDEN}\n---\na poem:\n{DOVE}\n---\na poem:\n"
"""The prompt as the post prints it, with the blank that stands after its first label."""


@pytest.mark.parametrize(
    ("prompt", "examples"),
    [
        ("|cat|elephant|rabbit|dog|", ["cat", "elephant", "rabbit", "dog"]),
        ("|cat|dog|rabbit|wolf|", ["cat", "dog", "rabbit", "wolf"]),
        ("|tiger|elephant|wolf|bear|", ["tiger", "elephant", "wolf", "bear"]),
        ("|elephant|bear|crocodile|mammoth|", ["elephant", "bear", "crocodile", "mammoth"]),
        (
            "|mammoth crocodile|mongoose-bear|rhinoceros tiger|",
            ["mammoth crocodile", "mongoose-bear", "rhinoceros tiger"],
        ),
        ("|madam|racecar|kayak|", ["madam", "racecar", "kayak"]),
        (
            "|she danced with ease|the dark clouds parted|my favorite cat meowed|",
            ["she danced with ease", "the dark clouds parted", "my favorite cat meowed"],
        ),
    ],
)
def test_the_lists_of_the_post_stop_at_the_bar(prompt: str, examples: list[str]) -> None:
    pattern = Pattern.infer(prompt)
    assert pattern.stop == ("|", "\n")
    assert pattern.parse(prompt) == examples


@pytest.mark.parametrize(
    ("prompt", "last"),
    [
        ("alaska:juneau, ohio:columbus, kansas:", ["kansas", ""]),
        ("drip:gush::dent:destroy, walk:legs::chew:", None),
        ("fatther:father,picle:pickle,cheeese:", ["cheeese", ""]),
        ("ciao:goodbye,hola:hello,zwei:two,fromage:", ["fromage", ""]),
        ("1:2:3,z:y:x,ice:water:", ["ice", "water", ""]),
        ("1:2:3:4,z:y:x:w,ice:water:steam:", ["ice", "water", "steam", ""]),
        (
            "1:2:3:4:5,z:y:x:w:v,ice:water:steam:superheated_steam:",
            ["ice", "water", "steam", "superheated_steam", ""],
        ),
    ],
)
def test_the_chains_of_the_post_stop_at_the_comma_and_at_the_link(prompt: str, last: list[str] | None) -> None:
    pattern = Pattern.infer(prompt)
    assert set(pattern.stop) == {",", ":", "\n"}
    chains = pattern.parse(prompt)
    if last:
        assert chains[-1] == last[:-1]
        assert chains[0] == re.split(":", prompt.split(",")[0])


@pytest.mark.parametrize(
    "prompt",
    [
        POST_POEMS,
        POST_POEMS.replace("a poem: \n", "a poem:\n"),
        POST_POEMS.replace("a poem:\n", "a poem: \n").replace("a poem:  \n", "a poem: \n"),
    ],
    ids=["as printed", "without the blank", "with a blank after every label"],
)
def test_the_poems_of_the_post_stop_at_the_rule(prompt: str) -> None:
    pattern = Pattern.infer(prompt)
    assert pattern.read(f"a new one\nof two lines\n---\na poem:\n{FOX}") == (
        "a new one\nof two lines"
    )
    assert "\n---" in pattern.stop
    assert pattern.parse(re.sub(r"[ \t]+\n", "\n", prompt)) == [FOX, HIDDEN, DOVE]


def test_the_refinements_of_the_post_stop_at_the_rule_and_at_the_next_version() -> None:
    prompt = PATTERNS["refinements"].render([[DOVE, FOX, HIDDEN], [DOVE, FOX]])
    pattern = Pattern.infer(prompt)
    assert pattern == PATTERNS["refinements"]
    assert pattern.parse(prompt) == [[DOVE, FOX, HIDDEN], [DOVE, FOX]]


@pytest.mark.parametrize(
    "prompt",
    ["1 2 3 4 5", "", " ", "\n", "Once upon a time", "a", "|", "cat|dog", "To be, or not to be:"],
)
def test_where_no_pattern_can_be_seen_that_is_said(prompt: str) -> None:
    with pytest.raises(NoPatternError) as refusal:
        Pattern.infer(prompt)
    assert repr(prompt) in str(refusal.value)
    assert refusal.value.hint


CHAINS: list[Item] = [["one", "two", "three"], ["red", "green", "blue"], ["ice", "water"]]
SINGLES: list[Item] = ["the fox\nruns", "a hen sits", "some dove\nflies up\nand off"]
WORDS: list[Item] = ["the fox", "a hen", "some dove"]


@pytest.mark.parametrize("name", [name for name in PATTERNS if name != "functions"])
def test_what_a_built_in_pattern_renders_is_seen_to_be_of_its_form(name: str) -> None:
    given = PATTERNS[name]
    one_line = given.separator == "\n" or "\n" not in given.separator
    prompt = given.render(CHAINS if given.link else WORDS if one_line else SINGLES)
    seen = Pattern.infer(prompt)
    assert seen.parse(prompt) == given.parse(prompt)
    assert seen.stop == given.stop


@pytest.mark.parametrize("start", ["", "def"])
def test_functions_are_seen_with_and_without_the_word_that_begins_them(start: str) -> None:
    prompt = PATTERNS["functions"].render(["def a():\n    return 1", "def b():\n    return 2"])
    assert "\n\n\n" in Pattern.infer(prompt + start).stop


@pytest.mark.parametrize(
    ("prompt", "stop"),
    [
        ("cat; dog; ", ";"),
        ("cat, dog,", ","),
        ("cat | dog | ", "|"),
        ("#cat#dog#", "#"),
        ("a quote\n\nanother quote\n\n", "\n\n"),
        ("Q: why?\nQ: how?\nQ:", "\n"),
        ("- milk\n- bread\n-", "\n"),
        ("ice => water\nday => night\nhot =>", "\n"),
        ("a = b; c = d; e =", ";"),
        ("fox runs\n***\nhen sits\n***\n", "\n***"),
        ("fox runs\n* * *\nhen sits\n* * *\n", "\n* * *"),
    ],
)
def test_forms_that_people_use_stop_where_the_next_example_would_begin(
    prompt: str, stop: str
) -> None:
    assert stop in Pattern.infer(prompt).stop


@pytest.mark.parametrize(
    "prompt",
    ["|cat|dog|", "cat;dog;", "alaska:juneau, ohio:columbus, kansas:", "Q: why?\nQ: how?\nQ:"],
)
def test_a_blank_left_at_the_end_by_accident_changes_nothing(prompt: str) -> None:
    assert Pattern.infer(prompt + " ").stop == Pattern.infer(prompt).stop


def test_poems_that_end_in_a_label_with_a_blank_left_after_it_stop_at_the_rule() -> None:
    prompt = POST_POEMS.removesuffix("\n") + " "
    assert prompt.endswith("a poem: ")
    assert "\n---" in Pattern.infer(prompt).stop


@given(prompt=st.text(st.sampled_from("ab|:,; \n-=>#*"), max_size=40) | st.text())
def test_a_prompt_has_a_pattern_that_reads_it_or_none_at_all(prompt: str) -> None:
    try:
        pattern = Pattern.infer(prompt)
    except NoPatternError:
        return
    tidy = re.sub(r"[ \t]+\n", "\n", prompt)
    seen = (tidy.rstrip(" "), tidy, prompt)
    assert any(reads(pattern, each.removesuffix(pattern.start)) for each in seen)


def reads(pattern: Pattern, prompt: str) -> bool:
    try:
        return bool(pattern.parse(prompt))
    except PatternError:
        return False
