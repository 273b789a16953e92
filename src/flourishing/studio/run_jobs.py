"""Runs that are on their way in this studio, and the events in which pages follow them.

A run belongs to the server, as a brood does (`breeding_jobs`). All that it does is in the garden
before its event is sent, so that nothing has to be saved at its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from flourishing.errors import FlourishingError
from flourishing.evolution import Step
from flourishing.evolution.evolve import Evolution
from flourishing.evolution.steering import BY_PERSON
from flourishing.garden import AsyncGarden
from flourishing.models import Notice
from flourishing.studio.breeding_jobs import EventLog
from flourishing.studio.problems import BusyError, problem_of
from flourishing.studio.schemas.runs import RunEndBody, RunStepBody
from flourishing.studio.schemas.texts import NoticeBody

MOST_RUNS: Final = 4
"""So many runs may be on their way at once; they share the model with the broods."""
REMEMBERED: Final = 32

Show = Callable[[Evolution, Step], RunStepBody]
"""Gives a step as it is sent over the wire."""


@dataclass(slots=True, eq=False)
class RunJob:
    """One run on its way, and the events of it that were sent.

    Attributes:
        id: The number of the run.
        evolution: The run.
        garden: Where it is.
        show: Gives a step as it is sent.
        events: What is sent to the pages that follow it.
        ended: Whether nothing more will come.
    """

    id: int
    evolution: Evolution = field(repr=False)
    garden: AsyncGarden = field(repr=False)
    show: Show = field(repr=False)
    events: EventLog = field(default_factory=EventLog, repr=False)
    ended: bool = False
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    async def run(self) -> None:
        """Go through the run until it ends, fails, or is stopped."""
        try:
            async with aclosing(self.evolution.events()) as events:
                async for event in events:
                    if isinstance(event, Step):
                        self.events.add("step", self.show(self.evolution, event))
                    elif isinstance(event, Notice):
                        self.events.add("notice", NoticeBody(words=event.words))
        except asyncio.CancelledError:
            pass  # a person stopped it, and the garden says so
        except FlourishingError as error:
            self.events.add("error", problem_of(error))
        finally:
            self.ended = True
            run = self.evolution.run
            self.events.add("ended", RunEndBody(state=run.state, reason=run.reason))
            self.events.end()
        if given := self.evolution.given:  # put in when it was at its end
            await self.garden.write(lambda its: its.runs.put(self.id, given, emitter=BY_PERSON))

    async def stop(self) -> None:
        """Stop it; all that came is kept, and it can go on."""
        if self.task is not None and not self.task.done():
            self.task.cancel()
            await asyncio.wait([self.task])


class RunJobs:
    """All runs that are on their way, and the last that ended."""

    def __init__(self) -> None:
        self._jobs: dict[int, RunJob] = {}

    def begin(self, job: RunJob) -> RunJob:
        """Begin a run, or go on with one.

        Args:
            job: The job of the run.

        Raises:
            BusyError: It is on its way already, or too many are.
        """
        self.require_room(job.id)
        for key in [key for key, each in self._jobs.items() if each.ended][:-REMEMBERED]:
            del self._jobs[key]
        self._jobs[job.id] = job
        job.task = asyncio.create_task(job.run())
        return job

    def require_room(self, id: int | None = None) -> None:
        """Refuse one run more than there may be, and one that is on its way.

        Args:
            id: The number of the run; None for a new one.

        Raises:
            BusyError: It is on its way already, or too many are.
        """
        if id is not None and self.running(id) is not None:
            raise BusyError("This run is on its way already.", hint="Follow it, or stop it.")
        if sum(not each.ended for each in self._jobs.values()) >= MOST_RUNS:
            raise BusyError(
                f"{MOST_RUNS} runs are on their way.", hint="Wait for one, or stop one."
            )

    def get(self, id: int) -> RunJob | None:
        """Give the job of a run, also if it has ended lately.

        Args:
            id: The number of the run.
        """
        return self._jobs.get(id)

    def on_their_way(self) -> frozenset[int]:
        """Give the numbers of the runs that have not ended."""
        return frozenset(id for id, each in self._jobs.items() if not each.ended)

    def running(self, id: int) -> RunJob | None:
        """Give the job of a run that is on its way.

        Args:
            id: The number of the run.
        """
        job = self._jobs.get(id)
        return None if job is None or job.ended else job

    async def stop(self) -> None:
        """Stop all of them, as the server does when it ends."""
        await asyncio.gather(*(each.stop() for each in list(self._jobs.values())))
