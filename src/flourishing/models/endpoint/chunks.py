"""What a server says in one object, in one form for all servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from flourishing.errors import AnswerError

_CHAT: Final = ("delta", "message")
"""Where the words of a conversation are, which are no completion."""
_REASONING: Final = ("reasoning", "reasoning_content", "reasoning_text")
_DIGITS: Final = 10
_FAILED: Final = {
    "abort": False,
    "aborted": False,
    "cancelled": False,
    "error": False,
    "blocklist": True,
    "content_filter": True,
    "moderation": True,
    "prohibited_content": True,
    "recitation": True,
    "refusal": True,
    "safety": True,
}
"""Reasons for an end that is none, in small letters, and whether the server filters by them."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one completion of an answer is none.

    Attributes:
        words: What the server said, or what is wrong with what it sent.
        kind: "filtered" where the server kept it back because of what is in it, "reasoned" where
            the model wrote how it reasons and nothing else, otherwise "failed".
    """

    words: str
    kind: Literal["failed", "filtered", "reasoned"] = "failed"


@dataclass(frozen=True, slots=True)
class Part:
    """Some of one completion: new text, or its end, or both.

    Attributes:
        index: Which of those that were asked for, from 0.
        text: New text.
        finish: Why it ended, in the server's word; None while it goes on.
        failure: Why it is no completion, if it failed.
        reasoned: Whether the model wrote down how it reasons, which is no part of a text.
    """

    index: int
    text: str
    finish: str | None
    failure: Failure | None = None
    reasoned: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens as a server counts them."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """One object of an answer.

    Attributes:
        parts: What it adds to completions.
        counts: What it says about tokens, if it does.
        error: What went wrong, if something did; in any form.
        aside: The names of its fields, if it says nothing of completions: a sign that the server
            is still there, or an answer to another question.
    """

    parts: tuple[Part, ...] = ()
    counts: Counts | None = None
    error: Any = None
    aside: tuple[str, ...] = ()


def read_openai(found: dict[str, Any]) -> Chunk:
    """Read an object of `/v1/completions`, be it a piece of a stream or a whole answer.

    Raises:
        AnswerError: It is neither.
    """
    choices = found.get("choices")
    if found.get("error"):
        return Chunk(error=found)
    if choices is None and "usage" not in found:
        if "detail" in found or "message" in found:
            return Chunk(error=found)
        return Chunk(aside=_fields(found))
    if not isinstance(choices or [], list):
        raise strange(_fields(found))
    parts = [_choice(each, found) for each in choices or []]
    if len({part.index for part in parts}) < len(parts):  # all numbered 0, in a whole answer
        parts = [
            Part(at, part.text, part.finish, part.failure, part.reasoned)
            for at, part in enumerate(parts)
        ]
    return Chunk(tuple(parts), _openai_counts(found.get("usage")))


def _choice(choice: Any, found: dict[str, Any]) -> Part:
    if not isinstance(choice, dict):
        raise strange(_fields(found))
    index, text, finish = (choice.get(key) for key in ("index", "text", "finish_reason"))
    if not isinstance(text, str):
        _require_no_chat(choice)
    return Part(
        _index(index),
        text if isinstance(text, str) else "",
        str(finish) if finish else None,
        _failure(choice.get("error"), finish),
        any(choice.get(name) for name in _REASONING),
    )


def _index(index: Any) -> int:
    """Read which completion it is; some servers write the number as text, or leave it out."""
    if isinstance(index, str) and index.isdecimal() and len(index) < _DIGITS:
        return int(index)
    return index if isinstance(index, int) else 0


def _failure(error: Any, finish: Any) -> Failure | None:
    if error:
        told = error.get("message") if isinstance(error, dict) else error
        return Failure(str(told or error))
    reason = str(finish).lower()
    if reason in _FAILED:
        return Failure(f"it ended with {reason!r}", "filtered" if _FAILED[reason] else "failed")
    return None


def _require_no_chat(choice: dict[str, Any]) -> None:
    """Refuse the words of a conversation: they are an answer, and not how the text goes on."""
    for name in _CHAT:
        said = choice.get(name)
        if isinstance(said, dict):
            raise AnswerError(
                f"The server answered as in a conversation (with {name!r}), not with a completion.",
                hint="Check that the address is that of an API with /completions, and that the "
                "server has a base model; a chat model is asked as chat:provider/model.",
            )


_MOST_TOKENS: Final = 10**9
"""So many tokens no request has; a server that counts more is not believed."""


def _openai_counts(usage: Any) -> Counts | None:
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached = _number(details, "cached_tokens") if isinstance(details, dict) else 0
    return Counts(_number(usage, "prompt_tokens"), cached, _number(usage, "completion_tokens"))


def read_ollama(found: dict[str, Any]) -> Chunk:
    """Read an object of Ollama's `/api/generate`."""
    if found.get("error"):
        return Chunk(error=found)
    if "response" not in found and "done" not in found:
        return Chunk(aside=_fields(found))
    done = bool(found.get("done"))
    counts = Counts(
        prompt=_number(found, "prompt_eval_count"), completion=_number(found, "eval_count")
    )
    finish = str(found.get("done_reason") or "stop") if done else None
    part = Part(
        0,
        str(found.get("response") or ""),
        finish,
        _failure(None, finish),
        bool(found.get("thinking")),
    )
    return Chunk((part,), counts if done else None)


def _number(table: dict[str, Any], key: str) -> int:
    value = table.get(key)
    return value if isinstance(value, int) and 0 < value < _MOST_TOKENS else 0


def _fields(found: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(map(str, found))[:8])


def strange(fields: tuple[str, ...]) -> AnswerError:
    """Make an error of an answer that has other fields than a completion."""
    return AnswerError(
        f"The server's answer holds no completion, but {', '.join(fields)}.",
        hint="Check that the address is that of an API with /completions, not one for chat.",
    )
