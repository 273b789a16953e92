"""Emptying: the one act after which something is gone."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from flourishing.garden.beds import read_bed
from flourishing.garden.database import Database
from flourishing.garden.schema import (
    beds,
    brood_parents,
    broods,
    chain_texts,
    collections,
    fingerprints,
    marks,
    shelvings,
    standing,
    texts,
)
from flourishing.garden.shelves import standing_on
from flourishing.originality import fingerprints as prints_of


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
    that one's lineage and of the prompts.
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
    if database.on_sqlite:
        # What was written is also in the log, until that is folded back into the file.
        with database.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            if raw is not None:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Emptied(gone=len(going), stayed=len(away) - len(going))


def _without_heirs(connection: sa.Connection, going: set[int]) -> set[int]:
    """Leave out the texts that something else needs: a child, a chain, a bed, a shelf."""
    for bed in connection.execute(sa.select(beds.c.id)).scalars().all():
        going -= {*(now := read_bed(connection, bed)).parents, *now.chain}
    for shelf in connection.execute(sa.select(collections.c.id)).scalars().all():
        going -= {text for text, _ in standing_on(connection, shelf) if text is not None}
    while going:
        heirs = (
            sa.select(brood_parents.c.text_id)
            .join(texts, texts.c.brood_id == brood_parents.c.brood_id)
            .where(
                brood_parents.c.text_id.in_(going),
                texts.c.id.not_in(going),
                texts.c.aside.is_(False),
            )
        )
        versions = sa.select(chain_texts.c.text_id).where(chain_texts.c.text_id.in_(going))
        needed = set(connection.execute(heirs.union(versions)).scalars())
        if not needed:
            break
        going -= needed
    return going


def _left_behind(connection: sa.Connection, going: set[int]) -> set[int]:
    """Give the texts set aside in broods of which nothing else stays."""
    touched = sa.select(texts.c.brood_id).where(texts.c.id.in_(going))
    staying = (
        sa.select(texts.c.brood_id)
        .where(texts.c.id.not_in(going), texts.c.aside.is_(False), texts.c.brood_id.is_not(None))
        .distinct()
    )
    query = sa.select(texts.c.id).where(
        texts.c.aside, texts.c.brood_id.in_(touched), texts.c.brood_id.not_in(staying)
    )
    return set(connection.execute(query).scalars()) if going else set()


def _remove(connection: sa.Connection, going: set[int]) -> None:
    if not going:
        return
    digests = set(
        connection.execute(sa.select(texts.c.digest).where(texts.c.id.in_(going))).scalars()
    )
    for table in (marks, standing, shelvings, fingerprints):
        connection.execute(table.delete().where(table.c.text_id.in_(going)))
    ids = sa.select(texts.c.brood_id).where(texts.c.id.in_(going), texts.c.brood_id.is_not(None))
    touched = set(connection.execute(ids).scalars())
    connection.execute(texts.delete().where(texts.c.id.in_(going)))
    left = set(
        connection.execute(
            sa.select(texts.c.brood_id).where(texts.c.brood_id.in_(touched))
        ).scalars()
    )
    connection.execute(brood_parents.delete().where(brood_parents.c.brood_id.in_(touched - left)))
    connection.execute(broods.delete().where(broods.c.id.in_(touched - left)))
    # A content that stands in another text too is found by that one from now on.
    heirs = sa.select(sa.func.min(texts.c.id)).where(texts.c.digest.in_(digests))
    for row in connection.execute(
        sa.select(texts.c.id, texts.c.content).where(
            texts.c.id.in_(heirs.group_by(texts.c.digest)),
            texts.c.id.not_in(sa.select(fingerprints.c.text_id)),
        )
    ).all():
        prints = [{"print": each, "text_id": row.id} for each in prints_of(row.content)]
        if prints:
            connection.execute(fingerprints.insert(), prints)
