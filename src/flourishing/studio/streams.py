"""The streams of events that are open: counted for each session, and ended by the server.

A stream lasts as long as its page. So that leaving need not wait for pages, and logging out is more
than a word, each can be ended from here; and no session can take all connections for its streams.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Final

from flourishing.studio.problems import TooManyError

MOST_STREAMS: Final = 64
"""So many streams may one session have open."""
_FIRST: Final = asyncio.FIRST_COMPLETED


class Streams:
    """The streams of one server."""

    def __init__(self) -> None:
        self._ends: dict[str, set[asyncio.Event]] = {}
        self._closed = False

    def require_room(self, session: str) -> None:
        """Refuse a stream more than a session may have.

        Raises:
            TooManyError: It has as many as it may have.
        """
        if len(self._ends.get(session, ())) >= MOST_STREAMS:
            raise TooManyError(
                f"{MOST_STREAMS} streams of events are open.", hint="Close some of the tabs."
            )

    async def follow(self, session: str, events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """Give events until there are no more, or the stream is ended from here.

        Args:
            session: The key of the session.
            events: The events; closed at the end.

        Yields:
            Each event.
        """
        end = asyncio.Event()
        if self._closed:
            end.set()
        self._ends.setdefault(session, set()).add(end)
        ended = asyncio.create_task(end.wait())
        following: asyncio.Task[bytes | None] | None = None
        try:
            async with aclosing(events):
                try:
                    while True:
                        following = asyncio.create_task(_next(events))
                        await asyncio.wait({following, ended}, return_when=_FIRST)
                        if not following.done() or (event := following.result()) is None:
                            return
                        yield event
                finally:
                    await _stop(following)
        finally:
            await _stop(ended)
            self._ends[session].discard(end)
            if not self._ends[session]:
                del self._ends[session]

    def end(self, session: str) -> None:
        """End all streams of a session."""
        for each in self._ends.get(session, ()):
            each.set()

    def end_all(self) -> None:
        """End all streams, and each that is still to come."""
        self._closed = True
        for session in self._ends:
            self.end(session)


async def _next(events: AsyncGenerator[bytes]) -> bytes | None:
    return await anext(events, None)


async def _stop(task: asyncio.Task[bytes | None] | asyncio.Task[bool] | None) -> None:
    if task is not None and not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
