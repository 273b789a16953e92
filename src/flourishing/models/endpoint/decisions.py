"""Typed decisions: a question with given answers, asked of a server that has a decision model.

Such a model writes nothing. It gives the probability of each answer in one pass, at
`/v1/systemone`, which llama.cpp's server has since October 2026 (its tools/server/README.md, in the
form of https://docs.typesafe.ai/api). A server says that its model is one in its list of models:
"decisions" stands among the `output_modalities` of its `architecture`.

It knows no examples: the question alone is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from flourishing.errors import AnswerError, EngineError, ModelNotFoundError, ServerError

if TYPE_CHECKING:
    from flourishing.models.endpoint.server import Server

_QUESTION: Final = "question"
"""What our one question is called in the request and in the answer."""
_ROUNDING: Final = 1e-2
"""The sum of the probabilities may differ from 1 by so much."""


def gives_decisions(entry: dict[str, Any]) -> bool:
    """Say whether a model is a decision model, by its entry in a server's list of models.

    Args:
        entry: The entry.
    """
    architecture = entry.get("architecture")
    gives = architecture.get("output_modalities") if isinstance(architecture, dict) else None
    return isinstance(gives, list) and "decisions" in gives


async def ask_decision(
    server: Server, question: str, answers: Sequence[str], text: str
) -> tuple[float, ...]:
    """Ask for the probability of each answer to a question about a text.

    Args:
        server: The server.
        question: The question.
        answers: The answers, at least two.
        text: The text.

    Raises:
        EngineError: The server has no decision model after all.
        AnswerError: What it gives are no probabilities of these answers.
    """
    body = {
        "model": server.address.model,
        "state": text,
        "questions": {
            _QUESTION: {
                "type": "choice",
                "instructions": question,
                "criteria": dict.fromkeys(answers),
            }
        },
    }
    try:
        answer = await server.post(f"{server.address.base}/systemone", body)
    except (ModelNotFoundError, ServerError) as error:
        if isinstance(error, ServerError) and "answered 501" not in str(error):
            raise
        raise EngineError(
            f"The model {server.address.name!r} gives no typed decisions: {error}",
            hint="Start the server with a decision model, or judge with a base model.",
        ) from error
    return _read(server, answer, answers)


def _read(server: Server, answer: dict[str, Any], answers: Sequence[str]) -> tuple[float, ...]:
    found = answer.get("answers")
    ours = found.get(_QUESTION) if isinstance(found, dict) else None
    given = ours.get("probabilities") if isinstance(ours, dict) else None
    values = [given.get(each) for each in answers] if isinstance(given, dict) else []
    numbers = [
        float(each)
        for each in values
        if isinstance(each, int | float) and not isinstance(each, bool) and 0 <= each <= 1
    ]
    total = sum(numbers)
    if len(numbers) < len(answers) or not isfinite(total) or abs(total - 1) > _ROUNDING:
        raise AnswerError(
            f"{server.address.base} gives no probabilities of the answers {', '.join(answers)}.",
            hint="Use another server, or judge with a base model.",
        )
    return tuple(each / total for each in numbers)
