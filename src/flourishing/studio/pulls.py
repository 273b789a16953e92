"""Models that are being pulled: begun, followed, paused and resumed from the page.

A pull belongs to the server, not to the page that asked for it. It runs in a thread of its own that
the end of the server does not wait for: what came is in a file that the next pull goes on from,
also after a power cut. Nothing is kept of it here that the folder of models does not say as well,
so that after a restart what is unfinished is found there (`catalogue.download.unfinished`).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from flourishing import blocking
from flourishing.errors import FlourishingError, HubError
from flourishing.models import catalogue
from flourishing.models.catalogue import Progress
from flourishing.models.catalogue.download import remove
from flourishing.models.catalogue.entries import ELSEWHERE, canonical
from flourishing.studio.problems import MissingError, TooManyError
from flourishing.studio.schemas.models import PullBody, PullState

AT_ONCE: Final = 2
"""So many models are pulled at once; more wait for their turn."""
MOST: Final = 50
"""So many pulls are remembered."""
_OFTEN: Final = 0.2
"""Seconds between two reports of progress."""
_WINDOW: Final = 5.0
"""Seconds over which the speed of a download is averaged."""
_PATIENCE: Final = 2.0
"""Seconds in which a pull that is given up ends, if bytes come at all."""
_ON_ITS_WAY: Final = frozenset({"waiting", "asking", "checking", "pulling"})


class _PausedError(Exception):
    """The pull is to end, and what came is to stay."""


@dataclass(slots=True, eq=False)
class Pull:
    """A model that is being pulled, or was.

    Attributes:
        name: The one name under which it is asked for.
        state: How it stands.
        file: The file that it is at; empty before that is known.
        done: Bytes that are here.
        size: Bytes of all of it; 0 before that is known.
        problem: Why it failed, and what to do; empty if it did not.
        pausing: Whether it is to end at its next block.
        latest: The last report of its progress, which not all have to see.
        task: Runs it.
    """

    name: str
    state: PullState = "waiting"
    file: str = ""
    done: int = 0
    size: int = 0
    problem: str = ""
    pausing: bool = False
    latest: Progress | None = field(default=None, repr=False)
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    _seen: deque[tuple[float, int]] = field(default_factory=deque, repr=False)

    @property
    def is_on_its_way(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in _ON_ITS_WAY

    def take(self, at: Progress) -> None:
        """Take a report of its progress.

        Args:
            at: How far it is.
        """
        now = time.monotonic()
        if self.state != at.stage:
            self._seen.clear()
        self.state, self.file, self.done, self.size = at.stage, at.file, at.done, at.size
        self._seen.append((now, at.done))
        while now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()

    def body(self) -> PullBody:
        """Give it as it is sent over the wire."""
        return PullBody(
            name=self.name,
            state="paused" if self.pausing and self.is_on_its_way else self.state,
            file=self.file,
            done=self.done,
            size=self.size,
            a_second=self._a_second(),
            problem=self.problem or None,
        )

    def _a_second(self) -> float | None:
        if self.state != "pulling" or len(self._seen) < 2:
            return None
        (begin, before), (end, after) = self._seen[0], self._seen[-1]
        return (after - before) / (end - begin) if end > begin else None


class Pulls:
    """The pulls of one server."""

    def __init__(self) -> None:
        self._pulls: dict[str, Pull] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._changed = asyncio.Event()

    def bodies(self) -> list[PullBody]:
        """Give all pulls as they are sent over the wire, in the order in which they began."""
        return [each.body() for each in self._pulls.values()]

    async def begin(self, name: str) -> PullBody:
        """Begin to pull a model, or go on with one that was paused, or broke off.

        Args:
            name: A name in the catalogue, `hf:owner/name/file.gguf`, or the address of its page.

        Raises:
            InputError: It is not written as it should be, or there is nothing to pull.
            ModelNotFoundError: The catalogue has no model of that name.
            TooManyError: There are too many.
        """
        name = await blocking.run(canonical, name)
        pull = self._pulls.get(name)
        if pull is not None and pull.is_on_its_way:
            pull.pausing = False  # if it was to pause, it goes on
            self._wake()
            return pull.body()
        if pull is None and len(self._pulls) >= MOST:
            raise TooManyError(f"{MOST} models were pulled.", hint="Start the studio again first.")
        pull = Pull(name)
        self._pulls[name] = pull
        pull.task = asyncio.create_task(self._run(pull))
        self._wake()
        return pull.body()

    async def pause(self, name: str) -> PullBody:
        """Pause a pull: it ends at its next block, and what came stays.

        Args:
            name: The name under which it is listed.

        Raises:
            MissingError: There is none of that name.
        """
        pull = self._pulls.get(name)
        if pull is None:
            raise MissingError(f"{name[:80]!r} is not being pulled.", hint="It may have ended.")
        if pull.is_on_its_way:
            pull.pausing = True
            if pull.state == "waiting" and pull.task is not None:
                pull.task.cancel()
                pull.state = "paused"
            self._wake()
        return pull.body()

    async def remove(self, name: str) -> None:
        """Give up a pull that has not ended, and remove what came of it.

        Args:
            name: The name under which it is listed, or under which what came is.

        Raises:
            StorageError: It cannot be removed.
        """
        pull = self._pulls.pop(name, None)
        if pull is not None and pull.task is not None and not pull.task.done():
            pull.pausing = True
            # Where no byte comes it cannot end now; then it ends later, with nothing to write to.
            await asyncio.wait([pull.task], timeout=_PATIENCE)
            pull.task.cancel()
        await blocking.finish(remove, name)
        self._wake()

    async def drop(self, name: str) -> None:
        """Show a pull no more that has ended.

        Args:
            name: The name under which it is listed.
        """
        if (pull := self._pulls.get(name)) is not None and not pull.is_on_its_way:
            del self._pulls[name]
            self._wake()

    async def changes(self, *, at_least_every: float) -> AsyncGenerator[list[PullBody]]:
        """Yield all pulls now, and again whenever one of them has changed.

        Args:
            at_least_every: Seconds without a change after which they are given all the same.
        """
        while True:
            changed = self._changed
            yield self.bodies()
            with suppress(TimeoutError):
                async with asyncio.timeout(at_least_every):
                    await changed.wait()

    async def leave(self) -> None:
        """Pause all, without waiting for it: what came is on the disk."""
        for pull in self._pulls.values():
            pull.pausing = True
            if pull.task is not None:
                pull.task.cancel()

    async def _run(self, pull: Pull) -> None:
        async with self._turns:
            while True:
                pull.state = "asking"
                self._wake()
                state, problem = await self._try(pull)
                if state == "paused" and not pull.pausing:
                    continue  # it was resumed meanwhile
                if pull.latest is not None:
                    pull.take(pull.latest)
                pull.state, pull.problem, pull.pausing = state, problem, False
                self._wake()
                return

    async def _try(self, pull: Pull) -> tuple[PullState, str]:
        try:
            await blocking.detached(self._pull, pull, asyncio.get_running_loop())
        except _PausedError:
            return "paused", ""
        except FlourishingError as error:
            return "failed", f"{error} {_hint(error)}"
        return "done", ""

    def _pull(self, pull: Pull, loop: asyncio.AbstractEventLoop) -> None:
        """Pull, in a thread."""
        last = 0.0

        def report(at: Progress) -> None:
            nonlocal last
            pull.latest = at
            if pull.pausing:
                raise _PausedError
            now = time.monotonic()
            if now - last < _OFTEN and at.done < at.size and at.stage == pull.state:
                return
            last = now
            with suppress(RuntimeError):  # the loop has been closed: nobody looks any more
                loop.call_soon_threadsafe(self._take, pull, at)

        catalogue.pull(pull.name, report=report)

    def _take(self, pull: Pull, at: Progress) -> None:
        if pull.is_on_its_way:
            pull.take(at)
            self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _hint(error: FlourishingError) -> str:
    """Give what to do, on a page where no command can be typed."""
    hint = error.hint.removesuffix(ELSEWHERE).strip()
    if isinstance(error, HubError):
        return "Look whether this machine is online, and resume: what came is kept."
    return hint
