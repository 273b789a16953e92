"""Running a coroutine or a generator on the bridge's event loop, from any other loop.

An HTTP client belongs to one event loop, and a process has several: the studio's, a notebook's,
those of `asyncio.run`. So that connections are shared and none outlives its loop, everything that
touches the network runs on the bridge's loop, which lives as long as the process. What comes is
handed to the caller's loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

from flourishing import bridge

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class _Relay(Generic[T]):
    """Moves the items of a generator on the bridge's loop into a queue on the caller's."""

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


async def iterate_on_bridge(items: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """Iterate a generator that runs on the bridge's loop.

    Leaving the iteration, or cancelling it, closes the generator there before it returns.
    """
    relay = _Relay(items)
    bridge.start(relay.run())
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


async def await_on_bridge(work: Coroutine[object, object, T]) -> T:
    """Await a coroutine that runs on the bridge's loop."""

    async def one() -> AsyncGenerator[T]:
        yield await work

    async with aclosing(iterate_on_bridge(one())) as items:
        async for item in items:
            return item
    raise AssertionError("a coroutine returns")
