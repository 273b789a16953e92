"""What breeding costs on the embedded model, each thing beside what it should be measured by.

Run `python benchmarks/engine.py` on a quiet machine (about a quarter of an hour on two cores), or
with `--quick` for two repeats of everything. It prints one Markdown table and asserts nothing.
What is compared is interleaved (A, B, A, B, …) in one run, so that a machine that slows down slows
both; a ratio is the median of the ratios of the repeats, and the rest are medians too.

What the rows mean:

- *Offspring a second, beside one bare call*: 8 poems of 40 tokens through `fl.breed`, over the
  same through one call of xllamacpp with n = 8. Both have seen the prompt before, and sample
  alike. Every poem is written to its 40th token: the pattern's stop is one that never comes, and
  the bare calls ignore the end of text. Where the model ends an offspring of ours all the same,
  40 tokens written count as one.
- *Offspring a second, beside eight bare calls*: the same over eight single bare calls, one after
  the other: what breeding together is worth.
- *Tokens read for one more parent*: a brood, then one with a parent appended, beside the tokens
  by which the parent lengthened the prompt; everything else should be remembered. It is the
  worst of the repeats, each with parents of its own, for a short, a middling and a long prompt.
- *Seconds to import*, and *to print the help*, as multiples of `python -c pass`; and whether the
  import alone loads the engine, which it must not.
- *Peak memory*: resident, of a fresh process that breeds 8 offspring of a long prompt, beside
  one that breeds 8 of a short one; nan where breeding fails, with the error on stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields
from importlib.metadata import version
from itertools import starmap
from math import isnan, nan
from statistics import median
from typing import Any, Final

import psutil

import flourishing as fl
from flourishing.models.engine import CONTEXT, PARALLEL
from flourishing.models.vocabulary import ENGLISH, reduced_weights
from flourishing.settings import cache_path

OFFSPRING: Final = 8
TOKENS: Final = 40
NEVER: Final = "\n~~~ never ~~~"
PATTERN: Final = fl.Pattern(
    name="endless poems", prefix="a poem:\n", separator="\n---\n", stop=(NEVER,)
)

THINGS: Final = (
    *("the ferry", "a heron", "the last tram", "my mother's coat", "the salt road", "one gull"),
    *("a lamp", "the orchard", "the snow", "an unlatched door", "the river", "the widow's clock"),
    *("a moth", "the barley", "a cracked bell", "the tide", "his letter", "the apricot moon"),
)
ACTS: Final = (
    *("leans", "waits", "lets go", "burns low", "comes back", "forgets its name", "says nothing"),
    *("counts the stones", "turns over in its sleep", "keeps a little light", "is mended"),
    *("opens like a hand", "carries the evening", "rusts without hurry", "holds its breath"),
)
PLACES: Final = (
    *("under the bridge", "at the edge of the field", "before the rain", "in nobody's window"),
    *("where the road gives out", "between two bells", "over the drowned village", "by the weir"),
    *("as if it were forgiven", "on the north side of the house", "with the frost on it"),
    *("until the geese are gone", "among the folded chairs", "in the colour of tin"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, in the words in which it is printed."""

    measured: str
    ours: str
    beside: str
    compared: str
    target: str = ""
    holds: str = ""


# Parents.


def poem(draw: random.Random) -> str:
    """Write a poem that no other prompt has: lines from the words above, broken at will."""
    lines = []
    for thing in draw.sample(THINGS, draw.randint(2, 4)):
        breath = draw.choice((" ", "\n"))
        lines.append(f"{thing} {draw.choice(ACTS)}{breath}{draw.choice(PLACES)}")
    return ",\n".join(lines) + "."


def parents_of(tokens: int, draw: random.Random) -> list[str]:
    """Give parents whose prompt has at least so many tokens: the imagists, and more beside."""
    parents = [text.content for text in fl.library("imagists")]
    draw.shuffle(parents)
    if tokens < counted(parents):
        parents = parents[: len(parents) // 2]
    while counted(parents) < tokens:
        parents.append(poem(draw))
    return parents


def counted(parents: Sequence[str]) -> int:
    """Count the tokens of the prompt that the parents make."""
    return asyncio.run(fl.open_model("local").count_tokens(PATTERN.render(parents)))


# Speed.


def brood_of(parents: Sequence[str]) -> fl.Brood:
    """Breed on the embedded model, without refills, so that a brood is one call."""
    return fl.breed(parents, OFFSPRING, PATTERN, model="local", refills=0, max_tokens=TOKENS)


def bare_server() -> Any:
    """Load the same file in an engine that has nothing of ours around it."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(reduced_weights(ENGLISH, cache_path()))
    params.verbosity = -1
    params.n_ctx = CONTEXT
    params.n_parallel = PARALLEL
    params.kv_unified = True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = cores()
    return xllamacpp.Server(params)


def write_bare(server: Any, prompt: str, n: int) -> None:
    """Have the bare engine write n completions, every one to its last token."""
    sampling = fl.Sampling(max_tokens=TOKENS)
    answer = server.handle_completions(
        {
            "prompt": prompt,
            "n": n,
            "stop": [NEVER],
            "ignore_eos": True,
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
        }
    )
    reasons = [choice["finish_reason"] for choice in answer["choices"]]
    if reasons != ["length"] * n:
        raise RuntimeError(f"The bare engine did not write {n} times {TOKENS} tokens: {reasons}.")


def speed_rows(repeats: int) -> list[Row]:
    """Compare the offspring a second of `fl.breed` with those of bare calls."""
    parents = [text.content for text in fl.library("imagists")]
    prompt = PATTERN.render(parents)
    server = bare_server()

    def bred() -> float:
        return brood_of(parents).usage.completion / TOKENS

    def together() -> float:
        write_bare(server, prompt, OFFSPRING)
        return OFFSPRING

    def singly() -> float:
        for _ in range(OFFSPRING):
            write_bare(server, prompt, 1)
        return OFFSPRING

    ours, at_once, one_by_one = interleaved((bred, together, singly), repeats)
    return [
        speed_row("one bare call, n = 8", ours, at_once, target=0.95),
        speed_row("eight bare calls, n = 1", ours, one_by_one, target=1.3),
    ]


def interleaved(works: Sequence[Callable[[], float]], repeats: int) -> list[list[float]]:
    """Run works in turn, once unmeasured; give for each how much it did a second, each time."""
    rates: list[list[float]] = [[] for _ in works]
    for repeat in range(repeats + 1):
        for work, measured in zip(works, rates, strict=True):
            begun = time.perf_counter()
            done = work()
            if repeat:
                measured.append(done / (time.perf_counter() - begun))
    return rates


def speed_row(beside: str, ours: Sequence[float], bare: Sequence[float], *, target: float) -> Row:
    """Put offspring a second beside those of bare calls."""
    ratio = median_ratio(ours, bare)
    return Row(
        f"offspring a second, beside {beside}",
        f"{median(ours):.2f}",
        f"{median(bare):.2f}",
        f"{ratio:.2f}",
        f"at least {target}",
        yes_or_no(ratio >= target),
    )


# What is remembered.


def memory_rows(repeats: int) -> list[Row]:
    """Count what is read again when a parent is appended to prompts of three lengths."""
    draw = random.Random(1913)
    return [appended_row(tokens, draw, repeats) for tokens in (200, 800, 2000)]


def appended_row(tokens: int, draw: random.Random, repeats: int) -> Row:
    """Count, in the worst of some repeats, the tokens read for one more parent."""
    read, new = max(
        (appended(tokens, draw) for _ in range(repeats)), key=lambda pair: pair[0] - pair[1]
    )
    return Row(
        f"tokens read for one more parent of a prompt of {tokens:,} (worst)",
        str(read),
        str(new),
        f"{read - new:+}",
        "at most +16",
        yes_or_no(read - new <= 16),
    )


def appended(tokens: int, draw: random.Random) -> tuple[int, int]:
    """Breed, append a parent, breed again: give the tokens then read, and those of the parent."""
    parents = parents_of(tokens, draw)
    more = [*parents, poem(draw)]
    brood_of(parents)
    usage = brood_of(more).usage
    return usage.prompt - usage.cached, counted(more) - counted(parents)


# Starting.


def start_rows(repeats: int) -> list[Row]:
    """Compare how long it takes to import the package, and to print its help, with nothing."""
    commands = (["-c", "pass"], ["-c", "import flourishing"], ["-m", "flourishing", "--help"])
    nothing, imported, helped = starts(commands, repeats)
    return [
        start_row("import flourishing", imported, nothing),
        start_row("print the help", helped, nothing),
        lazy_row(),
    ]


def starts(commands: Sequence[Sequence[str]], repeats: int) -> list[list[float]]:
    """Run Python in turn, once unmeasured (it compiles); give the seconds of each, each time."""
    took: list[list[float]] = [[] for _ in commands]
    for repeat in range(repeats + 1):
        for command, measured in zip(commands, took, strict=True):
            begun = time.perf_counter()
            subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
            if repeat:
                measured.append(time.perf_counter() - begun)
    return took


def start_row(name: str, took: Sequence[float], nothing: Sequence[float]) -> Row:
    """Put seconds beside those of an interpreter that does nothing."""
    return Row(
        f"seconds to {name}, beside `python -c pass`",
        f"{median(took):.3f}",
        f"{median(nothing):.3f}",
        f"{median_ratio(took, nothing):.1f}",
    )


def lazy_row() -> Row:
    """Tell whether importing the package imports the engine."""
    code = "import sys, flourishing; print('xllamacpp' in sys.modules)"
    answer = subprocess.check_output([sys.executable, "-c", code], text=True)
    loaded = answer.strip() == "True"
    return Row(
        "the import loads the engine", yes_or_no(loaded), "", "", "no", yes_or_no(not loaded)
    )


# Memory.


def peak_row(repeats: int) -> Row:
    """Compare the peak memory of breeding from a long prompt with that from a short one."""
    pairs = [(peak(8000), peak(200)) for _ in range(repeats)]
    long, short = (list(column) for column in zip(*pairs, strict=True))
    return Row(
        "peak MB of 8 offspring of a prompt of 8,000 tokens, beside one of 200",
        f"{median(long):.0f}",
        f"{median(short):.0f}",
        f"{median_ratio(long, short):.2f}",
        "it breeds",
        yes_or_no(not any(map(isnan, long + short))),
    )


def peak(tokens: int) -> float:
    """Breed from a prompt of so many tokens in a fresh process, and give its peak MB, or nan."""
    # Looked at from here: what a process says of its own peak may count its parent's too.
    highest = 0
    with subprocess.Popen([sys.executable, __file__, "--only-breed", str(tokens)]) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            highest = max(highest, watched.memory_info().rss)
            time.sleep(0.02)
    return nan if process.returncode else highest / 1e6


# The table.


def median_ratio(ours: Sequence[float], others: Sequence[float]) -> float:
    """Give the median of the ratios of what was measured side by side."""
    return median(a / b for a, b in zip(ours, others, strict=True))


def yes_or_no(holds: bool) -> str:
    """Say whether it does."""
    return "yes" if holds else "no"


def cores() -> int:
    """Count the processors that this process may use, as the embedded model does."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def table(rows: Sequence[Row]) -> str:
    """Write rows as a Markdown table."""
    head = tuple(field.name for field in fields(Row))
    lines = [head, ("---",) * len(head), *map(astuple, rows)]
    return "\n".join(starmap(("|" + " {} |" * len(head)).format, lines))


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Measure breeding on the embedded model.")
    parser.add_argument("--repeats", type=int, default=5, help="5 or more; by default 5")
    parser.add_argument("--quick", action="store_true", help="two repeats, for a rough look")
    parser.add_argument("--only-breed", type=int, metavar="TOKENS", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only_breed:
        brood_of(parents_of(asked.only_breed, random.Random(1913)))
        return
    if asked.repeats < 5:
        parser.error("fewer than 5 repeats say little; use --quick for a rough look")
    repeats = 2 if asked.quick else asked.repeats
    # Processes of their own come first, while no engine of ours is loaded beside them.
    apart = [*start_rows(3 if asked.quick else max(11, repeats)), peak_row(repeats)]
    print(table([*speed_rows(repeats), *memory_rows(repeats), *apart]))
    print(
        f"\n{cores()} CPUs, xllamacpp {version('xllamacpp')}, Python {platform.python_version()}, "
        f"{repeats} repeats"
    )


if __name__ == "__main__":
    main()
