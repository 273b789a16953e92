"""Reading a prompt ahead, on the embedded model: inside the process, and in one of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from flourishing import sync
from flourishing.core.sampling import Sampling
from flourishing.errors import PromptTooLongError
from flourishing.models import BaseModel, Piece, Reading, Usage, open_model
from flourishing.models.protocol import Prefillable
from flourishing.models.weights import EMBEDDED_NAME, ENGLISH_NAME, LATIN_NAME
from flourishing.models.worker import WorkerModel
from tests.marks import slow_cases

pytestmark = [pytest.mark.engine, pytest.mark.timeout(200)]

OTHER_FORMS = (pytest.mark.process, pytest.mark.slow)
BATCH = 128
"""Tokens that are read at a time."""


@pytest.fixture(params=["local", pytest.param("worker", marks=OTHER_FORMS)])
def model(request: pytest.FixtureRequest) -> Prefillable:
    model: BaseModel = request.getfixturevalue(request.param)
    assert isinstance(model, Prefillable)
    return model


def poems(about: str, count: int) -> str:
    """Give a prompt that shares nothing with one about something else."""
    return "".join(f"{about} number {each} on the salt road\n---\n" for each in range(count))


async def read(model: Prefillable, prompt: str, most: int = 10**9) -> list[Reading]:
    """Read ahead, up to so many tokens at least."""
    readings: list[Reading] = []
    async with aclosing(model.prefill(prompt)) as reading:
        async for each in reading:
            readings.append(each)
            if each.read >= most:
                break
    return readings


async def write(model: Prefillable, prompt: str, n: int = 8, max_tokens: int = 2) -> Usage:
    sampling = Sampling(max_tokens=max_tokens)
    events = model.complete(prompt, n=n, sampling=sampling, stop=(), seed=1)
    async with aclosing(events):
        return [event async for event in events if isinstance(event, Usage)][-1]


def test_a_brood_of_eight_finds_a_prompt_read_that_was_read_ahead(model: Prefillable) -> None:
    prompt = poems("Gulls", 24)
    readings = sync.run(read(model, prompt))
    total = sync.run(model.count_tokens(prompt))
    assert {each.total for each in readings} == {total}
    assert [each.read for each in readings] == sorted(each.read for each in readings)
    assert readings[-1] == Reading(total, total)
    usage = sync.run(write(model, prompt))
    assert usage.prompt == total
    assert usage.cached >= total - 1


@pytest.mark.slow
def test_what_was_read_when_it_was_let_go_of_stays_read(model: Prefillable) -> None:
    prompt = poems("Herons", 50)
    total = sync.run(model.count_tokens(prompt))
    assert sync.run(read(model, prompt, 256))[-1].read < total - BATCH
    cached = sync.run(write(model, prompt)).cached
    assert 256 <= cached < total - 1


@pytest.mark.slow
def test_a_prompt_that_another_was_appended_to_is_read_from_where_they_part(
    model: Prefillable,
) -> None:
    first = sync.run(read(model, poems("Terns", 20)))[-1]
    second = sync.run(read(model, poems("Terns", 30)))
    assert second[0].read >= first.read - 8
    assert second[-1].read == second[-1].total > first.total


@pytest.mark.slow
@pytest.mark.parametrize("same", [*slow_cases([True]), False], ids=["same prompt", "another"])
def test_a_brood_does_not_wait_for_what_is_read_ahead_which_then_goes_on(
    model: Prefillable, same: bool
) -> None:
    prompt = poems("Owls" if same else "Crows", 70)

    async def both() -> tuple[list[str], list[Reading], Usage]:
        order: list[str] = []
        readings: list[Reading] = []
        begun = asyncio.Event()

        async def reading() -> None:
            async with aclosing(model.prefill(prompt)) as ahead:
                async for each in ahead:
                    readings.append(each)
                    if each.read:
                        begun.set()
            order.append("read")

        task = asyncio.create_task(reading())
        await begun.wait()
        usage = await write(model, prompt[:1000] if same else "|cat|dog|")
        order.append("written")
        await task
        return order, readings, usage

    order, readings, usage = sync.run(both())
    assert order == ["written", "read"]
    assert readings[-1].read == readings[-1].total
    if same:
        assert usage.cached >= BATCH
    assert sync.run(write(model, prompt)).cached >= readings[-1].total - 1


@pytest.mark.slow
def test_nothing_is_read_ahead_while_it_writes(model: Prefillable) -> None:
    async def both() -> list[str]:
        order: list[str] = []
        events = model.complete("Fog", n=2, sampling=Sampling(max_tokens=40), stop=(), seed=1)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Piece):
                    break

            async def reading() -> None:
                async for _ in model.prefill(poems("Wrens", 10)):
                    order.append("read")

            task = asyncio.create_task(reading())
            order += [type(event).__name__ async for event in events]
        await task
        return order

    order = sync.run(both())
    assert order.index("read") > order.index("Usage")


@pytest.mark.slow
def test_what_waits_to_be_read_and_is_let_go_of_is_not_read(model: Prefillable) -> None:
    prompt = poems("Swifts", 30)

    async def both() -> None:
        events = model.complete("Fog", n=2, sampling=Sampling(max_tokens=900), stop=(), seed=1)
        async with aclosing(events):
            await first_piece(events)
            task = asyncio.create_task(read(model, prompt))
            await model.count_tokens(prompt)
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.wait([task])

    sync.run(both())
    assert sync.run(write(model, prompt)).cached <= 2


async def first_piece(events: AsyncGenerator[object]) -> None:
    async for event in events:
        if isinstance(event, Piece):
            return


def test_what_does_not_fit_is_not_read_ahead(model: Prefillable) -> None:
    with pytest.raises(PromptTooLongError) as refusal:
        sync.run(read(model, "a b c d e f " * 10_000))
    assert refusal.value.tokens > refusal.value.limit


def test_a_log_probability_does_not_wait_for_what_is_read_ahead(model: Prefillable) -> None:
    async def both() -> bool:
        task = asyncio.create_task(read(model, poems("Rooks", 150)))
        await asyncio.sleep(0.1)
        await model.next_token("The fog", k=1)
        done = task.done()
        task.cancel()
        await asyncio.wait([task])
        return done

    assert not sync.run(both())


def test_only_a_model_that_remembers_reads_ahead(model: Prefillable) -> None:
    assert not isinstance(open_model("echo"), Prefillable)
    assert isinstance(WorkerModel("not started", ["nothing"]), Prefillable)


def test_it_names_the_file_that_reads_a_prompt(model: Prefillable) -> None:
    prompts = ["fog on the sea", "été à la plage", "水"]
    assert [sync.run(model.file_for(each)) for each in prompts] == [
        ENGLISH_NAME,
        LATIN_NAME,
        EMBEDDED_NAME,
    ]
