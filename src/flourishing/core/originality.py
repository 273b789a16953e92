"""Originality: which other texts a text shares a run of words with, and how long a run.

"From a web-search it appears to be original", the post says of a poem. Here the texts to search are
those that a person has: the parents, the garden, the library. To look at each of a million is too
slow, so each is known by fingerprints, hashes of four words in a row, chosen by winnowing
(Schleimer, Wilkerson and Aiken 2003, "Winnowing: Local Algorithms for Document Fingerprinting"):
of every three neighbouring hashes the least is kept. Two texts that share six words in a row then
share a fingerprint for certain; those that share four or five often do. Words are compared without
case, punctuation or layout.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from rapidfuzz import fuzz

from flourishing.core.text import Text
from flourishing.core.words import word_places, words_of

GRAM: Final = 4
"""The words in a row that one fingerprint stands for."""
WINDOW: Final = 3
"""Of so many neighbouring hashes one is kept."""
CERTAIN: Final = WINDOW + GRAM - 1
"""A shared run of this many words is always found."""
NEAR: Final = 0.85
"""Texts at least this similar are near copies (indel similarity of the words' characters)."""
LIKELIEST: Final = 20
"""So many texts are looked at closely: those that share the most fingerprints."""
_SHORT: Final = 24
"""Of texts with fewer words every hash is kept: a short run means more there."""
_TOLD: Final = 60
"""So many characters of a run are quoted; the rest is in `Echo.run`."""

Where: TypeAlias = Literal["parent", "garden", "library"]


@dataclass(frozen=True, slots=True)
class Echo:
    """Another text in which words of this one stand.

    Attributes:
        where: Among what it was found.
        text: The other text.
        run: The longest run of words that both have, as this one writes them.
        words: How many words it has.
        similarity: How alike the two are as wholes, from 0 to 1.
    """

    where: Where
    text: Text
    run: str
    words: int
    similarity: float

    @property
    def near_copy(self) -> bool:
        """Whether the two are nearly the same."""
        return self.similarity >= NEAR

    def __str__(self) -> str:
        whose = str(self.text.origin.source or "") or _first_line(self.text.content)
        alike = f", {self.similarity:.0%} alike" if self.near_copy else ""
        run = self.run if len(self.run) <= _TOLD else self.run[:_TOLD] + "…"
        return f"{self.words} words in a row as in {whose}{alike}: “{run}”"

    def as_dict(self) -> dict[str, object]:
        """Give the echo as plain data for JSON."""
        return {
            "where": self.where,
            "digest": self.text.digest,
            "source": str(self.text.origin.source or ""),
            "run": self.run,
            "words": self.words,
            "similarity": self.similarity,
        }


def fingerprints(content: str) -> set[int]:
    """Give the fingerprints of a text: whole numbers of 63 bits; none for fewer than four words.

    Args:
        content: The content of the text.
    """
    hashes = _hashes(words_of(content))
    if len(hashes) <= _SHORT - GRAM:
        return set(hashes)
    return {min(hashes[at : at + WINDOW]) for at in range(len(hashes) - WINDOW + 1)}


def probes(content: str) -> set[int]:
    """Give the hashes to look a text up by: all of them, since the others were winnowed.

    Args:
        content: The content of the text.
    """
    return set(_hashes(words_of(content)))


def compare(content: str, other: Text, where: Where) -> Echo | None:
    """Look at two texts closely.

    Args:
        content: The content of the text that is examined.
        other: The text that it is compared with.
        where: Where the other text stands, which the echo repeats.

    Returns:
        The echo; None if fewer than four words in a row are shared and the two are not alike.
    """
    spans = word_places(content)
    ours = [content[start:end].casefold() for start, end in spans]
    theirs = words_of(other.content)
    start, size = _longest_run(ours, theirs)
    alike = fuzz.ratio(" ".join(ours), " ".join(theirs)) / 100 if ours and theirs else 0.0
    if size < GRAM and (alike < NEAR or not ours):
        return None
    run = content[spans[start][0] : spans[start + size - 1][1]] if size else ""
    return Echo(where, other, " ".join(run.split()), size, alike)


def strongest(echoes: Iterable[Echo | None]) -> tuple[Echo, ...]:
    """Order echoes by how many words they share, the most first, each other text once.

    Args:
        echoes: The echoes in any order; None is left out.
    """
    order = sorted(
        (echo for echo in echoes if echo), key=lambda echo: (-echo.words, -echo.similarity)
    )
    return tuple({echo.text.digest: echo for echo in reversed(order)}.values())[::-1]


class Index:
    """Texts in memory by their fingerprints, such as those of the library."""

    def __init__(self, texts: Iterable[Text], where: Where) -> None:
        self._where: Where = where
        self._texts = list({text.digest: text for text in texts}.values())
        self._by_print: dict[int, list[int]] = defaultdict(list)
        for number, text in enumerate(self._texts):
            for each in fingerprints(text.content):
                self._by_print[each].append(number)

    def echoes(self, content: str) -> tuple[Echo, ...]:
        """Give the texts in which words of this one stand, those that share the most first.

        Args:
            content: The content of the text that is examined.
        """
        shared = Counter(
            number for each in probes(content) for number in self._by_print.get(each, ())
        )
        likeliest = (self._texts[number] for number, _ in shared.most_common(LIKELIEST))
        return strongest(compare(content, text, self._where) for text in likeliest)


def _hashes(words: Sequence[str]) -> list[int]:
    return [_hash(" ".join(words[at : at + GRAM])) for at in range(len(words) - GRAM + 1)]


def _hash(words: str) -> int:
    # 63 bits, so that a database's whole number holds it.
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "big") >> 1


def _longest_run(ours: Sequence[str], theirs: Sequence[str]) -> tuple[int, int]:
    """Find the longest run of words in both: where it begins in ours, and how many words it has.

    Runs of fewer than `GRAM` words are not looked for, which keeps this near linear.
    """
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at in range(len(ours) - GRAM + 1):
        places[tuple(ours[at : at + GRAM])].append(at)
    best_end, best = 0, 0
    before: dict[int, int] = {}
    for at in range(len(theirs) - GRAM + 1):
        here = {
            end: before.get(end - 1, GRAM - 1) + 1
            for end in places.get(tuple(theirs[at : at + GRAM]), ())
        }
        for end, size in here.items():
            if size > best:
                best_end, best = end, size
        before = here
    return (best_end + GRAM - best, best) if best else (0, 0)


def _first_line(content: str) -> str:
    return f"“{next((line for line in content.splitlines() if line.strip()), '').strip()[:60]}”"
