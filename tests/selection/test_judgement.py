"""How far a judge is right by labelled texts, and what is said of it."""

from __future__ import annotations

import pytest

from flourishing.selection import Judge, JudgeCheck

JUDGE = Judge(question="Is it about the sea?", answers=("yes", "no"))


def check(
    right: str, said: str, *, plain: str = "", values: list[float] | None = None
) -> JudgeCheck:
    """Give the check of a judge by letters: y for yes, n for no."""
    certain = {"y": [0.8, 0.2], "n": [0.2, 0.8]}
    numbers = [[each, 1 - each] for each in values] if values else [certain[each] for each in said]
    before = [certain[each] for each in plain or said]
    return JudgeCheck(
        model="echo",
        chosen="yes",
        right=tuple({"y": "yes", "n": "no"}[each] for each in right),
        judgements=tuple(
            JUDGE.judgement(one, plain=other) for one, other in zip(numbers, before, strict=True)
        ),
    )


@pytest.mark.parametrize(
    ("right", "said", "verdict"),
    [
        ("yn" * 20, "yn" * 20, "usable"),
        ("yn" * 20, "yn" * 15 + "yy" * 5, "usable"),
        ("yn" * 20, "yn" * 11 + "ny" * 9, "cannot tell"),
        ("yn" * 20, "yy" * 20, "no better than guessing"),
        ("yn" * 20, "ny" * 20, "no better than guessing"),
        ("y" * 36 + "n" * 4, "y" * 40, "no better than guessing"),
        ("y" * 36 + "n" * 4, "y" * 37 + "n" * 3, "cannot tell"),
        ("yn" * 4, "yn" * 4, "cannot tell"),
    ],
)
def test_a_judge_is_measured_against_guessing(right: str, said: str, verdict: str) -> None:
    found = check(right, said)
    assert found.verdict == verdict
    assert verdict in found.sentence
    assert ("it takes 10" in found.sentence) == (len(right) < 10)


def test_the_sentence_has_the_agreement_with_its_interval_and_what_guessing_gives() -> None:
    found = check("yn" * 20, "yn" * 15 + "yy" * 5)
    assert found.sentence == (
        "It agrees with you in 88% (74% to 95%) of 40 texts; guessing gives 50%: usable."
    )
    assert check("y" * 30 + "n" * 10, "y" * 40).guessing == 0.75


def test_answers_are_counted_by_the_right_ones_before_and_after_calibration() -> None:
    found = check("yynn", "ynnn", plain="yyyn")
    assert found.confusion() == {"yes": {"yes": 1, "no": 1}, "no": {"yes": 0, "no": 2}}
    assert found.bias() == {"yes": (0.5, 0.75, 0.25), "no": (0.5, 0.25, 0.75)}
    assert found.agreement.value == found.before.value == 0.75


def test_the_measure_is_judged_by_the_order_of_pairs() -> None:
    found = check("ynyn", "yyyy", values=[0.9, 0.6, 0.8, 0.8])
    assert found.order is not None
    assert found.order.value == pytest.approx(3.5 / 4)
    assert found.agreement.value == 0.5
    assert check("yyyy", "yyyy").order is None


def test_all_of_it_is_plain_data() -> None:
    plain = check("yn" * 10, "yn" * 10).as_dict()
    assert plain["verdict"] == "usable"
    assert plain["bias"] == {
        "yes": {"right": 0.5, "before": 0.5, "after": 0.5},
        "no": {"right": 0.5, "before": 0.5, "after": 0.5},
    }
