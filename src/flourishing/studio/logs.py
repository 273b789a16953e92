"""What the server prints of its own errors: one line each, and not without end.

An error that nobody foresaw is worth a line that says where it was, for a report. Its traceback
would fill the terminal of a person who writes poems, and can quote what is secret.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import Final

from flourishing.errors import where
from flourishing.studio.guard import BrokenAnswerError

_LOGGERS: Final = ("uvicorn.error", "asyncio", "flourishing.studio")
_MOST: Final = 20
"""So many lines are printed in a minute."""
_MINUTE: Final = 60.0


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        words = (record.getMessage().strip().splitlines() or [""])[0]
        error = record.exc_info[1] if record.exc_info else None
        return words if error is None else f"{words} ({where(error)})"


class _Seldom(logging.Filter):
    """Lets so many lines pass in a minute, and none once the server is about to end."""

    def __init__(self) -> None:
        super().__init__()
        self.ending = False
        self._printed: deque[float] = deque()

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if self.ending or isinstance(error, BrokenAnswerError | asyncio.CancelledError):
            return False
        now = time.monotonic()
        while self._printed and now - self._printed[0] > _MINUTE:
            self._printed.popleft()
        if len(self._printed) >= _MOST:
            return False
        self._printed.append(now)
        return True


_seldom: Final = _Seldom()


def set_up() -> None:
    """Print errors of the server from now on, each in a line on stderr."""
    _seldom.ending = False
    handler = logging.StreamHandler()
    handler.setLevel(logging.ERROR)
    handler.setFormatter(_OneLine())
    handler.addFilter(_seldom)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False


def quiet() -> None:
    """Print nothing more: the server ends, and what it breaks off is no error."""
    _seldom.ending = True
