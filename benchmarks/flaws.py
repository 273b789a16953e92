"""How many texts are marked as flawed: of those that ship, and of what is bred.

Run `python benchmarks/flaws.py`; it prints three Markdown tables and asserts nothing. `--model`
names another base model, `--broods` how many broods of 8 each row has.

- *shipped*: each text of a collection, with all others of it as its parents. A flaw that marks them
  is a false alarm; the target is fewer than 2 %.
- *likelihood*: each text of a collection after five others of it, drawn anew for each sixth of it:
  the mean log-probability of a token, its spread, the highest of all, and how many are dull. Beside
  it, the spread of the difference to the mean of four of the five, each in the same prompt: where
  that is no smaller, a text's own parents say no more of what is dull than one bar for all.
- *bred*: poems from six imagists, drawn anew for each brood, without and with the kind's own
  sampling, before and after flawed ones are asked for again. *Likely good* is a stand-in for a
  person's rating: at least .85 of the pairs of neighbouring words are distinct, and the mean
  log-probability of a token is at most -1.8. Of 48 offspring that were rated from 0 to 4, each of
  the two kept three quarters, with a mean of 2.2, and dropped the rest, with .8 and .9.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from statistics import mean, pstdev
from typing import Final, TypeAlias

import flourishing as fl
from flourishing.core.flaws import LIKELIEST
from flourishing.core.words import distinct_bigrams, words_of
from flourishing.kinds import Kind, kind
from flourishing.library import library

_KINDS: Final = ("poem", "haiku", "quote", "story", "sentence", "word", "analogy")
_PLAIN: Final = {"dry": 0.0, "min_p": 0.05}
_DISTINCT: Final = 0.85
_LIKELY: Final = -1.8

Row: TypeAlias = tuple[object, ...]


def _print_table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    print(f"| {' | '.join(heading)} |\n|{'---|' * len(heading)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)
    print()


def _names(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {many}" for name, many in counted.most_common()) or "none"


def _shipped(name: str) -> Row:
    its = kind(name)
    texts = [text.content for text in library(its.library).texts]
    counted: Counter[str] = Counter()
    for at, text in enumerate(texts):
        finder = its.flaw_finder(parents=texts[:at] + texts[at + 1 :])
        counted.update(str(flaw.kind) for flaw in finder.find(text)[:1])
    return its.library, len(texts), f"{counted.total() / len(texts):.1%}", _names(counted)


def _shelves() -> Iterator[tuple[str, Kind]]:
    for name in ("poem", "haiku", "quote", "story"):
        yield kind(name).library, kind(name)
    yield "short-verse", kind("poem")


def _likelihood(shelf: str, its: Kind, model: str | None) -> Row:
    texts = [text.content for text in library(shelf).texts]
    draw = Random(shelf)
    order = [*texts]
    draw.shuffle(order)
    means, apart = [], []
    for fold in (order[at::6] for at in range(6)):
        parents = draw.sample([text for text in texts if text not in fold], 5)
        own = [
            fl.logprobs(its.pattern.render(parents[:at]), parents[at : at + 1], model=model)[0].mean
            for at in range(1, 5)
        ]
        around = mean(each for each in own if each is not None)
        scores = fl.logprobs(its.pattern.render(parents), fold, model=model)
        found = [score.mean for score in scores if score.mean is not None]
        means += found
        apart += [each - around for each in found]
    dull = sum(each > LIKELIEST for each in means)
    return (
        *(shelf, len(means), f"{mean(means):.2f}", f"{pstdev(means):.2f}", f"{pstdev(apart):.2f}"),
        *(", ".join(f"{each:.2f}" for each in sorted(means)[-3:]), dull),
    )


def _likely_good(text: fl.Offspring) -> bool:
    unlikely = text.mean_logprob is None or text.mean_logprob <= _LIKELY
    return unlikely and distinct_bigrams(words_of(text.content)) >= _DISTINCT


def _bred(
    name: str, sampling: dict[str, float] | str, refills: int, model: str | None, many: int
) -> Row:
    shipped = library("imagists").texts
    counted: Counter[str] = Counter()
    bred: list[fl.Offspring] = []
    for seed in range(many):
        parents = Random(seed).sample(shipped, 6)
        options = sampling if isinstance(sampling, str) else fl.SamplingOptions.of(None, **sampling)
        brood = fl.breed(
            parents, 8, seed=100 * seed, sampling=options, refills=refills, model=model
        )
        bred += brood
        counted.update(str(each.flaws[0].kind) for each in brood if each.flaws)
    unflagged = [each for each in bred if not each.flaws]
    repetitive = sum(distinct_bigrams(words_of(each.content)) < 0.8 for each in unflagged)
    good = sum(map(_likely_good, bred))
    return (
        *(name, len(bred), f"{counted.total() / len(bred):.0%}", _names(counted)),
        *(f"{repetitive / max(1, len(unflagged)):.0%}", f"{good / len(bred):.0%}"),
    )


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--model", help="the base model; the configured one by default")
    parser.add_argument("--broods", type=int, default=6)
    asked = parser.parse_args()
    _print_table(("shipped", "texts", "marked", "as"), map(_shipped, _KINDS))
    heading: tuple[str, ...] = ("shipped", "texts", "mean", "spread", "spread beside four parents")
    likelihoods = (_likelihood(*each, asked.model) for each in _shelves())
    _print_table((*heading, "highest", "dull"), likelihoods)
    rows: tuple[tuple[str, dict[str, float] | str, int], ...] = (
        ("plain, none again", _PLAIN, 0),
        ("plain, flawed again", _PLAIN, 8),
        ("tame, none again", "tame", 0),
        ("the kind's own, none again", {}, 0),
        ("the kind's own, flawed again", {}, 8),
    )
    heading = ("bred", "offspring", "marked", "as", "repetitive, unmarked", "likely good")
    _print_table(heading, (_bred(*each, asked.model, asked.broods) for each in rows))


if __name__ == "__main__":
    _main()
