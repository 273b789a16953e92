"""Texts and broods as they stand in a garden, numbered and marked, and what an import added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias, overload

from flourishing.breeding.brood import Brood, Offspring
from flourishing.core.operation import Operation

Mark: TypeAlias = Literal["keep", "drop", "pin", "away"]
"""What a person says of a text: keep it, not this one, hold it in view, put it away."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored(Offspring):
    """A text that stands in a garden.

    Its parents are given with their contents, authors and sources, but without parents of their
    own: ask the garden for its ancestors.

    Attributes:
        id: Its number in this garden.
        brood: The number of the brood that it is of; None for a text without parents.
        marks: The marks that a person gave it, and has not taken back.
        tags: Words that a person put on it.
        damage: What of it cannot be read, in words; "" for a sound text. Of a damaged text,
            `content` is what can be read of it, and `origin` does not say where it came from.
    """

    id: int = 0
    brood: int | None = None
    marks: frozenset[Mark] = frozenset()
    tags: tuple[str, ...] = ()
    damage: str = ""
    _operation: Operation | None = None

    @property
    def operation(self) -> Operation:
        """How it came to be, as its brood says; else as its origin tells."""
        return self._operation or self.origin.operation

    def as_dict(self) -> dict[str, object]:
        """Give the text as plain data for JSON."""
        return {
            "id": self.id,
            **Offspring.as_dict(self),
            "brood": self.brood,
            "marks": sorted(self.marks),
            "tags": list(self.tags),
            **({"damage": self.damage} if self.damage else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBrood(Brood):
    """A brood that stands in a garden; its offspring are `Stored`.

    Attributes:
        id: Its number in this garden.
        at: When it was saved, in UTC.
        bed: The number of the bed in which it was bred, or None.
    """

    offspring: tuple[Stored, ...]
    set_aside: tuple[Stored, ...] = field(repr=False)
    id: int
    at: datetime
    bed: int | None

    def __iter__(self) -> Iterator[Stored]:
        return iter(self.offspring)

    @overload
    def __getitem__(self, index: int) -> Stored: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Stored, ...]: ...

    def __getitem__(self, index: int | slice) -> Stored | tuple[Stored, ...]:
        return self.offspring[index]

    def as_dict(self) -> dict[str, object]:
        """Give the brood as plain data for JSON."""
        plain = {"id": self.id, "kind": self.operation, "at": self.at.isoformat(), "bed": self.bed}
        return {**plain, **Brood.as_dict(self)}


@dataclass(slots=True, kw_only=True)
class Imported:
    """What came of taking records in.

    Attributes:
        ids: The numbers of the texts that were asked for when the file was written, in its order.
        texts: How many texts are new here, those that others came from among them.
        broods: How many broods are new here.
        collections: How many collections were made or grew.
        beds: How many beds are new here.
        marks: How many marks and tags are new here.
        notes: What a person should know, in words.
        problems: What could not be taken in, each with its place and reason.
    """

    ids: list[int] = field(default_factory=list)
    texts: int = 0
    broods: int = 0
    collections: int = 0
    beds: int = 0
    marks: int = 0
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
