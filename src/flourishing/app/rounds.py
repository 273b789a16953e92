"""Where the loop stands: of each round of a bed, how many were kept and how much it says again.

A loop in which the best offspring become parents gets better by repeating itself, and a person sees
only one round at a time. So each round says which share of its words stands in runs taken from its
parents, and how many of its offspring the breeding has marked as echoes or as monotonous.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from flourishing.core.flaws import FlawKind
from flourishing.core.operation import Operation
from flourishing.core.words import echo
from flourishing.errors import InputError
from flourishing.garden import Bed, Garden, StoredBrood
from flourishing.kinds import kind_of

MOST_ROUNDS: Final = 100
ECHOING: Final = 0.25
"""A round echoes its parents if so many of its words stand in runs of three taken from them.

In a new bed of six poems it is less than .05 in the first round, and over .5 after three rounds in
which the best two became parents.
"""
_ECHOES: Final = frozenset({FlawKind.COPY, FlawKind.NEAR_COPY, FlawKind.COLLAGE})
_MONOTONOUS: Final = frozenset({FlawKind.MONOTONOUS, FlawKind.REPETITION, FlawKind.LOOP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round of a bed.

    Attributes:
        brood: The number of its brood.
        at: When it was bred.
        offspring: How many offspring it has.
        kept: How many of them are kept, as they are or as an edit.
        echo: The share of its words that stand in runs of three taken from its parents, from 0
            to 1; 0 where texts of the kind are not compared by their words, as code.
        echoes: How many of its offspring are marked as copies or collages.
        monotonous: How many of them are marked as saying the same over and over.
    """

    brood: int
    at: datetime
    offspring: int
    kept: int
    echo: float
    echoes: int
    monotonous: int

    @property
    def reason(self) -> str:
        """What is wrong with it, in words; "" for nothing."""
        if self.echo >= ECHOING:
            return f"{self.echo:.0%} of its words stand in its parents already"
        if 2 * self.echoes >= self.offspring > 0:
            return f"{self.echoes} of {self.offspring} are copies of others"
        if 2 * self.monotonous >= self.offspring > 0:
            return f"{self.monotonous} of {self.offspring} say the same over and over"
        return ""


KnownRounds: TypeAlias = MutableMapping[tuple[int, int, bool], Round | None]
"""Rounds of a garden that were read before, without what was kept of them.

They have the number of the brood, how many offspring it had, and whether these were compared by
their words; None stands for a brood that is no round.
"""


def rounds(
    garden: Garden, bed: Bed, *, most: int = 30, known: KnownRounds | None = None
) -> list[Round]:
    """Give the last rounds of a bed, the oldest first; refining is none.

    Args:
        garden: The garden in which the bed is.
        bed: The bed.
        most: The most rounds, from 1 to 100; by default 30.
        known: The rounds that were read before, to which those that are read now are added; None
            reads all.

    Raises:
        InputError: `most` is out of range.
    """
    if not 1 <= most <= MOST_ROUNDS:
        raise InputError(
            f"There cannot be {most} rounds.", hint=f"Ask for 1 to {MOST_ROUNDS} of them."
        )
    known = {} if known is None else known
    language = kind_of(bed.pattern, bed.kind).compare == "words"
    sizes = garden.brood_sizes(bed, limit=most)
    unknown = [at for at, its in enumerate(sizes.items()) if (*its, language) not in known]
    for brood in garden.broods(bed, limit=unknown[-1] + 1) if unknown else ():
        known[brood.id, len(brood), language] = _round(brood, language=language)
    found = [known.get((*its, language)) for its in reversed(sizes.items())]
    kept = garden.costs.kept_by_brood(bed)
    return [replace(each, kept=kept.get(each.brood, 0)) for each in found if each is not None]


def _round(brood: StoredBrood, *, language: bool) -> Round | None:
    if brood.operation is not Operation.BREED:
        return None
    parents = [parent.content for parent in brood.parents]
    shares = [echo(text.content, parents) for text in brood] if language else []
    kinds = [{flaw.kind for flaw in text.flaws} for text in brood]
    return Round(
        brood=brood.id,
        at=brood.at,
        offspring=len(brood),
        kept=0,
        echo=sum(shares) / len(shares) if shares else 0.0,
        echoes=sum(bool(its & _ECHOES) for its in kinds),
        monotonous=sum(bool(its & _MONOTONOUS) for its in kinds),
    )
