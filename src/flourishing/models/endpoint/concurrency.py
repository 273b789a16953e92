"""Requests side by side: a limit on their number, and the one event loop that they run on.

The limit is lowered while a server has no room for more (`ConcurrencyLimit`).

An HTTP client belongs to one event loop, and a process has several: the studio's, a notebook's,
those of `asyncio.run`. So that connections are shared and none outlives its loop, everything that
touches the network runs on the loop of `sync`, which lives as long as the process
(`iterate_on_sync_loop`, `await_on_sync_loop`). What comes is handed to the caller's loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from flourishing import sync

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


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class _Relay(Generic[T]):
    """Moves the items of a generator on the loop of `sync` into a queue on the caller's."""

    def __init__(self, items: AsyncGenerator[T]) -> None:
        self.queue: asyncio.Queue[T | _End] = asyncio.Queue()
        self._items = items
        self._home = asyncio.get_running_loop()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[object] | None = None
        self._unwanted = False

    async def run(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        error: BaseException | None = None
        try:
            async with aclosing(self._items) as items:
                if not self._unwanted:
                    async for item in items:
                        self._hand(item)
        except BaseException as raised:  # noqa: BLE001 - handed over, and raised there
            error = raised
        self._hand(_End(error))

    def stop(self) -> None:
        """Stop; called on the caller's loop."""
        self._unwanted = True
        if self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)

    def _hand(self, item: T | _End) -> None:
        if self._home is self._loop:
            self.queue.put_nowait(item)
        elif not self._home.is_closed():
            self._home.call_soon_threadsafe(self.queue.put_nowait, item)
        elif not isinstance(item, _End):
            raise asyncio.CancelledError  # nobody is there any more


async def iterate_on_sync_loop(items: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """Iterate a generator that runs on the loop of `sync`.

    Leaving the iteration, or cancelling it, closes the generator there before it returns.

    Args:
        items: The generator.
    """
    relay = _Relay(items)
    sync.start(relay.run())
    ended = False
    try:
        while True:
            item = await relay.queue.get()
            if isinstance(item, _End):
                ended = True
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        if not ended:
            relay.stop()
            while not isinstance(await relay.queue.get(), _End):
                pass


async def await_on_sync_loop(work: Coroutine[object, object, T]) -> T:
    """Await a coroutine that runs on the loop of `sync`.

    Args:
        work: The coroutine.
    """

    async def one() -> AsyncGenerator[T]:
        yield await work

    async with aclosing(iterate_on_sync_loop(one())) as items:
        async for item in items:
            return item
    raise AssertionError("a coroutine returns")
