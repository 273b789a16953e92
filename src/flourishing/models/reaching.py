"""Reaching a server for something else than breeding: to probe it, or to talk to it.

`Endpoint` hides what a server refuses and makes up for what it cannot; whoever wants to see that,
or asks on another path, sends single requests of their own. They find the server, its key and its
time limits here as the endpoint does, and are as patient: a request that failed by chance is made
again after growing pauses (stamina), and one that came too often waits as the server says.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import stamina

from flourishing import settings
from flourishing.errors import InputError, RateLimitError, ServerError, UnreachableError
from flourishing.models.endpoint import Address, Endpoint
from flourishing.models.endpoint.keys import find_key
from flourishing.models.endpoint.wire import Wire
from flourishing.models.opening import open_model
from flourishing.models.protocol import BaseModel, Waiting
from flourishing.settings import NamedModel

T = TypeVar("T")

_ATTEMPTS: Final = 4
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 8.0
_MOST_WAITING: Final = 300.0
"""Seconds for which one request waits, all in all, because the server was asked too often."""
_OPEN_WAY: Final = (
    "The key for {} is sent over plain http, where others on the way can read it; use https if "
    "the server has it."
)

# It says on the log that it tries again, and Python prints what no log was set up for.
logging.getLogger("stamina").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Reached:
    """A server, and the way to it.

    Attributes:
        endpoint: The model there, as `open_model` gives it.
        wire: Sends single requests, with the key.
    """

    endpoint: Endpoint
    wire: Wire

    @property
    def address(self) -> Address:
        """Where it is."""
        return self.endpoint.address

    @property
    def described(self) -> NamedModel:
        """How a person has described it."""
        return self.endpoint.settings

    @property
    def warning(self) -> str:
        """What to say before the key is sent; empty where nobody on the way can read it."""
        in_the_open = self.address.is_open and self.wire.has_key
        return _OPEN_WAY.format(self.address.base) if in_the_open else ""


def reach(model: str | BaseModel) -> Reached:
    """Find the server of a model.

    Args:
        model: A name in the configuration, an address `http(s)://host/v1#model-id`, or a model.

    Raises:
        InputError: The model is not behind an address.
        ModelNotFoundError: There is no such model.
        AuthError: The place that was named for its key has none.
    """
    opened = open_model(model)
    if not isinstance(opened, Endpoint):
        raise InputError(
            f"{opened.name} is not behind an address.",
            hint="Give an address https://host/v1#model-id, or the name of a model that the "
            "configuration describes with an endpoint.",
        )
    by_address = opened.settings not in settings.named_models().values()
    key = find_key(opened.settings, by_address=by_address)
    return Reached(opened, Wire(opened.address, key, opened.settings.timeouts.connect))


async def patiently(
    ask: Callable[[], Awaitable[T]], *, tell: Callable[[Waiting], None] | None = None
) -> T:
    """Make a request, and make it again where that may help.

    Args:
        ask: Makes the request; must not have shown anything when it fails.
        tell: Told once a second how long is still waited, where the server asks for it.

    Raises:
        EndpointError: What the last attempt raised.
    """
    waited, times = 0.0, 0
    while True:
        try:
            return await _again_by_chance(ask)
        except RateLimitError as error:
            pause = error.seconds if error.seconds is not None else min(2.0**times, 30.0)
            waited, times = waited + max(pause, 0.1), times + 1
            if waited > _MOST_WAITING:
                raise
            why = str(error)
        await _count_down(pause, why, tell)


async def _again_by_chance(ask: Callable[[], Awaitable[T]]) -> T:
    async for attempt in stamina.retry_context(
        on=(UnreachableError, ServerError),
        attempts=_ATTEMPTS,
        timeout=None,
        wait_initial=_FIRST_PAUSE,
        wait_max=_LONGEST_PAUSE,
        wait_jitter=_FIRST_PAUSE,
    ):
        with attempt:
            return await ask()
    raise AssertionError("the last attempt returns or raises")


async def _count_down(seconds: float, why: str, tell: Callable[[Waiting], None] | None) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while (left := until - loop.time()) > 0:
        if tell is not None:
            tell(Waiting(left, why))
        await asyncio.sleep(min(1.0, left))
