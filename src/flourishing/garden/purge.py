"""Emptying: the one act after which something is gone."""

from __future__ import annotations

import glob
from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

from flourishing.core.originality import fingerprints as prints_of
from flourishing.garden.beds import read_bed
from flourishing.garden.collections import standing_on
from flourishing.garden.database import Database
from flourishing.garden.schema import (
    beds,
    brood_parents,
    broods,
    chain_texts,
    collections,
    embeddings,
    fingerprints,
    likenesses,
    marks,
    pictures,
    run_steps,
    run_texts,
    shelvings,
    standing,
    texts,
)
from flourishing.garden.text_reader import rows_in
from flourishing.garden.text_writer import MANY


@dataclass(frozen=True, slots=True)
class Emptied:
    """What came of emptying.

    Attributes:
        gone: How many texts are gone for good.
        stayed: How many stay put away, because something else came from them.
    """

    gone: int
    stayed: int


def empty(database: Database) -> Emptied:
    """Remove for good what is put away, with the prompts in which nothing else stands.

    A text from which something else came that is not put away stays, since its words are part of
    that one's lineage and of the prompts. Copies that were made before a migration go too.

    Args:
        database: The database of the garden.
    """
    with database.writing() as connection:
        if database.on_sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        away = set(
            connection.execute(
                sa.select(standing.c.text_id).where(standing.c.away.is_not(None))
            ).scalars()
        )
        going = _without_heirs(connection, set(away))
        _remove(connection, going | _left_behind(connection, going))
    if database.path is not None:
        for copy in database.path.parent.glob(f"{glob.escape(database.path.name)}.before-*"):
            copy.unlink(missing_ok=True)
        # What was written is also in the log, until that is folded back into the file.
        with database.raw() as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Emptied(gone=len(going), stayed=len(away) - len(going))


def _without_heirs(connection: sa.Connection, going: set[int]) -> set[int]:
    """Leave out the texts that something else needs: a brood, a chain, a bed, a shelf."""
    for bed in connection.execute(sa.select(beds.c.id)).scalars().all():
        going -= {*(now := read_bed(connection, bed)).parents, *now.chain}
    for shelf in connection.execute(sa.select(collections.c.id)).scalars().all():
        going -= {text for text, _ in standing_on(connection, shelf) if text is not None}
    going -= set(connection.execute(sa.select(chain_texts.c.text_id)).scalars())
    parents: dict[int, set[int]] = defaultdict(set)
    query = sa.select(brood_parents.c.brood_id, brood_parents.c.text_id)
    for row in rows_in(connection, query, brood_parents.c.text_id, going):
        parents[row.brood_id].add(row.text_id)
    offspring: dict[int, set[int]] = defaultdict(set)
    query = sa.select(texts.c.brood_id, texts.c.id).where(sa.not_(_unused()))
    for row in rows_in(connection, query, texts.c.brood_id, parents.keys()):
        offspring[row.brood_id].add(row.id)
    while True:
        # A brood of which nothing came needs its parents, too: it is the only record of it.
        staying = [brood for brood in parents if not offspring[brood] or offspring[brood] - going]
        needed = {text for brood in staying for text in parents.pop(brood)}
        if not needed & going:
            return going
        going -= needed


def _left_behind(connection: sa.Connection, going: set[int]) -> set[int]:
    """Give the texts set aside in broods of which nothing else stays."""
    query = sa.select(texts.c.brood_id, texts.c.id, _unused().label("unused"))
    touched = {row.brood_id for row in rows_in(connection, query, texts.c.id, going)}
    behind: dict[int, set[int]] = defaultdict(set)
    staying = set()
    for row in rows_in(connection, query, texts.c.brood_id, touched - {None}):
        if row.unused:
            behind[row.brood_id].add(row.id)
        elif row.id not in going:
            staying.add(row.brood_id)
    return {id for brood, ids in behind.items() if brood not in staying for id in ids}


def _unused() -> sa.ColumnElement[bool]:
    """Ask for texts that were set aside, and that nobody ever took up."""
    used = (
        sa.select(table.c.text_id).where(table.c.text_id == texts.c.id).exists()
        for table in (marks, brood_parents, chain_texts, shelvings, pictures)
    )
    return sa.and_(texts.c.aside, *(sa.not_(each) for each in used))


def _remove(connection: sa.Connection, going: set[int]) -> None:
    if not going:
        return
    rows = list(rows_in(connection, sa.select(texts.c.digest, texts.c.brood_id), texts.c.id, going))
    digests = {bytes(row.digest) for row in rows}
    emptied = {row.brood_id for row in rows} - {None}
    query = sa.select(texts.c.id, texts.c.brood_id)
    for row in rows_in(connection, query, texts.c.brood_id, emptied.copy()):
        if row.id not in going:
            emptied.discard(row.brood_id)
    _delete(connection, brood_parents.c.brood_id, emptied)
    for table in (marks, standing, shelvings, fingerprints, pictures, run_texts):
        _delete(connection, table.c.text_id, going)
    for name in ("one_id", "two_id", "odd_id"):
        _delete(connection, likenesses.c[name], going)
    _delete(connection, texts.c.id, going)
    _forget_steps(connection, emptied)
    query = sa.select(broods.c.id, broods.c.part_of)
    shared = {row.part_of for row in rows_in(connection, query, broods.c.id, emptied)} - {None}
    _delete(connection, broods.c.id, emptied)
    parts = {row.id: row.part_of for row in rows_in(connection, query, broods.c.part_of, shared)}
    its_texts = sa.select(texts.c.brood_id)
    shared -= {
        parts[row.brood_id] for row in rows_in(connection, its_texts, texts.c.brood_id, parts)
    }
    bare = {id for id, whole in parts.items() if whole in shared}
    _delete(connection, brood_parents.c.brood_id, bare)
    _delete(connection, broods.c.id, bare)
    _delete(connection, broods.c.id, shared)
    _print_heirs(connection, digests)
    _forget_embeddings(connection, digests)
    if connection.dialect.name == "sqlite":
        # The index of words keeps those of what was deleted until its parts are merged.
        connection.exec_driver_sql("INSERT INTO texts_words(texts_words) VALUES ('optimize')")


def _delete(connection: sa.Connection, column: sa.Column[int], keys: set[int]) -> None:
    order = sorted(keys)
    for at in range(0, len(order), MANY):
        some = column.in_(order[at : at + MANY])
        connection.execute(column.table.delete().where(some))


def _forget_steps(connection: sa.Connection, emptied: set[int]) -> None:
    """Let the steps of runs stay of which the broods are gone: they still count as spent."""
    order = sorted(emptied)
    for at in range(0, len(order), MANY):
        some = run_steps.c.brood_id.in_(order[at : at + MANY])
        connection.execute(run_steps.update().where(some).values(brood_id=None))


def _forget_embeddings(connection: sa.Connection, digests: set[bytes]) -> None:
    """Remove the embeddings of contents that no text has any more: they show what it was about."""
    there = {
        bytes(row.digest)
        for row in rows_in(connection, sa.select(texts.c.digest), texts.c.digest, digests)
    }
    order = sorted(digests - there)
    for at in range(0, len(order), MANY):
        some = embeddings.c.digest.in_(order[at : at + MANY])
        connection.execute(embeddings.delete().where(some))


def _print_heirs(connection: sa.Connection, digests: set[bytes]) -> None:
    """Let a content that stands in another text too be found by that one from now on."""
    order = sorted(digests)
    for at in range(0, len(order), MANY):
        heirs = (
            sa.select(sa.func.min(texts.c.id))
            .where(texts.c.digest.in_(order[at : at + MANY]))
            .group_by(texts.c.digest)
        )
        query = sa.select(texts.c.id, texts.c.content).where(
            texts.c.id.in_(heirs), texts.c.id.not_in(sa.select(fingerprints.c.text_id))
        )
        for row in connection.execute(query).all():
            prints = [{"print": each, "text_id": row.id} for each in prints_of(row.content)]
            if prints:
                connection.execute(fingerprints.insert(), prints)
