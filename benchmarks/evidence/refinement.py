"""E8: does the order of versions in the prompt matter for refinement?

A chain is a line of a shipped poem with 30 % of its letters changed, then 15 %, then none. The
prompt has three whole chains and one that lacks its last version. Arms: worst to best; best to
worst; shuffled; no chains. Counted: the share of words that any shipped text has; the similarity to
the true line; how often the last version was only copied, so that copying cannot win.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from statistics import mean
from typing import Final

from rapidfuzz.distance import Levenshtein
from records import RESULTS, Records, print_table, shown

import flourishing as fl
from flourishing.core.words import words_of
from flourishing.library import library
from flourishing.models import BaseModel, open_model

ARMS: Final = ("ascending", "descending", "shuffled", "no chains")
_CHAINS: Final = 3
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def _noisy(line: str, share: float, random: Random) -> str:
    return "".join(
        random.choice(_LETTERS) if each.isalpha() and random.random() < share else each
        for each in line
    )


def _lines() -> list[str]:
    names = ("imagists", "short-verse")
    lines = [
        line.strip()
        for name in names
        for text in library(name).texts
        for line in text.content.splitlines()
    ]
    return [line for line in dict.fromkeys(lines) if 5 <= len(words_of(line)) <= 9]


async def run(budget: str, arms: Sequence[str], model: str | None) -> None:
    """Refine, and write a row for each line.

    Args:
        budget: "small" for 12 lines, "full" for 60.
        arms: The names of the arms; none for all.
        model: The base model; None for the one that is configured.
    """
    records, base = Records(RESULTS / f"refinement-{budget}.jsonl"), open_model(model)
    lines = _lines()
    known = {word for line in lines for word in words_of(line)}
    for repeat in range(12 if budget == "small" else 60):
        for arm in arms or ARMS:
            if not records.where(arm=arm, repeat=repeat):
                await _one(records, base, lines, known, arm, repeat)


async def _one(
    records: Records, model: BaseModel, lines: list[str], known: set[str], arm: str, repeat: int
) -> None:
    random = Random(repeat)
    true, *others = random.sample(lines, _CHAINS + 1)
    worst, bad = _noisy(true, 0.3, random), _noisy(true, 0.15, random)
    chains = [[_noisy(each, 0.3, random), _noisy(each, 0.15, random), each] for each in others]
    if arm == "descending":
        chains = [chain[::-1] for chain in chains]
    elif arm == "shuffled":
        chains = [random.sample(chain, len(chain)) for chain in chains]
    blocks = [f"line: {a}\nbetter: {b}\nbetter: {c}" for a, b, c in chains if arm != "no chains"]
    prompt = "\n\n".join([*blocks, f"line: {worst}\nbetter: {bad}\nbetter: "])
    found = await fl.aio.base_model(
        prompt.rstrip(" "), responses=4, stop=["\n"], max_tokens=30, seed=repeat, model=model
    )
    texts = [text.strip() for text in ([found] if isinstance(found, str) else found)]
    shares = [mean(word in known for word in words_of(text) or [""]) for text in texts]
    records.add(
        {
            "arm": arm,
            "repeat": repeat,
            "true": true,
            "bad": bad,
            "texts": texts,
            "words": mean(shares),
            "words before": mean(word in known for word in words_of(bad)),
            "likeness": mean(Levenshtein.normalized_similarity(text, true) for text in texts),
            "likeness before": Levenshtein.normalized_similarity(bad, true),
            "unchanged": mean(text == bad for text in texts),
        }
    )
    print(arm, repeat, repr(true), repr(texts[0]), flush=True)


def report(budget: str) -> None:
    """Print the table.

    Args:
        budget: Which rows: "small" or "full".
    """
    records = Records(RESULTS / f"refinement-{budget}.jsonl")
    names = ("words", "words before", "likeness", "likeness before", "unchanged")
    print_table(
        ("order", *names),
        (
            (arm, *(shown([row[name] for row in records.where(arm=arm)]) for name in names))
            for arm in ARMS
        ),
    )


def main(budget: str, arms: Sequence[str], model: str | None, *, only_report: bool) -> None:
    """Run the experiment, and report it.

    Args:
        budget: "small" or "full".
        arms: The names of the arms; none for all.
        model: The base model; None for the one that is configured.
        only_report: Whether nothing is asked of the model.
    """
    if not only_report:
        asyncio.run(run(budget, arms, model))
    report(budget)
