"""An unstructured archive: what is far from all that it has is new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flourishing.arguments import as_number, as_whole
from flourishing.errors import InputError
from flourishing.evolution.archives.archive import BINS, Archive, Form, numbered
from flourishing.evolution.archives.grid import GridArchive
from flourishing.evolution.archives.nearest import nearest_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from flourishing.core.text import Text

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Texts = Sequence[str | Text] | NDArray[np.object_]


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
        super().__init__(ranges, names or numbered(len(ranges)), 16, floor=floor, high=high)

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

        return nearest_of(self._unit(np.asarray(measures, np.float64)), self._known())

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
