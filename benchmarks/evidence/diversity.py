"""How much an offspring surprises a base model that has read others of the same run.

Replayed on the rows of `archive`, `pictures` and `prompts`: of the offspring of a run, eight are
drawn, and seven of them stand in the prompt of their kind, in random order. Counted are the bits a
byte that the eighth then takes, as a_n of Decan (Khoriaty et al. 2026, arXiv:2606.01811), without
its factor for coherence; and beside it what the eighth takes at the beginning of a prompt, which
says how unusual it is by itself. The lower the first beside the second, the more alike they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from statistics import mean
from typing import Final

from archive import ARMS, DOMAINS
from records import RESULTS, Records, print_table, shown

import flourishing as fl
from flourishing.kinds import kind
from flourishing.patterns import Pattern

TOGETHER: Final = 8
DRAWS: Final = 4


def main(budget: str, arms: Sequence[str], model: str | None, *, only_report: bool = False) -> None:
    """Replay what has not been replayed, and report it.

    Args:
        budget: Which rows: "small" or "full".
        arms: The arms; none for all.
        model: The base model; None for the configured one.
        only_report: Whether to compute nothing.
    """
    records = Records(RESULTS / f"diversity-{budget}.jsonl")
    for name in () if only_report else DOMAINS:
        pattern = kind(DOMAINS[name].kind).pattern
        for row in Records(RESULTS / f"{name}-{budget}.jsonl").rows:
            key = {"experiment": name, "arm": row["arm"], "repeat": row["repeat"]}
            if not records.where(**key) and row["arm"] in (arms or ARMS):
                after, alone = surprise(row["texts"], pattern, row["repeat"], model)
                records.add({**key, "after": after, "alone": alone})
    report(records)


def surprise(
    texts: Sequence[str], pattern: Pattern, seed: int, model: str | None
) -> tuple[float, float]:
    """Give the mean bits a byte of one of eight texts after the seven others, and at the beginning.

    Args:
        texts: The offspring of a run.
        pattern: How they stand in a prompt.
        seed: Decides which are drawn.
        model: The base model.
    """
    chance = Random(seed)
    after, alone = [], []
    while len(after) < DRAWS:
        *others, last = chance.sample(texts, TOGETHER)
        with suppress(fl.TextError):  # one of them holds what separates texts
            if last.strip():
                after.append(_bits(pattern.render(others), last, model))
                alone.append(_bits("", last, model))
    return mean(after), mean(alone)


def _bits(prompt: str, text: str, model: str | None) -> float:
    [score] = fl.logprobs(prompt, [text], model=model)
    return -score.logprob / math.log(2) / len(text.encode())


def report(records: Records) -> None:
    """Print the table.

    Args:
        records: The rows.
    """
    print_table(
        ("evolved", "arm", "repeats", "bits a byte after seven others", "at the beginning"),
        (
            (
                name,
                arm,
                len(rows),
                shown([row["after"] for row in rows]),
                shown([row["alone"] for row in rows]),
            )
            for name in DOMAINS
            for arm in ARMS
            if (rows := records.where(experiment=name, arm=arm))
        ),
    )
