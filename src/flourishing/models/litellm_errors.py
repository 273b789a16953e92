"""What LiteLLM raises, as errors of ours: by its class, its status or its words, without a key.

LiteLLM wraps what the clients of all its providers raise, and not always well: a missing key and a
broken connection both come as a server's failure (500), so the words are looked at before the
status is.
"""

from __future__ import annotations

import os
import re
from typing import Final

from flourishing.errors import (
    AuthError,
    EndpointError,
    FlourishingError,
    ModelNotFoundError,
    PromptTooLongError,
    ServerError,
    TooSlowError,
    UnreachableError,
)
from flourishing.models.endpoint.keys import Key
from flourishing.models.endpoint.refusals import refusal, said
from flourishing.models.endpoint.tokens import estimate

_SECRET: Final = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_SHORTEST_SECRET: Final = 8
"""Characters; to hide less than this would hide parts of plain words."""
_WRAPPING: Final = re.compile(r"^(?:litellm\.)?(?:\w+(?:Error|Exception)(?:: | - ))+")
_NO_KEY: Final = re.compile(
    r"missing credentials|api[_ ]?key.{0,40}(?:must be set|not (?:set|found|provided)|missing)"
    r"|missing.{0,20}api[_ ]?key",
    re.IGNORECASE,
)
_NO_CONNECTION: Final = re.compile(r"connection error|cannot connect|connect call failed", re.I)
_LOWEST: Final = 400
"""The lowest status that is a refusal."""


def mapped(error: Exception, *, name: str, prompt: str) -> FlourishingError:
    """Make an error of ours of what LiteLLM raised.

    Args:
        error: What it raised; nothing of it hangs on the error that is given.
        name: The model, as errors call it.
        prompt: What was sent.
    """
    kind = type(error).__name__
    words = _WRAPPING.sub("", said(str(error).encode("utf-8", "replace"), _hidden))
    if kind == "EmptyCompletionError":
        return ServerError(
            f"{name} answered without words.",
            hint="Try again; it may refuse such texts, or need more max_tokens to think.",
        )
    if kind == "ContextWindowExceededError":
        return PromptTooLongError(
            f"The prompt is too long for {name}: {words}.",
            hint="Use fewer or shorter examples, or ask for shorter offspring.",
            tokens=estimate(prompt),
            limit=0,
        )
    if kind == "Timeout":
        return TooSlowError(f"{name} did not answer: {words}.", hint="Try again.")
    if "LLM Provider NOT provided" in words:
        return ModelNotFoundError(
            f"{name} does not say whose model it is.",
            hint="Write chat:provider/model, such as chat:openai/gpt-4o.",
        )
    if _NO_KEY.search(words):
        return AuthError(
            f"There is no key for {name}: {words}.",
            hint="Put it into the environment, under the name that LiteLLM gives it, such as "
            "OPENAI_API_KEY or ANTHROPIC_API_KEY.",
        )
    if _NO_CONNECTION.search(words):
        return UnreachableError(
            f"{name} cannot be reached: {words}.",
            hint="Check the network, and the variables of the proxy (HTTPS_PROXY, NO_PROXY).",
        )
    return _by_status(error, words, name)


def _by_status(error: Exception, words: str, name: str) -> FlourishingError:
    status = getattr(error, "status_code", None)
    if status == 404:
        return ModelNotFoundError(
            f"{name} is not known: {words}.",
            hint="Check the model's name at its provider; it is chat:provider/model.",
        )
    if not isinstance(status, int) or status < _LOWEST:
        return EndpointError(
            f"{name} failed: {words or type(error).__name__}.",
            hint="Check the model's name, and that its provider's key is in the environment.",
        )
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    return refusal(
        status,
        words.encode(),
        {str(each).lower(): str(value) for each, value in headers.items()},
        where=name,
        model=name,
    )


def secret_stops() -> tuple[str, ...]:
    """Give what no text may hold: what the environment holds under names of secrets."""
    return tuple(stop for secret in _secrets() for stop in secret.stops)


def _hidden(words: str) -> str:
    """Give words without what the environment holds under names of secrets."""
    for secret in _secrets():
        words = secret.hide(words)
    return words


def _secrets() -> list[Key]:
    return [
        Key(value)
        for name, value in os.environ.items()
        if _SECRET.search(name) and len(value) >= _SHORTEST_SECRET
    ]
