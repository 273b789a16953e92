"""What a run costs beside its model, and what an archive costs beside pyribs.

Run `python benchmarks/evolution.py [--model MODEL] [--budget N]`. It prints Markdown: the share of
the time that the model was writing in a run with a garden; milliseconds an offspring beyond the
writing; and milliseconds for 100,000 texts put into grids of 100 and 10,000 cells, at once and by
hundreds, ours and pyribs' in turns (the median of five). Needs the extra `dev`, which has pyribs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

import flourishing as fl
from flourishing.evolution.archives import GridArchive

TEXTS: Final = 100_000
ROUNDS: Final = 5
RANGES: Final = [(0.0, 20.0), (2.0, 7.0)]


def runs(model: str, budget: int) -> None:
    """Measure a run in a garden.

    Args:
        model: The base model.
        budget: Completions.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        fl.open_garden(Path(folder, "garden.db")) as garden,
    ):
        run = fl.evolve(
            fl.library("imagists"), budget=budget, seed=1, model=model, garden=garden
        ).finish()
    beside = 1_000 * (run.seconds - run.writing) / run.completions
    print("| model | completions | engine busy | beside the model, ms an offspring |")
    print("|---|---|---|---|")
    print(f"| {model} | {run.completions:,} | {run.busy:.1%} | {max(0.0, beside):.1f} |\n")


def timed(work: Callable[[], object]) -> float:
    """Give the milliseconds that something takes.

    Args:
        work: What is done.
    """
    begun = time.perf_counter()
    work()
    return 1_000 * (time.perf_counter() - begun)


def inserts(bins: int, batch: int) -> tuple[float, float]:
    """Measure putting texts into a grid: ours, and that of pyribs.

    Args:
        bins: Cells along each of two measures.
        batch: How many texts at a time.
    """
    from ribs import archives as ribs

    draw = np.random.default_rng(0)
    texts = np.array([f"text {number}" for number in range(TEXTS)], object)
    quality, measures = draw.random(TEXTS), draw.random((TEXTS, 2)) * [20, 5] + [0, 2]

    def fill(archive: Any) -> None:
        for at in range(0, TEXTS, batch):
            some = slice(at, at + batch)
            archive.add(texts[some], quality[some], measures[some])

    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(timed(lambda: fill(GridArchive(RANGES, bins))))
        referee = ribs.GridArchive(
            solution_dim=(), solution_dtype=object, dims=(bins, bins), ranges=RANGES
        )
        theirs.append(timed(lambda: fill(referee)))  # noqa: B023 - it is called at once
    return median(ours), median(theirs)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="local")
    parser.add_argument("--budget", type=int, default=64)
    asked = parser.parse_args()
    runs(asked.model, asked.budget)
    print("| cells | texts at a time | ours, ms | pyribs, ms | ratio |\n|---|---|---|---|---|")
    for bins in (10, 100):
        for batch in (TEXTS, 100):
            ours, theirs = inserts(bins, batch)
            print(f"| {bins**2:,} | {batch:,} | {ours:.0f} | {theirs:.0f} | {ours / theirs:.2f} |")


main()
