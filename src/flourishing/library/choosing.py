"""Choosing examples for a prompt from a large collection.

A prompt has room for some dozens of examples, and a collection may have thousands. What is chosen
stands in the order in which it goes into the prompt: what suits best comes last, where a base model
looks most. A budget of tokens is filled in order of preference, and what does not fit is passed
over for something smaller. All of it works on texts and on chains alike.

Nearness is the cosine between the words of the given text, weighted by their rarity in the
collection, and those of an example, each counted once (TF-IDF as "lnc.ltc" of Manning, Raghavan and
Schütze, Introduction to Information Retrieval, 2008, section 6.4.3, without repeated words, which
mean little in short texts). Only the words of the given text need weights then, and one look at a
hundred thousand texts takes about a second: no index has to be kept. Diverse examples are chosen by
maximal marginal relevance on the same weights, so that no model has to read a collection first.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypeVar, get_args
from zlib import crc32

from rapidfuzz import fuzz

from flourishing.arguments import as_whole
from flourishing.core.chain import Chain
from flourishing.core.text import Text
from flourishing.errors import InputError, PromptTooLongError
from flourishing.selection import diverse

How = Literal["all", "newest", "random", "nearest", "diverse"]
Item: TypeAlias = Text | Chain
T = TypeVar("T", bound=Item)

_WORD: Final = re.compile(r"\w+")
_BEGINNING: Final = 500
"""How many characters are compared where the words decide nothing: enough to distinguish texts."""
_PATIENCE: Final = 200
"""After so many in a row that did not fit into the budget, no further one is tried: each is a
question to the model, and a collection may have a hundred thousand."""

_LOOKED_AT: Final = 2_000
"""The most items from which diverse ones are chosen."""
_DIVERSE: Final = 100
"""So many are put in an order in which they differ, and more if more are wanted."""
_HASHED: Final = 512
"""Places for the words of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which examples to take, and how many.

    Attributes:
        how: "all" in their order; the "newest"; a "random" draw; those "nearest" to a text; or
            "diverse" ones, which differ from each other in their words, and are near to the text
            too where one is given.
        most: How many at most; None for as many as there are.
        seed: What decides the random draw, and which are looked at where diverse ones are chosen
            from more than 2,000; None draws afresh each time.
        near: The text that the nearest ones are like, and diverse ones as well.
        tokens: How many tokens they may have together, without what the pattern puts between;
            None for no bound.

    Raises:
        InputError: A number below 1, an unknown way to choose, or nothing to be near to.
    """

    how: How = "all"
    most: int | None = None
    seed: int | None = None
    near: str | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        if self.how not in get_args(How):
            raise InputError(
                f"There is no way to choose that is called {self.how!r}.",
                hint=f"There are: {', '.join(get_args(How))}.",
            )
        for name in ("most", "tokens", "seed"):
            if (number := getattr(self, name)) is not None:
                object.__setattr__(self, name, as_whole(number, name))
        for name, number in (("examples", self.most), ("tokens", self.tokens)):
            if number is not None and number < 1:
                raise InputError(
                    f"At most {number} {name} leave nothing to choose.",
                    hint="Give a number of 1 or more, or none for no bound.",
                )
        if self.how == "nearest" and not (self.near or "").strip():
            raise InputError(
                "There is no text to choose the nearest ones to.",
                hint="Give the text that the examples should be like.",
            )


async def choose(
    items: Sequence[T],
    choice: Choice,
    *,
    count_tokens: Callable[[str], Awaitable[int]] | None = None,
) -> list[T]:
    """Choose examples, within a budget of tokens if there is one.

    Args:
        items: The texts, or the chains, that there are.
        choice: Which of them to take.
        count_tokens: Counts the tokens of a text, as the model that will read it does. The tokens
            of a chain are those of all its versions.

    Returns:
        Those chosen, the one that suits best last; a random draw in the order drawn. None if not
        even one is within the budget.

    Raises:
        InputError: There is a budget, and nothing to count with.
    """
    if choice.tokens is None:
        return pick(items, choice)
    if count_tokens is None:
        raise InputError(
            f"Who counts the {choice.tokens:,} tokens?",
            hint="Name the model that will read the examples, or leave the budget out.",
        )
    left = choice.tokens
    missed = 0
    chosen: list[int] = []
    for index in _preferred(items, choice):
        if len(chosen) == choice.most or not left or missed == _PATIENCE:
            break
        tokens = await _count(items[index], count_tokens, left)
        if tokens > left:
            missed += 1
            continue
        missed = 0
        left -= tokens
        chosen.append(index)
    return _placed(items, choice, chosen)


def pick(items: Sequence[T], choice: Choice) -> list[T]:
    """Choose examples without counting their tokens.

    Args:
        items: The texts, or the chains, that there are.
        choice: Which of them to take.

    Returns:
        Those chosen, the one that suits best last; a random draw in the order drawn.

    Raises:
        InputError: The choice has a budget of tokens, which only `choose` can keep.
    """
    if choice.tokens is not None:
        raise InputError(
            f"A budget of {choice.tokens:,} tokens cannot be kept without a model.",
            hint="Leave it out, or say how many examples to take at most.",
        )
    return _placed(items, choice, _preferred(items, choice)[: choice.most])


def _preferred(items: Sequence[Item], choice: Choice) -> list[int]:
    """Give the places of all items, in order of preference."""
    places = list(range(len(items)))
    if choice.how == "random":
        random.Random(choice.seed).shuffle(places)
        return places
    # What comes later is preferred, all else being equal: in a prompt the later ones are the best.
    places.reverse()
    if choice.how == "newest":
        places.sort(key=lambda place: _time(items[place]), reverse=True)
    elif choice.how == "nearest":
        nearness = _nearness([_content(item) for item in items], choice.near or "")
        places.sort(key=nearness.__getitem__, reverse=True)
    elif choice.how == "diverse":
        chosen = _diverse(items, choice)
        places = [*chosen, *sorted(set(places) - set(chosen), reverse=True)]
    return places


def _diverse(items: Sequence[Item], choice: Choice) -> list[int]:
    """Give the places of items that differ, each time the one that differs most from the others."""
    places = list(range(len(items)))
    if len(places) > _LOOKED_AT:
        places = sorted(random.Random(choice.seed).sample(places, _LOOKED_AT))
    contents = [_content(items[place]) for place in places]
    near = (choice.near or "").strip()
    quality = [score for score, _ in _nearness(contents, near)] if near else None
    most = max(choice.most or 0, _DIVERSE)
    return [places[at] for at in diverse(_hashed(contents), most, quality=quality)]


def _hashed(contents: Sequence[str]) -> list[list[float]]:
    """Give the words of texts as rows of numbers, rare ones with more weight.

    Each word has its place by its hash (Weinberger et al. 2009, arXiv:0902.2206).
    """
    words_of = [set(_WORD.findall(content.casefold())) for content in contents]
    holding = Counter(word for words in words_of for word in words)
    rows = [[0.0] * _HASHED for _ in contents]
    for row, words in zip(rows, words_of, strict=True):
        for word in sorted(words):
            row[crc32(word.encode("utf-8", "surrogatepass")) % _HASHED] += math.log1p(
                len(contents) / holding[word]
            )
    return rows


def _placed(items: Sequence[T], choice: Choice, chosen: list[int]) -> list[T]:
    """Put what was chosen, given in order of preference, into the order of the prompt."""
    return [items[place] for place in (chosen if choice.how == "random" else reversed(chosen))]


def _nearness(contents: list[str], near: str) -> list[tuple[float, float]]:
    """Say how near each text is, by the words it shares, and by its characters where these tie.

    By the cosine between the words, the rare ones weighing more, so that nothing is nearer to a
    text than itself.
    """
    wanted = set(_WORD.findall(near.casefold()))
    words_of = [set(_WORD.findall(content.casefold())) for content in contents]
    holding = Counter(word for words in words_of for word in words)
    weights = {word: math.log1p(len(contents) / count) ** 2 for word, count in holding.items()}

    def weigh(words: set[str]) -> float:
        # fsum, since a set has another order in each run, and plain sums heed it
        return math.fsum(map(weights.__getitem__, words))

    scores = [
        weigh(shared) / math.sqrt(weigh(words)) if (shared := words & wanted) else 0.0
        for words in words_of
    ]
    often = Counter(scores)
    beginning = near[:_BEGINNING]
    return [
        (score, fuzz.ratio(beginning, content[:_BEGINNING]) if often[score] > 1 else 0.0)
        for score, content in zip(scores, contents, strict=True)
    ]


def _content(item: Item) -> str:
    if isinstance(item, Text):
        return item.content
    return "\n".join(version.content for version in item)


def _time(item: Item) -> float:
    return (item if isinstance(item, Text) else item.best).origin.at.timestamp()


async def _count(item: Item, count_tokens: Callable[[str], Awaitable[int]], left: int) -> int:
    """Count the tokens of an item, and stop as soon as they are more than are left."""
    tokens = 0
    for text in (item,) if isinstance(item, Text) else item:
        try:
            tokens += await count_tokens(text.content)
        except PromptTooLongError as error:
            tokens += error.tokens
        if tokens > left:
            break
    return tokens
