"""Typed decisions: a server with a decision model is asked for probabilities, not for tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import flourishing as fl
from flourishing import sync
from flourishing.errors import AnswerError, EngineError, ServerError
from flourishing.models.endpoint import Endpoint
from flourishing.models.endpoint.decisions import gives_decisions
from flourishing.models.protocol import WithDecisions
from flourishing.settings import NamedModel
from tests.models.cost.served import month
from tests.talker import Refusal, Talker, describe, talking

JUDGE = fl.Judge(
    question="Is it about the sea?",
    answers=("yes", "no"),
    examples=(("waves", "yes"), ("rye", "no")),
)


def listed(*gives: str) -> list[dict[str, Any]]:
    """Give the list of models of llama.cpp's server."""
    return [
        {
            "id": "m",
            "owned_by": "llamacpp",
            "architecture": {"input_modalities": ["text"], "output_modalities": list(gives)},
        }
    ]


def deciding(probabilities: Any = None) -> Callable[[str, dict[str, Any]], Refusal]:
    """Answer as a decision model does: the sea is known by the word."""

    def reply(path: str, body: dict[str, Any]) -> Refusal:
        if path == "/tokenize":
            return 200, {"tokens": list(range(len(body["content"])))}
        assert path == "/v1/systemone"
        yes = 0.9 if "sea" in body["state"] else 0.2
        found = {"yes": yes, "no": 1 - yes} if probabilities is None else probabilities
        ((name, question),) = body["questions"].items()
        assert question["type"] == "choice"
        answer = {"type": "choice", "choice": "yes", "probabilities": found, "confidence": 0.5}
        usage = {"input_tokens": 20, "output_tokens": 0}
        return 200, {"model": "laya", "answers": {name: answer}, "usage": usage}

    return reply


def endpoint(talker: Talker) -> Endpoint:
    return Endpoint(NamedModel(endpoint=talker.base, model="m"))


def test_a_decision_model_is_asked_the_question_alone() -> None:
    with talking(deciding(), listed=listed("decisions")) as talker:
        found = fl.judge_texts(["the sea", "bread"], JUDGE, model=endpoint(talker))
        bodies = sorted(talker.bodies("/systemone"), key=lambda body: str(body["state"]))
    assert [each.probabilities["yes"] for each in found] == pytest.approx([0.9, 0.2])
    assert [each.answer for each in found] == ["yes", "no"]
    assert bodies == [
        {
            "model": "m",
            "state": text,
            "questions": {
                "question": {
                    "type": "choice",
                    "instructions": "Is it about the sea?",
                    "criteria": {"yes": None, "no": None},
                }
            },
        }
        for text in ("bread", "the sea")
    ]


def test_it_is_checked_like_any_other_judge() -> None:
    pairs = [
        *((f"the sea {at}", "yes") for at in range(8)),
        *((f"rye {at}", "no") for at in range(8)),
    ]
    bare = fl.Judge(question=JUDGE.question, answers=JUDGE.answers)
    with talking(deciding(), listed=listed("text", "decisions")) as talker:
        judge = fl.check_judge(bare, pairs, model=endpoint(talker))
    assert judge.examples == ()  # it knows none, so no label is spent on them
    assert judge.check is not None
    assert judge.check.agreement.value == 1
    assert len(judge.check.right) == 16


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"architecture": None},
        {"architecture": {"output_modalities": None}},
        {"architecture": {"output_modalities": ["text"]}},
        {"architecture": "decisions"},
    ],
)
def test_a_model_that_does_not_say_so_is_no_decision_model(entry: dict[str, Any]) -> None:
    assert not gives_decisions(entry)


def test_any_other_model_is_asked_for_log_probabilities() -> None:
    def reply(path: str, _: dict[str, Any]) -> Refusal:
        assert path != "/v1/systemone"
        return 400, {"error": {"message": "no"}}

    with talking(reply, listed=[{"id": "m", "owned_by": "vllm"}]) as talker:
        model = endpoint(talker)
        assert isinstance(model, WithDecisions)
        assert not sync.run(model.decides())
        with pytest.raises(EngineError, match="does not give the log-probabilities"):
            fl.judge_texts(["the sea"], JUDGE, model=model)


@pytest.mark.parametrize(
    "probabilities",
    [
        [],
        {},
        {"yes": 1.0},
        {"yes": 0.5, "no": "0.5"},
        {"yes": 0.5, "no": True},
        {"yes": float("nan"), "no": 0.5},
        {"yes": 0.9, "no": 0.9},
        {"yes": 1.5, "no": -0.5},
    ],
)
def test_what_are_no_probabilities_is_refused_in_words(probabilities: Any) -> None:
    with talking(deciding(probabilities), listed=listed("decisions")) as talker:
        with pytest.raises(AnswerError, match="yes, no") as refusal:
            fl.judge_texts(["the sea"], JUDGE, model=endpoint(talker))
        assert refusal.value.hint


@pytest.mark.parametrize("answers", [None, [], {}, {"question": None}, {"other": {}}])
def test_an_answer_without_decisions_is_refused(answers: Any) -> None:
    reply = (200, {"answers": answers})
    with (
        talking(lambda *_: reply, listed=listed("decisions")) as talker,
        pytest.raises(AnswerError),
    ):
        fl.judge_texts(["the sea"], JUDGE, model=endpoint(talker))


@pytest.mark.parametrize(
    ("status", "words"),
    [(501, "This model is not a decision model"), (404, "Not Found")],
)
def test_a_server_that_has_none_after_all_says_so(status: int, words: str) -> None:
    refuse = (status, {"error": {"message": words}})
    with talking(lambda *_: refuse, listed=listed("decisions")) as talker:
        with pytest.raises(EngineError, match="gives no typed decisions") as refusal:
            fl.judge_texts(["the sea"], JUDGE, model=endpoint(talker))
        assert words in str(refusal.value)


def test_a_server_that_fails_is_not_taken_to_have_none() -> None:
    reply = (500, {"error": "CUDA error"})
    with (
        talking(lambda *_: reply, listed=listed("decisions")) as talker,
        pytest.raises(ServerError),
    ):
        fl.judge_texts(["the sea"], JUDGE, model=endpoint(talker))


def test_what_decisions_may_cost_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_KEY", "planted")
    priced = "context = 4096\ninput_price = 1000\noutput_price = 1000\n"
    with talking(deciding(), listed=listed("decisions")) as talker:
        describe("far", talker, priced)
        fl.judge_texts(["the sea"], JUDGE, model="far")
    assert 0 < month() < 1
