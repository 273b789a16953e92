"""A gate that many may pass together, or one alone, or one aside until somebody comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Gate:
    """Lets callers through together (`shared`), or one by itself (`alone` and `aside`).

    Who waits to be alone goes before those who come to share, so that it is not kept waiting by
    an endless stream of them. Who is aside goes after everybody, and is called away by all.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._coming = 0
        self._waiting_alone = 0
        self._called: threading.Event | None = None

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold the gate together with others."""
        with self._changed:
            self._wait(lambda: self._inside >= 0 and not self._waiting_alone)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the gate with nobody else inside."""
        with self._changed:
            self._waiting_alone += 1
            try:
                self._wait(lambda: self._inside == 0)
            finally:
                self._waiting_alone -= 1
            self._inside = -1
        try:
            yield
        finally:
            with self._changed:
                self._inside = 0
                self._changed.notify_all()

    @contextmanager
    def aside(self) -> Iterator[threading.Event]:
        """Hold the gate while nobody else wants it.

        Yields:
            What is set when somebody comes; they wait until the gate is left.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: not self._inside and not self._coming and self._called is None
            )
            called = self._called = threading.Event()
        try:
            yield called
        finally:
            with self._changed:
                self._called = None
                self._changed.notify_all()

    def _wait(self, free: Callable[[], bool]) -> None:
        if self._called is not None:
            self._called.set()
        self._coming += 1
        try:
            self._changed.wait_for(lambda: self._called is None and free())
        finally:
            self._coming -= 1
