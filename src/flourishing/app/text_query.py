"""Which texts of a garden are meant: one question for lists, searches, exports and chapbooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flourishing.app import collections
from flourishing.app.bed_operations import find_bed
from flourishing.errors import InputError
from flourishing.garden import Bed, Garden, Mark, Stored

_ALL: Final = 1_000_000
"""The most texts that are meant where no limit is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextQuery:
    """Which texts are meant: some by their numbers, those of a collection, or those found.

    Texts are found by their words, mark, tag and bed, and must match all of these that are given;
    where none is given, they are all texts that are not put away.

    Attributes:
        ids: The numbers of the texts, in the order wanted; None to find them otherwise.
        collection: The name of a collection, whose texts, or the best of each chain, are meant;
            None for no collection.
        words: Words that must all stand in a text; "" for any text.
        mark: The mark that a text must have; None for any text that is not put away.
        tag: The tag that a text must have; None for any.
        bed: The name or the number of the bed in which a text was bred, edited or marked; None for
            any.

    Raises:
        InputError: More than one of `ids`, `collection` and the others is given.
    """

    ids: tuple[int, ...] | None = None
    collection: str | None = None
    words: str = ""
    mark: Mark | None = None
    tag: str | None = None
    bed: str | int | None = None

    def __post_init__(self) -> None:
        found = bool(self.words.strip() or self.mark or self.tag is not None or self.bed)
        if (self.ids is not None) + (self.collection is not None) + found > 1:
            raise InputError(
                "The texts are named in more than one way.",
                hint="Name them by their numbers, by a collection, or by words, a mark, a tag and "
                "a bed.",
            )


def find_texts(
    garden: Garden,
    query: TextQuery,
    *,
    before: int | None = None,
    limit: int = _ALL,
    oldest_first: bool = False,
) -> list[Stored]:
    """Give the texts that are meant.

    Args:
        garden: Where they are.
        query: Which texts are meant.
        before: The number of the last text of the page before this one; None for the first page.
            Only for texts that are found.
        limit: The most texts that are given, by default a million. Only for texts that are found.
        oldest_first: Whether texts that are found are given in the order of a book, the oldest or
            the first marked first. By default the newest or the last marked comes first.

    Returns:
        The texts: in the order of their numbers as given, in that of their collection, or as they
        are found.

    Raises:
        InputError: A number, the collection or the bed is not there, or there is no word to look
            for.
    """
    if query.ids is not None:
        return garden.texts(query.ids)
    if query.collection is not None:
        return _of_collection(garden, query.collection)
    bed = None if query.bed is None else _bed(garden, query.bed)
    if query.words.strip():
        found = garden.search.words(
            query.words, mark=query.mark, tag=query.tag, bed=bed, before=before, limit=limit
        )
    else:
        found = garden.search.page(query.mark, tag=query.tag, bed=bed, before=before, limit=limit)
    return found[::-1] if oldest_first else found


def _of_collection(garden: Garden, name: str) -> list[Stored]:
    shelf = collections.collection(name, garden)
    texts = shelf.texts or tuple(chain.best for chain in shelf.chains)
    if garden.read_only:  # what only ships cannot be given a number
        return [each for each in texts if isinstance(each, Stored)]
    return garden.add(*texts, keep=False)


def _bed(garden: Garden, bed: str | int) -> Bed:
    if isinstance(bed, int):
        return garden.beds.get(bed)
    found = find_bed(garden, bed)
    if found is None:
        raise InputError(f"There is no bed {bed!r}.", hint="See: flourishing garden beds")
    return found
