"""Trying prompts: figures beside what a model answers; a bred prompt beats its seeds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest

import flourishing as fl
from flourishing.app.prompting import MeasuredPrompts, PromptAnswer, PromptBesideParents
from flourishing.errors import InputError
from flourishing.models import BaseModel
from flourishing.selection.prompt_task import Part


def test_a_trial_has_figures_and_answers() -> None:
    first, second = fl.measure_prompts(
        ["The opposite of {input} is", fl.Text("not {input} but")], "antonyms", model="echo"
    )
    assert first.prompt == "The opposite of {input} is"
    assert first.figures.logprob is not None
    assert first.figures.logprob < 0
    assert [each.input for each in first.answers] == ["hot", "big", "open"]
    assert second.prompt == "not {input} but"


def test_the_same_comes_again_and_to_asynchronous_callers() -> None:
    plain = fl.measure_prompts([""], "plurals", model="echo", shown=1)
    awaited = asyncio.run(fl.aio.measure_prompts([""], "plurals", model="echo", shown=1))
    assert plain == awaited


def test_held_out_inputs_are_shown_where_they_are_asked_for() -> None:
    (trial,) = fl.measure_prompts(["{input}"], "antonyms", model="echo", part="held-out", shown=2)
    assert [each.input for each in trial.answers] == ["up", "wet"]
    assert trial.figures.part == "held-out"


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("cold", True),
        ("Cold, and so on", True),
        ("“cold”", True),
        ("colder", False),
        ("not cold", False),
        ("", False),
    ],
)
def test_an_answer_is_right_that_begins_with_the_expected_words(answer: str, right: bool) -> None:
    assert PromptAnswer("hot", answer, ("cold", "ice")).is_right is right


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(InputError, match="no part 'all'"):
        fl.measure_prompts(["{input}"], "antonyms", model="echo", part="all")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="for 51 inputs"):
        fl.measure_prompts(["{input}"], "antonyms", model="echo", shown=51)
    with pytest.raises(InputError, match="single text"):
        fl.measure_prompts("{input}", "antonyms", model="echo")
    with pytest.raises(InputError, match="Prompt 2"):
        fl.measure_prompts(["{input}", 3], "antonyms", model="echo")  # type: ignore[list-item]


class Counting(BaseModel):
    """The echo model, which remembers for which prompts it gave log-probabilities."""

    name = "counting"

    def __init__(self) -> None:
        self.echo = fl.open_model("echo")
        self.scored: list[str] = []

    def complete(self, prompt: str, **asked: Any) -> AsyncGenerator[fl.Event]:
        return self.echo.complete(prompt, **asked)

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[fl.Score, ...]:
        self.scored.append(prompt)
        return await self.echo.logprobs(prompt, continuations)


def test_parents_are_measured_once_for_all_of_their_offspring() -> None:
    model, measured = Counting(), MeasuredPrompts()
    task = fl.PromptTask(examples=[("hot", "cold"), ("up", "down")])
    brood = fl.breed(["not {input} but", "no {input} is"], 2, kind="prompt", model="echo", seed=1)

    async def both() -> list[PromptBesideParents]:
        asked = (measured.beside_parents(text, task, model) for text in brood)
        return await asyncio.gather(*asked)

    first, second = asyncio.run(both())
    assert first.parents == second.parents
    assert [each.prompt for each in first.parents] == ["not {input} but", "no {input} is"]
    assert len(model.scored) == 4
    best = max(each.logprob or 0 for each in first.parents)
    assert first.gain == pytest.approx((first.trial.figures.logprob or 0) - best)


@pytest.mark.slow
@pytest.mark.engine
def test_a_hand_written_prompt_is_far_better_than_none(local: BaseModel) -> None:
    task = fl.PromptTask(examples=fl.prompt_task("antonyms").examples[:8])
    nothing, asked = fl.measure_prompts(
        ["", "The opposite of {input} is"], task, model=local, shown=1
    )
    assert asked.figures.logprob is not None
    assert nothing.figures.logprob is not None
    assert asked.figures.logprob > nothing.figures.logprob + 1
    assert asked.answers[0].is_right


@pytest.mark.engine
@pytest.mark.slow  # some two hundred inputs are scored
def test_a_prompt_is_bred_that_beats_its_seeds_on_inputs_that_nothing_was_chosen_by(
    local: BaseModel,
) -> None:
    task = fl.PromptTask(examples=fl.prompt_task("antonyms").examples[:16])
    seeds = [
        "If it is not {input}, it must be",
        "What is to {input} as night is to day? It is",
        "The opposite of {input} is",
        "north and south, {input} and",
    ]

    def figures(prompts: list[str], part: Part = "training") -> dict[str, float]:
        trials = fl.measure_prompts(prompts, task, model=local, shown=0, part=part)
        return {each.prompt: each.figures.logprob or -99 for each in trials}

    brood = fl.breed(seeds, 12, kind="prompt", seed=1, model=local)
    training = figures([text.content for text in brood if not text.flaws])
    best = max(training, key=lambda prompt: training[prompt])
    assert best not in seeds
    held_out = figures([best, *seeds], "held-out")
    assert held_out[best] == max(held_out.values())
