"""Coroutines called plainly, from any thread, and let go of by Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random

import pytest

from flourishing import sync


async def twice(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


def test_a_coroutine_gives_what_it_returns() -> None:
    assert sync.run(twice(4)) == 8


def test_an_error_comes_out_as_it_was_raised() -> None:
    error = LookupError("gone")

    async def fail() -> None:
        raise error

    with pytest.raises(LookupError) as raised:
        sync.run(fail())
    assert raised.value is error


def test_a_call_that_asks_to_exit_ends_no_other_call() -> None:
    async def leave() -> None:
        await asyncio.sleep(0)
        raise SystemExit(3)

    async def in_a_group() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(leave())

    for work in (leave, in_a_group):
        with pytest.raises(SystemExit):
            sync.run(work())
    assert sync.run(twice(4)) == 8


def test_it_works_inside_a_running_event_loop() -> None:
    async def cell() -> int:
        return sync.run(twice(5))

    assert asyncio.run(cell()) == 10


def test_many_threads_may_call_at_once() -> None:
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda number: sync.run(twice(number)), range(50)))
    assert results == [2 * number for number in range(50)]


class Counting:
    """Counts for ever, and notes whether it was closed."""

    def __init__(self, *, slow_to_close: bool = False) -> None:
        self.begun, self.closed = threading.Event(), threading.Event()
        self.slow_to_close = slow_to_close

    async def events(self) -> AsyncGenerator[int]:
        number = 0
        self.begun.set()
        try:
            while True:
                yield number
                number += 1
                await asyncio.sleep(0)
        finally:
            if self.slow_to_close:
                await asyncio.sleep(0.01)
            self.closed.set()


async def three() -> AsyncGenerator[int]:
    for number in range(3):
        yield number


def test_an_asynchronous_generator_is_iterated_to_its_end() -> None:
    assert list(sync.iterate(three())) == [0, 1, 2]


def test_leaving_an_iteration_closes_the_generator() -> None:
    counting = Counting()
    events = sync.iterate(counting.events())
    assert [next(events), next(events)] == [0, 1]
    events.close()
    assert counting.closed.is_set()


def test_an_error_in_the_middle_of_an_iteration_comes_out() -> None:
    async def failing() -> AsyncGenerator[int]:
        yield 1
        raise LookupError

    events = sync.iterate(failing())
    assert next(events) == 1
    with pytest.raises(LookupError):
        next(events)


@contextmanager
def interrupted_once(started: threading.Event) -> Iterator[None]:
    """Press Ctrl-C on this thread once the event is set."""
    me = threading.get_ident()

    def press() -> None:
        started.wait()
        signal.pthread_kill(me, signal.SIGINT)

    pressing = threading.Thread(target=press)
    pressing.start()
    with pytest.raises(KeyboardInterrupt):
        yield
    pressing.join()


def test_ctrl_c_cancels_the_coroutine() -> None:
    started, cancelled = threading.Event(), threading.Event()

    async def wait_for_ever() -> None:
        await asyncio.sleep(0.2)  # until the caller waits
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with interrupted_once(started):
        sync.run(wait_for_ever())
    assert cancelled.wait(10)
    assert sync.run(twice(1)) == 2


@pytest.mark.parametrize("slow", [False, True], ids=["closed at once", "closed with an await"])
def test_ctrl_c_in_an_iteration_closes_the_generator_and_is_all_that_comes_out(
    slow: bool,
) -> None:
    started, closed = threading.Event(), threading.Event()

    async def wait_for_ever() -> AsyncGenerator[int]:
        try:
            yield 0
            await asyncio.sleep(0.2)  # until the caller waits
            started.set()
            await asyncio.Event().wait()
        finally:
            if slow:
                await asyncio.sleep(0.01)
            closed.set()

    with interrupted_once(started):
        list(sync.iterate(wait_for_ever()))
    assert closed.wait(10)


def test_ctrl_c_at_any_moment_leaves_a_busy_iteration_closed() -> None:
    me, draw = threading.get_ident(), Random(7)
    for _ in range(60):
        counting = Counting(slow_to_close=True)

        def press(counting: Counting = counting, wait: float = draw.uniform(0, 0.02)) -> None:
            counting.begun.wait()
            time.sleep(wait)
            signal.pthread_kill(me, signal.SIGINT)

        pressing = threading.Thread(target=press)
        pressing.start()
        with pytest.raises(KeyboardInterrupt):
            deque(sync.iterate(counting.events()), maxlen=0)
        pressing.join()
        assert counting.closed.wait(10)
