"""What the broods of a garden cost, in tokens, time and money, and what a kept text has cost.

The prices that held are written beside the usage of each brood, so that what a brood has cost
stays what it was when a price changes. Money is added up by currency. A text that was kept and then
edited is one kept text: an edit counts as the text that was bred.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa

from flourishing.core.operation import MODEL_OPERATIONS, Operation
from flourishing.errors import FlourishingError
from flourishing.garden.beds import Bed, as_bed
from flourishing.garden.database import Database
from flourishing.garden.rows import PRICES, UNREADABLE, as_json, as_usage
from flourishing.garden.schema import brood_parents, broods, run_steps, standing, texts
from flourishing.garden.text_reader import rows_in
from flourishing.models import Usage
from flourishing.models.cost import Money, Prices, cost_of
from flourishing.settings import CHAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What some broods cost, and how many of their texts are kept.

    Attributes:
        broods: How many broods.
        usage: Their tokens and seconds; the seconds to the first token are the mean.
        money: What they cost, by currency; empty where no prices were set.
        kept: How many of their texts are kept, as they are or as edits of them.
    """

    broods: int = 0
    usage: Usage = field(default_factory=Usage)
    money: tuple[Money, ...] = ()
    kept: int = 0

    @property
    def tokens(self) -> int:
        """Tokens in and out together."""
        return self.usage.prompt + self.usage.completion

    @property
    def tokens_each(self) -> int | None:
        """Tokens for each text that is kept; None where none is."""
        return round(self.tokens / self.kept) if self.kept else None

    @property
    def money_each(self) -> tuple[Money, ...]:
        """Money for each text that is kept; empty where none is."""
        if not self.kept:
            return ()
        return tuple(Money(each.amount / self.kept, each.currency) for each in self.money)

    def as_dict(self) -> dict[str, object]:
        """Give it as plain data for JSON."""
        return {
            "broods": self.broods,
            "usage": asdict(self.usage),
            "money": [each.as_dict() for each in self.money],
            "kept": self.kept,
            "tokens_each_kept": self.tokens_each,
            "money_each_kept": [each.as_dict() for each in self.money_each],
        }


class Costs:
    """What things cost."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def total(self, bed: Bed | None = None) -> Spent:
        """Give what the broods of a bed, or of the whole garden, have cost.

        Args:
            bed: The bed; None for the whole garden.
        """
        where = sa.true() if bed is None else broods.c.bed_id == as_bed(bed).id
        with self._database.reading() as connection:
            if bed is None:
                kept = len(_kept(connection))
            else:
                kept = sum(_kept_by_brood(connection, bed.id).values())
            return _sum(_bills(connection, where), kept)

    def beds(self) -> dict[int, Spent]:
        """Give what the broods of each bed have cost, by the bed's number."""
        bills: dict[int, list[_Bill]] = defaultdict(list)
        kept: dict[int, int] = defaultdict(int)
        with self._database.reading() as connection:
            for bill in _bills(connection, broods.c.bed_id.is_not(None)):
                bills[bill.bed or 0].append(bill)
            for text in _kept(connection):
                kept[text.bed or 0] += 1
        return {bed: _sum(its, kept[bed]) for bed, its in bills.items()}

    def run(self, id: int) -> Spent:
        """Give what the broods of a run have cost; how many of its texts are kept is not counted.

        Args:
            id: The number of the run.
        """
        its = sa.select(run_steps.c.brood_id).where(run_steps.c.run_id == id)
        with self._database.reading() as connection:
            return _sum(_bills(connection, broods.c.id.in_(its)), 0)

    def kept_by_brood(self, bed: Bed) -> dict[int, int]:
        """Count the texts of a bed that are kept, as they are or as an edit, by their broods.

        Args:
            bed: The bed.

        Returns:
            The counts by the broods' numbers; a brood of which none is kept is left out.
        """
        with self._database.reading() as connection:
            return _kept_by_brood(connection, as_bed(bed).id)

    def brood(self, id: int) -> Spent:
        """Give what a brood has cost; `broods` is 0 for an edit, an import, or none.

        Args:
            id: The number of the brood.
        """
        return self.broods([id])[id]

    def broods(self, ids: Sequence[int]) -> dict[int, Spent]:
        """Give what each of some broods has cost, by its number, as `brood` does.

        Args:
            ids: The numbers of the broods.
        """
        with self._database.reading() as connection:
            whole = _with_parts(connection, ids)
            bills = list(_bills(connection, broods.c.id.in_(whole)))
            offspring = _offspring(connection, whole)
            query = sa.select(standing.c.text_id).where(
                standing.c.keep.is_not(None), standing.c.away.is_(None)
            )
            kept = (
                row.text_id for row in rows_in(connection, query, standing.c.text_id, offspring)
            )
            its = Counter(
                id for root in roots(connection, kept) for id in {root.brood, whole.get(root.brood)}
            )
        return {
            id: _sum((bill for bill in bills if id in (bill.id, bill.brood)), its[id]) for id in ids
        }


class _Bill(NamedTuple):
    """What a model gave; `brood` is another one than `id` where several models shared it."""

    id: int
    brood: int
    bed: int | None
    usage: Usage
    money: Money | None


class Root(NamedTuple):
    """A bred text that was chosen, as it is or as an edit.

    Attributes:
        text: The number of the text.
        brood: The number of its brood.
        bed: The number of the bed in which it was bred; None for none.
    """

    text: int
    brood: int
    bed: int | None


def configured_prices(name: str) -> Prices | None:
    """Give the prices that hold now for the model that texts say they are from.

    Args:
        name: The model's address, or any other name.
    """
    if "://" not in name and not name.startswith(CHAT):
        return None
    from flourishing.models.opening import named_like  # here: most models are on this machine

    try:
        found = named_like(name)
    except FlourishingError:
        return None  # a configuration that was just broken must not cost anybody their brood
    return None if found is None else Prices.of(found)


def note_prices(connection: sa.Connection, brood: int, prices: Prices) -> None:
    """Write beside the usage of a brood, which was just stored, the prices that hold.

    Args:
        connection: The writer's connection.
        brood: The number of the brood.
        prices: The prices.
    """
    query = sa.select(broods.c.usage).where(broods.c.id == brood)
    stored = json.loads(connection.execute(query).scalar_one() or "{}")
    usage = as_json({**stored, PRICES: prices.as_dict()})
    connection.execute(broods.update().where(broods.c.id == brood).values(usage=usage))


def models_of(connection: sa.Connection, brood: int) -> list[tuple[int, str]]:
    """Give the model of a brood with its number, or of several models each with its part's number.

    Args:
        connection: A connection to the garden.
        brood: The number of the brood.
    """
    query = sa.select(broods.c.id, broods.c.model).where(
        sa.or_(broods.c.id == brood, broods.c.part_of == brood), broods.c.model.is_not(None)
    )
    return [(row.id, row.model) for row in connection.execute(query)]


def newest_brood(connection: sa.Connection) -> int:
    """Give the number of the newest brood, by which one that is stored next is known.

    Args:
        connection: A connection to the garden.
    """
    return connection.execute(sa.select(sa.func.max(broods.c.id))).scalar() or 0


def _bills(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[_Bill]:
    brood = sa.func.coalesce(broods.c.part_of, broods.c.id)
    query = sa.select(broods.c.id, brood, broods.c.bed_id, broods.c.usage).where(
        where, broods.c.kind.in_(MODEL_OPERATIONS), broods.c.usage.is_not(None)
    )
    bills = []
    for id, brood, bed, stored in connection.execute(query):
        try:
            usage, prices = as_usage(stored), json.loads(stored).get(PRICES)
            money = None if prices is None else cost_of(usage, Prices.from_dict(prices))
        except UNREADABLE:
            continue  # what a damaged brood cost is not known; verifying names it
        bills.append(_Bill(id, brood, bed, usage, money))
    return bills


def _sum(bills: Iterable[_Bill], kept: int) -> Spent:
    usage, count = Usage(), set()
    first: list[float] = []
    money: dict[str, Decimal] = defaultdict(Decimal)
    for bill in bills:
        count.add(bill.brood)
        usage += bill.usage
        if bill.usage.first_token is not None:
            first.append(bill.usage.first_token)
        if bill.money is not None:
            money[bill.money.currency] += bill.money.amount
    return Spent(
        broods=len(count),
        usage=replace(usage, first_token=sum(first) / len(first) if first else None),
        money=tuple(Money(amount, currency) for currency, amount in sorted(money.items())),
        kept=kept,
    )


def _kept(connection: sa.Connection) -> list[Root]:
    """Give the bred texts that are kept, those that were edited as one with their edits."""
    query = sa.select(standing.c.text_id).where(
        standing.c.keep.is_not(None), standing.c.away.is_(None)
    )
    return roots(connection, connection.execute(query).scalars())


def _kept_by_brood(connection: sa.Connection, bed: int) -> dict[int, int]:
    """Count what `_kept` gives of one bed, in the database: a bed is looked at with every key."""
    of = sa.select(texts.c.id).join(broods, broods.c.id == texts.c.brood_id)
    kept = (
        of.join(standing, standing.c.text_id == texts.c.id)
        .where(standing.c.keep.is_not(None), standing.c.away.is_(None))
        # Of an edit only what it is an edit of says in which bed it was bred.
        .where(sa.or_(broods.c.bed_id == bed, broods.c.kind == Operation.EDIT))
        .cte("kept", recursive=True)
    )
    before = (
        sa.select(brood_parents.c.text_id)
        .select_from(kept)
        .join(texts, texts.c.id == kept.c.id)
        .join(broods, broods.c.id == texts.c.brood_id)
        .join(brood_parents, brood_parents.c.brood_id == broods.c.id)
        .where(broods.c.kind == Operation.EDIT)
    )
    walk = kept.union(before)
    brood = sa.func.coalesce(broods.c.part_of, broods.c.id)
    bred = (
        sa.select(brood, sa.func.count())
        .select_from(walk)
        .join(texts, texts.c.id == walk.c.id)
        .join(broods, broods.c.id == texts.c.brood_id)
        .where(
            broods.c.bed_id == bed, broods.c.kind.in_(MODEL_OPERATIONS), broods.c.usage.is_not(None)
        )
        .group_by(brood)
    )
    counts: dict[int, int] = dict(connection.execute(bred).all())
    return counts


def roots(connection: sa.Connection, ids: Iterable[int]) -> list[Root]:
    """Follow edits back to the texts that were bred; leave out what never was.

    Args:
        connection: A connection to the garden.
        ids: The numbers of the texts.
    """
    found: dict[int, Root] = {}
    looked: set[int] = set()
    # What was bred elsewhere has cost nothing here.
    query = (
        sa.select(texts.c.id, texts.c.brood_id, broods.c.kind, broods.c.bed_id)
        .join(broods, broods.c.id == texts.c.brood_id)
        .where(sa.or_(broods.c.kind == Operation.EDIT, broods.c.usage.is_not(None)))
    )
    before = sa.select(brood_parents.c.text_id)
    while ids := set(ids) - looked:
        looked |= ids
        edits = []
        for id, brood, kind, bed in rows_in(connection, query, texts.c.id, ids):
            if kind in MODEL_OPERATIONS:
                found[id] = Root(id, brood, bed)
            elif kind == Operation.EDIT:
                edits.append(brood)
        ids = {row.text_id for row in rows_in(connection, before, brood_parents.c.brood_id, edits)}
    return list(found.values())


def _with_parts(connection: sa.Connection, ids: Iterable[int]) -> dict[int, int]:
    """Give the numbers of broods and of their parts, with those of the broods they are of."""
    query = sa.select(broods.c.id, broods.c.part_of)
    parts = rows_in(connection, query, broods.c.part_of, ids)
    return {id: id for id in ids} | {row.id: row.part_of for row in parts}


def _offspring(connection: sa.Connection, ids: Iterable[int]) -> set[int]:
    """Give the texts of broods, and all edits of them."""
    query = sa.select(texts.c.id)
    whole = fresh = {row.id for row in rows_in(connection, query, texts.c.brood_id, ids)}
    edits = (
        query.join(broods, broods.c.id == texts.c.brood_id)
        .join(brood_parents, brood_parents.c.brood_id == broods.c.id)
        .where(broods.c.kind == Operation.EDIT)
    )
    while fresh:
        fresh = {row.id for row in rows_in(connection, edits, brood_parents.c.text_id, fresh)}
        fresh -= whole
        whole = whole | fresh
    return whole
