"""Checking a garden: every text is what its digests say, no link is broken, broods are plausible.

A brood that was saved says how many offspring were asked for; one that only holds together texts
that came alone (an edit, an import) does not, and its kind follows from their origin. What cannot
be known is not checked: that fewer came than were asked for is no damage, since a person may have
stopped it, or emptied the garden since.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from flourishing.core.operation import MODEL_OPERATIONS, Operation
from flourishing.core.originality import fingerprints as prints_of
from flourishing.core.text import Text
from flourishing.core.words import quantity
from flourishing.errors import FlourishingError, GardenError
from flourishing.garden.beds import Bed
from flourishing.garden.brood_writer import chain_identity
from flourishing.garden.database import Database
from flourishing.garden.journal import standing_of
from flourishing.garden.rows import (
    UNREADABLE,
    as_pattern,
    as_places,
    as_usage,
    from_bytes,
    to_bytes,
)
from flourishing.garden.schema import (
    acts,
    bed_states,
    brood_parents,
    broods,
    chain_texts,
    chains,
    embeddings,
    fingerprints,
    gardens,
    marks,
    metadata,
    reversals,
    run_steps,
    run_texts,
    runs,
    shelvings,
    standing,
    texts,
)
from flourishing.garden.text_reader import MARKS, read, read_chains, rows_in
from flourishing.garden.text_writer import MANY

Row: TypeAlias = sa.Row[*tuple[Any, ...]]

_CHAINED: Final = {Operation.REFINE, Operation.WORSEN}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a garden that is not as it should be.

    Attributes:
        where: What it concerns, such as "text 12".
        what: What is wrong with it, in words.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def verify(database: Database) -> list[Problem]:
    """Check everything; nothing is changed.

    Args:
        database: The database of the garden.

    Returns:
        What is wrong; nothing for a sound garden.
    """
    problems: list[Problem] = []
    try:
        _check(database, problems)
    except GardenError as error:
        if not database.on_sqlite:
            raise  # the server, and not what is in it
        problems.append(Problem("the file", str(error)))
    return problems


def _check(database: Database, problems: list[Problem]) -> None:
    with database.reading() as connection:
        if database.on_sqlite:
            problems += _file(connection)
        if not problems:  # a damaged file would only fail again
            problems += _links(connection)
        if not problems:
            problems += [
                *_texts(connection),
                *_order(connection),
                *_broods(connection),
                *_chains(connection),
                *_marks(connection),
                *_acts(connection),
                *_beds(connection),
                *_embeddings(connection),
                *_runs(connection),
            ]
    if database.on_sqlite and not problems:
        problems += _words(database)


def _file(connection: sa.Connection) -> Iterator[Problem]:
    try:
        for row in connection.exec_driver_sql("PRAGMA integrity_check"):
            if row[0] != "ok":
                yield Problem("the file", str(row[0]))
    except sa.exc.DatabaseError as error:
        yield Problem("the file", str(error.orig))


def _links(connection: sa.Connection) -> Iterator[Problem]:
    """Follow every link, also where the database was set not to look."""
    for table in _with_lost_links(connection):
        first = next(iter(table.primary_key.columns))
        for link in sorted(table.foreign_keys, key=lambda link: link.parent.name):
            there = link.column.table.alias("there")
            query = (
                sa.select(first)
                .outerjoin_from(table, there, there.c[link.column.name] == link.parent)
                .where(link.parent.is_not(None), there.c[link.column.name].is_(None))
            )
            for key in connection.execute(query).scalars():
                words = f"points to a row of {link.column.table.name} that is not there"
                yield Problem(f"{table.name} {key}", words)
    if not connection.execute(sa.select(gardens.c.id)).first():
        yield Problem("the garden", "does not say that it is one")
    neither = sa.select(shelvings.c.id).where(
        shelvings.c.text_id.is_(None) == shelvings.c.chain_id.is_(None)
    )
    for key in connection.execute(neither).scalars():
        yield Problem(f"shelvings {key}", "puts neither a text nor a chain on a shelf")


def _with_lost_links(connection: sa.Connection) -> list[sa.Table]:
    """Give the tables in which a link may lead nowhere.

    SQLite has a check of its own, which is quicker but does not name the rows of every table.
    """
    if connection.dialect.name != "sqlite":
        return metadata.sorted_tables
    lost = set(connection.exec_driver_sql("PRAGMA foreign_key_check").scalars())
    return [table for table in metadata.sorted_tables if table.name in lost]


def _texts(connection: sa.Connection) -> Iterator[Problem]:
    """Derive digests, identities and fingerprints anew."""
    printed: dict[bytes, bool] = {}
    for rows in _batches(connection, sa.select(texts.c.id, texts.c.digest), texts.c.id):
        prints: dict[int, set[int]] = {row.id: set() for row in rows}
        query = sa.select(fingerprints).where(fingerprints.c.text_id.in_(prints.keys()))
        for each in connection.execute(query):
            prints[each.text_id].add(each.print)
        digests = {row.id: bytes(row.digest) for row in rows}
        for text in read(connection, list(digests)):
            where = f"text {text.id}"
            if text.damage:
                yield Problem(where, text.damage.removeprefix(f"Text {text.id} ").rstrip("."))
                continue
            if to_bytes(text.digest) != digests[text.id]:
                yield Problem(where, "its content is not what its digest says")
            elif Text(text.content, text.origin).identity != text.identity:
                yield Problem(where, "its origin is not what its identity says")
            wanted = prints_of(text.content)
            if prints[text.id] not in (set(), wanted):
                yield Problem(where, "its fingerprints are not those of its content")
            if wanted:
                key = digests[text.id]
                printed[key] = printed.get(key, False) or prints[text.id] == wanted
    for digest, there in printed.items():
        if not there:
            yield Problem(f"the content {from_bytes(digest)[:12]}", "has no fingerprints")


def _embeddings(connection: sa.Connection) -> Iterator[Problem]:
    """Those of one model have one length, and each is of a content that is there."""
    length = sa.func.length(embeddings.c.vector)
    there = sa.exists().where(texts.c.digest == embeddings.c.digest)
    lost = sa.select(embeddings.c.id).where(~there)
    for key in connection.execute(lost).scalars():
        yield Problem(f"embedding {key}", "is of no content of this garden")
    usual = (
        sa.select(embeddings.c.embedder_id, sa.func.max(length).label("length"))
        .group_by(embeddings.c.embedder_id)
        .subquery()
    )
    odd = (
        sa.select(embeddings.c.id)
        .join(usual, usual.c.embedder_id == embeddings.c.embedder_id)
        .where(length > 0, length != usual.c.length)
    )
    for key in connection.execute(odd).scalars():
        yield Problem(f"embedding {key}", "has another length than others of its model")


def _runs(connection: sa.Connection) -> Iterator[Problem]:
    """Each run can be read, and each of its texts belongs to a step that is there."""
    for row in connection.execute(sa.select(runs.c.id, runs.c.settings)):
        if not _is_json(row.settings, dict):
            yield Problem(f"run {row.id}", "cannot be read: its settings are none")
    query = sa.select(run_texts.c.run_id, run_texts.c.text_id, run_texts.c.measures, run_steps.c.id)
    here = sa.and_(run_steps.c.run_id == run_texts.c.run_id, run_steps.c.number == run_texts.c.step)
    for text in connection.execute(query.outerjoin_from(run_texts, run_steps, here)):
        run, id = f"run {text.run_id}", text.text_id
        if text.id is None:
            yield Problem(run, f"text {id} is of a step that is not there")
        if not _is_json(text.measures, list):
            yield Problem(run, f"the measures of text {id} are none")


def _is_json(stored: str, kind: type) -> bool:
    with suppress(ValueError, RecursionError):
        return isinstance(json.loads(stored), kind)
    return False


def _order(connection: sa.Connection) -> Iterator[Problem]:
    """Parents are older than their children, so that no text is its own ancestor."""
    query = (
        sa.select(texts.c.id, brood_parents.c.text_id)
        .join(brood_parents, brood_parents.c.brood_id == texts.c.brood_id)
        .where(brood_parents.c.text_id >= texts.c.id, brood_parents.c.role != "left out")
    )
    for row in connection.execute(query):
        yield Problem(f"text {row.id}", f"has a parent that is younger: text {row.text_id}")
    places = (
        sa.select(brood_parents.c.brood_id)
        .group_by(brood_parents.c.brood_id)
        .having(sa.func.max(brood_parents.c.place) != sa.func.count() - 1)
    )
    for id in connection.execute(places).scalars():
        yield Problem(f"brood {id}", "one of its parents is missing")


def _chains(connection: sa.Connection) -> Iterator[Problem]:
    for rows in _batches(connection, sa.select(chains), chains.c.id):
        for row in rows:
            with suppress(*UNREADABLE):
                if chain_identity(read_chains(connection, [row.id])[row.id]) == bytes(row.identity):
                    continue
            yield Problem(f"chain {row.id}", "its versions are not what its identity says")


def _marks(connection: sa.Connection) -> Iterator[Problem]:
    """The current marks are those that follow from what was done."""
    marked = sa.union(
        sa.select(marks.c.text_id.label("id")), sa.select(standing.c.text_id.label("id"))
    ).subquery()
    for rows in _batches(connection, sa.select(marked.c.id), marked.c.id):
        ids = [row.id for row in rows]
        follows = standing_of(connection, ids)
        current = {
            row.text_id: {kind: getattr(row, kind) for kind in MARKS if getattr(row, kind)}
            for row in connection.execute(sa.select(standing).where(standing.c.text_id.in_(ids)))
        }
        for id in ids:
            if follows.get(id, {}) != current.get(id, {}):
                yield Problem(f"text {id}", "its marks are not those that its acts gave it")


def _acts(connection: sa.Connection) -> Iterator[Problem]:
    """An act is undone if it was undone last, and not redone."""
    last = (
        sa.select(reversals.c.undone)
        .where(reversals.c.act_id == acts.c.id)
        .order_by(reversals.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = sa.select(acts.c.id).where(acts.c.undone != sa.func.coalesce(last, sa.false()))
    for id in connection.execute(query).scalars():
        yield Problem(f"act {id}", "it was not undone or redone as it says")


def _beds(connection: sa.Connection) -> Iterator[Problem]:
    """Every state that a bed had can be read."""
    names = {field.name for field in fields(Bed)} - {"id", "name", "at"}
    for rows in _batches(connection, sa.select(bed_states), bed_states.c.id):
        for row in rows:
            try:
                unknown = json.loads(row.state).keys() - names
            except (ValueError, AttributeError):
                unknown = {row.state[:40]}
            if unknown:
                words = f"cannot be read: {', '.join(sorted(unknown))}"
                yield Problem(f"bed {row.bed_id}", words)


def _words(database: Database) -> list[Problem]:
    """Hold the index of words against the texts; SQLite does so only for a writer."""
    check = "INSERT INTO texts_words(texts_words, rank) VALUES ('integrity-check', 1)"
    try:
        with database.writing() as connection:
            connection.exec_driver_sql(check)
    except GardenError as error:
        return [Problem("the search by words", str(error))]
    except FlourishingError:
        pass  # a garden that is only read cannot be checked so
    return []


# Broods.


def _broods(connection: sa.Connection) -> Iterator[Problem]:
    """Say what is wrong with the broods."""
    beds = _beds_of_broods(connection)
    versions = _versions(connection)
    query = sa.select(broods.c.part_of).where(broods.c.part_of.is_not(None))
    shared = set(connection.execute(query).scalars())
    for rows in _batches(connection, sa.select(broods), broods.c.id):
        ids = [row.id for row in rows]
        offspring, its_parents = _offspring(connection, ids), _parents(connection, ids)
        for row in rows:
            wrong = [
                *_unreadable(row),
                *_check_kind(connection, row, offspring[row.id], shared=row.id in shared),
                *_asked(row, offspring[row.id]),
                *_check_chains(row, its_parents[row.id], versions),
            ]
            if row.bed_id is not None and row.bed_id not in beds[row.part_of or row.id]:
                wrong.append(f"bed {row.bed_id} does not know of it")
            yield from (Problem(f"brood {row.id}", what) for what in wrong)


def _unreadable(row: Row) -> Iterator[str]:
    """What no text's identity says of a brood can be read all the same."""
    try:
        json.loads(row.notes or "[]")
        as_usage(row.usage)
        as_places(row.shown_first)
    except UNREADABLE as error:
        yield f"cannot be read: {error}"


def _check_kind(
    connection: sa.Connection, row: Row, offspring: list[Row], *, shared: bool
) -> Iterator[str]:
    """Its kind is one that it can be of; of several models, its parts have the pattern."""
    if row.asked is None:
        # All of its texts have one origin but for what each has of its own.
        for text in read(connection, [each.id for each in offspring[:1]]):
            if row.kind != (operation := text.origin.operation):
                yield f"it is said to be {row.kind}, and its texts say {operation}"
        return
    if shared:
        if offspring or row.prompt is not None or row.part_of is not None:
            yield "it is said to be of several models, and has texts or a prompt of its own"
        return
    try:
        chained = bool(as_pattern(row.pattern).link)
    except UNREADABLE:
        chained = row.kind in _CHAINED  # its problems are those of its texts
    if (
        row.kind not in MODEL_OPERATIONS
        or (row.kind in _CHAINED and not chained)
        or (row.kind == Operation.BREED and row.examples)
    ):
        yield f"it is said to be {row.kind}, and its pattern and its examples say otherwise"


def _asked(row: Row, offspring: list[Row]) -> Iterator[str]:
    """As many were asked for as came, at the least."""
    if any((text.place is None) != (row.asked is None) for text in offspring):
        yield "its texts say otherwise whether a number of them was asked for"
    elif row.asked is None:
        if row.seed is not None:
            yield "it does not say how many were asked for"
    elif (came := sum(not text.aside for text in offspring)) > row.asked:
        yield f"it is said to be of {row.asked}, and {came} came"


def _check_chains(row: Row, its: list[Row], versions: dict[int, list[int]]) -> Iterator[str]:
    """Its examples, and what was under work, are the chains that they are said to be."""
    roles = Counter(each.role for each in its)
    if row.asked is not None and roles["example"] not in {0, row.examples}:
        found = quantity(roles["example"], "text")
        yield f"it has {found} as examples, and should have {row.examples}"
        return
    for role in ("example", "parent"):
        named = [(each.chain_id, each.text_id) for each in its if each.role == role]
        needed = role == "example" and row.asked is not None
        if (needed or any(chain for chain, _ in named)) and not _are_whole_chains(named, versions):
            yield f"a chain among its {role}s is not the one that it is said to be"


def _are_whole_chains(named: list[tuple[int | None, int]], versions: dict[int, list[int]]) -> bool:
    """Say whether texts in their places are whole chains, one after the other."""
    at = 0
    while at < len(named):
        chain = named[at][0]
        whole = versions.get(chain, []) if chain is not None else []
        if not whole or named[at : at + len(whole)] != [(chain, text) for text in whole]:
            return False
        at += len(whole)
    return True


def _versions(connection: sa.Connection) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    query = sa.select(chain_texts).order_by(chain_texts.c.chain_id, chain_texts.c.place)
    for row in connection.execute(query):
        found[row.chain_id].append(row.text_id)
    return found


def _beds_of_broods(connection: sa.Connection) -> dict[int, set[int]]:
    """Give for each brood the beds that ever showed it."""
    found: dict[int, set[int]] = defaultdict(set)
    for rows in _batches(connection, sa.select(bed_states), bed_states.c.id):
        for row in rows:
            try:
                brood = json.loads(row.state)["brood"]
            except (*UNREADABLE, AttributeError):
                continue  # it is named where the beds are checked
            if isinstance(brood, int):
                found[brood].add(row.bed_id)
    return found


def _offspring(connection: sa.Connection, ids: list[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    query = sa.select(texts.c.id, texts.c.brood_id, texts.c.place, texts.c.aside)
    for row in rows_in(connection, query, texts.c.brood_id, ids):
        found[row.brood_id].append(row)
    return found


def _parents(connection: sa.Connection, ids: list[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    query = sa.select(brood_parents).order_by(brood_parents.c.place)
    for row in rows_in(connection, query, brood_parents.c.brood_id, ids):
        found[row.brood_id].append(row)
    return found


def _batches(
    connection: sa.Connection, query: sa.Select[Any], key: sa.ColumnElement[int]
) -> Iterator[list[sa.Row[Any, Any]]]:
    """Give the rows of a query in the order of their keys, some at a time."""
    last = 0
    while rows := connection.execute(query.where(key > last).order_by(key).limit(MANY)).all():
        yield list(rows)
        last = rows[-1].id
