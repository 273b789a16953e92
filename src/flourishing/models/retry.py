"""Making a request again where that may help: the one place that says how.

What failed by chance is tried again after growing pauses (stamina). A server that asks to be left
alone, or is not ready, is waited for as long as it says, and longer each time; such waits are
reported (`waiting.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import stamina

from flourishing.errors import RateLimitError, ServerError, UnreachableError
from flourishing.models.waiting import wait

T = TypeVar("T")

MOST_WAITING: Final = 300.0
"""Seconds for which one request waits, all in all, because of rate limits."""
ATTEMPTS: Final = 4
"""How often a request is made, at the most, where it fails by chance."""
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 8.0
_BY_CHANCE: Final = (UnreachableError, ServerError)
_LONGEST_GUESS: Final = 30.0
_SHORTEST: Final = 0.1
"""Seconds of the first wait where a server asks for none at all; later ones are longer."""

# It writes to the log that it tries again, and Python prints what no log was set up for.
logging.getLogger("stamina").addHandler(logging.NullHandler())


attempts = partial(
    stamina.retry_context,
    attempts=ATTEMPTS,
    timeout=None,
    wait_initial=_FIRST_PAUSE,
    wait_max=_LONGEST_PAUSE,
    wait_jitter=_FIRST_PAUSE,
)
"""The attempts at something that may fail by chance, with growing pauses between them.

`on` has the errors after which it is tried again, or a function that decides; `attempts` says how
often at the most. What is tried goes into `with attempt:`, in a `for` or an `async for`.
"""


@dataclass(slots=True)
class RateLimitWaits:
    """The waits of one request because of rate limits.

    Attributes:
        most: Seconds that are waited at the most, all in all.
    """

    most: float = MOST_WAITING
    _waited: float = 0.0
    _times: int = 0

    async def wait(self, error: RateLimitError, why: str) -> None:
        """Wait, or raise the error where that would be too long.

        Args:
            error: The rate limit.
            why: The reason to report, as a sentence.

        Raises:
            RateLimitError: There were too many, or too long ones, before.
        """
        seconds = pause(error, self._times)
        self._waited, self._times = self._waited + seconds, self._times + 1
        if self._waited > self.most:
            raise error
        await wait(seconds, why)


async def retried(
    ask: Callable[[], Awaitable[T]], *, most_attempts: int = ATTEMPTS, most: float = MOST_WAITING
) -> T:
    """Make a request, and make it again where that may help.

    Args:
        ask: Makes the request; must not have shown anything when it fails.
        most_attempts: How often it is made where it fails by chance, 4 by default.
        most: Seconds that are waited because of rate limits, all in all; 300 by default.

    Raises:
        EndpointError: What the last attempt raised.
    """
    waits = RateLimitWaits(most)
    while True:
        try:
            async for attempt in attempts(
                on=(UnreachableError, ServerError), attempts=most_attempts
            ):
                with attempt:
                    return await ask()
        except RateLimitError as error:
            limited = error
        await waits.wait(limited, str(limited))


def pause(error: RateLimitError, times: int) -> float:
    """Give how many seconds to wait: as long as the server says, and longer each time.

    Args:
        error: The rate limit.
        times: How many there were before it.
    """
    least = 1.0 if error.seconds is None else _SHORTEST
    backoff = min(least * 2.0**times, _LONGEST_GUESS)
    return max(error.seconds or 0.0, backoff)
