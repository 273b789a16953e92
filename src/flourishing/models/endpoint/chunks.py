"""One JSON object of an answer, in one form for all servers, and reading foreign JSON with care."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from flourishing.errors import AnswerError

_DIGITS: Final = 10
_MOST_TOKENS: Final = 10**9
"""So many tokens no request has; a server that counts more is not believed."""
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
"""Finish reasons that mean a failure, in small letters, and whether the text was filtered."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one completion of an answer is not usable.

    Attributes:
        words: The server's own words, or what is wrong with what it sent.
        kind: "filtered" where the server held the text back because of its content, "reasoned"
            where the model wrote its reasoning and nothing else, "empty" where it wrote nothing
            although a text was expected, otherwise "failed".
    """

    words: str
    kind: Literal["failed", "filtered", "reasoned", "empty"] = "failed"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of one completion: new text, or its end, or both.

    Attributes:
        index: Which of the requested completions, from 0.
        text: New text.
        finish: Why it ended, in the server's word; None while it goes on.
        failure: Why it is not usable, if it failed.
        reasoned: Whether the model wrote reasoning, which is not part of a text.
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
    """One JSON object of an answer, in one form for all servers.

    Attributes:
        parts: What it adds to completions.
        counts: The token counts in it, if there are any.
        error: The error in it, if there is one; in any form.
        aside: The names of its fields, if it is not about completions: a keep-alive signal, or an
            answer to another question.
    """

    parts: tuple[Part, ...] = ()
    counts: Counts | None = None
    error: Any = None
    aside: tuple[str, ...] = ()


def whole_number(value: Any) -> int | None:
    """Read a whole number above 0 out of foreign JSON; None for anything else.

    Args:
        value: What stands there.
    """
    return value if isinstance(value, int) and value > 0 else None


def token_count(table: Any, key: str) -> int:
    """Read a number of tokens out of foreign JSON; 0 for anything that cannot be one.

    Args:
        table: Where it may be.
        key: Under which name.
    """
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, int) and 0 < value < _MOST_TOKENS else 0


def completion_index(index: Any) -> int:
    """Read which completion it is; some servers write the number as text, or leave it out.

    Args:
        index: What stands there.
    """
    if isinstance(index, str) and index.isdecimal() and len(index) < _DIGITS:
        return int(index)
    return index if isinstance(index, int) else 0


def failure_of(error: Any, finish: Any) -> Failure | None:
    """Give why a completion failed; None if it did not.

    Args:
        error: The error that came with it, if any.
        finish: The finish reason that came with it, if any.
    """
    if error:
        message = error.get("message") if isinstance(error, dict) else error
        return Failure(str(message or error))
    reason = str(finish).lower()
    if reason in _FAILED:
        return Failure(f"it ended with {reason!r}", "filtered" if _FAILED[reason] else "failed")
    return None


def field_names(found: dict[str, Any]) -> tuple[str, ...]:
    """Give the first names of an object's fields, for an error.

    Args:
        found: The object.
    """
    return tuple(sorted(map(str, found))[:8])


def unexpected_fields(fields: tuple[str, ...]) -> AnswerError:
    """Make an error of an answer that has other fields than a completion.

    Args:
        fields: The names of its fields.
    """
    return AnswerError(
        f"The server's answer holds no completion, but {', '.join(fields)}.",
        hint="Check that the address is that of an API with /completions, not one for chat.",
    )
