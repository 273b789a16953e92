"""Tokens: an estimate of how many a text has, and log-probabilities in the forms servers give.

The estimate serves where a server has no tokenizer. It is made to be rather too high than too low,
so that a prompt that seems to fit does: a Latin word costs a token for each four letters begun; a
mark, a digit, or a blank before a digit costs one; a letter of another script costs one to three by
its length in UTF-8.

For the log-probabilities of the next token, one token is asked for, with its likeliest
alternatives. For those of a given text, the prompt and the text are sent to be echoed, which vLLM,
SGLang and several providers do, or the dialect has a way of its own (`openai.py`).
"""

from __future__ import annotations

import re
from contextlib import suppress
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from flourishing.errors import EngineError
from flourishing.models.protocol import Score, TokenLogprob

if TYPE_CHECKING:
    from flourishing.models.endpoint.server import Server

_PART: Final = re.compile(r"[A-Za-z]+|[^\sA-Za-z]|\n+|[ \t]{2,}| (?=\d)")
_LETTERS: Final = 4


def estimate(text: str) -> int:
    """Estimate how many tokens a text has, with what stands before every prompt.

    Args:
        text: The text.
    """
    return 1 + sum(map(_cost, _PART.findall(text)))


def _cost(part: str) -> int:
    if part.isascii():
        return -(-len(part) // _LETTERS) if part.isalpha() else 1
    return max(1, len(part.encode("utf-8", "replace")) - 1)


LOGPROBS_HINT: Final = (
    "Use the embedded model, llama.cpp's server, vLLM or SGLang, which give log-probabilities."
)
_ROUNDING: Final = 1e-3
"""A log-probability may be above 0 by so much, since servers compute in small numbers."""
_SHOWN: Final = 40
"""Characters of what a server gives instead of a number."""


async def ask_next_token(server: Server, prompt: str, k: int) -> tuple[TokenLogprob, ...]:
    """Give the k likeliest next tokens, or as many of them as the server gives.

    Args:
        server: The server.
        prompt: The prompt.
        k: How many, at least 1.

    Raises:
        EngineError: The server gives none.
    """
    _require_able(server)
    found = await server.dialect.likeliest(server, prompt, k)
    top = [TokenLogprob(server.hide(each.token), each.logprob) for each in found]
    if not top:
        raise EngineError(
            f"{server.address.base} gives no log-probabilities of the next token.",
            hint=LOGPROBS_HINT,
        )
    return tuple(sorted(top, key=lambda each: (-each.logprob, each.token))[:k])


async def ask_score(server: Server, prompt: str, continuation: str) -> Score:
    """Give the log-probabilities of a given continuation.

    Args:
        server: The server.
        prompt: The prompt.
        continuation: The continuation.

    Raises:
        EngineError: The server cannot.
    """
    _require_able(server)
    if not continuation:
        return Score(continuation, ())
    tokens = await server.dialect.score(server, prompt, continuation)
    if tokens is None:
        raise EngineError(
            f"{server.address.base} does not give the log-probabilities of a given text.",
            hint=LOGPROBS_HINT,
        )
    return Score(continuation, tokens)


def _require_able(server: Server) -> None:
    if not server.dialect.gives_logprobs:
        raise EngineError(
            f"{server.address.name} is a chat model, which gives no log-probabilities of a text.",
            hint='Use a base model for that: "local", or an endpoint that gives them.',
        )


def continuation_tokens(
    server: Server, prompt: str, continuation: str, choice: dict[str, Any]
) -> tuple[TokenLogprob, ...] | None:
    """Take the tokens of the continuation out of an echo of the whole; None if they differ.

    A token in which the prompt ends and the continuation begins counts whole, as the text of
    its second part.

    Args:
        server: The server, for the words of an error.
        prompt: The prompt.
        continuation: The continuation.
        choice: The completion with the echo.

    Raises:
        EngineError: What stands for a log-probability is none.
    """
    given = choice.get("logprobs")
    if not isinstance(given, dict):
        return None
    names, values = given.get("tokens"), given.get("token_logprobs")
    if not isinstance(names, list) or not isinstance(values, list):
        return None
    names = [str(name) for name in names]
    joined = "".join(names)
    start = joined.find(prompt + continuation)
    if start < 0 or len(values) < len(names):
        return None
    begin, end, at = start + len(prompt), start + len(prompt) + len(continuation), 0
    found = []
    for name, value in zip(names, values, strict=False):
        text = joined[max(at, begin) : min(at + len(name), end)]
        at += len(name)
        if text:
            if (number := _logprob(value)) is None:
                shown = server.hide(repr(value))[:_SHOWN]
                raise EngineError(
                    f"{server.address.base} gives {shown} as the log-probability of {text!r}.",
                    hint=LOGPROBS_HINT,
                )
            found.append(TokenLogprob(text, number))
    return tuple(found)


def first_choice(answer: dict[str, Any]) -> dict[str, Any]:
    """Give the first completion of an answer; empty where there is none.

    Args:
        answer: The answer's JSON.
    """
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def listed_tokens(choice: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the list of tokens in the newer form, which llama.cpp has, and Ollama.

    Args:
        choice: The completion.
    """
    given = choice.get("logprobs")
    content = given.get("content") if isinstance(given, dict) else given
    return [each for each in content if isinstance(each, dict)] if isinstance(content, list) else []


def written_tokens(choice: dict[str, Any]) -> tuple[TokenLogprob, ...]:
    """Give the tokens that a piece of a stream has, in whichever form they come.

    Args:
        choice: The completion.

    Returns:
        The tokens; nothing where the piece has none, or one of them has no number.
    """
    tokens = [read_token(each) for each in listed_tokens(choice)]
    given = choice.get("logprobs")
    if not tokens and isinstance(given, dict):
        names, values = given.get("tokens"), given.get("token_logprobs")
        if isinstance(names, list) and isinstance(values, list) and len(names) == len(values):
            pairs = zip(names, values, strict=True)
            tokens = [read_token({"token": name, "logprob": value}) for name, value in pairs]
    known = [token for token in tokens if token is not None]
    return tuple(known) if len(known) == len(tokens) else ()


def top_logprobs(choice: dict[str, Any]) -> list[TokenLogprob]:
    """Give the likeliest tokens of the first place, in whichever form they come.

    Args:
        choice: The completion.
    """
    if content := listed_tokens(choice):
        tops = content[0].get("top_logprobs")
        entries = (
            [each for each in tops if isinstance(each, dict)] if isinstance(tops, list) else []
        )
        return [token for each in entries if (token := read_token(each))]
    given = choice.get("logprobs")
    tops = given.get("top_logprobs") if isinstance(given, dict) else None
    first = tops[0] if isinstance(tops, list) and tops else None
    if not isinstance(first, dict):
        return []
    numbers = {str(token): _logprob(value) for token, value in first.items()}
    return [TokenLogprob(token, each) for token, each in numbers.items() if each is not None]


def read_token(entry: dict[str, Any]) -> TokenLogprob | None:
    """Read a token; None where its number is none.

    Args:
        entry: The entry of the token.
    """
    number = _logprob(entry.get("logprob"))
    if number is None:
        return None
    raw, text = entry.get("bytes"), ""
    with suppress(TypeError, ValueError, OverflowError):  # they may be no bytes
        text = bytes(raw if isinstance(raw, list) else []).decode("utf-8", "replace")
    return TokenLogprob(text or str(entry.get("token", "")), number)


def _logprob(value: Any) -> float | None:
    """Read a log-probability; None for what is none: no number, infinite, or above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return min(number, 0.0) if isfinite(number) and number <= _ROUNDING else None
