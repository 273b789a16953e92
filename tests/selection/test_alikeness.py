"""Axes learned from which two of three texts are alike."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flourishing as fl
from flourishing.selection import Axes, Triple

Rows: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
HIDDEN, MANY = 2, 60
"""The column in which a simulated person sees texts differ, and how many texts there are."""


def texts(seed: int = 0) -> Rows:
    """Give embeddings that differ most in what the person does not see."""
    sizes = np.array([3.0, 2.5, 1.0, 1.0, 0.5, 0.5])
    rows: Rows = np.random.default_rng(seed).normal(size=(MANY, len(sizes))) * sizes + 20
    return rows


def triples_of(rows: Rows, many: int, seed: int = 1) -> list[Triple]:
    random = np.random.default_rng(seed)
    found: list[Triple] = []
    while len(found) < many:
        three = sorted(random.choice(len(rows), 3, replace=False), key=lambda at: rows[at, HIDDEN])
        low, middle, high = (int(each) for each in three)
        near_low = (
            rows[middle, HIDDEN] - rows[low, HIDDEN] < rows[high, HIDDEN] - rows[middle, HIDDEN]
        )
        found.append((low, middle, high) if near_low else (middle, high, low))
    return found


def test_the_axis_follows_what_the_person_sees_and_not_what_differs_most() -> None:
    rows = texts()
    axes = Axes.learn(rows, triples_of(rows, 60), 1)
    fresh = texts(9)
    placed = axes.place(fresh)[:, 0]
    assert abs(np.corrcoef(placed, fresh[:, HIDDEN])[0, 1]) > 0.8
    assert abs(np.corrcoef(placed, fresh[:, 0])[0, 1]) < 0.5


def test_what_it_is_worth_is_said_with_its_interval() -> None:
    rows = texts()
    seen = Axes.learn(rows, triples_of(rows, 60), 1)
    assert seen.agreement.low > 1 / 3
    assert "chance" not in seen.sentence
    random = np.random.default_rng(3)
    by_lot = [tuple(map(int, random.choice(MANY, 3, replace=False))) for _ in range(12)]
    guessed = Axes.learn(rows, by_lot, 1)  # type: ignore[arg-type]  # tuples of three
    assert guessed.agreement.low < 1 / 3
    assert "may be chance" in guessed.sentence


def test_the_same_triples_give_the_same_axes() -> None:
    rows = texts()
    triples = triples_of(rows, 8)
    one, other = (Axes.learn(rows, triples) for _ in range(2))
    assert np.array_equal(one.place(rows), other.place(rows))
    assert one.place(rows).shape == (MANY, 2)


@given(st.integers(0, 100), st.integers(1, 4))
def test_all_stand_between_0_and_1(seed: int, axes: int) -> None:
    rows = texts(seed)
    placed = Axes.learn(rows, triples_of(rows, 4, seed), axes).place(rows * 100)
    assert ((placed >= 0) & (placed <= 1)).all()


def test_texts_that_do_not_differ_have_one_place() -> None:
    rows = np.ones((5, 4))
    placed = Axes.learn(rows, [(0, 1, 2), (1, 2, 3), (2, 3, 4)]).place(rows)
    assert len(np.unique(placed)) == 1


@pytest.mark.parametrize(
    ("triples", "axes", "message"),
    [
        ([(0, 1, 2)] * 2, 2, "from 2 triples"),
        ([(0, 1, 1)] * 3, 2, "are no three"),
        ([(0, 1, 99)] * 3, 2, "are no three"),
        ([(0, 1, 2)] * 3, 5, "5 axes"),
        ([(0, 1, 2)] * 3, 0, "0 axes"),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused(
    triples: list[Triple], axes: int, message: str
) -> None:
    with pytest.raises(fl.InputError, match=message) as refused:
        Axes.learn(texts(), triples, axes)
    assert refused.value.hint
