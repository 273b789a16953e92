"""The threads in which blocking work is done for coroutines.

A coroutine that waits for a disk, a database, a keyring or a process stops the event loop, and with
it everybody whom that loop answers. Such work goes to threads, and only from here. They are not
those of asyncio's default pool: all would be taken as soon as one kind of work blocks, such as
writing to a garden that another program has locked. Each kind has its own few threads, and a
queue with an end.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar, cast

from flourishing.errors import OverloadedError

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future, ThreadPoolExecutor

P = ParamSpec("P")
T = TypeVar("T")

_THREADS: Final = 8
_MOST_WAITING: Final = 1_000


class Workers:
    """A few threads, and the calls that wait for them.

    Args:
        name: The beginning of the names of the threads.
        threads: The largest number of threads; they are started when they are needed.
        most_waiting: The largest number of calls that wait for a thread; one more is refused.
    """

    def __init__(self, name: str, *, threads: int, most_waiting: int) -> None:
        self._name = name
        self._threads = threads
        self._most = threads + most_waiting
        self._lock = threading.Lock()
        self._accepted = 0
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread, and return what it returns.

        A caller that is cancelled goes on at once. The function is then not called, or its result
        is dropped if it was begun already.

        Args:
            function: The function.
            *args: Its positional arguments.
            **kwargs: Its keyword arguments.

        Raises:
            OverloadedError: Too many calls are waiting.
        """
        import asyncio  # here, since it costs more to import than all the rest of us

        return await asyncio.wrap_future(self._submit(partial(function, *args, **kwargs)))

    async def finish(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread as `run` does, and never leave it half done.

        A caller that is cancelled goes on when the function has ended, if it was begun already;
        otherwise it is not called.

        Args:
            function: The function.
            *args: Its positional arguments.
            **kwargs: Its keyword arguments.

        Raises:
            OverloadedError: Too many calls are waiting.
        """
        import asyncio

        begun = self._submit(partial(function, *args, **kwargs))
        result = asyncio.wrap_future(begun)
        try:
            await asyncio.wait([result])  # which does not cancel it, as awaiting it would
        except asyncio.CancelledError:
            if not begun.cancel():
                await _settled(result)
            raise
        return result.result()

    def close(self) -> None:
        """Wait until all that was accepted has ended, and end the threads."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown()

    def _submit(self, call: Callable[[], T]) -> Future[T]:
        from concurrent.futures import ThreadPoolExecutor

        with self._lock:
            if self._accepted >= self._most:
                raise OverloadedError(
                    f"{self._accepted:,} requests wait for the garden or the disk.",
                    hint="Wait a little, and try again.",
                )
            self._accepted += 1
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
            future = self._executor.submit(contextvars.copy_context().run, call)
        future.add_done_callback(self._done)
        return future

    def _done(self, _: Future[T]) -> None:
        with self._lock:
            self._accepted -= 1


async def run(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that blocks, and has nothing to do with a garden, in a thread.

    Args:
        function: The function, such as one that reads a file, asks the keyring or makes a PDF.
        *args: Its positional arguments.
        **kwargs: Its keyword arguments.

    Raises:
        OverloadedError: Too many calls are waiting.
    """
    return await _shared().run(function, *args, **kwargs)


async def finish(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function as `run` does; a caller that is cancelled waits until it has ended.

    Args:
        function: The function, such as one that writes a file.
        *args: Its positional arguments.
        **kwargs: Its keyword arguments.

    Raises:
        OverloadedError: Too many calls are waiting.
    """
    return await _shared().finish(function, *args, **kwargs)


async def detached(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that may take hours in a thread of its own, which no end of ours waits for.

    A caller that is cancelled goes on at once, and so does the function. So it must be one that may
    be broken off at any moment, such as a download that can be resumed.

    Args:
        function: The function.
        *args: Its positional arguments.
        **kwargs: Its keyword arguments.
    """
    import asyncio
    from concurrent.futures import Future

    future: Future[T] = Future()

    def call() -> None:
        try:
            result = function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            _settle(future, error=error)
        else:
            _settle(future, result)

    threading.Thread(target=call, name="flourishing-detached", daemon=True).start()
    return await asyncio.wrap_future(future)


def _settle(future: Future[T], result: T | None = None, error: BaseException | None = None) -> None:
    from concurrent.futures import InvalidStateError

    # Where nobody waits any more: it was cancelled, or the loop has been closed.
    with suppress(InvalidStateError, RuntimeError):
        if error is None:
            future.set_result(cast("T", result))
        else:
            future.set_exception(error)


async def _settled(result: asyncio.Future[T]) -> None:
    """Wait for a result that nobody needs, however often that is cancelled."""
    import asyncio

    while not result.done():
        with suppress(asyncio.CancelledError):  # the first one is raised in the end
            await asyncio.wait([result])
    if not result.cancelled():
        result.exception()  # else asyncio reports that nobody looked at it


@cache
def _shared() -> Workers:
    return Workers("flourishing-blocking", threads=_THREADS, most_waiting=_MOST_WAITING)
