"""Work that is done once a garden has not been written for some seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

SECONDS: Final = 2.0
"""How long nothing must have been written."""


class WhenIdle:
    """Does some work in a thread of its own, some seconds after the last call of `wrote`.

    Args:
        work: What to do; returns whether it is done, or has to be tried again later.
    """

    def __init__(self, work: Callable[[], bool]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._due = 0.0
        self._thread: threading.Thread | None = None

    def wrote(self) -> None:
        """Note that something was written just now."""
        with self._lock:
            self._due = time.monotonic() + SECONDS
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(
                    target=self._wait, name="flourishing-idle", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Do nothing any more; wait for what is being done."""
        self._closed.set()
        if (thread := self._thread) is not None and thread is not threading.current_thread():
            thread.join()

    def _wait(self) -> None:
        while True:
            while (left := self._due - time.monotonic()) > 0:
                if self._closed.wait(left):
                    return
            due = self._due
            done = self._work()
            with self._lock:
                if self._closed.is_set() or (done and due == self._due):
                    self._thread = None
                    return
                self._due = max(self._due, time.monotonic() + SECONDS)
