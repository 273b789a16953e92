"""Matrices as a model's file has them, and products of matrices on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

Part = TypeVar("Part")
Outcome = TypeVar("Outcome")

_Q8_0: Final = 8
_ROWS: Final = 8_192
"""Rows of a block: 21 MB of float32 for the head of the embedded model."""
_SMALL: Final = 10_000_000
"""Multiplications of a product that one core does in less than a millisecond."""


class Cores:
    """Computes on all cores, with a thread of our own for each.

    The threads of the library for linear algebra spin while they wait for each other at the end of
    each product. Where another program, or the engine, wants a core, that made a reading take five
    times as long. So within `busy` each product has one thread, and the system shares out ours.
    """

    def __init__(self) -> None:
        # Here, since it cannot be imported while the interpreter ends, and an engine can.
        from concurrent.futures import ThreadPoolExecutor

        import numpy  # noqa: F401 - so that the controller finds its library
        from threadpoolctl import ThreadpoolController

        has_affinity = hasattr(os, "sched_getaffinity")
        self._many = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._many, thread_name_prefix="flourishing-cores")
        self._library = ThreadpoolController()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Keep the library for linear algebra to one thread a product."""
        with self._library.limit(limits=1, user_api="blas"):
            yield

    def each(self, work: Callable[[Part], Outcome], parts: Sequence[Part]) -> list[Outcome]:
        """Do work for each part, on all cores, and give the outcomes in order.

        Args:
            work: What is done; it must not call this object.
            parts: What it is done for.
        """
        return list(self._pool.map(work, parts))

    def times(self, x: Floats, matrix: Floats) -> Floats:
        """Give the product of rows with the rows of a matrix: `x @ matrix.T`.

        Args:
            x: The rows.
            matrix: The matrix, one row for each column of the product.
        """
        import numpy as np

        if self._many == 1 or x.size * len(matrix) < _SMALL:
            product: Floats = x @ matrix.T
            return product
        found = np.empty((len(x), len(matrix)), np.float32)
        ends = np.linspace(0, len(matrix), self._many + 1).astype(int)

        def part(at: int) -> None:
            columns = slice(ends[at], ends[at + 1])
            np.matmul(x, matrix[columns].T, out=found[:, columns])

        self.each(part, range(self._many))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class PackedMatrix:
    """A matrix that stays in the file as it is, and is unpacked as far as it is needed.

    Attributes:
        rows: Its rows, packed.
        kind: How they are packed, as `gguf.GGMLQuantizationType` has it.
    """

    rows: NDArray[np.uint8]
    kind: Any

    def unpack(self) -> Floats:
        """Unpack all rows."""
        import numpy as np
        from gguf.quants import dequantize

        rows = self.rows
        if self.kind != _Q8_0:
            return np.ascontiguousarray(dequantize(rows, self.kind), np.float32)
        # Blocks of 32 small integers, with their factor before them; the head of the embedded model
        # is packed so, and this takes a tenth of the time.
        blocks = np.ascontiguousarray(rows).view([("factor", "<f2"), ("small", "i1", 32)])
        unpacked: Floats = blocks["small"].astype(np.float32)
        unpacked *= blocks["factor"].astype(np.float32)[..., None]
        return unpacked.reshape(len(rows), -1)

    def take(self, numbers: NDArray[np.int64]) -> Floats:
        """Unpack the rows of these numbers.

        Args:
            numbers: The numbers of the rows, from 0.
        """
        return PackedMatrix(self.rows[numbers], self.kind).unpack()

    def take_none(self) -> Floats:
        """Give no row, as wide as rows are."""
        return PackedMatrix(self.rows[:1], self.kind).unpack()[:0]

    def blocks(self) -> list[PackedMatrix]:
        """Give all rows, a block at a time, still packed."""
        starts = range(0, len(self.rows), _ROWS)
        return [PackedMatrix(self.rows[at : at + _ROWS], self.kind) for at in starts]
