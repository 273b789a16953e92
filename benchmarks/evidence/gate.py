"""From when on may a learned taste choose what is shown? Replayed on the rows of `climb`.

After each round of the arm *default*, a taste is learned from all that the simulated breeder saw
and picked until then, and orders the next round's offspring, which it has not seen. Counted: the
share of pairs of these that stand in the order of the hidden taste, and how far the mean fresh
taste of the better half by the learned one lies above that of all. A rule says in which rounds the
learned taste would have chosen; in the others there is no gain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import combinations
from statistics import mean
from typing import Final

import numpy as np
from climb import Vectors
from records import RESULTS, Records, Row, print_table, shown

from flourishing.models import open_model
from flourishing.selection import Marks, Taste

RULES: Final[dict[str, Callable[[Taste], bool]]] = {
    "surely better than chance": lambda taste: taste.can_tell,
    "probably better, four to one": lambda taste: taste.may_choose,
    "always, from ten marks on": lambda _: True,
}


async def run(budget: str, _arms: Sequence[str], model: str | None) -> None:
    """Replay, and write a row for each round.

    Args:
        budget: Which rows of `climb`: "small" or "full".
        model: The base model; None for the one that is configured.
    """
    records = Records(RESULTS / f"gate-{budget}.jsonl")
    bred = Records(RESULTS / f"climb-{budget}.jsonl").where(arm="default")
    vectors = Vectors(open_model(model))
    for taste, repeat in dict.fromkeys((row["taste"], row["repeat"]) for row in bred):
        rounds = [row for row in bred if (row["taste"], row["repeat"]) == (taste, repeat)]
        rounds.sort(key=lambda row: int(row["round"]))
        for at in range(2, len(rounds)):  # ten marks and more
            asked = {"taste": taste, "repeat": repeat, "round": at + 1}
            if not records.where(**asked):
                records.add(asked | await _replayed(rounds[:at], rounds[at], vectors))


async def _replayed(before: Sequence[Row], following: Row, vectors: Vectors) -> Row:
    seen = list(dict.fromkeys(text for row in before for text in row["texts"]))
    picked = {text for row in before for text in row["picks"]}
    marks = Marks(
        kept=[at for at, text in enumerate(seen) if text in picked],
        dropped=[at for at, text in enumerate(seen) if text not in picked],
    )
    taste = Taste.learn(await vectors.of(seen), marks)
    scores = taste.score(await vectors.of(following["texts"]))
    fresh = np.array(following["tastes"]) * (1 - np.array(following["echoes"]))
    better = np.argsort(-scores)[: len(scores) // 2]
    pairs = [
        float((scores[one] > scores[other]) == (fresh[one] > fresh[other]))
        for one, other in combinations(range(len(scores)), 2)
        if fresh[one] != fresh[other]
    ]
    return {
        "rules": [name for name, may in RULES.items() if may(taste)],
        "accuracy": None if taste.accuracy is None else taste.accuracy.value,
        "in_order": mean(pairs) if pairs else None,
        "gain": float(fresh[better].mean() - fresh.mean()),
    }


def report(budget: str) -> None:
    """Print the table.

    Args:
        budget: Which rows: "small" or "full".
    """
    rows = Records(RESULTS / f"gate-{budget}.jsonl").rows
    runs = list(dict.fromkeys((row["taste"], row["repeat"]) for row in rows))
    table = []
    for rule in RULES:
        chosen = [row for row in rows if rule in row["rules"]]
        ordered = [row["in_order"] for row in chosen if row["in_order"] is not None]
        gains = [
            mean(
                row["gain"] if rule in row["rules"] else 0.0
                for row in rows
                if (row["taste"], row["repeat"]) == run
            )
            for run in runs
        ]
        table.append((rule, f"{len(chosen)} of {len(rows)}", f"{mean(ordered):.2f}", shown(gains)))
    print_table(
        ("the taste chooses where it is", "rounds", "pairs in order", "gain a round"), table
    )


def main(budget: str, arms: Sequence[str], model: str | None, *, only_report: bool = False) -> None:
    """Replay, and report.

    Args:
        budget: Which rows of `climb`: "small" or "full".
        arms: Unused.
        model: The base model; None for the one that is configured.
        only_report: Whether to report what is there alone.
    """
    if not only_report:
        asyncio.run(run(budget, arms, model))
    report(budget)
