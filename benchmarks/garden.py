"""What a garden costs as it grows: opening, saving, reading, walking, searching.

Run `python benchmarks/garden.py` on a quiet machine; `--sizes 100000` for the smaller garden alone.
It makes the gardens (`planted.py`; a million texts take about ten minutes and 2 GB, a copy to
write in as much again) in `--folder`, keeps them there for the next time, prints one Markdown table
and asserts nothing. `--peer-python` names a Python that has basemode-loom; the same texts then go
into a loom (`loom.py`), and the same work is done there, where it has it.

Every operation is done 100 times or more, each time with another input, and alone; the figures are
milliseconds, the median and the 95th percentile. Files are in the system's cache. What the rows
mean:

- *open*: `open_garden`; in a process that has done so before, and in a fresh one, where the first
  page is read as well, and importing does not count.
- *save a brood*: 8 offspring of 6 parents in a bed, until they are on the disk. The bare
  transaction beside it writes a row of one number with plain SQLite, as safely and on the same
  disk; the two take turns.
- *a page*: 50 texts; somewhere in the middle, and among those that were kept or tagged.
- *ancestors*, *descendants*: over 200 generations of a line in which each text is bred from the one
  before it; and the family of a text of a bed in which parents were chosen among the last 24 kept,
  of which at most 5,000 texts are given.
- *words*: the 50 newest texts with a word that is among the 10 commonest, of the first few hundred,
  or rare; with two; with a beginning of two letters; and among those kept or pinned.
- *echoes*: the originality check of offspring that are not saved yet, of 12 words of another text
  among new ones, and of nothing but the commonest words.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import Random
from statistics import mean, median, quantiles
from typing import Any, Final, TypeAlias

from planted import GENERATIONS, Words, brood_of, plant_garden

from flourishing.breeding.brood import Brood
from flourishing.garden import Garden, open_garden
from flourishing.garden.migrations import HEAD

TARGET: Final = 50.0
"""Milliseconds, for the 95th percentile with 100,000 texts."""
AIMED_AT: Final = 100_000
SAVE: Final = "save a brood of 8"
BARE: Final = "(a bare transaction of one row)"
PEER: Final = {
    "open": "open",
    "page": "a page of 50, the newest",
    "words": "words: a common one",
    "up": "ancestors, 200 generations",
    "down": "descendants, 200 generations",
    "save": SAVE,
}
"""What a loom can do too, by the names in `loom.py`."""
FRESH: Final = """
import sys, time
from flourishing.garden import open_garden
begun = time.perf_counter()
with open_garden(sys.argv[1]) as garden:
    opened = time.perf_counter()
    garden.search.page()
    print(opened - begun, time.perf_counter() - begun)
"""


@dataclass(frozen=True, slots=True)
class Took:
    """How long an operation took, each time, in milliseconds; and how many texts it gave."""

    each: Sequence[float]
    given: float = 0

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.each)

    @property
    def high(self) -> float:
        """The 95th percentile."""
        return quantiles(self.each, n=20)[-1]


Table: TypeAlias = dict[str, Took]


def timed(work: Callable[[Any], Any], inputs: Iterable[Any]) -> Took:
    """Do some work once for each of the inputs."""
    took, given = [], []
    for each in inputs:
        begun = time.perf_counter()
        answer = work(each)
        took.append(1000 * (time.perf_counter() - begun))
        answer = getattr(answer, "texts", answer)
        given.append(len(answer) if hasattr(answer, "__len__") else 0)
    return Took(took, mean(given))


class Bench:
    """A garden under measurement.

    Args:
        path: The garden; it is written to.
        size: How many texts it has.
        repeats: How often each operation is done.
    """

    def __init__(self, path: Path, size: int, repeats: int) -> None:
        self.path = path
        self.size = size
        self.repeats = repeats
        self.draw = Random(size)
        self.words = Words(Random(1913))  # those of the garden
        self.garden = open_garden(path)

    def table(self) -> Table:
        """Measure everything; what writes comes last."""
        return {
            **self.opening(),
            **self.pages(),
            **self.families(),
            **self.searches(),
            **self.echoes(),
            **self.saving(),
        }

    def opening(self) -> Table:
        """Measure how long it takes to open."""
        fresh = [self.fresh() for _ in range(self.repeats)]
        return {
            "open": timed(lambda _: Garden(self.path).close(), range(self.repeats)),
            "open, in a fresh process": Took([opened for opened, _ in fresh]),
            "open in a fresh process and show a page": Took([shown for _, shown in fresh]),
        }

    def fresh(self) -> tuple[float, float]:
        """Open in a process of its own; give milliseconds until it is open, and a page is read."""
        said = subprocess.check_output([sys.executable, "-c", FRESH, self.path], text=True)
        opened, shown = (1000 * float(each) for each in said.split())
        return opened, shown

    def pages(self) -> Table:
        """Measure pages of 50."""
        page = self.garden.search.page
        kept = [text.id for text in page("keep", limit=self.size // 20)]
        return {
            "a page of 50, the newest": timed(lambda _: page(), self.times()),
            "a page of 50, in the middle": timed(lambda id: page(before=id), self.some_ids()),
            "a page of 50, the last kept": timed(lambda _: page("keep"), self.times()),
            "a page of 50, of those kept, in the middle": timed(
                lambda id: page("keep", before=id), self.draw.sample(kept, self.repeats)
            ),
            "a page of 50, with a tag": timed(lambda _: page(tag="sea"), self.times()),
        }

    def families(self) -> Table:
        """Measure walks over 200 generations."""
        lineage = self.garden.lineage
        last = [text.id for text in self.garden.search.page(limit=self.repeats)]
        return {
            "ancestors, 200 generations": timed(lineage.ancestors, self.line()[0]),
            "descendants, 200 generations": timed(lineage.descendants, self.line()[1]),
            "ancestors of a bed's last text": timed(lineage.ancestors, last),
        }

    def line(self) -> tuple[list[int], list[int]]:
        """Give texts with 200 generations before them, and others with as many after them."""
        bed = next(bed for bed in self.garden.beds.all() if bed.name == "the line")
        broods = self.garden.broods(bed, limit=GENERATIONS)
        late = [text.id for brood in broods[: GENERATIONS - 200] for text in brood]
        # Only the first of each brood was bred from.
        early = [brood[0].id for brood in broods[200:]]
        return late[: self.repeats], (early * self.repeats)[: self.repeats]

    def searches(self) -> Table:
        """Measure the search for words."""
        search = self.garden.search.words
        kept, pinned = partial(search, mark="keep"), partial(search, mark="pin")
        beginnings = [word[:2] for word in self.wanted((0, 20_000))]
        return {
            "words: one of the 10 commonest": timed(search, self.wanted((0, 10))),
            "words: a common one": timed(search, self.wanted((20, 500))),
            "words: a rare one": timed(search, self.wanted((2_000, 20_000))),
            "words: two": timed(search, self.wanted((0, 100), (20, 500))),
            "words: a beginning of two letters": timed(search, beginnings),
            "words: a common one, among those kept": timed(kept, self.wanted((0, 100))),
            "words: a common one, among those pinned": timed(pinned, self.wanted((0, 100))),
        }

    def wanted(self, *ranks: tuple[int, int]) -> list[str]:
        """Give words to search for, each of one of these ranks."""
        words = self.words.words
        return [" ".join(words[self.draw.randrange(*each)] for each in ranks) for _ in self.times()]

    def echoes(self) -> Table:
        """Measure the originality check."""
        check = self.garden.search.echoes
        fresh = [self.brood(number)[0] for number in self.times()]
        stolen = [
            " ".join([*self.words.some(20), *text.content.split()[5:17], *self.words.some(10)])
            for text in self.garden.texts(self.some_ids())
        ]
        common = [" ".join(self.draw.choices(self.words.words[:12], k=40)) for _ in self.times()]
        return {
            "echoes of fresh offspring": timed(check, [text.content for text in fresh]),
            "echoes of a stolen passage": timed(check, stolen),
            "echoes of nothing but common words": timed(check, common),
        }

    def saving(self) -> Table:
        """Measure how long it takes until a brood is on the disk, and a row of one number."""
        bed = self.garden.beds.get(1)
        broods = [self.brood(number) for number in self.times()]
        saved: list[float] = []
        bare: list[float] = []
        with closing(_bare(self.path.with_name("bare.db"))) as connection:
            for brood in broods:
                saved += timed(lambda brood: self.garden.save(brood, bed=bed), [brood]).each
                bare += timed(lambda _: _write(connection), [0]).each
        return {
            SAVE: Took(saved, 8),
            BARE: Took(bare),
        }

    def asked(self) -> dict[str, object]:
        """Give the inputs on which a peer is to do the same work, by what it calls them."""
        up, down = self.line()
        return {
            "open": list(self.times()),
            "page": list(self.times()),
            "words": self.wanted((20, 500)),
            "up": up,
            "down": down,
            "save": [(id, [text.content for text in self.brood(id)]) for id in self.some_ids()],
        }

    def brood(self, number: int) -> Brood:
        """Make a brood whose parents are among those kept last."""
        parents = self.draw.sample(self.garden.search.page("keep"), 6)
        return brood_of(parents, self.words, self.draw, number=self.size + number)

    def some_ids(self) -> list[int]:
        """Draw the numbers of texts."""
        return [self.draw.randrange(self.size // 10, self.size) for _ in self.times()]

    def times(self) -> range:
        """Count the repeats."""
        return range(self.repeats)


def _bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS numbers (number INTEGER)")
    return connection


def _write(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO numbers VALUES (1)")
    connection.execute("COMMIT")


def planted(folder: Path, size: int) -> Path:
    """Give a garden of this size, made now if it was not kept."""
    path = folder / f"garden-{HEAD}-{size}.db"
    if not path.exists():
        begun = time.monotonic()
        plant_garden(path, size)
        took = time.monotonic() - begun
        megabytes = path.stat().st_size / 1e6
        print(f"{size:,} texts planted: {took:.0f} s, {megabytes:.0f} MB", file=sys.stderr)
    return path


def measured(folder: Path, size: int, repeats: int, peer: str | None) -> tuple[Table, Table]:
    """Measure a garden of this size, and a loom of the same texts where there is a peer.

    Both are copies, so that what is kept for the next time stays what it is.
    """
    original = planted(folder, size)
    copy = folder / "copy.db"
    shutil.copyfile(original, copy)
    try:
        bench = Bench(copy, size, repeats)
        asked = bench.asked()
        ours = bench.table()
        bench.garden.close()
    finally:
        for path in folder.glob("copy.db*"):
            path.unlink()
    if peer is None:
        return ours, {}
    asked |= {"garden": str(original), "loom": str(folder / f"loom-{size}.db")}
    return ours, beside(peer, asked)


def beside(peer: str, asked: Mapping[str, object]) -> Table:
    """Have the same work done in a loom."""
    answer = subprocess.run(
        [peer, Path(__file__).with_name("loom.py")],
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {PEER[name]: Took(took) for name, took in json.loads(answer.stdout).items()}


def table(sizes: Sequence[int], ours: Sequence[Table], looms: Sequence[Table]) -> str:
    """Write what was measured as a Markdown table."""
    head = ["milliseconds", "gives"]
    for size in sizes:
        head += [f"at {size:,}", "95th percentile"]
    head += ["growth"] * (len(sizes) > 1)
    head += [f"basemode-loom at {size:,}" for size in sizes] * any(looms)
    head += [f"under {TARGET:.0f} at {AIMED_AT:,}"] * (AIMED_AT in sizes)
    lines = [head, ["---"] * len(head)]
    for name in ours[0]:
        took = [each[name] for each in ours]
        cells = [name, " / ".join(dict.fromkeys(f"{each.given:,.0f}" for each in took))]
        for each in took:
            cells += [f"{each.middle:.1f}", f"{each.high:.1f}"]
        cells += [f"{took[-1].middle / took[0].middle:.1f}"] * (len(sizes) > 1)
        cells += [f"{each[name].middle:.1f}" if name in each else "" for each in looms] * any(looms)
        if AIMED_AT in sizes:
            cells.append("yes" if took[sizes.index(AIMED_AT)].high < TARGET else "no")
        lines.append(cells)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Measure a garden as it grows.")
    parser.add_argument(
        "--sizes", default="100000,1000000", help="texts, 20,000 or more each; by commas"
    )
    parser.add_argument("--folder", type=Path, help="where the gardens are made and kept")
    parser.add_argument("--repeats", type=int, default=100, help="100 or more; by default 100")
    parser.add_argument("--peer-python", metavar="PATH", help="a Python that has basemode-loom")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    folder = asked.folder or Path(tempfile.gettempdir()) / "flourishing-gardens"
    folder.mkdir(parents=True, exist_ok=True)
    if asked.peer_python is None:
        print("No --peer-python, so nothing stands beside.", file=sys.stderr)
    both = [measured(folder, size, asked.repeats, asked.peer_python) for size in sizes]
    ours, looms = ([pair[at] for pair in both] for at in (0, 1))
    print(table(sizes, ours, looms))
    ratio = median(a / b for a, b in zip(ours[0][SAVE].each, ours[0][BARE].each, strict=True))
    print(
        f"\nA brood takes {ratio:.0f} times as long as the bare transaction after it. "
        f"{os.cpu_count()} CPUs, SQLite {sqlite3.sqlite_version}, SQLAlchemy "
        f"{version('sqlalchemy')}, Python {platform.python_version()}, {asked.repeats} repeats"
    )


if __name__ == "__main__":
    main()
