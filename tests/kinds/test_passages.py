"""The parts of quotes and stories: who said it, the title, the end of the last sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flourishing as fl
from flourishing.kinds import is_prose
from flourishing.kinds.passages import (
    QuoteParts,
    ends_whole,
    quote_parts,
    reads_as_prose,
    title_of,
    until_last_sentence,
)


@pytest.mark.parametrize(
    ("content", "words", "by"),
    [
        ("Wash thy soul. — Tagore", "Wash thy soul.", "Tagore"),
        ("“Wash thy soul.”\n— Rabindranath Tagore", "Wash thy soul.", "Rabindranath Tagore"),
        ('"Wash thy soul." - Tagore, 1916', "Wash thy soul.", "Tagore, 1916"),
        ("The sea — mother of us all", "The sea — mother of us all", ""),
        ("Wash thy soul.", "Wash thy soul.", ""),
    ],
)
def test_who_said_a_quote_is_no_part_of_its_words(content: str, words: str, by: str) -> None:
    assert quote_parts(content) == QuoteParts(words, by)


@given(st.text())
def test_any_text_has_parts(content: str) -> None:
    assert quote_parts(content).words in content
    assert title_of(content) in content
    assert content.startswith(until_last_sentence(content))


def test_the_same_words_are_the_same_quote_whoever_said_them() -> None:
    quote = fl.kind("quote")
    assert quote.key("Wash thy soul. — Tagore") == quote.key("“Wash thy soul.” – Anonymous")
    assert quote.key("Wash thy soul. — Tagore") != quote.key("Wash thy hands. — Tagore")
    finder = quote.flaw_finder(parents=["Wash thy soul with silence. — Tagore"])
    assert "a copy of" in finder.find("Wash thy soul with silence. — Rumi")[0].reason


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("The Well\n\nEveryone threw a coin.", "The Well"),
        ("Everyone threw a coin.\n\nThe well was full.", ""),
        ("The Well\nEveryone threw a coin.", ""),
        ("The Well", ""),
        (f"{'long ' * 20}\n\nEveryone.", ""),
    ],
)
def test_a_title_is_a_short_line_before_an_empty_one(content: str, title: str) -> None:
    assert title_of(content) == title


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        ("They went home.", True),
        ("“They went home.”", True),
        ("And then…", True),
        ("They went home and", False),
        ("They went to Mr. Fox, who", False),
    ],
)
def test_a_text_ends_with_a_sentence_or_stops_in_the_middle(content: str, whole: bool) -> None:
    assert ends_whole(content) is whole


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ("They went home. They ate the", "They went home."),
        ("He met Mr. Fox. “Good day!” Then he", "He met Mr. Fox. “Good day!”"),
        ("One. And then nothing more ever came of it and", ""),
        ("They went home and", ""),
    ],
)
def test_what_was_broken_off_loses_its_last_half_sentence(content: str, kept: str) -> None:
    assert until_last_sentence(content) == (kept or content)


def test_a_story_that_stops_in_the_middle_is_marked_and_one_at_the_most_tokens_is_cut() -> None:
    story = fl.kind("story")
    finder = story.flaw_finder(parents=[])
    (flaw,) = finder.find("The Well\n\nEveryone threw a coin into the")
    assert flaw.reason == "it stops in the middle of a sentence"
    cut, finish = story.end_of("Everyone threw a coin. The well was", "length")
    assert (cut, finish) == ("Everyone threw a coin.", "length")
    (flaw,) = finder.find(cut, finish=finish)
    assert "cut off" in flaw.reason
    assert story.end_of("Everyone threw a coin. The well was", "stop")[0].endswith("was")
    assert fl.kind("poem").end_of("The sea. The", "length") == ("The sea. The", "length")


def test_a_length_is_asked_for_in_words() -> None:
    story = fl.kind("story").of_length(10)
    finder = story.flaw_finder(parents=[])
    assert finder.find("It had gone on for nine years.") == ()
    assert "it has 2 words, and 5 to 15" in finder.find("It ended.")[0].reason
    assert story.sampling_for(fl.SamplingOptions(), story.pattern, ()).max_tokens == 40
    assert story.sampling_for(fl.SamplingOptions(max_tokens=7), story.pattern, ()).max_tokens == 7
    for wrong in (0, 2_001):
        with pytest.raises(fl.InputError, match="about"):
            fl.kind("story").of_length(wrong)


@pytest.mark.parametrize("words", [8, 30])
def test_offspring_whose_length_is_wrong_are_asked_for_again(words: int) -> None:
    parents = [text.content for text in fl.library("stories").texts[:3]]
    brood = fl.breed(parents, 4, kind="story", words=words, model="echo", seed=1)
    bounds = words // 2, words + words // 2
    for text in brood:
        fits = bounds[0] <= len(text.content.split()) <= bounds[1]
        assert fits is not any("were asked for" in flaw.reason for flaw in text.flaws)
    assert brood.set_aside


def test_every_shipped_story_has_a_title_paragraphs_and_an_end() -> None:
    stories = fl.library("stories").texts
    assert len(stories) >= 12
    finder = fl.kind("story").flaw_finder(parents=[])
    for text in stories:
        assert title_of(text.content)
        assert text.content.count("\n\n") >= 2
        assert finder.find(text.content) == ()


@pytest.mark.parametrize(
    ("collection", "prose"),
    [
        ("stories", True),
        *((name, False) for name in ("imagists", "short-verse", "sounds", "pictures", "drawings")),
    ],
)
def test_what_ships_is_set_as_prose_or_as_verse(collection: str, prose: bool) -> None:
    shown = {is_prose(text) for text in fl.library(collection).texts}
    assert shown == {prose}


def test_a_short_text_that_was_bred_as_a_story_is_prose() -> None:
    (story, *_) = fl.breed(["It ended."], 1, kind="story", model="echo", seed=1)
    (poem, *_) = fl.breed(["It ended."], 1, kind="poem", model="echo", seed=1)
    assert not reads_as_prose(story.content)
    assert is_prose(story)
    assert not is_prose(poem)
