"""E1 to E5: what the offspring of bit strings inherit from their parents.

Language model crossover (Meyerson et al. 2023, arXiv:2302.12170) at the size of the model at hand.
Parents stand one a line, and each completion gives the next lines. The model sees nothing but ones
and zeros, so whatever offspring have of their parents comes from the prompt.

- *valid* (E1): by the number of parents, how many offspring are strings of the right length, how
  many are copies of a parent, and how many are valid and new.
- *heritability* (E2): the distance to 111111 of the offspring of its neighbours, and of those of
  000000's.
- *order* (E3): OneMax, ZeroMax and likeness to a hidden string of offspring whose parents ascend,
  descend, or stand at random. A model may like ones, so ZeroMax has to agree.
- *frequency* (E4): how far the probability of a one is from its frequency among the parents, read
  off the model without sampling.
- *evolution* (E5): populations of 30 from near 000000 (or 111111, for ZeroMax), 3 parents, 2
  offspring a completion, the best one kept, tournaments of two; random fitness beside them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from math import exp
from random import Random
from statistics import mean
from typing import Final, TypeAlias

from records import RESULTS, Records, Row, plot, print_table, shown

import flourishing as fl
from flourishing.models import BaseModel, open_model

_SAMPLING: Final = fl.SamplingOptions(temperature=1.0, top_p=0.8, top_k=30, min_p=0.0)
Fitness: TypeAlias = Callable[[str], float]


def ones(bits: str) -> float:
    """Count the ones: OneMax.

    Args:
        bits: The string.
    """
    return float(bits.count("1"))


def zeros(bits: str) -> float:
    """Count the zeros: ZeroMax.

    Args:
        bits: The string.
    """
    return float(bits.count("0"))


def likeness_to(target: str) -> Fitness:
    """Give a fitness that counts the places in which a string is like a hidden one.

    Args:
        target: The hidden string.
    """
    return lambda bits: float(sum(map(str.__eq__, bits, target)))


def _drawn(random: Random, length: int) -> str:
    return "".join(random.choice("01") for _ in range(length))


def _near(bits: str) -> list[str]:
    """Give the strings that differ in one place."""
    return [f"{bits[:at]}{'10'[int(bits[at])]}{bits[at + 1 :]}" for at in range(len(bits))]


async def _offspring(
    parents: Sequence[str], model: BaseModel, *, completions: int, lines: int, seed: int
) -> list[str]:
    """Give the first lines of completions, whatever they are."""
    length = len(parents[0])
    found = await fl.aio.base_model(
        "\n".join(parents) + "\n",
        responses=completions,
        stop=[],
        max_tokens=lines * (length + 1) + 2,
        seed=seed,
        model=model,
        sampling=_SAMPLING,
    )
    texts = [found] if isinstance(found, str) else found
    return [line.strip() for text in texts for line in text.split("\n")[:lines]]


def _valid(texts: Sequence[str], length: int) -> list[str]:
    return [text for text in texts if re.fullmatch(f"[01]{{{length}}}", text)]


async def run(budget: str, arms: Sequence[str], model: str | None) -> None:
    """Run the experiments, and write a row for each repeat.

    Args:
        budget: "small" or "full".
        arms: Which of them; none for all.
        model: The base model; None for the one that is configured.
    """
    records, base = Records(RESULTS / f"crossover-{budget}.jsonl"), open_model(model)
    for name, experiment in _EXPERIMENTS.items():
        if not arms or name in arms:
            await experiment(records, base, budget == "full")


async def _run_valid(records: Records, model: BaseModel, full: bool) -> None:
    for parents in range(1, 6):
        for repeat in range(5 if full else 3):
            asked = {"experiment": "valid", "parents": parents, "repeat": repeat}
            if records.where(**asked):
                continue
            random = Random(repeat)
            chosen = [_drawn(random, 6) for _ in range(parents)]
            texts: list[str] = []
            for at in range(20 if full else 8):
                random.shuffle(chosen)
                texts += await _offspring(chosen, model, completions=1, lines=3, seed=at)
            valid = _valid(texts, 6)
            copies = [text for text in valid if text in chosen]
            new = len(set(valid) - set(chosen))
            counts = {"valid": len(valid), "copies": len(copies), "new": new}
            records.add({**asked, **{name: n / len(texts) for name, n in counts.items()}})
            print(records.rows[-1], flush=True)


async def _run_heritability(records: Records, model: BaseModel, full: bool) -> None:
    for repeat in range(10 if full else 5):
        for target in ("111111", "000000"):
            asked = {"experiment": "heritability", "near": target, "repeat": repeat}
            if records.where(**asked):
                continue
            parents = Random(repeat).sample(_near(target), 3)
            many = 20 if full else 8
            texts = await _offspring(parents, model, completions=many, lines=1, seed=repeat)
            valid = _valid(texts, 6)
            distance = mean(map(zeros, valid)) if valid else None
            records.add({**asked, "distance": distance, "valid": len(valid) / len(texts)})
            print(records.rows[-1], flush=True)


async def _run_order(records: Records, model: BaseModel, full: bool) -> None:
    for repeat in range(100 if full else 12):
        random = Random(repeat)
        parents = [_drawn(random, 10) for _ in range(10)]
        hidden = _drawn(Random(-1 - repeat), 10)
        by = {"OneMax": ones, "ZeroMax": zeros, "hidden": likeness_to(hidden)}
        for fitness, score in by.items():
            for order in ("ascending", "random", "descending"):
                asked = {"experiment": "order", "fitness": fitness, "order": order}
                if records.where(**asked, repeat=repeat):
                    continue
                placed = sorted(parents, key=score, reverse=order == "descending")
                if order == "random":
                    Random(repeat).shuffle(placed)
                texts = await _offspring(placed, model, completions=10, lines=1, seed=repeat)
                scores = list(map(score, _valid(texts, 10)))
                row = {"of parents": mean(map(score, parents)), "valid": len(scores) / len(texts)}
                found = mean(scores) if scores else None
                records.add({**asked, "repeat": repeat, **row, "of offspring": found})
        print(f"order {repeat}", flush=True)


async def _run_frequency(records: Records, model: BaseModel, full: bool) -> None:
    for many in (4, 8, 16, 24, 32, 40):
        for repeat in range(20 if full else 6):
            asked = {"experiment": "frequency", "parents": many, "repeat": repeat}
            if records.where(**asked):
                continue
            random, apart, written = Random(repeat), list[float](), ""
            odds = [random.random() for _ in range(6)]
            parents = ["".join("01"[random.random() < p] for p in odds) for _ in range(many)]
            for at in range(6):
                prompt = "\n".join(parents) + "\n" + written
                scores = await fl.aio.logprobs(prompt, ["0", "1"], model=model)
                zero, one = (exp(score.logprob) for score in scores)
                frequency = mean(parent[at] == "1" for parent in parents)
                apart.append(abs(one / (zero + one) - frequency))
                written += "01"[random.random() < frequency]
            records.add({**asked, "apart": mean(apart)})
            print(records.rows[-1], flush=True)


async def _run_evolution(records: Records, model: BaseModel, full: bool) -> None:
    generations = 10 if full else 6
    arms = ("OneMax", "ZeroMax", "random, from zeros", "random, from ones")
    for repeat in range(10 if full else 2):
        for arm in arms:
            done = records.where(experiment="evolution", arm=arm, repeat=repeat)
            if len(done) > generations:
                continue
            random = Random(repeat)
            score = {"OneMax": ones, "ZeroMax": zeros}.get(arm, lambda _bits: 0.0)
            shown_as = zeros if arm in ("ZeroMax", "random, from ones") else ones
            start = "111111" if shown_as is zeros else "000000"
            people = [random.choice([start, *_near(start)]) for _ in range(30)]
            for generation in range(generations + 1):
                row: Row = {"experiment": "evolution", "arm": arm, "repeat": repeat}
                row |= {"generation": generation, "mean": mean(map(shown_as, people))}
                if generation >= len(done):
                    records.add(row)
                    print(row, flush=True)
                if generation < generations:
                    seed = 1_000 * repeat + 30 * generation
                    people = await _next(people, score, random, model, seed)


async def _next(
    people: list[str], score: Fitness, random: Random, model: BaseModel, seed: int
) -> list[str]:
    children: list[str] = []
    while len(children) < len(people):
        parents = random.sample(people, 3)
        seed += 1
        texts = await _offspring(parents, model, completions=1, lines=2, seed=seed)
        children += _valid(texts, 6)
    both = people + children
    pairs = [random.sample(both, 2) for _ in range(len(people) - 1)]
    return [max(people, key=score), *(max(pair, key=score) for pair in pairs)]


_EXPERIMENTS: Final = {
    "valid": _run_valid,
    "heritability": _run_heritability,
    "order": _run_order,
    "frequency": _run_frequency,
    "evolution": _run_evolution,
}


def report(budget: str) -> None:
    """Print the tables, and draw the plot.

    Args:
        budget: Which rows: "small" or "full".
    """
    records = Records(RESULTS / f"crossover-{budget}.jsonl")

    def cell(value: str, **wanted: object) -> str:
        found = [row[value] for row in records.where(**wanted) if row[value] is not None]
        return shown(found)

    print("\n**E1, by the number of parents**\n")
    shares = ("valid", "copies", "new")
    print_table(
        ("parents", *shares),
        (
            (many, *(cell(each, experiment="valid", parents=many) for each in shares))
            for many in range(1, 6)
        ),
    )
    print("\n**E2, distance to 111111**\n")
    both = ("111111", "000000")
    print_table(
        [f"parents near {near}" for near in both],
        [[cell("distance", experiment="heritability", near=near) for near in both]],
    )
    print("\n**E3, fitness of offspring by the order of their parents**\n")
    orders, value = ("ascending", "random", "descending"), "of offspring"
    print_table(
        ("fitness", *orders, "ascending − descending"),
        (
            (
                name,
                *(cell(value, experiment="order", fitness=name, order=each) for each in orders),
                shown(_paired(records, name)),
            )
            for name in ("OneMax", "ZeroMax", "hidden")
        ),
    )
    print("\n**E4, apart from the parents' frequency, by the number of parents**\n")
    numbers = (4, 8, 16, 24, 32, 40)
    print_table(
        [str(many) for many in numbers],
        [[cell("apart", experiment="frequency", parents=many) for many in numbers]],
    )
    rows = records.where(experiment="evolution")
    curves = {
        arm: [
            [row["mean"] for row in rows if (row["arm"], row["repeat"]) == (arm, repeat)]
            for repeat in sorted({row["repeat"] for row in rows})
        ]
        for arm in sorted({row["arm"] for row in rows})
    }
    if curves:
        print("\n**E5, mean fitness at the beginning and at the end**\n")
        ends = ((arm, [c[0] for c in of], [c[-1] for c in of]) for arm, of in curves.items())
        print_table(("arm", "begin", "end"), ((arm, shown(a), shown(b)) for arm, a, b in ends))
        plot(RESULTS / f"evolution-{budget}.svg", {"E5": curves}, x="generation", first=0)


def _paired(records: Records, fitness: str) -> list[float]:
    """Give the difference between the orders, for each population."""
    rows = {
        (row["order"], row["repeat"]): row["of offspring"]
        for row in records.where(experiment="order", fitness=fitness)
    }
    pairs = [
        (value, rows.get(("descending", repeat)))
        for (order, repeat), value in rows.items()
        if order == "ascending"
    ]
    return [a - b for a, b in pairs if a is not None and b is not None]


def main(budget: str, arms: Sequence[str], model: str | None, *, only_report: bool) -> None:
    """Run the experiments, and report them.

    Args:
        budget: "small" or "full".
        arms: Which of them; none for all.
        model: The base model; None for the one that is configured.
        only_report: Whether nothing is asked of the model.
    """
    if not only_report:
        asyncio.run(run(budget, arms, model))
    report(budget)
