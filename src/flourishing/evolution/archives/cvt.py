"""A tessellation: as many cells as are wanted, in any number of dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from flourishing.arguments import as_whole
from flourishing.errors import InputError
from flourishing.evolution.archives.archive import Archive, Form, numbered
from flourishing.evolution.archives.nearest import nearest_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

CELLS: Final = 100
"""Cells of a tessellation, where nobody says otherwise."""
_SAMPLES: Final = 20
"""Points a cell, from which a tessellation is made."""
_ROUNDS: Final = 10


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
        super().__init__(ranges, names or numbered(len(ranges)), cells, floor=floor, high=high)
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

        return nearest_of(np.asarray(measures, np.float64), self.centroids)

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


def _spread(cells: int, dimensions: int, seed: int) -> Floats:
    """Give points of the unit cube that are spread evenly, by k-means of many more (Lloyd)."""
    import numpy as np

    draw = np.random.default_rng(seed)
    points = draw.random((max(1_000, cells * _SAMPLES), dimensions))
    middles = points[draw.choice(len(points), cells, replace=False)].copy()
    for _ in range(_ROUNDS):
        nearest = nearest_of(points, middles)
        counts = np.bincount(nearest, minlength=cells)
        for axis in range(dimensions):
            sums = np.bincount(nearest, points[:, axis], cells)
            middles[:, axis] = np.where(counts > 0, sums / np.maximum(counts, 1), middles[:, axis])
    return middles
