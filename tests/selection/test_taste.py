"""Taste learned from marks, on made-up embeddings and on those of the embedded model."""

from __future__ import annotations

import numpy as np
import pytest

import flourishing as fl
from flourishing.errors import InputError
from flourishing.models import BaseModel
from flourishing.selection import Marks, Reduction, Taste

DRAW = np.random.default_rng(3)
TEXTS = DRAW.normal(size=(300, 64)) * np.linspace(3, 0.3, 64)
"""Made-up embeddings, which differ most in the first numbers."""
LIKED = TEXTS[:, 0] + TEXTS[:, 2] > 0


def marks(rows: range, liked: np.ndarray = LIKED) -> Marks:
    return Marks(
        kept=[row for row in rows if liked[row]], dropped=[row for row in rows if not liked[row]]
    )


def right(taste: Taste, rows: range) -> float:
    """Give the share of pairs of unseen texts that are in the right order."""
    scores, liked = taste.score(TEXTS[rows]), LIKED[rows]
    return float((scores[liked][:, None] > scores[~liked][None]).mean())


def test_a_taste_is_found_and_its_accuracy_said() -> None:
    taste = Taste.learn(TEXTS, marks(range(60)))
    assert taste.can_tell
    assert taste.accuracy is not None
    assert taste.accuracy.low > 0.6
    assert right(taste, range(60, 300)) > 0.8
    assert "unseen pairs" in taste.sentence
    again = Taste.learn(TEXTS, marks(range(60)))
    assert np.array_equal(taste.weights, again.weights)
    assert again.accuracy == taste.accuracy


def test_more_marks_are_worth_more() -> None:
    few = [right(Taste.learn(TEXTS, marks(range(at, at + 12))), range(200, 300)) for at in (0, 40)]
    many = [right(Taste.learn(TEXTS, marks(range(at, at + 90))), range(200, 300)) for at in (0, 90)]
    assert min(many) > max(0.8, float(np.mean(few)))


def test_marks_by_chance_cannot_tell() -> None:
    learned = [
        Taste.learn(TEXTS, marks(range(30), np.random.default_rng(seed).random(300) > 0.5))
        for seed in range(20)
    ]
    assert sum(taste.can_tell for taste in learned) <= 4
    assert sum(taste.may_choose for taste in learned) <= 8


def test_what_is_probably_better_than_chance_says_that_it_is_not_sure() -> None:
    learned = [Taste.learn(TEXTS, marks(range(at, at + 12))) for at in range(0, 240, 12)]
    probably = [taste for taste in learned if taste.may_choose and not taste.can_tell]
    assert probably
    for taste in probably:
        assert taste.accuracy is not None
        assert taste.accuracy.low <= 0.5 < taste.accuracy.value
        assert taste.sentence.startswith("It is probably better than chance, but not surely")


@pytest.mark.parametrize(
    ("few", "why"),
    [
        (Marks(), "there are 0 marks"),
        (Marks(kept=range(4), dropped=range(4, 8)), "there are 8 marks"),
        (Marks(kept=range(10)), "no text was dropped"),
        (Marks(dropped=range(10)), "no text was kept"),
        (Marks(kept=range(10), dropped=[10, 11]), "only 2 texts were dropped"),
        (Marks(kept=range(10), dropped=[10]), "only 1 text was dropped"),
        (Marks(kept=range(10), dropped=range(10)), "there are 0 marks"),
        (Marks(edits=[(row, row + 1) for row in range(12)]), "no text was"),
    ],
)
def test_what_cannot_tell_yet_says_why(few: Marks, why: str) -> None:
    taste = Taste.learn(TEXTS, few)
    assert not taste.can_tell
    assert not taste.may_choose
    assert taste.sentence.startswith("It cannot tell yet")
    assert why in taste.sentence
    assert np.isfinite(taste.score(TEXTS)).all()


def test_contradicting_marks_say_nothing() -> None:
    given = marks(range(60))
    torn = Marks(kept=[*given.kept, 100, 101], dropped=[*given.dropped, 100, 101])
    assert torn.contradicting == [100, 101]
    assert np.array_equal(Taste.learn(TEXTS, torn).weights, Taste.learn(TEXTS, given).weights)


def test_parents_count_as_kept() -> None:
    given = marks(range(40))
    half = len(given.kept) // 2
    as_parents = Marks(kept=given.kept[:half], parents=given.kept[half:], dropped=given.dropped)
    assert np.array_equal(Taste.learn(TEXTS, as_parents).weights, Taste.learn(TEXTS, given).weights)


def test_an_edit_says_in_which_direction_the_taste_lies() -> None:
    texts = TEXTS.copy()
    texts[150:170] = texts[100:120]
    texts[150:170, 1] += 4  # what every edit did
    given = marks(range(20))
    with_edits = Marks(
        kept=given.kept,
        dropped=given.dropped,
        edits=[(100 + each, 150 + each) for each in range(20)],
    )
    before, after = Taste.learn(texts, given), Taste.learn(texts, with_edits)
    up = np.zeros(64)
    up[1] = 4

    def gain(taste: Taste) -> float:
        return float(np.mean(taste.score(texts[200:] + up) - taste.score(texts[200:])))

    assert gain(after) > gain(before) + 0.1


def test_the_components_are_those_of_all_texts() -> None:
    lengths = np.linalg.norm(TEXTS, axis=1, keepdims=True)
    rows = TEXTS / lengths
    exact = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)[2]
    found = Reduction.fit(TEXTS).components
    assert found.shape == (64, 25)
    assert abs(exact[:5] @ found[:, :5]) == pytest.approx(np.eye(5), abs=0.02)
    assert Reduction.fit(TEXTS[:3]).components.shape == (64, 2)
    assert np.isfinite(Reduction.fit(np.ones((4, 8)))(np.ones((2, 8)))).all()


def test_a_thousand_marks_are_learned_from() -> None:
    texts = DRAW.normal(size=(1_200, 40))
    liked = texts[:, 3] > 0
    taste = Taste.learn(texts, marks(range(1_000), liked))
    assert taste.can_tell


@pytest.mark.parametrize(
    "call",
    [
        lambda: Taste.learn(TEXTS, Marks(kept=[300])),
        lambda: Taste.learn(TEXTS, Marks(edits=[(0, -1)])),
        lambda: Taste.learn(TEXTS[:0], Marks()),
        lambda: Taste.learn(TEXTS, marks(range(20))).score(np.ones((2, 3))),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call: object) -> None:
    with pytest.raises(InputError) as refusal:
        call()  # type: ignore[operator]
    assert refusal.value.hint


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_short_poems_are_told_from_longer_ones(local: BaseModel) -> None:
    texts = [text.content for name in ("haiku", "imagists") for text in fl.library(name).texts[:20]]
    embeddings = fl.embed(texts, model=local)
    kept, dropped = range(20, 40), range(20)
    taste = Taste.learn(embeddings, Marks(kept=kept[:14], dropped=dropped[:14]))
    assert taste.can_tell
    scores = taste.score(embeddings)
    assert scores[kept[14:]].mean() > scores[dropped[14:]].mean() + 0.3
