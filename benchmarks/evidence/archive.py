"""E6: quality and diversity by a machine, against baselines at one budget.

Each arm is a run of `fl.evolve` from the same six imagists with the same seed: *near*, *replace*,
*uniform*, *novelty* and *bandit* choose parents from the archive; *fixed* and *shuffled* take the
seeds, *quality* the best hundred of all, *random* any text that came, and *best-of-n* the seeds,
keeping the best of each eight. The measures are the number of lines and the mean length of a word,
and the quality is the share of distinct bigrams.

pyribs is the referee: all texts of a run that were measured are put into its `GridArchive`, of 20
cells by lines alone, and of 10 by 10 by both. Beside the QD scores and the coverages stand the
yield (texts above a bar that all differ), the mean share of words in runs of three that stand in
the seeds (echo), and how many of the completions were flawed or duplicates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import mean
from typing import Any, Final

from records import RESULTS, Records, Row, print_table, shown

import flourishing as fl
from flourishing.core.words import echo
from flourishing.library import library

ARMS: Final = (
    *("near", "fixed", "shuffled", "quality", "random", "novelty", "best-of-n"),
    *("uniform", "replace", "bandit"),
)
BUDGETS: Final = {"small": (64, 2), "full": (300, 5)}
"""Completions of a run, and repeats."""
SEEDS: Final = 6
PARENTS: Final = 3
MAX_TOKENS: Final = 72
AXES: Final = ("lines", "mean-word-length")
QUALITY: Final = "distinct-2"
RANGES: Final = ((0.0, 20.0), (2.0, 7.0))
NUMBERS: Final = ("qd_2d", "coverage_2d", "qd_1d", "coverage_1d", "yield", "echo", "lost")


def main(budget: str, arms: Sequence[str], model: str | None, *, only_report: bool = False) -> None:
    """Run the experiment as far as it has not been run, and report it.

    Args:
        budget: "small" or "full".
        arms: Which arms; none for all.
        model: The base model; None for the configured one.
        only_report: Whether to run nothing.
    """
    completions, repeats = BUDGETS[budget]
    records = Records(RESULTS / f"archive-{budget}.jsonl")
    for repeat in () if only_report else range(repeats):
        for arm in arms or ARMS:
            if not records.where(arm=arm, repeat=repeat):
                records.add({"arm": arm, "repeat": repeat, **run(arm, repeat, completions, model)})
    report(budget)


def run(arm: str, repeat: int, completions: int, model: str | None) -> Row:
    """Run one arm once.

    Args:
        arm: What chooses the parents.
        repeat: The seed of the run, and of the texts that it begins with.
        completions: The budget.
        model: The base model.
    """
    begun = fl.choose(library("imagists").texts, "random", most=SEEDS, seed=repeat)
    evolved = fl.evolve(
        begun,
        measures=AXES,
        quality=QUALITY,
        budget=completions,
        seed=repeat,
        model=model,
        emitter=arm,
        parents=PARENTS,
        sampling=fl.SamplingOptions(max_tokens=MAX_TOKENS),
    ).finish()
    bred = [each for step in evolved.steps[1:] for each in step.texts]
    seeds = [text.content for text in begun]
    measured = [each for each in evolved.texts if each.quality is not None]
    if arm == "best-of-n":  # what it throws away is not kept for the referee either
        measured = [each for each in measured if each.outcome in {"new", "better"}]
    outcomes = Counter(each.outcome for each in bred)
    return {
        **referee(measured),
        "yield": evolved.archive.yield_,
        "echo": mean(echo(each.text.content, seeds) for each in bred) if bred else 0.0,
        "lost": 1 - sum(each.quality is not None for each in bred) / max(1, len(bred)),
        "outcomes": dict(outcomes),
        "busy": evolved.busy,
        "tokens": evolved.tokens,
        "texts": [each.text.content for each in bred],
    }


def referee(measured: Sequence[fl.Evaluated]) -> Row:
    """Have pyribs say what texts are worth together.

    Args:
        measured: The texts, with their measures and their quality.
    """
    from ribs.archives import GridArchive

    found: dict[str, Any] = {}
    for name, dims, ranges in (("1d", (20,), RANGES[:1]), ("2d", (10, 10), RANGES)):
        archive = GridArchive(solution_dim=(), solution_dtype=object, dims=dims, ranges=ranges)
        archive.add(
            [each.text.content for each in measured],
            [each.quality for each in measured],
            [each.measures[: len(dims)] for each in measured],
        )
        found[f"qd_{name}"] = float(archive.stats.qd_score)
        found[f"coverage_{name}"] = float(archive.stats.coverage)
    return found


def report(budget: str) -> None:
    """Print the table.

    Args:
        budget: Which rows: "small" or "full".
    """
    records = Records(RESULTS / f"archive-{budget}.jsonl")
    names = [name for name in ARMS if records.where(arm=name)]
    print_table(
        ("arm", "repeats", *(name.replace("_", " ") for name in NUMBERS)),
        (
            (
                name,
                len(rows := records.where(arm=name)),
                *(shown([row[number] for row in rows]) for number in NUMBERS),
            )
            for name in names
        ),
    )
