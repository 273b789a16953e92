"""The nearest of some points, for many rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

_AT_ONCE: Final = 2**22
"""Distances that are computed at once."""
_FEW: Final = 2**20
"""Distances; so many are computed all of them."""


def nearest_of(rows: Floats, middles: Floats) -> Whole:
    """Give the number of the nearest of some points, for each row.

    Args:
        rows: The rows.
        middles: The points, a row each.
    """
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
