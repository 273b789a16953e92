"""Broods that are on their way, and the streams of server-sent events in which pages follow them.

A brood belongs to the server, not to the connection that requested it: a page that is loaded anew
finds it going on, and gets from `Last-Event-ID` what it missed (`EventLog`). Each offspring is on
the disk before it is sent to the page. While it cannot be stored, as on a full disk, the offspring
stay in memory, the page is sent the reason, and storing is tried again every few seconds.

A stream lasts as long as its page. So that ending the server need not wait for pages, and logging
out ends them too, each stream is counted for its session and can be ended from here; and no session
can take all connections for its streams.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from bisect import bisect_right
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel

from flourishing.app.progress import PartialBrood
from flourishing.breeding.brood import Again, Arrived, Asked, BreedingEvent, Brood, Offspring
from flourishing.core.operation import ModelOperation
from flourishing.core.text import Span
from flourishing.errors import FlourishingError, StorageError
from flourishing.garden import AsyncGarden, Garden, Stored, StoredBrood
from flourishing.models import Notice, Piece, Reading, Waiting
from flourishing.studio.problems import BusyError, MissingError, TooManyError, problem_of
from flourishing.studio.schemas.texts import (
    AgainBody,
    BegunBody,
    BroodBody,
    DoneBody,
    NoticeBody,
    OffspringBody,
    ReadingBody,
    RunningBody,
    TextBody,
    TokenBody,
    WaitingBody,
)
from flourishing.studio.serializers import serialize_texts

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

    @property
    def last(self) -> int:
        """The number of the last event; 0 before the first."""
        return self._last

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


REMEMBERED: Final = 32
"""So many broods that ended are remembered, for pages that come back."""
MOST_RUNNING: Final = 16
"""So many broods may be on their way at once."""
_PASSING: Final = frozenset({"token", "reading", "waiting"})
_AGAIN: Final = 3.0
"""Seconds after which storing is tried again."""
_LONGEST_PAUSE: Final = 1.0
"""Seconds between two times that what came is saved, at the most."""

Save = Callable[[Garden, Brood, Sequence[int] | None], StoredBrood]
"""Stores a brood in a garden, the offspring in these places."""
Grow = Callable[[Garden, int, Mapping[int, Offspring]], Mapping[int, Stored]]
"""Adds offspring, by their places, to the stored brood of this number."""
Show = Callable[[Garden, StoredBrood], BroodBody]
"""Gives a stored brood as it is sent over the wire."""
Choose = Callable[[StoredBrood], Awaitable[StoredBrood]]
"""Chooses which offspring of a saved brood are shown first."""
Rescue = Callable[[Garden, Brood], None]
"""Writes a brood that a garden cannot take into a file of its own."""


@dataclass(slots=True, eq=False)
class BreedingJob:
    """One brood on its way, and all events of it that were sent.

    Attributes:
        key: What it is called while it runs.
        bed: The number of its bed, or None.
        operation: What the model was asked for.
        n: How many offspring were asked for.
        shown: How many of them are shown first.
        start: What each of them begins with.
        start_spans: Who wrote which stretch of that; nothing where a person wrote it all.
        garden: Where it is stored.
        events: What is sent to the pages that follow it.
        saved: The brood, once something of it is saved.
        ended: Whether nothing more will come.
        failure: Why it failed, or None.
        unsaved: Why what came cannot be stored just now, or None.
    """

    bed: int | None
    operation: ModelOperation
    n: int
    shown: int
    start: str
    start_spans: tuple[Span, ...]
    garden: AsyncGarden = field(repr=False)
    save: Save = field(repr=False)
    grow: Grow = field(repr=False)
    choose: Choose = field(repr=False)
    show: Show = field(repr=False)
    rescue: Rescue = field(repr=False)
    key: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    saved: StoredBrood | None = None
    ended: bool = False
    failure: FlourishingError | None = None
    unsaved: StorageError | None = None
    events: EventLog = field(default_factory=EventLog, repr=False)
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    _partial_brood: PartialBrood = field(init=False, repr=False)
    _sent: dict[int, int] = field(default_factory=dict, repr=False)
    _stored: dict[int, Stored] = field(default_factory=dict, repr=False)
    _unsaved: dict[int, Offspring] = field(default_factory=dict, repr=False)
    _saving: asyncio.Task[None] | None = field(default=None, repr=False)
    _ending: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _chosen: bool = False
    _waits: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _leaving: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def __post_init__(self) -> None:
        self._partial_brood = PartialBrood(self.n)

    def body(self) -> RunningBody:
        """Give it as it is sent over the wire."""
        return RunningBody(
            key=self.key,
            bed=self.bed,
            operation=self.operation,
            n=self.n,
            shown=self.shown,
            start=self.start,
            start_spans=list(self.start_spans),
            ended=self.ended,
        )

    async def run(self, events: AsyncGenerator[BreedingEvent]) -> None:
        """Breed, save and send events, until it is whole, fails, or is stopped.

        Args:
            events: The events of the breeding.
        """
        try:
            await self._breed(events)
        except asyncio.CancelledError:
            came = len(self._partial_brood.whole)
            note = f"You stopped it after {came} of {self.n}."
            await self._finish(self._partial_brood.brood(note=note), self._partial_brood.places)
        except FlourishingError as error:
            self.failure = error
            brood = self._partial_brood.brood(note=str(error))
            await self._finish(brood, self._partial_brood.places, failure=error)
        finally:
            self.ended = True
            # Who comes back now wants what came, not how it came.
            self.events.end(without=_PASSING)

    async def stop(self) -> None:
        """Enough: what came stays, in memory as long as it cannot be stored."""
        if self.task is None or self.ended or self._waits.is_set():
            return
        self.task.cancel()
        waits = asyncio.ensure_future(self._waits.wait())
        await asyncio.wait([self.task, waits], return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()

    async def leave(self) -> None:
        """End for good, as the server does: what cannot be stored goes into a file of its own."""
        self._leaving.set()
        await self.stop()
        if self.task is not None:
            await asyncio.wait([self.task])

    def store_in(self, garden: Garden) -> None:
        """Store in another garden, such as a backup, what came so far.

        Args:
            garden: The other garden.
        """
        brood = self._partial_brood.brood()
        if brood is not None and not self.ended:
            self.save(garden, brood, self._partial_brood.places)

    async def _breed(self, events: AsyncGenerator[BreedingEvent]) -> None:
        async with aclosing(events) as following:
            async for event in following:
                if isinstance(event, Brood):
                    await self._finish(event)
                    return
                self._partial_brood.take(event)
                await self._hear(event)

    async def _hear(self, event: BreedingEvent) -> None:
        match event:
            case Asked() if len(self._partial_brood.asked) == 1:
                self.events.add("brood", await self._begun(event))
            case Asked(note=note):  # of several models, only the first is reported to the page
                if note:
                    self.events.add("notice", NoticeBody(words=f"{event.model}: {note}"))
            case Reading(read, total):
                self.events.add("reading", ReadingBody(read=read, total=total))
            case Waiting(seconds, why):
                self.events.add("waiting", WaitingBody(seconds=seconds, why=why))
            case Notice(words):
                self.events.add("notice", NoticeBody(words=words))
            case Piece(index, text):
                self.events.add("token", TokenBody(index=index, text=text))
            case Again(index, flaw):
                self.events.add("again", AgainBody(index=index, reason=flaw.reason))
            case Arrived(index, offspring):
                self._unsaved[index] = offspring
                if self._saving is None or self._saving.done():
                    self._saving = asyncio.create_task(self._save_what_came())

    async def _save_what_came(self) -> None:
        """Save what came so far, then send its event; again, as long as more has come meanwhile.

        Between two times it pauses as long as saving took, so that others get at the garden too.
        """
        while self._unsaved:
            fresh, self._unsaved = self._unsaved, {}
            begun = time.monotonic()
            try:
                stored = await self._save_some(fresh)
            except StorageError as error:
                self._unsaved = fresh | self._unsaved
                self._note_unsaved(error)
                if await _within(_AGAIN, self._ending):
                    return  # it is tried again at the end
                continue
            except FlourishingError:
                return  # it is tried again at the end, and reported then
            self.unsaved = None
            self._stored |= stored
            await self._send({index: stored[index] for index in stored.keys() & fresh.keys()})
            await _within(min(time.monotonic() - begun, _LONGEST_PAUSE), self._ending)

    async def _save_some(self, fresh: Mapping[int, Offspring]) -> Mapping[int, Stored]:
        """Save what came just now: the whole brood once, and then only what is new of it.

        Of several models, the whole brood again when the first words of another model came.
        """
        wrote = {each.origin.model or "" for each in fresh.values()}
        if self.saved is not None and (not self.saved.parts or wrote <= set(self.saved.models)):
            return await self.garden.write(self.grow, self.saved.id, fresh)
        brood, places = self._partial_brood.brood(), self._partial_brood.places
        if brood is None:
            return {}
        self.saved = await self.garden.write(self.save, brood, places)
        return dict(zip(places, self.saved, strict=True))

    async def _finish(
        self,
        brood: Brood | None,
        places: list[int] | None = None,
        *,
        failure: FlourishingError | None = None,
    ) -> None:
        self._ending.set()
        if self._saving is not None:
            await asyncio.wait([self._saving])
        try:
            if brood is not None:
                self.saved = await self._store(brood, places)
                at = range(len(self.saved)) if places is None else places
                self._stored = dict(zip(at, self.saved, strict=True))
        except FlourishingError as error:
            failure = self.failure = failure or error
        rest = {
            index: text
            for index, text in sorted(self._stored.items())
            if self._sent.get(index) != text.id  # another may have been sent before
        }
        async for index, _, body in self._in_turns(rest):
            self.events.add("offspring", OffspringBody(index=index, text=body))
        if failure is not None:
            self.events.add("error", problem_of(failure))
            return
        if self.saved is not None and not self._chosen and not self._leaving.is_set():
            self._chosen = True  # whoever stops it while it is being chosen sees all
            self.saved = await self.choose(self.saved)
        shown = None if self.saved is None else await self.garden.read(self.show, self.saved)
        self.events.add("done", DoneBody(brood=shown))

    async def _store(self, brood: Brood, places: list[int] | None) -> StoredBrood:
        """Store a brood at its end, as soon as that is possible.

        Raises:
            StorageError: It was not possible until the server ends.
        """
        while True:
            try:
                saved = await self.garden.write(self.save, brood, places)
            except StorageError as error:
                self._note_unsaved(error)
                self._waits.set()
                if await _within(_AGAIN, self._leaving):
                    # Not among the writers, who may all be waiting.
                    await self.garden.read(self.rescue, brood)
                    raise
                continue
            self.unsaved = None
            return saved

    def _note_unsaved(self, error: StorageError) -> None:
        if self.unsaved is None or str(self.unsaved) != str(error):
            words = (
                f"{error} {error.hint} What came is kept in memory, and is stored as soon as that "
                "is possible. Until then, leave Flourishing running."
            )
            self.events.add("notice", NoticeBody(words=words))
        self.unsaved = error

    async def _send(self, stored: Mapping[int, Stored]) -> None:
        async for index, text, body in self._in_turns(stored):
            if not text.flaws:
                self._sent[index] = text.id
            event = OffspringBody(index=index, text=body)
            self.events.add("flawed" if text.flaws else "offspring", event)

    async def _in_turns(
        self, stored: Mapping[int, Stored]
    ) -> AsyncGenerator[tuple[int, Stored, TextBody]]:
        """Give texts by their places as they are sent; between some, other tasks get their turn."""
        places = list(stored)
        for begun in range(0, len(places), AT_ONCE):
            some = places[begun : begun + AT_ONCE]
            bodies = await self._bodies([stored[index] for index in some])
            for index, body in zip(some, bodies, strict=True):
                yield index, stored[index], body
            await asyncio.sleep(0)

    async def _bodies(self, texts: Sequence[Stored]) -> list[TextBody]:
        """Give texts to be sent; of versions only the garden knows who wrote which words."""
        if not any(text.operation.continues for text in texts):
            return serialize_texts(texts, whole=True)
        return await self.garden.read(lambda garden: serialize_texts(texts, garden, whole=True))

    async def _begun(self, asked: Asked) -> BegunBody:
        parents, left_out = await self.garden.read(
            lambda garden: [
                serialize_texts(each, garden) for each in (asked.parents, asked.left_out)
            ]
        )
        return BegunBody(
            key=self.key,
            bed=self.bed,
            operation=self.operation,
            n=self.n,
            shown=self.shown,
            start=self.start,
            start_spans=list(self.start_spans),
            prompt=asked.prompt,
            parents=parents,
            left_out=left_out,
            note=asked.note,
        )


class BreedingJobs:
    """All broods that are on their way, and the last that ended."""

    def __init__(self) -> None:
        self._broods: dict[str, BreedingJob] = {}

    def begin(self, running: BreedingJob, events: AsyncGenerator[BreedingEvent]) -> BreedingJob:
        """Begin a brood.

        Args:
            running: The job of the brood.
            events: The events of its breeding.

        Raises:
            BusyError: One of its bed is on its way, or too many are.
        """
        if running.bed is not None:
            self.require_none(running.bed)
        if sum(not each.ended for each in self._broods.values()) >= MOST_RUNNING:
            raise BusyError(
                f"{MOST_RUNNING} broods are on their way.", hint="Wait for one, or stop one."
            )
        for key in [key for key, each in self._broods.items() if each.ended][:-REMEMBERED]:
            del self._broods[key]
        self._broods[running.key] = running
        running.task = asyncio.create_task(running.run(events))
        return running

    def require_none(self, bed: int) -> None:
        """Refuse a bed of which a brood is on its way.

        Args:
            bed: The number of the bed.

        Raises:
            BusyError: One is on its way.
        """
        if self.of_bed(bed) is not None:
            raise BusyError(
                "A brood of this bed is on its way.", hint="Wait for it, or stop it first."
            )

    def get(self, key: str) -> BreedingJob:
        """Give a brood by its key.

        Args:
            key: The key under which it was begun.

        Raises:
            MissingError: There is none; it may have ended before the server was started again.
        """
        if key not in self._broods:
            raise MissingError(
                f"There is no brood {key[:40]!r} on its way.",
                hint="It has ended; its bed shows what came.",
            )
        return self._broods[key]

    def of_bed(self, bed: int) -> BreedingJob | None:
        """Give the brood of a bed that is on its way.

        Args:
            bed: The number of the bed.
        """
        return next(
            (each for each in self._broods.values() if each.bed == bed and not each.ended), None
        )

    async def stop(self) -> None:
        """Stop all for good; what came of them is saved."""
        await asyncio.gather(*(each.leave() for each in list(self._broods.values())))

    def store_in(self, garden: Garden) -> None:
        """Store in another garden, such as a backup, what came of those that are on their way.

        Args:
            garden: The other garden.
        """
        for each in list(self._broods.values()):
            each.store_in(garden)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Wait some seconds for an event; say whether it came."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
