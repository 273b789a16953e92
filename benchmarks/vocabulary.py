"""What the Latin vocabulary of the embedded model is worth, beside the whole one.

Run `python benchmarks/vocabulary.py` on a quiet machine (about six minutes on two cores), or with
`--quick` for two repeats and fewer texts. It prints Markdown tables and asserts nothing. Both files
are loaded in one process, and what is compared is interleaved (A, B, A, B, …), so that a machine
that slows down slows both; a ratio is the median of the ratios of the repeats, and the rest are
medians too. Other GGUF files of the same model can be put beside them: `--beside FILE`.

What is measured:

- *Tokens a second*, n = 8 and n = 1: 48 tokens each, continuing six poems, from the first token on,
  so that reading the prompt is left out; the end of text is ignored. And *tokens for each second of
  processor time*, all cores together, on which other programs on the same machine have less effect.
- *Loading*: seconds until the engine is ready, with the file in the machine's page cache.
- *Making the file*: seconds, once on a machine, with its checksum and down to the disk.
- *Nats a character*: of each shipped collection, its texts joined as in a prompt, up to 600
  characters of each: minus the log-probability of all tokens, over the number of characters.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import threading
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

import flourishing as fl
from flourishing.library import names
from flourishing.models.engine import Engine
from flourishing.models.engine_output import Chunk
from flourishing.models.vocabulary import latin_weights
from flourishing.models.weights import embedded_weights
from flourishing.settings import cache_path

TOKENS: Final = 48
CHARACTERS: Final = 600
SEPARATOR: Final = "\n---\n"


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


def making(whole: Path) -> float:
    """Make the file with the Latin vocabulary in a cache of its own, and give the seconds."""
    with tempfile.TemporaryDirectory(dir=whole.parent) as folder:
        cache = Path(folder)
        (cache / whole.name).symlink_to(whole)
        embedded_weights(cache)  # which checks it; that is not counted here
        begun = time.perf_counter()
        latin_weights(cache)
        return time.perf_counter() - begun


# Nats.


def nats(engine: Engine, text: str) -> float:
    """Give minus the log-probability of a text."""
    start, *tokens = engine.tokens(text)
    scored = engine.score([start], tokens, threading.Event())
    return -sum(token.logprob for token in scored)


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


def print_nats(engines: Sequence[Engine], characters: int) -> None:
    """Print the nats a character of each collection, and of all together."""
    print("\n| collection | characters | whole | Latin | difference |\n" + "| --- " * 5 + "|")
    sums = [0.0] * 3
    for collection in names():
        text = prompt_of(collection)[:characters]
        found = [float(len(text)), *(nats(engine, text) for engine in engines[:2])]
        sums = [a + b for a, b in zip(sums, found, strict=True)]
        print_difference(collection, *found)
    print_difference("all", *sums)


def print_difference(name: str, characters: float, whole: float, latin: float) -> None:
    """Print a row of nats a character, with the difference in percent."""
    each = [f"{nats / characters:.4f}" for nats in (whole, latin)]
    cells = [name, f"{characters:,.0f}", *each, f"{100 * (latin / whole - 1):+.3f} %"]
    print(line(cells), flush=True)


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description="Measure the embedded model's two files.")
    parser.add_argument("--repeats", type=int, default=7, help="by default 7")
    parser.add_argument("--quick", action="store_true", help="two repeats, for a rough look")
    parser.add_argument("--beside", type=Path, action="append", default=[], metavar="FILE")
    asked = parser.parse_args()
    repeats = 2 if asked.quick else asked.repeats
    whole = embedded_weights(cache_path())
    made = making(whole)
    engines = print_speeds([whole, latin_weights(cache_path()), *asked.beside], repeats)
    print(f"\nMaking the file took {made:.1f} s.")
    print_nats(engines, 300 if asked.quick else CHARACTERS)
    for engine in engines:
        engine.close()
    print(f"\nxllamacpp {version('xllamacpp')}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
