"""Beds: working sets, how each of them stands now, and what it shows of its brood.

Every change is computed from the bed as it stands in the transaction that writes it, so that of two
changes at once, from two tabs or a tab and a terminal, none is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from flourishing import stored_form
from flourishing.arguments import as_instance, as_list, as_whole, as_words, require_names
from flourishing.breeding.bed_settings import BedSettings, require_choice
from flourishing.breeding.brood import MOST_OFFSPRING
from flourishing.core.operation import ModelOperation, Operation
from flourishing.errors import InputError
from flourishing.garden import journal
from flourishing.garden.brood_writer import first_shown, places_of
from flourishing.garden.database import Database, now
from flourishing.garden.lineage import newest_edits
from flourishing.garden.schema import acts, bed_states, beds, broods, reversals, texts

LONGEST_NAME = 200
Seen: TypeAlias = tuple[Sequence[int], Sequence[int]]
"""Numbers of texts as somebody saw them, and as they are to be."""
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bed:
    """A working set that a person tends.

    Attributes:
        id: Its number in the garden.
        name: What it is called.
        at: When it was begun, in UTC.
        parents: The numbers of the texts that the next brood is bred from, worst first.
        pattern: The name of the pattern, or the path of its file.
        kind: The name of the kind of text, or the path of its file; "" for the
            kind of the pattern.
        start: What every offspring begins with.
        n: How many offspring the next brood has.
        settings: What else was set: the sampling, the model, …
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
    kind: str = ""
    start: str = ""
    n: int = 8
    settings: BedSettings = field(default_factory=BedSettings)
    brood: int | None = None
    shown: tuple[int, ...] = ()
    chain: tuple[int, ...] = ()
    away: bool = False

    @property
    def operation(self) -> ModelOperation:
        """What its next brood is by itself: a refinement while a text is under work."""
        return Operation.REFINE if self.chain else Operation.BREED

    def state(self) -> dict[str, object]:
        """Give what can change, in the stored form."""
        written = stored_form.write_fields(
            self,
            stored_form.BED,
            {
                "settings": BedSettings.as_dict,
                "parents": list,
                "shown": list,
                "chain": list,
            },
        )
        return {key: value for key, value in written.items() if key not in {"id", "name", "at"}}

    def with_edit(self, before: int, edit: int) -> Bed:
        """Give the bed in which an edit stands wherever the edited text stood.

        Args:
            before: The number of the edited text.
            edit: The number of the edit.
        """
        return replace(
            self,
            parents=tuple(edit if each == before else each for each in self.parents),
            chain=tuple(edit if each == before else each for each in self.chain),
            shown=tuple(edit if each == before else each for each in self.shown),
        )

    def without(self, dropped: Collection[int]) -> Bed:
        """Give the bed in which these are out of sight, and no parents any more.

        Args:
            dropped: The numbers of the texts.
        """
        return replace(
            self,
            parents=tuple(each for each in self.parents if each not in dropped),
            shown=tuple(0 if each in dropped else each for each in self.shown),
        )


_CHANGEABLE: Final = [each.name for each in fields(Bed) if each.name not in {"id", "name", "at"}]


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
        state = _checked(state)
        with self._database.writing() as connection:
            row = connection.execute(sa.select(beds).where(beds.c.name == name)).first()
            return _begin(connection, name, state) if row is None else _bed(connection, row)

    def begin(self, name: str | None = None, **state: Any) -> Bed:
        """Begin a bed of a name that no other has, one that was put away neither.

        Args:
            name: What it is called, up to 200 characters; None for the date and time.
            **state: Attributes of the new bed, such as `parents` and `pattern`.

        Raises:
            InputError: The name is blank, too long, or that of another bed.
        """
        if name is not None:
            _require_name(name)
        state = _checked(state)
        with self._database.writing() as connection:
            names = set(connection.execute(sa.select(beds.c.name)).scalars())
            if name in names:
                raise InputError(f"There is a bed {name!r}.", hint="Give it another name.")
            return _begin(connection, name or _new_name(names), state)

    def get(self, id: int) -> Bed:
        """Give a bed by its number.

        Args:
            id: The number of the bed.

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
        with self._database.reading() as connection:
            return [bed for bed in _newest_first(connection) if bed.away == away]

    def last(self) -> Bed | None:
        """Give the bed that was changed last, of those that are not put away; None for none."""
        with self._database.reading() as connection:
            return next((bed for bed in _newest_first(connection) if not bed.away), None)

    def change(self, bed: Bed, **changes: Any) -> Bed:
        """Give attributes of a bed new values; one act, which can be undone.

        Args:
            bed: The bed; what another process changed meanwhile in other attributes stays.
            **changes: The attributes to change. What depends on how the bed stands goes through
                the other methods.
        """
        checked = _checked(changes)
        return self._alter(bed, lambda now: replace(now, **checked))

    def set(
        self,
        bed: Bed,
        *,
        settings: Mapping[str, Any] = _NOTHING,
        lists: Mapping[str, Seen] = _NOTHING,
        if_empty: Mapping[str, Any] = _NOTHING,
        seen: Sequence[int] = (),
        **changes: Any,
    ) -> Bed:
        """Change single settings, lists and attributes of a bed; one act, which can be undone.

        Args:
            bed: The bed.
            settings: The settings to change, each by its name; None takes one back, and what is
                not named stays.
            lists: The `parents` or the `chain` as somebody saw them, and as they are to be. What
                somebody else added or took out meanwhile stays added or taken out.
            if_empty: What else changes where the bed had no parents, and has some now: their
                `kind` and `pattern`.
            seen: As in `alter_parents`.
            **changes: The attributes to change.

        Raises:
            InputError: A setting or an attribute cannot be what is given, or there would be no
                more candidates than are shown.
        """
        checked = _checked(changes)

        def alter(now: Bed) -> Bed:
            its = now.settings.with_changes(settings)
            if "candidates" in settings:
                require_choice(its.candidates, checked.get("n", now.n))
            merged = {name: _merged(getattr(now, name), *seen) for name, seen in lists.items()}
            after = replace(now, settings=its, **{**checked, **merged})
            return replace(after, **if_empty) if after.parents and not now.parents else after

        return self._alter(bed, alter, seen)

    def alter_parents(
        self,
        bed: Bed,
        *,
        add: Iterable[int] = (),
        remove: Iterable[int] = (),
        if_empty: Mapping[str, Any] = _NOTHING,
        seen: Sequence[int] = (),
    ) -> Bed:
        """Take texts out of the parents of a bed and put others behind the rest; one act.

        Args:
            bed: The bed.
            add: The numbers of the texts to add, best last; those that are parents already stay
                where they are.
            remove: The numbers of the texts to take out.
            if_empty: The `kind` and the `pattern` that a bed without parents gets with them.
            seen: The numbers of the offspring in the order in which the person saw them; by default
                those that are shown first, in their order, or all in that of their places. Where
                each one stood is kept, to see whether that matters.
        """
        come, gone = list(add), set(remove)

        def alter(now: Bed) -> Bed:
            first = {} if now.parents or not come else dict(if_empty)
            return replace(now, parents=_with(now.parents, come, gone), **first)

        return self._alter(bed, alter, seen)

    def add_parents(
        self,
        bed: Bed,
        ids: Iterable[int],
        *,
        if_empty: Mapping[str, Any] = _NOTHING,
        seen: Sequence[int] = (),
    ) -> Bed:
        """Put texts behind the parents of a bed, best last; one act.

        Args:
            bed: The bed.
            ids: The numbers of the texts.
            if_empty: As in `alter_parents`.
            seen: As in `alter_parents`.
        """
        return self.alter_parents(bed, add=ids, if_empty=if_empty, seen=seen)

    def remove_parents(self, bed: Bed, ids: Iterable[int]) -> Bed:
        """Take texts out of the parents of a bed; one act.

        Args:
            bed: The bed.
            ids: The numbers of the texts.
        """
        return self.alter_parents(bed, remove=ids)

    def add_version(self, bed: Bed, id: int) -> Bed:
        """Put a text behind the versions under work; what was gone back from is left behind.

        Args:
            bed: The bed.
            id: The number of the text.

        Raises:
            InputError: It is a version already.
        """

        def alter(now: Bed) -> Bed:
            if id in now.chain:
                raise InputError("That is a version already.", hint="Choose another text.")
            return replace(now, chain=(*now.chain, id), settings=replace(now.settings, later=()))

        return self._alter(bed, alter)

    def go_back(self, bed: Bed) -> Bed:
        """Go back to the version before the last one under work, which is remembered.

        Args:
            bed: The bed.

        Raises:
            InputError: There is no version before.
        """

        def alter(now: Bed) -> Bed:
            if len(now.chain) < 2:
                raise InputError("This is the first version.", hint="Leave refining instead.")
            *before, last = now.chain
            later = replace(now.settings, later=(last, *now.settings.later))
            return replace(now, chain=tuple(before), settings=later)

        return self._alter(bed, alter)

    def _alter(self, bed: Bed, alter: Callable[[Bed], Bed], seen: Sequence[int] = ()) -> Bed:
        """Read a bed, change it and write it down, in one transaction."""
        id = as_bed(bed).id
        with self._database.writing() as connection:
            before = read_bed(connection, id)
            after = _with_its_pattern(before, alter(before))
            if after == before:
                return after
            moved = after.parents != before.parents
            act = journal.begin(connection, "parent" if moved else "set", id)
            return settle(connection, act, before, after, seen)

    def revision(self, bed: Bed) -> int:
        """Give a number that grows with whatever is done, undone or redone in a bed.

        Args:
            bed: The bed.
        """
        its = acts.c.bed_id == as_bed(bed).id
        newest = (
            sa.select(sa.func.max(acts.c.id)).where(its),
            sa.select(sa.func.max(bed_states.c.id)).where(bed_states.c.bed_id == bed.id),
            sa.select(sa.func.max(reversals.c.id))
            .join(acts, acts.c.id == reversals.c.act_id)
            .where(its),
        )
        query = sa.select(*(each.scalar_subquery() for each in newest))
        with self._database.reading() as connection:
            return sum(number or 0 for number in connection.execute(query).one())

    def first(self, bed: Bed) -> tuple[int, ...]:
        """Give the places of a bed's brood that are shown first, in their order.

        Args:
            bed: The bed.

        Returns:
            Places, from 0, that the bed shows; none where all are shown, in their order.
        """
        with self._database.reading() as connection:
            first = first_shown(connection, as_bed(bed).brood)
        return tuple(at for at in first if at < len(bed.shown))

    def rename(self, bed: Bed, name: str) -> Bed:
        """Call a bed something else.

        Args:
            bed: The bed.
            name: The new name, of 1 to 200 printable characters.

        Raises:
            InputError: The name is blank, too long, or that of another bed.
        """
        _require_name(name)
        id = as_bed(bed).id
        with self._database.writing() as connection:
            others = sa.select(beds.c.id).where(beds.c.name == name, beds.c.id != id)
            if connection.execute(others).scalar() is not None:
                raise InputError(
                    f"There is another bed {name!r}.", hint="Give it a name of its own."
                )
            connection.execute(beds.update().where(beds.c.id == id).values(name=name))
            return read_bed(connection, id)


def _with_its_pattern(before: Bed, after: Bed) -> Bed:
    """Remove a pattern of its own where the bed was given another kind or pattern."""
    own = after.settings.own_pattern
    named = (after.kind, after.pattern) == (before.kind, before.pattern)
    if own is None or named or own != before.settings.own_pattern:
        return after
    return replace(after, settings=after.settings.with_changes({"own_pattern": None}))


def settle(
    connection: sa.Connection, act: int, before: Bed, after: Bed, seen: Sequence[int] = ()
) -> Bed:
    """Write down how a bed stands after an act, and which texts it made parents or no longer.

    Args:
        connection: The writer's connection.
        act: The number of the act.
        before: The bed before the act.
        after: The bed after the act.
        seen: The numbers of the offspring in the order in which the person saw them; by default
            as `seen_first` gives them.
    """
    gone = [id for id in before.parents if id not in after.parents]
    come = [id for id in after.parents if id not in before.parents]
    journal.mark(connection, act, come, "parent", seen=seen or seen_first(connection, before))
    journal.mark(connection, act, gone, "parent", given=False)
    journal.put_state(connection, act, after.id, after.state())
    return after


def as_bed(bed: object) -> Bed:
    """Take a bed.

    Args:
        bed: What was given.

    Raises:
        InputError: It is no bed, such as the name of one.
    """
    return as_instance(
        bed, Bed, "The bed", hint="Give the bed itself, such as garden.beds.open(its name)."
    )


def read_bed(connection: sa.Connection, id: int) -> Bed:
    """Give a bed by its number.

    Args:
        connection: A connection to the garden.
        id: The number of the bed.

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


def _newest_first(connection: sa.Connection) -> Iterator[Bed]:
    """Give all beds, the last changed first; each is read when it is asked for."""
    last = (
        sa.select(sa.func.max(bed_states.c.id))
        .join(acts, acts.c.id == bed_states.c.act_id)
        .where(bed_states.c.bed_id == beds.c.id, acts.c.undone.is_(False))
        .scalar_subquery()
    )
    # A bed of which the beginning was undone is not there, until that is done again.
    query = sa.select(beds).where(last.is_not(None)).order_by(last.desc(), beds.c.id.desc())
    for row in connection.execute(query).all():
        yield _bed(connection, row)


def _begin(connection: sa.Connection, name: str, state: Mapping[str, Any]) -> Bed:
    connection.execute(beds.insert().values(name=name, at=now()))
    row = connection.execute(sa.select(beds).where(beds.c.name == name)).one()
    empty = _bed(connection, row)
    # An act of the garden, not of the bed: in a bed, undo does not reach behind its start.
    act = journal.begin(connection, "set")
    begun = replace(empty, **state)
    require_choice(begun.settings.candidates, begun.n)
    return settle(connection, act, empty, begun)


def _new_name(names: Collection[str]) -> str:
    """Name a bed that nobody named after the time, like none of these."""
    name = f"{datetime.now().astimezone():%Y-%m-%d %H:%M}"
    number = 1
    while (numbered := name if number == 1 else f"{name} ({number})") in names:
        number += 1
    return numbered


def _with(ids: Sequence[int], come: Iterable[int], gone: Collection[int]) -> tuple[int, ...]:
    stay = [id for id in ids if id not in gone]
    return (*stay, *dict.fromkeys(id for id in come if id not in stay))


def _merged(now: Sequence[int], seen: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...]:
    if tuple(now) == tuple(seen):
        return tuple(wanted)
    come = [id for id in wanted if id not in seen]
    return _with(now, come, set(seen).difference(wanted))


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
    state["settings"] = BedSettings.stored(state.get("settings"))
    try:
        _checked({"n": state["n"]})
    except (KeyError, InputError):
        state.pop("n", None)  # an earlier version did not look at it
    known = {"id": row.id, "name": row.name, "at": datetime.fromisoformat(row.at), **state}
    return Bed(**stored_form.read_fields(Bed, known))


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Take attributes of a bed as somebody sets them.

    Raises:
        InputError: There is no such attribute, or it cannot be what is given.
    """
    require_names(changes, _CHANGEABLE, "attribute of a bed")
    checked = dict(changes)
    if "n" in checked:
        checked["n"] = as_whole(checked["n"], "n")
        if not 1 <= checked["n"] <= MOST_OFFSPRING:
            raise InputError(
                f"A brood cannot have {checked['n']:,} offspring.",
                hint=f"Ask for 1 to {MOST_OFFSPRING:,}.",
            )
    for name in {"start", "pattern"} & checked.keys():
        as_words(checked[name], f"The {name}")
    for name in {"parents", "chain", "shown"} & checked.keys():
        numbers = as_list(checked[name], name)
        checked[name] = tuple(as_whole(each, "The number of a text") for each in numbers)
    if "settings" in checked:
        checked["settings"] = BedSettings.of(checked["settings"])
    return checked


def _require_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"A bed cannot be called {name[:40]!r}.",
            hint=f"Give it a name of 1 to {LONGEST_NAME} characters.",
        )


def places(connection: sa.Connection, bed: Bed | None) -> dict[int, int]:
    """Say what a bed shows in the place of each text of its brood: itself, an edit, or nothing.

    Args:
        connection: A connection to the garden.
        bed: The bed; None for none.
    """
    if bed is None or bed.brood is None:
        return {}
    stood = places_of(connection, bed.brood)
    return {stood[place]: now for place, now in enumerate(bed.shown) if place in stood}


def seen_first(connection: sa.Connection, bed: Bed | None) -> tuple[int, ...]:
    """Say what a bed shows of its brood at once, in the order in which that stands.

    Args:
        connection: A connection to the garden.
        bed: The bed; None for none.

    Returns:
        The numbers of the texts, 0 for an empty place: those that are shown first, or else all.
    """
    if bed is None:
        return ()
    first = first_shown(connection, bed.brood)
    return tuple(bed.shown[at] for at in first if at < len(bed.shown)) or bed.shown


class Grows:
    """A brood that a bed shows, and that is about to grow.

    It grows in every state since the act that bred it: else undoing what was done meanwhile would
    leave the bed as that had made it, or take the offspring away that came since.

    Attributes:
        act: The number of the act that bred the brood that the bed shows; None where none did.
        showed: What the bed shows in the place of each text of it.
    """

    def __init__(self, connection: sa.Connection, bed: Bed | None) -> None:
        self.act: int | None = None
        self.showed = places(connection, bed)
        self._states: dict[int, tuple[dict[str, Any], dict[int, int]]] = {}
        if bed is None or bed.brood is None:
            return
        self.act = journal.last(connection, "breed", bed.id)
        if self.act is None:
            return
        self._bed = bed
        for act, state in journal.states_since(connection, self.act, bed.id).items():
            if state.get("brood") == bed.brood:
                then = replace(bed, shown=tuple(state.get("shown", ())))
                self._states[act] = state, places(connection, then)

    def show(self, connection: sa.Connection, brood: int) -> None:
        """Write down what came since.

        Args:
            connection: The writer's connection.
            brood: The number of the brood.
        """
        for act, (state, showed) in self._states.items():
            shown = of_brood(connection, brood, showed)
            if list(shown) != list(state.get("shown", ())):
                journal.put_state(connection, act, self._bed.id, {**state, "shown": shown})
                journal.forget_superseded(connection, act, self._bed.id)


def with_again(connection: sa.Connection, bed: Bed, ids: Sequence[int]) -> Bed:
    """Give the bed in which these texts stand in their places of the brood again.

    Args:
        connection: A connection to the garden.
        bed: The bed.
        ids: The numbers of the texts.
    """
    if bed.brood is None:
        return bed
    offspring = places_of(connection, bed.brood)
    edits = newest_edits(connection, list(offspring.values()), also=ids)
    shown = list(bed.shown)
    for place, id in offspring.items():
        if place < len(shown) and not shown[place]:
            here = next((each for each in (id, edits.get(id, 0)) if each in ids), 0)
            shown[place] = here
    return replace(bed, shown=tuple(shown))


def of_brood(connection: sa.Connection, brood: int, showed: Mapping[int, int]) -> tuple[int, ...]:
    """Say what a bed shows of a brood, 0 in a place where nothing came.

    Args:
        connection: A connection to the garden.
        brood: The number of the brood.
        showed: What is shown in the place of a text, by the text's number, where it is not itself.
    """
    stand = places_of(connection, brood)
    ids = (stand.get(place, 0) for place in range(max(stand, default=-1) + 1))
    return tuple(showed.get(id, id) for id in ids)
