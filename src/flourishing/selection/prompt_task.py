"""Tasks for prompts: inputs with the answers that are expected; and the measure of a prompt.

A prompt is measured by how likely a model finds the expected answers after it, as in instruction
induction (Honovich et al. 2022, arXiv:2205.10782) and automatic prompt engineering (Zhou et al.
2022, arXiv:2211.01910), and nobody judges what it writes. Every second example of a task is held
out: prompts are chosen by the others, and what was chosen is compared by those.

A base model follows no instruction, but it goes on with a text. So a prompt says where the input
stands, as "The opposite of {input} is" does; one that does not is followed by the input and by a
label for the output.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from math import fsum
from pathlib import Path, PurePath
from typing import Final, Literal, NoReturn, TypeAlias

from flourishing.arguments import as_list, as_words, require_names
from flourishing.core.text import require_unicode
from flourishing.errors import InputError
from flourishing.files import read_bounded
from flourishing.kinds import INPUT
from flourishing.models.protocol import BaseModel, Score
from flourishing.settings import tasks_path
from flourishing.sync import side_by_side

MOST_EXAMPLES: Final = 1_000
"""The most examples of a task."""
_OPENING: Final = ('"', "“", "‘", "«", "(", "[", "/", "\n", "\t")
"""Ends of a prompt after which no blank stands before an answer."""
_MOST_BYTES: Final = 2**20
"""The largest file of a task that is read."""
_KNOWN: Final = ("title", "examples", "by_hand")
_FORM: Final = "Write one example a line: the input, a tab, and the expected answer."

Part: TypeAlias = Literal["training", "held-out"]
"""Which examples of a task: those by which prompts are chosen, or the others."""


@dataclass(frozen=True, slots=True)
class TaskExample:
    """An input with what is expected for it.

    Attributes:
        input: The input, in one line.
        answers: The answers that are right, at least one, each in one line.
    """

    input: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTask:
    """What prompts are to do, shown by examples alone.

    Attributes:
        examples: The examples, from 2 to 1,000, no input twice: as `TaskExample`, or as an input
            with its answers, such as ("hot", "cold").
        name: What the task is called; by default "task".
        title: What is asked for, in a few words; by default its name.
        by_hand: Prompts that a person wrote for it, to compare others with; by default none.

    Raises:
        InputError: There are too few or too many examples, or one of them cannot be used.
    """

    examples: Sequence[TaskExample | Sequence[str]]
    name: str = "task"
    title: str = ""
    by_hand: Sequence[str] = ()

    def __post_init__(self) -> None:
        given = as_list(self.examples, "The examples")
        if not 2 <= len(given) <= MOST_EXAMPLES:
            raise InputError(
                f"A task cannot have {len(given):,} examples.",
                hint=f"Give from 2 to {MOST_EXAMPLES:,}; with about 20, its figures say something.",
            )
        examples = tuple(_as_example(each, number) for number, each in enumerate(given, start=1))
        seen: set[str] = set()
        for number, example in enumerate(examples, start=1):
            if example.input in seen:
                raise InputError(
                    f"Example {number} has the input {example.input[:40]!r} once more.",
                    hint="Give all of its answers in one example.",
                )
            seen.add(example.input)
        by_hand = tuple(as_words(each, "A prompt") for each in as_list(self.by_hand, "by_hand"))
        object.__setattr__(self, "examples", examples)
        object.__setattr__(self, "title", self.title or self.name)
        object.__setattr__(self, "by_hand", by_hand)

    def part(self, part: Part = "training") -> tuple[TaskExample, ...]:
        """Give the examples of a part.

        Args:
            part: "training" for the first, the third and so on; "held-out" for the others.
        """
        return self._taken[part == "held-out" :: 2]

    @property
    def _taken(self) -> tuple[TaskExample, ...]:
        return tuple(each for each in self.examples if isinstance(each, TaskExample))

    @classmethod
    def from_file(cls, path: str | Path) -> PromptTask:
        """Read a task from a file, whose name without the ending is its name.

        Args:
            path: A TOML file with `examples`, a list of lists, each an input and its answers, and
                perhaps `title` and `by_hand`; or a text with an example a line: the input, a tab,
                and the answers with tabs between.

        Raises:
            InputError: The file cannot be read, or is no task.
        """
        where = Path(path)
        raw, _ = read_bounded(where, most=_MOST_BYTES)
        try:
            source = raw.decode("utf-8-sig")
        except ValueError as error:
            raise InputError(f"{where} is not UTF-8 text.", hint="Save it as UTF-8.") from error
        return _read(source, where)

    def as_dict(self) -> dict[str, object]:
        """Give the task as plain data for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "examples": [[each.input, *each.answers] for each in self._taken],
            "by_hand": list(self.by_hand),
        }


@dataclass(frozen=True, slots=True)
class InputFigures:
    """How likely the expected answer to one input is.

    Attributes:
        input: The input.
        answers: The answers that are right.
        logprob: The mean natural log-probability of a token of the answer, of the likeliest one.
        rank: How many answers of the task are at least as likely, itself counted: 1 is the best.
            None where that was not asked.
    """

    input: str
    answers: tuple[str, ...]
    logprob: float
    rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFigures:
    """How well a prompt does with the inputs of a task.

    Attributes:
        prompt: The prompt.
        model: The name of the model that was asked.
        part: Which examples of the task were looked at.
        inputs: The figures of each input.
        given_away: The inputs that do not count, since the prompt has them with an answer.
    """

    prompt: str
    model: str
    part: Part
    inputs: tuple[InputFigures, ...]
    given_away: tuple[str, ...]

    @property
    def logprob(self) -> float | None:
        """The mean over the inputs: natural log-probability a token, 0 at the most; None of none.

        It is the measure of the prompt. Its exponential is the probability of a token.
        """
        return _mean([each.logprob for each in self.inputs])

    @property
    def accuracy(self) -> float | None:
        """The share of inputs whose answer is likelier than all wrong ones, from 0 to 1."""
        return _mean([float(each.rank == 1) for each in self.inputs if each.rank is not None])

    @property
    def rank(self) -> float | None:
        """The mean rank of the expected answers among those of the task; 1 is the best."""
        return _mean([each.rank for each in self.inputs if each.rank is not None])

    def as_dict(self) -> dict[str, object]:
        """Give the figures as plain data for JSON."""
        return {
            "prompt": self.prompt,
            "model": self.model,
            "part": self.part,
            "logprob": self.logprob,
            "accuracy": self.accuracy,
            "rank": self.rank,
            "given_away": list(self.given_away),
            "inputs": [
                {
                    "input": each.input,
                    "answers": list(each.answers),
                    "logprob": each.logprob,
                    "rank": each.rank,
                }
                for each in self.inputs
            ],
        }


def ask(prompt: str, given: str) -> str:
    """Give what is sent to a model: a prompt with an input.

    Args:
        prompt: The prompt; "" for none. Where it does not say `{input}`, the input follows it.
        given: The input.
    """
    words = prompt.strip()
    if INPUT in words:
        return words.replace(INPUT, given)
    before = f"{words}\n\n" if words else ""
    return f"{before}Input: {given}\nOutput:"


def after(asked: str, answers: Iterable[str]) -> list[str]:
    """Give answers as they stand after what is sent to a model: with a blank between.

    Args:
        asked: What is sent, as `ask` gives it. After an opening quotation mark or bracket, or the
            end of a line, no blank stands.
        answers: The answers.
    """
    blank = "" if asked.endswith(_OPENING) else " "
    return [blank + answer for answer in answers]


async def measure_prompt(
    prompt: str,
    task: PromptTask,
    model: BaseModel,
    *,
    part: Part = "training",
    ranked: bool = True,
) -> PromptFigures:
    """Measure a prompt by how likely a model finds the expected answers after it.

    An input does not count where the prompt has it together with one of its answers: such a prompt
    gives the answer away.

    Args:
        prompt: The prompt, such as "The opposite of {input} is"; "" for none.
        task: The task.
        model: The base model, which must give log-probabilities.
        part: Which examples are looked at; by default those by which prompts are chosen.
        ranked: Whether the rank of the expected answers among all answers of these examples is
            found, too, which takes about twice the time; by default it is.

    Raises:
        PromptTooLongError: The prompt does not fit into the model's context.
        EngineError: The model gives no log-probabilities.
    """
    require_unicode(as_words(prompt, "The prompt"), "The prompt")
    examples = task.part(part)
    known = {word.casefold() for word in _words_of(prompt)}
    away = [each for each in examples if _gives_away(prompt, each, known)]
    pool = tuple(dict.fromkeys(answer for each in examples for answer in each.answers))

    async def figures(example: TaskExample) -> InputFigures:
        asked = ask(prompt, example.input)
        others = [each for each in pool if each not in example.answers] if ranked else []
        scores = await model.logprobs(asked, after(asked, (*example.answers, *others)))
        means = [_mean_of(score) for score in scores]
        best = max(means[: len(example.answers)])
        rank = 1 + sum(mean >= best for mean in means[len(example.answers) :]) if ranked else None
        return InputFigures(example.input, example.answers, best, rank)

    counted = [each for each in examples if each not in away]
    return PromptFigures(
        prompt=prompt,
        model=model.name,
        part=part,
        inputs=tuple(await side_by_side(figures, counted)),
        given_away=tuple(each.input for each in away),
    )


def prompt_tasks() -> list[str]:
    """Give the names of all tasks: those that ship, then a person's own."""
    return [*_shipped_names(), *(name for name in _own() if name not in _shipped_names())]


def prompt_task(name: str | Path | PromptTask) -> PromptTask:
    """Give a task for prompts.

    Args:
        name: The name of a task that ships or of a person's own, such as "antonyms"; the path of a
            file; or a task, which is given back.

    Raises:
        InputError: There is none of that name, or its file is wrong.
    """
    if isinstance(name, PromptTask):
        return name
    if isinstance(name, Path) or PurePath(as_words(name, "The task")).suffix:
        return PromptTask.from_file(name)
    return named_task(name, more="; or give the path of a file")


def named_task(name: str, *, more: str = "") -> PromptTask:
    """Give a task by its name alone, for names that come from outside; no path is opened.

    Args:
        name: The name of a task that ships, or of a person's own.
        more: What else the hint of the error offers.

    Raises:
        InputError: There is none of that name, or its file is wrong.
    """
    own = _own()
    if name in own:
        return PromptTask.from_file(own[name])
    if name in _shipped_names():
        return _shipped(name)
    raise InputError(
        f"There is no task {name!r:.60}.", hint=f"There are: {', '.join(prompt_tasks())}{more}."
    )


_HERE: Final = resources.files("flourishing.selection") / "tasks"


@lru_cache(maxsize=1)
def _shipped_names() -> tuple[str, ...]:
    paths = (PurePath(entry.name) for entry in _HERE.iterdir())
    return tuple(sorted(path.stem for path in paths if path.suffix == ".toml"))


@lru_cache(maxsize=32)
def _shipped(name: str) -> PromptTask:
    source = (_HERE / f"{name}.toml").read_text(encoding="utf-8")
    return _read(source, PurePath(f"{name}.toml"))


def _own() -> dict[str, Path]:
    """Give the files of a person's own tasks, by the names under which they are found."""
    there = sorted(tasks_path().glob("*"))
    return {path.stem: path for path in there if path.suffix in {".toml", ".tsv", ".txt"}}


def _read(source: str, where: PurePath) -> PromptTask:
    try:
        table = _of_toml(source) if where.suffix == ".toml" else _of_lines(source)
        return PromptTask(name=where.stem, **table)  # type: ignore[arg-type]  # checked on the way
    except InputError as error:
        raise InputError(f"{where}: {error}", hint=error.hint) from error


def _of_toml(source: str) -> Mapping[str, object]:
    try:
        table = tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"It is no TOML: {error}.", hint='Write examples = [["hot", "cold"], ["up", "down"]].'
        ) from error
    require_names(table, _KNOWN, "setting of a task")
    return {"examples": (), **table, "title": as_words(table.get("title", ""), "The title")}


def _of_lines(source: str) -> Mapping[str, object]:
    examples = []
    for number, line in enumerate(source.splitlines(), start=1):
        if not line.strip():
            continue
        if "\t" not in line.strip():
            raise InputError(f"Line {number} has no tab: {line.strip()[:40]!r}.", hint=_FORM)
        examples.append([each for each in line.strip().split("\t") if each.strip()])
    return {"examples": examples}


def _as_example(given: TaskExample | Iterable[str], number: int) -> TaskExample:
    def refuse(what: str, hint: str = _FORM) -> NoReturn:
        raise InputError(f"Example {number} {what}.", hint=hint)

    if isinstance(given, TaskExample):
        words = [given.input, *given.answers]
    else:
        words = as_list(given, f"Example {number}")
    words = [as_words(word, f"A word of example {number}").strip() for word in words]
    if len(words) < 2:
        refuse("has no answer", 'Give an input with its answers, such as ("hot", "cold").')
    for word in words:
        require_unicode(word, f"Example {number}")
        if not word or len(word.splitlines()) != 1:
            refuse(f"has {word[:40]!r}", "Give the input and each answer in one line, not blank.")
    return TaskExample(words[0], tuple(dict.fromkeys(words[1:])))


def _words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.replace(INPUT, " "))


def _gives_away(prompt: str, example: TaskExample, known: set[str]) -> bool:
    """Say whether a prompt has an input together with one of its answers."""

    def has(words: str) -> bool:
        parts = [word.casefold() for word in _words_of(words)]
        return known.issuperset(parts) if parts else words in prompt

    return has(example.input) and any(map(has, example.answers))


def _mean_of(score: Score) -> float:
    return score.logprob / max(1, len(score.tokens))


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None
