"""Taste: a score learned from one person's marks, and how far it can be trusted.

Embeddings are brought to the length 1 and reduced to at most 25 principal components of all texts
at hand, which keep their scale: where few marks are known, taste is looked for in what the texts
differ in most. On these, a Bayesian linear regression (MacKay 1992,
doi:10.1162/neco.1992.4.3.415) of "kept" (1) and "dropped" (-1) is computed in closed form, and the
strength of its prior is the one with the highest evidence. An edit says that the text after it
stands above the one before it, by as much as a kept text above the middle.

Compared with logistic regression by Laplace's method, on the shipped texts, this is as accurate and
ten times as fast; components of equal scale, or 25 without bringing texts to the length 1, are up
to .1 worse at 20 labels (`benchmarks/taste.py`).

What it predicts is measured by cross-validation on random pairs of a kept and a dropped text, of
which it has seen neither. A score that is not surely better than chance says so. It may choose what
is shown first as soon as it is probably better: by lot, nothing better would be shown
(`benchmarks/evidence gate`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from flourishing.arguments import as_whole
from flourishing.core.words import quantity
from flourishing.errors import InputError
from flourishing.selection.diversity import as_rows, unit
from flourishing.selection.intervals import Estimate, above_chance, of_pairs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FEWEST: Final = 10
"""Below so many marks, nothing is said of what a person likes."""
FEWEST_EACH: Final = 3
"""Below so many kept or dropped texts, there are too few pairs to be measured on."""
LIKELY: Final = 0.8
"""As sure as it must be that it is better than chance before it chooses what is shown first."""
DIMENSIONS: Final = 25
"""The most principal components."""
_FITTED: Final = 5_000
"""The most texts from which the components are taken, spread evenly over all."""
_FOLDS: Final = 5
"""Parts of the cross-validation; each is predicted from the others."""
_PREDICTIONS: Final = 400
"""About so many texts are predicted in all, by other partitions again and again if there are few;
on more than 400, one partition is enough."""
_ITERATIONS: Final = 6
"""Steps towards the principal components."""
_NONE: Final = 1e-9
"""Below this, what is left is rounding."""
_STRENGTHS: Final = (-6.0, 9.0, 31)
"""The lowest and the highest natural logarithm of the prior's strength, and how many are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a person said of texts, by the rows of their embeddings.

    Attributes:
        kept: Texts that were kept.
        dropped: Texts that were dropped.
        parents: Texts that were bred from; they count as kept.
        edits: Pairs of a text and what a person made of it, the edited one second.
    """

    kept: Sequence[int] = ()
    dropped: Sequence[int] = ()
    parents: Sequence[int] = ()
    edits: Sequence[tuple[int, int]] = ()

    @property
    def good(self) -> list[int]:
        """Those that were kept or bred from, and not dropped too."""
        return sorted({*self.kept, *self.parents} - {*self.dropped})

    @property
    def bad(self) -> list[int]:
        """Those that were dropped, and not kept or bred from too."""
        return sorted({*self.dropped} - {*self.kept, *self.parents})

    @property
    def contradicting(self) -> list[int]:
        """Those that were kept or bred from, and dropped too: they say nothing."""
        return sorted({*self.dropped} & {*self.kept, *self.parents})

    def counts(self) -> dict[str, int]:
        """Count the marks of each kind."""
        return {
            "kept": len({*self.kept}),
            "dropped": len({*self.dropped}),
            "parents": len({*self.parents}),
            "edits": len({*self.edits}),
            "contradicting": len(self.contradicting),
        }

    def require_rows(self, many: int) -> None:
        """Refuse marks of texts that are not there.

        Args:
            many: How many texts there are.

        Raises:
            InputError: A mark names another row.
        """
        edited = (row for pair in self.edits for row in pair)
        for row in (*self.kept, *self.dropped, *self.parents, *edited):
            if not 0 <= as_whole(row, "a row") < many:
                raise InputError(
                    f"There is no row {row} among the embeddings of {many} texts.",
                    hint="Name the texts by their rows, from 0.",
                )


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """The principal components of texts, in which what they differ in most comes first.

    Attributes:
        middle: The mean of the texts, after each was brought to the length 1.
        components: One column for each component.
        scale: The standard deviation of the first component, by which all are divided.
    """

    middle: Floats
    components: Floats
    scale: float

    @classmethod
    def fit(cls, embeddings: ArrayLike, dimensions: int = DIMENSIONS) -> Reduction:
        """Find the components.

        Args:
            embeddings: An array of one row for each text, of at least one.
            dimensions: The most components, at least 1; by default 25.

        Raises:
            InputError: There is no text, or the array is none of texts.
        """
        import numpy as np  # here and below, since importing us must not load it

        rows = as_rows(embeddings)
        if not len(rows):
            raise InputError("There is no text to learn from.", hint="Embed some texts first.")
        # Not every so-manieth: what was bred together would fall out together.
        some = np.linspace(0, len(rows) - 1, min(len(rows), _FITTED)).astype(int)
        rows = unit(rows[some])
        middle = rows.mean(axis=0)
        rows = rows - middle
        sizes, components = _strongest(rows, max(1, as_whole(dimensions, "dimensions")))
        scale = float(sizes[0]) / len(rows) ** 0.5
        return cls(middle, components, scale if scale > 0 else 1.0)

    def __call__(self, embeddings: ArrayLike) -> Floats:
        """Reduce embeddings.

        Args:
            embeddings: An array of one row for each text, with as many columns as those that it was
                made from.

        Raises:
            InputError: The array does not fit.
        """
        rows = as_rows(embeddings)
        if rows.shape[1] != len(self.middle):
            raise InputError(
                f"Embeddings of {rows.shape[1]} numbers do not fit those of {len(self.middle)} "
                "from which taste was learned.",
                hint="Embed the texts with the same model.",
            )
        reduced: Floats = (unit(rows) - self.middle) @ self.components / self.scale
        return reduced


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """A score learned from marks.

    Attributes:
        reduction: What makes a few numbers of an embedding.
        weights: The mean of the posterior, one number for each component; all 0 where the marks
            do not tell any two texts apart.
        marks: What it was learned from.
        accuracy: The share of random pairs of a kept and a dropped text, both unseen, that it puts
            in the right order, with its interval; None where there are too few to be measured on.
    """

    reduction: Reduction
    weights: Floats
    marks: Marks
    accuracy: Estimate | None = field(default=None)

    @classmethod
    def learn(
        cls, embeddings: ArrayLike, marks: Marks, *, reduction: Reduction | None = None
    ) -> Taste:
        """Learn from marks, and measure how well it predicts them.

        It takes about a quarter of a second for 1,000 marks. The same marks give the same.

        Args:
            embeddings: An array of one row for each text at hand, marked or not.
            marks: What a person said of them.
            reduction: The components; by default those of the embeddings.

        Raises:
            InputError: A mark names a text that is not there, or the array is none of texts.
        """
        import numpy as np
        from threadpoolctl import threadpool_limits

        rows = as_rows(embeddings)
        marks.require_rows(len(rows))
        # The threads of the library for linear algebra spin while they wait for each other. Beside
        # an engine that writes, learning took ten times as long with them.
        with threadpool_limits(limits=1, user_api="blas"):
            reduction = reduction or Reduction.fit(rows)
            edited = (row for pair in marks.edits for row in pair)
            named = sorted({*marks.good, *marks.bad, *edited})
            reduced = np.zeros((len(rows), reduction.components.shape[1]))
            reduced[named] = reduction(rows[named])
            weights = _weights(reduced, marks.good, marks.bad, marks.edits)
            return cls(reduction, weights, marks, _accuracy(reduced, marks))

    @property
    def can_tell(self) -> bool:
        """Whether it is surely better than chance."""
        return self.why_not is None

    @property
    def may_choose(self) -> bool:
        """Whether it is probably better than chance, and so better than a choice by lot."""
        good, bad = len(self.marks.good), len(self.marks.bad)
        if self.accuracy is None or good + bad + len(self.marks.edits) < FEWEST:
            return False
        return above_chance(self.accuracy.value, good, bad) >= LIKELY

    @property
    def why_not(self) -> str | None:
        """Why it cannot surely tell good from bad yet, in words; None where it can."""
        good, bad = len(self.marks.good), len(self.marks.bad)
        many = good + bad + len(self.marks.edits)
        missing = "dropped" if good >= bad else "kept"
        if many < FEWEST:
            are = "is" if many == 1 else "are"
            return f"there {are} {quantity(many, 'mark')}, and it takes about {FEWEST}"
        if not good or not bad:
            return f"no text was {missing}, so that nothing says what is not {_AS[missing]}"
        if self.accuracy is None:
            few = min(good, bad)
            were = f"{quantity(few, 'text')} {'was' if few == 1 else 'were'}"
            return f"only {were} {missing}, and it takes {FEWEST_EACH}"
        if self.accuracy.low <= 0.5:
            return f"it is not sure to be better than chance: {self.accuracy} of unseen pairs"
        return None

    @property
    def sentence(self) -> str:
        """What is to be said of it beside each score."""
        pairs = f"{self.accuracy} of unseen pairs of a kept and a dropped text in order"
        if self.can_tell:
            return f"It puts {pairs}."
        if self.may_choose:
            return f"It is probably better than chance, but not surely: it puts {pairs}."
        return f"It cannot tell yet: {self.why_not}."

    def score(self, embeddings: ArrayLike) -> Floats:
        """Give a number for each text, higher for what the person would rather keep.

        Texts that were kept are about 1 above the middle, and those that were dropped as much
        below. The number orders texts; it is no probability.

        Args:
            embeddings: An array of one row for each text.

        Raises:
            InputError: The array does not fit.
        """
        scores: Floats = self.reduction(embeddings) @ self.weights
        return scores

    def as_dict(self) -> dict[str, object]:
        """Give what is known of it as plain data for JSON."""
        return {
            "can_tell": self.can_tell,
            "may_choose": self.may_choose,
            "sentence": self.sentence,
            "accuracy": None if self.accuracy is None else self.accuracy.as_dict(),
            "marks": self.marks.counts(),
        }


_AS: Final = {"dropped": "liked", "kept": "disliked"}


def partitions(marks: Marks) -> Iterator[list[list[int]]]:
    """Give partitions of the marked texts into parts that are predicted from the others.

    Each part has kept and dropped texts in about the same proportion. The first partition is the
    same each time.

    Args:
        marks: The marks, of which at least three texts are kept and three dropped.

    Yields:
        The rows of each part; as many partitions as make about 400 predictions.
    """
    import numpy as np

    good, bad = marks.good, marks.bad
    folds = min(_FOLDS, len(good), len(bad))
    draw = np.random.default_rng(0)
    for _ in range(max(1, _PREDICTIONS // (len(good) + len(bad)))):
        orders = [draw.permutation(each) for each in (good, bad)]
        yield [[int(row) for order in orders for row in order[at::folds]] for at in range(folds)]


def right_pairs(scores: Floats, part: Sequence[int], marks: Marks) -> tuple[float, int]:
    """Count the pairs of a kept and a dropped text that scores put in the right order.

    Args:
        scores: A number for each text of the part.
        part: The rows of the texts.
        marks: The marks of the texts.

    Returns:
        How many pairs are right, a tie for half of one, and how many there are.
    """
    import numpy as np

    is_good = np.isin(part, marks.good)
    apart = scores[is_good][:, None] - scores[~is_good][None, :]
    return float((apart > 0).sum() + (apart == 0).sum() / 2), apart.size


def _accuracy(reduced: Floats, marks: Marks) -> Estimate | None:
    good, bad = marks.good, marks.bad
    if min(len(good), len(bad)) < FEWEST_EACH:
        return None
    right, pairs = 0.0, 0
    for partition in partitions(marks):
        for part in partition:
            unseen = set(part)
            weights = _weights(
                reduced,
                [row for row in good if row not in unseen],
                [row for row in bad if row not in unseen],
                [pair for pair in marks.edits if not unseen.intersection(pair)],
            )
            its_right, its_pairs = right_pairs(reduced[part] @ weights, part, marks)
            right, pairs = right + its_right, pairs + its_pairs
    return of_pairs(right / pairs, len(good), len(bad))


def _weights(
    reduced: Floats,
    good: Sequence[int],
    bad: Sequence[int],
    edits: Sequence[tuple[int, int]],
) -> Floats:
    """Give the mean of the posterior, with the strength of the prior that has most evidence.

    The constant has no prior: it is taken out by subtracting means. The scale of the noise has the
    prior 1/s, and is integrated out.
    """
    import numpy as np

    marked = reduced[[*good, *bad]]
    said = np.repeat([1.0, -1.0], [len(good), len(bad)])
    known = np.zeros(0)
    if good and bad:
        marked, known = marked - marked.mean(axis=0), said - said.mean()
    else:  # nothing but edits tells anything apart
        marked = marked[:0]
    steps = np.array([reduced[after] - reduced[before] for before, after in edits])
    if len(steps):
        marked, known = np.concatenate([marked, steps]), np.append(known, np.ones(len(steps)))
    if not len(marked):
        return np.zeros(reduced.shape[1])
    squares, directions = np.linalg.eigh(marked.T @ marked)
    squares = np.maximum(squares, _NONE)
    along = directions.T @ (marked.T @ known)
    strengths = np.exp(np.linspace(*_STRENGTHS))[:, None]
    misfits = known @ known - (along**2 / (squares + strengths)).sum(axis=1)
    evidence = -len(known) / 2 * np.log(np.maximum(misfits, _NONE))
    evidence -= np.log1p(squares / strengths).sum(axis=1) / 2
    strength = strengths[np.argmax(evidence)]
    weights: Floats = directions @ (along / (squares + strength))
    return weights


def _strongest(rows: Floats, most: int) -> tuple[Floats, Floats]:
    """Give the principal components, the strongest first, with their singular values.

    By subspace iteration (Halko, Martinsson and Tropp 2011, doi:10.1137/090771806), which takes a
    twentieth of the time of all components; from the same beginning each time.
    """
    import numpy as np

    many = min(most, max(1, len(rows) - 1), rows.shape[1])
    begun = np.random.default_rng(0).standard_normal((rows.shape[1], min(2 * many, *rows.shape)))
    basis = np.linalg.qr(begun)[0]
    for _ in range(_ITERATIONS):
        basis = np.linalg.qr(rows.T @ (rows @ basis))[0]
    _, sizes, directions = np.linalg.svd(rows @ basis, full_matrices=False)
    return sizes[:many], basis @ directions.T[:, :many]
