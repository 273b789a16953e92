"""Lineage: what a text came from, what came of it, and the versions it went through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Literal, TypeAlias

import sqlalchemy as sa

from flourishing.core.chain import Chain
from flourishing.core.diff import Stretch, kept_from, of_versions, stretches, stretches_of
from flourishing.core.operation import Operation
from flourishing.core.text import Span, Text
from flourishing.errors import InputError
from flourishing.formats.family import Edge, Family, Role
from flourishing.garden.database import Database
from flourishing.garden.rows import Stored, as_operation
from flourishing.garden.schema import brood_parents, broods, standing, texts
from flourishing.garden.text_reader import read, rows_in

Way: TypeAlias = Literal["both", "ancestors", "descendants"]
"""How much of a family is meant."""
MOST_RELATIVES = 5_000
"""The most texts of one family; a shipped poem can have a whole garden for descendants."""


class Lineage:
    """The families of a garden."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ancestors(self, id: int, *, examples: bool = False) -> Family:
        """Give a text with all that it came from.

        Args:
            id: The number of the text.
            examples: Also the chains that only showed the model what getting better looks like.
        """
        return self._family(id, "up", examples=examples)

    def descendants(self, id: int, *, examples: bool = False) -> Family:
        """Give a text with all that came of it, the first 5,000.

        Args:
            id: The number of the text.
            examples: Also what came of it where it was only an example of getting better.
        """
        return self._family(id, "down", examples=examples)

    def family(self, id: int, way: Way = "both", *, examples: bool = False) -> Family:
        """Give a text with its family, the nearest 5,000 texts.

        Args:
            id: The number of the text.
            way: "ancestors" for what it came from, "descendants" for what came of it, and "both",
                the default; where there is not room for all of both, each has a half.
            examples: Whether texts that only showed what getting better looks like count as
                ancestors. By default they do not.
        """
        if way == "ancestors":
            return self.ancestors(id, examples=examples)
        down = self.descendants(id, examples=examples)
        if way == "descendants":
            return down
        return _joined(self.ancestors(id, examples=examples), down, examples=examples)

    def versions(self, id: int) -> Chain:
        """Give the versions that a text went through, itself last.

        An edit goes back to the edited text, a refinement to the chain that was under work; a text
        that was bred, or came from outside, is a first version.

        Args:
            id: The number of the text.
        """
        with self._database.reading() as connection:
            ids = [id]
            while before := _versions_before(connection, ids[0]):
                if set(before) & set(ids):
                    break  # cannot be, but a damaged garden must not hang
                ids[:0] = before
            return Chain(tuple(read(connection, ids)))

    def kin(self, id: int) -> tuple[int, ...]:
        """Give what is meant to be like a text: its versions, and what came in their broods.

        Args:
            id: The number of the text.
        """
        versions = [each.id for each in self.versions(id) if isinstance(each, Stored)]
        of_version = texts.alias("of_version")
        query = (
            sa.select(texts.c.id)
            .join(of_version, of_version.c.brood_id == texts.c.brood_id)
            .where(of_version.c.id.in_(versions))
        )
        with self._database.reading() as connection:
            return tuple({*versions, *connection.execute(query).scalars()})

    def spans(self, id: int) -> tuple[Span, ...]:
        """Say who wrote which stretch of a text, a person or a model, through all its versions.

        Args:
            id: The number of the text.
        """
        return of_versions(self._history(id))

    def stretches(self, texts: Sequence[Text]) -> list[tuple[Stretch, ...]]:
        """Say whose words each stretch of some texts is, through all their versions.

        Args:
            texts: The texts; of those of this garden, the versions before them are looked up, since
                a stored text has its parents without parents of their own.
        """
        before = [kept_from(text) for text in texts]
        ids = {each.id for each in before if isinstance(each, Stored)}
        # Once for all that came of it, as a whole brood does.
        histories = self._histories(ids, known=texts)
        written = {id: (its[-1], stretches_of(its)) for id, its in histories.items()}
        return [
            stretches_of([text], before=written[its.id])
            if isinstance(its, Stored)
            else stretches(text)
            for text, its in zip(texts, before, strict=True)
        ]

    def _history(self, id: int) -> list[Stored]:
        """Give what `_histories` does for one text."""
        return self._histories([id])[id]

    def _histories(self, ids: Iterable[int], known: Iterable[Text] = ()) -> dict[int, list[Stored]]:
        """Give the texts whose words some texts may have kept, oldest first, themselves last.

        These are their versions, and those that a worse version was made of.

        Args:
            ids: The numbers of the texts.
            known: Texts that were read before; those that are parents of others do not count, since
                they have no parents of their own.
        """
        found = {each.id: each for each in known if isinstance(each, Stored) and each.brood}
        waiting = set(ids) - found.keys()
        with self._database.reading() as connection:
            while waiting:
                fresh = read(connection, sorted(waiting))
                found |= {text.id: text for text in fresh}
                before = (kept_from(text) for text in fresh)
                waiting = {each.id for each in before if isinstance(each, Stored)} - found.keys()
        return {id: _versions(found, id) for id in ids}

    def _family(self, id: int, way: Literal["up", "down"], *, examples: bool) -> Family:
        roles = ("parent", "example") if examples else ("parent",)
        with self._database.reading() as connection:
            ids = _relatives(connection, id, way, roles)
            stored = read(connection, ids)
            return Family(
                root=id,
                texts={text.id: text for text in stored},
                edges=_edges(stored, roles),
                marks={text.id: tuple(sorted(text.marks)) for text in stored},
            )


def _versions(found: Mapping[int, Stored], id: int) -> list[Stored]:
    """Follow a text back through those whose words it may have kept; give them oldest first."""
    history: dict[int, Stored] = {}
    while id not in history:  # a damaged garden must not hang
        if id not in found:
            raise InputError(
                f"There is no text {id} in this garden.", hint="See: flourishing garden list"
            )
        history[id] = found[id]
        before = kept_from(found[id])
        if not isinstance(before, Stored):
            break
        id = before.id
    return [*history.values()][::-1]


def _relatives(
    connection: sa.Connection,
    id: int,
    way: Literal["up", "down"],
    roles: Sequence[str],
    limit: int | None = MOST_RELATIVES,
) -> list[int]:
    """Walk all edges in one direction; each text once, however many ways lead to it."""
    found = sa.select(sa.literal(id, sa.BigInteger).label("id")).cte("found", recursive=True)
    # Named apart from the walk, so that both directions read alike.
    of, child = brood_parents.alias("of"), texts.alias("child")
    if way == "up":
        step = (
            sa.select(of.c.text_id)
            .select_from(found)
            .join(child, child.c.id == found.c.id)
            .join(of, of.c.brood_id == child.c.brood_id)
            .where(of.c.role.in_(roles))
        )
    else:
        step = (
            sa.select(child.c.id)
            .select_from(found)
            .join(of, of.c.text_id == found.c.id)
            .join(child, child.c.brood_id == of.c.brood_id)
            .where(of.c.role.in_(roles), child.c.aside.is_(False))
        )
    walk = found.union(step)
    return list(connection.execute(sa.select(walk.c.id).limit(limit)).scalars())


def _edges(stored: Iterable[Stored], roles: Sequence[str]) -> tuple[Edge, ...]:
    """Give the edges among texts, those of a child in the order of its prompt."""
    children = {text.id: text for text in stored}
    # By broods, not by texts: all of a brood have the same parents.
    of_brood: dict[int | None, list[tuple[int, int, Role]]] = {}
    for text in children.values():
        if text.brood not in of_brood:
            of_brood[text.brood] = [
                (parent.id, place, "example" if place < text.origin.examples else "parent")
                for place, parent in enumerate(text.origin.parents)
                if isinstance(parent, Stored) and parent.id in children
            ]
    return tuple(
        Edge(child=child, parent=parent, place=place, role=role)
        for child in sorted(children)
        for parent, place, role in of_brood[children[child].brood]
        if role in roles
    )


def _joined(up: Family, down: Family, *, examples: bool) -> Family:
    """Join what a text came from with what came of it; where there is not room for all, halves."""
    half = MOST_RELATIVES // 2
    some_up = islice(up.texts, max(half, MOST_RELATIVES - len(down.texts)))
    nearest = islice(dict.fromkeys(chain(some_up, down.texts)), MOST_RELATIVES)
    both, marks = {**down.texts, **up.texts}, {**down.marks, **up.marks}
    texts = {id: both[id] for id in nearest}
    return Family(
        root=up.root,
        texts=texts,
        # Anew from their origins: a descendant may come from an ancestor as well.
        edges=tuple(
            edge
            for id, text in texts.items()
            for edge in _edges_of(id, text)
            if examples or edge.role == "parent"
        ),
        marks={id: marks[id] for id in texts},
    )


def _edges_of(child: int, text: Text) -> list[Edge]:
    return [
        Edge(child, parent.id, place, "example" if place < text.origin.examples else "parent")
        for place, parent in enumerate(text.origin.parents)
        if isinstance(parent, Stored)
    ]


def newest_edits(
    connection: sa.Connection, ids: Sequence[int], also: Sequence[int] = ()
) -> dict[int, int]:
    """Give the number of the newest kept edit of each of these texts that has one.

    Args:
        connection: A connection to the garden.
        ids: The numbers of the texts.
        also: The numbers of edits that count although they are not kept; by default none.
    """
    newest = {id: id for id in ids}
    fresh = {id: id for id in ids}
    edit = texts.alias("edit")
    query = (
        sa.select(brood_parents.c.text_id, edit.c.id)
        .join(broods, broods.c.id == brood_parents.c.brood_id)
        .join(edit, edit.c.brood_id == broods.c.id)
        .outerjoin(standing, standing.c.text_id == edit.c.id)
        .where(
            broods.c.kind == Operation.EDIT,
            sa.or_(
                sa.and_(standing.c.keep.is_not(None), standing.c.drop.is_(None)),
                edit.c.id.in_(also),
            ),
        )
        .order_by(edit.c.id)
    )
    while fresh:
        rows = rows_in(connection, query, brood_parents.c.text_id, list(fresh))
        # Numbers grow, so this ends; the last edit of a text is the one that counts.
        fresh = {child: fresh[before] for before, child in rows}
        newest |= {root: child for child, root in fresh.items()}
    return {id: now for id, now in newest.items() if now != id}


def _versions_before(connection: sa.Connection, id: int) -> list[int]:
    """Give the versions before a text that its own brood names, oldest first."""
    row = connection.execute(
        sa.select(broods.c.kind, broods.c.pattern, broods.c.id)
        .join(texts, texts.c.brood_id == broods.c.id)
        .where(texts.c.id == id)
    ).first()
    operation = None if row is None else as_operation(row.kind, row.pattern)
    if row is None or operation not in {Operation.EDIT, Operation.REFINE}:
        return []
    query = (
        sa.select(brood_parents.c.text_id)
        .where(brood_parents.c.brood_id == row.id, brood_parents.c.role == "parent")
        .order_by(brood_parents.c.place)
    )
    before = list(connection.execute(query).scalars())
    # What a person made of several texts is a text of its own, and no edit.
    return before if operation is Operation.REFINE or len(before) == 1 else []
