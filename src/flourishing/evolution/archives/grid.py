"""A grid: cells that are the same for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from flourishing.arguments import as_whole
from flourishing.errors import InputError
from flourishing.evolution.archives.archive import BINS, Archive, Form, numbered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

MOST_CELLS: Final = 10**7
_EPSILON: Final = 1e-6
"""Keeps what lies exactly on the edge of a cell in the upper one, whatever rounding makes of it."""


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
        super().__init__(ranges, names or numbered(len(ranges)), cells, floor=floor, high=high)
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
