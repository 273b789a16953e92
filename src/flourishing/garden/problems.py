"""What is found wrong with a garden, and reading all of a table to find it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from flourishing.errors import FlourishingError
from flourishing.garden.planting import MANY

UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
    ArithmeticError,
    FlourishingError,
)
"""What reading raises where something else was written than we write."""


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


def batches(
    connection: sa.Connection, query: sa.Select[Any], key: sa.ColumnElement[int]
) -> Iterator[list[sa.Row[Any, Any]]]:
    """Give the rows of a query in the order of their keys, some at a time."""
    last = 0
    while rows := connection.execute(query.where(key > last).order_by(key).limit(MANY)).all():
        yield list(rows)
        last = rows[-1].id
