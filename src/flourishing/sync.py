"""The one way from plain calls to asynchronous code; and the same done with several things at once.

Model calls and breeding are coroutines. At a Python prompt, in a script or in a notebook (which
has an event loop of its own, already running) they are run on a loop in a thread beside.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")
Given = TypeVar("Given")

_SLICE = 0.2
"""Seconds after which a waiting main thread looks whether somebody pressed Ctrl-C."""
_LETTING_GO = 5.0
"""Seconds that an interrupted coroutine has for its cleaning up before we go on without it."""


def run(work: Coroutine[object, object, T]) -> T:
    """Run a coroutine to its end, from any thread.

    An interrupt (Ctrl-C) cancels it, and waits until it has cleaned up.

    Args:
        work: The coroutine.

    Returns:
        What it returns.
    """
    try:
        return _wait_for(lambda: work)
    finally:
        if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:  # interrupted before it began
            work.close()


def start(work: Coroutine[object, object, object]) -> None:
    """Begin a coroutine and do not wait for it; what it raises is dropped.

    Args:
        work: The coroutine.
    """
    import asyncio

    asyncio.run_coroutine_threadsafe(work, _loop())


async def side_by_side(
    work: Callable[[Given], Awaitable[T]], items: Sequence[Given], *, at_once: int = 8
) -> list[T]:
    """Do the same with each item, some side by side, the first alone: it may be refused.

    Args:
        work: What is done with an item.
        items: The items.
        at_once: How many are under work at the most, at least 1; by default 8. A server bounds its
            own requests besides.

    Returns:
        What the work gives for each item, in their order.
    """
    import asyncio

    if not items:
        return []
    limit = asyncio.Semaphore(at_once)

    async def one(item: Given) -> T:
        async with limit:
            return await work(item)

    first = await work(items[0])
    tasks = [asyncio.create_task(one(item)) for item in items[1:]]
    try:
        return [first, *await asyncio.gather(*tasks)]
    finally:
        for task in tasks:
            task.cancel()


def iterate(events: AsyncGenerator[T]) -> Generator[T]:
    """Iterate an asynchronous generator from any thread; leaving the iteration closes it.

    Args:
        events: The generator.
    """

    async def following() -> tuple[T] | None:
        # A coroutine must not raise StopIteration, so the end is None and an event a tuple.
        async for event in events:
            return (event,)
        return None

    try:
        while (event := _wait_for(following)) is not None:
            yield event[0]
    finally:
        _wait_for(events.aclose)


def _wait_for(make: Callable[[], Awaitable[T]]) -> T:
    """Make something awaitable, await it on the loop, and wait for what it gives.

    It is made on the thread of the loop, which no interrupt reaches: one can come at any moment,
    also after a coroutine was made and before it begins.
    """
    import asyncio  # here, since they cost more to import than all the rest of us
    import concurrent.futures

    result: concurrent.futures.Future[T] = concurrent.futures.Future()
    ended = threading.Event()
    result.add_done_callback(lambda _: ended.set())
    begun: list[asyncio.Task[T]] = []
    left = False

    async def whole() -> T:
        return await make()

    def begin() -> None:
        if left:
            result.cancel()
            return
        task = asyncio.ensure_future(whole())
        begun.append(task)
        task.add_done_callback(hand_over)

    def hand_over(task: asyncio.Task[T]) -> None:
        if task.cancelled():
            result.cancel()
        elif error := task.exception():
            result.set_exception(error)
        else:
            result.set_result(task.result())

    def let_go() -> None:
        if begun:
            begun[0].cancel()
        else:  # and it will not begin
            result.cancel()

    try:
        _loop().call_soon_threadsafe(begin)
        # In slices: where a wait cannot be interrupted, Ctrl-C is seen between two of them.
        while not ended.wait(_SLICE):
            pass
        return result.result()
    except KeyboardInterrupt:
        left = True
        _loop().call_soon_threadsafe(let_go)
        ended.wait(_LETTING_GO)
        raise


@cache
def _loop() -> asyncio.AbstractEventLoop:
    import asyncio

    loop = asyncio.new_event_loop()

    def run() -> None:
        while True:
            # The caller gets what a task raised; asyncio ends its loop for these two besides.
            with suppress(SystemExit, KeyboardInterrupt):
                loop.run_forever()

    threading.Thread(target=run, name="flourishing-sync", daemon=True).start()
    return loop
