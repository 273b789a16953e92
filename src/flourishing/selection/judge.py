"""Judges: a question about a text, answered by how likely each answer is after a few examples.

A base model follows no instruction, but it goes on with a pattern: texts, each with the question
and its answer below. Of a new text, the whole of each answer is scored, with the line end after it,
so that answers may begin alike, and one may be the beginning of another.

A model favours some answers whatever the text is: frequent words, and those of the last examples.
So the same is asked of texts without content ("", "N/A", "[MASK]"), and what an answer has there is
taken off (contextual calibration, Zhao et al. 2021, arXiv:2102.09690). An answer that is longer
than the others loses nothing by it. Real texts are better for that than none: once a judge was
checked by labelled texts, what an answer has on these is taken off, each label counting the same.

How far a judge is right is not to be seen in its numbers. It is found by labelled texts that are
not among its examples; until then, each judgement says that the judge was not checked.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, fsum
from pathlib import Path
from typing import Final, TypeAlias

from flourishing.arguments import as_list, as_whole, as_words, require_names
from flourishing.core.text import Text, require_unicode
from flourishing.errors import InputError
from flourishing.files import read_bounded
from flourishing.selection.judgement import JudgeCheck, Judgement

CONTENT_FREE: Final = ("", "N/A", "[MASK]")
"""Texts without content, as in the paper; the mean over them is taken."""
EACH: Final = 4
"""How many labelled texts of each answer become examples where a judge has none."""
_FEWEST_EACH: Final = 3
"""With fewer labelled texts of some answer, they are no better than texts without content."""
_MOST_ANSWERS: Final = 64
_LABEL: Final = "Text: "
"""What stands before each text. With it, the embedded model puts more pairs in order than without:
.99 beside .83 of fables and maxims, .92 beside .89 of haiku and poems (two draws each)."""
_END: Final = "\n"
"""What ends a text, and an answer, with which it is scored; another stands between examples."""

Labelled: TypeAlias = tuple[str, str]
"""A text and its right answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A question about a text, with the answers that there are.

    Attributes:
        question: What stands between a text and its answer, such as "Is it about the sea?", or a
            label, such as "Mood:".
        answers: The answers, at least two and 64 at the most, each in one line; kept as a tuple.
        examples: Texts with their right answers, which stand in the prompt; by default none. They
            are kept as strings, in an order in which the answers take turns.
        chosen: The answer of which the probability is the judge's measure; by default the first.
        check: How far the judge was right on labelled texts; None where that was not looked at.

    Raises:
        InputError: There are not two answers, two are the same, one is blank or has several lines,
            or the answer of an example is none of them.
    """

    question: str
    answers: Sequence[str]
    examples: Sequence[tuple[str | Text, str]] = ()
    chosen: str = ""
    check: JudgeCheck | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        question = as_words(self.question, "The question").strip()
        require_unicode(question, "The question")
        if not question:
            raise InputError(
                "The question is blank.",
                hint='Give one, such as "Is it about the sea?", or a label, such as "Mood:".',
            )
        answers = _as_answers(self.answers)
        examples = as_labelled(self.examples, answers, "Example")
        chosen = as_words(self.chosen, "chosen").strip() or answers[0]
        require_names([chosen], answers, "answer")
        for name, value in (
            ("question", question),
            ("answers", answers),
            ("examples", tuple(_taking_turns(examples, answers))),
            ("chosen", chosen),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def from_file(cls, path: str | Path) -> Judge:
        """Read a judge from a TOML file with `question`, `answers` and, if there are, `examples`.

        Args:
            path: The file. Its examples are a list of pairs, each a text and its answer. What is
                `labelled` in it, to check the judge with, is not read here.

        Raises:
            InputError: The file cannot be read, or is no judge.
        """
        where = Path(path)
        raw, _ = read_bounded(where)
        try:
            table = tomllib.loads(raw.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{where} is no TOML: {error}.",
                hint='Write question = "…", answers = ["…", "…"] and examples = [["…", "…"]].',
            ) from error
        return cls.from_table(table, str(where))

    @classmethod
    def from_table(cls, table: Mapping[str, object], where: str) -> Judge:
        """Take a judge from a table of a configuration or of a file.

        Args:
            table: The table, with the names of the attributes.
            where: Where it stands, for the message of an error.

        Raises:
            InputError: It has an unknown name, or is no judge.
        """
        known = ("question", "answers", "examples", "chosen", "labelled")
        try:
            require_names(table, known, "setting of a judge")
            given = {name: table.get(name, ()) for name in ("answers", "examples")}
            words = {name: table.get(name, "") for name in ("question", "chosen")}
            return cls(**given, **words)  # type: ignore[arg-type]  # checked on the way
        except InputError as error:
            raise InputError(f"{where}: {error}", hint=error.hint) from error

    @property
    def prompt(self) -> str:
        """All that stands before a text that is judged: the examples with their answers."""
        return "".join(
            f"{_LABEL}{text}{_END}{self.question} {answer}{_END}{_END}"
            for text, answer in self.examples
        )

    @property
    def continuations(self) -> tuple[str, ...]:
        """What may follow the question: each answer with the line end after it."""
        return tuple(f" {answer}{_END}" for answer in self.answers)

    def ask(self, text: str) -> str:
        """Give the whole prompt of which the answers are scored.

        Args:
            text: The text that is judged; blanks at its ends are left out.
        """
        return f"{self.prompt}{_LABEL}{text.strip()}{_END}{self.question}"

    def with_examples(
        self, labelled: Sequence[Labelled], *, each: int = EACH, seed: int = 0
    ) -> Judge:
        """Give the judge with examples drawn from labelled texts, as many of each answer.

        Args:
            labelled: Texts with their answers.
            each: How many of each answer to draw, at least 1; by default 4. At most half of the
                texts with an answer are taken, so that some are left to check the judge.
            seed: The same seed draws the same ones; by default 0.
        """
        draw = random.Random(seed)
        examples: list[Labelled] = []
        for answer in self.answers:
            its = [pair for pair in labelled if pair[1] == answer]
            examples += draw.sample(its, min(max(1, as_whole(each, "each")), len(its) // 2))
        return replace(self, examples=tuple(examples))

    def with_chosen(self, chosen: str | None) -> Judge:
        """Give the judge with another answer whose probability is its measure.

        Args:
            chosen: The answer; None for the one that it has.
        """
        return self if chosen is None else replace(self, chosen=chosen, check=None)

    def as_dict(self) -> dict[str, object]:
        """Give the judge as plain data for JSON, in the form of its file."""
        return {
            "question": self.question,
            "answers": list(self.answers),
            "chosen": self.chosen,
            "examples": [list(pair) for pair in self.examples],
        }

    def judge(self, logprobs: Sequence[float], free: Sequence[Sequence[float]]) -> Judgement:
        """Give the judgement of a text from the log-probabilities of the answers.

        Args:
            logprobs: The log-probability of each of `continuations` after the text.
            free: The same after each text on which it is calibrated, such as those of
                `CONTENT_FREE`, or the offsets of a check; none for no calibration.
        """
        bias = [fsum(each) / len(free) for each in zip(*free, strict=True)]
        calibrated = [
            each - off for each, off in zip(logprobs, bias or [0.0] * len(logprobs), strict=True)
        ]
        return self.judgement(_shares(calibrated), plain=_shares(logprobs))

    def judgement(
        self, probabilities: Sequence[float], *, plain: Sequence[float] | None = None
    ) -> Judgement:
        """Give a judgement from the probabilities of the answers.

        Args:
            probabilities: The probability of each answer, in the order of the answers.
            plain: The same before calibration; by default the same numbers.
        """
        named = dict(zip(self.answers, probabilities, strict=True))
        before = dict(zip(self.answers, plain, strict=True)) if plain is not None else named
        return Judgement(
            probabilities=named, plain=before, value=named[self.chosen], check=self.check
        )


def as_labelled(
    given: Iterable[Sequence[object]], answers: Sequence[str], what: str
) -> tuple[Labelled, ...]:
    """Take texts with their answers.

    Args:
        given: Pairs of a text and its answer; blanks at their ends are left out.
        answers: The answers that there are.
        what: What one of them is called, such as "Example".

    Raises:
        InputError: One is no pair, its text is blank, or its answer is none of those.
    """
    found = []
    for number, pair in enumerate(as_list(given, f"{what}s"), start=1):
        name = f"{what} {number}"
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise InputError(
                f"{name} is no pair of a text and its answer.",
                hint=f'Give each as a text with its answer, such as ("…", {answers[0]!r}).',
            )
        content = pair[0].content if isinstance(pair[0], Text) else pair[0]
        text = as_words(content, f"The text of {name[0].lower()}{name[1:]}").strip()
        answer = as_words(pair[1], f"The answer of {name[0].lower()}{name[1:]}").strip()
        require_unicode(text, name)
        if not text:
            raise InputError(f"{name} has a blank text.", hint="Write something, or leave it out.")
        if answer not in answers:
            raise InputError(
                f"{name} has the answer {answer[:40]!r}, which the judge does not have.",
                hint=f"Its answers are: {', '.join(answers)}.",
            )
        found.append((text, answer))
    return tuple(found)


def offsets_of(
    logprobs: Sequence[Sequence[float]],
    right: Sequence[str],
    answers: Sequence[str],
    *,
    without: int | None = None,
) -> tuple[float, ...] | None:
    """Give what each answer has on labelled texts in the mean, each label counting the same.

    Args:
        logprobs: The log-probabilities of the answers after each text.
        right: The right answer to each text.
        answers: The answers.
        without: The place of a text that does not count; None for none. So a text is judged without
            its own label.

    Returns:
        One number for each answer; None where there are fewer than three texts of some answer
        (without the one that does not count, two).
    """
    groups = [
        [each for at, each in enumerate(logprobs) if right[at] == answer and at != without]
        for answer in answers
    ]
    if min(map(len, groups)) < _FEWEST_EACH - (without is not None):
        return None
    means = [[fsum(column) / len(group) for column in zip(*group, strict=True)] for group in groups]
    return tuple(fsum(column) / len(means) for column in zip(*means, strict=True))


def _as_answers(given: Iterable[str]) -> tuple[str, ...]:
    answers = tuple(as_words(each, "An answer").strip() for each in as_list(given, "The answers"))
    if not 2 <= len(answers) <= _MOST_ANSWERS:
        raise InputError(
            f"A judge cannot have {len(answers)} answers.",
            hint=f'Give from 2 to {_MOST_ANSWERS}, such as ["yes", "no"].',
        )
    for answer in answers:
        require_unicode(answer, "An answer")
        if not answer or len(answer.splitlines()) != 1:
            raise InputError(
                f"An answer cannot be {answer[:40]!r}.", hint="Give each as a word or one line."
            )
        if answers.count(answer) > 1:
            raise InputError(
                f"There are two answers {answer[:40]!r}.",
                hint="Give answers that differ in more than the blanks at their ends.",
            )
    return answers


def _taking_turns(examples: Sequence[Labelled], answers: Sequence[str]) -> Iterator[Labelled]:
    """Put examples in an order in which no answer stands together at the end."""
    groups = [[each for each in examples if each[1] == answer] for answer in answers]
    placed = [
        ((place + 0.5) / len(group), number, pair)
        for number, group in enumerate(groups)
        for place, pair in enumerate(group)
    ]
    return (pair for _, _, pair in sorted(placed, key=lambda each: each[:2]))


def _shares(logprobs: Sequence[float]) -> list[float]:
    most = max(logprobs)
    weights = [exp(each - most) for each in logprobs]
    total = fsum(weights)
    return [each / total for each in weights]
