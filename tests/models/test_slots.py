"""Slots: as many requests at once as are allowed, and fewer where a server has no room."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from flourishing import bridge
from flourishing.models.endpoint import Endpoint
from flourishing.models.endpoint.slots import Slots
from flourishing.models.protocol import Completion, Waiting
from flourishing.sampling import Sampling
from flourishing.settings import NamedModel
from tests.models.behaviours import room_for_two
from tests.models.server import Server


async def crowd(slots: Slots, many: int) -> int:
    """Have many go through, and give how many were inside at once."""
    inside = most = 0

    async def one() -> None:
        nonlocal inside, most
        async with slots:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(one() for _ in range(many)))
    return most


def test_no_more_are_inside_than_are_allowed() -> None:
    assert asyncio.run(crowd(Slots(3), 50)) == 3


def test_several_that_are_refused_together_count_as_one() -> None:
    slots = Slots(8)
    for _ in range(7):
        slots.fewer(8)
    assert slots.now == 4
    assert asyncio.run(crowd(slots, 50)) == 4


def test_there_is_always_one_and_more_are_tried_once_all_goes_well() -> None:
    slots = Slots(2)
    for _ in range(5):
        slots.fewer(slots.now)
    assert slots.now == 1
    for _ in range(4):
        slots.went_well()
    assert slots.now == 2
    for _ in range(100):
        slots.went_well()
    assert slots.now == 2


def test_who_stops_waiting_takes_no_turn_away() -> None:
    async def leave() -> None:
        slots = Slots(1)
        await slots.__aenter__()
        waiting = [asyncio.create_task(crowd(slots, 1)) for _ in range(3)]
        await asyncio.sleep(0)
        await slots.__aexit__()
        waiting[0].cancel()  # just when its turn has come
        with suppress(asyncio.CancelledError):
            await waiting[0]
        await asyncio.wait_for(asyncio.gather(*waiting[1:]), 10)

    asyncio.run(leave())


def test_a_server_with_room_for_few_is_asked_for_few_at_once(server: Server) -> None:
    server.calls.pop(room_for_two.__name__, None)
    described = NamedModel(endpoint=server.base(room_for_two.__name__), model="m", context=9000)
    model = Endpoint(described)
    model.learnt.honours_n = False

    async def ask() -> list[object]:
        sampling = Sampling(max_tokens=8)
        events = model.complete("|cat|dog|", n=8, sampling=sampling, stop=("|",), seed=1)
        return [each async for each in events]

    events = bridge.run(ask())
    assert len([each for each in events if isinstance(each, Completion)]) == 8
    assert any(isinstance(each, Waiting) for each in events)
    assert len(server.completions(room_for_two.__name__)) == 9
    assert model.slots.now == 4, "half of what the configuration allows"
