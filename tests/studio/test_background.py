"""What models do while nobody waits: texts are embedded in gardens where somebody asked for it."""

from __future__ import annotations

import asyncio
import time

import pytest

from flourishing.garden import AsyncGarden, Garden, open_garden
from flourishing.models import BaseModel, open_model
from flourishing.studio.background import BackgroundEmbedding
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
