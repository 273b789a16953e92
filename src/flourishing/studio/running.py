"""Broods that are on their way.

A brood belongs to the server, not to the connection that asked for it: a page that is loaded anew
finds it going on, and hears from `Last-Event-ID` what it missed. Each offspring is on the disk
before the page is told of it. While it cannot be stored, as on a full disk, the offspring stay in
memory, the page is told why, and storing is tried again every few seconds.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, Protocol

from pydantic import BaseModel

from flourishing.brood import Again, Arrived, Asked, BreedingEvent, Brood, Offspring
from flourishing.errors import FlourishingError, StorageError
from flourishing.garden import Garden, Stored, StoredBrood
from flourishing.models import Notice, Piece, Reading, Waiting
from flourishing.operation import ModelOperation
from flourishing.studio.bodies import BroodBody, RunningBody, TextBody
from flourishing.studio.bodies_events import (
    AgainBody,
    BegunBody,
    DoneBody,
    NoticeBody,
    OffspringBody,
    ReadingBody,
    TokenBody,
    WaitingBody,
)
from flourishing.studio.problems import BusyError, MissingError, problem_of
from flourishing.studio.telling import tell_text
from flourishing.text import Text
from flourishing.workshop.gathering import Gathering

REMEMBERED: Final = 32
"""So many broods that ended are remembered, for pages that come back."""
MOST_RUNNING: Final = 16
"""So many broods may be on their way at once."""
_PASSING: Final = frozenset({"token", "reading", "waiting"})
_AGAIN: Final = 3.0
"""Seconds after which storing is tried again."""
_AT_ONCE: Final = 100
"""So many events are sent in one go; then others may go on."""
_LONGEST_PAUSE: Final = 1.0
"""Seconds between two times that what came is saved, at the most."""

Grow = Callable[[int, Mapping[int, Offspring]], Mapping[int, Stored]]
Tell = Callable[[StoredBrood], BroodBody]


class Save(Protocol):
    """Stores what came of a brood."""

    def __call__(
        self, brood: Brood, places: Sequence[int] | None, *, into: Garden | None = None
    ) -> StoredBrood:
        """Store it in its garden, or in another one."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was told of a brood.

    Attributes:
        id: Its number, counted from 1.
        event: What it is called.
        data: As JSON.
    """

    id: int
    event: str
    data: str


@dataclass(slots=True, eq=False)
class Running:
    """One brood on its way, and all that was told of it.

    Attributes:
        key: What it is called while it runs.
        bed: The number of its bed, or None.
        kind: What the model was asked for.
        n: How many offspring were asked for.
        start: What each of them begins with.
        saved: The brood, once something of it is saved.
        ended: Whether nothing more will come.
        failure: Why it failed, or None.
        unsaved: Why what came cannot be stored just now, or None.
    """

    bed: int | None
    kind: ModelOperation
    n: int
    start: str
    save: Save = field(repr=False)
    grow: Grow = field(repr=False)
    tell: Tell = field(repr=False)
    rescue: Callable[[Brood], None] = field(repr=False)
    key: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    saved: StoredBrood | None = None
    ended: bool = False
    failure: FlourishingError | None = None
    unsaved: StorageError | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    _log: list[Told] = field(default_factory=list, repr=False)
    _last: int = 0
    _more: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _gathering: Gathering = field(init=False, repr=False)
    _told: dict[int, int] = field(default_factory=dict, repr=False)
    _stored: dict[int, Stored] = field(default_factory=dict, repr=False)
    _unsaved: dict[int, Offspring] = field(default_factory=dict, repr=False)
    _saving: asyncio.Task[None] | None = field(default=None, repr=False)
    _ending: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _waits: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _leaving: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def __post_init__(self) -> None:
        self._gathering = Gathering(self.n)

    def body(self) -> RunningBody:
        """Give it as it is said over the wire."""
        return RunningBody(
            key=self.key,
            bed=self.bed,
            kind=self.kind,
            n=self.n,
            start=self.start,
            ended=self.ended,
        )

    async def follow(
        self, after: int = 0, *, at_least_every: float | None = None
    ) -> AsyncGenerator[Sequence[Told]]:
        """Give all that was and will be told, all at once that was told since it was looked last.

        Args:
            after: The number of the last that is known already.
            at_least_every: Seconds of silence after which nothing is given, as an empty list.
        """
        while True:
            more = self._more
            begin = bisect_right(self._log, after, key=_number)
            if some := self._log[begin : begin + _AT_ONCE]:
                after = some[-1].id
                yield some
                continue
            if self.ended:
                return
            try:
                async with asyncio.timeout(at_least_every):
                    await more.wait()
            except TimeoutError:
                yield ()

    async def run(self, events: AsyncGenerator[BreedingEvent]) -> None:
        """Breed, save and tell, until it is whole, fails, or is stopped."""
        try:
            await self._breed(events)
        except asyncio.CancelledError:
            came = len(self._gathering.whole)
            note = f"You stopped it after {came} of {self.n}."
            await self._finish(self._gathering.brood(note=note), self._gathering.places)
        except FlourishingError as error:
            self.failure = error
            brood = self._gathering.brood(note=str(error))
            await self._finish(brood, self._gathering.places, failure=error)
        finally:
            self.ended = True
            # Who comes back now wants what came, not how it came.
            self._log = [each for each in self._log if each.event not in _PASSING]
            self._wake()

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
        """Store in another garden, such as a backup, what came so far."""
        brood = self._gathering.brood()
        if brood is not None and not self.ended:
            self.save(brood, self._gathering.places, into=garden)

    async def _breed(self, events: AsyncGenerator[BreedingEvent]) -> None:
        async with aclosing(events) as following:
            async for event in following:
                if isinstance(event, Brood):
                    await self._finish(event)
                    return
                self._gathering.take(event)
                self._hear(event)

    def _hear(self, event: BreedingEvent) -> None:
        match event:
            case Asked():
                self._say("brood", self._begun(event))
            case Reading(read, total):
                self._say("reading", ReadingBody(read=read, total=total))
            case Waiting(seconds, why):
                self._say("waiting", WaitingBody(seconds=seconds, why=why))
            case Notice(words):
                self._say("notice", NoticeBody(words=words))
            case Piece(index, text):
                self._say("token", TokenBody(index=index, text=text))
            case Again(index, flaw):
                self._say("again", AgainBody(index=index, reason=flaw.reason))
            case Arrived(index, offspring):
                self._unsaved[index] = offspring
                if self._saving is None or self._saving.done():
                    self._saving = asyncio.create_task(self._save_what_came())

    async def _save_what_came(self) -> None:
        """Save what came so far, then tell of it; again, as long as more has come meanwhile.

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
                return  # it is tried again at the end, and told then
            self.unsaved = None
            self._stored |= stored
            for index in stored.keys() & fresh.keys():
                self._tell_of(index, stored[index])
            await _within(min(time.monotonic() - begun, _LONGEST_PAUSE), self._ending)

    async def _save_some(self, fresh: Mapping[int, Offspring]) -> Mapping[int, Stored]:
        """Save what came just now: the whole brood once, and then only what is new of it."""
        if self.saved is not None:
            return await asyncio.to_thread(self.grow, self.saved.id, fresh)
        brood, places = self._gathering.brood(), self._gathering.places
        if brood is None:
            return {}
        self.saved = await asyncio.to_thread(self.save, brood, places)
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
        for number, (index, text) in enumerate(sorted(self._stored.items()), start=1):
            if self._told.get(index) != text.id:  # another may have been told of before
                self._say("offspring", OffspringBody(index=index, text=_whole(text)))
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        if failure is not None:
            self._say("error", problem_of(failure))
            return
        told = None if self.saved is None else await asyncio.to_thread(self.tell, self.saved)
        self._say("done", DoneBody(brood=told))

    async def _store(self, brood: Brood, places: list[int] | None) -> StoredBrood:
        """Store a brood at its end, as soon as that is possible.

        Raises:
            StorageError: It was not possible until the server ends.
        """
        while True:
            try:
                saved = await asyncio.to_thread(self.save, brood, places)
            except StorageError as error:
                self._note_unsaved(error)
                self._waits.set()
                if await _within(_AGAIN, self._leaving):
                    await asyncio.to_thread(self.rescue, brood)
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
            self._say("notice", NoticeBody(words=words))
        self.unsaved = error

    def _tell_of(self, index: int, text: Stored) -> None:
        if not text.flaws:
            self._told[index] = text.id
        body = OffspringBody(index=index, text=_whole(text))
        self._say("flawed" if text.flaws else "offspring", body)

    def _begun(self, asked: Asked) -> BegunBody:
        return BegunBody(
            key=self.key,
            bed=self.bed,
            kind=self.kind,
            n=self.n,
            start=self.start,
            prompt=asked.prompt,
            parents=[tell_text(each) for each in asked.parents],
            left_out=[tell_text(each) for each in asked.left_out],
            note=asked.note,
        )

    def _say(self, event: str, body: BaseModel) -> None:
        self._last += 1
        self._log.append(Told(self._last, event, body.model_dump_json()))
        self._wake()

    def _wake(self) -> None:
        more, self._more = self._more, asyncio.Event()
        more.set()


class Broods:
    """All broods that are on their way, and the last that ended."""

    def __init__(self) -> None:
        self._broods: dict[str, Running] = {}

    def begin(self, running: Running, events: AsyncGenerator[BreedingEvent]) -> Running:
        """Begin a brood.

        Raises:
            BusyError: One of its bed is on its way, or too many are.
        """
        if running.bed is not None and self.of_bed(running.bed) is not None:
            raise BusyError(
                "A brood of this bed is on its way.", hint="Wait for it, or stop it first."
            )
        if sum(not each.ended for each in self._broods.values()) >= MOST_RUNNING:
            raise BusyError(
                f"{MOST_RUNNING} broods are on their way.", hint="Wait for one, or stop one."
            )
        for key in [key for key, each in self._broods.items() if each.ended][:-REMEMBERED]:
            del self._broods[key]
        self._broods[running.key] = running
        running.task = asyncio.create_task(running.run(events))
        return running

    def get(self, key: str) -> Running:
        """Give a brood by its key.

        Raises:
            MissingError: There is none; it may have ended before the server was started again.
        """
        if key not in self._broods:
            raise MissingError(
                f"There is no brood {key[:40]!r} on its way.",
                hint="It has ended; its bed shows what came.",
            )
        return self._broods[key]

    def of_bed(self, bed: int) -> Running | None:
        """Give the brood of a bed that is on its way."""
        return next(
            (each for each in self._broods.values() if each.bed == bed and not each.ended), None
        )

    async def stop(self) -> None:
        """Stop all for good; what came of them is saved."""
        await asyncio.gather(*(each.leave() for each in list(self._broods.values())))

    def store_in(self, garden: Garden) -> None:
        """Store in another garden, such as a backup, what came of those that are on their way."""
        for each in list(self._broods.values()):
            each.store_in(garden)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Wait some seconds for an event; say whether it came."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _whole(text: Text) -> TextBody:
    return tell_text(text, whole=True)


def _number(told: Told) -> int:
    return told.id
