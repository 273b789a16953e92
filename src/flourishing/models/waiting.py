"""What is around a call and not in its arguments: who hears of waits, and whether anybody reads.

A wait may come wherever a server is asked: while tokens are counted for a prompt that is only being
fitted, or one more score is wanted, far from any stream of events. So nobody hands a callback down
to there; a wait is reported to whoever set `told_to` around the call, on whichever loop it then
runs. Where nobody did, it goes to stderr, as warnings do: a wait in silence looks like a hang.

What a person has read is not asked for again behind their back, since it would change before their
eyes. Where nobody reads the words before they are whole (`unread`), an answer that broke off in the
middle is asked for again like any other.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from flourishing.models.protocol import Waiting

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


def say(words: str, *, end: str = "\n") -> None:
    """Say something on stderr, without what could move a terminal's cursor.

    Args:
        words: What is said; a server may have had a hand in it.
        end: What comes after it.
    """
    plain = "".join(each if each.isprintable() else " " for each in words)
    print(plain, end=end, file=sys.stderr, flush=True)


def say_wait(waiting: Waiting) -> None:
    """Say on stderr how long is still waited: in one line that counts down, on a terminal."""
    words = f"{waiting.why} {waiting.seconds:.0f} s …"
    if waiting.seconds > 0:
        say(words, end="\r" if sys.stderr.isatty() else "\n")
    elif sys.stderr.isatty():
        say(" " * (len(words) + 2), end="\r")  # nothing of the line shall stand behind the next


@dataclass(slots=True)
class _Listener:
    tell: Callable[[Waiting], None]
    counting: bool = False


_STDERR: Final = _Listener(say_wait)
_unread: Final = ContextVar("_unread", default=False)
_listener: Final = ContextVar[_Listener | None]("_listener", default=None)


@contextmanager
def told_to(tell: Callable[[Waiting], None] | None) -> Generator[None]:
    """Have every wait of what is called within told to somebody.

    Args:
        tell: Told once a second how long is still waited, and 0 at the end, on the thread that
            waits; None leaves it to whoever listens already.
    """
    if tell is None:
        yield
        return
    token = _listener.set(_Listener(tell))
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
                listener.tell(Waiting(left, why))
            await asyncio.sleep(min(1.0, left))
    finally:
        if mine:
            listener.counting = False
            listener.tell(Waiting(0.0, why))


class Overheard(Generic[T]):
    """Work whose waits are given as events, for whoever has a stream to tell them in.

    Args:
        work: What is to be done.

    Example:
        >>> fitting = Overheard(fit(...))  # doctest: +SKIP
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

        def hear(waiting: Waiting) -> None:
            if not home.is_closed():
                home.call_soon_threadsafe(queue.put_nowait, waiting)

        with told_to(hear):
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
