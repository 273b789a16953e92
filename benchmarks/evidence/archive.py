"""E6: quality and diversity by a machine, against baselines at one budget.

Each arm is a run of `fl.evolve` from the same six seeds with the same seed of chance: *near*,
*replace*, *uniform*, *novelty* and *bandit* choose parents from the archive; *fixed* and *shuffled*
take the seeds, *quality* the best hundred of all, *random* any text that came, and *best-of-n* the
seeds, keeping the best of each eight. Poems (`archive`) are measured by their lines and the mean
length of a word, and the quality is the share of distinct bigrams, or what a judge says of their
form (`judged`), which is checked by 40 labelled texts before each run; pictures (`pictures`) by
colourfulness and complexity, and the quality is symmetry; prompts (`prompts`) by their words and
the mean length of a word, and the quality is how likely the model finds the expected answers.

pyribs is the referee: all texts of a run that were measured are put into its `GridArchive`, of 20
cells by the first measure alone, and of 10 by 10 by both. Beside the QD scores and the coverages
stand the yield (texts above a bar that all differ), the mean share of words in runs of three that
stand in the seeds (echo), and how many of the completions were flawed or duplicates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
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
SEEDS: Final = 6
PARENTS: Final = 3
NUMBERS: Final = (
    *("qd_2d", "coverage_2d", "qd_1d", "coverage_1d", "yield", "echo", "lost"),
    *("best", "best_seed"),
)

_SCORES: Final = ("qd_2d", "qd_1d")


@dataclass(frozen=True, slots=True)
class Domain:
    """What is evolved.

    Attributes:
        kind: The kind of text, whose shelf has the seeds.
        shelf: That shelf.
        axes: The two measures.
        quality: The measure by which texts compete, or a file with one.
        ranges: The ranges of the measures in the referee's archives.
        lowest: What the referee takes off the quality, so that it begins at 0.
        budgets: Completions of a run and repeats, by the name of the budget.
        max_tokens: The longest offspring; None for what the kind allows.
        arms: Those that are run where none is named.
    """

    kind: str
    shelf: str
    axes: tuple[str, str]
    quality: str
    ranges: tuple[tuple[float, float], tuple[float, float]]
    budgets: dict[str, tuple[int, int]]
    lowest: float = 0.0
    max_tokens: int | None = None
    arms: Sequence[str] = ARMS


DOMAINS: Final = {
    "archive": Domain(
        kind="poem",
        shelf="imagists",
        axes=("lines", "mean-word-length"),
        quality="distinct-2",
        ranges=((0.0, 20.0), (2.0, 7.0)),
        budgets={"small": (64, 5), "full": (300, 5)},
        max_tokens=72,
    ),
    "judged": Domain(
        kind="poem",
        shelf="imagists",
        axes=("lines", "mean-word-length"),
        quality=str(Path(__file__).parent / "haiku.toml"),
        ranges=((0.0, 20.0), (2.0, 7.0)),
        budgets={"small": (48, 5), "full": (300, 5)},
        max_tokens=72,
        arms=("near", "quality", "random", "novelty", "fixed", "best-of-n"),
    ),
    "pictures": Domain(
        kind="picture",
        shelf="pictures",
        axes=("colourfulness", "complexity"),
        quality="symmetry",
        ranges=((0.0, 109.0), (0.0, 1.0)),
        budgets={"small": (48, 5), "full": (300, 5)},
        arms=("near", "quality", "random", "novelty", "fixed", "best-of-n"),
    ),
    "prompts": Domain(
        kind="prompt",
        shelf="prompts",
        axes=("words", "mean-word-length"),
        quality=str(Path(__file__).parent / "antonyms.toml"),
        ranges=((0.0, 20.0), (2.0, 10.0)),
        budgets={"small": (48, 5), "full": (300, 5)},
        lowest=-10.0,
        arms=("near", "quality", "random", "novelty", "fixed", "best-of-n"),
    ),
}
"""By the name of the experiment."""


def main(
    budget: str,
    arms: Sequence[str],
    model: str | None,
    *,
    only_report: bool = False,
    name: str = "archive",
) -> None:
    """Run the experiment as far as it has not been run, and report it.

    Args:
        budget: "small" or "full".
        arms: Which arms; none for all.
        model: The base model; None for the configured one.
        only_report: Whether to run nothing.
        name: What is evolved, one of `DOMAINS`.
    """
    domain = DOMAINS[name]
    completions, repeats = domain.budgets[budget]
    records = Records(RESULTS / f"{name}-{budget}.jsonl")
    for repeat in () if only_report else range(repeats):
        for arm in arms or domain.arms:
            if not records.where(arm=arm, repeat=repeat):
                found = run(domain, arm, repeat, completions, model)
                records.add({"arm": arm, "repeat": repeat, **found})
    report(records)


def run(domain: Domain, arm: str, repeat: int, completions: int, model: str | None) -> Row:
    """Run one arm once.

    Args:
        domain: What is evolved.
        arm: What chooses the parents.
        repeat: The seed of the run, and of the texts that it begins with.
        completions: The budget.
        model: The base model.
    """
    begun = fl.choose(library(domain.shelf).texts, "random", most=SEEDS, seed=repeat)
    evolved = fl.evolve(
        begun,
        kind=domain.kind,
        measures=domain.axes,
        quality=domain.quality,
        budget=completions,
        seed=repeat,
        model=model,
        emitter=arm,
        parents=PARENTS,
        sampling=fl.SamplingOptions(max_tokens=domain.max_tokens),
    ).finish()
    bred = [each for step in evolved.steps[1:] for each in step.texts]
    seeds = [text.content for text in begun]
    measured = [each for each in evolved.texts if each.quality is not None]
    if arm == "best-of-n":  # what it throws away is not kept for the referee either
        measured = [each for each in measured if each.outcome in {"new", "better"}]
    outcomes = Counter(each.outcome for each in bred)
    return {
        **referee(measured, domain),
        "best": max(each.quality for each in measured if each.quality is not None),
        "best_seed": max(each.quality or domain.lowest for each in evolved.steps[0].texts),
        "yield": evolved.archive.yield_,
        "echo": mean(echo(each.text.content, seeds) for each in bred) if bred else 0.0,
        "lost": 1 - sum(each.quality is not None for each in bred) / max(1, len(bred)),
        "outcomes": dict(outcomes),
        "busy": evolved.busy,
        "tokens": evolved.tokens,
        "texts": [each.text.content for each in bred],
    }


def referee(measured: Sequence[fl.Evaluated], domain: Domain) -> Row:
    """Have pyribs say what texts are worth together.

    Args:
        measured: The texts, with their measures and their quality.
        domain: What was evolved.
    """
    from ribs.archives import GridArchive

    found: dict[str, Any] = {}
    for name, dims in (("1d", (20,)), ("2d", (10, 10))):
        ranges = domain.ranges[: len(dims)]
        archive = GridArchive(solution_dim=(), solution_dtype=object, dims=dims, ranges=ranges)
        archive.add(
            [each.text.content for each in measured],
            [(each.quality or 0.0) - domain.lowest for each in measured],
            [each.measures[: len(dims)] for each in measured],
        )
        found[f"qd_{name}"] = float(archive.stats.qd_score)
        found[f"coverage_{name}"] = float(archive.stats.coverage)
    return found


def report(records: Records) -> None:
    """Print the table.

    Args:
        records: The rows.
    """
    names = [name for name in ARMS if records.where(arm=name)]
    numbers = [each for each in NUMBERS if all(each in row for row in records.rows)]
    print_table(
        ("arm", "repeats", *(name.replace("_", " ") for name in numbers)),
        (
            (
                name,
                len(rows := records.where(arm=name)),
                *(shown([row[number] for row in rows]) for number in numbers),
            )
            for name in names
        ),
    )
    for other in ("fixed", "near"):
        print_table(
            ("arm", "repeats", f"qd 2d less that of {other}", f"qd 1d less that of {other}"),
            (
                (name, len(pairs), *(shown([a[key] - b[key] for a, b in pairs]) for key in _SCORES))
                for name in names
                if name != other and (pairs := _paired(records, name, other))
            ),
        )


def _paired(records: Records, arm: str, other: str) -> list[tuple[Row, Row]]:
    """Give the rows of two arms that began with the same texts."""
    rows = {row["repeat"]: row for row in records.where(arm=other)}
    return [(row, rows[row["repeat"]]) for row in records.where(arm=arm) if row["repeat"] in rows]
