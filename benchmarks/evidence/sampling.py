"""Which sampling gives the most offspring that are distinct and that no flaw marks, over rounds?

For each kind, six texts of its collection are parents; each round, 8 offspring are bred, none in
place of the flawed, and two of the unflagged ones, drawn at random, become parents too. An
offspring counts if no flaw marks it and nothing that came before it reads the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from statistics import mean
from typing import Final

from records import RESULTS, Records, Row, print_table, shown

import flourishing as fl
from flourishing.core.words import distinct_bigrams, echo, words_of
from flourishing.kinds import kind as find_kind
from flourishing.library import library
from flourishing.models import BaseModel, open_model

KINDS: Final = (
    *("poem", "haiku", "quote", "story", "sentence", "word", "analogy"),
    *("palindrome", "prompt", "picture", "animation", "sound"),
)
_OFF: Final = {"temperature": 1.0, "min_p": 0.05, "top_n_sigma": 0.0, "dry": 0.0, "xtc": 0.0}
ARMS: Final[dict[str, dict[str, float]]] = {
    "min_p .05": {},
    "dry 0.5": {"dry": 0.5},
    "dry 1": {"dry": 1.0},
    "dry 2": {"dry": 2.0},
    "top_n_sigma 1": {"top_n_sigma": 1.0, "min_p": 0.0},
    "top_n_sigma 1, dry 1": {"top_n_sigma": 1.0, "min_p": 0.0, "dry": 1.0},
    "xtc .3": {"xtc": 0.3},
    "temperature .8": {"temperature": 0.8},
    "temperature 1.2": {"temperature": 1.2},
}
_PARENTS: Final = 6
_PICKS: Final = 2


async def run(budget: str, arms: Sequence[str], model: str | None) -> None:
    """Breed, and write a row for each round.

    Args:
        budget: "small" for one repeat of 4 rounds, "full" for 5 of 6.
        arms: The names of the arms; none for all.
        model: The base model; None for the one that is configured.
    """
    repeats, rounds = {"small": (1, 4), "full": (5, 6)}[budget]
    records, base = Records(RESULTS / f"sampling-{budget}.jsonl"), open_model(model)
    for repeat in range(repeats):
        for kind in KINDS:
            for arm in arms or ARMS:
                done = records.where(repeat=repeat, kind=kind, arm=arm)
                await _go_on(records, done, (kind, arm, repeat), rounds, base)


async def _go_on(
    records: Records,
    done: list[Row],
    asked: tuple[str, str, int],
    rounds: int,
    model: BaseModel,
) -> None:
    kind, arm, repeat = asked
    shipped = [text.content for text in library(find_kind(kind).library).texts]
    parents = Random(repeat).sample(shipped, _PARENTS)
    seen = {text for row in done for text in row["texts"]}
    parents += [text for row in done for text in row["picks"]]
    for step in range(len(done) + 1, rounds + 1):
        brood = await fl.aio.breed(
            parents,
            n=8,
            seed=10_000 * repeat + 100 * step,  # each offspring has the next one
            refills=0,
            kind=kind,
            model=model,
            sampling=fl.SamplingOptions.of(None, **_OFF | ARMS[arm]),
        )
        sound = [each.content for each in brood if not each.flaws]
        new = [text for text in dict.fromkeys(sound) if text not in seen]
        seen.update(new)
        picks = Random(step).sample(new, min(_PICKS, len(new)))
        texts = [each.content for each in brood]
        row = {
            "kind": kind,
            "arm": arm,
            "repeat": repeat,
            "round": step,
            "new": len(new),
            "echo": mean(echo(text, parents) for text in texts),
            "distinct": mean(distinct_bigrams(words_of(text)) for text in texts),
            "tokens": brood.usage.completion,
            "picks": picks,
            "texts": texts,
            "flaws": [[str(flaw.kind) for flaw in each.flaws] for each in brood],
        }
        records.add(row)
        print(f"{kind} {arm} {repeat} {step}: {len(new)} new", flush=True)
        parents = [*parents, *picks]


def report(budget: str) -> None:
    """Print how many of 8 offspring were distinct and unflagged, in all rounds together.

    Args:
        budget: Which rows: "small" or "full".
    """
    records = Records(RESULTS / f"sampling-{budget}.jsonl")
    print_table(
        ("kind", *ARMS),
        (
            (kind, *(shown([row["new"] for row in records.where(kind=kind, arm=a)]) for a in ARMS))
            for kind in KINDS
        ),
    )


def main(budget: str, arms: Sequence[str], model: str | None, *, only_report: bool) -> None:
    """Run the experiment, and report it.

    Args:
        budget: "small" or "full".
        arms: The names of the arms; none for all.
        model: The base model; None for the one that is configured.
        only_report: Whether nothing is bred.
    """
    if not only_report:
        asyncio.run(run(budget, arms, model))
    report(budget)
