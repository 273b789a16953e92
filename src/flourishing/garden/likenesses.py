"""Which two of three texts of a run a person found alike: what a measure can be learned from."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from flourishing.errors import InputError
from flourishing.garden.database import Database, now
from flourishing.garden.rows import Stored
from flourishing.garden.schema import likenesses, run_texts
from flourishing.garden.text_reader import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """An answer: two texts are alike, beside a third.

    Attributes:
        one: One of the two that are alike.
        two: The other.
        odd: The one that is not.
    """

    one: Stored
    two: Stored
    odd: Stored


class Likenesses:
    """The answers of a garden.

    Args:
        database: The database of the garden.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run: int, one: int, two: int, odd: int) -> None:
        """Keep an answer; a later one to the same question stands in its place.

        Args:
            run: The number of the run whose texts they are.
            one: The number of a text.
            two: The number of one that is like it.
            odd: The number of one that is not.

        Raises:
            InputError: They are no three texts of the run.
            StorageError: The garden cannot be written.
        """
        ids = {one, two, odd}
        with self._database.writing() as connection:
            query = sa.select(run_texts.c.text_id).where(
                run_texts.c.run_id == run, run_texts.c.text_id.in_(ids)
            )
            if len(ids) != 3 or set(connection.execute(query).scalars()) != ids:
                raise InputError(
                    "An answer is of three different texts of one run.",
                    hint="Ask for another three.",
                )
            same = [likenesses.c[name].in_(ids) for name in ("one_id", "two_id", "odd_id")]
            connection.execute(likenesses.delete().where(likenesses.c.run_id == run, *same))
            row = {"at": now(), "run_id": run, "one_id": one, "two_id": two, "odd_id": odd}
            connection.execute(likenesses.insert().values(row))

    def of_run(self, run: int) -> list[Likeness]:
        """Give the answers of a run, in their order.

        Args:
            run: The number of the run.
        """
        query = sa.select(likenesses).where(likenesses.c.run_id == run).order_by(likenesses.c.id)
        with self._database.reading() as connection:
            rows = list(connection.execute(query))
            ids = dict.fromkeys(id for row in rows for id in (row.one_id, row.two_id, row.odd_id))
            texts = {text.id: text for text in read(connection, list(ids))}
        return [
            Likeness(one=texts[row.one_id], two=texts[row.two_id], odd=texts[row.odd_id])
            for row in rows
        ]
