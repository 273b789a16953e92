"""Whether prompts that are bred and chosen by the measure beat their seeds, and those of a person.

Run `python benchmarks/prompts.py`; it prints a Markdown table, row by row, and asserts nothing.
`--task` names a task, `--model` another base model, `--rounds` and `-n` how much is bred, and
`--inputs` on how many inputs of each part a prompt is measured; `--show` shows rounds. `--minutes`
bounds what a task takes: no round begins after that time, so that a round and the table come on top
of it.

The parents of the first round are the best four of the shelf `prompts`, and of each next round the
best four of all that there are by then, the best last. What is best is decided by the training
inputs alone. The table gives the figures on the held-out inputs, which nothing was chosen by: of no
prompt; of the seed, of the hand-written prompt and of the bred one that is best on the training
inputs. The figure is the mean log-probability of a token of the expected answer; *first* is the
share of inputs for which the right answer is likelier than all wrong ones of the task; *written* is
the share to which the model itself answers right.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import flourishing as fl
from flourishing.selection.prompt_task import measure_prompt

_PARENTS: Final = 4
_LEAST: Final = -99.0


def _print_table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    print(f"| {' | '.join(heading)} |\n|{'---|' * len(heading)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)
    print()


class _Training:
    """The figures of prompts on the training inputs, each prompt measured once."""

    def __init__(self, task: fl.PromptTask, model: fl.BaseModel) -> None:
        self._task, self._model = task, model
        self._known: dict[str, float] = {}

    def best(self, prompts: Iterable[str]) -> list[str]:
        """Put prompts in order, the best first."""
        new = [each for each in dict.fromkeys(prompts) if each not in self._known]
        asyncio.run(self._measure(new))
        return sorted(dict.fromkeys(prompts), key=lambda prompt: -self._known[prompt])

    def of(self, prompt: str) -> float:
        return self._known[prompt]

    async def _measure(self, prompts: Sequence[str]) -> None:
        for prompt in prompts:
            found = await measure_prompt(prompt, self._task, self._model, ranked=False)
            # A prompt that gives any answer away is not chosen: it knows less than it seems to.
            known = found.logprob if not found.given_away else None
            self._known[prompt] = _LEAST if known is None else known


def _bred(
    seeds: Sequence[str], training: _Training, asked: argparse.Namespace, model: fl.BaseModel
) -> list[str]:
    there, born = list(seeds), []
    until = time.monotonic() + 60 * asked.minutes
    for number in range(asked.rounds):
        if time.monotonic() > until:
            print(f"only {number} rounds in {asked.minutes:g} minutes", flush=True)
            break
        parents = training.best(there)[:_PARENTS][::-1]
        seed = asked.seed + number
        brood = fl.breed(
            parents, asked.n, kind="prompt", seed=seed, model=model, temperature=asked.temperature
        )
        new = [text.content for text in brood if not text.flaws]
        born += new
        there += new
        if asked.show:
            flaws = Counter(str(text.flaws[0].kind) for text in brood if text.flaws)
            print(f"round {number + 1}: {len(new)} of {asked.n} without a flaw, {dict(flaws)}")
            for prompt in training.best(new)[:5]:
                print(f"  {training.of(prompt):.2f} {prompt}", flush=True)
    return born


def _rows(name: str, asked: argparse.Namespace, model: fl.BaseModel) -> Iterable[Sequence[object]]:
    whole = fl.prompt_task(name)
    # Every second example is held out, so twice as many give so many inputs in each part.
    task = replace(whole, examples=whole.examples[: 2 * asked.inputs])
    training = _Training(task, model)
    seeds = [text.content for text in fl.library("prompts").texts]
    best = {
        "no prompt": "",
        "the best seed": training.best(seeds)[0],
        "the best by hand": training.best(task.by_hand)[0],
    }
    if born := _bred(seeds, training, asked, model):
        best["the best bred"] = training.best(born)[0]
    half = len(task.part("held-out"))
    for what, prompt in best.items():
        (trial,) = fl.measure_prompts([prompt], task, model=model, part="held-out", shown=half)
        figures = trial.figures
        written = sum(each.is_right for each in trial.answers) / half
        known = training.of(training.best([prompt])[0])
        yield (
            name,
            what,
            f"`{prompt}`" if prompt else "",
            f"{known:.2f}",
            f"{figures.logprob or 0:.2f}",
            f"{figures.accuracy or 0:.0%}",
            f"{written:.0%}",
        )


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--task", choices=fl.prompt_tasks(), action="append", help="only this task")
    parser.add_argument("--model", help="the base model; the configured one by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-n", type=int, default=12, help="offspring of a round")
    parser.add_argument("--temperature", type=float, help="that of the kind by default")
    parser.add_argument("--inputs", type=int, default=8, help="inputs of each part")
    parser.add_argument("--minutes", type=float, default=10, help="when no round begins any more")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="show the best of each round")
    asked = parser.parse_args()
    model = fl.open_model(asked.model)
    heading = ("task", "prompt", "its words", "training", "held out", "first", "written")
    _print_table(
        heading,
        (row for name in asked.task or fl.prompt_tasks() for row in _rows(name, asked, model)),
    )


if __name__ == "__main__":
    _main()
