"""Checking a garden: that every text is what its digests say, and that no link is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields

import sqlalchemy as sa

from flourishing.errors import FlourishingError, GardenError
from flourishing.garden.beds import Bed
from flourishing.garden.brooding import chain_identity
from flourishing.garden.database import Database
from flourishing.garden.journal import standing_of
from flourishing.garden.problems import UNREADABLE, Problem, batches
from flourishing.garden.reading import MARKS, read, read_chains
from flourishing.garden.rows import from_bytes, to_bytes
from flourishing.garden.schema import (
    acts,
    bed_states,
    brood_parents,
    chains,
    fingerprints,
    gardens,
    marks,
    metadata,
    reversals,
    shelvings,
    standing,
    texts,
)
from flourishing.garden.verifying_broods import check_broods
from flourishing.originality import fingerprints as prints_of
from flourishing.text import Text


def verify(database: Database) -> list[Problem]:
    """Check everything; nothing is changed.

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
                *check_broods(connection),
                *_chains(connection),
                *_marks(connection),
                *_acts(connection),
                *_beds(connection),
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
    """Follow every link, also where the database was told not to look."""
    for table in metadata.sorted_tables:
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


def _texts(connection: sa.Connection) -> Iterator[Problem]:
    """Derive digests, identities and fingerprints anew."""
    printed: dict[bytes, bool] = {}
    for rows in batches(connection, sa.select(texts.c.id, texts.c.digest), texts.c.id):
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
    for rows in batches(connection, sa.select(chains), chains.c.id):
        for row in rows:
            with suppress(*UNREADABLE):
                if chain_identity(read_chains(connection, [row.id])[row.id]) == bytes(row.identity):
                    continue
            yield Problem(f"chain {row.id}", "its versions are not what its identity says")


def _marks(connection: sa.Connection) -> Iterator[Problem]:
    """The marks that are said to hold are those that follow from what was done."""
    marked = sa.union(
        sa.select(marks.c.text_id.label("id")), sa.select(standing.c.text_id.label("id"))
    ).subquery()
    for rows in batches(connection, sa.select(marked.c.id), marked.c.id):
        ids = [row.id for row in rows]
        follows = standing_of(connection, ids)
        said = {
            row.text_id: {kind: getattr(row, kind) for kind in MARKS if getattr(row, kind)}
            for row in connection.execute(sa.select(standing).where(standing.c.text_id.in_(ids)))
        }
        for id in ids:
            if follows.get(id, {}) != said.get(id, {}):
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
    for rows in batches(connection, sa.select(bed_states), bed_states.c.id):
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
