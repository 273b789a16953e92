"""How fast a model writes: a guess that follows its size, then what was seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from flourishing import settings
from flourishing.models.catalogue import speed
from flourishing.models.catalogue.entries import entries, find_entry
from flourishing.models.protocol import Usage


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOURISHING_CACHE", str(tmp_path / "cache"))


def test_the_larger_a_model_is_the_slower_it_is_guessed() -> None:
    guesses = [speed.guess(entry.size) for entry in sorted(entries(), key=lambda each: each.size)]
    assert guesses == sorted(guesses, reverse=True)


def test_a_model_of_which_a_token_needs_a_part_is_guessed_faster() -> None:
    mixtral = find_entry("mixtral-8x7b")
    assert mixtral is not None
    assert speed.guess(mixtral.size, mixtral) > 3 * speed.guess(mixtral.size)


def test_what_was_seen_goes_before_the_guess_and_one_odd_call_does_not_count() -> None:
    assert not speed.speed("m", 10**9).seen
    for tokens in (200, 210, 9_000):
        speed.note("m", Usage(completion=tokens, seconds=12.0, first_token=2.0))
    assert speed.speed("m", 10**9) == speed.Speed(21.0, seen=True)
    assert not speed.speed("another", 10**9).seen


@pytest.mark.parametrize(
    "usage", [Usage(completion=3, seconds=9.0), Usage(completion=300, seconds=0.01), Usage()]
)
def test_a_call_that_was_too_short_says_nothing(usage: Usage) -> None:
    speed.note("m", usage)
    assert speed.seen("m") is None


@pytest.mark.parametrize("content", [b"", b"{}", b'{"name": "m", "tokens_a_second": "x"}', b"[]"])
def test_a_damaged_note_counts_as_none(content: bytes) -> None:
    speed.note("m", Usage(completion=100, seconds=2.0))
    (note,) = (settings.cache_path() / "speeds").iterdir()
    note.write_bytes(content)
    assert speed.seen("m") is None
