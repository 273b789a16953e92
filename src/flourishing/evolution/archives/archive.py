"""What all archives have: cells, each with the best text that was put into it."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from flourishing.core.text import Text
from flourishing.core.words import quantity, words_of
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


class Archive(ABC):
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

    def clear(self) -> None:
        """Take all texts out."""
        import numpy as np

        self._texts[:] = None
        self._quality[:] = -np.inf
        self._measures[:] = 0
        self._filled.clear()

    @abstractmethod
    def index_of(self, measures: ArrayLike) -> Whole:
        """Give the numbers of the cells to which these measures belong.

        Args:
            measures: A row for each text, with a number for each measure.
        """

    def _checked(self, many: int, quality: ArrayLike, measures: ArrayLike) -> tuple[Floats, Floats]:
        import numpy as np

        values = np.asarray(quality, np.float64)
        rows = np.asarray(measures, np.float64)
        if rows.ndim == 1 and len(self.names) == 1:
            rows = rows[:, None]
        if values.shape != (many,) or rows.shape != (many, len(self.names)):
            raise InputError(
                f"Of {quantity(many, 'text')} there are qualities of the shape {values.shape} and "
                f"measures of {rows.shape}.",
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

    @abstractmethod
    def _empty_ribs(self, ribs: Any) -> Any:
        """Give an archive of pyribs that is like this one, and empty."""


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


def numbered(many: int) -> list[str]:
    """Give names for measures that have none.

    Args:
        many: How many.
    """
    return [f"measure {number}" for number in range(1, many + 1)]
