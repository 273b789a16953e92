"""A limit on concurrent requests to a server, lowered while the server has no room for more."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

_SUCCESSES: Final = 4
"""So many times the present limit of requests must succeed before one more is tried."""


class ConcurrencyLimit:
    """As many concurrent requests as a person allows, and fewer while the server refuses them.

    Args:
        most: The most requests at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = most
        self._used = 0
        self._successes = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def now(self) -> int:
        """The present limit of concurrent requests."""
        return self._now

    def reduce(self, at: int) -> None:
        """Allow half as many, because the server had no room.

        Args:
            at: How many were allowed when the request was sent: of several that were refused
                together, only the first has an effect.
        """
        if at == self._now:
            self._now, self._successes = max(1, at // 2), 0

    def succeeded(self) -> None:
        """Allow one more, if enough requests succeeded since the last change."""
        self._successes += 1
        if self._now < self._most and self._successes >= _SUCCESSES * self._now:
            self._now, self._successes = self._now + 1, 0
            self._wake()

    async def __aenter__(self) -> int:
        while self._used >= self._now:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            except BaseException:
                self._waiting = deque(each for each in self._waiting if each is not future)
                self._wake()  # it may have been this one's turn
                raise
        self._used += 1
        return self._now

    async def __aexit__(self, *_: object) -> None:
        self._used -= 1
        self._wake()

    def _wake(self) -> None:
        free = self._now - self._used
        while self._waiting and free > 0:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                free -= 1
