"""Taking turns on an event loop, where work between two waits is long."""

from __future__ import annotations

from collections.abc import Generator
from types import coroutine


@coroutine
def turn() -> Generator[None]:
    """Let everybody else on the event loop go on who can, and then go on.

    It is what `asyncio.sleep(0)` does; asyncio itself costs more to import than all the rest of us.
    """
    yield
