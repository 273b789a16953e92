"""Intervals of shares: of plain ones, and of the pairs that a score puts into the right order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, sqrt
from typing import Final

Z: Final = 1.959964
"""Standard deviations on either side, for an interval of 95 %."""
_STEPS: Final = 60
"""Halvings of an interval, after which it is narrower than a float can show."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its interval of 95 %.

    Attributes:
        value: The share, from 0 to 1.
        low: The lower end of the interval.
        high: The upper end of the interval.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Say it in percent."""
        return f"{self.value:.0%} (95 % interval {self.low:.0%} to {self.high:.0%})"

    def as_dict(self) -> dict[str, float]:
        """Give it as plain data for JSON."""
        return {"value": self.value, "low": self.low, "high": self.high}


def of_share(part: int, whole: int) -> Estimate:
    """Give the share of some among all, with the interval of Wilson (1927).

    Args:
        part: How many there are.
        whole: Among how many, at least 1.
    """
    share = part / whole
    spread = Z * sqrt(share * (1 - share) / whole + Z * Z / (4 * whole * whole))
    middle, scale = share + Z * Z / (2 * whole), 1 + Z * Z / whole
    return Estimate(share, max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))


def of_pairs(share: float, good: int, bad: int) -> Estimate:
    """Give the interval of the share of pairs that a score puts into the right order.

    The pairs share their texts, so it is wider than if each pair were of its own: method 5 of
    Newcombe (2006, doi:10.1002/sim.2324), which holds for few texts and at the ends of the scale.

    Args:
        share: The share of pairs in the right order, from 0 to 1, of all pairs.
        good: How many texts should stand above, at least 1.
        bad: How many texts should stand below, at least 1.
    """

    def too_far(other: float) -> bool:
        return abs(other - share) > Z * _spread(other, good, bad)

    return Estimate(share, _limit(share, 0.0, too_far), _limit(share, 1.0, too_far))


def above_chance(share: float, good: int, bad: int) -> float:
    """Give how sure it is that a score orders pairs better than by chance.

    Args:
        share: The share of pairs in the right order, from 0 to 1, of all pairs.
        good: How many texts should stand above, at least 1.
        bad: How many texts should stand below, at least 1.

    Returns:
        From 0 to 1: how often a score by chance has a lower share, by the spread of `of_pairs`.
    """
    return (1 + erf((share - 0.5) / _spread(0.5, good, bad) / sqrt(2))) / 2


def _spread(share: float, good: int, bad: int) -> float:
    """Give the standard deviation of the share of pairs where the true one is this."""
    others = (good + bad) / 2 - 1
    dependence = others * ((1 - share) / (2 - share) + share / (1 + share))
    return sqrt(share * (1 - share) * (1 + dependence) / (good * bad))


def _limit(inside: float, outside: float, too_far: Callable[[float], bool]) -> float:
    """Find where an interval ends, between a value inside and the end of the scale."""
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        if too_far(middle):
            outside = middle
        else:
            inside = middle
    return (inside + outside) / 2
