"""What it costs to score texts and to embed them on the embedded model, and whether it is right.

Run `python benchmarks/scoring.py` (about ten minutes on two quiet cores), or with `--quick` for two
repeats of everything. It prints one Markdown table and asserts nothing. What is compared is
interleaved (A, B, A, B, …) in one run; a ratio is the median of the ratios of the repeats. Seconds
are those of the processors, summed over them, which other programs on the machine change little; on
two quiet cores, about half as many pass.

What the rows mean:

- *Scoring 8 poems, beside writing them*: 8 poems of 40 tokens are bred, and then `fl.logprobs`
  scores these same 8 after the prompt that they were bred from. Of a prompt that both have read
  before, which is all the imagists, and of one that is new to both: a shuffled half of them.
- *Embedding*: the imagists, the haiku and the short verse by `fl.embed`, once in each repeat.
- *Apart from the engine*: the log-probability of each token of some poems by `fl.logprobs`, less
  what the writing engine gives for it when a grammar admits this token alone. The engine rounds
  activations to 8 bits and `fl.logprobs` does not; so they differ, but without a tendency.
"""

from __future__ import annotations

import argparse
import platform
import random
import threading
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from statistics import mean, median

from engine import (
    OFFSPRING,
    PATTERN,
    TOKENS,
    Row,
    brood_of,
    cores,
    median_ratio,
    table,
    yes_or_no,
)

import flourishing as fl
from flourishing import sync
from flourishing.models.packaged import PackagedModel

MOST_OF_WRITING = 0.25
MOST_SECONDS = 30  # of two cores: 15
POETRY = ("imagists", "haiku", "short-verse")
POEMS = [text.content for text in fl.library("imagists").texts]


def timed(work: Callable[[], object]) -> float:
    """Give how many seconds of the processors a work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def write_and_score(parents: Sequence[str]) -> tuple[float, float]:
    """Breed 8 poems and score them; give the seconds of both."""
    broods: list[fl.Brood] = []
    wrote = timed(lambda: broods.append(brood_of(parents)))
    brood = broods[0]
    if brood.usage.completion < OFFSPRING * TOKENS // 2:
        raise RuntimeError(f"The model ended most poems early: {brood.usage}.")
    texts = [each.content for each in brood]
    return wrote, timed(lambda: fl.logprobs(brood.prompt, texts, model="local"))


def scoring_row(name: str, parents_of: Callable[[], Sequence[str]], repeats: int) -> Row:
    """Put scoring beside writing."""
    pairs = [write_and_score(parents_of()) for _ in range(repeats + 1)][1:]
    wrote, scored = (list(column) for column in zip(*pairs, strict=True))
    ratio = median_ratio(scored, wrote)
    return Row(
        f"processor seconds to score 8 poems after {name}, beside writing them",
        f"{median(scored):.2f}",
        f"{median(wrote):.2f}",
        f"{ratio:.2f}",
        f"at most {MOST_OF_WRITING}",
        yes_or_no(ratio <= MOST_OF_WRITING),
    )


def shuffled_halves() -> Callable[[], Sequence[str]]:
    """Give what gives a half of the poems in another order each time."""
    draw = random.Random(1913)
    return lambda: draw.sample(POEMS, len(POEMS) // 2)


def embedding_row(repeats: int) -> Row:
    """Embed all poems that ship."""
    texts = [text for name in POETRY for text in fl.library(name).texts]
    seconds = median(
        timed(lambda: fl.embed(texts, model="local")) for _ in range(1 if repeats < 5 else 3)
    )
    return Row(
        f"processor seconds to embed the {len(texts)} poems of the library",
        f"{seconds:.1f}",
        "",
        f"{1000 * seconds / len(texts):.0f} ms each",
        f"under {MOST_SECONDS}",
        yes_or_no(seconds < MOST_SECONDS),
    )


def agreement_row(poems: int) -> Row:
    """Compare each token's log-probability with that of the writing engine."""
    local = fl.open_model("local")
    assert isinstance(local, PackagedModel)
    model = local.english
    engine = sync.run(model._loaded())
    prompt = PATTERN.render(POEMS[:6])
    before = engine.tokens(prompt)
    apart: list[float] = []
    for text in POEMS[6 : 6 + poems]:
        (score,) = fl.logprobs(prompt, [text], model=model)
        tail = engine.tokens(prompt + text)[len(before) :]
        written = engine.score(before, tail, threading.Event())
        pairs = zip(score.tokens, written, strict=True)
        apart += [ours.logprob - theirs.logprob for ours, theirs in pairs]
    sizes = sorted(map(abs, apart))
    return Row(
        f"nats a token apart from the engine, over {len(apart)} tokens: mean size, mean",
        f"{mean(sizes):.3f}",
        "",
        f"{mean(apart):+.3f}; 95 % below {sizes[int(0.95 * len(sizes))]:.2f}",
    )


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Measure scoring on the embedded model.")
    parser.add_argument("--repeats", type=int, default=5, help="5 or more; by default 5")
    parser.add_argument("--quick", action="store_true", help="two repeats, for a rough look")
    asked = parser.parse_args()
    if asked.repeats < 5:
        parser.error("fewer than 5 repeats say little; use --quick for a rough look")
    repeats = 2 if asked.quick else asked.repeats
    rows = (
        lambda: scoring_row("a prompt that both know", lambda: POEMS, repeats),
        lambda: scoring_row("a prompt that is new to both", shuffled_halves(), repeats),
        lambda: embedding_row(repeats),
        lambda: agreement_row(2 if asked.quick else 6),
    )
    for at, row in enumerate(rows):  # each as it comes: a busy machine takes long
        lines = table([row()]).splitlines()
        print("\n".join(lines[2 if at else 0 :]), flush=True)
    print(
        f"\n{cores()} CPUs, xllamacpp {version('xllamacpp')}, Python {platform.python_version()}, "
        f"{repeats} repeats"
    )


if __name__ == "__main__":
    main()
