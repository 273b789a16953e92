"""The one bridge between asynchronous code and those who call it plainly.

Model calls and breeding are coroutines. At a Python prompt, in a script or in a notebook (which
has an event loop of its own, already running) they are run on a loop in a thread beside.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from typing import TypeVar

T = TypeVar("T")


def run(work: Coroutine[object, object, T]) -> T:
    """Run a coroutine to its end, from any thread.

    Ctrl-C cancels it and waits until it has let go of what it held.

    Args:
        work: The coroutine.

    Returns:
        What it returns.
    """
    future = asyncio.run_coroutine_threadsafe(work, _loop())
    try:
        return future.result()
    except KeyboardInterrupt:
        future.cancel()
        raise


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="flourishing-bridge", daemon=True).start()
    return loop
