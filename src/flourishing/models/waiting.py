"""What is around a call and not in its arguments: who hears of waits, and whether anybody reads.

A wait may come wherever a server is asked: while tokens are counted for a prompt that is only being
fitted, or one more score is wanted, far from any stream of events. So nobody hands a callback down
to there; a wait is reported to whoever set `report_waits_to` around the call, on whichever loop it
then runs. Where nobody did, it goes to stderr, as warnings do: a wait in silence looks like a hang.

What a person has read is not asked for again behind their back, since it would change before their
eyes. Where nobody reads the words before they are whole (`without_reader`), an answer that broke
off in the middle is asked for again like any other.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import coroutine
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from flourishing.models.protocol import Waiting

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


def print_plain(words: str, *, end: str = "\n") -> None:
    """Print something on stderr, without what could move a terminal's cursor.

    Args:
        words: What is printed; a server may have had a hand in it.
        end: What comes after it.
    """
    plain = "".join(each if each.isprintable() else " " for each in words)
    print(plain, end=end, file=sys.stderr, flush=True)


def print_wait(waiting: Waiting) -> None:
    """Print on stderr how long is still waited: in one line that counts down, on a terminal.

    Args:
        waiting: The wait.
    """
    words = f"{waiting.why} {waiting.seconds:.0f} s …"
    if waiting.seconds > 0:
        print_plain(words, end="\r" if sys.stderr.isatty() else "\n")
    elif sys.stderr.isatty():
        print_plain(
            " " * (len(words) + 2), end="\r"
        )  # so that nothing of the line is left behind the next


@dataclass(slots=True)
class _Listener:
    report: Callable[[Waiting], None]
    counting: bool = False


_STDERR: Final = _Listener(print_wait)
_unread: Final = ContextVar("_unread", default=False)
_listener: Final = ContextVar[_Listener | None]("_listener", default=None)


@contextmanager
def report_waits_to(report: Callable[[Waiting], None] | None) -> Generator[None]:
    """Report every wait of what is called within.

    Args:
        report: Called once a second with how long is still waited, and with 0 at the end, on the
            thread that waits; None leaves it to whoever listens already.
    """
    if report is None:
        yield
        return
    token = _listener.set(_Listener(report))
    try:
        yield
    finally:
        _listener.reset(token)


async def wait(seconds: float, why: str) -> None:
    """Wait, and count down to whoever listens; where several wait at once, one of them counts.

    Args:
        seconds: How long.
        why: The reason, as a sentence.
    """
    import asyncio  # here, since it costs more to import than all the rest of us

    loop, listener = asyncio.get_running_loop(), _listener.get() or _STDERR
    until = loop.time() + seconds
    mine, listener.counting = not listener.counting, True
    try:
        while (left := until - loop.time()) > 0:
            if mine:
                listener.report(Waiting(left, why))
            await asyncio.sleep(min(1.0, left))
    finally:
        if mine:
            listener.counting = False
            listener.report(Waiting(0.0, why))


class MergedWaits(Generic[T]):
    """Work whose waits are given as events, so that a stream can merge them with its own.

    Args:
        work: What is to be done.

    Example:
        >>> fitting = MergedWaits(fit(...))  # doctest: +SKIP
        >>> async with aclosing(fitting.waits()) as waits:  # doctest: +SKIP
        ...     async for each in waits:
        ...         yield each
        >>> asked = fitting.result()  # doctest: +SKIP
    """

    def __init__(self, work: Coroutine[object, object, T]) -> None:
        self._work = work
        self._task: asyncio.Task[T] | None = None

    async def waits(self) -> AsyncGenerator[Waiting]:
        """Do the work, and give its waits; leaving, or cancelling, stops it.

        Raises:
            BaseException: What the work raises.
        """
        import asyncio

        home, queue = asyncio.get_running_loop(), asyncio.Queue[Waiting | None]()

        def take(waiting: Waiting) -> None:
            if not home.is_closed():
                home.call_soon_threadsafe(queue.put_nowait, waiting)

        with report_waits_to(take):
            task = self._task = asyncio.create_task(self._work)
        task.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (waiting := await queue.get()) is not None:
                yield waiting
            await task
        finally:
            task.cancel()
            await asyncio.wait([task])

    def result(self) -> T:
        """Give what came of it, once `waits` has ended."""
        if self._task is None:
            raise AssertionError("the work was not begun")
        return self._task.result()


@contextmanager
def without_reader() -> Generator[None]:
    """Mark what is called within: nobody reads its words before it is whole."""
    token = _unread.set(True)
    try:
        yield
    finally:
        _unread.reset(token)


def has_no_reader() -> bool:
    """Whether nobody reads the words of a completion before it is whole."""
    return _unread.get()


@coroutine
def turn() -> Generator[None]:
    """Let everybody else on the event loop go on who can, and then go on.

    It is what `asyncio.sleep(0)` does; asyncio itself costs more to import than all the rest of us.
    """
    yield
