"""Ending on a signal as on Ctrl-C: what is done so far is saved first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Terminated(KeyboardInterrupt):
    """The process was told to end: by the system, or since its terminal was closed.

    Attributes:
        signal: The number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = number


def stop_on_signals() -> None:
    """Let SIGTERM and SIGHUP do what Ctrl-C does, unless they are ignored (as under nohup)."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off Ctrl-C and its like until something short is done, such as saving."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGINT, *_ENDING)
        if callable(signal.getsignal(number))
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for number in came[:1]:
        signal.raise_signal(number)


def _stop(number: int, _: FrameType | None) -> None:
    for each in (signal.SIGINT, *_ENDING):  # once: what came is being saved
        signal.signal(each, signal.SIG_IGN)
    raise Terminated(number)
