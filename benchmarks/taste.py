"""How well a taste learned from few marks predicts the rest, and how long it takes.

Run `python benchmarks/taste.py`. It embeds the 148 poems that ship (imagists, haiku, short verse)
with the embedded model, once (`--embeddings FILE` keeps them), and prints Markdown:

- *accuracy*: labels are drawn at random, `--splits` times; taste is learned from these, and the
  share of all pairs of other texts that it puts in the right order is averaged. "Imagist or not" is
  a question of form, "water in it" one of theme. The interval is that of the mean over splits.
- *its own estimate*: what it says of its accuracy, averaged, and the share of splits in which the
  true one, which is measured on the other texts, lies below, within and above its interval. It is
  learned from four fifths of the labels, and so errs on the low side.
- *by chance*: how often it says that it can tell where the labels are drawn by lot, which should
  be seldom.
- *eight of 32*: of 32 poems without a label, the share of liked ones among the 8 that are shown
  first, and how unlike these are (1 less the mean cosine of pairs, centred on the 32): by lot, by
  score alone, and by the rule of `shown_first`, which is half score and half unlikeness.
- *time*: learning from 1,000 marks on 3,000 texts of 640 numbers, in milliseconds of one core; and
  from a mark to the taste that knows it, in a garden with 1,000 marks, the median of 20.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np

import flourishing as fl
from flourishing.selection import Marks, Reduction, Taste, shown_first

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]
    Bools = NDArray[np.bool_]

LABELS: Final = (10, 20, 40, 80)
WATER: Final = re.compile(r"\b(water|sea|rain|river|wave|pool|stream|lake|pond|snow|dew)", re.I)


def poems() -> tuple[list[str], dict[str, Bools]]:
    """Give the poems that ship, and what a person might like of them."""
    shelves = [(name, fl.library(name)) for name in ("imagists", "haiku", "short-verse")]
    texts = [text.content for _, shelf in shelves for text in shelf.texts]
    form = [name == "imagists" for name, shelf in shelves for _ in shelf.texts]
    water = [WATER.search(text) is not None for text in texts]
    return texts, {"imagist or not": np.array(form), "water in it": np.array(water)}


def marks(rows: NDArray[np.int64], liked: Bools) -> Marks:
    """Mark texts as a person with this taste does."""
    return Marks(
        kept=[int(row) for row in rows if liked[row]],
        dropped=[int(row) for row in rows if not liked[row]],
    )


def split(embeddings: Floats, liked: Bools, labels: int, splits: int) -> list[object]:
    """Give a line of the table: accuracy, its interval, and what the taste says of itself."""
    draw = np.random.default_rng(labels)
    reduction = Reduction.fit(embeddings)
    found, said, beside, told = [], [], [], 0
    for _ in range(splits):
        order = draw.permutation(len(liked))
        rest = order[labels:]
        taste = Taste.learn(embeddings, marks(order[:labels], liked), reduction=reduction)
        scores, good = taste.score(embeddings[rest]), liked[rest]
        apart = scores[good][:, None] - scores[~good][None]
        accuracy = float((apart > 0).mean() + (apart == 0).mean() / 2)
        found.append(accuracy)
        told += taste.can_tell
        if taste.accuracy is not None:
            said.append(taste.accuracy.value)
            beside.append((accuracy > taste.accuracy.high) - (accuracy < taste.accuracy.low))
    sure = 1.96 * float(np.std(found)) / splits**0.5
    where = [f"{beside.count(side) / len(beside):.0%}" for side in (-1, 0, 1)]
    own = f"{np.mean(said):.3f} | {' / '.join(where)}"
    return [labels, f"{np.mean(found):.3f} ± {sure:.3f}", own, f"{told / splits:.0%}"]


def eight_of_32(embeddings: Floats, liked: Bools, labels: int, splits: int) -> list[object]:
    """Give a line of the table: what is shown first of 32, by lot, by score, and by the rule."""
    draw = np.random.default_rng(labels)
    reduction = Reduction.fit(embeddings)
    found: list[list[tuple[float, float]]] = [[], [], []]
    for _ in range(splits):
        order = draw.permutation(len(liked))
        taste = Taste.learn(embeddings, marks(order[:labels], liked), reduction=reduction)
        rest = order[labels : labels + 32]
        rows = embeddings[rest]
        scores, apart = taste.score(rows), unlike(rows)
        by_score, by_rule = (shown_first(scores, rows, 8, weight=weight) for weight in (1, 0.5))
        for shown, its in zip((list(range(8)), by_score, by_rule), found, strict=True):
            pairs = apart[np.ix_(shown, shown)][np.triu_indices(8, 1)]
            its.append((float(liked[rest[shown]].mean()), float(pairs.mean())))
    return [labels, *(" / ".join(f"{mean:.2f}" for mean in np.mean(its, axis=0)) for its in found)]


def unlike(rows: Floats) -> Floats:
    """Give how unlike each two texts are, centred on all of them."""
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    units = units - units.mean(axis=0)
    units = units / np.linalg.norm(units, axis=1, keepdims=True)
    found: Floats = 1 - units @ units.T
    return found


class Drawn(fl.BaseModel):
    """A model whose embeddings are made up, so that only the garden and learning take time."""

    name = "drawn"

    async def embed(self, texts: Sequence[str]) -> Floats:
        """Make up a row for each text."""
        return np.array([np.random.default_rng(len(text)).normal(size=640) for text in texts])


def from_a_mark(folder: Path) -> list[float]:
    """Give the milliseconds of a core from a mark to the taste that knows it, with 1,000 marks."""
    with fl.open_garden(folder / "garden.db") as garden:
        texts = garden.add(*("a " * number + "sea" for number in range(1, 2_001)), keep=False)
        bed = garden.beds.begin("b", kind="poem")
        garden.keep(*texts[:1_000:2], bed=bed)
        garden.drop(*texts[1:1_000:2], bed=bed)
        garden.taste(Drawn(), kind="poem")
        times = []
        for text in texts[1_000:1_020]:
            begun = time.process_time()
            garden.keep(text, bed=bed)
            garden.taste(Drawn(), kind="poem")
            times.append(1_000 * (time.process_time() - begun))
        return times


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--embeddings", type=Path, help="An .npy file to keep them in.")
    options = parser.parse_args()
    texts, tastes = poems()
    if options.embeddings and options.embeddings.exists():
        embeddings = np.load(options.embeddings)
    else:
        embeddings = fl.embed(texts, model="local")
        if options.embeddings:
            np.save(options.embeddings, embeddings)
    head = "| labels | accuracy | its own estimate | below / within / above | can tell |"
    by_chance = np.random.default_rng(0)
    tastes["by chance"] = by_chance.random(len(texts)) < 0.5
    for name, liked in tastes.items():
        print(f"\n{name} ({liked.sum()} of {len(liked)})\n\n{head}\n|---|---|---|---|---|")
        for labels in LABELS:
            line = split(embeddings, liked, labels, options.splits)
            print("| " + " | ".join(map(str, line)) + " |")
    print("\n8 of 32: share liked / unlikeness\n")
    print("| labels | by lot | by score | by the rule |\n|---|---|---|---|")
    for labels in LABELS:
        line = eight_of_32(embeddings, tastes["imagist or not"], labels, options.splits)
        print("| " + " | ".join(map(str, line)) + " |")
    many = by_chance.normal(size=(3_000, 640))
    begun = time.process_time()
    Taste.learn(many, marks(np.arange(1_000), many[:, 0] > 0))
    print(f"\n1,000 marks on 3,000 texts: {1000 * (time.process_time() - begun):.0f} ms of a core")
    with TemporaryDirectory() as folder:
        times = from_a_mark(Path(folder))
    print(f"from a mark to the taste that knows it: {median(times):.0f} ms of a core")


if __name__ == "__main__":
    main()
