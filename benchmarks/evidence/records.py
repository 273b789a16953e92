"""Rows of results in a file, their intervals, and their plots."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

RESULTS: Final = Path(__file__).parent / "results"
_RESAMPLES: Final = 10_000

Row: TypeAlias = dict[str, Any]


class Records:
    """The rows of one experiment; a row that was written stays.

    Args:
        path: The file, one JSON object a line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.rows: list[Row] = []
        if path.exists():
            lines = path.read_text("utf-8").splitlines()
            self.rows = [json.loads(line) for line in lines if line.endswith("}")]

    def add(self, row: Row) -> None:
        """Write a row.

        Args:
            row: What was found, with what was asked.
        """
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.rows.append(row)

    def where(self, **wanted: object) -> list[Row]:
        """Give the rows with these values, in their order.

        Args:
            **wanted: Names and values.
        """
        return [row for row in self.rows if all(row.get(k) == v for k, v in wanted.items())]


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """Give the mean and its 95 % interval by the percentile bootstrap.

    Args:
        values: One value for each independent repeat.
        seed: Makes the interval reproducible.
    """
    drawn = np.random.default_rng(seed).choice(np.asarray(values, float), (_RESAMPLES, len(values)))
    low, high = np.quantile(drawn.mean(axis=1), (0.025, 0.975))
    return float(np.mean(values)), float(low), float(high)


def shown(values: Sequence[float]) -> str:
    """Give a mean with its interval as a cell of a table.

    Args:
        values: One value for each independent repeat.
    """
    if not values:
        return "–"
    mean, low, high = interval(values)
    return f"{mean:.2f} ({low:.2f}–{high:.2f})"


def print_table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table.

    Args:
        heading: The names of the columns.
        rows: The cells.
    """
    print(f"| {' | '.join(heading)} |\n|{'---|' * len(heading)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")


def plot(
    path: Path,
    panels: Mapping[str, Mapping[str, Sequence[Sequence[float]]]],
    *,
    x: str,
    first: int = 1,
) -> None:
    """Draw curves with their intervals, a panel for each measure.

    Args:
        path: Where the picture is written; its suffix says its format.
        panels: For each title, for each name of a curve, the repeats, each with one value for
            each step.
        x: What the steps are.
        first: The number of the first step.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "flourishing"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        1, len(panels), figsize=(4 * len(panels), 3.4), layout="constrained", squeeze=False
    )
    for axis, (title, curves) in zip(axes[0], panels.items(), strict=True):
        for name, repeats in curves.items():
            by_step = [interval(step) for step in zip(*repeats, strict=False)]
            steps = range(first, first + len(by_step))
            axis.plot(steps, [mean for mean, _, _ in by_step], label=name, marker=".")
            axis.fill_between(
                steps, [low for _, low, _ in by_step], [high for _, _, high in by_step], alpha=0.12
            )
        axis.set(title=title, xlabel=x)
        axis.spines[["top", "right"]].set_visible(False)
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)
