"""The words of a text, and what can be counted of them.

Words are compared without case, punctuation or layout. Two counts come up again and again: how much
of a text repeats itself, and how much of it stands in other texts already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence, Set
from typing import Final, TypeAlias

RUN: Final = 3
"""So many words in a row, found in another text, are a run taken from there.

Of the shipped texts, none has more than a third of its words in such runs taken from all other
texts of its collection together.
"""
WINDOW: Final = 40
"""Words; repetition is counted within windows of this length, since longer texts repeat more."""

_WORD: Final = re.compile(r"\w+(?:['’]\w+)*")

Run: TypeAlias = tuple[str, ...]
"""Words in a row."""


def words_of(text: str) -> list[str]:
    """Give the words of a text, without case, punctuation or layout.

    Args:
        text: The content of the text.
    """
    return _WORD.findall(text.casefold())


def quantity(number: int, noun: str) -> str:
    """Say how many there are of something: "1 text", "2,000 texts".

    Args:
        number: How many.
        noun: What, in the singular; its plural ends in s.
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def word_places(text: str) -> list[tuple[int, int]]:
    """Give where each word of a text begins and ends, in characters.

    Args:
        text: The content of the text.
    """
    return [found.span() for found in _WORD.finditer(text)]


def runs_of(words: Sequence[str], length: int = RUN) -> list[Run]:
    """Give all runs of so many words.

    Args:
        words: The words of a text.
        length: The number of words in a run; 1 or more, by default 3.
    """
    return [tuple(words[at : at + length]) for at in range(len(words) - length + 1)]


def taken(words: Sequence[str], found: Callable[[Run], bool]) -> int:
    """Count the words of a text that stand in runs which other texts have too.

    Args:
        words: The words of the text.
        found: Says whether the other texts have a run of three words.
    """
    count, counted_to = 0, 0
    for at, run in enumerate(runs_of(words)):
        if found(run):
            count += at + RUN - max(at, counted_to)
            counted_to = at + RUN
    return count


def echo(text: str, others: Iterable[str]) -> float:
    """Give the share of a text's words that stand in runs of three taken from other texts.

    Args:
        text: The content of the text.
        others: The contents of the other texts, such as its parents.

    Returns:
        The share, from 0 to 1; 0 for a text of fewer than three words.
    """
    words = words_of(text)
    runs: Set[Run] = {run for other in others for run in runs_of(words_of(other))}
    return taken(words, runs.__contains__) / len(words) if words else 0.0


def distinct_bigrams(words: Sequence[str]) -> float:
    """Give the share of the pairs of neighbouring words that are distinct, at most in 40 words.

    The mean over all windows of 41 words, as the moving-average type-token ratio does it (Covington
    and McFall 2010, doi:10.1080/09296171003643098), so that texts of all lengths can be compared.

    Args:
        words: The words of a text.

    Returns:
        The share, from 0 to 1; 1 for fewer than three words.
    """
    pairs = runs_of(words, 2)
    if len(pairs) <= WINDOW:
        return len(set(pairs)) / len(pairs) if len(pairs) > 1 else 1.0
    within: dict[Run, int] = {}
    total = 0
    for at, pair in enumerate(pairs):
        within[pair] = within.get(pair, 0) + 1
        if at >= WINDOW:
            gone = pairs[at - WINDOW]
            within[gone] -= 1
            if not within[gone]:
                del within[gone]
        if at >= WINDOW - 1:
            total += len(within)
    return total / WINDOW / (len(pairs) - WINDOW + 1)
