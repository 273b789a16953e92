"""Runs: what a garden keeps of texts that were evolved by a machine.

A run has steps, and each step one brood. What was measured of a text, and whether the run kept it,
is written once and never changed: that a machine chose a text, and not a person, can be seen for
ever. No mark of a person comes from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import sqlalchemy as sa

from flourishing.breeding.brood import Brood
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.garden import run_locks
from flourishing.garden.brood_writer import plant_brood
from flourishing.garden.costs import configured_prices, newest_brood, note_prices
from flourishing.garden.database import Database, now
from flourishing.garden.rows import Stored, StoredBrood, as_json, new_key
from flourishing.garden.run_locks import RunLock
from flourishing.garden.schema import run_steps, run_texts, runs, standing
from flourishing.garden.text_reader import read, read_brood
from flourishing.garden.text_writer import plant

State: TypeAlias = Literal["running", "stopped", "done", "failed", "interrupted"]
"""How a run stands. It is interrupted where it was never said to have ended, and no process carries
it: that one was killed. This is found out when it is read, and never written."""
Outcome: TypeAlias = Literal[
    "new",
    "better",
    "worse",
    "duplicate",
    "flawed",
    "unmeasured",
    "seed",
    "dropped",
    "restored",
]
"""What became of a text: it was kept in an empty cell, or for a worse one; it was not kept, since
it was not better, was there already, had a flaw, or could not be measured. A seed is not judged
yet. A text that came before was taken out, since a person dropped it, or let in again."""
KEPT: Final = ("new", "better")
BY_MARK: Final = ("dropped", "restored")
"""What becomes of a text that came before."""
_INTERRUPTED: Final = (
    "It was cut off, as when its process is killed. All that came is kept, and it can go on."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a run found of a text.

    Attributes:
        text: The number of the text.
        place: Its place in the step, from 0.
        outcome: What became of it.
        quality: Its quality; None where it was not measured.
        measures: What was measured of it, in the order of the run's measures.
        cell: The number of its cell; None where it was not measured.
        note: Why it was not measured; "" for nothing.
    """

    text: int
    place: int
    outcome: Outcome
    quality: float | None = None
    measures: tuple[float, ...] = ()
    cell: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStep:
    """A step of a run.

    Attributes:
        number: Its number; 0 for the texts that the run began with.
        emitter: What chose the parents.
        brood: What was bred, as long as it is not measured; None after that, where nothing came,
            and of step 0.
        completions: How many completions were asked for.
        tokens: How many tokens they took, in and out.
        seconds: How long it took, since the step before it was written down.
        writing: For how many of these seconds the model was writing.
        error: Why nothing came; "" where something did.
        told: Whether its texts were measured.
        judged: What was found of each text, in their places.
        texts: Those texts, in the same order.
    """

    number: int
    emitter: str
    brood: StoredBrood | None
    completions: int
    tokens: int
    seconds: float
    writing: float
    error: str
    told: bool
    judged: tuple[Judged, ...] = ()
    texts: tuple[Stored, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """A run as it stands in a garden.

    Attributes:
        id: Its number.
        name: Its name.
        at: When it was begun, in UTC.
        settings: What it was begun with, as plain data.
        state: How it stands.
        reason: Why it ended, in words.
    """

    id: int
    name: str
    at: datetime
    settings: Mapping[str, Any]
    state: State
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a run came to, as far as that is counted without its texts.

    Attributes:
        completions: How many completions were asked for.
        tokens: How many tokens they took, in and out.
        kept: How many texts it kept when they came; later ones may have taken their places.
    """

    completions: int = 0
    tokens: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picks:
    """What a person marked of a run.

    Attributes:
        pinned: The texts that came in it and are pinned, in the order in which they came.
        dropped: The numbers of its texts that are dropped.
    """

    pinned: tuple[Stored, ...] = ()
    dropped: frozenset[int] = frozenset()


class Runs:
    """The runs of a garden.

    Args:
        database: The database of the garden.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StoredRun]:
        """Give all runs, the newest first."""
        with self._database.reading() as connection:
            query = sa.select(runs).order_by(runs.c.id.desc())
            return [self._as_run(connection, row) for row in list(connection.execute(query))]

    def get(self, name: str) -> StoredRun:
        """Give a run by its name.

        Args:
            name: The name.

        Raises:
            InputError: There is none.
        """
        with self._database.reading() as connection:
            row = connection.execute(sa.select(runs).where(runs.c.name == name)).first()
            if row is None:
                names = connection.execute(sa.select(runs.c.name).order_by(runs.c.id)).scalars()
                there = ", ".join(list(names)[-10:])
                raise InputError(
                    f"There is no run {name!r:.60} in {self._database.name}.",
                    hint=f"There are: {there}." if there else "Begin one with: flourishing evolve",
                )
            return self._as_run(connection, row)

    def numbered(self, id: int) -> StoredRun:
        """Give a run by its number.

        Args:
            id: The number.

        Raises:
            InputError: There is none.
        """
        with self._database.reading() as connection:
            row = connection.execute(sa.select(runs).where(runs.c.id == id)).first()
            if row is None:
                raise InputError(
                    f"There is no run with the number {id}.", hint="The list of runs shows all."
                )
            return self._as_run(connection, row)

    def totals(self) -> dict[int, Totals]:
        """Give what all runs came to, by their numbers."""
        steps = sa.select(
            run_steps.c.run_id,
            sa.func.sum(run_steps.c.completions).label("completions"),
            sa.func.sum(run_steps.c.tokens).label("tokens"),
        ).group_by(run_steps.c.run_id)
        kept = (
            sa.select(run_texts.c.run_id, sa.func.count().label("kept"))
            .where(run_texts.c.outcome.in_(KEPT))
            .group_by(run_texts.c.run_id)
        )
        with self._database.reading() as connection:
            many = {row.run_id: row.kept for row in connection.execute(kept)}
            return {
                row.run_id: Totals(
                    completions=int(row.completions),
                    tokens=int(row.tokens),
                    kept=many.get(row.run_id, 0),
                )
                for row in connection.execute(steps)
            }

    def free_name(self, beginning: str) -> str:
        """Give a name that no run has: the beginning, a hyphen, and a number.

        Args:
            beginning: How it begins, such as "poem".
        """
        taken = {run.name for run in self.all()}
        return next(
            name
            for number in range(1, len(taken) + 2)
            if (name := f"{beginning}-{number}") not in taken
        )

    def begin(self, name: str, settings: Mapping[str, Any], seeds: Sequence[Text]) -> StoredRun:
        """Begin a run, with the texts that it begins with.

        Args:
            name: Its name.
            settings: What it is begun with, as plain data.
            seeds: The texts.

        Raises:
            InputError: There is a run of that name.
            StorageError: The garden cannot be written.
        """
        with self._database.together() as connection:
            if connection.execute(sa.select(runs.c.id).where(runs.c.name == name)).first():
                raise InputError(
                    f"There is a run {name!r} already.",
                    hint=f"Go on with it by --resume {name}, or give another name.",
                )
            row = {"at": now(), "name": name, "settings": as_json(settings), "state": "running"}
            number = new_key(connection.execute(runs.insert().values(**row, reason="")))
            step = {"run_id": number, "number": 0, "at": now(), "emitter": "", "completions": 0}
            connection.execute(
                run_steps.insert().values(
                    **step, tokens=0, seconds=0.0, writing=0.0, error="", told=False
                )
            )
            judged = [
                Judged(text=id, place=place, outcome="seed")
                for place, id in enumerate(plant(connection, list(seeds)))
            ]
            _put(connection, number, 0, judged)
        return self.get(name)

    def carry(self, run: int) -> RunLock:
        """Say that this process carries a run, until the lock is released or the process ends.

        Args:
            run: The number of the run.

        Returns:
            The lock, which is to be released at the end.

        Raises:
            InputError: Somebody carries it already.
            StorageError: The garden cannot be written.
        """
        return run_locks.take(self._database, run)

    def change(
        self,
        run: int,
        *,
        state: State | None = None,
        reason: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Say how a run stands now.

        Args:
            run: The number of the run.
            state: How it stands; None for as before.
            reason: Why it ended, in words; None for as before.
            settings: What it goes on with, such as a larger budget; None for as before.

        Raises:
            StorageError: The garden cannot be written.
        """
        new: dict[str, Any] = {"state": state, "reason": reason}
        if settings is not None:
            new["settings"] = as_json(settings)
        new = {name: value for name, value in new.items() if value is not None}
        with self._database.writing() as connection:
            connection.execute(runs.update().where(runs.c.id == run).values(**new))

    def write(
        self,
        run: int,
        number: int,
        brood: Brood | None,
        *,
        emitter: str,
        completions: int,
        tokens: int,
        seconds: float,
        writing: float,
        error: str = "",
    ) -> StoredBrood | None:
        """Write down what came of a step, before it is measured.

        Args:
            run: The number of the run.
            number: The number of the step.
            brood: What came; None for nothing.
            emitter: What chose the parents.
            completions: How many completions were asked for.
            tokens: How many tokens they took.
            seconds: How long it took, since the step before it was written down.
            writing: For how many of these seconds the model was writing.
            error: Why nothing came.

        Returns:
            The brood, with numbers; None for nothing.

        Raises:
            InputError: The step is written down already, as by another process that goes on with
                the run.
            StorageError: The garden cannot be written.
        """
        with self._database.together() as connection:
            self._require_new(connection, run, number)
            id = None
            if brood is not None:
                before = newest_brood(connection)
                id = plant_brood(connection, brood, None)
                prices = configured_prices(brood.model)
                if prices is not None and id > before:
                    note_prices(connection, id, prices)
            connection.execute(
                run_steps.insert().values(
                    run_id=run,
                    number=number,
                    at=now(),
                    emitter=emitter,
                    brood_id=id,
                    completions=completions,
                    tokens=tokens,
                    seconds=seconds,
                    writing=writing,
                    error=error,
                    told=False,
                )
            )
            return None if id is None else read_brood(connection, id)

    def put(
        self, run: int, texts: Sequence[Text], number: int | None = None, *, emitter: str
    ) -> list[Stored]:
        """Write down texts that a person puts into a run, as a step that is not measured yet.

        Args:
            run: The number of the run.
            texts: The texts.
            emitter: What stands in place of an emitter.
            number: The number of the step; None for the one behind the last, of a run that does not
                go on just now.

        Returns:
            The texts, with numbers.

        Raises:
            InputError: The step is written down already, or the run goes on in another process.
            StorageError: The garden cannot be written.
        """
        with self._database.together() as connection:
            if number is None:
                if run_locks.is_taken(self._database, connection, run):
                    raise InputError(
                        "This run goes on in another process, which would not see these texts.",
                        hint="Put them in there, or wait for its end.",
                    )
                last = sa.select(sa.func.max(run_steps.c.number)).where(run_steps.c.run_id == run)
                number = 1 + (connection.execute(last).scalar() or 0)
            else:
                self._require_new(connection, run, number)
            step = {"run_id": run, "number": number, "at": now(), "emitter": emitter}
            connection.execute(
                run_steps.insert().values(
                    **step, completions=0, tokens=0, seconds=0.0, writing=0.0, error="", told=False
                )
            )
            ids = list(plant(connection, list(texts)))
            judged = [Judged(text=id, place=at, outcome="seed") for at, id in enumerate(ids)]
            _put(connection, run, number, judged)
            return read(connection, ids)

    def write_marks(self, run: int, number: int, judged: Sequence[Judged], *, emitter: str) -> None:
        """Write down a step in which a person's marks took texts out, or let them in again.

        Args:
            run: The number of the run.
            number: The number of the step.
            judged: These texts, "dropped" or "restored".
            emitter: What stands in place of an emitter.

        Raises:
            InputError: The step is written down already.
            StorageError: The garden cannot be written.
        """
        with self._database.together() as connection:
            self._require_new(connection, run, number)
            step = {"run_id": run, "number": number, "at": now(), "emitter": emitter}
            connection.execute(
                run_steps.insert().values(
                    **step, completions=0, tokens=0, seconds=0.0, writing=0.0, error="", told=True
                )
            )
            _put(connection, run, number, judged)

    def tell(self, run: int, number: int, judged: Sequence[Judged]) -> None:
        """Write down what was found of the texts of a step.

        Args:
            run: The number of the run.
            number: The number of the step.
            judged: What was found of each.

        Raises:
            StorageError: The garden cannot be written.
        """
        with self._database.writing() as connection:
            here = sa.and_(run_texts.c.run_id == run, run_texts.c.step == number)
            connection.execute(run_texts.delete().where(here, run_texts.c.outcome == "seed"))
            _put(connection, run, number, judged)
            connection.execute(
                run_steps.update()
                .where(run_steps.c.run_id == run, run_steps.c.number == number)
                .values(told=True)
            )

    def steps(self, run: int) -> list[StoredStep]:
        """Give the steps of a run, in order.

        Args:
            run: The number of the run.
        """
        with self._database.reading() as connection:
            query = sa.select(run_texts).where(run_texts.c.run_id == run)
            by_step: dict[int, list[Judged]] = {}
            for row in connection.execute(query.order_by(run_texts.c.step, run_texts.c.place)):
                by_step.setdefault(row.step, []).append(_as_judged(row))
            ids = [each.text for some in by_step.values() for each in some]
            texts = {text.id: text for text in read(connection, list(dict.fromkeys(ids)))}
            query = sa.select(run_steps).where(run_steps.c.run_id == run)
            found = []
            for row in list(connection.execute(query.order_by(run_steps.c.number))):
                judged = tuple(each for each in by_step.get(row.number, []) if each.text in texts)
                waits = not row.told and row.brood_id is not None
                found.append(
                    StoredStep(
                        number=row.number,
                        emitter=row.emitter,
                        brood=read_brood(connection, row.brood_id) if waits else None,
                        completions=row.completions,
                        tokens=row.tokens,
                        seconds=row.seconds,
                        writing=row.writing,
                        error=row.error,
                        told=row.told,
                        judged=judged,
                        texts=tuple(texts[each.text] for each in judged),
                    )
                )
            return found

    def picked(self, run: int) -> list[Stored]:
        """Give the texts of a run that a person kept or pinned, in the order in which they came.

        Args:
            run: The number of the run.
        """
        query = (
            sa.select(run_texts.c.text_id)
            .join(standing, standing.c.text_id == run_texts.c.text_id)
            .where(
                run_texts.c.run_id == run,
                run_texts.c.outcome.not_in(BY_MARK),
                sa.or_(standing.c.keep.is_not(None), standing.c.pin.is_not(None)),
            )
            .order_by(run_texts.c.id)
        )
        with self._database.reading() as connection:
            return read(connection, list(connection.execute(query).scalars()))

    def waiting(self, run: int) -> int:
        """Give how many texts a person put into a run that are not measured yet.

        Args:
            run: The number of the run.
        """
        query = sa.select(sa.func.count()).where(
            run_texts.c.run_id == run, run_texts.c.step > 0, run_texts.c.outcome == "seed"
        )
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar() or 0)

    def picks(self, run: int) -> Picks:
        """Give what a person marked of a run.

        Args:
            run: The number of the run.
        """
        query = (
            sa.select(run_texts.c.text_id, run_texts.c.step, standing.c.pin, standing.c.drop)
            .join(standing, standing.c.text_id == run_texts.c.text_id)
            .where(
                run_texts.c.run_id == run,
                run_texts.c.outcome.not_in(BY_MARK),
                sa.or_(standing.c.pin.is_not(None), standing.c.drop.is_not(None)),
            )
            .order_by(run_texts.c.id)
        )
        with self._database.reading() as connection:
            rows = list(connection.execute(query))
            pinned = dict.fromkeys(row.text_id for row in rows if row.step and row.pin is not None)
            return Picks(
                pinned=tuple(read(connection, list(pinned))),
                dropped=frozenset(row.text_id for row in rows if row.drop is not None),
            )

    def choices(self, ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """Give the runs that kept these texts when they came: a machine's choice, not a person's.

        Args:
            ids: The numbers of texts.

        Returns:
            The names of the runs, by the number of each text that a run kept.
        """
        query = (
            sa.select(run_texts.c.text_id, runs.c.name)
            .join(runs, runs.c.id == run_texts.c.run_id)
            .where(run_texts.c.outcome.in_(KEPT), run_texts.c.text_id.in_(list(ids)))
            .order_by(runs.c.id)
        )
        found: dict[int, tuple[str, ...]] = {}
        with self._database.reading() as connection:
            for id, name in connection.execute(query):
                found[id] = (*found.get(id, ()), name)
        return found

    def _as_run(self, connection: sa.Connection, row: Any) -> StoredRun:
        state, reason = row.state, row.reason
        if state == "running" and not run_locks.is_taken(self._database, connection, row.id):
            state, reason = "interrupted", _INTERRUPTED
        return StoredRun(
            id=row.id,
            name=row.name,
            at=datetime.fromisoformat(row.at),
            settings=json.loads(row.settings),
            state=state,
            reason=reason,
        )

    def _require_new(self, connection: sa.Connection, run: int, number: int) -> None:
        query = sa.select(run_steps.c.id).where(
            run_steps.c.run_id == run, run_steps.c.number == number
        )
        if connection.execute(query).first() is not None:
            raise InputError(
                f"Step {number} of this run is there already: it goes on somewhere else.",
                hint="Stop one of the two.",
            )


def _put(connection: sa.Connection, run: int, step: int, judged: Sequence[Judged]) -> None:
    rows = [
        {
            "run_id": run,
            "step": step,
            "place": each.place,
            "text_id": each.text,
            "outcome": each.outcome,
            "quality": each.quality,
            "measures": as_json(list(each.measures)),
            "cell": each.cell,
            "note": each.note,
        }
        for each in judged
    ]
    if rows:
        connection.execute(run_texts.insert(), rows)


def _as_judged(row: Any) -> Judged:
    return Judged(
        text=row.text_id,
        place=row.place,
        outcome=row.outcome,
        quality=row.quality,
        measures=tuple(json.loads(row.measures)),
        cell=row.cell,
        note=row.note,
    )
