"""Choosing texts that are good and differ, by their embeddings.

Maximal marginal relevance (Carbonell and Goldstein 1998, doi:10.1145/290941.291025): one text after
the other is chosen, each time the one with the best sum of its quality and its unlikeness to those
that are chosen already. Likeness is the cosine of embeddings from which the mean of all is taken
first: the states of a model have a large part in common, and without that step any two texts have
a cosine of .9 and more.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from flourishing.arguments import as_number, as_whole
from flourishing.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

WEIGHT: Final = 0.5
"""What quality weighs where a person does not say; unlikeness has the rest."""
SHOWN: Final = 8
"""How many of a larger brood are shown first."""
_NONE: Final = 1e-9
"""Below this distance from the mean, what is left is rounding."""


def as_rows(embeddings: ArrayLike, name: str = "embeddings") -> Floats:
    """Take embeddings as float64, one row a text.

    Args:
        embeddings: What was given.
        name: What the argument is called.

    Raises:
        InputError: They have not two dimensions, or one of the numbers is not finite.
    """
    import numpy as np  # here and below, since importing us must not load it

    rows = np.asarray(embeddings, np.float64)
    if rows.ndim != 2:
        raise InputError(
            f"{name} cannot have the shape {rows.shape}.",
            hint="Give an array with one row for each text, as embed() does.",
        )
    if not np.isfinite(rows).all():
        raise InputError(f"{name} has numbers that are not finite.", hint="Embed the texts again.")
    return rows


def diverse(
    embeddings: ArrayLike,
    n: int,
    *,
    quality: ArrayLike | None = None,
    weight: float = WEIGHT,
    beside: ArrayLike | None = None,
) -> list[int]:
    """Choose texts that are good and differ, by maximal marginal relevance.

    Each time, the text with the largest `weight * quality - (1 - weight) * likeness` is chosen,
    where the qualities are scaled to lie between 0 and 1, and likeness is the largest cosine to
    a text that is chosen already. Of equal ones, the first is chosen. Without qualities, it begins
    with the text that is nearest to the mean, and goes on with the farthest one each time.

    Args:
        embeddings: An array of one row for each text.
        n: How many texts to choose, 0 or more; where there are fewer, all are chosen.
        quality: A number for each text, higher for better; by default all are equally good.
        weight: What quality weighs, from 0 (only unlikeness counts) to 1 (only quality counts);
            by default 0.5.
        beside: Embeddings of texts from which the chosen ones should differ too, such as the
            other parents; by default none.

    Returns:
        The rows of the chosen texts, in the order in which they were chosen.

    Raises:
        InputError: A number is out of its range, or the arrays do not fit each other.
    """
    import numpy as np

    rows = as_rows(embeddings)
    n, weight = as_whole(n, "n"), as_number(weight, "weight")
    if n < 0 or not 0 <= weight <= 1:
        raise InputError(
            f"n {n} or weight {weight:g} is out of range.",
            hint="Give n as 0 or more, and a weight from 0 to 1.",
        )
    others = as_rows(beside, "beside") if beside is not None else rows[:0]
    if others.shape[1:] != rows.shape[1:]:
        raise InputError(
            f"Texts of {rows.shape[1]} dimensions cannot be compared with others of "
            f"{others.shape[1]}.",
            hint="Embed all of them with the same model.",
        )
    worth = weight * _scaled(quality, len(rows))
    everything, apart = _directions(np.concatenate([rows, others]))
    rows, others, apart = everything[: len(rows)], everything[len(rows) :], apart[: len(rows)]
    likeness = (rows @ others.T).max(axis=1) if len(others) else None
    chosen: list[int] = []
    while len(chosen) < min(n, len(rows)):
        if likeness is None:  # nothing to differ from yet
            order = worth if quality is not None else -apart
        else:
            order = worth - (1 - weight) * likeness
        order[chosen] = -np.inf
        best = int(np.argmax(order))
        chosen.append(best)
        its = rows @ rows[best]
        likeness = its if likeness is None else np.maximum(likeness, its)
    return chosen


def shown_first(
    scores: ArrayLike,
    embeddings: ArrayLike,
    n: int = SHOWN,
    *,
    weight: float = WEIGHT,
    later: Collection[int] = (),
    seed: int | None = None,
) -> list[int]:
    """Choose which offspring of a large brood to show first: those that are best and differ.

    The rule is maximal marginal relevance, as in `diverse`: the best one first, and then each time
    the one with the largest `weight * score - (1 - weight) * likeness` to those chosen, the scores
    scaled to lie between 0 and 1. They are given in random order, since people choose what stands
    at the beginning more often, whatever it is.

    What has a flaw is not weighed: it fills up where the others are too few.

    Args:
        scores: A number for each offspring, higher for better, such as `Taste.score` gives.
        embeddings: An array of one row for each offspring.
        n: How many to show first, by default 8.
        weight: What the score weighs, from 0 to 1; by default 0.5.
        later: Rows that are chosen only where the others are fewer than n, in their order, such as
            those of flawed offspring; by default none.
        seed: The seed of the random order; by default another order each time.

    Returns:
        The rows of those to show first, in the order in which they are to be shown.

    Raises:
        InputError: A number is out of its range, or there are not as many scores as rows.
    """
    import numpy as np

    rows, worth = as_rows(embeddings), np.asarray(scores, np.float64)
    if worth.shape != (len(rows),):
        raise InputError(
            f"Scores of the shape {worth.shape} do not fit {len(rows)} texts.",
            hint="Give one number for each text.",
        )
    sound = [row for row in range(len(rows)) if row not in later]
    chosen = [sound[at] for at in diverse(rows[sound], n, quality=worth[sound], weight=weight)]
    chosen += sorted(set(range(len(rows))) - set(sound))[: max(0, n - len(chosen))]
    return [chosen[place] for place in random_order(len(chosen), seed)]


def random_order(n: int, seed: int | None = None) -> list[int]:
    """Give the numbers below n in random order.

    Args:
        n: How many there are.
        seed: The same seed gives the same order; by default another one each time.
    """
    order = list(range(n))
    random.Random(seed).shuffle(order)
    return order


def _scaled(quality: ArrayLike | None, many: int) -> Floats:
    """Scale qualities to lie between 0 and 1; where all are equal, they are 0."""
    import numpy as np

    if quality is None:
        return np.zeros(many)
    values = np.asarray(quality, np.float64)
    if values.shape != (many,) or not np.isfinite(values).all():
        raise InputError(
            f"Qualities of the shape {values.shape} do not fit {many} texts, or are not finite.",
            hint="Give one number for each text.",
        )
    if not many or values.max() == values.min():
        return np.zeros(many)
    scaled: Floats = (values - values.min()) / (values.max() - values.min())
    return scaled


def _directions(rows: Floats) -> tuple[Floats, Floats]:
    """Give the direction of each row from the mean, of length 1, and how far it is from there.

    All rows are brought to the length 1 before. A row that is the mean has no direction, only 0.
    """
    import numpy as np

    if not len(rows):
        return rows, np.zeros(0)
    rows = unit(rows)
    rows = rows - rows.mean(axis=0)
    apart = np.linalg.norm(rows, axis=1)
    rows[apart < _NONE] = 0
    return unit(rows), apart


def unit(rows: Floats) -> Floats:
    """Bring each row to the length 1; one of nothing but 0 stays.

    Args:
        rows: The rows.
    """
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Floats = rows / np.where(lengths > 0, lengths, 1)
    return scaled
