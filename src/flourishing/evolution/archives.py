"""Archives: the texts that a run keeps, at most one in each cell of what is measured.

Three of them, all behind `add` (tell) and `draw` or `near` (ask): a grid, whose cells are the same
for everybody; a tessellation (CVT), which has as many cells as are wanted in any number of
dimensions; and an unstructured one, which keeps what is far from all that it has.

Many texts are added at a time, by arrays: of several in one cell the best is taken, the first of
equals, and it replaces what stands there if it is better. That is what pyribs does, which the tests
hold it against; nothing here imports it but `to_ribs`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from flourishing.arguments import as_number, as_whole
from flourishing.core.text import Text
from flourishing.core.words import words_of
from flourishing.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Texts = Sequence[str | Text] | NDArray[np.object_]

Form: TypeAlias = Literal["grid", "cvt", "novelty"]
"""Which archive it is."""
BINS: Final = 10
"""Cells along each measure of a grid, where nobody says otherwise."""
CELLS: Final = 100
"""Cells of a tessellation, where nobody says otherwise."""
MOST_CELLS: Final = 10**7
_EPSILON: Final = 1e-6
"""Keeps what lies exactly on the edge of a cell in the upper one, whatever rounding makes of it."""
_SAMPLES: Final = 20
"""Points a cell, from which a tessellation is made."""
_ROUNDS: Final = 10
_AT_ONCE: Final = 2**22
"""Distances that are computed at once."""
_FEW: Final = 2**20
"""Distances; so many are computed all of them."""
_DIFFERENT: Final = 0.5
"""Two texts differ whose words have at most this share in common."""
_YIELD_MOST: Final = 2_000
"""The most texts, the best, among which the yield is counted."""


class Outcome(IntEnum):
    """What became of a text that was added."""

    NONE = 0
    BETTER = 1
    NEW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Elite:
    """A text of an archive.

    Attributes:
        text: The text.
        quality: Its quality.
        measures: What was measured of it, by the names of the measures.
        cell: The number of its cell.
    """

    text: Text
    quality: float
    measures: dict[str, float]
    cell: int

    @property
    def content(self) -> str:
        """The words of the text."""
        return self.text.content

    def as_dict(self) -> dict[str, object]:
        """Give it as plain data for JSON."""
        number = getattr(self.text, "id", None)
        return {
            "cell": self.cell,
            "quality": self.quality,
            "measures": self.measures,
            "content": self.content,
            **({"id": number} if number is not None else {}),
        }


class Archive:
    """What all archives have: cells, each with the best text that was put into it.

    Args:
        ranges: The low and the high end of each measure.
        names: The names of the measures.
        cells: How many cells there are.
        floor: The quality that counts as nothing: it is taken off each quality in the QD score.
        high: The highest quality there is; None where that is not known.

    Attributes:
        form: Which archive it is: "grid", "cvt" or "novelty".
        names: The names of the measures.
        ranges: The low and the high end of each measure, a row each.
        floor: The quality that counts as nothing.
    """

    form: Form

    def __init__(
        self,
        ranges: Sequence[tuple[float, float]],
        names: Sequence[str],
        cells: int,
        *,
        floor: float = 0.0,
        high: float | None = None,
    ) -> None:
        import numpy as np  # here and below, since importing us must not load it

        if not len(ranges):
            raise InputError(
                "An archive without a measure has one cell alone.",
                hint="Name one or two measures, such as lines and mean-word-length.",
            )
        self.names = tuple(names)
        self.ranges: Floats = np.array(ranges, np.float64)
        self.floor = float(floor)
        self._high = high
        self._texts: Any = np.empty(cells, object)
        self._quality: Floats = np.full(cells, -np.inf)
        self._measures: Floats = np.zeros((cells, len(self.names)))
        self._filled: list[int] = []
        """Cells in the order in which they were first filled."""

    # What there is.

    def __len__(self) -> int:
        return len(self._filled)

    def __iter__(self) -> Iterator[Elite]:
        for cell in sorted(self._filled):
            yield self.elite(cell)

    @property
    def cells(self) -> int:
        """How many cells there are, filled or not."""
        return len(self._texts)

    @property
    def filled(self) -> tuple[int, ...]:
        """The numbers of the cells with a text, in order."""
        return tuple(sorted(self._filled))

    @property
    def coverage(self) -> float:
        """The share of the cells that have a text, from 0 to 1."""
        return len(self._filled) / self.cells

    @property
    def qd_score(self) -> float:
        """The sum of the qualities of all texts, each less the quality that counts as nothing."""
        return float((self._quality[list(self.filled)] - self.floor).sum())

    @property
    def best(self) -> Elite | None:
        """The text of the highest quality, the first of equals; None where there is none."""
        if not self._filled:
            return None
        return self.elite(max(sorted(self._filled), key=lambda cell: self._quality[cell]))

    @property
    def yield_(self) -> int:
        """How many texts are good and differ from each other, as `count_yield` counts them."""
        return self.count_yield()

    def count_yield(self, bar: float | None = None, *, alike: float = _DIFFERENT) -> int:
        """Count texts that are good and all differ from each other.

        From the best text on, each is counted whose words differ from those of all that were
        counted. The largest such set may be larger; to find it takes too long.

        Args:
            bar: The least quality; None for the middle between the floor and the highest there is.
            alike: The share of words in common from which two texts are alike, from 0 to 1; by
                default above 0.5.
        """
        if bar is None:
            high = (
                self._high if self._high is not None else max((e.quality for e in self), default=0)
            )
            bar = (self.floor + high) / 2
        good = sorted((e for e in self if e.quality >= bar), key=lambda e: -e.quality)
        counted: list[set[str]] = []
        for elite in good[:_YIELD_MOST]:
            words = set(words_of(elite.content))
            if all(len(words & other) <= alike * len(words | other) for other in counted):
                counted.append(words)
        return len(counted)

    def elite(self, cell: int) -> Elite:
        """Give the text of a cell.

        Args:
            cell: The number of the cell.

        Raises:
            InputError: There is no such cell, or no text in it.
        """
        if not 0 <= cell < self.cells or self._texts[cell] is None:
            raise InputError(
                f"The cell {cell} has no text.", hint="`filled` has the cells with a text."
            )
        values, text = self._measures[cell], self._texts[cell]
        return Elite(
            text=text if isinstance(text, Text) else Text(text),
            quality=float(self._quality[cell]),
            measures={name: float(each) for name, each in zip(self.names, values, strict=True)},
            cell=int(cell),
        )

    def to_records(self) -> list[dict[str, object]]:
        """Give the texts as rows: cell, each measure by its name, quality, content and digest."""
        return [
            {
                "cell": elite.cell,
                **elite.measures,
                "quality": elite.quality,
                "content": elite.content,
                "digest": elite.text.digest,
                "id": getattr(elite.text, "id", None),
            }
            for elite in self
        ]

    def to_frame(self) -> pd.DataFrame:
        """Give the texts as a data frame of pandas, a row each, as `to_records` has them.

        Raises:
            InputError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise InputError(
                "pandas is not installed, and it makes data frames.",
                hint="Install it with: pip install pandas; or take the rows of to_records().",
            ) from error
        columns = ["cell", *self.names, "quality", "content", "digest", "id"]
        return pd.DataFrame(self.to_records(), columns=columns)

    def to_ribs(self) -> Any:
        """Give an archive of pyribs with the same texts, whose solutions are their contents.

        Raises:
            InputError: pyribs is not installed.
        """
        import numpy as np

        try:
            import ribs.archives as ribs
        except ImportError as error:
            raise InputError(
                "pyribs is not installed.", hint="Install it with: pip install ribs"
            ) from error
        archive = self._empty_ribs(ribs)
        if self._filled:
            order = sorted(self._filled) if self.form != "novelty" else self._filled
            contents = np.array([str(self._texts[cell]) for cell in order], object)
            archive.add(contents, self._quality[order], self._measures[order])
        return archive

    # Tell.

    def add(self, texts: Texts, quality: ArrayLike, measures: ArrayLike) -> tuple[Whole, Whole]:
        """Put texts into their cells, as far as they are better than what stands there.

        Args:
            texts: The texts.
            quality: The quality of each, finite.
            measures: A row for each, with a finite number for each measure.

        Returns:
            What became of each, as in `Outcome`, and the number of its cell.

        Raises:
            InputError: The arrays do not fit each other, or have a number that is not finite.
        """
        rows, values = self._checked(len(texts), quality, measures)
        cells = self.index_of(rows)
        outcomes = self._put(cells, values, rows, texts)
        return outcomes, cells

    def index_of(self, measures: ArrayLike) -> Whole:
        """Give the numbers of the cells to which these measures belong.

        Args:
            measures: A row for each text, with a number for each measure.
        """
        raise NotImplementedError

    def _checked(self, many: int, quality: ArrayLike, measures: ArrayLike) -> tuple[Floats, Floats]:
        import numpy as np

        values = np.asarray(quality, np.float64)
        rows = np.asarray(measures, np.float64)
        if rows.ndim == 1 and len(self.names) == 1:
            rows = rows[:, None]
        if values.shape != (many,) or rows.shape != (many, len(self.names)):
            raise InputError(
                f"Of {many} texts there are qualities of the shape {values.shape} and measures of "
                f"{rows.shape}.",
                hint=f"Give a quality and {len(self.names)} measures for each text.",
            )
        if not (np.isfinite(values).all() and np.isfinite(rows).all()):
            raise InputError(
                "A quality or a measure is not finite.", hint="Leave out what cannot be measured."
            )
        return rows, values

    def _put(self, cells: Whole, values: Floats, rows: Floats, texts: Texts) -> Whole:
        """Put texts into cells that are known: of each cell the best, the first of equals."""
        import numpy as np

        before = self._quality[cells]
        outcomes = np.where(values > before, np.where(np.isneginf(before), 2, 1), 0)
        chosen = _winners(cells, values, values > before, self._quality)
        taken = cells[chosen]
        self._filled += taken[np.isneginf(self._quality[taken])].tolist()
        self._quality[taken] = values[chosen]
        self._measures[taken] = rows[chosen]
        self._texts[taken] = _objects(texts)[chosen]
        return outcomes

    # Ask.

    def draw(self, draw: random.Random) -> Elite:
        """Draw a text, each as often as any other.

        Args:
            draw: Draws it.

        Raises:
            InputError: There is none.
        """
        return self.elite(draw.choice(self._order()))

    def near(self, cell: int, n: int, draw: random.Random) -> list[Elite]:
        """Draw texts near a cell, each at most once, the nearest the most often.

        A text at the distance d, in cells, has the weight 1/(1 + d³).

        Args:
            cell: The number of the cell, whose own text is not among them.
            n: How many at most.
            draw: Draws them.
        """
        import numpy as np

        others = [each for each in self._order() if each != cell]
        if not others:
            return []
        apart = np.linalg.norm(self._places(others) - self._places([cell]), axis=1)
        weights = dict(zip(others, (1 / (1 + apart**3)).tolist(), strict=True))
        return [self.elite(each) for each in _drawn(weights, n, draw)]

    def apart(self, k: int = 3) -> dict[int, float]:
        """Give how far each text is from its k nearest, in cells, by the numbers of the cells.

        Args:
            k: How many others are looked at; by default 3.
        """
        import numpy as np

        order = self._order()
        if len(order) < 2:
            return dict.fromkeys(order, 1.0)
        places = self._places(order)
        found = {}
        for at, cell in enumerate(order):
            distances = np.sort(np.linalg.norm(places - places[at], axis=1))[1 : k + 1]
            found[cell] = float(distances.mean())
        return found

    def _order(self) -> list[int]:
        if not self._filled:
            raise InputError("The archive is empty.", hint="Put texts into it first.")
        return sorted(self._filled)

    def _places(self, cells: Sequence[int]) -> Floats:
        """Give where cells lie, in units of a cell."""
        width = self.ranges[:, 1] - self.ranges[:, 0]
        places: Floats = (self._measures[list(cells)] - self.ranges[:, 0]) / width * BINS
        return places

    def _empty_ribs(self, ribs: Any) -> Any:
        raise NotImplementedError


def _winners(cells: Whole, values: Floats, better: NDArray[np.bool_], quality: Floats) -> Whole:
    """Give the rows of the best texts of their cells, in order, each the first of equals."""
    import numpy as np

    rows = np.flatnonzero(better)
    if len(rows) < len(quality):  # few texts: to look at all cells takes longer
        best_first = rows[np.argsort(-values[rows], kind="stable")]
        _, first = np.unique(cells[best_first], return_index=True)
        return np.sort(best_first[first])
    highest = quality.copy()
    np.maximum.at(highest, cells[rows], values[rows])
    rows = rows[values[rows] == highest[cells[rows]]]
    at = np.full(len(quality), -1)
    at[cells[rows][::-1]] = rows[::-1]  # written last, the first of equals stays
    return np.sort(at[at >= 0])


def _objects(texts: Texts) -> Any:
    import numpy as np

    if isinstance(texts, np.ndarray):
        return texts
    objects = np.empty(len(texts), object)
    objects[:] = texts
    return objects


def _drawn(weights: dict[int, float], n: int, draw: random.Random) -> list[int]:
    left, chosen = dict(weights), list[int]()
    while left and len(chosen) < n:
        (one,) = draw.choices(list(left), list(left.values()))
        del left[one]
        chosen.append(one)
    return chosen


class GridArchive(Archive):
    """A grid: each measure is cut into equal parts.

    Args:
        ranges: The low and the high end of each measure. What lies beyond one belongs to the
            outermost cell.
        bins: How many parts each measure is cut into: one number for all, or one for each; by
            default 10.
        names: The names of the measures; by default numbers.
        floor: The quality that counts as nothing in the QD score; by default 0.
        high: The highest quality there is; None where that is not known.

    Raises:
        InputError: A number of parts is below 1, or there would be too many cells.
    """

    form: Form = "grid"

    def __init__(
        self,
        ranges: Sequence[tuple[float, float]],
        bins: int | Sequence[int] = BINS,
        *,
        names: Sequence[str] = (),
        floor: float = 0.0,
        high: float | None = None,
    ) -> None:
        import numpy as np

        parts = [bins] * len(ranges) if isinstance(bins, int) else list(bins)
        parts = [as_whole(each, "bins") for each in parts]
        if len(parts) != len(ranges) or any(each < 1 for each in parts):
            raise InputError(
                f"{len(ranges)} measures cannot be cut into {parts} parts.",
                hint="Give one number of 1 or more for all of them, or one for each.",
            )
        cells = 1
        for each in parts:
            cells *= each
        if cells > MOST_CELLS:
            raise InputError(
                f"A grid of {cells:,} cells is too large.",
                hint="Give fewer bins, or take a cvt archive, which has as many cells as you say.",
            )
        super().__init__(ranges, names or _numbered(len(ranges)), cells, floor=floor, high=high)
        self.bins: Whole = np.array(parts, np.int64)

    def index_of(self, measures: ArrayLike) -> Whole:
        """Give the numbers of the cells to which these measures belong.

        Args:
            measures: A row for each text, with a number for each measure.
        """
        import numpy as np

        low, high = self.ranges[:, 0], self.ranges[:, 1]
        scaled = (self.bins * (np.asarray(measures, np.float64) - low) + _EPSILON) / (high - low)
        parts = np.clip(scaled, 0, self.bins - 1).astype(np.int64)
        cells: Whole = np.ravel_multi_index(tuple(parts.T), tuple(self.bins))
        return cells

    def parts_of(self, cell: int) -> tuple[int, ...]:
        """Give the place of a cell along each measure, from 0.

        Args:
            cell: The number of the cell.
        """
        import numpy as np

        return tuple(int(each) for each in np.unravel_index(cell, tuple(self.bins)))

    def _places(self, cells: Sequence[int]) -> Floats:
        import numpy as np

        return np.array(np.unravel_index(list(cells), tuple(self.bins)), np.float64).T

    def _empty_ribs(self, ribs: Any) -> Any:
        return ribs.GridArchive(
            solution_dim=(),
            solution_dtype=object,
            dims=self.bins.tolist(),
            ranges=[tuple(each) for each in self.ranges.tolist()],
            qd_score_offset=self.floor,
        )


class CVTArchive(Archive):
    """A tessellation: as many cells as are wanted, spread evenly (Vassiliades et al. 2018).

    Args:
        ranges: The low and the high end of each measure.
        cells: How many cells there are, by default 100.
        names: The names of the measures; by default numbers.
        seed: The same seed gives the same cells; by default 0.
        centroids: The middles of the cells, a row each; None to make them by k-means of points
            that are spread evenly.
        floor: The quality that counts as nothing in the QD score; by default 0.
        high: The highest quality there is; None where that is not known.

    Raises:
        InputError: There is no cell, or there are too many.
    """

    form: Form = "cvt"

    def __init__(
        self,
        ranges: Sequence[tuple[float, float]],
        cells: int = CELLS,
        *,
        names: Sequence[str] = (),
        seed: int = 0,
        centroids: ArrayLike | None = None,
        floor: float = 0.0,
        high: float | None = None,
    ) -> None:
        import numpy as np

        cells = as_whole(cells, "cells")
        if centroids is not None:
            middles = np.asarray(centroids, np.float64)
            cells = len(middles)
        if not 1 <= cells <= 10_000:
            raise InputError(
                f"A tessellation cannot have {cells:,} cells.", hint="Give 1 to 10,000."
            )
        super().__init__(ranges, names or _numbered(len(ranges)), cells, floor=floor, high=high)
        width = self.ranges[:, 1] - self.ranges[:, 0]
        if centroids is None:
            middles = self.ranges[:, 0] + width * _spread(cells, len(ranges), seed)
        self.centroids: Floats = middles

    def index_of(self, measures: ArrayLike) -> Whole:
        """Give the numbers of the cells to which these measures belong: the nearest middle.

        Args:
            measures: A row for each text, with a number for each measure.
        """
        import numpy as np

        return _nearest(np.asarray(measures, np.float64), self.centroids)

    def _places(self, cells: Sequence[int]) -> Floats:
        width = self.ranges[:, 1] - self.ranges[:, 0]
        across = float(self.cells) ** (1 / len(self.names))
        places: Floats = (self.centroids[list(cells)] - self.ranges[:, 0]) / width * across
        return places

    def _empty_ribs(self, ribs: Any) -> Any:
        return ribs.CVTArchive(
            solution_dim=(),
            solution_dtype=object,
            centroids=self.centroids,
            ranges=[tuple(each) for each in self.ranges.tolist()],
            qd_score_offset=self.floor,
        )


class NoveltyArchive(Archive):
    """An unstructured archive: what is far from all that it has is new (Lehman and Stanley 2011).

    A text is new whose mean distance to the k nearest is the threshold or more; one that is not
    replaces the nearest if it is better. Distances are counted in parts of the ranges.

    Args:
        ranges: The low and the high end of each measure.
        threshold: The least mean distance of a new text, in parts of the ranges; by default 0.1.
        k: How many of the nearest are looked at; by default 3.
        names: The names of the measures; by default numbers.
        floor: The quality that counts as nothing in the QD score; by default 0.
        high: The highest quality there is; None where that is not known.

    Raises:
        InputError: The threshold is not above 0, or k is below 1.
    """

    form: Form = "novelty"

    def __init__(
        self,
        ranges: Sequence[tuple[float, float]],
        threshold: float = 0.1,
        *,
        k: int = 3,
        names: Sequence[str] = (),
        floor: float = 0.0,
        high: float | None = None,
    ) -> None:
        self.threshold, self.k = float(as_number(threshold, "threshold")), as_whole(k, "k")
        if self.threshold <= 0 or self.k < 1:
            raise InputError(
                f"An archive cannot have the threshold {threshold} and look at {k} neighbours.",
                hint="Give a threshold above 0, such as 0.1, and at least 1 neighbour.",
            )
        super().__init__(ranges, names or _numbered(len(ranges)), 16, floor=floor, high=high)

    @property
    def coverage(self) -> float:
        """The share of a grid of ten parts a measure in which a text lies: it has no cells."""
        if not self._filled:
            return 0.0
        grid = GridArchive([tuple(each) for each in self.ranges.tolist()])
        cells = grid.index_of(self._measures[self._filled])
        return len(set(cells.tolist())) / grid.cells

    def index_of(self, measures: ArrayLike) -> Whole:
        """Give the numbers of the nearest texts.

        Args:
            measures: A row for each text, with a number for each measure.
        """
        import numpy as np

        return _nearest(self._unit(np.asarray(measures, np.float64)), self._known())

    def add(self, texts: Texts, quality: ArrayLike, measures: ArrayLike) -> tuple[Whole, Whole]:
        """Add texts that are far from all that were here before, or better than the nearest.

        Those that come together are not compared with each other.

        Args:
            texts: The texts.
            quality: The quality of each, finite.
            measures: A row for each, with a finite number for each measure.

        Returns:
            What became of each, as in `Outcome`, and the number of its place.

        Raises:
            InputError: The arrays do not fit each other, or have a number that is not finite.
        """
        import numpy as np

        rows, values = self._checked(len(texts), quality, measures)
        fresh = self._novelty(rows) >= self.threshold
        cells = np.zeros(len(rows), np.int64)
        outcomes = np.zeros(len(rows), np.int64)
        if (~fresh).any():
            cells[~fresh] = self.index_of(rows[~fresh])
            old = [text for text, new in zip(texts, fresh, strict=True) if not new]
            outcomes[~fresh] = self._put(cells[~fresh], values[~fresh], rows[~fresh], old)
        if fresh.any():
            begin = len(self._filled)
            cells[fresh] = np.arange(begin, begin + fresh.sum())
            self._grow(begin + int(fresh.sum()))
            new_texts = [text for text, new in zip(texts, fresh, strict=True) if new]
            outcomes[fresh] = self._put(cells[fresh], values[fresh], rows[fresh], new_texts)
        return outcomes, cells

    def _novelty(self, rows: Floats) -> Floats:
        import numpy as np

        known = self._known()
        if not len(known):
            return np.full(len(rows), np.inf)
        k = min(self.k, len(known))
        found = np.empty(len(rows))
        for at, row in enumerate(self._unit(rows)):
            apart = np.linalg.norm(known - row, axis=1)
            found[at] = np.partition(apart, k - 1)[:k].mean()
        return found

    def _known(self) -> Floats:
        return self._unit(self._measures[: len(self._filled)])

    def _unit(self, rows: Floats) -> Floats:
        unit: Floats = (rows - self.ranges[:, 0]) / (self.ranges[:, 1] - self.ranges[:, 0])
        return unit

    def _grow(self, many: int) -> None:
        import numpy as np

        if many <= self.cells:
            return
        more = max(many, 2 * self.cells) - self.cells
        self._texts = np.concatenate([self._texts, np.empty(more, object)])
        self._quality = np.concatenate([self._quality, np.full(more, -np.inf)])
        self._measures = np.concatenate([self._measures, np.zeros((more, len(self.names)))])

    def _places(self, cells: Sequence[int]) -> Floats:
        places: Floats = self._unit(self._measures[list(cells)]) * BINS
        return places

    def _empty_ribs(self, ribs: Any) -> Any:
        return ribs.ProximityArchive(
            solution_dim=(),
            solution_dtype=object,
            measure_dim=len(self.names),
            k_neighbors=self.k,
            novelty_threshold=self.threshold,
            local_competition=True,
            qd_score_offset=self.floor,
        )


def _numbered(many: int) -> list[str]:
    return [f"measure {number}" for number in range(1, many + 1)]


def _spread(cells: int, dimensions: int, seed: int) -> Floats:
    """Give points of the unit cube that are spread evenly, by k-means of many more (Lloyd)."""
    import numpy as np

    draw = np.random.default_rng(seed)
    points = draw.random((max(1_000, cells * _SAMPLES), dimensions))
    middles = points[draw.choice(len(points), cells, replace=False)].copy()
    for _ in range(_ROUNDS):
        nearest = _nearest(points, middles)
        counts = np.bincount(nearest, minlength=cells)
        for axis in range(dimensions):
            sums = np.bincount(nearest, points[:, axis], cells)
            middles[:, axis] = np.where(counts > 0, sums / np.maximum(counts, 1), middles[:, axis])
    return middles


def _nearest(rows: Floats, middles: Floats) -> Whole:
    """Give the number of the nearest of some points, for each row."""
    import numpy as np

    if len(rows) * len(middles) > _FEW and middles.shape[1] <= 3:
        return _nearest_by_boxes(rows, middles)
    found = np.empty(len(rows), np.int64)
    lengths = np.square(middles).sum(axis=1)
    step = max(1, _AT_ONCE // max(1, len(middles)))
    for begin in range(0, len(rows), step):
        some = rows[begin : begin + step]
        found[begin : begin + step] = np.argmin(lengths - 2 * some @ middles.T, axis=1)
    return found


def _nearest_by_boxes(rows: Floats, middles: Floats) -> Whole:
    """Give the nearest points for many rows: each looks only at those that its box can be near to.

    The space of the rows is cut into boxes, about as many as there are points. The nearest to a row
    is nearer than the farthest end of its box is to the point that lies best, so no other counts.
    """
    import numpy as np

    dimensions = middles.shape[1]
    parts = max(2, min(40, round(len(middles) ** (1 / dimensions))))
    low, high = rows.min(axis=0), rows.max(axis=0)
    step = np.where(high > low, (high - low) / parts, 1)
    places = np.clip(((rows - low) / step).astype(np.int64), 0, parts - 1)
    boxes = np.ravel_multi_index(tuple(places.T), (parts,) * dimensions)
    order = np.argsort(boxes, kind="stable")
    begins = np.flatnonzero(np.diff(boxes[order], prepend=-1))
    found = np.empty(len(rows), np.int64)
    for some in np.split(order, begins[1:]):
        corner = low + places[some[0]] * step
        outside = np.maximum(np.maximum(corner - middles, middles - corner - step), 0)
        farthest = np.maximum(np.abs(middles - corner), np.abs(middles - corner - step))
        bound = np.square(farthest).sum(axis=1).min()
        near = np.flatnonzero(np.square(outside).sum(axis=1) <= bound * (1 + 1e-9))
        lengths = np.square(middles[near]).sum(axis=1)
        found[some] = near[np.argmin(lengths - 2 * rows[some] @ middles[near].T, axis=1)]
    return found
