"""Judging texts with models that know the answers, with the embedded one, and with a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

import flourishing as fl
from flourishing.errors import EngineError, InputError
from flourishing.models import BaseModel, Score, TokenLogprob
from flourishing.selection.judge import CONTENT_FREE

SEA = ["grey waves on the shore", "the tide goes out", "salt wind and sails", "a boat on the waves"]
BREAD = ["warm bread and butter", "the oven is cold", "flour on the table", "a loaf of rye"]
LABELLED = [
    *((f"{text} {at}", "yes") for text in SEA for at in range(3)),
    *((f"{text} {at}", "no") for text in BREAD for at in range(3)),
]
JUDGE = fl.Judge(question="Is it about the sea?", answers=("yes", "no"))


@dataclass
class Reader(BaseModel):
    """A model that knows the sea by four words, and favours one answer whatever the text is.

    By `misled`, it favours that answer less where there is no content.
    """

    favour: float = 0.0
    misled: float = 0.0
    name: str = "reader"
    asked: list[str] = field(default_factory=list)

    def complete(self, *_: object, **__: object) -> AsyncGenerator[fl.Event]:
        raise NotImplementedError

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        self.asked.append(prompt)
        text = prompt.rpartition("Text: ")[2]
        sea = any(word in text for word in ("wave", "tide", "salt", "boat"))
        blank = text.splitlines()[0] in CONTENT_FREE if text else True
        yes = (self.misled if blank else 1.0 if sea else -1.0) - self.favour
        numbers = {" yes\n": yes - 5, " no\n": -yes - 5}
        return tuple(Score(each, (TokenLogprob(each, numbers[each]),)) for each in continuations)


def test_a_checked_judge_says_how_far_it_is_right() -> None:
    judge = fl.check_judge(JUDGE, LABELLED, model=Reader())
    assert judge.check is not None
    assert judge.check.agreement.value == 1
    assert judge.check.verdict == "usable"
    assert len(judge.check.right) == len(LABELLED) - 8
    (one,) = fl.judge_texts(["a wave"], judge, model=Reader())
    assert one.answer == "yes"
    assert one.check is judge.check
    assert "agrees with you in 100%" in one.note


def test_calibration_takes_a_leaning_off() -> None:
    judge = fl.check_judge(JUDGE, LABELLED, model=Reader(favour=7))
    assert judge.check is not None
    assert judge.check.before.value == 0.5
    assert judge.check.without_labels is not None
    assert judge.check.without_labels.value == judge.check.agreement.value == 1
    assert judge.check.bias()["no"] == (0.5, 1, 0.5)


def test_a_checked_judge_is_calibrated_on_the_labelled_texts_from_then_on() -> None:
    misled = Reader(favour=7, misled=5)  # texts without content say nothing of real ones
    judge = fl.check_judge(JUDGE, LABELLED, model=misled)
    assert judge.check is not None
    assert judge.check.without_labels is not None
    assert judge.check.without_labels.value == 0.5
    assert judge.check.agreement.value == 1
    misled.asked.clear()
    found = fl.judge_texts(["a wave", "a crust"], judge, model=misled)
    assert [each.answer for each in found] == ["yes", "no"]
    assert len(misled.asked) == 3  # the examples and two texts


def test_with_few_labels_a_judge_is_calibrated_on_texts_without_content() -> None:
    few = [*LABELLED[:2], *LABELLED[-4:]]
    judge = fl.Judge(question=JUDGE.question, answers=JUDGE.answers, examples=(("rye", "no"),))
    judge = fl.check_judge(judge, few, model=Reader(favour=7))
    assert judge.check is not None
    assert judge.check.offsets is None
    assert judge.check.judgements == judge.check.content_free


def test_examples_are_never_among_the_texts_of_the_check() -> None:
    with_examples = fl.Judge(
        question=JUDGE.question, answers=JUDGE.answers, examples=tuple(LABELLED[:2])
    )
    model = Reader()
    judge = fl.check_judge(with_examples, [*LABELLED[:4], LABELLED[3]], model=model)
    assert judge.examples == with_examples.examples
    assert judge.check is not None
    assert len(judge.check.right) == 2
    assert all(prompt.startswith(judge.prompt) for prompt in model.asked)


def test_a_check_with_another_model_says_nothing_of_this_one() -> None:
    judge = fl.check_judge(JUDGE, LABELLED, model=Reader())
    (one,) = fl.judge_texts(["a wave"], judge, model=Reader(name="another"))
    assert one.check is None
    assert "(not checked)" in str(one)
    assert judge.with_chosen("no").check is None


def test_no_texts_ask_no_model() -> None:
    model = Reader()
    assert fl.judge_texts([], JUDGE, model=model) == ()
    assert model.asked == []


def test_asynchronous_code_has_the_same() -> None:
    judge = asyncio.run(fl.aio.check_judge(JUDGE, LABELLED, model=Reader()))
    plain = fl.check_judge(JUDGE, LABELLED, model=Reader())
    assert judge.check == plain.check
    texts = [fl.library("imagists").texts[0]]
    assert asyncio.run(fl.aio.judge_texts(texts, judge, model=Reader())) == fl.judge_texts(
        texts, plain, model=Reader()
    )


@pytest.mark.parametrize(
    ("texts", "word"),
    [(["fog", " \n"], "Text 2 is blank"), (["\ud800"], "Text 1"), ("fog", "single text")],
)
def test_what_is_no_text_is_refused_in_words(texts: Any, word: str) -> None:
    with pytest.raises(InputError, match=word) as refusal:
        fl.judge_texts(texts, JUDGE, model=Reader())
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("labelled", "word"),
    [
        ([], "none is left"),
        ([("waves", "maybe")], "Labelled text 1 has the answer 'maybe'"),
        (["waves"], "Labelled text 1 is no pair"),
        ([("waves", "yes"), ("", "no")], "Labelled text 2 has a blank text"),
    ],
)
def test_labels_that_are_none_are_refused_in_words(labelled: Any, word: str) -> None:
    with pytest.raises(InputError, match=word) as refusal:
        fl.check_judge(JUDGE, labelled, model=Reader())
    assert refusal.value.hint


def test_a_model_without_log_probabilities_cannot_judge() -> None:
    class Silent(BaseModel):
        name = "silent"

        def complete(self, *_: object, **__: object) -> AsyncGenerator[fl.Event]:
            raise NotImplementedError

    with pytest.raises(EngineError, match="gives no log-probabilities"):
        fl.judge_texts(["fog"], JUDGE, model=Silent())


def test_the_echo_model_judges_by_the_letters_of_the_examples() -> None:
    judge = fl.check_judge(JUDGE, LABELLED, model="echo")
    assert judge.check is not None
    assert judge.check.model == "echo"
    for each in judge.check.judgements:
        assert sum(each.probabilities.values()) == pytest.approx(1)


@pytest.mark.engine
@pytest.mark.timeout(200)
def test_the_embedded_model_tells_numbers_from_names(local: BaseModel) -> None:
    numbers, names = ("three", "forty", "nine"), ("Anna", "Paul", "Mary")
    pairs = [*((each, "number") for each in numbers), *((each, "name") for each in names)]
    judge = fl.Judge(question="Kind:", answers=("number", "name"), examples=tuple(pairs))
    found = fl.judge_texts(["seven", "Peter"], judge, model=local)
    assert [each.answer for each in found] == ["number", "name"]


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.timeout(200)
def test_answers_may_begin_alike_and_one_may_be_the_beginning_of_another(local: BaseModel) -> None:
    judge = fl.Judge(
        question="Copy:",
        answers=("sea", "sea wind", "sea water", "seaside"),
        examples=(("sea", "sea"), ("sea wind", "sea wind"), ("seaside", "seaside")),
    )
    found = fl.judge_texts(["sea", "sea wind", "sea water", "seaside"], judge, model=local)
    assert [each.answer for each in found] == ["sea", "sea wind", "sea water", "seaside"]
