"""Originality: shared runs of words are found, with where they stand."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.originality import CERTAIN, Index, compare, fingerprints, probes, strongest
from flourishing.core.text import Origin, Source, Text

WORDS = st.lists(
    st.sampled_from(
        ["a", "b", "c", "d", "e", "f", "g", "h", "fog", "sea", "crow", "wind", "of", "the"]
    ),
    max_size=60,
)


def brute_force(ours: list[str], theirs: list[str]) -> int:
    """The longest common run, the slow and certain way."""
    return max(
        (
            size
            for i in range(len(ours))
            for size in range(1, len(ours) - i + 1)
            if any(theirs[j : j + size] == ours[i : i + size] for j in range(len(theirs)))
        ),
        default=0,
    )


def test_the_longest_run_is_told_as_it_is_written_here() -> None:
    poem = Text("A dove flies up\nfrom the hedgerow, startled by me")
    echo = compare("And so,\nflies UP -- from the hedgerow; gone", poem, "parent")
    assert echo
    assert (echo.words, echo.run, echo.where) == (5, "flies UP -- from the hedgerow", "parent")
    assert not echo.near_copy


def test_what_shares_fewer_than_four_words_in_a_row_is_no_echo() -> None:
    assert compare("a dove flies away", Text("a dove flies up"), "garden") is None


def test_a_near_copy_without_a_run_is_an_echo() -> None:
    echo = compare("grey dove flies up", Text("gray dove flies up"), "garden")
    assert echo is not None
    assert echo.near_copy


def test_an_echo_names_the_source_or_the_first_line() -> None:
    found = Origin(author="person", source=Source(author="Wendell", title="Dove"))
    echo = compare("a b c d e", Text("a b c d e f", found), "library")
    assert str(echo).startswith("5 words in a row as in Wendell, “Dove”")
    echo = compare("a b c d e", Text("\na b c d e f\ng"), "library")
    assert "“a b c d e f”" in str(echo)


@given(WORDS, WORDS)
def test_the_run_is_the_longest_there_is(ours: list[str], theirs: list[str]) -> None:
    echo = compare(" ".join(ours), Text(" ".join(theirs)), "garden")
    longest = brute_force(ours, theirs)
    assert (echo.words if echo and echo.words else 0) == (longest if longest >= 4 else 0)


@given(WORDS, WORDS)
def test_texts_that_share_six_words_in_a_row_share_a_fingerprint(
    ours: list[str], theirs: list[str]
) -> None:
    if brute_force(ours, theirs) >= CERTAIN:
        assert probes(" ".join(ours)) & fingerprints(" ".join(theirs))


def test_long_texts_keep_about_half_of_their_hashes() -> None:
    draw = random.Random(1)
    long = " ".join(str(draw.randrange(10_000)) for _ in range(1_000))
    assert 400 < len(fingerprints(long)) < 600
    assert fingerprints(long) < probes(long)


@pytest.mark.parametrize("content", ["", "   ", "three small words", "…!?", "\n\n"])
def test_texts_of_few_words_have_no_fingerprints_and_no_echo(content: str) -> None:
    assert not fingerprints(content)
    assert not Index([Text("a b c d"), Text("")], "library").echoes(content)


def test_an_index_finds_the_text_that_shares_the_most() -> None:
    draw = random.Random(2)
    texts = [Text(" ".join(str(draw.randrange(50_000)) for _ in range(60))) for _ in range(500)]
    stolen = " ".join(texts[321].content.split()[20:35])
    also = " ".join(texts[7].content.split()[:6])
    echoes = Index(texts, "library").echoes(f"my own words {stolen} and more {also}")
    assert [(echo.text, echo.words) for echo in echoes] == [(texts[321], 15), (texts[7], 6)]


def test_each_other_text_is_told_once() -> None:
    twice = [compare("a b c d e", Text("a b c d e"), "parent") for _ in range(2)]
    assert len(strongest([*twice, None])) == 1


def test_a_hundred_thousand_characters_are_compared() -> None:
    draw = random.Random(3)
    long = " ".join(draw.choice(["fog", "sea", "crow", "and", "the"]) for _ in range(20_000))
    echo = compare(long, Text(" ".join(long.split()[5_000:15_000])), "garden")
    assert echo is not None
    assert echo.words == 10_000
