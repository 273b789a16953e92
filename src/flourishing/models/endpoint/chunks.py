"""What a server says in one object, in one form for all servers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flourishing.errors import AnswerError


@dataclass(frozen=True, slots=True)
class Part:
    """Some of one completion: new text, or its end, or both.

    Attributes:
        index: Which of those that were asked for, from 0.
        text: New text.
        finish: Why it ended, in the server's word; None while it goes on.
    """

    index: int
    text: str
    finish: str | None


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
    """

    parts: tuple[Part, ...] = ()
    counts: Counts | None = None
    error: Any = None


def read_openai(found: dict[str, Any]) -> Chunk:
    """Read an object of `/v1/completions`, be it a piece of a stream or a whole answer.

    Raises:
        AnswerError: It is neither.
    """
    choices = found.get("choices")
    if "error" in found and found["error"] and not choices:
        return Chunk(error=found)
    if choices is None and "usage" not in found:
        if "detail" in found or "message" in found:
            return Chunk(error=found)
        raise _strange(found)
    if not isinstance(choices or [], list):
        raise _strange(found)
    parts = [_choice(each, found) for each in choices or []]
    if len({part.index for part in parts}) < len(parts):  # all numbered 0, in a whole answer
        parts = [Part(at, part.text, part.finish) for at, part in enumerate(parts)]
    return Chunk(tuple(parts), _openai_counts(found.get("usage")))


def _choice(choice: Any, found: dict[str, Any]) -> Part:
    if not isinstance(choice, dict):
        raise _strange(found)
    index, text, finish = (choice.get(key) for key in ("index", "text", "finish_reason"))
    return Part(
        index if isinstance(index, int) else 0,
        text if isinstance(text, str) else "",
        str(finish) if finish else None,
    )


def _openai_counts(usage: Any) -> Counts | None:
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached = _number(details, "cached_tokens") if isinstance(details, dict) else 0
    return Counts(_number(usage, "prompt_tokens"), cached, _number(usage, "completion_tokens"))


def read_ollama(found: dict[str, Any]) -> Chunk:
    """Read an object of Ollama's `/api/generate`.

    Raises:
        AnswerError: It is none.
    """
    if found.get("error"):
        return Chunk(error=found)
    if "response" not in found and "done" not in found:
        raise _strange(found)
    done = bool(found.get("done"))
    counts = Counts(
        prompt=_number(found, "prompt_eval_count"), completion=_number(found, "eval_count")
    )
    finish = str(found.get("done_reason") or "stop") if done else None
    return Chunk((Part(0, str(found.get("response") or ""), finish),), counts if done else None)


def _number(table: dict[str, Any], key: str) -> int:
    value = table.get(key)
    return value if isinstance(value, int) and value > 0 else 0


def _strange(found: Iterable[str]) -> AnswerError:
    return AnswerError(
        f"The server's answer holds no completion, but {', '.join(sorted(map(str, found))[:8])}.",
        hint="Check that the address is that of an API with /completions, not one for chat.",
    )
