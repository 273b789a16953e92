"""Fresh blood: other parents in place of those whose words the last broods repeat.

A loop in which the best offspring become parents climbs by saying the same again: what was taken
from the parents grows with each round. So parents that come back in the offspring are named, and
for each one another text of the library is suggested that is far from the parents that stay. It is
a suggestion: nothing is exchanged until a person says so, and pinned parents stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from flourishing.app import collections
from flourishing.core.text import Text
from flourishing.core.words import echo
from flourishing.errors import InputError
from flourishing.garden import AsyncGarden, Bed, Garden, Stored
from flourishing.garden.meaning import embed_missing, embedder
from flourishing.kinds import kind_of
from flourishing.models import BaseModel, open_model
from flourishing.selection import diverse

MOST_PARENTS: Final = 12
"""Beyond this number of parents a notice says what they cost; more are allowed."""
BROODS: Final = 2
"""So many broods of a bed, the last ones, are looked at."""
ECHOED: Final = 0.05
"""A parent is echoed if so many of the words of the last broods stand in runs taken from it.

Of the shipped texts, none gives more than .015 of the words of the others of its collection.
"""
_CANDIDATES: Final = 40
"""The most texts of the library that are considered; they have to be embedded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A parent and another text that could take its place.

    Attributes:
        out: The parent.
        into: The text of the library.
        share: The share of the words of the last broods that stand in runs taken from the parent.
        reason: Why, in words.
    """

    out: Stored
    into: Stored
    share: float
    reason: str

    def as_dict(self) -> dict[str, object]:
        """Give it as plain data for JSON."""
        return {
            "out": self.out.as_dict(),
            "in": self.into.as_dict(),
            "share": round(self.share, 4),
            "reason": self.reason,
        }


def too_many(bed: Bed) -> str:
    """Say in words that a bed has more parents than do it good; "" where it has not.

    Args:
        bed: The bed.
    """
    if len(bed.parents) <= MOST_PARENTS:
        return ""
    return (
        f"There are {len(bed.parents)} parents. Beyond {MOST_PARENTS}, the prompt takes longer to "
        "read, the first ones count for little, and the offspring repeat the parents more."
    )


async def suggest(
    garden: AsyncGarden, bed: Bed, *, model: str | BaseModel | None = None
) -> list[Exchange]:
    """Suggest other parents in place of those whose words the last broods repeat.

    At most half of the parents are exchanged at a time, those that come back most. The texts that
    come in are of the library of the bed's kind, and far from the parents that stay and from each
    other, by their embeddings. Up to 40 texts of it are embedded the first time.

    Args:
        garden: The garden in which the bed is.
        bed: The bed.
        model: The model that embeds, by name or itself; by default the one that is configured.

    Returns:
        The exchanges, the parent that comes back most first; none where no parent is echoed.

    Raises:
        InputError: There is nothing in the library to exchange them for.
        EngineError: The model gives no embeddings.
    """
    echoed = await garden.read(_echoed, bed)
    if not echoed:
        return []
    opened = open_model(model)
    name, _ = embedder(opened)
    fresh = await garden.write(_candidates, bed)
    if not fresh:
        raise InputError(
            "The library has no other text of this kind.",
            hint="Put some of your own into it: flourishing library add",
        )
    gone = {parent.id for parent, _ in echoed}
    stay = [id for id in bed.parents if id not in gone]
    await embed_missing(garden, opened, ids=[*stay, *(text.id for text in fresh)])
    there, rows = await garden.read(
        lambda its: its.embeddings.of(name, [text.id for text in fresh])
    )
    _, beside = await garden.read(lambda its: its.embeddings.of(name, stay))
    by_id = {text.id: text for text in fresh}
    chosen = diverse(rows, len(echoed), beside=beside if len(beside) else None)
    return [
        Exchange(
            out=parent,
            into=by_id[there[row]],
            share=share,
            reason=f"{share:.0%} of the words of the last {BROODS} broods stand in runs taken from "
            "it; the other is far from the parents that stay.",
        )
        for (parent, share), row in zip(echoed, chosen, strict=False)
    ]


def exchange(garden: Garden, bed: Bed, exchanges: Mapping[int, int]) -> Bed:
    """Exchange parents as one act, which can be undone; what comes in stands first.

    In a prompt the first ones count least, so that what a person chose goes on to count most.

    Args:
        garden: The garden in which the bed is.
        bed: The bed.
        exchanges: For the number of each parent that goes, that of the text that comes.

    Raises:
        InputError: What is to go is no parent or is pinned, or what is to come is one already,
            comes twice, or is not there.
    """
    parents = garden.beds.get(bed.id).parents
    come = tuple(exchanges.values())
    gone = [id for id in exchanges if id not in parents]
    there = [id for id in come if id in parents or come.count(id) > 1]
    if gone or there:
        raise InputError(
            f"The text {gone[0]} is no parent of {bed.name!r}."
            if gone
            else f"The text {there[0]} cannot come in: it would be a parent twice.",
            hint="The parents have changed since these were suggested; ask for others again.",
        )
    garden.texts(come)
    pinned = [text.id for text in garden.texts(list(exchanges)) if "pin" in text.marks]
    if pinned:
        raise InputError(
            f"The parent {pinned[0]} is pinned.", hint="Take the pin off, or leave it as it is."
        )
    after = (*come, *(id for id in parents if id not in exchanges))
    return garden.beds.set(bed, lists={"parents": (parents, after)})


def _echoed(garden: Garden, bed: Bed) -> list[tuple[Stored, float]]:
    """Give the parents, but for pinned ones, that the last broods repeat, the most first.

    Only what was bred from a parent can repeat it: one that was picked from the last brood stands
    among its siblings, and is no echo of itself.
    """
    broods = [
        ({parent.content for parent in brood.parents}, [text.content for text in brood])
        for brood in garden.broods(bed, limit=BROODS)
    ]
    shares = []
    for parent in garden.texts(bed.parents):
        bred = [text for parents, texts in broods if parent.content in parents for text in texts]
        if bred and "pin" not in parent.marks:
            echoes = sum(echo(text, [parent.content]) for text in bred)
            shares.append((parent, echoes / len(bred)))
    found = sorted((each for each in shares if each[1] >= ECHOED), key=lambda each: -each[1])
    return found[: max(1, len(bed.parents) // 2)]


def _candidates(garden: Garden, bed: Bed) -> list[Stored]:
    """Give texts of the library of a bed's kind that are not among its parents, by lot."""
    its = kind_of(bed.pattern, bed.kind)
    there = {text.content for text in garden.texts(bed.parents)}
    texts: list[Text] = [
        text for text in collections.texts_of(its, garden) if text.content not in there
    ]
    return garden.add(*Random(bed.id).sample(texts, min(_CANDIDATES, len(texts))), keep=False)
