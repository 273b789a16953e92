"""Reading the next prompt while the person still picks, so that Enter waits for nothing.

Only where it costs nothing: a model on this machine. One prompt at a time, since one engine
remembers one well; another wish ends the one before, of which what was read stays read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Final

from flourishing.errors import FlourishingError
from flourishing.models import BaseModel
from flourishing.models.protocol import Prefillable as ReadsAhead

_SETTLED: Final = 0.15
"""Seconds without a change after which a prompt is read: a person often changes several things."""


class Prefill:
    """Reads the prompt that was wished for last."""

    def __init__(self) -> None:
        self._wish: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._read: tuple[str, str] | None = None
        self._known: dict[str, str] = {}

    def known(self, model: BaseModel, prompt: str) -> int:
        """Give how many characters of a prompt, from the first, the model has read before.

        Args:
            model: The model.
            prompt: The prompt.
        """
        before = self._known.get(model.name, "")
        most = min(len(before), len(prompt))
        return next((at for at in range(most) if before[at] != prompt[at]), most)

    def learn(self, model: BaseModel, prompt: str) -> None:
        """Note that a model has read a prompt.

        Args:
            model: The model.
            prompt: The prompt, or the part of it that was read.
        """
        self._known[model.name] = prompt

    async def wish(self, model: BaseModel, find_prompt: Callable[[], Awaitable[str]]) -> None:
        """Read a prompt when nothing else has been wished for a moment; the wish before is off.

        Args:
            model: The model; one that cannot read ahead is left alone.
            find_prompt: Gives the prompt.
        """
        await _end(self._wish)
        self._wish = None
        if isinstance(model, ReadsAhead):
            self._wish = asyncio.create_task(self._settle(model, find_prompt))

    async def stop(self) -> None:
        """Let go of what is wished for and what is being read; what was read stays read."""
        await _end(self._wish)
        await _end(self._reading)
        self._wish = self._reading = self._read = None

    async def _settle(self, model: ReadsAhead, find_prompt: Callable[[], Awaitable[str]]) -> None:
        await asyncio.sleep(_SETTLED)
        # A bed that cannot be bred from yet is no error here: breeding says what is amiss.
        with suppress(FlourishingError):
            await model.load()
            prompt = await find_prompt()
            if self._known.get(model.name, "").startswith(prompt):
                return
            if self._read == (model.name, prompt):
                return  # it is being read already
            await _end(self._reading)
            self._read = (model.name, prompt)
            self._reading = asyncio.create_task(self._read_prompt(model, prompt))

    async def _read_prompt(self, model: ReadsAhead, prompt: str) -> None:
        try:
            with suppress(FlourishingError):
                async with aclosing(model.prefill(prompt)) as reading:
                    async for progress in reading:
                        share = progress.read / max(progress.total, 1)
                        self.learn(model, prompt[: int(len(prompt) * share)])
                self.learn(model, prompt)
        finally:
            self._read = None


async def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
