"""Which models a person really keeps from: of each, how many offspring were seen and chosen.

An offspring was seen unless a flaw replaced it, others of its brood were shown first and it was
never marked, a run bred it with nobody looking, or it was put away. A text and its edits count as
one text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from flourishing.core.operation import MODEL_OPERATIONS
from flourishing.garden.costs import roots
from flourishing.garden.rows import legible_places
from flourishing.garden.schema import brood_parents, broods, run_steps, standing, texts
from flourishing.models.weights import EMBEDDED_NAMES
from flourishing.selection.intervals import Estimate, of_share


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFrom:
    """How many of a model's offspring a person keeps.

    Attributes:
        model: The name of the model, by which it is chosen.
        seen: How many of its offspring a person saw.
        kept: How many of these are kept, as they are or as edits of them.
        dropped: How many of these are dropped.
        parents: How many of these were bred from, as they are or as edits of them.
        share: The share of the kept ones, with its interval of 95 % (Wilson 1927).
    """

    model: str
    seen: int
    kept: int
    dropped: int
    parents: int
    share: Estimate

    def as_dict(self) -> dict[str, object]:
        """Give it as plain data for JSON."""
        return {
            "model": self.model,
            "seen": self.seen,
            "kept": self.kept,
            "dropped": self.dropped,
            "parents": self.parents,
            "share": self.share.value,
            "low": self.share.low,
            "high": self.share.high,
        }


def kept_by_model(connection: sa.Connection, bed: int | None) -> list[KeptFrom]:
    """Give how many of each model's offspring are kept, the largest share first.

    Args:
        connection: A connection to the garden.
        bed: The number of the bed in which they were bred; None for all.
    """
    seen: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("kept", "dropped", "parents")}
    chosen = _chosen(connection)
    for number, model, many in _seen(connection, bed):
        name = "local" if model in EMBEDDED_NAMES else model  # three files, and one model
        seen[name] += many
        for what, of_brood in chosen.items():
            counts[what][name] += min(of_brood[number], many)
    found = [
        KeptFrom(
            model=name,
            seen=many,
            **{what: of_model[name] for what, of_model in counts.items()},
            share=of_share(counts["kept"][name], many),
        )
        for name, many in seen.items()
        if many
    ]
    return sorted(found, key=lambda each: each.share.value, reverse=True)


def _chosen(connection: sa.Connection) -> Mapping[str, Counter[int]]:
    """Count by brood the offspring that are kept, dropped, and parents of others."""
    marked = sa.select(standing.c.text_id).where(standing.c.away.is_(None))
    bred = broods.c.kind.in_(MODEL_OPERATIONS)
    parents = (
        sa.select(brood_parents.c.text_id)
        .join(broods, broods.c.id == brood_parents.c.brood_id)
        .where(brood_parents.c.role == "parent", bred)
        .distinct()
    )
    queries = {
        "kept": marked.where(standing.c.keep.is_not(None)),
        "dropped": marked.where(standing.c.drop.is_not(None)),
        "parents": parents,
    }
    return {
        what: Counter(root.brood for root in roots(connection, connection.execute(query).scalars()))
        for what, query in queries.items()
    }


def _seen(connection: sa.Connection, bed: int | None) -> Iterable[tuple[int, str, int]]:
    """Give the broods with their models, and how many offspring of each a person saw."""
    shared = broods.alias("shared")
    first = sa.func.coalesce(shared.c.shown_first, broods.c.shown_first)
    query = (
        sa.select(broods.c.id, broods.c.model, sa.func.count(), sa.func.max(first))
        .join(texts, texts.c.brood_id == broods.c.id)
        .outerjoin(shared, shared.c.id == broods.c.part_of)
        .outerjoin(standing, standing.c.text_id == texts.c.id)
        .where(
            broods.c.kind.in_(MODEL_OPERATIONS),
            broods.c.usage.is_not(None),
            broods.c.model.is_not(None),
            sa.not_(sa.exists().where(run_steps.c.brood_id == broods.c.id)),
            texts.c.aside.is_(False),
            standing.c.away.is_(None),
        )
        .group_by(broods.c.id, broods.c.model)
    )
    if bed is not None:
        query = query.where(broods.c.bed_id == bed)
    for number, model, many, shown in connection.execute(query).all():
        places = legible_places(shown)
        yield number, model, _shown(connection, number, places) if places else many


def _shown(connection: sa.Connection, brood: int, places: Iterable[int]) -> int:
    """Count the offspring of a brood that stand in these places, or that were marked."""
    marked = sa.or_(standing.c.keep.is_not(None), standing.c.drop.is_not(None))
    query = (
        sa.select(sa.func.count())
        .select_from(texts)
        .outerjoin(standing, standing.c.text_id == texts.c.id)
        .where(
            texts.c.brood_id == brood,
            texts.c.aside.is_(False),
            standing.c.away.is_(None),
            sa.or_(texts.c.place.in_(list(places)), marked),
        )
    )
    return int(connection.execute(query).scalar_one())
