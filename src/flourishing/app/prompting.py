"""Trying prompts: what a model answers to them, and how likely it finds what is expected.

The measure is `selection.prompt_task.measure_prompt`; here it stands beside what the model really
writes, for several prompts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flourishing.app.complete import complete
from flourishing.arguments import as_list, as_whole, as_words
from flourishing.core.sampling import SamplingOptions
from flourishing.core.text import Text, require_unicode
from flourishing.errors import InputError
from flourishing.models import BaseModel, open_model
from flourishing.models.cost import Budget, metered
from flourishing.selection.prompt_task import (
    Part,
    PromptFigures,
    PromptTask,
    TaskExample,
    ask,
    measure_prompt,
    prompt_task,
)
from flourishing.sync import side_by_side

SHOWN: Final = 3
"""On how many inputs a prompt is shown where nobody says otherwise."""
MOST_SHOWN: Final = 50
"""The most inputs on which a prompt is shown."""
_ANSWER_TOKENS: Final = 16
_AROUND: Final = ' \t"“”‘'
"""What may stand around an answer."""


@dataclass(frozen=True, slots=True)
class PromptAnswer:
    """What a model answers to a prompt on one input.

    Attributes:
        input: The input.
        answer: What the model wrote, up to the end of the line, each time the likeliest token.
        expected: The answers that are right.
    """

    input: str
    answer: str
    expected: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether it begins with one of the expected answers, in any case, as whole words."""
        written = self.answer.strip(_AROUND).casefold() + " "
        begun = [word.casefold() for word in self.expected if written.startswith(word.casefold())]
        return any(not written[len(word)].isalnum() for word in begun)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTrial:
    """A prompt with its figures, and what a model answers to it on a few inputs.

    Attributes:
        figures: How likely the expected answers are.
        answers: What the model answers, for as many inputs as were asked for.
    """

    figures: PromptFigures
    answers: tuple[PromptAnswer, ...]

    @property
    def prompt(self) -> str:
        """The prompt."""
        return self.figures.prompt

    def as_dict(self) -> dict[str, object]:
        """Give all of it as plain data for JSON."""
        return {
            **self.figures.as_dict(),
            "answers": [
                {
                    "input": each.input,
                    "answer": each.answer,
                    "expected": list(each.expected),
                    "right": each.is_right,
                }
                for each in self.answers
            ],
        }


async def measure_prompts(
    prompts: Iterable[str | Text],
    task: str | Path | PromptTask,
    *,
    model: str | BaseModel | None = None,
    part: Part = "training",
    shown: int = SHOWN,
    budget: Budget | None = None,
) -> tuple[PromptTrial, ...]:
    """Measure prompts by the answers that are expected, and show what a model answers.

    Args:
        prompts: The prompts, any number; "" stands for no prompt. `{input}` in one is where the
            input stands; where it is not, the input follows the prompt.
        task: The task, its name, such as "antonyms", or the path of its file.
        model: The base model, by its name or itself; None for the one that is configured.
        part: Which examples are looked at: "training", by which prompts are chosen, or "held-out",
            which are for comparing what was chosen.
        shown: On how many of these inputs an answer is written, from 0 to 50; by default 3.
        budget: Bounds what it may cost; None for the month's budget alone.

    Returns:
        A trial for each prompt, in their order.

    Raises:
        InputError: There is no such task or part, or a prompt is no text.
        PromptTooLongError: A prompt does not fit into the model's context.
        EngineError: The model gives no log-probabilities.
    """
    its = prompt_task(task)
    if part not in ("training", "held-out"):
        raise InputError(
            f"A task has no part {part!r:.40}.", hint='Its parts are "training" and "held-out".'
        )
    if not 0 <= (shown := as_whole(shown, "shown")) <= MOST_SHOWN:
        raise InputError(
            f"Answers cannot be shown for {shown:,} inputs.", hint=f"Ask for 0 to {MOST_SHOWN}."
        )
    contents = []
    for number, each in enumerate(as_list(prompts, "The prompts"), start=1):
        content = each.content if isinstance(each, Text) else as_words(each, f"Prompt {number}")
        require_unicode(content, f"Prompt {number}")
        contents.append(content)
    opened = open_model(model)
    scoring = metered(opened, budget)
    examples = its.part(part)[:shown]
    trials = []
    for content in contents:
        figures = await measure_prompt(content, its, scoring, part=part)
        answers = await answer_prompt(content, examples, opened, budget=budget)
        trials.append(PromptTrial(figures=figures, answers=answers))
    return tuple(trials)


async def answer_prompt(
    prompt: str,
    examples: Sequence[TaskExample],
    model: BaseModel,
    *,
    budget: Budget | None = None,
) -> tuple[PromptAnswer, ...]:
    """Give what a model answers to a prompt, each time the likeliest token.

    Args:
        prompt: The prompt; "" for none.
        examples: The inputs, with what is expected.
        model: The base model.
        budget: Bounds what it may cost; None for the month's budget alone.

    Raises:
        PromptTooLongError: The prompt does not fit into the model's context.
        ModelError: The model failed.
    """

    async def answer(example: TaskExample) -> PromptAnswer:
        (written,) = await complete(
            ask(prompt, example.input),
            stop=["\n"],
            sampling=SamplingOptions(temperature=0, max_tokens=_ANSWER_TOKENS),
            seed=1,
            model=model,
            budget=budget,
        )
        return PromptAnswer(example.input, written.strip(), example.answers)

    return tuple(await side_by_side(answer, examples))
