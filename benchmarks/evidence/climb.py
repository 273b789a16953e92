"""E7: does the loop climb? A simulated breeder with a hidden taste picks what it breeds from.

Each round, 8 offspring are bred; the breeder picks the 3 that its taste likes best among those that
no flaw marks, and they become parents. What an arm does with the flawed, with sampling and with
its parents is the whole difference between the arms:

- *bare*: the model's usual sampling, no flaws, all picks become parents.
- *default*: what a person gets who changes nothing, and marks the best last, as they are told.
- *best first*: the default, with the picks of each round in the other order.
- *newest*: the default, with the newest parents alone.
- *fresh*: the default, and after each round, parents that the last two rounds repeat are exchanged
  for poems of the library that are far from the rest, as a key does it.
- *taste*: the default, 32 at a time, of which the breeder sees the 8 that its learned taste finds
  best and that differ, once that taste is probably better than chance; all 8 by lot until then.
- *both*: these two together.
- *fixed*: the default, from the six seeds in every round; its best of N is set beside the others.
- *fixed, 32*: the same with as many offspring as *taste* and *both* have, for their best of N. The
  breeder sees them all.
- *all fed*: the default, and every offspring becomes a parent.

Counted for all offspring of a round that the breeder sees, the flawed ones that are still there
included: the mean taste; the share of words in runs of three that stand in its parents (echo);
fresh taste, which is taste x (1 - echo), as the mean over offspring; how many differ above a bar
(Yield); distinct bigrams. One seed of the experiment gives all arms the same parents.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import mean
from typing import Final

import numpy as np
from numpy.typing import NDArray
from records import RESULTS, Records, Row, plot, print_table, shown
from tastes import TASTES, different

import flourishing as fl
from flourishing.app.fresh_parents import BROODS, ECHOED
from flourishing.core.words import distinct_bigrams, echo, words_of
from flourishing.library import library
from flourishing.models import BaseModel, open_model
from flourishing.selection import Marks, Taste, diverse, shown_first

SEEDS: Final = 6
OFFSPRING: Final = 8
PICKS: Final = 3
BAR: Final = 0.5
MANY: Final = 32
NEWEST: Final = 8
CANDIDATES: Final = 40
TOGETHER: Final = 3
"""So many rounds are taken together, as one round of 8 varies much."""
MEASURES: Final = ("taste", "fresh", "echo", "distinct", "yield", "flagged")


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to go on from round to round.

    Attributes:
        feeds: Gives the next parents, from those of the round, its picks and all that was seen.
        sampling: What is said of the sampling; nothing for the kind's own.
        refills: How many more may be asked for in place of flawed ones; None for the default.
        by_flaws: Whether the breeder leaves out what is marked as flawed.
        fresh: Whether parents that are repeated are exchanged.
        taste: Whether a learned taste chooses what the breeder sees.
        n: How many offspring are bred in a round.
    """

    feeds: Callable[[Sequence[str], Sequence[str], Sequence[str]], Sequence[str]]
    sampling: dict[str, float] = field(default_factory=dict)
    refills: int | None = None
    by_flaws: bool = True
    fresh: bool = False
    taste: bool = False
    n: int = OFFSPRING


def _picks(parents: Sequence[str], picks: Sequence[str], _seen: Sequence[str]) -> Sequence[str]:
    return [*parents, *reversed(picks)]


def _best_first(
    parents: Sequence[str], picks: Sequence[str], _seen: Sequence[str]
) -> Sequence[str]:
    return [*parents, *picks]


def _newest(parents: Sequence[str], picks: Sequence[str], seen: Sequence[str]) -> Sequence[str]:
    return _picks(parents, picks, seen)[-NEWEST:]


def _fixed(parents: Sequence[str], _picks: Sequence[str], _seen: Sequence[str]) -> Sequence[str]:
    return parents


def _all(parents: Sequence[str], _picks: Sequence[str], seen: Sequence[str]) -> Sequence[str]:
    return [*parents, *seen]


Bred = dict[tuple[int | str, ...], fl.Brood]
"""Broods by their round and parents, since those of fixed seeds are the same for each taste."""

_BARE: Final[dict[str, float]] = {"dry": 0.0, "min_p": 0.05, "top_n_sigma": 0.0, "xtc": 0.0}
ARMS: Final[dict[str, Arm]] = {
    "bare": Arm(_picks, _BARE, refills=0, by_flaws=False),
    "default": Arm(_picks),
    "best first": Arm(_best_first),
    "fresh": Arm(_picks, fresh=True),
    "taste": Arm(_picks, taste=True, n=MANY),
    "both": Arm(_picks, fresh=True, taste=True, n=MANY),
    "newest": Arm(_newest),
    "fixed": Arm(_fixed),
    "fixed, 32": Arm(_fixed, n=MANY),
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
            bred: Bred = {}
            for taste in TASTES:
                done = records.where(repeat=repeat, arm=name, taste=taste)
                await _go_on(records, done, (name, taste, repeat), rounds, base, bred)


async def _go_on(
    records: Records,
    done: list[Row],
    asked: tuple[str, str, int],
    rounds: int,
    model: BaseModel,
    bred: Bred,
) -> None:
    name, taste, repeat = asked
    arm, score, rows = ARMS[name], TASTES[taste], list(done)
    vectors = Vectors(model)
    parents = done[-1]["next"] if done else Random(repeat).sample(vectors.shipped, SEEDS)
    lately: list[tuple[Sequence[str], Sequence[str]]] = []
    for step in range(len(done) + 1, rounds + 1):
        prompt = (step, *parents)
        bred[prompt] = brood = bred.get(prompt) or await fl.aio.breed(
            parents,
            n=arm.n,
            seed=10_000 * repeat + 100 * step,  # each offspring has the next one, refills too
            refills=arm.refills,
            kind="poem",
            model=model,
            sampling=fl.SamplingOptions.of(None, **arm.sampling),
        )
        seen, told = list(brood), None
        if arm.taste:
            seen, told = await _shown(brood, rows, vectors, step)
        row = _row(brood, seen, parents, score, by_flaws=arm.by_flaws)
        following = _in_order(arm.feeds(parents, row["picks"], row["texts"]))
        if arm.fresh:
            lately.append((parents, row["texts"]))
            following = await _exchanged(following, lately[-BROODS:], vectors, step)
        asked_for = {"arm": name, "taste": taste, "repeat": repeat, "round": step}
        rows.append({**asked_for, **row, "next": following, "learned": told})
        records.add(rows[-1])
        words = " ".join(f"{each} {row['means'][each]:.2f}" for each in MEASURES)
        print(f"{name} {taste} {repeat} {step:2}: {words} {len(parents)} parents", flush=True)
        parents = following


class Vectors:
    """Embeddings by the base model itself, of texts that may come again.

    Args:
        model: The base model.
    """

    def __init__(self, model: BaseModel) -> None:
        self._model = model
        self._known: dict[str, NDArray[np.float32]] = {}
        self.shipped = [text.content for text in library("imagists").texts]

    async def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give one row for each text.

        Args:
            texts: Their contents.
        """
        new = _in_order(text for text in texts if text not in self._known)
        if new:
            rows = await fl.aio.embed(new, model=self._model)
            self._known.update(zip(new, rows, strict=True))
        return np.array([self._known[text] for text in texts])


async def _shown(
    brood: fl.Brood, rows: Sequence[Row], vectors: Vectors, step: int
) -> tuple[list[fl.Offspring], str]:
    """Give the offspring that the breeder sees, and what is said of the taste that chose them."""
    sound = [each for each in brood if not each.flaws] or list(brood)
    there = await vectors.of([each.content for each in sound])
    seen = _in_order(text for row in rows for text in row["texts"])
    picked = {text for row in rows for text in row["picks"]}
    scores = np.zeros(len(sound))
    told = "nothing was seen"
    if seen:
        marks = Marks(
            kept=[at for at, text in enumerate(seen) if text in picked],
            dropped=[at for at, text in enumerate(seen) if text not in picked],
        )
        taste = Taste.learn(await vectors.of(seen), marks)
        told = taste.sentence
        if taste.may_choose:
            scores = taste.score(there)
    if not scores.any():
        return Random(step).sample(sound, min(OFFSPRING, len(sound))), told
    return [sound[at] for at in shown_first(scores, there, OFFSPRING, seed=step)], told


async def _exchanged(
    parents: list[str],
    lately: Sequence[tuple[Sequence[str], Sequence[str]]],
    vectors: Vectors,
    step: int,
) -> list[str]:
    """Exchange the parents that are repeated, at most half, as `app.fresh_parents` does."""
    shares = []
    for parent in parents:
        bred = [text for those, texts in lately if parent in those for text in texts]
        shares.append(mean(echo(text, [parent]) for text in bred) if bred else 0.0)
    order = sorted(range(len(parents)), key=lambda at: -shares[at])
    gone = [at for at in order if shares[at] >= ECHOED][: len(parents) // 2]
    stay = [parent for at, parent in enumerate(parents) if at not in gone]
    others = [text for text in vectors.shipped if text not in parents]
    some = Random(step).sample(others, min(CANDIDATES, len(others)))
    if not gone or not some:
        return parents
    beside = await vectors.of(stay)
    chosen = diverse(await vectors.of(some), len(gone), beside=beside)
    return [*(some[at] for at in chosen), *stay]


def _in_order(texts: object) -> list[str]:
    return list(dict.fromkeys(texts))  # type: ignore[call-overload]


def _row(
    brood: fl.Brood,
    seen: Sequence[fl.Offspring],
    parents: Sequence[str],
    score: Callable[[str], float],
    *,
    by_flaws: bool,
) -> Row:
    texts = [each.content for each in seen]
    flaws = [[str(flaw.kind) for flaw in each.flaws] for each in seen]
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

    first, last = range(1, TOGETHER + 1), range(rounds - TOGETHER + 1, rounds + 1)

    def found(arm: str, taste: str, measure: str, steps: Sequence[int]) -> dict[int, float]:
        """Give the mean over some rounds, by the repeats that came so far."""
        whole = {}
        for each in repeats:
            rows = [
                row
                for row in records.where(arm=arm, taste=taste, repeat=each)
                if row["round"] in steps
            ]
            if len(rows) == len(steps):
                whole[each] = mean(row["means"][measure] for row in rows)
        return whole

    def less(one: dict[int, float], other: dict[int, float]) -> str:
        """Give the difference of the repeats that both have."""
        both = [one[each] - other[each] for each in one if each in other]
        return shown(both) if both else ""

    rows = []
    for taste in TASTES:
        for arm in arms:
            early, late = (found(arm, taste, "fresh", steps) for steps in (first, last))
            rest = (
                found(arm, taste, each, last).values() for each in ("echo", "distinct", "yield")
            )
            if late:
                told = [shown(list(early.values())), shown(list(late.values()))]
                rows.append((taste, arm, len(late), *told, *(f"{mean(each):.2f}" for each in rest)))
    print(f"\n**Fresh taste, rounds 1 to {TOGETHER} and the last {TOGETHER}**\n")
    print_table(("taste", "arm", "repeats", "first", "last", "echo", "distinct", "yield"), rows)

    print("\n**Of the same repeats, fresh taste**\n")
    rows, apart = [], {arm: list[float]() for arm in arms}
    for taste in TASTES:
        fixed, usual = (found(arm, taste, "fresh", last) for arm in ("fixed", "default"))
        for arm in arms:
            late = found(arm, taste, "fresh", last)
            ends = (found(arm, taste, "fresh", (step,)) for step in (rounds, 1))
            rise = less(late, found(arm, taste, "fresh", first))
            if late and arm != "fixed":
                compared = (less(late, fixed), less(late, usual), rise, less(*ends))
                rows.append((taste, arm, *compared))
            apart[arm] += [late[each] - usual[each] for each in late if each in usual]
    heads = ("last, less fixed", "last, less default", "last less first", "10 less 1")
    print_table(("taste", "arm", *heads), rows)
    print("\n**The last, less default, of all tastes together**\n")
    print_table(
        ("arm", "runs", "last, less default"),
        ((arm, len(each), shown(each)) for arm, each in apart.items() if each),
    )
    print("\n**The best 3 so far, fresh taste, at the tokens of each arm; fixed beside it**\n")
    print_table(
        ("arm", *TASTES),
        ((arm, *(_beside_fixed(records, arm, taste, repeats) for taste in TASTES)) for arm in arms),
    )
    curves = {
        f"{measure}, {taste}": {
            arm: [
                [row["means"][measure] for row in rows]
                for each in repeats
                if len(rows := records.where(arm=arm, taste=taste, repeat=each)) == rounds
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
    like = "fixed" if ARMS[arm].n == OFFSPRING else "fixed, 32"
    for repeat in repeats:
        rows = records.where(arm=arm, taste=taste, repeat=repeat)
        beside = records.where(arm=like, taste=taste, repeat=repeat)
        if len(rows) < len(beside) or not beside:
            continue
        own.append(_best(rows, sum(row["tokens"] for row in rows)))
        limit = sum(row["tokens"] for row in rows)
        fixed.append(_best(beside, limit))
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
