"""How long it takes to find texts by meaning in a large garden, and how well they are found.

Run `python benchmarks/meaning.py`. It makes a garden of `--size` short texts in `--folder`,
kept for the next time, with made-up embeddings of 640 numbers in the place of a model's: five
hundred clusters, with noise, of which the numbers are as unequal as those of the embedded model. It
prints Markdown: the first look of a process, which loads the matrix; a look after that; one among
the kept texts alone; one after a thousand texts were added (milliseconds, median and 95th
percentile of 100, and the median of those that a core was busy); and the share of the 20 nearest by
whole embeddings that are found.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final

import numpy as np

from flourishing.garden import Garden, open_garden

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL: Final = "made up"
WIDTH: Final = 640
LOOKS: Final = 100
AT_ONCE: Final = 5_000


class MadeUp:
    """Draws embeddings."""

    def __init__(self) -> None:
        self._draw = np.random.default_rng(0)
        self._scale = (1 / np.sqrt(1 + np.arange(WIDTH))).astype(np.float32)
        self._centres = self._some(500)

    def _some(self, many: int) -> NDArray[np.float32]:
        return self._draw.standard_normal((many, WIDTH), np.float32) * self._scale

    def vectors(self, many: int) -> NDArray[np.float32]:
        """Draw as many embeddings."""
        centres = self._centres[self._draw.integers(500, size=many)]
        made: NDArray[np.float32] = 0.5 + centres + 0.7 * self._some(many)
        return made


def embed(garden: Garden, made_up: MadeUp) -> None:
    """Give every text an embedding that has none."""
    while texts := garden.embeddings.missing(MODEL, AT_ONCE):
        vectors = made_up.vectors(len(texts))
        garden.embeddings.put(
            MODEL, dict(zip([text.digest for text in texts], vectors, strict=True))
        )


def looks(garden: Garden, made_up: MadeUp, **which: object) -> str:
    """Measure some looks."""
    took, busy = [], []
    for vector in made_up.vectors(LOOKS):
        begun, before = time.perf_counter(), time.process_time()
        garden.search.near(vector, MODEL, limit=20, **which)  # type: ignore[arg-type]
        took.append(1000 * (time.perf_counter() - begun))
        busy.append(1000 * (time.process_time() - before))
    return f"{median(took):.0f} | {quantiles(took, n=20)[-1]:.0f} | {median(busy):.0f}"


def found(garden: Garden) -> float:
    """Give the share of the truly nearest that are among those found."""
    ids = [text.id for text in garden.search.page(limit=10**7)]
    there, rows = garden.embeddings.of(MODEL, ids)
    rows -= rows.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    shares = []
    for at in np.linspace(0, len(there) - 1, 50).astype(int):
        nearest = {there[row] for row in np.argsort(-(rows @ rows[at]))[:20]}
        vector = garden.embeddings.of(MODEL, [there[at]])[1][0]
        near = garden.search.near(vector, MODEL, limit=20)
        shares.append(len(nearest & {each.text.id for each in near}) / 20)
    return float(np.mean(shares))


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "meaning")
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    path = options.folder / f"garden-{options.size}.db"
    if not path.exists():
        with open_garden(path) as garden:
            for begin in range(0, options.size, AT_ONCE):
                texts = range(begin, min(begin + AT_ONCE, options.size))
                garden.add(*(f"the text number {at}" for at in texts), keep=False)
            garden.keep(*range(1, options.size, 20))
    made_up = MadeUp()
    with open_garden(path) as garden:
        embed(garden, made_up)
    with open_garden(path) as garden:
        begun = time.perf_counter()
        garden.search.near(made_up.vectors(1)[0], MODEL, limit=20)
        first = 1000 * (time.perf_counter() - begun)
        print(f"{options.size:,} texts\n\n| | median | 95th percentile | of a core |")
        print("|---|---|---|---|")
        print(f"| the first look | {first:.0f} | | |")
        print(f"| a look | {looks(garden, made_up)} |")
        print(f"| a look among those kept | {looks(garden, made_up, mark='keep')} |")
        garden.add(*(f"text {at} of {time.time()}" for at in range(1_000)), keep=False)
        embed(garden, made_up)
        begun = time.perf_counter()
        garden.search.near(made_up.vectors(1)[0], MODEL, limit=20)
        print(f"| after 1,000 more | {1000 * (time.perf_counter() - begun):.0f} | | |")
        print(f"\nOf the 20 nearest, {found(garden):.1%} are found.")


if __name__ == "__main__":
    main()
