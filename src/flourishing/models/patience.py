"""Making a request again where that may help.

What failed by chance is asked again after growing pauses (stamina). What was asked too often, or of
a server that is not ready, waits as long as the server says, and that is told (`waiting.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import stamina

from flourishing.errors import RateLimitError, ServerError, UnreachableError
from flourishing.models.waiting import wait

T = TypeVar("T")

MOST_WAITING: Final = 300.0
"""Seconds for which one request waits, all in all, because the server was asked too often."""
_ATTEMPTS: Final = 4
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 8.0
_LONGEST_GUESS: Final = 30.0
_SHORTEST: Final = 0.1
"""Seconds that are waited at first where a server asks for none at all, and then more each time."""

# It says on the log that it tries again, and Python prints what no log was set up for.
logging.getLogger("stamina").addHandler(logging.NullHandler())


async def patiently(
    ask: Callable[[], Awaitable[T]], *, attempts: int = _ATTEMPTS, most: float = MOST_WAITING
) -> T:
    """Make a request, and make it again where that may help.

    Args:
        ask: Makes the request; must not have shown anything when it fails.
        attempts: How often it is made where it fails by chance.
        most: Seconds that are waited, all in all, where the server asks for it.

    Raises:
        EndpointError: What the last attempt raised.
    """
    waited, times = 0.0, 0
    while True:
        try:
            return await _again_by_chance(ask, attempts)
        except RateLimitError as error:
            seconds = pause(error, times)
            waited, times = waited + seconds, times + 1
            if waited > most:
                raise
            why = str(error)
        await wait(seconds, why)


def pause(error: RateLimitError, times: int) -> float:
    """Give how many seconds to wait: as long as the server says, and longer each time.

    Args:
        error: What it said.
        times: How often it said so before.
    """
    least = 1.0 if error.seconds is None else _SHORTEST
    backoff = min(least * 2.0**times, _LONGEST_GUESS)
    return max(error.seconds or 0.0, backoff)


async def _again_by_chance(ask: Callable[[], Awaitable[T]], attempts: int) -> T:
    async for attempt in stamina.retry_context(
        on=(UnreachableError, ServerError),
        attempts=attempts,
        timeout=None,
        wait_initial=_FIRST_PAUSE,
        wait_max=_LONGEST_PAUSE,
        wait_jitter=_FIRST_PAUSE,
    ):
        with attempt:
            return await ask()
    raise AssertionError("the last attempt returns or raises")
