"""Axes learned from which two of three texts are alike.

Whoever says that two of three texts are alike says in what texts differ, without a word for it.
From such triples, Ding et al. (2024, Quality Diversity through Human Feedback) learn a projection
by gradient descent; here it has a closed form, so that the same triples give the same axes. On the
principal components of the texts, those directions are sought in which the odd one is far from the
other two and these are near each other: the largest ratio of the two scatters, as in the
discriminant analysis of Fisher (1936), with the scatter of the alike shrunk towards a sphere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, sqrt
from typing import TYPE_CHECKING, Final, TypeAlias

from flourishing.arguments import as_whole
from flourishing.core.words import quantity
from flourishing.errors import InputError
from flourishing.selection.diversity import as_rows
from flourishing.selection.intervals import Estimate, of_share
from flourishing.selection.taste import Reduction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Triple: TypeAlias = tuple[int, int, int]
"""The rows of two texts that are alike, and of one that is not."""

FEWEST_TRIPLES: Final = 3
MOST_AXES: Final = 4
CHANCE: Final = 1 / 3
"""The share of triples in which the odd one is found by guessing."""


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """Axes on which texts that are alike stand together.

    Attributes:
        reduction: What makes a few numbers of an embedding.
        directions: One column for each axis, the most telling first.
        middle: The mean of the texts at hand on each axis.
        spread: Their standard deviation on each axis.
        agreement: In how many triples the odd one is found by axes that were learned from the
            others, with the interval; guessing finds a third.
    """

    reduction: Reduction
    directions: Floats
    middle: Floats
    spread: Floats
    agreement: Estimate

    @classmethod
    def learn(cls, embeddings: ArrayLike, triples: Sequence[Triple], axes: int = 2) -> Axes:
        """Learn axes.

        Args:
            embeddings: An array of one row for each text at hand; those that are in no triple say
                how far texts lie apart.
            triples: At least three, each of two rows that are alike and of the odd one.
            axes: How many axes, from 1 to 4; by default 2.

        Raises:
            InputError: There are too few triples, one names a row that is not there or the same row
                twice, or the array is none of texts.
        """
        import numpy as np  # here and below, since importing us must not load it

        rows = as_rows(embeddings)
        if not 1 <= as_whole(axes, "axes") <= MOST_AXES:
            raise InputError(f"There cannot be {axes} axes.", hint=f"Give 1 to {MOST_AXES}.")
        _require_triples(triples, len(rows))
        reduction = Reduction.fit(rows)
        reduced = reduction(rows)
        directions = _directions(reduced, triples, axes)
        placed = reduced @ directions
        found = sum(
            _finds(
                reduced @ _directions(reduced, [*triples[:at], *triples[at + 1 :]], axes), triple
            )
            for at, triple in enumerate(triples)
        )
        spread = placed.std(axis=0)
        return cls(
            reduction=reduction,
            directions=directions,
            middle=placed.mean(axis=0),
            spread=np.where(spread > 0, spread, 1.0),
            agreement=of_share(found, len(triples)),
        )

    @property
    def sentence(self) -> str:
        """Say how far the axes can be trusted."""
        sure = "" if self.agreement.low > CHANCE else ", which may be chance"
        return f"The odd one of three is found in {self.agreement}; guessing finds 33%{sure}."

    def place(self, embeddings: ArrayLike) -> Floats:
        """Give where texts stand on each axis, from 0 to 1, spread as evenly as a bell allows.

        Args:
            embeddings: An array of one row for each text, of the same model.

        Raises:
            InputError: The array does not fit.
        """
        import numpy as np

        apart = (self.reduction(embeddings) @ self.directions - self.middle) / self.spread
        shares = [[(1 + erf(value / sqrt(2))) / 2 for value in row] for row in apart.tolist()]
        placed: Floats = np.array(shares, np.float64).reshape(apart.shape)
        return placed


def _require_triples(triples: Sequence[Triple], many: int) -> None:
    if len(triples) < FEWEST_TRIPLES:
        raise InputError(
            f"Nothing can be learned from {quantity(len(triples), 'triple')}.",
            hint=f"Say of at least {FEWEST_TRIPLES} times three texts which two are alike.",
        )
    for triple in triples:
        if len({*triple}) != 3 or not all(0 <= as_whole(row, "a row") < many for row in triple):
            raise InputError(
                f"{tuple(triple)} are no three of the {many} texts.",
                hint="Name three different texts by their rows, from 0, the odd one last.",
            )


def _directions(reduced: Floats, triples: Sequence[Triple], axes: int) -> Floats:
    """Give the directions in which odd ones are far and the alike near, the best first."""
    import numpy as np

    one, two, odd = (reduced[[triple[place] for triple in triples]] for place in range(3))
    alike = one - two
    other = np.concatenate([odd - one, odd - two])
    within = alike.T @ alike / len(alike)
    between = other.T @ other / len(other)
    size = max(float(np.trace(between)) / len(between), 1e-12)
    # The fewer triples there are beside the components, the less their scatter says.
    within += size * len(within) / (len(within) + len(alike)) * np.eye(len(within))
    root = np.linalg.inv(np.linalg.cholesky(within))
    _, vectors = np.linalg.eigh(root @ between @ root.T)
    found = root.T @ vectors[:, ::-1][:, : min(axes, len(within))]
    found /= np.linalg.norm(found, axis=0)
    # An axis has no sign of its own: the same triples must give the same.
    found *= np.sign(found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])])
    directions: Floats = found
    return directions


def _finds(placed: Floats, triple: Triple) -> bool:
    """Say whether the odd one of three is the one that stands apart."""
    import numpy as np

    one, two, odd = (placed[row] for row in triple)
    alike = float(np.linalg.norm(one - two))
    return alike < min(float(np.linalg.norm(one - odd)), float(np.linalg.norm(two - odd)))
