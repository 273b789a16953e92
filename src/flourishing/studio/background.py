"""What models do while nobody waits for them: reading prompts in advance, and embedding texts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Final, TypeAlias

from flourishing.errors import FlourishingError
from flourishing.garden import AsyncGarden
from flourishing.garden.meaning import embed_missing
from flourishing.models import BaseModel
from flourishing.models.protocol import Prefillable as ReadsAhead
from flourishing.studio.engines import is_here

_SETTLED: Final = 0.15
"""Seconds without a change after which a prompt is read: a person often changes several things."""
_IDLE: Final = 2.0
"""Seconds after a brood until texts are embedded."""
_AT_ONCE: Final = 200
"""Texts that are embedded after one brood; the rest of a large garden has its turn later."""

FindPrompt: TypeAlias = Callable[[], Awaitable[str]]
"""Gives the prompt that a model will be asked with next."""


class Prefill:
    """Reads the prompts that were wished for last.

    What was read is noted by model and file: the embedded model has several files, and none of
    them remembers what another one has read.
    """

    def __init__(self) -> None:
        self._wish: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._read: tuple[str, str] | None = None
        self._known: dict[tuple[str, str], str] = {}

    async def known(self, model: BaseModel, prompt: str) -> int:
        """Give how many characters of a prompt, from the first, its file has read before.

        Args:
            model: The model.
            prompt: The prompt.

        Raises:
            ModelError: The model failed.
        """
        before = self._known.get(await _reader(model, prompt), "")
        most = min(len(before), len(prompt))
        return next((at for at in range(most) if before[at] != prompt[at]), most)

    async def learn(self, model: BaseModel, prompt: str) -> None:
        """Note that a model has read a prompt.

        Args:
            model: The model.
            prompt: The prompt.
        """
        with suppress(FlourishingError):  # the request that asks the model reports it
            self._known[await _reader(model, prompt)] = prompt

    async def wish(self, wanted: Sequence[tuple[BaseModel, FindPrompt]]) -> None:
        """Read prompts when nothing else has been wished for a moment; the wish before is off.

        Args:
            wanted: Models, each with what finds its prompt; they read one after the other, since
                they share the machine. Those that cannot read ahead are left alone.
        """
        await _end(self._wish)
        able = [(model, find) for model, find in wanted if isinstance(model, ReadsAhead)]
        self._wish = asyncio.create_task(self._settle(able))

    async def stop(self) -> None:
        """Cancel the prompts that are wished for and the one being read; what was read is kept."""
        await _end(self._wish)
        await _end(self._reading)
        self._wish = self._reading = self._read = None

    async def _settle(self, wanted: Sequence[tuple[ReadsAhead, FindPrompt]]) -> None:
        await asyncio.sleep(_SETTLED)
        for model, find_prompt in wanted:
            # A bed that cannot be bred from yet is no error here: breeding says what is amiss.
            with suppress(FlourishingError):
                await model.load()
                await self._read_on(model, await find_prompt())

    async def _read_on(self, model: ReadsAhead, prompt: str) -> None:
        """Read a prompt to its end; a later wish leaves the reading to go on."""
        if self._known.get(await _reader(model, prompt), "").startswith(prompt):
            return
        if self._reading is None or self._read != (model.name, prompt):
            await _end(self._reading)
            self._read = (model.name, prompt)
            self._reading = asyncio.create_task(self._read_prompt(model, prompt))
        await asyncio.wait([self._reading])

    async def _read_prompt(self, model: ReadsAhead, prompt: str) -> None:
        try:
            with suppress(FlourishingError):
                reader = await _reader(model, prompt)
                async with aclosing(model.prefill(prompt)) as reading:
                    async for progress in reading:
                        share = progress.read / max(progress.total, 1)
                        self._known[reader] = prompt[: int(len(prompt) * share)]
                self._known[reader] = prompt
        finally:
            self._read = None


class BackgroundEmbedding:
    """Embeds the texts of a garden while no brood is on its way.

    Choosing by taste and search by meaning then find most embeddings made. It does nothing in a
    garden in which nobody has asked for either yet, where it would cost time and memory in vain,
    and nothing with a model on a server, where it might cost money.
    """

    def __init__(self) -> None:
        self._work: asyncio.Task[None] | None = None

    async def begin(self, garden: AsyncGarden, model: BaseModel) -> None:
        """Embed the newest texts without an embedding, some seconds from now.

        Args:
            garden: The garden.
            model: The model that embeds them.
        """
        await self.stop()
        if is_here(model.name):
            self._work = asyncio.create_task(self._embed(garden, model))

    async def stop(self) -> None:
        """End the work; what was embedded is stored."""
        await _end(self._work)
        self._work = None

    async def _embed(self, garden: AsyncGarden, model: BaseModel) -> None:
        await asyncio.sleep(_IDLE)
        with suppress(FlourishingError):  # whoever asks for embeddings gets the error
            if await garden.read(lambda its: its.embeddings.has_any(model.name)):
                await embed_missing(garden, model, limit=_AT_ONCE)


async def _reader(model: BaseModel, prompt: str) -> tuple[str, str]:
    """Give the names of a model and of its file that reads a prompt."""
    file = await model.file_for(prompt) if isinstance(model, ReadsAhead) else ""
    return model.name, file


async def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
