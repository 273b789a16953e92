"""Shelves: the collections that a person makes and lets grow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from flourishing.core.chain import Chain
from flourishing.core.operation import Operation
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.garden import journal
from flourishing.garden.beds import LONGEST_NAME
from flourishing.garden.brood_writer import chain_identity, plant_chain
from flourishing.garden.database import Database, now
from flourishing.garden.rows import Stored
from flourishing.garden.schema import (
    acts,
    brood_parents,
    broods,
    chains,
    collections,
    shelvings,
    standing,
    texts,
)
from flourishing.garden.text_reader import read, read_chains
from flourishing.garden.text_writer import find, plant
from flourishing.kinds import DEFAULT, Kind, kind_of, named_kind
from flourishing.library import known_kind

_OF_CHAINS: Final = "refinement"
"""The kind of a new collection of chains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A collection that stands in a garden.

    Attributes:
        name: What it is called.
        title: What it is, in a few words.
        pattern: The name of the pattern that suits what stands on it.
        kind: The name of the kind of text that stands on it, or the path of its file.
        texts: Its texts, in the order in which they came.
        chains: Its chains, likewise.
    """

    name: str
    title: str
    pattern: str
    kind: str
    texts: tuple[Stored, ...]
    chains: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class Yield:
    """What came of an example.

    Attributes:
        offspring: How many offspring it helped to give.
        kept: How many of those were kept.
    """

    offspring: int = 0
    kept: int = 0


class Shelves:
    """The collections of a garden."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def names(self) -> list[str]:
        """Give the names of those that have something on them, in their order."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(collections).order_by(collections.c.name))
            return [row.name for row in rows if standing_on(connection, row.id)]

    def get(self, name: str) -> Shelf | None:
        """Give a collection by its name; None if the garden has none of that name.

        Args:
            name: The name of the collection.
        """
        with self._database.reading() as connection:
            row = connection.execute(
                sa.select(collections).where(collections.c.name == name)
            ).first()
            if row is None:
                return None
            items = standing_on(connection, row.id)
            text_ids = [text for text, _ in items if text is not None]
            chain_ids = [chain for _, chain in items if chain is not None]
            its_chains = read_chains(connection, chain_ids)
            return Shelf(
                name=name,
                title=row.title,
                pattern=row.pattern,
                kind=row.kind or kind_of(row.pattern).name,
                texts=tuple(read(connection, text_ids)),
                chains=tuple(its_chains[id] for id in chain_ids),
            )

    def put(
        self, name: str, *items: Text | Chain, kind: str = "", pattern: str = "", title: str = ""
    ) -> None:
        """Put texts or chains on a shelf, made if need be; what stands there already stays.

        Args:
            name: The name of the collection.
            *items: What to put there.
            kind: For a new collection, the kind of its texts; by default as they or the pattern
                tell.
            pattern: For a new collection, the name of its pattern; by default that of the kind.
            title: For a new collection, what it is.

        Raises:
            InputError: The name is blank, or texts and chains are mixed.
        """
        with self._database.writing() as connection:
            act = journal.begin(connection, "shelve")
            shelve(connection, act, name, items, kind=kind, pattern=pattern, title=title)

    def take_off(self, name: str, *items: Text | Chain) -> None:
        """Take texts or chains off a shelf; they stay in the garden.

        Args:
            name: The name of the collection.
            items: The texts or chains.
        """
        with self._database.writing() as connection:
            act = journal.begin(connection, "shelve")
            shelve(connection, act, name, items, given=False)

    def yields_of_texts(self, given: Iterable[Text]) -> list[Yield]:
        """Say of each text how many offspring it helped to give, and how many were kept.

        Args:
            given: The texts.
        """
        with self._database.reading() as connection:
            given = list(given)
            ids = find(connection, (text.identity for text in given))
            found = _yields(connection, brood_parents.c.text_id, ids.values())
            return [found.get(ids.get(text.identity, 0), Yield()) for text in given]

    def yields_of_chains(self, given: Iterable[Chain]) -> list[Yield]:
        """Say of each chain how many offspring it helped to give, and how many were kept.

        Args:
            given: The chains.
        """
        with self._database.reading() as connection:
            keys = [chain_identity(chain) for chain in given]
            query = sa.select(chains.c.identity, chains.c.id).where(chains.c.identity.in_(keys))
            ids = {bytes(row.identity): row.id for row in connection.execute(query)}
            found = _yields(connection, brood_parents.c.chain_id, ids.values())
            return [found.get(ids.get(key, 0), Yield()) for key in keys]


def shelve(
    connection: sa.Connection,
    act: int,
    name: str,
    items: Iterable[Text | Chain],
    *,
    kind: str = "",
    pattern: str = "",
    title: str = "",
    given: bool = True,
) -> None:
    """Put things on a shelf, or take them off, as part of an act; otherwise as `Shelves.put`.

    Args:
        connection: The writer's connection.
        act: The number of the act.
        name: The name of the collection, which is made if it is not there.
        items: The texts or the chains, not both.
        kind: The name of the kind of text, for a new collection; "" for that of the first item.
        pattern: The name of the pattern, for a new collection; "" for that of the kind.
        title: What the collection is, in a few words.
        given: Whether the items are put in; False to take them off.
    """
    items = list(items)
    are_chains = {isinstance(item, Chain) for item in items}
    sound = name.strip() and len(name) <= LONGEST_NAME and name.isprintable()
    if not sound or len(are_chains) != 1:
        raise InputError(
            f"Nothing can be put on the shelf {name[:40]!r} like this.",
            hint=f"Give it a name of 1 to {LONGEST_NAME} characters, and either texts or chains.",
        )
    its = _kind(items[0], kind, pattern)
    shelf = _shelf(connection, name, kind or its.name, pattern or its.pattern.name, title)
    if given and any(
        (chain is not None) not in are_chains for _, chain in standing_on(connection, shelf)
    ):
        holds, are = ("texts", "chains") if True in are_chains else ("chains", "texts")
        raise InputError(
            f"The collection {name!r} holds {holds}, and so no {are}.",
            hint="Name another collection.",
        )
    pairs: list[tuple[int | None, int | None]] = [
        (None, plant_chain(connection, item))
        if isinstance(item, Chain)
        else (plant(connection, [item])[0], None)
        for item in items
    ]
    rows = [
        {"act_id": act, "collection_id": shelf, "text_id": text, "chain_id": chain, "given": given}
        for text, chain in dict.fromkeys(pairs)
    ]
    # Also where it changes nothing now: the act that put it there before may be undone.
    connection.execute(shelvings.insert(), rows)


def _kind(item: Text | Chain, kind: str, pattern: str) -> Kind:
    """Give the kind of a new collection: the one that is named, or that of its first item."""
    if kind or pattern:
        texts = [item.content] if isinstance(item, Text) else []
        return kind_of(pattern, kind, texts)
    if isinstance(item, Chain):
        return named_kind(_OF_CHAINS)
    return known_kind([item]) or named_kind(DEFAULT)


def _shelf(connection: sa.Connection, name: str, kind: str, pattern: str, title: str) -> int:
    """Give the number of a collection, made if need be."""
    query = sa.select(collections.c.id).where(collections.c.name == name)
    found = connection.execute(query).scalar()
    if found is None:
        connection.execute(
            collections.insert().values(
                at=now(), name=name, kind=kind, pattern=pattern, title=title
            )
        )
        found = connection.execute(query).scalar_one()
    return int(found)


def standing_on(connection: sa.Connection, shelf: int) -> list[tuple[int | None, int | None]]:
    """Give what stands on a shelf, as numbers of texts or of chains: fold its events.

    Args:
        connection: A connection to the garden.
        shelf: The number of the collection.
    """
    query = (
        sa.select(shelvings.c.text_id, shelvings.c.chain_id, shelvings.c.given)
        .join(acts, acts.c.id == shelvings.c.act_id)
        .where(shelvings.c.collection_id == shelf, acts.c.undone.is_(False))
        .order_by(shelvings.c.id)
    )
    items: dict[tuple[int | None, int | None], None] = {}
    for row in connection.execute(query):
        if row.given:
            items.setdefault((row.text_id, row.chain_id))
        else:
            items.pop((row.text_id, row.chain_id), None)
    return list(items)


def _yields(
    connection: sa.Connection, column: sa.Column[int], ids: Iterable[int]
) -> dict[int, Yield]:
    # In two steps: an example of several versions stands in a prompt several times.
    stood = (
        sa.select(column.label("example"), brood_parents.c.brood_id)
        .join(broods, broods.c.id == brood_parents.c.brood_id)
        .where(
            column.in_(list(ids)),
            # What was itself under work was no example.
            sa.or_(
                brood_parents.c.role == "example",
                sa.and_(brood_parents.c.role == "parent", broods.c.kind == Operation.BREED),
            ),
        )
        .distinct()
        .subquery()
    )
    query = (
        sa.select(stood.c.example, sa.func.count(texts.c.id), sa.func.count(standing.c.keep))
        .join(texts, texts.c.brood_id == stood.c.brood_id)
        .outerjoin(standing, standing.c.text_id == texts.c.id)
        .where(texts.c.aside.is_(False))
        .group_by(stood.c.example)
    )
    rows: Iterable[Any] = connection.execute(query)
    return {example: Yield(offspring, kept) for example, offspring, kept in rows}
