"""Does a run stretch the marks of a person further?

A simulated breeder with a hidden taste breeds by hand first: six rounds of 8 from six imagists, of
which it keeps the best 3 and drops the others; the kept ones become parents. Its marks are all that
the garden knows of it. Then a machine goes on from what was kept, with one budget in each arm:

- *taste*: the quality is the taste that the garden learned, parents are near in the archive.
- *words*: the same with the share of distinct pairs of words as the quality, which ignores marks.
- *best of 8*: the quality is the learned taste, and the kept ones are bred from in every step.
- *by hand*: the breeder goes on as it began, with its own eyes, for as many completions.

Counted are the offspring of the machine alone: the hidden taste of all of them, of the eight that
it calls best, and of the best eight that there are; how often the quality was right about pairs of
offspring that the hidden taste tells apart by more than .1.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from random import Random
from statistics import mean
from typing import Final

from records import RESULTS, Records, Row, print_table, shown
from tastes import TASTES

import flourishing as fl
from flourishing.library import library

ARMS: Final = ("taste", "words", "best of 8", "by hand")
BUDGETS: Final = {"small": (48, 2), "full": (160, 5)}
"""Completions of a run, and repeats."""
SEEDS: Final = 6
OFFSPRING: Final = 8
KEPT: Final = 3
ROUNDS: Final = 6
MAX_TOKENS: Final = 72
APART: Final = 0.1
NUMBERS: Final = ("all", "called best", "best", "right")


def main(budget: str, arms: Sequence[str], model: str | None, *, only_report: bool) -> None:
    """Run the experiment as far as it has not been run, and report it.

    Args:
        budget: "small" or "full".
        arms: The names of the arms; none for all.
        model: The base model; None for the one that is configured.
        only_report: Whether to run nothing.
    """
    completions, repeats = BUDGETS[budget]
    records = Records(RESULTS / f"marks-{budget}.jsonl")
    for repeat in () if only_report else range(repeats):
        for taste, score in TASTES.items():
            asked = [
                arm
                for arm in arms or ARMS
                if not records.where(arm=arm, taste=taste, repeat=repeat)
            ]
            if not asked:
                continue
            with tempfile.TemporaryDirectory() as folder:
                for row in _rows(Path(folder), asked, score, repeat, completions, model):
                    records.add({"taste": taste, "repeat": repeat, **row})
    for taste in TASTES:
        print(f"\n**{taste}**\n")
        print_table(
            ("arm", "repeats", *NUMBERS),
            (
                (
                    arm,
                    len(rows),
                    *(shown([row[n] for row in rows if row[n] is not None]) for n in NUMBERS),
                )
                for arm in ARMS
                if (rows := records.where(arm=arm, taste=taste))
            ),
        )


def _rows(
    folder: Path,
    arms: Sequence[str],
    score: Callable[[str], float],
    repeat: int,
    completions: int,
    model: str | None,
) -> list[Row]:
    garden = fl.open_garden(folder / "garden.db")
    sampling = fl.SamplingOptions(max_tokens=MAX_TOKENS)
    parents = Random(repeat).sample([text.content for text in library("imagists").texts], SEEDS)
    seed = 10_000 * repeat

    def by_hand(step: int) -> fl.StoredBrood:
        """Breed a round, mark it, and let what is kept be parents."""
        brood = garden.save(
            fl.breed(
                parents,
                n=OFFSPRING,
                kind="poem",
                seed=seed + 100 * step,
                model=model,
                sampling=sampling,
            )
        )
        order = sorted(brood.offspring, key=lambda text: -score(text.content))
        garden.keep(*order[:KEPT])
        garden.drop(*order[KEPT:])
        parents.extend(text.content for text in order[:KEPT])
        return brood

    for step in range(ROUNDS):
        by_hand(step)
    kept, learned = parents[SEEDS:], garden.taste(model=model)
    rows: list[Row] = []
    for arm in arms:
        row: Row = {"arm": arm, "told": learned.sentence, "may_choose": learned.may_choose}
        if arm == "by hand":
            rounds = range(ROUNDS, ROUNDS + completions // OFFSPRING)
            texts = [text.content for step in rounds for text in by_hand(step).offspring]
            rows.append({**row, **_figures(texts, score, None), "texts": texts})
            continue
        if arm != "words" and not learned.may_choose:
            rows.append({**row, **dict.fromkeys(NUMBERS), "texts": []})
            continue
        run = fl.evolve(
            kept,
            kind="poem",
            measures=("lines", "mean-word-length"),
            quality="distinct-2" if arm == "words" else "taste",
            emitter="best-of-n" if arm == "best of 8" else "near",
            budget=completions,
            seed=repeat,
            model=model,
            garden=garden,
            name=f"{arm} {repeat}".replace(" ", "-"),
            sampling=sampling,
        ).finish()
        bred = [each for step in run.steps[1:] for each in step.texts if each.quality is not None]
        texts = [each.text.content for each in bred]
        qualities = [each.quality or 0.0 for each in bred]
        rows.append({**row, **_figures(texts, score, qualities), "texts": texts})
    garden.close()
    return rows


def _figures(
    texts: Sequence[str], score: Callable[[str], float], qualities: Sequence[float] | None
) -> Row:
    hidden = [score(text) for text in texts]
    best = sorted(hidden)[-OFFSPRING:]
    found: Row = {"all": mean(hidden), "best": mean(best), "called best": mean(best), "right": None}
    if qualities is not None:
        order = sorted(range(len(texts)), key=lambda at: -qualities[at])[:OFFSPRING]
        found["called best"] = mean(hidden[at] for at in order)
        told_apart = [
            (hidden[a] - hidden[b]) * (qualities[a] - qualities[b]) > 0
            for a, b in combinations(range(len(texts)), 2)
            if abs(hidden[a] - hidden[b]) > APART
        ]
        found["right"] = mean(told_apart) if told_apart else None
    return found
