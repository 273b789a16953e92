"""Choosing texts that are good and differ."""

from __future__ import annotations

import numpy as np
import pytest

from flourishing.errors import InputError
from flourishing.selection import diverse, random_order, shown_first

GROUPS = np.repeat(np.eye(4, 6), 5, axis=0) + np.random.default_rng(7).normal(0, 0.02, (20, 6))
"""Four groups of five texts that are nearly alike."""


def groups(rows: list[int]) -> set[int]:
    return {row // 5 for row in rows}


def test_those_that_differ_are_of_different_groups() -> None:
    chosen = diverse(GROUPS, 4)
    assert groups(chosen) == {0, 1, 2, 3}
    assert diverse(GROUPS, 4) == chosen


def test_quality_alone_gives_the_best_and_unlikeness_alone_gives_one_of_each_group() -> None:
    quality = [float(row) for row in range(20)]
    assert diverse(GROUPS, 3, quality=quality, weight=1) == [19, 18, 17]
    both = diverse(GROUPS, 4, quality=quality, weight=0.5)
    assert both[0] == 19
    assert groups(both) == {0, 1, 2, 3}
    assert {row % 5 for row in both} == {4}  # the best one of each


def test_texts_beside_which_they_stand_are_kept_away_from() -> None:
    assert groups(diverse(GROUPS, 1, beside=GROUPS[:15])) == {3}
    assert groups(diverse(GROUPS[5:], 3, beside=GROUPS[:5])) == {0, 1, 2}


@pytest.mark.parametrize("n", [0, 20, 50])
def test_no_text_is_chosen_twice(n: int) -> None:
    for quality in (None, np.zeros(20), np.arange(20.0)):
        chosen = diverse(GROUPS, n, quality=quality)
        assert len(chosen) == len(set(chosen)) == min(n, 20)


def test_texts_that_are_all_the_same_are_given_in_order() -> None:
    assert diverse(np.ones((3, 4)), 3) == [0, 1, 2]
    assert diverse(np.zeros((3, 4)), 2) == [0, 1]
    assert diverse(np.zeros((0, 4)), 2) == []


def test_eight_of_thirty_two_are_shown_first_in_random_order() -> None:
    embeddings = np.random.default_rng(1).normal(size=(32, 8))
    scores = embeddings[:, 0]
    first = shown_first(scores, embeddings, seed=5)
    assert len(set(first)) == 8
    assert set(first) == set(diverse(embeddings, 8, quality=scores))
    assert first == shown_first(scores, embeddings, seed=5)
    assert first != shown_first(scores, embeddings, seed=6)
    assert scores[first].mean() > scores.mean()


def test_what_has_a_flaw_is_shown_only_where_the_others_are_too_few() -> None:
    embeddings = np.random.default_rng(1).normal(size=(32, 8))
    scores = np.arange(32.0)
    flawed = set(range(16, 32))
    assert not flawed & set(shown_first(scores, embeddings, 16, later=flawed, seed=1))
    assert set(shown_first(scores, embeddings, 18, later=flawed)) == {*range(16), 16, 17}
    assert sorted(shown_first(scores, embeddings, 50, later=range(32))) == list(range(32))


def test_scores_that_do_not_fit_the_texts_are_refused() -> None:
    with pytest.raises(InputError, match="do not fit 32 texts"):
        shown_first(np.zeros(31), np.ones((32, 4)))
    assert sorted(random_order(5, 1)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "call",
    [
        lambda: diverse(GROUPS, -1),
        lambda: diverse(GROUPS, 2, weight=1.5),
        lambda: diverse(GROUPS, 2, quality=[1.0]),
        lambda: diverse(GROUPS, 2, quality=[float("nan")] * 20),
        lambda: diverse(GROUPS[0], 2),
        lambda: diverse(GROUPS * float("inf"), 2),
        lambda: diverse(GROUPS, 2, beside=np.ones((2, 3))),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call: object) -> None:
    with pytest.raises(InputError) as refusal:
        call()  # type: ignore[operator]
    assert refusal.value.hint
