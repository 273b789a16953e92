"""A server's refusal: as one error with a remedy, and which field it may be about.

A refusal seldom names one field: it may name none, or list all that it knows. So one field after
the other is left out (`FieldElimination`), and only if none alone was the trouble, several. What
did not help is put back, and only what helped is remembered for the server: a setting that it takes
is not lost to a refusal that was about something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from flourishing.core.sampling import COMMON_SETTINGS, SETTINGS, Sampling
from flourishing.errors import (
    AuthError,
    BusyError,
    EndpointError,
    InputError,
    ModelNotFoundError,
    NoMoneyError,
    RateLimitError,
    ServerError,
)

if TYPE_CHECKING:
    from flourishing.models.endpoint.server import ServerCapabilities

LEAVE_OUT_SETTING: Final = "Leave it out, or use a model that has it, such as the embedded one."
_LONGEST: Final = 300
"""Characters of a server's own words that are shown."""
_FAILED: Final = 500
_UNAVAILABLE: Final = 503
_LOWEST: Final = 400
"""The lowest status of an error."""
_ABOVE: Final = 600
_CHECK_KEY: Final = "Check the key: that it is set, whole, for this server, and allowed this model."
_CHECK_ADDRESS: Final = (
    "Check that the address is right (most end in /v1), that the server has /completions, and "
    "that it calls the model {!r}."
)
_ASK_LESS: Final = (
    "Wait a while, ask for fewer at once (parallel in the configuration), or ask the provider for "
    "a higher limit."
)
THEIR_TROUBLE: Final = "The trouble is on its side: try again later, or use another model."
"""What can be done about a server that fails."""
_WAIT: Final = (
    "Try again in a while; if it stays so, ask for fewer at once (parallel in the configuration), "
    "or look at the server's log."
)
_LATER: Final = {408, 409, 425, 429, 529}
"""With these a server asks to be asked later, whatever it says."""
_BUSY: Final = re.compile(
    r"loading|busy|overload|queue|capacity|too many|try again|retry|warming|starting up"
    r"|not (?:yet )?ready|unavailable_error|pending requests",
    re.IGNORECASE,
)
_NO_MONEY: Final = re.compile(
    r"insufficient[_ ](?:quota|credits?|funds|balance)|exceeded your current quota"
    r"|billing_(?:hard_limit|not_active)|out of credits|payment required",
    re.IGNORECASE,
)
_CHECK_SETTINGS: Final = (
    "It does not take this request. Look at the settings for this model, and at the server's own "
    "log."
)
_TOO_LONG: Final = re.compile(
    r"exceed_context_size|context_length_exceeded|maximum context|context (length|size|window)"
    r"|exceeds? (the |its )?(available |maximum )?context|too many tokens|prompt is too long"
    r"|`inputs` (must have less than|tokens \+ `max_new_tokens` must be)"
    r"|(payload|entity|content) too large",
    re.IGNORECASE,
)
_BY_WORDS: Final = {
    402: _NO_MONEY,
    400: _TOO_LONG,
    429: re.compile(r"rate[_ ]?limit|too many requests", re.IGNORECASE),
    503: re.compile(
        r"loading model|overload|server (?:is )?busy|queue (?:is )?full", re.IGNORECASE
    ),
    401: re.compile(r"(?:invalid|incorrect)[_ ]api[_ ]key|unauthorized", re.IGNORECASE),
}
"""By the status that it stands for: how a server says it without one."""

_ABOUT_N: Final = re.compile(
    r"""['"`]n['"`]|(?:^|[\s.(])n ?(?:must|is|=|>|should|cannot|not)|\bn:|\.n\b|: n\b"""
    r"|one (?:completion )?choice|(?:multiple|several) (?:completions|choices)|one completion",
    re.IGNORECASE,
)
_AT_MOST: Final = re.compile(
    r"(?:<=?|at most|maximum(?: of| is)?|up to|and|equal to|than) ?(\d+)", re.IGNORECASE
)
_SELDOM: Final = {"stop", "top_p", "temperature", "max_tokens"}
"""Fields that nearly all servers take: they are left out alone, not with others on suspicion."""
_UNKNOWN: Final = re.compile(
    r"unrecogni[sz]ed|unknown|unsupported|not supported|unexpected|not permitted|not allowed|extra"
    r"|invalid (?:param|arg|field|request)",
    re.IGNORECASE,
)
_CHANGING: Final = re.compile(r"[0-9a-f-]{6,}|\d+", re.IGNORECASE)
"""Numbers of requests, and the like, which differ from one refusal to the next."""


class RefusedError(EndpointError):
    """A request that the server does not take as it is; it may take it otherwise.

    Attributes:
        words: The server's own words.
        param: Which field they are about; empty where it did not say.
    """

    def __init__(self, message: str, *, hint: str, words: str, param: str = "") -> None:
        super().__init__(message, hint=hint)
        self.words = words
        self.param = param

    @property
    def too_long(self) -> bool:
        """Whether the prompt was too long."""
        return bool(_TOO_LONG.search(self.words))


def refusal(
    status: int,
    body: bytes,
    headers: dict[str, str],
    *,
    where: str,
    model: str,
    hide: Callable[[str], str] = str,
) -> EndpointError | ModelNotFoundError:
    """Make an error of a refusal.

    Args:
        status: The status of the answer.
        body: Its body.
        headers: Its headers, in small letters.
        where: The address that was asked, without a key.
        model: What the model is called there.
        hide: Gives words without the key, which a server may repeat.
    """
    words = server_words(body, hide)
    message = f"{where} answered {status}" + (f": {words}" if words else "")
    if status in {401, 403, 407}:
        return AuthError(f"{message}.", hint=_CHECK_KEY)
    if status == 402 or (status < _FAILED and _NO_MONEY.search(words)):
        return NoMoneyError(f"{message}.", hint="Add money to the account there, or use another.")
    if status == 404:
        return ModelNotFoundError(f"{message}.", hint=_CHECK_ADDRESS.format(model))
    if status == 429:
        return RateLimitError(f"{message}.", hint=_ASK_LESS, seconds=retry_after(headers))
    if _TOO_LONG.search(words):  # several say so with 500
        return RefusedError(f"{message}.", hint=_CHECK_SETTINGS, words=words)
    if (
        status in _LATER
        or (status >= _FAILED and "retry-after" in headers)
        or (status == _UNAVAILABLE and _BUSY.search(words))
    ):
        return BusyError(f"{message}.", hint=_WAIT, seconds=retry_after(headers))
    if status >= _FAILED:
        return ServerError(f"{message}.", hint=THEIR_TROUBLE)
    return RefusedError(f"{message}.", hint=_CHECK_SETTINGS, words=words, param=_param(body))


def failure(
    found: Any, *, where: str, model: str, hide: Callable[[str], str] = str
) -> EndpointError | ModelNotFoundError:
    """Make an error of an error message within an answer that had begun as a good one.

    Its status is gone by then: it stands in the message, or follows from its words.

    Args:
        found: What it sent, as JSON.
        where: The address that was asked, without a key.
        model: What the model is called there.
        hide: Gives words without the key, which a server may repeat.
    """
    sent = json.dumps(found).encode()
    words = server_words(sent, hide)
    status = _status(found) or next(
        (status for status, sign in _BY_WORDS.items() if sign.search(words)), None
    )
    if status is not None:
        return refusal(status, sent, {}, where=where, model=model, hide=hide)
    return ServerError(f"{where} broke off: {words}.", hint=THEIR_TROUBLE)


def _status(found: Any) -> int | None:
    """Find the status of an error that came in the middle of an answer; None without one."""
    error = found.get("error") if isinstance(found, dict) else None
    for table in (error, found):
        for name in ("code", "status", "status_code"):
            value = table.get(name) if isinstance(table, dict) else None
            if isinstance(value, str) and value.isdecimal() and len(value) == len("400"):
                value = int(value)
            if isinstance(value, int) and _LOWEST <= value < _ABOVE:
                return value
    return None


def _param(body: bytes) -> str:
    """Find which field a refusal is about, where the server says so."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    tables = [found, found.get("error")] if isinstance(found, dict) else []
    params = [table.get("param") for table in tables if isinstance(table, dict)]
    return next((param for param in params if isinstance(param, str)), "")


def retry_after(headers: dict[str, str]) -> float | None:
    """Read how many seconds a server wants to be left alone, given so or as a date.

    Args:
        headers: The headers of the refusal, with their names in small letters.
    """
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if isfinite(seconds) else None
    try:
        then = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    now = datetime.now(UTC)
    return max(
        0.0, (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    )


def server_words(body: bytes, hide: Callable[[str], str] = str) -> str:
    """Give a server's error message in one line; nothing of a web page.

    Args:
        body: What it sent.
        hide: Gives words without the key, after what was sent has been decoded.
    """
    text = body.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return _line(hide(f"a web page, {title[1].strip()!r}") if title else "a web page")
    try:
        found = _words(json.loads(text))
    except (ValueError, RecursionError):
        found = text
    return _line(hide(found))


def _words(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list):
        return "; ".join(filter(None, map(_words, answer[:3])))
    if not isinstance(answer, dict):
        return ""
    if "loc" in answer and "msg" in answer:  # FastAPI: which field, and what about it
        return f"{'.'.join(map(str, answer['loc']))}: {answer['msg']}"
    parts = [_words(answer[key]) for key in ("error", "message", "detail", "msg") if key in answer]
    kind = answer.get("type") or answer.get("code")
    known = next(filter(None, parts), "")
    return f"{known} ({kind})" if known and isinstance(kind, str) and kind not in known else known


def _line(words: str) -> str:
    line = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    return (line[:_LONGEST] + "…" if len(line) > _LONGEST else line).rstrip(".")


def most_n_allowed(words: str, param: str = "") -> int | None:
    """Find how many completions at once a refusal allows.

    Args:
        words: The server's words.
        param: Which field it names; "" where it did not say.

    Returns:
        The number; 1 where it only says that there are too many; None where it is not about that.
    """
    if param != "n" and not _ABOUT_N.search(words):
        return None
    numbers = [int(each) for each in _AT_MOST.findall(words)]
    return max(1, min(numbers)) if numbers else 1


def refused_setting(error: RefusedError, sampling: Sampling, base: str) -> InputError | None:
    """Give the error for a setting that only some servers have, and that this one refuses.

    Args:
        error: The refusal of a request for one completion.
        sampling: How tokens were to be drawn.
        base: The address of the server.

    Returns:
        The error; None where the refusal is about something else.
    """
    for name in sampling.in_use():
        fields = () if name in COMMON_SETTINGS else SETTINGS[name].llamacpp
        if any(_names(error, each) for each in fields):
            return InputError(
                f"{base} refuses the setting {name!r}: {error.words}", hint=LEAVE_OUT_SETTING
            )
    return None


class FieldElimination:
    """What is left out of one request because the server may refuse it.

    Args:
        capabilities: What is known of the server; what it refuses is added once that is sure.

    Attributes:
        without: The fields that are left out for now.
    """

    def __init__(self, capabilities: ServerCapabilities) -> None:
        self.without: frozenset[str] = frozenset()
        self._capabilities = capabilities
        self._sure: frozenset[str] = frozenset()
        self._last: object = None
        self._trials: Iterator[frozenset[str]] = iter(())

    def try_next(self, error: RefusedError, body: dict[str, Any]) -> bool:
        """Choose what to leave out next.

        Args:
            error: The refusal of a request for one completion.
            body: That request.

        Returns:
            Whether there is something left to try.
        """
        about = self._about(error)
        if about != self._last:  # another trouble: what was left out last had helped
            self._last, self._sure = about, self.without
            self._trials = iter(_trials(error, [name for name in self._droppable if name in body]))
        trial = next(self._trials, None)
        self.without = self._sure if trial is None else self._sure | trial
        return trial is not None

    def confirm(self) -> list[str]:
        """Remember what had to be left out, since the server took the request without it.

        Returns:
            What is newly known to be refused.
        """
        new = [
            name for name in self._droppable if name in self.without - self._capabilities.refuses
        ]
        self._capabilities.refuses.update(new)
        return new

    @property
    def _droppable(self) -> tuple[str, ...]:
        return self._capabilities.dialect.droppable

    def _about(self, error: RefusedError) -> object:
        named = [name for name in self._droppable if _names(error, name)]
        return named or _CHANGING.sub("", error.words)


def _trials(error: RefusedError, present: list[str]) -> Iterable[frozenset[str]]:
    named = [name for name in present if _names(error, name)]
    if not named and not _UNKNOWN.search(error.words):
        return
    candidates = named or present
    for name in candidates:
        yield frozenset({name})
    together = named or [name for name in present if name not in _SELDOM]
    for many in range(2, len(together) + 1):
        yield frozenset(together[:many])


def _names(error: RefusedError, name: str) -> bool:
    return error.param == name or bool(re.search(rf"(?<!\w){name}(?!\w)", error.words))
