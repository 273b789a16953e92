"""The values that a garden gives, and how they are written in its columns and read back."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from math import inf
from typing import Any, Final, Literal, TypeAlias, overload

import sqlalchemy as sa

from flourishing import stored_form
from flourishing.breeding.brood import Brood, Offspring
from flourishing.core.flaws import Flaw, FlawKind
from flourishing.core.operation import WORSENINGS, Operation
from flourishing.core.sampling import Sampling
from flourishing.core.text import DIGEST_PREFIX, Source, Span, Text
from flourishing.errors import FlourishingError
from flourishing.models import Usage
from flourishing.patterns import Pattern

Mark: TypeAlias = Literal["keep", "drop", "pin", "away"]
"""What a person says of a text: keep it, not this one, hold it in view, put it away."""
LONGEST_TITLE: Final = 200
_NOT_OF_A_LINE: Final = frozenset({"Cc", "Zl", "Zp"})


def as_title(words: str) -> str:
    """Give words as a title can be: one line without control characters, at most 200 characters.

    Args:
        words: The words.
    """
    line = "".join(sign for sign in words if unicodedata.category(sign) not in _NOT_OF_A_LINE)
    return line.strip()[:LONGEST_TITLE].strip()


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
        title: What a person called it; "" for nothing. It is no part of the text.
        brought_in: Whether an import brought it, so that people elsewhere wrote what no model did.
        damage: What of it cannot be read, in words; "" for a sound text. Of a damaged text,
            `content` is what can be read of it, and `origin` does not say where it came from.
    """

    id: int = 0
    brood: int | None = None
    marks: frozenset[Mark] = frozenset()
    tags: tuple[str, ...] = ()
    title: str = ""
    brought_in: bool = False
    damage: str = ""
    _operation: Operation | None = None

    @property
    def operation(self) -> Operation:
        """How it came to be, as its brood says; else as its origin does."""
        return self._operation or self.origin.operation

    @property
    def from_elsewhere(self) -> bool:
        """Whether what a person wrote in it is a person's elsewhere, and not one's here."""
        return self.brought_in or self.origin.source is not None

    def as_dict(self) -> dict[str, object]:
        """Give the text as plain data for JSON."""
        return {
            "id": self.id,
            **Offspring.as_dict(self),
            "brood": self.brood,
            "marks": sorted(self.marks),
            "tags": list(self.tags),
            **({"title": self.title} if self.title else {}),
            **({"brought_in": True} if self.brought_in else {}),
            **({"damage": self.damage} if self.damage else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBrood(Brood):
    """A brood that stands in a garden; its offspring are `Stored`.

    Attributes:
        id: Its number in this garden.
        at: When it was saved, in UTC.
        bed: The number of the bed in which it was bred, or None.
        first: Which offspring are shown first, by their indexes, in the order in which they are
            shown; empty where all are shown, in their places.
        part_of: The number of the brood that several models shared, where this is what one of them
            gave; None for a brood by itself.
    """

    offspring: tuple[Stored, ...]
    set_aside: tuple[Stored, ...] = field(repr=False)
    id: int
    at: datetime
    bed: int | None
    first: tuple[int, ...] = ()
    part_of: int | None = None

    @property
    def order(self) -> tuple[int, ...]:
        """The indexes of all offspring in the order in which they are shown, the rest last."""
        return (*self.first, *(at for at in range(len(self)) if at not in self.first))

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
        first = {"first": list(self.first)} if self.first else {}
        return {**plain, **first, **Brood.as_dict(self)}


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
        runs: How many runs are new here.
        notes: What a person should know, in words.
        problems: What could not be taken in, each with its place and reason.
    """

    ids: list[int] = field(default_factory=list)
    texts: int = 0
    broods: int = 0
    collections: int = 0
    beds: int = 0
    marks: int = 0
    runs: int = 0
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


PRICES: Final = "prices"
"""Under this key the prices that held stand beside a brood's usage."""
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


# Writing.


def row_of(text: Text, brood: int | None) -> dict[str, Any]:
    """Write a text, as one of a brood, or of none.

    Args:
        text: The text.
        brood: The number of its brood, or None.
    """
    origin = text.origin
    return {
        "at": origin.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "identity": to_bytes(text.identity),
        "digest": to_bytes(text.digest),
        "content": text.content,
        "author": origin.author,
        "brood_id": brood,
        "seed": origin.seed,
        "raw": origin.raw,
        "finish": origin.finish,
        "source": source_as_json(origin.source),
        "spans": as_json([[span.author, span.length] for span in origin.spans])
        if origin.spans
        else None,
        "flaws": _flaws(text),
        "mean_logprob": text.mean_logprob if isinstance(text, Offspring) else None,
    }


def origin_columns(
    prompt: str | None,
    pattern: Pattern | None,
    start: str,
    model: str | None,
    sampling: Sampling | None,
) -> dict[str, Any]:
    """Write what all texts of a brood have in common of how they came.

    Args:
        prompt: The exact prompt, or None.
        pattern: The pattern of the prompt, or None.
        start: The words with which each offspring begins.
        model: The name of the model, or None.
        sampling: How tokens were drawn, or None.
    """
    return {
        "prompt": prompt,
        "pattern": as_json(pattern.as_dict()) if pattern else None,
        "start": start,
        "model": model,
        "sampling": as_json(sampling.as_dict()) if sampling else None,
    }


def source_as_json(source: Source | None) -> str | None:
    """Write where something was found.

    Args:
        source: The source, or None.
    """
    return as_json(source.as_dict()) if source else None


def _flaws(text: Text) -> str | None:
    flaws = text.flaws if isinstance(text, Offspring) else ()
    return as_json([flaw.as_dict() for flaw in flaws]) if flaws else None


def is_path(name: str) -> bool:
    """Say whether the name of a pattern, a kind or a measure is that of a file.

    Args:
        name: The name.
    """
    return "/" in name or "\\" in name or name.endswith(".toml")


def free_names(name: str, longest: int) -> Iterable[str]:
    """Give a name, and then those that it takes where there is one already.

    Args:
        name: The name.
        longest: How many characters it may have.
    """
    yield name
    for number in range(2, 1_000_000):
        more = f" ({number})"
        yield name[: longest - len(more)] + more


def as_json(value: object) -> str:
    """Write plain data, always in the same way.

    Args:
        value: The plain data.
    """
    return stored_form.encode(value)


def new_key(result: sa.CursorResult[Any]) -> int:
    """Give the number of the row that was just inserted.

    Args:
        result: The result of the insertion of one row.
    """
    key = result.inserted_primary_key
    return int(key[0]) if key else 0


def to_bytes(digest: str) -> bytes:
    """Write a digest as its 32 bytes.

    Args:
        digest: The digest, as "b2:" and 64 hexadecimal digits.
    """
    return bytes.fromhex(digest.removeprefix(DIGEST_PREFIX))


def from_bytes(digest: bytes) -> str:
    """Read a digest back.

    Args:
        digest: The 32 bytes of the digest.
    """
    return DIGEST_PREFIX + bytes(digest).hex()


# Reading back.


def as_operation(word: str, pattern: str | None) -> Operation:
    """Read how the texts of a brood came to be.

    Args:
        word: What the brood says.
        pattern: Its pattern as JSON. Of broods that were made worse at a Python prompt, earlier
            versions said that they were refined.
    """
    operation = Operation(word)
    if operation is Operation.REFINE and pattern and as_pattern(pattern).name == WORSENINGS:
        return Operation.WORSEN
    return operation


@lru_cache(maxsize=256)  # a garden has few, and as many texts as one likes were bred by each
def as_pattern(stored: str) -> Pattern:
    """Read a pattern from its JSON.

    Args:
        stored: The stored form as JSON.
    """
    table = stored_form.read_fields(Pattern, json.loads(stored))
    return Pattern(**table | {"stop": tuple(table.get("stop", ()))})


@lru_cache(maxsize=256)
def as_sampling(stored: str) -> Sampling:
    """Read how tokens were drawn from its JSON.

    Args:
        stored: The stored form as JSON.
    """
    return Sampling(**stored_form.read_fields(Sampling, json.loads(stored)))


def as_usage(stored: str | None) -> Usage:
    """Read what a brood cost in tokens and time from its JSON.

    Args:
        stored: The stored form as JSON; None for nothing.
    """
    table = json.loads(stored or "{}")
    counted = {name: value for name, value in table.items() if name != PRICES}
    return Usage(**stored_form.read_fields(Usage, counted))


def as_spans(stored: str | None) -> tuple[Span, ...]:
    """Read who wrote which stretch from its JSON.

    Args:
        stored: The stored form as JSON; None for nothing.
    """
    return tuple(Span(author, length) for author, length in json.loads(stored)) if stored else ()


def as_source(stored: str | None) -> Source | None:
    """Read a source from its JSON.

    Args:
        stored: The stored form as JSON; None for nothing.
    """
    if not stored:
        return None
    table = json.loads(stored)
    if any(not isinstance(of, str) for name, of in table.items() if name != "year"):
        raise TypeError("a source is made of words and a year")
    return Source(**stored_form.read_fields(Source, table))


def legible_source(stored: str | None) -> Source | None:
    """Read the source of a chain; a damaged one, which verifying names, must not hide the chain.

    Args:
        stored: The stored form as JSON; None for nothing.
    """
    try:
        return as_source(stored)
    except UNREADABLE:
        return None


def as_flaws(stored: str | None) -> tuple[Flaw, ...]:
    """Read flaws from their JSON.

    Args:
        stored: The stored form as JSON; None for nothing.
    """
    if not stored:
        return ()
    return tuple(
        Flaw(FlawKind[flaw["kind"].upper().replace(" ", "_")], flaw["reason"], flaw["similarity"])
        for flaw in json.loads(stored)
    )


def as_places(stored: str | None) -> tuple[int, ...]:
    """Read which places of a brood are shown first from their JSON.

    Args:
        stored: The stored form as JSON; None for no choice.
    """
    places = json.loads(stored or "[]")
    if not isinstance(places, list) or not all(isinstance(each, int) for each in places):
        raise TypeError("places are whole numbers")
    return tuple(dict.fromkeys(places))


def legible_places(stored: str | None) -> tuple[int, ...]:
    """Read which places are shown first; a damaged choice, which verifying names, is none.

    Args:
        stored: The stored form as JSON; None for no choice.
    """
    try:
        return as_places(stored)
    except UNREADABLE:
        return ()


def as_mean(stored: object) -> float | None:
    """Read a mean log-probability; None for what cannot be one.

    Args:
        stored: What the column has.
    """
    return float(stored) if isinstance(stored, int | float) and -inf < stored <= 0 else None


def is_sound(words: object) -> bool:
    """Say whether words came from the disk as they were written; None is sound, too.

    Args:
        words: What was read.
    """
    if words is None:
        return True
    try:
        return isinstance(words, str) and words.encode() is not None
    except UnicodeEncodeError:
        return False


def require_sound(*words: str | None) -> None:
    """Refuse words of which bytes are damaged, which cannot be written anywhere again.

    Args:
        *words: What was read; None is sound.
    """
    for each in words:
        if not is_sound(each):
            raise ValueError("some bytes are not UTF-8")
