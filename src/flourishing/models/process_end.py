"""What is closed before the interpreter ends: engines, and worker processes.

When the interpreter ends, it stops every thread that returns to Python. A thread whose callback
returns from the engine's C++ to Python is then unwound through C++ frames that catch everything,
and the process aborts ("FATAL: exception not rethrown"); an engine that still works while C++
destroys its static objects is a segmentation fault. So all engines are closed first, and none is
opened after that. The package imports this module early: Python never calls an exit handler that
is registered while exit handlers run, as by a thread that just then loads a model.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from flourishing.errors import EngineError


class Closable(Protocol):
    """What ends its work when it is closed, and may be closed more than once."""

    def close(self) -> None:
        """End all work, and wait until it has ended."""


_opening: Final = threading.Lock()
_ending: Final = threading.Event()
_opened: Final[weakref.WeakSet[Closable]] = weakref.WeakSet()


@contextmanager
def closed_at_end(resource: Closable) -> Iterator[None]:
    """Open a resource that is closed before the interpreter ends, which waits until it is open.

    Args:
        resource: What the body of the `with` statement opens; only a weak reference is kept.

    Raises:
        EngineError: The interpreter is ending.
    """
    with _opening:
        if _ending.is_set():
            raise EngineError("The program is ending.", hint="Start it again.")
        yield
        _opened.add(resource)


def is_ending() -> bool:
    """Say whether the interpreter is ending, so that nobody is left to receive an error."""
    return _ending.is_set()


@atexit.register
def _close_all() -> None:
    _ending.set()
    with _opening:  # what is just being opened is closed too
        resources = list(_opened)
    for resource in resources:
        resource.close()
