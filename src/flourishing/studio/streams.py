"""Streams of server-sent events: what is sent on them, and which of them are open.

An `EventLog` keeps what was sent, so that a page which comes back gets what it missed. A stream
lasts as long as its page. So that ending the server need not wait for pages, and logging out ends
them too, each stream is counted for its session and can be ended from here; and no session can take
all connections for its streams.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from flourishing.studio.problems import TooManyError

MOST_STREAMS: Final = 64
"""So many streams may one session have open."""
AT_ONCE: Final = 100
"""So many events are sent in one go; then other tasks get their turn."""
_FIRST: Final = asyncio.FIRST_COMPLETED


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One server-sent event.

    Attributes:
        id: Its number, counted from 1.
        event: Its name.
        data: Its content, as JSON.
    """

    id: int
    event: str
    data: str


class EventLog:
    """The events of one stream, kept for those who follow it later."""

    def __init__(self) -> None:
        self._events: list[StreamEvent] = []
        self._last = 0
        self._more = asyncio.Event()
        self._ended = False

    def add(self, event: str, body: BaseModel) -> None:
        """Add an event, and send it to all who follow.

        Args:
            event: The name of the event.
            body: Its content.
        """
        self._last += 1
        self._events.append(StreamEvent(self._last, event, body.model_dump_json()))
        self._wake()

    def end(self, *, without: Collection[str] = ()) -> None:
        """Note that nothing more will come.

        Args:
            without: The names of events that nobody needs who comes from now on.
        """
        self._ended = True
        self._events = [each for each in self._events if each.event not in without]
        self._wake()

    async def follow(
        self, after: int = 0, *, at_least_every: float | None = None
    ) -> AsyncGenerator[Sequence[StreamEvent]]:
        """Give all events, those that have come since the last step at once.

        Args:
            after: The number of the last event that is known already; 0 for none.
            at_least_every: Seconds of silence after which an empty list is given; None for never.

        Yields:
            Events, in their order.
        """
        while True:
            more = self._more
            begin = bisect_right(self._events, after, key=_number)
            if some := self._events[begin : begin + AT_ONCE]:
                after = some[-1].id
                yield some
                continue
            if self._ended:
                return
            try:
                async with asyncio.timeout(at_least_every):
                    await more.wait()
            except TimeoutError:
                yield ()

    def _wake(self) -> None:
        more, self._more = self._more, asyncio.Event()
        more.set()


class Streams:
    """The streams of one server."""

    def __init__(self) -> None:
        self._ends: dict[str, set[asyncio.Event]] = {}
        self._closed = False

    def require_room(self, session: str) -> None:
        """Refuse a stream more than a session may have.

        Args:
            session: The key of the session.

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
        """End all streams of a session.

        Args:
            session: The key of the session.
        """
        for each in self._ends.get(session, ()):
            each.set()

    def end_all(self) -> None:
        """End all streams, and each that is still to come."""
        self._closed = True
        for session in self._ends:
            self.end(session)


def _number(event: StreamEvent) -> int:
    return event.id


async def _next(events: AsyncGenerator[bytes]) -> bytes | None:
    return await anext(events, None)


async def _stop(task: asyncio.Task[bytes | None] | asyncio.Task[bool] | None) -> None:
    if task is not None and not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
