"""Blocking work of coroutines: done in threads, finished once begun, refused if too much waits."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator

import pytest

from flourishing import blocking
from flourishing.blocking import Workers
from flourishing.errors import OverloadedError


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers("test", threads=1, most_waiting=1)
    yield workers
    workers.close()


class Work:
    """Work that blocks until it is released, and then notes that it has ended."""

    def __init__(self) -> None:
        self.begun, self.released, self.ended = (threading.Event() for _ in range(3))

    def __call__(self) -> str:
        self.begun.set()
        self.released.wait()
        self.ended.set()
        return "done"


async def begun(work: Work) -> None:
    await blocking.run(work.begun.wait)


def test_a_function_runs_in_another_thread_and_gives_what_it_returns() -> None:
    async def ask() -> tuple[int, int]:
        return await blocking.run(divmod, 7, 2)

    assert asyncio.run(ask()) == (3, 1)
    assert asyncio.run(blocking.run(threading.get_ident)) != threading.get_ident()
    assert asyncio.run(blocking.finish(int, "12", base=8)) == 10


def test_an_error_comes_out_as_it_was_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(blocking.run(divmod, 7, 0))
    with pytest.raises(ZeroDivisionError):
        asyncio.run(blocking.finish(divmod, 7, 0))


def test_a_function_sees_the_context_of_its_caller() -> None:
    name = contextvars.ContextVar("name", default="nobody")

    async def ask() -> str:
        name.set("sea")
        return await blocking.run(name.get)

    assert asyncio.run(ask()) == "sea"


def test_the_event_loop_goes_on_meanwhile(workers: Workers) -> None:
    async def ask() -> str:
        work = Work()
        asked = asyncio.create_task(workers.run(work))
        await begun(work)
        assert not asked.done()
        work.released.set()
        return await asked

    assert asyncio.run(ask()) == "done"


def test_one_kind_of_work_takes_no_threads_from_another(workers: Workers) -> None:
    async def ask() -> str:
        work = Work()
        asked = asyncio.create_task(workers.run(work))
        await begun(work)
        other = await blocking.run(str, 1)
        still = not asked.done()
        work.released.set()
        assert still
        assert await asked == "done"
        return other

    assert asyncio.run(ask()) == "1"


def test_what_was_begun_is_finished_before_a_cancelled_caller_goes_on(workers: Workers) -> None:
    async def ask() -> None:
        work = Work()
        asked = asyncio.create_task(workers.finish(work))
        await begun(work)
        for _ in range(3):
            asked.cancel()
            await asyncio.sleep(0.01)
            assert not asked.done()
        work.released.set()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert work.ended.is_set()

    asyncio.run(ask())


def test_an_error_after_the_caller_was_cancelled_disturbs_nobody(workers: Workers) -> None:
    async def ask() -> None:
        reported: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: reported.append(told))
        work = Work()

        def fail() -> None:
            work()
            raise LookupError

        asked = asyncio.create_task(workers.finish(fail))
        await begun(work)
        asked.cancel()
        await asyncio.sleep(0)
        work.released.set()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert reported == []

    asyncio.run(ask())


@pytest.mark.parametrize("how", ["run", "finish"])
def test_what_was_not_begun_when_its_caller_was_cancelled_is_left_out(
    workers: Workers, how: str
) -> None:
    async def ask() -> None:
        first, second = Work(), Work()
        asked = asyncio.create_task(workers.run(first))
        await begun(first)
        other = asyncio.create_task(getattr(workers, how)(second))
        await asyncio.sleep(0)
        other.cancel()
        with pytest.raises(asyncio.CancelledError):
            await other
        first.released.set()
        await asked
        assert await workers.run(str, "after") == "after"
        assert not second.begun.is_set()

    asyncio.run(ask())


def test_a_cancelled_caller_of_run_goes_on_at_once(workers: Workers) -> None:
    async def ask() -> None:
        work = Work()
        asked = asyncio.create_task(workers.run(work))
        await begun(work)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert not work.ended.is_set()
        work.released.set()

    asyncio.run(ask())


def test_more_work_than_may_wait_is_refused_until_some_is_done(workers: Workers) -> None:
    async def ask() -> None:
        work = Work()
        asked = [asyncio.create_task(workers.run(each)) for each in (work, work)]
        await begun(work)
        with pytest.raises(OverloadedError) as refused:
            await workers.run(str)
        assert refused.value.hint
        work.released.set()
        assert await asyncio.gather(*asked) == ["done", "done"]
        assert await workers.run(str, "again") == "again"

    asyncio.run(ask())
