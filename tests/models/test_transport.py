"""The limit: as many requests at once as are allowed, and fewer where a server has no room."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import suppress

from flourishing import sync
from flourishing.core.sampling import Sampling
from flourishing.models.endpoint import Endpoint
from flourishing.models.endpoint.transport import ConcurrencyLimit, await_on_sync_loop
from flourishing.models.protocol import Completion, Waiting
from flourishing.settings import NamedModel
from tests.models.behaviours import room_for_two
from tests.models.server import Server


async def crowd(limit: ConcurrencyLimit, many: int) -> int:
    """Have many go through, and give how many were inside at once."""
    inside = most = 0

    async def one() -> None:
        nonlocal inside, most
        async with limit:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(one() for _ in range(many)))
    return most


def test_no_more_are_inside_than_are_allowed() -> None:
    assert asyncio.run(crowd(ConcurrencyLimit(3), 50)) == 3


def test_several_that_are_refused_together_count_as_one() -> None:
    limit = ConcurrencyLimit(8)
    for _ in range(7):
        limit.reduce(8)
    assert limit.now == 4
    assert asyncio.run(crowd(limit, 50)) == 4


def test_there_is_always_one_and_more_are_tried_once_all_goes_well() -> None:
    limit = ConcurrencyLimit(2)
    for _ in range(5):
        limit.reduce(limit.now)
    assert limit.now == 1
    for _ in range(4):
        limit.succeeded()
    assert limit.now == 2
    for _ in range(100):
        limit.succeeded()
    assert limit.now == 2


def test_who_stops_waiting_takes_no_turn_away() -> None:
    async def leave() -> None:
        limit = ConcurrencyLimit(1)
        await limit.__aenter__()
        waiting = [asyncio.create_task(crowd(limit, 1)) for _ in range(3)]
        await asyncio.sleep(0)
        await limit.__aexit__()
        waiting[0].cancel()  # just when its turn has come
        with suppress(asyncio.CancelledError):
            await waiting[0]
        await asyncio.wait_for(asyncio.gather(*waiting[1:]), 10)

    asyncio.run(leave())


def test_a_server_with_room_for_few_is_asked_for_few_at_once(server: Server) -> None:
    server.calls.pop(room_for_two.__name__, None)
    described = NamedModel(endpoint=server.base(room_for_two.__name__), model="m", context=9000)
    model = Endpoint(described)
    model.capabilities.honours_n = False

    async def ask() -> list[object]:
        sampling = Sampling(max_tokens=8)
        events = model.complete("|cat|dog|", n=8, sampling=sampling, stop=("|",), seed=1)
        return [each async for each in events]

    events = sync.run(ask())
    assert len([each for each in events if isinstance(each, Completion)]) == 8
    assert any(isinstance(each, Waiting) for each in events)
    assert len(server.completions(room_for_two.__name__)) == 9
    assert model.limit.now == 4, "half of what the configuration allows"


def test_what_is_left_before_it_began_never_begins() -> None:
    begun: list[bool] = []
    free = threading.Event()

    async def work() -> None:
        begun.append(True)

    async def hold() -> None:
        free.wait()

    async def leave() -> None:
        sync.start(hold())
        asking = asyncio.ensure_future(await_on_sync_loop(work()))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.sleep(0)
        free.set()
        with suppress(asyncio.CancelledError):
            await asking

    asyncio.run(leave())
    gc.collect()  # a coroutine that nobody awaited would be complained of here
    assert begun == []
