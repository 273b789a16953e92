"""Differences between texts: exact, by words, and quick however little the texts share."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.diff import Change, word_diff

WORSE = "A big ol' dove jumps up\nfrom the green green bushes, startled by me"
BETTER = "A dove flies up\nfrom the hedgerow, startled by me"
alike = st.lists(st.sampled_from(["the", "fox", "’s", " ", "  ", "\n", "\r\n", ",", "雨", "é"]))


def told(before: str, after: str) -> list[str]:
    """Write changes as a person would: -gone-, +new+, and the rest as it is."""
    marks = {"same": "", "gone": "-", "new": "+"}
    changes = word_diff(before, after)
    return [f"{marks[change.kind]}{change.text}{marks[change.kind]}" for change in changes]


def require_exact(before: str, after: str) -> tuple[Change, ...]:
    changes = word_diff(before, after)
    assert "".join(each.text for each in changes if each.kind != "new") == before
    assert "".join(each.text for each in changes if each.kind != "gone") == after
    assert all(each.text for each in changes)
    order = {("gone", "gone"), ("new", "new"), ("same", "same"), ("new", "gone")}
    assert not order.intersection((a.kind, b.kind) for a, b in pairwise(changes))
    return changes


def test_a_worse_and_a_better_version_are_told_apart_by_words() -> None:
    assert told(WORSE, BETTER) == [
        "A ",
        "-big ol' -",
        "dove ",
        "-jumps-",
        "+flies+",
        " up\nfrom the ",
        "-green green bushes-",
        "+hedgerow+",
        ", startled by me",
    ]


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("", "", []),
        ("fog", "fog", ["fog"]),
        ("", "fog", ["+fog+"]),
        ("fog", "", ["-fog-"]),
        ("the fog comes", "the mist comes", ["the ", "-fog-", "+mist+", " comes"]),
        ("the fog", "the fog.", ["the fog", "+.+"]),
        ("foggy", "fog", ["-foggy-", "+fog+"]),
        ("don't go", "don’t go", ["-don't-", "+don’t+", " go"]),
        ("a\nb", "a\r\nb", ["a", "-\n-", "+\r\n+", "b"]),
        ("雨が降る", "雪が降る", ["-雨-", "+雪+", "が降る"]),
        ("cafe\u0301 noir", "cafe noir", ["-cafe\u0301-", "+cafe+", " noir"]),
        ("👩🏽‍🚀!", "👩🏽!", ["-👩🏽‍🚀-", "+👩🏽+", "!"]),
    ],
)
def test_words_marks_blanks_and_line_breaks_are_compared(
    before: str, after: str, changes: list[str]
) -> None:
    assert told(before, after) == changes


def test_blanks_between_changed_words_belong_to_the_change() -> None:
    assert told("one two three", "four five six") == ["-one two three-", "+four five six+"]
    assert told("go one two on", "go four five on") == ["go ", "-one two-", "+four five+", " on"]


def test_a_line_break_between_changed_lines_holds_them_beside_each_other() -> None:
    assert told("one two\nthree", "four\nfive six") == [
        "-one two-",
        "+four+",
        "\n",
        "-three-",
        "+five six+",
    ]


def test_blanks_at_the_ends_that_both_have_are_the_same() -> None:
    assert told(" a ", " b ") == [" ", "-a-", "+b+", " "]


@given(st.text(), st.text())
def test_any_two_texts_are_given_back_exactly(before: str, after: str) -> None:
    require_exact(before, after)


@given(alike, alike)
def test_texts_that_share_words_are_given_back_exactly(before: list[str], after: list[str]) -> None:
    require_exact("".join(before), "".join(after))


@given(st.text())
def test_a_text_is_the_same_as_itself(text: str) -> None:
    assert word_diff(text, text) == ((Change("same", text),) if text else ())


@pytest.mark.parametrize("characters", [20_000, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("words", [["the ", "fog ", "sea ", "and "], ".,;:", "雨雪"])
def test_many_characters_without_order_are_compared(words: Sequence[str], characters: int) -> None:
    draw = random.Random(7)
    before, after = ("".join(draw.choices(words, k=characters // len(words[0]))) for _ in range(2))
    changes = require_exact(before, after)
    assert {each.kind for each in changes} == {"same", "gone", "new"}


def test_a_long_text_that_is_divided_keeps_all_that_it_can() -> None:
    words = [f"word{number}" for number in range(12_000)]
    before = " ".join(words)
    after = " ".join("changed" if number % 100 == 50 else word for number, word in enumerate(words))
    changes = require_exact(before, after)
    assert [each.text for each in changes if each.kind == "gone"] == words[50::100]
    assert {each.text for each in changes if each.kind == "new"} == {"changed"}
