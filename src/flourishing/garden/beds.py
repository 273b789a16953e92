"""Beds: what a person tends, and how each of them stands now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from flourishing.errors import InputError
from flourishing.garden import journal
from flourishing.garden.database import Database, now
from flourishing.garden.schema import acts, bed_states, beds, broods, reversals, texts

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bed:
    """A working set that a person tends.

    Attributes:
        id: Its number in the garden.
        name: What it is called.
        at: When it was begun, in UTC.
        parents: The numbers of the texts that the next brood is bred from, worst first.
        pattern: The name of the pattern, or the path of its file.
        start: What every offspring begins with.
        n: How many offspring the next brood has.
        settings: What else was set: temperature, model, …
        brood: The number of the brood that is shown, or None.
        shown: The numbers of its texts in their places; an edit stands for what it is an edit of,
            and 0 where one was dropped.
        chain: The numbers of the versions under work, worst first, while refining.
        away: Whether it is put away.
    """

    id: int
    name: str
    at: datetime
    parents: tuple[int, ...] = ()
    pattern: str = "poems"
    start: str = ""
    n: int = 8
    settings: Mapping[str, Any] = field(default_factory=dict)
    brood: int | None = None
    shown: tuple[int, ...] = ()
    chain: tuple[int, ...] = ()
    away: bool = False

    def state(self) -> dict[str, object]:
        """Give what can change, as plain data."""
        told = asdict(self)
        return {key: value for key, value in told.items() if key not in {"id", "name", "at"}}

    def with_edit(self, before: int, edit: int) -> Bed:
        """Give the bed in which an edit stands wherever the edited text stood."""
        return replace(
            self,
            parents=tuple(edit if each == before else each for each in self.parents),
            chain=tuple(edit if each == before else each for each in self.chain),
            shown=tuple(edit if each == before else each for each in self.shown),
        )

    def without(self, dropped: Collection[int]) -> Bed:
        """Give the bed in which these are out of sight, and no parents any more."""
        return replace(
            self,
            parents=tuple(each for each in self.parents if each not in dropped),
            shown=tuple(0 if each in dropped else each for each in self.shown),
        )


class Beds:
    """The beds of a garden."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, name: str, **state: Any) -> Bed:
        """Give the bed of this name, begun with this state if it is not there yet.

        Args:
            name: What it is called, up to 200 characters.
            **state: Attributes of the new bed, such as `parents` and `pattern`.

        Raises:
            InputError: The name is blank or too long.
        """
        _require_name(name)
        with self._database.writing() as connection:
            row = connection.execute(sa.select(beds).where(beds.c.name == name)).first()
            if row is not None:
                return _bed(connection, row)
            connection.execute(beds.insert().values(name=name, at=now()))
            row = connection.execute(sa.select(beds).where(beds.c.name == name)).one()
            empty = _bed(connection, row)
            # An act of the garden, not of the bed: in a bed, undo does not reach behind its start.
            act = journal.begin(connection, "set")
            return settle(connection, act, empty, replace(empty, **state))

    def get(self, id: int) -> Bed:
        """Give a bed by its number.

        Raises:
            InputError: There is none.
        """
        with self._database.reading() as connection:
            return read_bed(connection, id)

    def all(self, *, away: bool = False) -> list[Bed]:
        """Give the beds, the last changed first.

        Args:
            away: Those put away, instead of the others.
        """
        last = (
            sa.select(sa.func.max(bed_states.c.id))
            .join(acts, acts.c.id == bed_states.c.act_id)
            .where(bed_states.c.bed_id == beds.c.id, acts.c.undone.is_(False))
            .scalar_subquery()
        )
        # A bed of which the beginning was undone is not there, until that is done again.
        query = sa.select(beds).where(last.is_not(None)).order_by(last.desc(), beds.c.id.desc())
        with self._database.reading() as connection:
            found = [_bed(connection, row) for row in connection.execute(query)]
        return [bed for bed in found if bed.away == away]

    def change(self, bed: Bed, **changes: Any) -> Bed:
        """Change how a bed stands; one act, which can be undone.

        Args:
            bed: The bed; what another process changed meanwhile in other attributes stays.
            **changes: The attributes to change.
        """
        with self._database.writing() as connection:
            before = read_bed(connection, bed.id)
            after = replace(before, **changes)
            if after == before:
                return after
            moved = after.parents != before.parents
            act = journal.begin(connection, "parent" if moved else "set", bed.id)
            return settle(connection, act, before, after)

    def revision(self, bed: Bed) -> int:
        """Give a number that grows with whatever is done, undone or redone in a bed."""
        its = acts.c.bed_id == bed.id
        newest = (
            sa.select(sa.func.max(acts.c.id)).where(its),
            sa.select(sa.func.max(bed_states.c.id)).where(bed_states.c.bed_id == bed.id),
            sa.select(sa.func.max(reversals.c.id))
            .join(acts, acts.c.id == reversals.c.act_id)
            .where(its),
        )
        with self._database.reading() as connection:
            return sum(connection.execute(query).scalar() or 0 for query in newest)

    def rename(self, bed: Bed, name: str) -> Bed:
        """Call a bed something else.

        Raises:
            InputError: The name is blank, too long, or that of another bed.
        """
        _require_name(name)
        with self._database.writing() as connection:
            others = sa.select(beds.c.id).where(beds.c.name == name, beds.c.id != bed.id)
            if connection.execute(others).scalar() is not None:
                raise InputError(
                    f"There is another bed {name!r}.", hint="Give it a name of its own."
                )
            connection.execute(beds.update().where(beds.c.id == bed.id).values(name=name))
            return read_bed(connection, bed.id)


def settle(connection: sa.Connection, act: int, before: Bed, after: Bed) -> Bed:
    """Write down how a bed stands after an act, and which texts it made parents or no longer."""
    gone = [id for id in before.parents if id not in after.parents]
    come = [id for id in after.parents if id not in before.parents]
    journal.mark(connection, act, come, "parent")
    journal.mark(connection, act, gone, "parent", given=False)
    journal.put_state(connection, act, after.id, after.state())
    return after


def read_bed(connection: sa.Connection, id: int) -> Bed:
    """Give a bed by its number.

    Raises:
        InputError: There is none.
    """
    row = connection.execute(sa.select(beds).where(beds.c.id == id)).first()
    if row is None:
        raise InputError(
            f"There is no bed {id}.",
            hint="They are listed by the page of beds, and by: flourishing garden beds",
        )
    return _bed(connection, row)


def _bed(connection: sa.Connection, row: sa.Row[Any]) -> Bed:
    state = journal.state_of(connection, row.id)
    ids = {id for name in ("parents", "shown", "chain") for id in state.get(name, ())}
    there = set(connection.execute(sa.select(texts.c.id).where(texts.c.id.in_(ids))).scalars())
    for name in ("parents", "chain"):  # without what was put away and emptied since
        state[name] = tuple(id for id in state.get(name, ()) if id in there)
    state["shown"] = tuple(id if id in there else 0 for id in state.get("shown", ()))
    if state.get("brood") is not None:
        brood = sa.select(broods.c.id).where(broods.c.id == state["brood"])
        state["brood"] = connection.execute(brood).scalar()
    return Bed(id=row.id, name=row.name, at=datetime.fromisoformat(row.at), **state)


def _require_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise InputError(
            f"A bed cannot be called {name[:40]!r}.",
            hint=f"Give it a name of 1 to {LONGEST_NAME} characters.",
        )
