"""A reader-writer lock with a third, preemptible mode."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class EngineLock:
    """Lets holders in together (`shared`), or one by itself (`exclusive` and `preemptible`).

    Whoever waits for exclusive use goes before those who want shared use, so that an endless stream
    of them does not keep it waiting. A preemptible holder goes after everybody, and is asked to
    leave as soon as anybody waits.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._waiting = 0
        self._waiting_exclusive = 0
        self._wanted: threading.Event | None = None

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold the lock together with other shared holders."""
        with self._changed:
            self._wait(lambda: self._inside >= 0 and not self._waiting_exclusive)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock with nobody else inside."""
        with self._changed:
            self._waiting_exclusive += 1
            try:
                self._wait(lambda: self._inside == 0)
            finally:
                self._waiting_exclusive -= 1
            self._inside = -1
        try:
            yield
        finally:
            with self._changed:
                self._inside = 0
                self._changed.notify_all()

    @contextmanager
    def preemptible(self) -> Iterator[threading.Event]:
        """Hold the lock while nobody else wants it.

        Yields:
            An event that is set as soon as somebody waits; they wait until the lock is released.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: not self._inside and not self._waiting and self._wanted is None
            )
            wanted = self._wanted = threading.Event()
        try:
            yield wanted
        finally:
            with self._changed:
                self._wanted = None
                self._changed.notify_all()

    def _wait(self, free: Callable[[], bool]) -> None:
        if self._wanted is not None:
            self._wanted.set()
        self._waiting += 1
        try:
            self._changed.wait_for(lambda: self._wanted is None and free())
        finally:
            self._waiting -= 1
