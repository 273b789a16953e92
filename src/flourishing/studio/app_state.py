"""What the requests share: the garden, the broods on their way, the models, who is listening."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from flourishing import blocking
from flourishing.app.other_words import GivenWords
from flourishing.app.prompting import MeasuredPrompts
from flourishing.app.rounds import KnownRounds
from flourishing.garden import AsyncGarden, Bed
from flourishing.studio.background import BackgroundEmbedding, Prefill
from flourishing.studio.breeding_jobs import BreedingJobs, Streams
from flourishing.studio.engines import Engines
from flourishing.studio.guard import SESSION
from flourishing.studio.pulls import Pulls
from flourishing.studio.run_jobs import RunJobs

_MOST_RENDERINGS = 200
"""The most requests that wait to be rendered; a page of a garden shows a hundred texts."""


class Listeners:
    """Who wants to know when a bed has changed: the tabs in which it is open."""

    def __init__(self) -> None:
        self._changed: dict[int, asyncio.Event] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def notify(self, bed: int) -> None:
        """Say that a bed has changed; from any thread.

        Args:
            bed: The number of the bed.
        """
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake, bed)

    async def changes(self, bed: int, *, at_least_every: float) -> AsyncGenerator[None]:
        """Yield when a bed has changed, and now and then, for what others changed.

        Args:
            bed: The number of the bed.
            at_least_every: Seconds.
        """
        self._loop = asyncio.get_running_loop()
        while True:
            changed = self._changed.setdefault(bed, asyncio.Event())
            try:
                async with asyncio.timeout(at_least_every):
                    await changed.wait()
            except TimeoutError:
                pass
            yield

    def _wake(self, bed: int) -> None:
        if (changed := self._changed.pop(bed, None)) is not None:
            changed.set()


@dataclass(slots=True, eq=False)
class AppState:
    """What the requests share.

    Attributes:
        garden: Where everything is.
        engines: The models that were asked for.
        jobs: The broods that are on their way.
        runs: The runs that are on their way.
        pulls: The models that are being pulled.
        prefill: Reads prompts while the person still picks.
        embedding: Embeds texts while no brood is on its way.
        listeners: The tabs in which beds are open.
        streams: The streams of events that are open.
        given_words: Which words models gave for places of texts.
        known_rounds: The rounds of beds that were looked at.
        measured_prompts: Prompts with the figures and answers that were found lately.
        renderers: The threads in which texts are rendered.
    """

    garden: AsyncGarden
    engines: Engines
    jobs: BreedingJobs = field(default_factory=BreedingJobs)
    runs: RunJobs = field(default_factory=RunJobs)
    pulls: Pulls = field(default_factory=Pulls)
    listeners: Listeners = field(default_factory=Listeners)
    prefill: Prefill = field(default_factory=Prefill)
    embedding: BackgroundEmbedding = field(default_factory=BackgroundEmbedding)
    streams: Streams = field(default_factory=Streams)
    given_words: GivenWords = field(default_factory=GivenWords)
    known_rounds: KnownRounds = field(default_factory=dict)
    measured_prompts: MeasuredPrompts = field(default_factory=MeasuredPrompts)
    renderers: blocking.Workers = field(
        default_factory=lambda: blocking.Workers(
            "flourishing-rendering", threads=2, most_waiting=_MOST_RENDERINGS
        )
    )

    def model_of(self, bed: Bed) -> str | None:
        """Give the name of the model of a bed, or of its first; None for the configured one.

        Args:
            bed: The bed.
        """
        return bed.settings.writers[0]

    async def leave(self) -> None:
        """Stop what is on its way, save what came of it, and end all streams of events."""
        await self.pulls.leave()
        await self.prefill.stop()
        await self.jobs.stop()
        await self.runs.stop()
        await self.embedding.stop()
        self.streams.end_all()

    async def close(self) -> None:
        """Leave, end the loading of models, and wait for what the garden was asked."""
        await self.leave()
        await self.engines.close()
        await self.garden.close()
        await blocking.run(self.renderers.close)


async def _state(request: Request) -> AppState:
    state: AppState = request.app.state.shared
    return state


async def _session(request: Request) -> str:
    return str(request.scope.get(SESSION, "here"))


CurrentState: TypeAlias = Annotated[AppState, Depends(_state)]
Session: TypeAlias = Annotated[str, Depends(_session)]
