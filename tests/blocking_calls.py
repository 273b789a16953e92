"""The blocking calls that are made on the thread of a running event loop.

Python's audit events name what opens files, runs processes and connects; SQLAlchemy's name each
statement of a garden. What asks the system without such an event, as `Path.exists` does, is not
seen. Audit hooks cannot be removed, so there is one for all tests, which mostly does nothing.
"""

from __future__ import annotations

import asyncio
import linecache
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import PurePath as Path
from typing import Any, Final

import sqlalchemy as sa

_BLOCKING: Final = frozenset(
    {
        "open",
        "fcntl.flock",
        "glob.glob",
        "os.chmod",
        "os.listdir",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.scandir",
        "os.truncate",
        "shutil.copyfile",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "sqlite3.connect",
        "subprocess.Popen",
        "tempfile.mkdtemp",
        "tempfile.mkstemp",
        "time.sleep",
    }
)
_ONCE: Final = ("<frozen importlib", linecache.__file__)
"""What opens a file only once: a module that is imported when it is first needed, and the source
of an endpoint, which FastAPI reads to name its place in errors."""
_lock: Final = threading.Lock()
_watching: list[list[str]] = []


@contextmanager
def noted_blocking_calls() -> Iterator[list[str]]:
    """Note what blocks an event loop, of whatever thread, until the end of the block.

    Yields:
        What was noted so far: each call with where it was made.
    """
    _install()
    found: list[str] = []
    _watching.append(found)
    sa.event.listen(sa.Engine, "before_cursor_execute", _note_statement)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", _note_statement)
        _watching.remove(found)


@cache
def _install() -> None:
    sys.addaudithook(_note_event)


def _note_event(event: str, args: tuple[Any, ...]) -> None:
    if _watching and event in _BLOCKING:
        _note(f"{event} {args[:1]}")


def _note_statement(_: object, __: object, statement: str, *___: object) -> None:
    _note(f"SQL {statement[:60]}")


def _note(what: str) -> None:
    if not _in_event_loop():
        return
    # Not by extract_stack, which opens the sources.
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_stack(None)]
    if any(name.startswith(_ONCE) for name, _ in frames):
        return
    ours = [f"{Path(name).name}:{line}" for name, line in frames[2:12]]
    with _lock:
        for found in _watching:
            found.append(f"{what} from {' < '.join(ours)}")


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
