"""Trying prompts: what a model answers to them, and how likely it finds what is expected.

The measure is `selection.prompt_task.measure_prompt`; here it stands beside what the model really
writes, for several prompts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

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

if TYPE_CHECKING:
    import asyncio

SHOWN: Final = 3
"""On how many inputs a prompt is shown where nobody says otherwise."""
MOST_SHOWN: Final = 50
"""The most inputs on which a prompt is shown."""
_REMEMBERED: Final = 500
"""How many prompts are remembered with their figures and answers."""
MOST_PARENTS: Final = 6
"""The most parents beside which a prompt is shown: the last ones, which count most."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptBesideParents:
    """A prompt with what a model answers to it, and the figures of its parents.

    Attributes:
        trial: The prompt itself.
        parents: Its parents, those of the prompt from which it was bred, the best last; at most
            six.
    """

    trial: PromptTrial
    parents: tuple[PromptFigures, ...]

    @property
    def gain(self) -> float | None:
        """How much likelier the expected answers are than after the best of its parents.

        Natural log-probability a token; above 0 where the prompt is better. None where it has no
        parents that were measured, or no figure of its own.
        """
        of_parents = [each.logprob for each in self.parents if each.logprob is not None]
        own = self.trial.figures.logprob
        return own - max(of_parents) if of_parents and own is not None else None


@dataclass(slots=True, eq=False)
class MeasuredPrompts:
    """Prompts that were measured lately: parents are measured once for all of their offspring.

    One is measured at a time, so that a page of cards does not hold up everything else.
    """

    _trials: OrderedDict[tuple[object, ...], PromptTrial] = field(default_factory=OrderedDict)
    _turn: asyncio.Lock | None = None

    async def beside_parents(
        self, text: Text, task: PromptTask, model: BaseModel, *, shown: int = SHOWN
    ) -> PromptBesideParents:
        """Measure a prompt and its parents on the training inputs of a task.

        Args:
            text: The prompt.
            task: The task.
            model: The base model.
            shown: On how many inputs an answer is written, from 0 to 50; by default 3.

        Raises:
            PromptTooLongError: A prompt does not fit into the model's context.
            EngineError: The model gives no log-probabilities.
        """
        trial = await self._trial(text.content, task, model, shown)
        parents = text.origin.parents[text.origin.examples :][-MOST_PARENTS:]
        measured = [await self._trial(each.content, task, model, 0) for each in parents]
        return PromptBesideParents(trial=trial, parents=tuple(each.figures for each in measured))

    async def _trial(
        self, prompt: str, task: PromptTask, model: BaseModel, shown: int
    ) -> PromptTrial:
        import asyncio  # here, since importing us must not load it

        key = prompt, task.examples, model.name
        if self._turn is None:
            self._turn = asyncio.Lock()
        async with self._turn:
            known = self._trials.pop(key, None)
            if known is None or len(known.answers) < min(shown, len(task.part())):
                (known,) = await measure_prompts([prompt], task, model=model, shown=shown)
            self._trials[key] = known
            while len(self._trials) > _REMEMBERED:
                self._trials.popitem(last=False)
        return known
