"""Reading texts, chains and broods back as the values that they were.

What was damaged on the disk, or changed by hand, must not hide the rest: a text that cannot be read
stands in its place all the same, and says what is wrong with it.
"""

from __future__ import annotations

import gc
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final, NamedTuple, TypeAlias, get_args

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
_OF_STANDING: Final = tuple(standing.c[mark] for mark in MARKS)
"""The marks that it has, which come next."""


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
    query = sa.select(*_OF_STANDING).where(standing.c.text_id == id)
    held = connection.execute(query).first()
    tags, titles = labels_of(connection, [id])
    text = Stored(
        content,
        origin,
        id=id,
        brood=brood,
        marks=_NONE if held is None else _marks(held),
        tags=tags.get(id, ()),
        title=titles.get(id, ""),
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
    query = sa.select(*_OF_TEXT, *_OF_STANDING).outerjoin(
        standing, standing.c.text_id == texts.c.id
    )
    rows = {row[0]: row for row in rows_in(connection, query, texts.c.id, ids)}
    brood_ids = {row[1] for row in rows.values() if row[1] is not None}
    its_parents = _parents(connection, brood_ids)
    shared: dict[int, tuple[Operation, dict[str, Any]]] = {
        row.id: (
            as_operation(row.kind, row.pattern),
            _shared(row, its_parents.get(row.id, ())),
        )
        for row in rows_in(connection, sa.select(broods), broods.c.id, brood_ids)
    }
    tags, titles = labels_of(connection, rows)
    return [
        _stored(rows[id], shared, tags.get(id, ()), titles.get(id, "")) for id in ids if id in rows
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
    try:
        return _broods(connection, [id])[0]
    except UNREADABLE as error:
        if isinstance(error, InputError) and not isinstance(error, PatternError | StoredFormError):
            raise
        raise GardenError(
            f"Brood {id} is damaged: {type(error).__name__}: {error}.",
            hint="flourishing garden verify names all that is damaged; a backup may have it whole.",
        ) from error


def read_broods(connection: sa.Connection, ids: Sequence[int]) -> list[StoredBrood]:
    """Give broods by their numbers, in this order, without those that are damaged or not there.

    They are read together, and where that fails by halves, until those that are damaged are found.

    Args:
        connection: A connection to the garden.
        ids: The numbers of the broods.
    """
    try:
        return _broods(connection, ids)
    except UNREADABLE:
        if len(ids) == 1:
            return []
    half = len(ids) // 2
    return [*read_broods(connection, ids[:half]), *read_broods(connection, ids[half:])]


def in_brood(id: int | None) -> sa.ColumnElement[bool]:
    """Ask for the texts of a brood, whichever of its models wrote them.

    Args:
        id: The number of the brood; None for none.
    """
    parts = sa.select(broods.c.id).where(broods.c.part_of == id)
    return sa.or_(texts.c.brood_id == id, texts.c.brood_id.in_(parts))


def _broods(connection: sa.Connection, ids: Sequence[int]) -> list[StoredBrood]:
    """Read broods, all or none."""
    whole = {row.id: row for row in rows_in(connection, sa.select(broods), broods.c.id, ids)}
    parts: dict[int, list[Row]] = defaultdict(list)
    query = sa.select(broods).order_by(broods.c.id)
    for row in rows_in(connection, query, broods.c.part_of, whole):
        parts[row.part_of].append(row)
    for id in ids:
        if id not in whole or not all(map(_is_bred, parts.get(id) or [whole[id]])):
            raise InputError(
                f"There is no brood {id}.",
                hint="A text's page names its brood; so does: flourishing garden show TEXT",
            )
    rows = [row for id in whole for row in parts.get(id) or [whole[id]]]
    members = _members(connection, [row.id for row in rows])
    made = {row.id: _brood(row, members) for row in rows}
    made |= {
        id: _of_several(whole[id], [made[row.id] for row in its], members)
        for id, its in parts.items()
    }
    return [made[id] for id in ids]


class _Members(NamedTuple):
    """The texts and chains of some broods, and how they stand in these, by the broods' numbers."""

    texts: Mapping[int, Stored]
    chains: Mapping[int, Chain]
    offspring: Mapping[int, Sequence[Row]]
    parents: Mapping[int, Sequence[Row]]


def _members(connection: sa.Connection, ids: Sequence[int]) -> _Members:
    offspring: dict[int, list[Row]] = defaultdict(list)
    names = ("id", "brood_id", "place", "aside")
    query = sa.select(*(texts.c[name] for name in names))
    query = query.order_by(texts.c.aside, texts.c.place, texts.c.id)
    for row in rows_in(connection, query, texts.c.brood_id, ids):
        offspring[row.brood_id].append(row)
    parents: dict[int, list[Row]] = defaultdict(list)
    query = sa.select(brood_parents).order_by(brood_parents.c.place)
    for row in rows_in(connection, query, brood_parents.c.brood_id, ids):
        parents[row.brood_id].append(row)
    links = list(chain.from_iterable(parents.values()))
    wanted = (row.id for row in chain.from_iterable(offspring.values()))
    stored = read(connection, list(dict.fromkeys([*wanted, *(link.text_id for link in links)])))
    chain_ids = {link.chain_id for link in links} - {None}
    return _Members(
        {text.id: text for text in stored},
        read_chains(connection, chain_ids),
        offspring,
        parents,
    )


def _is_bred(row: Row) -> bool:
    return bool(row.pattern and row.sampling and row.prompt is not None)


def _brood(row: Row, members: _Members) -> StoredBrood:
    """Give a brood that one model wrote."""
    require_sound(row.prompt, row.start, row.model, row.notes)
    offspring = members.offspring.get(row.id, ())
    come = [each for each in offspring if not each.aside]
    links = members.parents.get(row.id, ())
    of_role = {
        role: [members.texts[each.text_id] for each in links if each.role == role]
        for role in ("example", "parent", "left out")
    }
    chain_ids = {each.chain_id: each.role for each in links if each.chain_id is not None}
    its_chains = {id: members.chains[id] for id in chain_ids}
    source = next((its_chains[id].source for id in chain_ids if chain_ids[id] == "parent"), None)
    return StoredBrood(
        id=row.id,
        operation=_model_operation(row),
        at=datetime.fromisoformat(row.at),
        bed=row.bed_id,
        part_of=row.part_of,
        offspring=tuple(members.texts[each.id] for each in come),
        first=_first(row, come),
        asked=row.asked or len(offspring),
        parents=(*of_role["example"], *of_role["parent"]),
        left_out=tuple(of_role["left out"]),
        set_aside=tuple(members.texts[each.id] for each in offspring if each.aside),
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


def _of_several(row: Row, parts: list[StoredBrood], members: _Members) -> StoredBrood:
    """Give a brood that several models shared: the offspring of its parts by their places."""
    require_sound(row.notes)
    of_parts = (each for part in parts for each in members.offspring.get(part.id, ()))
    placed = sorted(
        (each for each in of_parts if not each.aside), key=lambda each: (each.place or 0, each.id)
    )
    come = tuple(members.texts[each.id] for each in placed)
    parts.sort(key=lambda part: min((come.index(each) for each in part), default=len(come)))
    return StoredBrood(
        id=row.id,
        at=datetime.fromisoformat(row.at),
        bed=row.bed_id,
        offspring=come,
        set_aside=tuple(each for part in parts for each in part.set_aside),
        first=_first(row, placed),
        asked=row.asked or len(come),
        notes=tuple(json.loads(row.notes or "[]")),
        **in_common(parts),
    )


def _first(row: Row, come: Sequence[Row]) -> tuple[int, ...]:
    """Give the indexes of the offspring that are shown first, of those that are there."""
    at = {each.place: index for index, each in enumerate(come)}
    return tuple(at[place] for place in legible_places(row.shown_first) if place in at)


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


def labels_of(
    connection: sa.Connection, ids: Iterable[int]
) -> tuple[dict[int, tuple[str, ...]], dict[int, str]]:
    """Give the tags and the titles that a person gave to texts, by their numbers.

    Args:
        connection: A connection to the garden.
        ids: The numbers of the texts.

    Returns:
        The tags of each text that ever had one, and the title of each that has one.
    """
    query = (
        sa.select(marks.c.text_id, marks.c.kind, marks.c.label, marks.c.given)
        .where(marks.c.kind.in_(("tag", "title")), not_undone(marks))
        .order_by(marks.c.id)
    )
    labels: dict[int, dict[str, bool]] = defaultdict(dict)
    titles: dict[int, str] = {}
    for id, kind, label, given in rows_in(connection, query, marks.c.text_id, ids):
        if kind == "tag":
            labels[id][label] = given
        else:
            titles[id] = label
    tags = {id: tuple(sorted(tag for tag in its if its[tag])) for id, its in labels.items()}
    return tags, {id: title for id, title in titles.items() if title}


def _stored(
    row: Row,
    shared: dict[int, tuple[Operation, dict[str, Any]]],
    tags: tuple[str, ...],
    title: str,
) -> Stored:
    # Unpacked, as families have thousands: to ask a row for each column takes ten times as long.
    id, brood, identity, content, author, at, *rest = row
    seed, raw, finish, source, spans, flaws, mean, brought_in, *held = rest
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
        marks=_marks(held),
        tags=tags,
        title=title,
        brought_in=bool(brought_in),
        _operation=operation,
    )
    known_as(text, identity)
    return text


def _marks(held: Iterable[int | None]) -> frozenset[Mark]:
    """Give the marks of which there is one, where each of `MARKS` has a number or None."""
    return frozenset(mark for mark, one in zip(MARKS, held, strict=True) if one is not None)


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
