"""What can be read of a garden; nothing here changes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import sqlalchemy as sa

from flourishing.core.operation import MODEL_OPERATIONS
from flourishing.errors import InputError, StorageError
from flourishing.garden import journal
from flourishing.garden.beds import Bed, Beds, as_bed
from flourishing.garden.collections import Shelves
from flourishing.garden.costs import Costs
from flourishing.garden.database import Database
from flourishing.garden.embeddings import Embeddings
from flourishing.garden.exporter import Export, Preference, preferences
from flourishing.garden.journal import Act
from flourishing.garden.kept import KeptFrom, kept_by_model
from flourishing.garden.likenesses import Likenesses
from flourishing.garden.lineage import Lineage, newest_edits
from flourishing.garden.pictures import Pictures
from flourishing.garden.rows import Stored, StoredBrood
from flourishing.garden.runs import Runs
from flourishing.garden.schema import acts, broods, standing, texts
from flourishing.garden.search import Search
from flourishing.garden.taste import Opinion, read_opinion
from flourishing.garden.text_reader import read, read_brood, read_broods, rows_in
from flourishing.garden.verification import Problem, verify
from flourishing.kinds import kind_of

SEARCH_HINT: Final = (
    "The library finds texts with their numbers; so does: flourishing garden search"
)
_BRED: Final = broods.c.kind.in_(MODEL_OPERATIONS)
_BROODS: Final = (
    # What came from elsewhere may be bred, too, but not all may be known of how.
    broods.c.pattern.is_not(None),
    broods.c.sampling.is_not(None),
    broods.c.prompt.is_not(None),
)
_PARTS: Final = broods.alias("parts")
_WHOLE: Final = sa.or_(
    sa.and_(*_BROODS, broods.c.part_of.is_(None)),
    sa.exists().where(_PARTS.c.part_of == broods.c.id),
)
"""Broods as a person asked for them: of several models, not what each of these gave."""


class GardenReader:
    """Texts, broods and beds, to read.

    Args:
        place: The path of an SQLite file, made if it is not there, or a `postgresql://` URL.

    Raises:
        GardenError: It is no garden, is damaged, belongs to a newer version or cannot be reached.
        StorageError: There is no room or no permission to make it.
    """

    def __init__(self, place: str | Path) -> None:
        self._database = Database(place)
        self.name = self._database.name
        self.read_only = self._database.read_only
        self.beds = Beds(self._database)
        self.shelves = Shelves(self._database)
        self.embeddings = Embeddings(self._database)
        self.search = Search(self._database, self.embeddings)
        self.lineage = Lineage(self._database)
        self.costs = Costs(self._database)
        self.runs = Runs(self._database)
        self.likenesses = Likenesses(self._database)
        self.pictures = Pictures(self._database)

    def text(self, id: int) -> Stored:
        """Give a text by its number.

        Args:
            id: The number of the text.

        Raises:
            InputError: There is none.
        """
        return self.texts([id])[0]

    def texts(self, ids: Sequence[int]) -> list[Stored]:
        """Give texts by their numbers, in this order.

        Args:
            ids: The numbers of the texts; one may be named more than once.

        Raises:
            InputError: One is not there.
        """
        with self._database.reading() as connection:
            found = read(connection, ids)
        if len(found) < len(ids):
            gone = next(id for id in ids if id not in {text.id for text in found})
            raise InputError(
                f"There is no text {gone} in {self.name}.",
                hint=SEARCH_HINT,
            )
        return found

    def present(self, ids: Iterable[int]) -> set[int]:
        """Give those numbers that texts have here.

        Args:
            ids: The numbers to look for.
        """
        with self._database.reading() as connection:
            query = sa.select(texts.c.id)
            return {row.id for row in rows_in(connection, query, texts.c.id, list(ids))}

    def newest(self) -> int:
        """Give the highest number of a text, 0 where there is none; later ones have higher ones."""
        with self._database.reading() as connection:
            return newest_text(connection)

    def edits(self, ids: Iterable[int]) -> dict[int, Stored]:
        """Give the newest kept edit of each of these texts that has one.

        Args:
            ids: The numbers of the texts.
        """
        with self._database.reading() as connection:
            newest = newest_edits(connection, list(ids))
            found = {each.id: each for each in read(connection, list(newest.values()))}
            return {id: found[edit] for id, edit in newest.items()}

    def brood(self, id: int) -> StoredBrood:
        """Give a brood by its number, with its parents, exact prompt and offspring.

        Args:
            id: The number of the brood.

        Raises:
            InputError: There is none, or it is an edit or an import.
        """
        with self._database.reading() as connection:
            return read_brood(connection, id)

    def broods(
        self, bed: Bed | None = None, *, before: int | None = None, limit: int = 10
    ) -> list[StoredBrood]:
        """Give the broods of a bed, or of the whole garden, the newest first.

        Args:
            bed: The bed; None for all.
            before: The number of the last brood of the page before.
            limit: How many.

        Returns:
            The broods; one that is damaged is left out, and its texts say so where they stand.
        """
        with self._database.reading() as connection:
            ids = _newest_broods(connection, bed, before=before, limit=limit)
            return read_broods(connection, ids)

    def brood_sizes(self, bed: Bed, *, limit: int = 10) -> dict[int, int]:
        """Count the offspring of the broods of a bed, by the broods' numbers, the newest first.

        Args:
            bed: The bed.
            limit: How many broods.
        """
        of = sa.func.coalesce(broods.c.part_of, broods.c.id)
        query = (
            sa.select(of, sa.func.count())
            .join(texts, texts.c.brood_id == broods.c.id)
            .where(sa.not_(texts.c.aside))
            .group_by(of)
        )
        with self._database.reading() as connection:
            ids = _newest_broods(connection, bed, before=None, limit=limit)
            its = query.where(sa.or_(broods.c.id.in_(ids), broods.c.part_of.in_(ids)))
            sizes: dict[int, int] = dict(connection.execute(its).all())
            return {id: sizes.get(id, 0) for id in ids}

    def acts(self, bed: Bed | None = None, *, limit: int = 50) -> list[Act]:
        """Give what was done last, undone acts too, the newest first.

        Args:
            bed: Only acts in this bed; None for all of the garden.
            limit: The largest number of acts, by default 50.
        """
        query = sa.select(acts).order_by(acts.c.id.desc()).limit(limit)
        if bed is not None:
            query = query.where(acts.c.bed_id == as_bed(bed).id)
        with self._database.reading() as connection:
            return [journal.as_act(row) for row in connection.execute(query)]

    def counts(self) -> dict[str, int]:
        """Count the texts, the broods, and the texts of each mark."""
        counted: dict[str, sa.Select[int]] = {
            "texts": sa.select(sa.func.count()).select_from(texts),
            "broods": sa.select(sa.func.count())
            .select_from(broods)
            .where(_BRED, broods.c.part_of.is_(None)),
            "kept": _count(standing.c.keep),
            "pinned": _count(standing.c.pin),
            "dropped": _count(standing.c.drop),
            "away": _count(standing.c.away),
        }
        with self._database.reading() as connection:
            return {name: connection.execute(each).scalar_one() for name, each in counted.items()}

    def kept_by_model(self, bed: Bed | None = None) -> list[KeptFrom]:
        """Say which models a person really keeps from, the largest share of kept offspring first.

        Args:
            bed: The bed in which the offspring were bred; None for the whole garden.

        Returns:
            For each model how many of its offspring were seen, kept, dropped and bred from, with
            the share of the kept ones and its interval of 95 %.
        """
        with self._database.reading() as connection:
            return kept_by_model(connection, None if bed is None else as_bed(bed).id)

    def preferences(self, *, passed: bool = False) -> list[Preference]:
        """Give what was chosen over what, with the prompts, as data to learn from.

        Args:
            passed: Also pairs with a text that was neither kept nor dropped.
        """
        with self._database.reading() as connection:
            return list(preferences(connection, passed=passed))

    def export(self, ids: Sequence[int] | None = None) -> Export:
        """Give records of all that is here, or of some texts, for another garden or a backup.

        Args:
            ids: The numbers of texts, which bring their lineage, their broods and chains, their
                marks, and their places in collections; None for everything, beds too.

        Raises:
            InputError: One is not there.
        """
        if ids is not None:
            self.texts(ids)
        return Export(self._database, ids)

    def verify(self) -> list[Problem]:
        """Derive every digest anew and follow every link; nothing is changed.

        Returns:
            What is wrong; nothing for a sound garden.
        """
        return verify(self._database)

    def require_writable(self) -> None:
        """Refuse to begin what could not be kept.

        Raises:
            StorageError: The garden can only be read where it is.
        """
        if self.read_only:
            raise StorageError(
                f"{self.name} can only be read here, so that nothing bred could be kept.",
                hint="Name another garden, or copy this one to a disk that can be written.",
            )

    def opinion(self, bed: Bed | None = None, *, kind: str | None = None) -> Opinion:
        """Give what a person said of the texts: what taste is learned from.

        What was put away says nothing. Texts that say the same count once. Of parents, only those
        count that came of a brood and were chosen from it.

        Args:
            bed: Only texts that were bred, edited or marked in this bed; None for all.
            kind: Only texts that were bred, edited or marked in beds of this kind of text, by its
                name, those that were put away too; None for all.
        """
        beds = None if bed is None else [as_bed(bed)]
        if kind is not None:
            every = beds or [*self.beds.all(), *self.beds.all(away=True)]
            beds = [each for each in every if kind_of(each.pattern, each.kind).name == kind]
        with self._database.reading() as connection:
            return read_opinion(connection, beds)

    def close(self) -> None:
        """Close the file, or the connections to the server."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def newest_text(connection: sa.Connection) -> int:
    """Give the highest number of a text; 0 where there is none.

    Args:
        connection: The garden's.
    """
    return connection.execute(sa.select(sa.func.max(texts.c.id))).scalar() or 0


def _newest_broods(
    connection: sa.Connection, bed: Bed | None, *, before: int | None, limit: int
) -> list[int]:
    query = sa.select(broods.c.id).where(_BRED, _WHOLE)
    if bed is not None:
        query = query.where(broods.c.bed_id == as_bed(bed).id)
    if before is not None:
        query = query.where(broods.c.id < before)
    return list(connection.execute(query.order_by(broods.c.id.desc()).limit(limit)).scalars())


def _count(column: sa.ColumnElement[int]) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(standing).where(column.is_not(None))
