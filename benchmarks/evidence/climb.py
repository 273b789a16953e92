"""E7: does the loop climb? A simulated breeder with a hidden taste picks what it breeds from.

Each round, 8 offspring are bred; the breeder picks the 3 that its taste likes best among those that
no flaw marks, and they become parents. What an arm does with the flawed, with sampling and with
its parents is the whole difference between the arms:

- *bare*: the model's usual sampling, no flaws, all picks become parents.
- *default*: what a person gets who changes nothing.
- *newest*: the default, with the newest parents alone.
- *fixed*: the default, from the six seeds in every round; its best of N is set beside the others.
- *all fed*: the default, and every offspring becomes a parent.

Counted for all offspring of a round, the flawed ones that are still there included: the mean taste;
the share of words in runs of three that stand in its parents (echo); fresh taste, which is
taste x (1 - echo), as the mean over offspring; how many differ above a bar (Yield); distinct
bigrams. One seed of the experiment gives all arms the same parents.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import mean
from typing import Final

from records import RESULTS, Records, Row, plot, print_table, shown
from tastes import TASTES, different

import flourishing as fl
from flourishing.core.words import distinct_bigrams, echo, words_of
from flourishing.library import library
from flourishing.models import BaseModel, open_model

SEEDS: Final = 6
OFFSPRING: Final = 8
PICKS: Final = 3
BAR: Final = 0.5
NEWEST: Final = 8
MEASURES: Final = ("taste", "fresh", "echo", "distinct", "yield", "flagged")


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to go on from round to round.

    Attributes:
        feeds: Gives the next parents, from the seeds and from what was picked and bred so far.
        sampling: What is said of the sampling; nothing for the kind's own.
        refills: How many more may be asked for in place of flawed ones; None for the default.
        by_flaws: Whether the breeder leaves out what is marked as flawed.
    """

    feeds: Callable[[Sequence[str], Sequence[str], Sequence[str]], Sequence[str]]
    sampling: dict[str, float] = field(default_factory=dict)
    refills: int | None = None
    by_flaws: bool = True


def _picks(seeds: Sequence[str], picked: Sequence[str], _bred: Sequence[str]) -> Sequence[str]:
    return [*seeds, *picked]


def _newest(seeds: Sequence[str], picked: Sequence[str], _bred: Sequence[str]) -> Sequence[str]:
    return [*seeds, *picked][-NEWEST:]


def _fixed(seeds: Sequence[str], _picked: Sequence[str], _bred: Sequence[str]) -> Sequence[str]:
    return seeds


def _all(seeds: Sequence[str], _picked: Sequence[str], bred: Sequence[str]) -> Sequence[str]:
    return [*seeds, *bred]


_BARE: Final[dict[str, float]] = {"dry": 0.0, "min_p": 0.05, "top_n_sigma": 0.0, "xtc": 0.0}
ARMS: Final[dict[str, Arm]] = {
    "bare": Arm(_picks, _BARE, refills=0, by_flaws=False),
    "default": Arm(_picks),
    "newest": Arm(_newest),
    "fixed": Arm(_fixed),
    "all fed": Arm(_all),
}


async def run(budget: str, arms: Sequence[str], model: str | None) -> None:
    """Breed, and write a row for each round.

    Args:
        budget: "small" for 2 repeats of 10 rounds, "full" for 5.
        arms: The names of the arms; none for all.
        model: The base model; None for the one that is configured.
    """
    repeats, rounds = {"small": (2, 10), "full": (5, 10)}[budget]
    records, base = Records(RESULTS / f"climb-{budget}.jsonl"), open_model(model)
    for repeat in range(repeats):
        for name in arms or ARMS:
            for taste in TASTES:
                done = records.where(repeat=repeat, arm=name, taste=taste)
                await _go_on(records, done, (name, taste, repeat), rounds, base)


async def _go_on(
    records: Records,
    done: list[Row],
    asked: tuple[str, str, int],
    rounds: int,
    model: BaseModel,
) -> None:
    name, taste, repeat = asked
    arm, score, rows = ARMS[name], TASTES[taste], list(done)
    shipped = [text.content for text in library("imagists").texts]
    seeds = Random(repeat).sample(shipped, SEEDS)
    for step in range(len(done) + 1, rounds + 1):
        picked = _in_order(pick for row in rows for pick in row["picks"])
        bred = _in_order(text for row in rows for text in row["texts"])
        parents = arm.feeds(seeds, picked, bred)
        brood = await fl.aio.breed(
            parents,
            n=OFFSPRING,
            seed=1_000 * repeat + step,
            refills=arm.refills,
            kind="poem",
            model=model,
            sampling=fl.SamplingOptions.of(None, **arm.sampling),
        )
        row = _row(brood, parents, score, by_flaws=arm.by_flaws)
        rows.append({"arm": name, "taste": taste, "repeat": repeat, "round": step, **row})
        records.add(rows[-1])
        told = " ".join(f"{each} {row['means'][each]:.2f}" for each in MEASURES)
        print(f"{name} {taste} {repeat} {step:2}: {told} {len(parents)} parents", flush=True)


def _in_order(texts: object) -> list[str]:
    return list(dict.fromkeys(texts))  # type: ignore[call-overload]


def _row(
    brood: fl.Brood, parents: Sequence[str], score: Callable[[str], float], *, by_flaws: bool
) -> Row:
    texts = [each.content for each in brood]
    flaws = [[str(flaw.kind) for flaw in each.flaws] for each in brood]
    tastes = [score(text) for text in texts]
    echoes = [echo(text, parents) for text in texts]
    sound = [at for at in range(len(texts)) if not (by_flaws and flaws[at])]
    best = sorted(sound, key=lambda at: -tastes[at])[:PICKS]
    means = {
        "taste": mean(tastes),
        "fresh": mean(each * (1 - part) for each, part in zip(tastes, echoes, strict=True)),
        "echo": mean(echoes),
        "distinct": mean(distinct_bigrams(words_of(text)) for text in texts),
        "yield": different(texts, tastes, BAR),
        "flagged": sum(map(bool, flaws)) / len(flaws),
    }
    return {
        "means": means,
        "tokens": brood.usage.completion,
        "set_aside": len(brood.set_aside),
        "parents": len(brood.parents),
        "picks": [texts[at] for at in best],
        "texts": texts,
        "flaws": flaws,
        "tastes": tastes,
        "echoes": echoes,
    }


def report(budget: str) -> None:
    """Print the tables, and draw the plot.

    Args:
        budget: Which rows: "small" or "full".
    """
    records = Records(RESULTS / f"climb-{budget}.jsonl")
    arms = [name for name in ARMS if records.where(arm=name)]
    rounds = max(row["round"] for row in records.rows)
    repeats = sorted({row["repeat"] for row in records.rows})

    def values(arm: str, taste: str, step: int, measure: str) -> list[float]:
        rows = records.where(arm=arm, taste=taste, round=step)
        return [row["means"][measure] for row in rows]

    for taste in TASTES:
        print(f"\n**{taste}**, rounds 1 and {rounds}\n")
        print_table(
            ("arm", *(f"{each} {step}" for each in MEASURES for step in (1, rounds))),
            (
                (arm, *(shown(values(arm, taste, s, m)) for m in MEASURES for s in (1, rounds)))
                for arm in arms
            ),
        )
    print("\n**The best 3 so far, fresh taste, at the tokens of each arm; fixed beside it**\n")
    print_table(
        ("arm", *TASTES),
        ((arm, *(_beside_fixed(records, arm, taste, repeats) for taste in TASTES)) for arm in arms),
    )
    curves = {
        f"{measure}, {taste}": {
            arm: [
                [row["means"][measure] for row in records.where(arm=arm, taste=taste, repeat=each)]
                for each in repeats
            ]
            for arm in arms
        }
        for taste in TASTES
        for measure in ("fresh", "echo")
    }
    plot(RESULTS / f"climb-{budget}.svg", curves, x="round")


def _beside_fixed(records: Records, arm: str, taste: str, repeats: Sequence[int]) -> str:
    """Give the mean fresh taste of the best 3 of an arm, and of fixed seeds at as many tokens."""
    own, fixed = [], []
    for repeat in repeats:
        rows = records.where(arm=arm, taste=taste, repeat=repeat)
        own.append(_best(rows, sum(row["tokens"] for row in rows)))
        limit = sum(row["tokens"] for row in rows)
        fixed.append(_best(records.where(arm="fixed", taste=taste, repeat=repeat), limit))
    return f"{shown(own)} beside {shown(fixed)}"


def _best(rows: Sequence[Row], tokens: int) -> float:
    found: list[float] = []
    for row in rows:
        if tokens <= 0:
            break
        tokens -= row["tokens"]
        pairs = zip(row["tastes"], row["echoes"], strict=True)
        found += [each * (1 - part) for each, part in pairs]
    best = sorted(found)[-PICKS:]
    return mean(best) if best else 0.0


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
