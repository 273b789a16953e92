"""The one way from plain calls to asynchronous code; and the same done with several things at once.

Model calls and breeding are coroutines. At a Python prompt, in a script or in a notebook (which
has an event loop of its own, already running) they are run on a loop in a thread beside.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Sequence
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
    import asyncio  # here, since they cost more to import than all the rest of us
    import concurrent.futures

    ended = threading.Event()
    begun: list[asyncio.Task[T]] = []
    left = False

    async def whole() -> T:
        if left:
            work.close()
            raise asyncio.CancelledError
        begun.extend(filter(None, [asyncio.current_task()]))
        try:
            return await work
        finally:
            ended.set()

    def let_go() -> None:
        if begun:
            begun[0].cancel()
        else:  # and it will not begin
            ended.set()

    try:
        future = asyncio.run_coroutine_threadsafe(whole(), _loop())
        while not future.done():
            # In slices: where a wait cannot be interrupted, Ctrl-C is seen between two of them.
            concurrent.futures.wait([future], timeout=_SLICE)
        return future.result()
    except KeyboardInterrupt:
        # Ctrl-C may have come before we got hold of the future, but after the work was handed over.
        left = True
        _loop().call_soon_threadsafe(let_go)
        ended.wait(_LETTING_GO)
        raise


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
        while (event := run(following())) is not None:
            yield event[0]
    finally:
        run(events.aclose())


@cache
def _loop() -> asyncio.AbstractEventLoop:
    import asyncio

    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="flourishing-sync", daemon=True).start()
    return loop
