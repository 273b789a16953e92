"""How far a judge agrees with labels, with and without calibration, on texts that ship.

Run `python benchmarks/judge.py`; it prints Markdown tables and asserts nothing. `--model` names
another base model, `--draws` how many draws of examples and texts each row has.

The labels come from what is known of the texts, and from no person:

- *form*: haiku, or another poem; the two differ in their length.
- *water*: whether a word for water stands in the poem.
- *prose*: a fable, or a maxim of one sentence.
- *draft*: a poem as it was published, or a version that was made worse for this project.

Each draw takes as many texts of each answer, 24 at the most, beside the examples. The agreement is
over all draws, before and after each of the two calibrations; its interval counts each text as if
it stood alone. *In order* is the share of pairs
of a text with the first answer and one with another that its probability puts in order, averaged
over the draws. *Over orders* is how far the agreement of one draw moves between orders of the same
examples, as a standard deviation, beside how far it moves between draws of examples.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from statistics import mean, pstdev
from typing import Final

import flourishing as fl
from flourishing.selection.intervals import of_share
from flourishing.selection.judgement import JudgeCheck

MOST: Final = 24
ORDERS: Final = 4
WATER: Final = re.compile(r"\b(water|sea|rain|river|wave|pool|stream|lake|pond|snow|dew)", re.I)


@dataclass(frozen=True)
class Task:
    """A question, and the texts of each answer."""

    name: str
    question: str
    texts: dict[str, list[str]]

    @property
    def judge(self) -> fl.Judge:
        """Give the judge without examples."""
        return fl.Judge(question=self.question, answers=tuple(self.texts))

    def draw(self, seed: int, each: int) -> list[tuple[str, str]]:
        """Draw texts with their labels, as many of each answer, and some more as examples."""
        draw = random.Random(seed)
        many = min(MOST + each, *map(len, self.texts.values()))
        return [
            (text, answer)
            for answer, texts in self.texts.items()
            for text in draw.sample(texts, many)
        ]


def tasks() -> Iterator[Task]:
    """Give the tasks."""

    def shelf(*names: str) -> list[str]:
        return [text.content for name in names for text in fl.library(name).texts]

    poems = shelf("imagists", "short-verse")
    yield Task("form", "Form:", {"haiku": shelf("haiku"), "poem": poems})
    has_water = {True: "yes", False: "no"}
    water: dict[str, list[str]] = {"yes": [], "no": []}
    for poem in [*poems, *shelf("haiku")]:
        water[has_water[WATER.search(poem) is not None]].append(poem)
    yield Task("water", "Is there water in it?", water)
    yield Task("prose", "Kind:", {"fable": shelf("fables"), "maxim": shelf("quotes")})
    chains = fl.library("refinements").chains
    versions = [text.content for chain in chains for text in chain.versions[:-1]]
    best = [chain.best.content for chain in chains]
    yield Task("draft", "Version:", {"published": best, "draft": versions})


def check(task: Task, seed: int, each: int, model: str) -> fl.Judge:
    """Check a judge on one draw."""
    return fl.check_judge(task.judge, task.draw(seed, each), model=model, each=each, seed=seed)


def found_by(judge: fl.Judge) -> JudgeCheck:
    """Give the check of a judge that was checked."""
    assert judge.check is not None
    return judge.check


def row(task: Task, draws: int, each: int, model: str) -> list[object]:
    """Give a line of the table of agreement."""
    checks = [found_by(check(task, seed, each, model)) for seed in range(draws)]
    texts = sum(len(found.right) for found in checks)
    hits = [
        round(sum(getattr(found, way).value * len(found.right) for found in checks))
        for way in ("before", "without_labels", "agreement")
    ]
    before, free, after = (of_share(each, texts) for each in hits)
    answer = task.judge.answers[0]
    shares = [mean(found.bias()[answer][place] for found in checks) for place in range(3)]
    return [
        task.name,
        " / ".join(task.texts),
        f"{draws} × {texts // draws}",
        f"{mean(found.guessing for found in checks):.0%}",
        f"{before.value:.0%} ({before.low:.0%}–{before.high:.0%})",
        f"{free.value:.0%} ({free.low:.0%}–{free.high:.0%})",
        f"{after.value:.0%} ({after.low:.0%}–{after.high:.0%})",
        f"{mean(found.order.value if found.order else 0.5 for found in checks):.2f}",
        f"{shares[1]:.0%} → {shares[2]:.0%} of {shares[0]:.0%}",
        ", ".join(sorted({found.verdict for found in checks})),
    ]


def orders(task: Task, draws: int, each: int, model: str) -> list[object]:
    """Give a line of the table of orders: other orders of the same examples, and their mean."""
    spreads, means, of_mean, firsts = [], [], [], []
    for seed in range(draws):
        judge = check(task, seed, each, model)
        labelled = [pair for pair in task.draw(seed, each) if pair not in judge.examples]
        found = []
        for order in range(ORDERS):
            examples = list(judge.examples)
            random.Random(order).shuffle(examples)
            answers = judge.answers if order % 2 else judge.answers[::-1]
            other = replace(judge, answers=answers, examples=tuple(examples), check=None)
            found.append(found_by(fl.check_judge(other, labelled, model=model)))
        agreements = [each.agreement.value for each in found]
        spreads.append(pstdev(agreements))
        means.append(mean(agreements))
        firsts.append(found_by(judge).agreement.value)
        together = [
            {a: mean(j.probabilities[a] for j in several) for a in judge.answers}
            for several in zip(*(each.judgements for each in found), strict=True)
        ]
        said = [max(shares.items(), key=itemgetter(1))[0] for shares in together]
        of_mean.append(mean(a == b for a, b in zip(said, found[0].right, strict=True)))
    return [
        task.name,
        f"{mean(spreads):.3f}",
        f"{pstdev(firsts):.3f}",
        f"{mean(means):.0%}",
        f"{mean(of_mean):.0%}",
    ]


def print_table(heading: Sequence[str], rows: Iterator[list[object]]) -> None:
    """Print a Markdown table, line by line."""
    print(f"| {' | '.join(heading)} |\n|{'---|' * len(heading)}")
    for cells in rows:
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
    print()


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="local", help="the base model")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--each", type=int, default=4, help="examples of each answer")
    parser.add_argument("--tasks", nargs="+", default=["form", "water", "prose", "draft"])
    parser.add_argument("--orders", action="store_true", help="also compare orders of examples")
    asked = parser.parse_args()
    chosen = [task for task in tasks() if task.name in asked.tasks]
    begun = time.process_time()
    print_table(
        (
            *("task", "answers", "texts", "guessing", "uncalibrated", "on texts without content"),
            *("on labelled texts", "in order", "first answer given", "verdicts"),
        ),
        (row(task, asked.draws, asked.each, asked.model) for task in chosen),
    )
    print(f"{time.process_time() - begun:.0f} s of processor time\n")
    if asked.orders:
        print_table(
            ("task", "between orders", "between draws", "mean of orders", "orders together"),
            (orders(task, asked.draws, asked.each, asked.model) for task in chosen),
        )


if __name__ == "__main__":
    main()
