"""What a person did, act by act, so that each can be undone and redone, also after a restart.

The journal of a bed is a line of its own: undo takes back the newest act that holds, redo does
again what was undone last. A new act ends what could be redone: what was undone before it is older
than an act that holds, and when that is undone too, it is that one which was undone last. Nothing
has to be thrown away for that.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import sqlalchemy as sa

from flourishing.garden.database import now
from flourishing.garden.rows import Mark
from flourishing.garden.schema import acts, bed_states, marks, reversals, standing
from flourishing.garden.text_reader import MARKS, not_undone
from flourishing.garden.text_writer import MANY

Kind: TypeAlias = Literal[
    "breed",
    "keep",
    "drop",
    "pin",
    "parent",
    "edit",
    "away",
    "tag",
    "title",
    "set",
    "add",
    "shelve",
    "accept",
    "import",
]


BORN: Final = "born"
"""The event that a text came of an act of the garden; undoing that act puts the text away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that a person did.

    Attributes:
        id: Its number; a later act has a higher one.
        kind: What it was.
        at: When, in UTC.
        bed: The number of the bed in which it was done; None for one of the garden as a whole.
        undone: Whether it is taken back.
    """

    id: int
    kind: str
    at: datetime
    bed: int | None
    undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What an act did with a text.

    Attributes:
        kind: The mark, "parent", "tag", "title", or "born" for a text that came of the act.
        text: The number of the text.
        given: Whether the mark was given; else it was taken back.
        label: Which tag, or which title; otherwise empty.
    """

    kind: str
    text: int
    given: bool
    label: str


_TOGETHER: Final = "flourishing act"
"""Under this key a connection has the act that all that is done on it now belongs to."""


@contextmanager
def one_act(connection: sa.Connection, kind: Kind) -> Iterator[Together]:
    """Make one act of all that is done on a connection within; none if nothing is.

    Args:
        connection: The writer's connection.
        kind: What the act is.
    """
    outer: Together | None = connection.info.get(_TOGETHER)
    if outer is not None:
        yield outer
        return
    # Written first: a part that fails, and is caught, must not take the act with it.
    together = Together(begin(connection, kind))
    connection.info[_TOGETHER] = together
    try:
        yield together
    finally:
        del connection.info[_TOGETHER]
    if not together.used:
        connection.execute(acts.delete().where(acts.c.id == together.id))


@dataclass(slots=True)
class Together:
    """An act to which all belongs that is done meanwhile.

    Attributes:
        id: Its number.
        used: Whether anything was done; an act without it is not written down.
        texts: The numbers of texts that it is about, new or not.
    """

    id: int
    used: bool = False
    texts: set[int] = field(default_factory=set)


def be_about(connection: sa.Connection, ids: Iterable[int]) -> None:
    """Say which texts the act is about that `one_act` makes, if there is one.

    Args:
        connection: The writer's.
        ids: The numbers of the texts.
    """
    together: Together | None = connection.info.get(_TOGETHER)
    if together is not None:
        together.texts.update(ids)


def begin(connection: sa.Connection, kind: Kind, bed: int | None = None) -> int:
    """Write down an act, to which events can then be added; give its number.

    Args:
        connection: The writer's connection.
        kind: What the act is.
        bed: The number of the bed in which it is done; None for the garden as a whole.
    """
    together: Together | None = connection.info.get(_TOGETHER)
    if together is not None:
        together.used = True
        return together.id
    key = connection.execute(
        acts.insert().values(at=now(), kind=kind, bed_id=bed, undone=False)
    ).inserted_primary_key
    return int(key[0]) if key else 0


def last(connection: sa.Connection, kind: Kind, bed: int) -> int | None:
    """Give the number of the last act of a kind that holds in a bed.

    Args:
        connection: A connection to the garden.
        kind: What the act is.
        bed: The number of the bed.
    """
    query = sa.select(sa.func.max(acts.c.id)).where(
        acts.c.bed_id == bed, acts.c.kind == kind, acts.c.undone.is_(False)
    )
    return connection.execute(query).scalar()


def mark(
    connection: sa.Connection,
    act: int,
    ids: Iterable[int],
    kind: Mark | Literal["parent", "tag", "title", "born"],
    *,
    given: bool = True,
    label: str = "",
    seen: Sequence[int] = (),
) -> None:
    """Mark texts, or take a mark back, as part of an act.

    Args:
        connection: The writer's connection.
        act: The number of the act.
        ids: The numbers of the texts.
        kind: The mark.
        given: Whether it is given (the default), or taken back.
        label: Which tag, or which title; "" for every other mark.
        seen: The numbers of the texts that the person saw, in the order in which they stood, with 0
            for an empty place; none where it is not known.
    """
    ids = list(dict.fromkeys(ids))
    if not ids:
        return
    event = {"act_id": act, "kind": kind, "given": given, "label": label}
    stood = {id: {"place": at, "among": len(seen)} for at, id in enumerate(seen, start=1)}
    nowhere = {"place": None, "among": None}
    rows = [{**event, "text_id": id, **stood.get(id, nowhere)} for id in ids]
    connection.execute(marks.insert(), rows)
    if kind in MARKS or kind == BORN:
        derive(connection, ids)


def put_state(connection: sa.Connection, act: int, bed: int, state: dict[str, object]) -> None:
    """Write down how a bed is after an act.

    Args:
        connection: The writer's connection.
        act: The number of the act.
        bed: The number of the bed.
        state: How the bed is, as plain data.
    """
    written = json.dumps(state, ensure_ascii=False, sort_keys=True)
    connection.execute(bed_states.insert().values(bed_id=bed, act_id=act, state=written))


def states_since(connection: sa.Connection, act: int, bed: int) -> dict[int, dict[str, Any]]:
    """Give how a bed was after an act and after each later one, undone ones too, by the acts.

    Args:
        connection: A connection to the garden.
        act: The number of the act.
        bed: The number of the bed.
    """
    query = (
        sa.select(bed_states.c.act_id, bed_states.c.state)
        .where(bed_states.c.bed_id == bed, bed_states.c.act_id >= act)
        .order_by(bed_states.c.id)
    )
    found = {row.act_id: row.state for row in connection.execute(query)}
    return {id: json.loads(found[id]) for id in sorted(found)}


def change_of(connection: sa.Connection, act: Act) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give how a bed was before an act of it and after, as plain data.

    Args:
        connection: A connection to the garden.
        act: The act.
    """
    its = sa.select(bed_states.c.state).where(bed_states.c.bed_id == act.bed)
    newest = bed_states.c.id.desc()
    before = its.where(bed_states.c.act_id < act.id, not_undone(bed_states)).order_by(newest)
    after = its.where(bed_states.c.act_id == act.id).order_by(newest)
    return (
        _last_sound(connection.execute(before.limit(1)).scalars()),
        _last_sound(connection.execute(after.limit(1)).scalars()),
    )


def forget_superseded(connection: sa.Connection, act: int, bed: int) -> None:
    """Remove all states of a bed after an act but the last, which are never looked at again.

    A brood of a thousand writes down its bed with each of its offspring.

    Args:
        connection: The writer's connection.
        act: The number of the act.
        bed: The number of the bed.
    """
    its = (bed_states.c.act_id == act, bed_states.c.bed_id == bed)
    last = connection.execute(sa.select(sa.func.max(bed_states.c.id)).where(*its)).scalar()
    connection.execute(bed_states.delete().where(*its, bed_states.c.id != last))


def state_of(connection: sa.Connection, bed: int) -> dict[str, Any]:
    """Give how a bed is now.

    Args:
        connection: A connection to the garden.
        bed: The number of the bed.
    """
    query = (
        sa.select(bed_states.c.state)
        .where(bed_states.c.bed_id == bed, not_undone(bed_states))
        .order_by(bed_states.c.id.desc())
    )
    for written in connection.execute(query.limit(1)).scalars().all():
        return _state(written) or _last_sound(connection.execute(query).scalars())
    return {}


def _last_sound(states: Iterable[str]) -> dict[str, Any]:
    """Give the newest state that can be read: a damaged one must not hide the bed."""
    return next((state for written in states if (state := _state(written))), {})


def _state(written: str) -> dict[str, Any]:
    try:
        state = json.loads(written)
    except (ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) else {}


def turn(connection: sa.Connection, *, undone: bool, bed: int | None) -> Act | None:
    """Undo the last act that holds, or redo the act that was undone last.

    Args:
        connection: The writer's.
        undone: True to undo, False to redo.
        bed: Only acts of this bed; None for all of the garden.

    Returns:
        The act, or None if there is none.
    """
    ours = [acts.c.bed_id == bed] if bed is not None else []
    holding = connection.execute(
        sa.select(sa.func.max(acts.c.id)).where(acts.c.undone.is_(False), *ours)
    ).scalar()
    if undone:
        id = holding
    else:
        id = connection.execute(
            sa.select(acts.c.id)
            .join(reversals, reversals.c.act_id == acts.c.id)
            .where(acts.c.undone.is_(True), *ours)
            .order_by(reversals.c.id.desc())
            .limit(1)
        ).scalar()
    if id is None or (not undone and id < (holding or 0)):
        return None
    return turn_one(connection, id, undone=undone)


def turn_one(connection: sa.Connection, id: int, *, undone: bool) -> Act:
    """Undo or redo this act, wherever it is among the others.

    Args:
        connection: The writer's connection.
        id: The number of the act.
        undone: True to undo it, False to redo it.
    """
    connection.execute(acts.update().where(acts.c.id == id).values(undone=undone))
    connection.execute(reversals.insert().values(act_id=id, at=now(), undone=undone))
    marked = connection.execute(sa.select(marks.c.text_id).where(marks.c.act_id == id)).scalars()
    derive(connection, list(marked))
    return read_act(connection, id)


def texts_of(connection: sa.Connection, id: int, *, limit: int) -> list[int]:
    """Give the numbers of the texts that an act marked or brought, in order.

    Args:
        connection: A connection to the garden.
        id: The number of the act.
        limit: The most numbers.
    """
    query = sa.select(marks.c.text_id).where(marks.c.act_id == id).distinct()
    return list(connection.execute(query.order_by(marks.c.text_id).limit(limit)).scalars())


def read_act(connection: sa.Connection, id: int) -> Act:
    """Give an act by its number.

    Args:
        connection: A connection to the garden.
        id: The number of the act.
    """
    return as_act(connection.execute(sa.select(acts).where(acts.c.id == id)).one())


def events_of(connection: sa.Connection, act: int) -> list[Event]:
    """Give what an act did with texts, in the order in which it was done.

    Args:
        connection: A connection to the garden.
        act: The number of the act.
    """
    query = sa.select(marks).where(marks.c.act_id == act).order_by(marks.c.id)
    return [
        Event(kind=row.kind, text=row.text_id, given=bool(row.given), label=row.label)
        for row in connection.execute(query)
    ]


def as_act(row: sa.Row[Any]) -> Act:
    """Make an act of its row.

    Args:
        row: The row.
    """
    return Act(
        id=row.id,
        kind=row.kind,
        at=datetime.fromisoformat(row.at),
        bed=row.bed_id,
        undone=bool(row.undone),
    )


def derive(connection: sa.Connection, ids: Sequence[int]) -> None:
    """Say anew which marks hold for texts, from the events of acts that are not undone.

    Args:
        connection: The writer's connection.
        ids: The numbers of the texts.
    """
    ids = list(dict.fromkeys(ids))
    for at in range(0, len(ids), MANY):
        some = ids[at : at + MANY]
        holding = standing_of(connection, some)
        connection.execute(standing.delete().where(standing.c.text_id.in_(some)))
        if holding:
            connection.execute(
                standing.insert(),
                [
                    {"text_id": id, **{kind: kinds.get(kind) for kind in MARKS}}
                    for id, kinds in holding.items()
                ],
            )


def standing_of(connection: sa.Connection, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Fold the events of texts: for each mark that holds, the number of its event.

    A text that came of an act which is undone is put away by that.

    Args:
        connection: A connection to the garden.
        ids: The numbers of the texts.
    """
    query = (
        sa.select(marks.c.id, marks.c.text_id, marks.c.kind, marks.c.given, acts.c.undone)
        .join(acts, acts.c.id == marks.c.act_id)
        .where(
            marks.c.text_id.in_(ids),
            sa.or_(
                sa.and_(marks.c.kind.in_(MARKS), acts.c.undone.is_(False)), marks.c.kind == BORN
            ),
        )
        .order_by(marks.c.id)
    )
    folded: dict[int, dict[str, int]] = defaultdict(dict)
    gone: set[int] = set()  # with the act that brought them, and not by a person
    for row in connection.execute(query):
        kinds = folded[row.text_id]
        if row.kind == BORN:
            if row.undone and "away" not in kinds:
                kinds["away"] = row.id
                gone.add(row.text_id)
            elif not row.undone and row.text_id in gone:
                del kinds["away"]
                gone.discard(row.text_id)
            continue
        if row.kind == "away":
            gone.discard(row.text_id)
        if row.given:
            kinds[row.kind] = row.id
        else:
            kinds.pop(row.kind, None)
    return {id: kinds for id, kinds in folded.items() if kinds}
