"""Programs run here: in workers of pydantic-monty, each a process of its own behind a second wall.

Monty is an interpreter of a part of Python that knows no files, no network and no modules of the
system. It stops a program by time, memory and depth; what it cannot stop itself, such as one
enormous power, ends with the worker, which is killed from outside and replaced. What comes back is
one string, made in the worker under the same limits, and read as JSON.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from flourishing.errors import OverloadedError, RenderError
from flourishing.programs.language import helpers, parse
from flourishing.programs.worker_files import walled

if TYPE_CHECKING:
    from pydantic_monty import Monty, MontySession
    from pydantic_monty import ResourceLimits as Limits

SECONDS: Final = 0.8
"""How long a program may run."""
_GRACE: Final = 0.45
"""Seconds after which a worker that does not stop a program itself is killed."""
_MEMORY: Final = 32 * 2**20
"""Bytes of all values of a program."""
_DEPTH: Final = 200
"""How deep functions may call each other."""
_MOST_PRINTED: Final = 64 * 2**10
_MOST_GIVEN: Final = 2 * 2**20
"""Characters; the longest result."""
_WORKERS: Final = 4
_PATIENCE: Final = 20.0
"""Seconds to wait for a worker that is free."""
_RECYCLED: Final = 500
"""So many programs one worker runs."""


class _Pool:
    """The workers, started with the first program; another process has its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: Monty | None = None
        self._others: list[Monty] = []

    def get(self) -> Monty:
        """Give the pool, and start it where it is not there."""
        with self._lock:
            if self._pool is None:
                self._pool = _start()
            return self._pool

    def forget(self) -> None:
        """Leave the workers to the process that this one was forked off."""
        self._lock = threading.Lock()
        if self._pool is not None:
            self._others.append(self._pool)
            self._pool = None


def _start() -> Monty:
    from pydantic_monty import Monty  # here, since it is a library of 20 MB
    from pydantic_monty._binary import find_monty_binary

    return Monty(
        binary_path=walled(find_monty_binary()),
        max_processes=max(2, min(_WORKERS, os.cpu_count() or 1)),
        checkout_timeout=_PATIENCE,
        request_timeout=SECONDS + 2 * _GRACE,
        max_checkouts_per_worker=_RECYCLED,
        feed_duration_limit_grace=_GRACE,
        turn_duration_limit_grace=_GRACE,
    ).__enter__()


_POOL: Final = _Pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.forget)


def run(text: str) -> Any:
    """Run a program, and give what it drew, unchecked.

    Args:
        text: The text of the program.

    Returns:
        What JSON can hold; its form is what the program made of it.

    Raises:
        RenderError: It is no program, fails, or takes too much.
        OverloadedError: All workers are busy.
    """
    parse(text)
    given = _guarded(lambda session: _in_turn(session, text))
    if not isinstance(given, str) or len(given) > _MOST_GIVEN:
        raise RenderError("It draws too much.", hint="Draw fewer shapes.")
    try:
        return json.loads(given)
    except (ValueError, RecursionError) as error:
        raise RenderError(
            "What it draws cannot be read.", hint="Give numbers and colours to its calls."
        ) from error


def _in_turn(session: MontySession, text: str) -> object:
    from pydantic_monty import CollectString, MontyRuntimeError

    printed = CollectString(_MOST_PRINTED)
    session.feed_run(helpers(), print_callback=printed)
    # The last value of what is fed comes back, however large it is: so it is never the program's.
    session.feed_run(f"{text}\n\nNone", print_callback=printed)
    try:
        return session.feed_run('f"{_done(draw())}"', print_callback=printed)
    except MontyRuntimeError as error:
        if not isinstance(error.exception(), ValueError):
            raise
        if session.feed_run('not _STATE["full"]', print_callback=printed):
            raise
    # It was ended where it had drawn the most that is shown.
    return session.feed_run('f"{_done(None)}"', print_callback=printed)


def _guarded(work: Callable[[MontySession], object]) -> object:
    from pydantic_monty import MontyCrashedError, MontyError

    limits: Limits = {
        "max_feed_duration_secs": SECONDS,
        "max_memory": _MEMORY,
        "max_recursion_depth": _DEPTH,
        "max_suspensions": 20,
        "max_total_sleep_secs": 0.0,
    }
    try:
        with _POOL.get().checkout(
            limits=limits, os_policy={"random_start": {"seed": 1}}
        ) as session:
            return work(session)
    except TimeoutError as error:
        raise OverloadedError(
            "Too many programs run already.", hint="Wait a little, and try again."
        ) from error
    except MontyCrashedError as error:
        if error.timed_out or "exceeding" in str(error):
            raise _too_slow() from error
        if error.exit_status == 1:  # what `wall.py` ends with, before any program is there
            raise _not_started("The worker ended as soon as it began") from error
        how = "" if error.exit_status is None else f" (status {error.exit_status})"
        raise RenderError(
            f"It ended the process in which it ran{how}.",
            hint="Take out what is large or deep in it.",
        ) from error
    except MontyError as error:
        raise _explained(error) from error
    except (OSError, RuntimeError, ImportError) as error:
        raise _not_started(str(error)[:160]) from error


def _not_started(why: str) -> RenderError:
    return RenderError(
        f"The sandbox for programs cannot be started: {why.rstrip('.')}.",
        hint="Install flourishing anew, with pydantic-monty; formulas and drawings need none.",
    )


def _too_slow() -> RenderError:
    return RenderError(
        f"It is too slow: it ran for more than {SECONDS:g} seconds.",
        hint="Look for a loop without an end, or a number that is too large; draw less.",
    )


def _explained(error: Any) -> RenderError:
    """Say what a program failed of, in the words of Python, and where."""
    inner, display = error.exception(), getattr(error, "display", None)
    said = display("msg") if display else str(error)
    said = " ".join(str(said).split())[:160] or type(inner).__name__
    if isinstance(inner, TimeoutError):
        return _too_slow()
    if isinstance(inner, MemoryError):
        if f"> {_MOST_PRINTED} bytes" in said:
            return RenderError("It prints without end.", hint="Take out the print.")
        return RenderError(
            f"It needs more than {_MEMORY // 2**20} MB.", hint="Make shorter lists and texts."
        )
    if isinstance(inner, RecursionError):
        return RenderError(
            f"Its functions call each other more than {_DEPTH} deep.",
            hint="Let a function that calls itself end.",
        )
    frames = error.traceback() if hasattr(error, "traceback") else []
    lines = [each.line for each in frames if each.filename == "<python-input-1>"]
    where = f"Line {lines[-1]} fails" if lines else "It fails"
    return RenderError(
        f"{where}: {said.rstrip('.')}.", hint="Look at the names and numbers in that line."
    )
