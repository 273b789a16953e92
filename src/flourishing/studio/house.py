"""What the requests share: the garden, the broods on their way, the models, who is listening."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from flourishing.garden import Bed, Garden
from flourishing.studio.ahead import ReadAhead
from flourishing.studio.engines import Engines
from flourishing.studio.running import Broods


class Listeners:
    """Who wants to know when a bed has changed: the tabs in which it is open."""

    def __init__(self) -> None:
        self._changed: dict[int, asyncio.Event] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def tell(self, bed: int) -> None:
        """Say that a bed has changed; from any thread."""
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
class House:
    """What the requests share.

    Attributes:
        garden: Where everything is.
        engines: The models that were asked for.
        broods: The broods on their way.
        ahead: Reads prompts while the person still picks.
        listeners: The tabs in which beds are open.
    """

    garden: Garden
    engines: Engines
    broods: Broods = field(default_factory=Broods)
    listeners: Listeners = field(default_factory=Listeners)
    ahead: ReadAhead = field(default_factory=ReadAhead)

    def model_of(self, bed: Bed) -> str | None:
        """Give the name of the model of a bed; None for the one that is configured."""
        name = bed.settings.get("model")
        return None if name is None else str(name)

    async def close(self) -> None:
        """Stop what is on its way, save what came of it, and let go of the models."""
        await self.ahead.stop()
        await self.broods.stop()
        await self.engines.close()


def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


InHouse: TypeAlias = Annotated[House, Depends(_house)]
