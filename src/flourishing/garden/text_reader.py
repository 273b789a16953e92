"""Reading texts, chains and broods back as the values that they were.

What was damaged on the disk, or changed by hand, must not hide the rest: a text that cannot be read
stands in its place all the same, and says what is wrong with it.
"""

from __future__ import annotations

import gc
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, get_args

import sqlalchemy as sa

from flourishing.breeding.brood import in_common
from flourishing.core.chain import Chain
from flourishing.core.operation import ModelOperation, Operation
from flourishing.core.text import Author, Origin, Text
from flourishing.errors import GardenError, InputError, PatternError, StoredFormError
from flourishing.garden.rows import (
    UNREADABLE,
    Mark,
    Stored,
    StoredBrood,
    as_flaws,
    as_mean,
    as_operation,
    as_pattern,
    as_sampling,
    as_source,
    as_spans,
    as_usage,
    from_bytes,
    is_sound,
    legible_places,
    legible_source,
    require_sound,
)
from flourishing.garden.schema import (
    acts,
    brood_parents,
    broods,
    chain_texts,
    chains,
    marks,
    standing,
    texts,
)
from flourishing.garden.text_writer import MANY

Row: TypeAlias = sa.Row[*tuple[Any, ...]]
MARKS: tuple[Mark, ...] = ("keep", "drop", "pin", "away")
_QUOTED: Final = 200
"""How many bytes of damaged words are quoted."""
_NONE: Final[frozenset[Mark]] = frozenset()
_OF_TEXT: Final = tuple(
    texts.c[name]
    for name in (
        *("id", "brood_id", "identity", "content", "author", "at"),
        *("seed", "raw", "finish", "source", "spans", "flaws", "mean_logprob", "brought_in"),
    )
)
"""What makes up a text, in the order in which `_stored` takes it."""


def read(connection: sa.Connection, ids: Sequence[int]) -> list[Stored]:
    """Give texts by their numbers, in this order; a number that is not there is left out.

    A text that cannot be read comes too, with its `damage`.

    Args:
        connection: A connection to the garden.
        ids: The numbers of the texts.
    """
    with _uncollected():
        return _all_of(connection, ids, _read)


def _all_of(
    connection: sa.Connection,
    ids: Sequence[int],
    whole: Callable[[sa.Connection, Sequence[int]], list[Stored]],
) -> list[Stored]:
    """Read texts together, and where that fails by halves, until those that are damaged are found.

    Args:
        connection: The garden's.
        ids: The numbers of the texts.
        whole: Reads texts, all or none.
    """
    try:
        return whole(connection, ids)
    except UNREADABLE as error:
        if len(ids) == 1:
            return [_damaged(connection, ids[0], error)]
    half = len(ids) // 2
    return [each for some in (ids[:half], ids[half:]) for each in _all_of(connection, some, whole)]


def _damaged(connection: sa.Connection, id: int, error: Exception) -> Stored:
    """Give what is left of a text that cannot be read."""
    names = ("brood_id", "identity", "content", "author", "at", "brought_in")
    query = sa.select(*(texts.c[name] for name in names)).where(texts.c.id == id)
    brood, identity, content, author, at, brought_in = connection.execute(query).one()
    why = f"where it came from is damaged ({type(error).__name__}: {error})"
    if not is_sound(content):
        left = content.encode(errors="surrogateescape") if isinstance(content, str) else content
        left = bytes(left or b"")[:_QUOTED].decode(errors="replace")
        why, content = f"its words are damaged; what is left begins {left!r}", ""
    origin = Origin(author=author if author in get_args(Author) else "person", at=_time(at))
    standings = connection.execute(sa.select(standing).where(standing.c.text_id == id)).first()
    text = Stored(
        content,
        origin,
        id=id,
        brood=brood,
        marks=_marks(standings),
        tags=tags_of(connection, [id]).get(id, ()),
        title=titles_of(connection, [id]).get(id, ""),
        brought_in=bool(brought_in),
        damage=f"Text {id} cannot be read: {why}.",
    )
    known_as(text, identity)
    return text


def _time(at: object) -> datetime:
    try:
        return datetime.fromisoformat(str(at))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from looking for cycles in what is just being made, which has none.

    A family has thousands of texts; looking for cycles takes as long as reading them.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _read(connection: sa.Connection, ids: Sequence[int]) -> list[Stored]:
    rows = {row[0]: row for row in rows_in(connection, sa.select(*_OF_TEXT), texts.c.id, ids)}
    brood_ids = {row[1] for row in rows.values() if row[1] is not None}
    its_parents = _parents(connection, brood_ids)
    shared: dict[int, tuple[Operation, dict[str, Any]]] = {
        row.id: (
            as_operation(row.kind, row.pattern),
            _shared(row, its_parents.get(row.id, ())),
        )
        for row in rows_in(connection, sa.select(broods), broods.c.id, brood_ids)
    }
    standings = {
        row.text_id: row
        for row in rows_in(connection, sa.select(standing), standing.c.text_id, rows)
    }
    tags, titles = tags_of(connection, rows), titles_of(connection, rows)
    return [
        _stored(rows[id], shared, _marks(standings.get(id)), tags.get(id, ()), titles.get(id, ""))
        for id in ids
        if id in rows
    ]


def read_brood(connection: sa.Connection, id: int) -> StoredBrood:
    """Give a brood by its number.

    Args:
        connection: A connection to the garden.
        id: The number of the brood.

    Raises:
        InputError: There is none, or it is an edit or an import.
        GardenError: It is damaged.
    """
    row = connection.execute(sa.select(broods).where(broods.c.id == id)).first()
    try:
        return _brood(connection, id, row)
    except UNREADABLE as error:
        if isinstance(error, InputError) and not isinstance(error, PatternError | StoredFormError):
            raise
        raise GardenError(
            f"Brood {id} is damaged: {type(error).__name__}: {error}.",
            hint="flourishing garden verify names all that is damaged; a backup may have it whole.",
        ) from error


def parts_of(connection: sa.Connection, id: int | None) -> list[int]:
    """Give the numbers of the broods that several models gave of one; none for that of one model.

    Args:
        connection: A connection to the garden.
        id: The number of the brood; None for none.
    """
    query = sa.select(broods.c.id).where(broods.c.part_of == id)
    return list(connection.execute(query.order_by(broods.c.id)).scalars())


def in_brood(id: int | None) -> sa.ColumnElement[bool]:
    """Ask for the texts of a brood, whichever of its models wrote them.

    Args:
        id: The number of the brood; None for none.
    """
    parts = sa.select(broods.c.id).where(broods.c.part_of == id)
    return sa.or_(texts.c.brood_id == id, texts.c.brood_id.in_(parts))


def _brood(connection: sa.Connection, id: int, row: Row | None) -> StoredBrood:
    if row is not None and (parts := parts_of(connection, id)):
        return _of_several(connection, row, [read_brood(connection, each) for each in parts])
    if row is None or not (row.pattern and row.sampling and row.prompt is not None):
        raise InputError(
            f"There is no brood {id}.",
            hint="A text's page names its brood; so does: flourishing garden show TEXT",
        )
    require_sound(row.prompt, row.start, row.model, row.notes)
    query = sa.select(texts.c.id).where(texts.c.brood_id == id)
    ids = connection.execute(query.order_by(texts.c.aside, texts.c.place, texts.c.id)).scalars()
    offspring = read(connection, list(ids))
    aside = set(connection.execute(query.where(texts.c.aside)).scalars())
    come = tuple(each for each in offspring if each.id not in aside)
    query = sa.select(brood_parents).where(brood_parents.c.brood_id == id)
    its = connection.execute(query.order_by(brood_parents.c.place)).all()
    parents = {each.id: each for each in read(connection, [each.text_id for each in its])}
    of_role = {
        role: [parents[each.text_id] for each in its if each.role == role]
        for role in ("example", "parent", "left out")
    }
    chain_ids = {each.chain_id: each.role for each in its if each.chain_id is not None}
    its_chains = read_chains(connection, chain_ids)
    source = next((its_chains[id].source for id in chain_ids if chain_ids[id] == "parent"), None)
    return StoredBrood(
        id=id,
        operation=_model_operation(row),
        at=datetime.fromisoformat(row.at),
        bed=row.bed_id,
        part_of=row.part_of,
        offspring=come,
        first=_first(connection, row, [each.id for each in come]),
        asked=row.asked or len(offspring),
        parents=(*of_role["example"], *of_role["parent"]),
        left_out=tuple(of_role["left out"]),
        set_aside=tuple(each for each in offspring if each.id in aside),
        notes=tuple(json.loads(row.notes or "[]")),
        prompt=row.prompt,
        pattern=as_pattern(row.pattern),
        start=row.start,
        model=row.model or "",
        sampling=as_sampling(row.sampling),
        seed=row.seed or 0,
        reproducible=bool(row.reproducible),
        usage=as_usage(row.usage),
        examples=tuple(its_chains[id] for id in chain_ids if chain_ids[id] == "example"),
        chain=Chain(tuple(of_role["parent"]), source) if row.kind != Operation.BREED else None,
    )


def _of_several(connection: sa.Connection, row: Row, parts: list[StoredBrood]) -> StoredBrood:
    """Give a brood that several models shared: the offspring of its parts by their places."""
    require_sound(row.notes)
    offspring = {each.id: each for part in parts for each in part}
    query = sa.select(texts.c.id).where(in_brood(row.id), texts.c.aside.is_(False))
    order = connection.execute(query.order_by(texts.c.place, texts.c.id)).scalars()
    come = tuple(offspring[id] for id in order)
    parts.sort(key=lambda part: min((come.index(each) for each in part), default=len(come)))
    return StoredBrood(
        id=row.id,
        at=datetime.fromisoformat(row.at),
        bed=row.bed_id,
        offspring=come,
        set_aside=tuple(each for part in parts for each in part.set_aside),
        first=_first(connection, row, [each.id for each in come]),
        asked=row.asked or len(come),
        notes=tuple(json.loads(row.notes or "[]")),
        **in_common(parts),
    )


def _first(connection: sa.Connection, row: Row, ids: Sequence[int]) -> tuple[int, ...]:
    """Give the indexes of the offspring that are shown first, of those that are there."""
    places = legible_places(row.shown_first)
    if not places:
        return ()
    query = sa.select(texts.c.place, texts.c.id).where(
        in_brood(row.id), texts.c.aside.is_(False), texts.c.place.in_(places)
    )
    at = {each.place: ids.index(each.id) for each in connection.execute(query)}
    return tuple(at[place] for place in places if place in at)


def read_chains(connection: sa.Connection, ids: Iterable[int]) -> dict[int, Chain]:
    """Give chains by their numbers.

    Args:
        connection: A connection to the garden.
        ids: The numbers of the chains.
    """
    ids = list(ids)
    query = sa.select(chain_texts).order_by(chain_texts.c.place)
    versions: dict[int, list[int]] = defaultdict(list)
    for row in rows_in(connection, query, chain_texts.c.chain_id, ids):
        versions[row.chain_id].append(row.text_id)
    stored = {
        text.id: text
        for text in read(connection, [id for some in versions.values() for id in some])
    }
    return {
        row.id: Chain(tuple(stored[id] for id in versions[row.id]), legible_source(row.source))
        for row in rows_in(connection, sa.select(chains), chains.c.id, ids)
    }


def _shared(brood: Row, parents: Iterable[Text]) -> dict[str, Any]:
    """Put together what the origins of all texts of a brood have in common."""
    require_sound(brood.prompt, brood.start, brood.model)
    return {
        "parents": tuple(parents),
        "examples": brood.examples,
        "prompt": brood.prompt,
        "pattern": as_pattern(brood.pattern) if brood.pattern else None,
        "start": brood.start,
        "model": brood.model,
        "sampling": as_sampling(brood.sampling) if brood.sampling else None,
        "reproducible": bool(brood.reproducible),
    }


def _model_operation(row: Row) -> ModelOperation:
    operation = as_operation(row.kind, row.pattern)
    if operation is Operation.EDIT or operation is Operation.IMPORT:
        raise ValueError(f"it was {operation}, and not by a model")
    return operation


def known_as(text: Text, identity: bytes) -> None:
    """Give a text the identity under which it is stored, as its parents' parents are not here.

    Args:
        text: The text.
        identity: Its identity, as 32 bytes.
    """
    object.__setattr__(text, "_identity", from_bytes(identity))


def not_undone(event: sa.Table) -> sa.ColumnElement[bool]:
    """Ask that the act of an event is not undone.

    Args:
        event: The table of the events, which has a column `act_id`.
    """
    # Not a join: SQLite would begin with all the acts of the garden that are not undone.
    return sa.exists().where(acts.c.id == event.c.act_id, acts.c.undone.is_(False))


def _parents(connection: sa.Connection, ids: Iterable[int]) -> dict[int, list[Text]]:
    """Give the parents in the prompts of broods, without parents of their own."""
    query = (
        sa.select(brood_parents.c.brood_id, brood_parents.c.text_id)
        .where(brood_parents.c.role != "left out")
        .order_by(brood_parents.c.brood_id, brood_parents.c.place)
    )
    links = list(rows_in(connection, query, brood_parents.c.brood_id, ids))
    # Not joined: the best of a garden are in many prompts, and their contents are read once.
    parents = list(dict.fromkeys(parent for _, parent in links))
    made = {each.id: each for each in _all_of(connection, parents, _bare)}
    found: dict[int, list[Text]] = defaultdict(list)
    for brood, parent in links:
        found[brood].append(made[parent])
    return found


def _bare(connection: sa.Connection, ids: Sequence[int]) -> list[Stored]:
    """Give texts by their numbers, without parents, flaws and marks."""
    names = ("id", "identity", "content", "author", "at", "source", "brought_in")
    query = sa.select(*(texts.c[name] for name in names))
    made = []
    for row in rows_in(connection, query, texts.c.id, ids):
        origin = Origin(
            author=row.author, at=datetime.fromisoformat(row.at), source=as_source(row.source)
        )
        made.append(Stored(row.content, origin, id=row.id, brought_in=bool(row.brought_in)))
        known_as(made[-1], row.identity)
    return made


def tags_of(connection: sa.Connection, ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Give the tags of texts, by their numbers; of those that have any.

    Args:
        connection: A connection to the garden.
        ids: The numbers of the texts.
    """
    query = (
        sa.select(marks.c.text_id, marks.c.label, marks.c.given)
        .where(marks.c.kind == "tag", not_undone(marks))
        .order_by(marks.c.id)
    )
    found: dict[int, dict[str, bool]] = defaultdict(dict)
    for row in rows_in(connection, query, marks.c.text_id, ids):
        found[row.text_id][row.label] = row.given
    return {
        id: tuple(sorted(label for label, given in labels.items() if given))
        for id, labels in found.items()
    }


def titles_of(connection: sa.Connection, ids: Iterable[int]) -> dict[int, str]:
    """Give the titles that a person gave to texts, by their numbers; of those that have one.

    Args:
        connection: A connection to the garden.
        ids: The numbers of the texts.
    """
    query = (
        sa.select(marks.c.text_id, marks.c.label)
        .where(marks.c.kind == "title", not_undone(marks))
        .order_by(marks.c.id)
    )
    found = {row.text_id: row.label for row in rows_in(connection, query, marks.c.text_id, ids)}
    return {id: title for id, title in found.items() if title}


def _stored(
    row: Row,
    shared: dict[int, tuple[Operation, dict[str, Any]]],
    held: frozenset[Mark],
    tags: tuple[str, ...],
    title: str,
) -> Stored:
    # Unpacked, as families have thousands: to ask a row for each column takes ten times as long.
    id, brood, identity, content, author, at, *rest = row
    seed, raw, finish, source, spans, flaws, mean, brought_in = rest
    require_sound(raw, source, flaws)
    operation, of_brood = shared.get(brood, (None, {}))
    origin = Origin(
        author=author,
        at=datetime.fromisoformat(at),
        seed=seed,
        raw=raw,
        finish=finish,
        source=as_source(source),
        spans=as_spans(spans),
        **of_brood,
    )
    text = Stored(
        content,
        origin,
        as_flaws(flaws),
        as_mean(mean),
        id=id,
        brood=brood,
        marks=held,
        tags=tags,
        title=title,
        brought_in=bool(brought_in),
        _operation=operation,
    )
    known_as(text, identity)
    return text


def _marks(row: Row | None) -> frozenset[Mark]:
    if row is None:
        return _NONE
    return frozenset(mark for mark in MARKS if getattr(row, mark) is not None)


def rows_in(
    connection: sa.Connection,
    query: sa.Select[Any],
    column: sa.ColumnElement[Any],
    values: Iterable[int | bytes],
) -> Iterator[Row]:
    """Select the rows whose column is one of these values, however many there are.

    Args:
        connection: A connection to the garden.
        query: What is selected, without this condition.
        column: The column.
        values: The values, of which there may be any number.
    """
    keys = list(dict.fromkeys(values))
    query = query.where(column.in_(sa.bindparam("keys", expanding=True)))
    for at in range(0, len(keys), MANY):
        # All at once: to fetch row by row takes twice as long.
        yield from connection.execute(query, {"keys": keys[at : at + MANY]}).all()
