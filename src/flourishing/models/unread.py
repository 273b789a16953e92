"""Whether somebody reads a completion as it comes.

What a person has read is not asked for again behind their back, since it would change before their
eyes. Where nobody reads the words before they are whole, an answer that broke off in the middle is
asked for again like any other. As with waits (`waiting.py`), this is said around a call, and not
handed down through everything in between.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_unread: Final = ContextVar("_unread", default=False)


@contextmanager
def unread() -> Generator[None]:
    """Say of what is called within that nobody reads its words before it is whole."""
    token = _unread.set(True)
    try:
        yield
    finally:
        _unread.reset(token)


def is_unread() -> bool:
    """Whether nobody reads the words of a completion before it is whole."""
    return _unread.get()
