"""What models do while nobody waits: they read prompts in advance, and embed texts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

import pytest

from flourishing.garden import AsyncGarden, Garden, open_garden
from flourishing.models import BaseModel, Reading, open_model
from flourishing.models.echo import EchoModel
from flourishing.studio.background import BackgroundEmbedding, Prefill
from tests.studio.conftest import Studio


@pytest.fixture
def filled(garden: Garden) -> Garden:
    garden.add("fog", "sea", "dove")
    return garden


def embedded(garden: Garden, model: BaseModel, *, stop: bool = False) -> int:
    """Give how many contents have an embedding once the work is done, or was stopped at once."""

    async def work() -> None:
        background = BackgroundEmbedding()
        await background.begin(AsyncGarden(garden), model)
        if stop:
            await background.stop()
        own = {asyncio.current_task()}
        if others := asyncio.all_tasks() - own:
            await asyncio.wait(others)

    asyncio.run(work())
    return garden.embeddings.counts(model.name)[0]


class Reader(EchoModel):
    """A model that reads prompts in advance, once it may."""

    def __init__(self, name: str, may: asyncio.Event, log: asyncio.Queue[str]) -> None:
        self.name = name
        self._may = may
        self._log = log

    async def file_for(self, prompt: str) -> str:
        return "plain" if prompt.isascii() else "accented"

    async def prefill(self, prompt: str) -> AsyncGenerator[Reading]:
        self._log.put_nowait(f"{self.name} begins {prompt}")
        await self._may.wait()
        self._log.put_nowait(f"{self.name} has read {prompt}")
        yield Reading(len(prompt), len(prompt))


def test_each_of_several_models_reads_its_prompt_in_turn() -> None:
    async def prompt() -> str:
        return "fog"

    async def work() -> list[str]:
        prefill, may, log = Prefill(), asyncio.Event(), asyncio.Queue[str]()
        one, two = Reader("one", may, log), Reader("two", may, log)
        wanted = [(one, prompt), (open_model("echo"), prompt), (two, prompt)]
        await prefill.wish(wanted)
        begun = [await log.get()]
        await prefill.wish(wanted)  # the same again: what is being read goes on
        may.set()
        begun += [await log.get() for _ in range(3)]
        assert await prefill.known(one, "foggy") == 3
        await prefill.stop()
        return begun

    assert asyncio.run(work()) == [
        *("one begins fog", "one has read fog"),
        *("two begins fog", "two has read fog"),
    ]


def test_no_file_of_a_model_is_taken_to_remember_what_another_one_read() -> None:
    async def work() -> tuple[list[int], list[str]]:
        prefill, may, log = Prefill(), asyncio.Event(), asyncio.Queue[str]()
        may.set()
        model = Reader("one", may, log)
        await prefill.learn(model, "fog\n")
        known = [await prefill.known(model, prompt) for prompt in ("fog\n", "fog\nété\n")]
        await prefill.learn(model, "sea\nété\n")
        known.append(await prefill.known(model, "fog\nété\n"))
        known.append(await prefill.known(model, "fog\ndove\n"))

        async def beginning() -> str:
            return "sea\n"

        await prefill.wish([(model, beginning)])
        begun = [await log.get() for _ in range(2)]
        await prefill.stop()
        return known, begun

    assert asyncio.run(work()) == ([4, 0, 0, 4], ["one begins sea\n", "one has read sea\n"])


@pytest.mark.slow
def test_texts_are_embedded_where_some_are_already(filled: Garden) -> None:
    echo = open_model("echo")
    filled.embed_missing(echo, limit=1)
    assert embedded(filled, echo, stop=True) == 1
    assert embedded(filled, echo) == 3


def test_nothing_is_embedded_where_nobody_asked(filled: Garden) -> None:
    assert embedded(filled, open_model("echo")) == 0


def test_no_server_is_asked(filled: Garden) -> None:
    class Far(type(open_model("echo"))):  # type: ignore[misc]
        name = "https://example.org/v1"

    filled.embed_missing(Far(), limit=1)
    assert embedded(filled, Far()) == 1


def test_what_was_bred_is_embedded_afterwards(studio: Studio) -> None:
    parents = ["the fog comes in from the sea at night", "a grey owl sits on the cold church"]
    with open_garden(studio.garden) as garden:
        garden.add(*parents)
        garden.embed_missing("echo")
        asked = {"parents": parents, "n": 4, "seed": 1}
        studio.follow("POST", "/api/broods", json=asked, headers={"Accept": "text/event-stream"})
        bred = garden.embeddings.counts("echo")[1]
        assert bred > len(parents)
        end = time.monotonic() + 60
        while garden.embeddings.counts("echo")[0] < bred:
            assert time.monotonic() < end
            time.sleep(0.1)
