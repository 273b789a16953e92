"""A kind says what its texts are: their headlines, what makes two the same, what is wrong."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

import flourishing as fl
from flourishing.core.flaws import FlawKind


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
