"""What the Latin and the English vocabulary of the embedded model are worth, beside the whole one.

Run `python benchmarks/vocabulary.py` on a quiet machine (about six minutes on two cores), or with
`--quick` for two repeats and fewer texts. It prints Markdown tables and asserts nothing. All files
are loaded in one process, and what is compared is interleaved (A, B, C, A, B, C, …), so that a
machine that slows down slows all; a ratio is the median of the ratios of the repeats, and the rest
are medians too. Other GGUF files of the same model can be put beside them: `--beside FILE`.

What is measured:

- *Tokens a second*, n = 8 and n = 1: 48 tokens each, continuing six poems, from the first token on,
  so that reading the prompt is left out; the end of text is ignored. And *tokens for each second of
  processor time*, all cores together, on which other programs on the same machine have less effect.
- *Loading*: seconds until the engine is ready, with the file in the machine's page cache.
- *Making a file*: seconds, once on a machine, with its checksum and down to the disk.
- *Memory*: of a process that has bred from English poems, resident, the mapped file included.
- *Nats a character*: of each shipped collection, its texts joined as in a prompt, up to 600
  characters of each: minus the log-probability of all tokens, over the number of characters; and
  the file that such a prompt is continued by. Texts of one's own can be put beside them, which took
  no part in the choice of the tokens: `--text FILE`, up to 12,000 characters of each.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

import flourishing as fl
from flourishing import sync
from flourishing.library import names
from flourishing.models.engine import Engine
from flourishing.models.engine_output import Chunk
from flourishing.models.packaged import PackagedModel
from flourishing.models.scorer import Scorer
from flourishing.models.vocabulary import ENGLISH, LATIN, Vocabulary, reduced_weights
from flourishing.models.weights import embedded_weights
from flourishing.settings import cache_path

TOKENS: Final = 48
CHARACTERS: Final = 600
OWN_CHARACTERS: Final = 12_000
PASSAGE: Final = 1_500
"""Characters of a text that are read together."""
SEPARATOR: Final = "\n---\n"
BREED: Final = """
import flourishing as fl, psutil
fl.breed(fl.library("imagists").texts[:6], 8, model="local", max_tokens=48)
print(psutil.Process().memory_info().rss)
"""


def prompt_of(collection: str, *, texts: int | None = None) -> str:
    """Join the texts of a shipped collection as a prompt does."""
    contents = [
        text.content
        for each in fl.library(collection)
        for text in (each.versions if isinstance(each, fl.Chain) else (each,))
    ]
    return SEPARATOR.join(contents[:texts])


# Speed.


def rates(engine: Engine, prompt: Sequence[int], n: int) -> tuple[float, float]:
    """Have an engine write n completions; give the tokens a second, and a processor's second."""
    times: list[tuple[float, float]] = []

    def note(chunk: Chunk) -> None:
        now = time.perf_counter(), time.process_time()
        times.extend(now for _ in chunk.get("choices", ()))

    body = {"prompt": list(prompt), "n": n, "seed": 1, "ignore_eos": True}
    sampling = fl.Sampling(max_tokens=TOKENS).for_llamacpp()
    engine.stream({**body, **sampling}, note, threading.Event(), alone=False)
    passed, used = (after - before for before, after in zip(times[0], times[-1], strict=True))
    return (len(times) - 1) / passed, (len(times) - 1) / used


def speeds(
    engines: Sequence[Engine], n: int, repeats: int
) -> tuple[list[list[float]], list[list[float]]]:
    """Let engines write in turn, once unmeasured; give both rates of each engine, each time."""
    prompt = prompt_of("imagists", texts=6) + SEPARATOR
    tokens = [engine.tokens(prompt) for engine in engines]
    by_clock: list[list[float]] = [[] for _ in engines]
    by_processor: list[list[float]] = [[] for _ in engines]
    for repeat in range(repeats + 1):
        for at, (engine, asked) in enumerate(zip(engines, tokens, strict=True)):
            clock, processor = rates(engine, asked, n)
            if repeat:
                by_clock[at].append(clock)
                by_processor[at].append(processor)
    return by_clock, by_processor


# Files.


def loading(files: Sequence[Path], repeats: int) -> list[list[float]]:
    """Load files in turn, once unmeasured; give the seconds of each, each time."""
    took: list[list[float]] = [[] for _ in files]
    for repeat in range(repeats + 1):
        for file, measured in zip(files, took, strict=True):
            begun = time.perf_counter()
            engine = Engine(file)
            if repeat:
                measured.append(time.perf_counter() - begun)
            engine.close()
    return took


def making(vocabulary: Vocabulary, whole: Path) -> float:
    """Make the file with a vocabulary in a cache of its own, and give the seconds."""
    with tempfile.TemporaryDirectory(dir=whole.parent) as folder:
        cache = Path(folder)
        (cache / whole.name).symlink_to(whole)
        embedded_weights(cache)  # which checks it; that is not counted here
        begun = time.perf_counter()
        reduced_weights(vocabulary, cache)
        return time.perf_counter() - begun


def memory() -> float:
    """Breed from English poems in a process of its own; give its MB."""
    done = subprocess.run([sys.executable, "-c", BREED], check=True, capture_output=True)
    return int(done.stdout) / 1e6


# Nats.


def nats(engine: Engine, scorer: Scorer, text: str) -> float:
    """Give minus the log-probability of a text, each passage of it after the beginning alone."""
    passages = [text[at : at + PASSAGE] for at in range(0, len(text), PASSAGE)]
    tokens = [engine.tokens(passage, beginning=False) for passage in passages]
    return -sum(map(sum, scorer.score(engine.tokens(""), tokens, threading.Event())))


# The tables.


def line(cells: Sequence[object]) -> str:
    """Write a row of a Markdown table."""
    return "| " + " | ".join(map(str, cells)) + " |"


def figures(name: str, measured: Sequence[Sequence[float]], digits: int, target: str = "") -> str:
    """Write a row: the whole file's figure, and each other's with the ratio to it."""
    whole = measured[0]
    cells = [name, f"{median(whole):.{digits}f}"]
    for others in measured[1:]:
        ratio = median(a / b for a, b in zip(others, whole, strict=True))
        cells += [f"{median(others):.{digits}f}", f"{ratio:.2f}"]
    return line([*cells, target])


def print_speeds(files: Sequence[Path], repeats: int) -> list[Engine]:
    """Print what concerns speed and size; give the loaded engines."""
    heads = [cell for file in files[1:] for cell in (file.stem, "ratio")]
    print(line(["measured", "whole", *heads, "target"]))
    print(line(["---"] * (len(heads) + 3)))
    took = loading(files, repeats)
    engines = [Engine(file) for file in files]
    for n, target in ((8, "at least 1.4"), (1, "")):
        clock, processor = speeds(engines, n, repeats)
        print(figures(f"tokens a second, n = {n}", clock, 1, target))
        print(figures(f"tokens for each second of processor time, n = {n}", processor, 1))
    print(figures("seconds to load", took, 2))
    print(figures("MB of the file", [[file.stat().st_size / 1e6] for file in files], 0))
    sizes = [[float(engine.vocabulary_size)] for engine in engines]
    print(figures("tokens of the vocabulary", sizes, 0), flush=True)
    return engines


def print_nats(engines: Sequence[Engine], files: Sequence[Path], texts: dict[str, str]) -> None:
    """Print the nats a character of texts, and of all together, and which file is for them."""
    model = PackagedModel(cache_path())
    scorers = [Scorer(file) for file in files]
    heads = ["text", "characters", "whole", "Latin", "English", "Latin beside", "English beside"]
    print("\n" + line([*heads, "written by"]))
    print(line(["---"] * 8))
    sums = [0.0] * (len(files) + 1)
    for name, text in texts.items():
        found = [nats(*both, text) for both in zip(engines, scorers, strict=True)]
        sums = [a + b for a, b in zip(sums, [float(len(text)), *found], strict=True)]
        print_differences(name, len(text), found, sync.run(model.model_for(text)).name)
    print_differences("all", sums[0], sums[1:], "")


def print_differences(name: str, characters: float, found: Sequence[float], file: str) -> None:
    """Print a row of nats a character, with the differences from the whole file in percent."""
    each = [f"{nats / characters:.4f}" for nats in found]
    apart = [f"{100 * (nats / found[0] - 1):+.3f} %" for nats in found[1:]]
    print(line([name, f"{characters:,.0f}", *each, *apart, file]), flush=True)


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description="Measure the embedded model's three files.")
    parser.add_argument("--repeats", type=int, default=7, help="by default 7")
    parser.add_argument("--quick", action="store_true", help="two repeats, for a rough look")
    parser.add_argument("--beside", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--text", type=Path, action="append", default=[], metavar="FILE")
    asked = parser.parse_args()
    repeats = 2 if asked.quick else asked.repeats
    whole = embedded_weights(cache_path())
    files = [whole, *(reduced_weights(each, cache_path()) for each in (LATIN, ENGLISH))]
    made = [f"{making(each, whole):.1f}" for each in (LATIN, ENGLISH)]
    engines = print_speeds([*files, *asked.beside], repeats)
    print(f"\nMaking a file took {' and '.join(made)} s.")
    print(f"A process that breeds from English poems has {memory():.0f} MB.")
    most = 300 if asked.quick else CHARACTERS
    texts = {name: prompt_of(name)[:most] for name in names()}
    texts |= {path.stem: path.read_text(encoding="utf-8")[:OWN_CHARACTERS] for path in asked.text}
    print_nats(engines[:3], files, texts)
    for engine in engines:
        engine.close()
    print(f"\nxllamacpp {version('xllamacpp')}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
