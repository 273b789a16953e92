"""The loop of a run: parents, a prompt, offspring, measures, the archive; and again.

While the texts of one step are measured, the model writes those of the next. So the parents of a
step are chosen before the step before it is in the archive, always, and not only where measuring
happens to take long: the same seed gives the same run.

A run that is resumed takes the same way again. Every step that is written down is not bred but
read, and one that was measured is not measured again, so that emitters, chance and the archive come
to stand as they did, and the run goes on from there.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from flourishing import blocking, breeding
from flourishing.breeding import BreedRequest
from flourishing.breeding.brood import BreedingEvent, Brood
from flourishing.core.sampling import SEEDS
from flourishing.core.text import Text
from flourishing.core.words import quantity
from flourishing.errors import (
    AuthError,
    FlourishingError,
    InputError,
    ModelError,
    ModelNotFoundError,
    NoMoneyError,
    SpendError,
)
from flourishing.evolution.emitters import Emitter, Population, emitter
from flourishing.evolution.evaluation import Evaluator
from flourishing.evolution.history import is_best_only
from flourishing.evolution.measure import Measure, Setting
from flourishing.evolution.placement import Placement
from flourishing.evolution.plan import Plan, with_ranges
from flourishing.evolution.run import Evaluated, Run, RunEvent, Step
from flourishing.evolution.steering import BY_PERSON, near_bends, with_picks
from flourishing.kinds import Kind
from flourishing.models import BaseModel, open_model
from flourishing.models.cost import Budget, open_budget
from flourishing.models.cost.ledger import prices_of
from flourishing.models.protocol import Notice

if TYPE_CHECKING:
    from flourishing.garden import AsyncGarden, Garden
    from flourishing.garden.run_locks import RunLock
    from flourishing.garden.runs import State, StoredStep

_MOST_FAILED_STEPS: Final = 3
"""Steps in a row of which nothing came, after which a run stops."""
_AT_ONCE_FATAL: Final = (AuthError, ModelNotFoundError, NoMoneyError)


@dataclass(slots=True, kw_only=True)
class _Written:
    """What came of the prompt of a step."""

    number: int
    emitter: str
    completions: int
    texts: Sequence[Text] = ()
    tokens: int = 0
    prompt_tokens: int = 0
    writing: float = 0.0
    error: FlourishingError | None = None
    words: str = ""
    """Why nothing came, of a step that was written down."""
    stored: StoredStep | None = None


@dataclass(slots=True, kw_only=True)
class Evolution:
    """One run on its way.

    Attributes:
        run: What it comes to.
        seeds: The texts that it begins with; of a run that is resumed, those of the garden.
        measures: The measures, the quality last.
        model: The model, or its name; None for the one of the plan.
        garden: Where everything is kept; None for nowhere.
        id: The number of the run in the garden, where it is resumed; 0 for a new one.
    """

    run: Run
    seeds: Sequence[Text]
    measures: Sequence[Measure]
    model: str | BaseModel | None = None
    garden: Garden | None = None
    id: int = 0
    _shared: AsyncGarden | None = None
    _lock: RunLock | None = None
    _kind: Kind = field(init=False)
    _opened: BaseModel = field(init=False)
    _emitter: Emitter = field(init=False)
    _placement: Placement = field(init=False)
    _given: list[Text] = field(default_factory=list)
    """What a person put in, and no step has yet."""
    _dropped: frozenset[int] = frozenset()
    """The texts that were dropped, by the steps that were written down."""
    _recorded: dict[int, StoredStep] = field(default_factory=dict)
    _issued: int = 0
    _failed: int = 0
    _last: _Written | None = None
    _notices: list[Notice] = field(default_factory=list)
    _told: set[str] = field(default_factory=set)
    _begun: float = 0.0
    _before: float = 0.0
    _noted: float = 0.0
    """Seconds of the run that are written down with its steps."""
    _budget: Budget | None = None
    _spent_before: Decimal = Decimal(0)
    """What the run had cost when it was opened, in the currency in which it cost most."""

    @property
    def plan(self) -> Plan:
        """What was asked for."""
        return self.run.plan

    def give(self, texts: Sequence[Text]) -> None:
        """Put texts of a person into the run; the next step measures them, and breeds nothing.

        Args:
            texts: The texts.
        """
        self._given += texts

    @property
    def given(self) -> tuple[Text, ...]:
        """What was put in and is in no step yet."""
        return tuple(self._given)

    def bend(self, bends: Sequence[Sequence[float]]) -> None:
        """Draw parents near these points from the next step on.

        Args:
            bends: Points, each with a number for each measure; none for wherever the emitter draws.
        """
        self.run.plan = replace(self.plan, bends=tuple(tuple(point) for point in bends))

    async def events(self) -> AsyncGenerator[RunEvent]:
        """Run, and yield what happens; the run itself at the end.

        Raises:
            InputError: A measure fails again and again, or on all texts of the beginning; or the
                run goes on somewhere else.
            ModelError: The model fails again and again.
            StorageError: The garden cannot be written.
        """
        from flourishing.garden import AsyncGarden  # here, as a run may do without a database

        self._shared = None if self.garden is None else AsyncGarden(self.garden)
        try:
            async with aclosing(self._all()) as events:
                async for event in events:
                    yield event
        except BaseException as error:
            await self._note_end(error)
            raise
        finally:
            if self._lock is not None:
                await blocking.run(self._lock.release)
            if self._shared is not None:
                await self._shared.close()

    async def _all(self) -> AsyncGenerator[RunEvent]:
        yield await self._begin()
        previous: _Written | None = None
        number, reason = 1, ""
        while not reason:
            # Before the budget is looked at: an emitter must be asked the same when it is resumed.
            recorded = self._recorded.get(number)
            drops = await self._take_drops(number) if recorded is None else None
            recorded = recorded or drops
            is_given = bool(self._given) if recorded is None else recorded.emitter == BY_PERSON
            if recorded is not None:
                n = recorded.completions
            else:
                n, reason = (0, "") if is_given else self._room()
            if reason:
                break
            parents: list[Text] = []
            if not is_given:
                parents = await self._ask(number, live=recorded is None)
            self._issued += n
            if recorded is not None:
                written = self._read(recorded)
                if previous is not None:
                    step = await self._tell(previous)
                    if drops is not None:
                        yield step
            else:
                writing = asyncio.create_task(
                    self._take_given(number) if is_given else self._breed(number, parents, n)
                )
                try:
                    if previous is not None:
                        yield await self._tell(previous)
                    written = await writing
                finally:
                    await _stopped(writing)
                while self._notices:
                    yield self._notices.pop(0)
                if isinstance(written.error, SpendError):
                    reason, previous = f"the money ({written.error})", None
                    break
                self._require_progress(written)
            previous, number = written, number + 1
        if previous is not None:
            yield await self._tell(previous)
        await self._end("done", f"The budget is used up: {reason}.")
        yield self.run

    # The beginning.

    async def _begin(self) -> Step:
        """Open everything, and judge the texts of the beginning."""
        if self._shared is not None:
            self._shared.require_writable()
            if self.id:
                await self._shared.write(self._carry)
        self._kind = self.plan.find_kind()
        self._opened = open_model(self.model or self.plan.model or None)
        self._emitter = emitter(self.plan.emitter)
        evaluator = Evaluator(self.measures, patience=self.plan.patience)
        steps = await self._read_steps()
        await evaluator.prepare(
            Setting(
                kind=self._kind,
                seeds=tuple(text.content for text in self.seeds),
                model=self._opened,
                garden=self.garden,
            )
        )
        self._before = self._noted = sum(step.seconds for step in steps)
        await self._open_budget()
        self._begun = time.monotonic()
        if not (steps and steps[0].told):
            await self._find_ranges()
        if self._shared is not None:  # only here: a new run that cannot begin leaves nothing
            await self._store_beginning()
            steps = steps or await self._read_steps()
        first = _Written(number=0, emitter="", completions=0, texts=self.seeds)
        first.stored = steps[0] if steps and steps[0].told else None
        archive = self.plan.empty_archive()
        self.run.kept = archive
        population = Population(seeds=self.seeds, archive=archive)
        self._placement = Placement(self._kind, population, evaluator)
        step = await self._tell(first)
        if not population.came:
            raise InputError(
                f"None of the {quantity(len(self.seeds), 'text')} of the beginning could be "
                f"measured. {next((each.note for each in step.texts if each.note), '')}",
                hint="Correct the measure, or begin with texts that it can measure.",
            )
        return step

    async def _read_steps(self) -> list[StoredStep]:
        """Read what is written down of the run; nothing of a new one."""
        if self._shared is None or not self.id:
            return []
        steps = await self._shared.read(lambda its: its.runs.steps(self.id))
        self.seeds = steps[0].texts
        self._recorded = {step.number: step for step in steps}
        return steps

    async def _store_beginning(self) -> None:
        if self._shared is None:
            return
        if self.id:
            plan, id = self.plan.as_dict(), self.id
            await self._shared.write(
                lambda its: its.runs.change(id, state="running", reason="", settings=plan)
            )
            return
        name, plan, seeds = self.run.name, self.plan.as_dict(), self.seeds
        if not name:
            kind = self._kind.name
            name = await self._shared.read(lambda its: its.runs.free_name(kind))
        stored = await self._shared.write(lambda its: its.runs.begin(name, plan, seeds))
        self.id, self.run.name = stored.id, stored.name
        await self._shared.write(self._carry)

    def _carry(self, garden: Garden) -> None:
        """Lock the run; whoever is cancelled meanwhile has the lock all the same."""
        self._lock = garden.runs.carry(self.id)

    async def _open_budget(self) -> None:
        """Bound the money by what the run has not spent yet."""
        money, id = self.plan.budget.money, self.id
        if money is None:
            self._budget = await blocking.run(open_budget)
            return
        bounds = self.plan.budget
        if (
            prices_of(self._opened) is None
            and (bounds.completions or bounds.tokens or bounds.seconds) is None
        ):
            raise InputError(
                f"{self._opened.name} costs nothing that is known, so money does not bound a run.",
                hint="Bound the completions, the tokens or the time; or set its prices.",
            )
        if self._shared is not None and id:
            spent = await self._shared.read(lambda its: its.costs.run(id))
            self._spent_before = max((each.amount for each in spent.money), default=Decimal(0))
        left = max(Decimal(0), money - self._spent_before)
        self._budget = await blocking.run(open_budget, left)

    async def _find_ranges(self) -> None:
        """Give functions without a range one, by the texts of the beginning."""
        open_ones = [each for each in self.measures if not each.has_range]
        if not open_ones:
            return
        found: dict[str, list[float]] = {}
        for each in open_ones:
            alone = Evaluator([each], patience=self.plan.patience)
            values = await alone.measure(self.seeds)
            if all(value.quality is None for value in values):
                raise InputError(
                    f"None of the {quantity(len(values), 'text')} of the beginning could be "
                    f"measured. {values[0].problem}",
                    hint="Correct the function: it takes a content, and gives a number.",
                )
            found[each.name] = [value.quality for value in values if value.quality is not None]
        self.run.plan = with_ranges(self.plan, found)

    # A step.

    def _room(self) -> tuple[int, str]:
        """Give how many completions the budget has room for, or why for none."""
        budget, n = self.plan.budget, self.plan.batch
        if budget.completions is not None:
            n = min(n, budget.completions - self._issued)
            if n <= 0:
                return 0, quantity(budget.completions, "completion")
        if budget.tokens is not None:
            left = budget.tokens - self.run.tokens
            longest = self.plan.sampling.max_tokens or self._kind.pattern.max_tokens
            read = 2 * self._last.prompt_tokens if self._last else 0
            n = min(n, (left - read) // max(1, longest))
            if n <= 0:
                return 0, quantity(budget.tokens, "token")
        if budget.money is not None and self._spent_before >= budget.money:
            return 0, f"{budget.money} of money"
        if budget.seconds is not None and self._elapsed() >= budget.seconds:
            return 0, f"{budget.seconds:g} seconds"
        return n, ""

    async def _ask(self, number: int, *, live: bool) -> list[Text]:
        if live and self._shared is not None and self.plan.emitter == "person":
            id = self.id
            picked = await self._shared.read(lambda its: its.runs.picked(id))
            self._placement.population.picked = picked
        draw = random.Random(f"{self.plan.seed}/{number}")  # not the sum: 1/12 and 11/2 differ
        return self._emitter.ask(number, self._placement.population, self.plan.parents, draw)

    async def _steer(self, number: int, parents: list[Text]) -> list[Text]:
        """Give the parents of a step as a person inside wants them."""
        archive, most, id = self.run.kept, self.plan.parents, self.id
        chosen = parents
        if self.plan.bends and archive:
            draw = random.Random(f"{self.plan.seed}/{number}/bend")
            chosen = near_bends(archive, self.plan.bends, most, draw)
        if self._shared is None:
            return chosen
        picks = await self._shared.read(lambda its: its.runs.picks(id))
        return with_picks(chosen, picks, (*parents, *self.seeds), most)

    async def _breed(self, number: int, parents: list[Text], n: int) -> _Written:
        return await self._write(number, await self._steer(number, parents), n)

    async def _take_drops(self, number: int) -> StoredStep | None:
        """Write down as a step what a person dropped since the last one, or dropped no longer."""
        if self._shared is None:
            return None
        from flourishing.garden.runs import Judged, StoredStep

        id, history = self.id, self._placement.history
        picks = await self._shared.read(lambda its: its.runs.picks(id))
        changed = {each for each in picks.dropped ^ self._dropped if history.knows(each)}
        if not changed:
            return None
        texts: list[Any] = history.texts(changed)
        ids = [text.id for text in texts]
        judged = [
            Judged(text=id, place=at, outcome="restored" if id in self._dropped else "dropped")
            for at, id in enumerate(ids)
        ]
        await self._shared.write(
            lambda its: its.runs.write_marks(id, number, judged, emitter=BY_PERSON)
        )
        return StoredStep(
            number=number,
            emitter=BY_PERSON,
            brood=None,
            completions=0,
            tokens=0,
            seconds=0.0,
            writing=0.0,
            error="",
            told=True,
            judged=tuple(judged),
            texts=tuple(texts),
        )

    async def _take_given(self, number: int) -> _Written:
        """Take what a person put in, as the texts of a step of its own."""
        given, self._given = self._given, []
        written = _Written(number=number, emitter=BY_PERSON, completions=0, texts=given)
        if self._shared is not None:
            id = self.id
            written.texts = await self._shared.write(
                lambda its: its.runs.put(id, given, number, emitter=BY_PERSON)
            )
        return written

    async def _write(self, number: int, parents: Sequence[Text], n: int) -> _Written:
        """Have the model write the texts of a step, and put them into the garden."""
        begun = time.monotonic()
        written = _Written(number=number, emitter=self._emitter.chosen(number), completions=n)
        brood: Brood | None = None
        try:
            request = BreedRequest(
                parents=parents,
                n=n,
                kind=self._kind,
                start=self.plan.start,
                sampling=self.plan.sampling,
                seed=random.Random(f"{self.plan.seed}/{number}/words").randrange(SEEDS - n),
                refills=0,
                model=self._opened,
                budget=self._budget,
            )
            brood = await self._in_time(breeding.finished(breeding.breed(request), self._notify))
        except SpendError as error:
            written.error = error
            return written
        except TimeoutError:
            written.words = "The time of the budget was over."
        except (ModelError, InputError) as error:
            written.error, written.words = error, str(error)
        written.writing = time.monotonic() - begun
        self.run.writing += written.writing
        if brood is not None:
            usage = brood.usage
            written.tokens = usage.prompt + usage.completion
            written.prompt_tokens = usage.prompt
            written.texts = brood.offspring
        self.run.tokens += written.tokens
        self._last = written if brood is not None else self._last
        await self._store(written, brood)
        return written

    async def _in_time(self, work: Any) -> Brood:
        if self.plan.budget.seconds is None:
            brood: Brood = await work
            return brood
        left = self.plan.budget.seconds - self._elapsed()
        in_time: Brood = await asyncio.wait_for(work, max(0.01, left))
        return in_time

    def _notify(self, event: BreedingEvent) -> None:
        if isinstance(event, Notice) and event.words not in self._told:
            self._told.add(event.words)
            self._notices.append(event)

    async def _store(self, written: _Written, brood: Brood | None) -> None:
        if self._shared is None:
            return
        id, seconds = self.id, self._elapsed() - self._noted
        self._noted += seconds
        stored = await self._shared.write(
            lambda its: its.runs.write(
                id,
                written.number,
                brood,
                emitter=written.emitter,
                completions=written.completions,
                tokens=written.tokens,
                seconds=seconds,
                writing=written.writing,
                error=written.words,
            )
        )
        if stored is not None:
            written.texts = stored.offspring

    def _read(self, step: StoredStep) -> _Written:
        """Take what came of a step from the garden."""
        self.run.tokens += step.tokens
        self.run.writing += step.writing
        for each in step.judged:
            if each.outcome in {"dropped", "restored"}:
                self._dropped ^= {each.text}
        texts: Sequence[Text] = step.texts  # of a step that was bred, only once it is measured
        if not step.told and step.brood is not None:
            texts = step.brood.offspring
        return _Written(
            number=step.number,
            emitter=step.emitter,
            completions=step.completions,
            texts=texts,
            tokens=step.tokens,
            words=step.error,
            stored=step if step.told else None,
        )

    async def _tell(self, written: _Written) -> Step:
        """Measure the texts of a step, put them into the archive, and say what became of them."""
        alone = is_best_only(self._emitter, written.number, written.emitter)
        if written.stored is not None:
            judged = self._placement.again(written.stored, best_only=alone)
        elif not written.number:
            judged = await self._placement.place_seeds(written.texts)
            await self._note(written, judged)
        else:
            judged = await self._placement.place(written.texts, best_only=alone)
            await self._note(written, judged)
        kept = sum(each.outcome in {"new", "better"} for each in judged)
        if written.number and written.emitter != BY_PERSON:
            self._emitter.tell(written.number, kept / max(1, written.completions))
        self.run.completions += written.completions
        self.run.seconds = self._elapsed()
        if self._budget is not None and self.plan.budget.money is not None:
            spent = self._budget.spent
            self.run.spent = {name: each + self._spent_before for name, each in spent.items()}
        archive = self._placement.population.archive
        step = Step(
            number=written.number,
            emitter=written.emitter,
            texts=tuple(judged),
            completions=self.run.completions,
            tokens=self.run.tokens,
            seconds=self.run.seconds,
            qd_score=archive.qd_score,
            coverage=archive.coverage,
            kept=len(archive),
            best=archive.best,
            left=self._left(),
            error=written.words,
        )
        self.run.steps.append(step)
        return step

    async def _note(self, written: _Written, judged: Sequence[Evaluated]) -> None:
        if self._shared is None:
            return
        from flourishing.garden.runs import Judged

        rows = [
            Judged(
                text=getattr(each.text, "id", 0),
                place=place,
                outcome=each.outcome,
                quality=each.quality,
                measures=each.measures,
                cell=each.cell,
                note=each.note,
            )
            for place, each in enumerate(judged)
        ]
        id, number = self.id, written.number
        await self._shared.write(lambda its: its.runs.tell(id, number, rows))

    # The end.

    def _require_progress(self, written: _Written) -> None:
        """Stop where nothing comes again and again; the budget has advanced all the same."""
        if written.error is None:
            self._failed = 0
            return
        self._failed += 1
        if isinstance(written.error, _AT_ONCE_FATAL) or self._failed >= _MOST_FAILED_STEPS:
            raise written.error

    async def _note_end(self, error: BaseException) -> None:
        """Say in the garden why a run ended before its end, if that can still be said."""
        failed = isinstance(error, Exception)
        words = str(error) if isinstance(error, FlourishingError) else type(error).__name__
        with suppress(FlourishingError, asyncio.CancelledError):
            await self._end(
                "failed" if failed else "stopped", words if failed else "It was stopped."
            )

    async def _end(self, state: State, reason: str) -> None:
        self.run.state, self.run.reason = state, reason
        if self._begun:
            self.run.seconds = self._elapsed()
        if self._lock is not None and self._shared is not None:  # else it is another's
            id = self.id
            await self._shared.write(lambda its: its.runs.change(id, state=state, reason=reason))

    def _elapsed(self) -> float:
        return self._before + time.monotonic() - self._begun

    def _left(self) -> float | None:
        """Give about how many seconds are left: the first bound that will be reached decides."""
        budget, run = self.plan.budget, self.run
        shares = [
            used / bound
            for used, bound in (
                (run.completions, budget.completions),
                (run.tokens, budget.tokens),
                (run.seconds, budget.seconds),
                (
                    float(max(run.spent.values(), default=Decimal(0))),
                    budget.money and float(budget.money),
                ),
            )
            if bound
        ]
        done = max(shares, default=0.0)
        return run.seconds * (1 - done) / done if 0 < done <= 1 else None


async def _stopped(writing: asyncio.Task[_Written]) -> None:
    """Stop the writing of a step of which nothing is wanted any more; what was written stays."""
    writing.cancel()
    with suppress(asyncio.CancelledError, FlourishingError):
        await writing
