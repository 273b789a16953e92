"""Judges: their prompt, their examples, and the probabilities of their answers."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flourishing as fl
from flourishing.errors import InputError
from flourishing.selection import Judge
from flourishing.selection.judge import offsets_of

QUESTION = "Is it about the sea?"
SEA = Judge(
    question=QUESTION,
    answers=("yes", "no"),
    examples=(("grey waves", "yes"), ("salt wind", "yes"), ("warm bread", "no")),
)


def test_the_prompt_ends_where_the_answer_begins() -> None:
    one = Judge(question="Mood:", answers=("glad", "sad"), examples=(("rain again", "sad"),))
    assert one.ask(" the sun\nis out \n") == (
        "Text: rain again\nMood: sad\n\nText: the sun\nis out\nMood:"
    )
    assert one.continuations == (" glad\n", " sad\n")
    assert Judge(question="Mood:", answers=("glad", "sad")).ask("fog") == "Text: fog\nMood:"


def test_every_prompt_begins_with_the_same_examples() -> None:
    assert all(SEA.ask(text).startswith(SEA.prompt) for text in ("", "fog", "grey waves"))


def test_answers_take_turns_in_the_prompt() -> None:
    pairs = [
        *((f"sea {at}", "yes") for at in range(3)),
        *((f"bread {at}", "no") for at in range(3)),
    ]
    judge = Judge(question=QUESTION, answers=("yes", "no"), examples=tuple(pairs))
    assert [answer for _, answer in judge.examples] == ["yes", "no"] * 3
    assert [answer for _, answer in SEA.examples] == ["yes", "no", "yes"]


def test_a_text_with_an_origin_is_an_example_too() -> None:
    text = fl.library("imagists").texts[0]
    judge = Judge(question=QUESTION, answers=("yes", "no"), examples=((text, "no"),))
    assert judge.examples == ((text.content.strip(), "no"),)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"question": " "}, "question is blank"),
        ({"question": None}, "question cannot be None"),
        ({"question": "\ud800"}, "surrogate"),
        ({"answers": ("yes",)}, "1 answers"),
        ({"answers": ()}, "0 answers"),
        ({"answers": "yes"}, "single text"),
        ({"answers": ("yes", " ")}, "cannot be ''"),
        ({"answers": ("yes", "yes ")}, "two answers 'yes'"),
        ({"answers": ("yes", "yes\nno")}, "cannot be"),
        ({"answers": ("yes", 3)}, "no text"),
        ({"answers": [str(at) for at in range(65)]}, "65 answers"),
        ({"examples": (("waves", "maybe"),)}, "Example 1 has the answer 'maybe'"),
        ({"examples": ((" ", "yes"),)}, "Example 1 has a blank text"),
        ({"examples": ("waves",)}, "Example 1 is no pair"),
        ({"examples": (("waves", "yes", "no"),)}, "Example 1 is no pair"),
        ({"examples": ((3, "yes"),)}, "no text"),
        ({"chosen": "maybe"}, "no answer 'maybe'"),
    ],
)
def test_what_is_no_judge_is_refused_in_words(wrong: dict[str, Any], word: str) -> None:
    with pytest.raises(InputError, match=word) as refusal:
        Judge(**({"question": QUESTION, "answers": ("yes", "no")} | wrong))
    assert refusal.value.hint


def test_what_an_answer_has_without_content_is_taken_off() -> None:
    logprobs, free = [-3.0, -1.0], [[-4.0, -1.0], [-4.5, -0.5], [-5.0, -0.9]]
    judgement = SEA.judge(logprobs, free)
    assert judgement.plain["yes"] == pytest.approx(math.exp(-3) / (math.exp(-3) + math.exp(-1)))
    assert judgement.probabilities["yes"] == pytest.approx(1 / (1 + math.exp(-1.5 - 0.2)))
    assert judgement.answer == "yes"
    assert SEA.judge(logprobs, []).answer == "no"


@given(st.lists(st.floats(-400, 0), min_size=2, max_size=2), st.floats(-50, 50))
def test_probabilities_sum_to_one_and_a_constant_changes_nothing(
    logprobs: list[float], off: float
) -> None:
    one = SEA.judge(logprobs, [[-1.0, -2.0]])
    other = SEA.judge([each + off for each in logprobs], [[-1.0, -2.0]])
    assert sum(one.probabilities.values()) == pytest.approx(1)
    assert one.value == pytest.approx(other.value, abs=1e-9)


def test_labelled_texts_give_offsets_in_which_each_label_counts_the_same() -> None:
    logprobs = [[-1.0, -2.0]] * 6 + [[-3.0, -4.0]] * 3
    right = ["yes"] * 6 + ["no"] * 3
    assert offsets_of(logprobs, right, ("yes", "no")) == (-2.0, -3.0)
    assert offsets_of(logprobs[:8], right[:8], ("yes", "no")) is None
    logprobs[8] = [-9.0, -9.0]
    assert offsets_of(logprobs, right, ("yes", "no"), without=8) == (-2.0, -3.0)


def test_the_measure_is_the_probability_of_the_chosen_answer() -> None:
    for chosen in SEA.answers:
        judgement = SEA.with_chosen(chosen).judgement([0.25, 0.75])
        assert judgement.value == judgement.probabilities[chosen]
    assert SEA.with_chosen(None).chosen == "yes"


def test_a_judge_that_was_not_checked_says_so() -> None:
    judgement = SEA.judgement([0.25, 0.75])
    assert str(judgement) == "no 75% (not checked)"
    assert judgement.note == "This judge was not checked."
    assert judgement.as_dict()["checked"] is False


def test_examples_are_drawn_evenly_and_leave_half_to_check_with() -> None:
    pairs = [
        *((f"sea {at}", "yes") for at in range(20)),
        *((f"bread {at}", "no") for at in range(5)),
    ]
    judge = SEA.with_examples(pairs)
    assert Counter(answer for _, answer in judge.examples) == {"yes": 4, "no": 2}
    assert judge == SEA.with_examples(pairs)
    assert judge != SEA.with_examples(pairs, seed=1)
    assert SEA.with_examples([("sea", "yes")]).examples == ()


FILE = """
question = "Is it about the sea?"
answers = ["yes", "no"]
examples = [["grey waves", "yes"], ["warm bread", "no"]]
labelled = [["salt wind", "yes"]]
"""


def test_a_judge_is_a_few_lines_of_toml(tmp_path: Path) -> None:
    path = tmp_path / "sea.toml"
    path.write_text(FILE, encoding="utf-8")
    judge = Judge.from_file(path)
    assert judge.examples == (("grey waves", "yes"), ("warm bread", "no"))
    assert judge.chosen == "yes"
    assert Judge.from_table(judge.as_dict(), "here") == judge


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ("question = ", "no TOML"),
        ("question = 'Mood:'\nanswer = ['a']", "no setting of a judge 'answer'"),
        ("question = 'Mood:'", "0 answers"),
        ("answers = ['a', 'b']", "question is blank"),
        ("question = 'Mood:'\nanswers = 3", "answers cannot be 3"),
        ("question = 'Mood:'\nanswers = ['a', 'b']\nexamples = ['a']", "Example 1"),
    ],
)
def test_a_file_that_is_no_judge_is_refused_by_its_name(
    tmp_path: Path, words: str, word: str
) -> None:
    path = tmp_path / "mood.toml"
    path.write_text(words, encoding="utf-8")
    with pytest.raises(InputError, match=word) as refusal:
        Judge.from_file(path)
    assert "mood.toml" in str(refusal.value)
    assert refusal.value.hint


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        Judge.from_file(tmp_path / "none.toml")
    assert refusal.value.hint
