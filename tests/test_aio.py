"""The calls for asynchronous code: the same as the plain ones, side by side, and as events."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

import flourishing as fl
from tests.conftest import ScriptedModel

ANIMALS = "|cat|elephant|rabbit|dog|"
POEMS = ["the fog comes\non little cat feet", "a wet, black bough\nand petals on it"]
HEN = ["a big ol' hen", "a hen", "hen"]


def test_a_coroutine_gives_what_the_plain_call_gives() -> None:
    plain = fl.breed(POEMS, 3, model="echo", seed=5)
    awaited = asyncio.run(fl.aio.breed(POEMS, 3, model="echo", seed=5))
    assert [each.content for each in awaited] == [each.content for each in plain]
    assert isinstance(asyncio.run(fl.aio.base_model(ANIMALS, model="echo")), str)
    assert len(asyncio.run(fl.aio.base_model(ANIMALS, responses=3, model="echo"))) == 3
    scores = asyncio.run(fl.aio.logprobs(ANIMALS, ["cat|"], model="echo"))
    assert scores == fl.logprobs(ANIMALS, ["cat|"], model="echo")
    likeliest = asyncio.run(fl.aio.next_token(ANIMALS, k=2, model="echo"))
    assert likeliest == fl.next_token(ANIMALS, k=2, model="echo")


def test_versions_are_written_both_ways() -> None:
    better = asyncio.run(fl.aio.refine(POEMS[0], 1, examples=[HEN], model="echo"))
    worse = asyncio.run(fl.aio.worsen(POEMS[0], 1, examples=[HEN], model="echo"))
    assert (better.operation, worse.operation) == (fl.Operation.REFINE, fl.Operation.WORSEN)


def test_many_run_at_once() -> None:
    async def all_of_them() -> list[fl.Brood]:
        tasks = [
            asyncio.create_task(fl.aio.breed(POEMS, 2, model="echo", seed=seed))
            for seed in range(5)
        ]
        return list(await asyncio.gather(*tasks))

    broods = asyncio.run(all_of_them())
    assert [brood.seed for brood in broods] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "call",
    [
        lambda: fl.aio.breed_events(POEMS, 2, model="echo", seed=1),
        lambda: fl.aio.events(fl.BreedRequest(parents=POEMS, n=2, model="echo", seed=1)),
        lambda: fl.aio.refine_events(POEMS[0], 2, examples=[HEN], model="echo", seed=1),
        lambda: fl.aio.worsen_events(POEMS[0], 2, examples=[HEN], model="echo", seed=1),
    ],
)
def test_events_come_in_their_order_and_the_brood_at_the_end(call: Callable[[], Any]) -> None:
    async def events() -> list[fl.BreedingEvent]:
        return [event async for event in call()]

    first, *some, last = asyncio.run(events())
    assert isinstance(first, fl.Asked)
    assert isinstance(last, fl.Brood)
    assert {event.index for event in some if isinstance(event, fl.Arrived)} == {0, 1}


def test_leaving_the_events_stops_the_model() -> None:
    model = ScriptedModel(["wolf"])

    async def leave() -> None:
        async with aclosing(fl.aio.breed_events(["cat", "dog"], 5, "list", model=model)) as events:
            async for event in events:
                if isinstance(event, fl.Arrived):
                    break

    asyncio.run(leave())
    assert model.calls[0].closed


def test_cancelling_a_call_stops_the_model() -> None:
    class Endless(ScriptedModel):
        async def prompt_room(self, n: int, max_tokens: int) -> int:  # noqa: ARG002
            await asyncio.Event().wait()
            return 0

    async def cancelled() -> bool:
        task = asyncio.create_task(fl.aio.breed(["cat"], 1, "list", model=Endless([""])))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(cancelled())


def test_a_text_is_shared_without_blocking(tmp_path: Path) -> None:
    with fl.open_garden(tmp_path / "garden.db") as garden:
        (fog,) = garden.add("the fog comes")
        shared = asyncio.run(fl.aio.share(garden, fog.id, "text"))
        assert shared == fl.share(garden, fog.id, "text")


@pytest.mark.parametrize(
    "name",
    [
        *("breed", "refine", "worsen", "base_model", "logprobs", "embed"),
        *("judge_texts", "check_judge", "share"),
    ],
)
def test_both_have_the_same_arguments(name: str) -> None:
    plain = inspect.signature(getattr(fl, name)).parameters
    awaited = inspect.signature(getattr(fl.aio, name)).parameters
    assert list(plain) == list(awaited)
    assert inspect.iscoroutinefunction(getattr(fl.aio, name))


def test_all_that_is_offered_is_documented() -> None:
    assert sorted(fl.aio.__all__) == fl.aio.__all__
    assert all(inspect.getdoc(getattr(fl.aio, name)) for name in fl.aio.__all__)
