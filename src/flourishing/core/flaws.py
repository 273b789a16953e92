"""What can be wrong with an offspring, so that a person need not read it to find out.

A base model copies, stops in mid-sentence and gets stuck; small ones often do. None of this is
judged as taste, and nothing is thrown away: a flawed offspring is marked with the reason, and
breeding may ask for another in its place.
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from typing import Final, TypeAlias

from rapidfuzz import fuzz

NEAR: Final = 0.9
"""Texts at least this similar are near copies."""
_RUN: Final = 6
"""The fewest words in a row that make a near copy."""
_RUN_SHARE: Final = 0.6
"""And the share of an offspring's words that they must be."""
_CYCLE_WORDS: Final = 12
_LONGEST_CYCLE: Final = 64
"""Words; cycles are looked for up to this length, as the time it takes grows with it."""
_LOOP: Final = re.compile(r"(\S.{0,7}?)\1{9,}", re.DOTALL)
_WORD: Final = re.compile(r"\w+(?:['’]\w+)*")

Key: TypeAlias = tuple[str, ...]
"""What makes two texts the same: the words of both."""


class FlawKind(IntEnum):
    """The kinds of flaws, from the least to the worst."""

    MALFORMED = 1
    CUT_OFF = 2
    NEAR_COPY = 3
    LOOP = 4
    COPY = 5
    EMPTY = 6

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with an offspring.

    Attributes:
        kind: What kind of thing.
        reason: What exactly, in words for a person.
        similarity: For copies, how near they are, from 0 to 1; else None.
    """

    kind: FlawKind
    reason: str
    similarity: float | None = None

    def as_dict(self) -> dict[str, object]:
        """Give the flaw as plain data for JSON."""
        return {"kind": str(self.kind), "reason": self.reason, "similarity": self.similarity}


def find_flaws(
    content: str,
    *,
    finish: str,
    parents: Sequence[str],
    versions: Sequence[str] = (),
    key: Callable[[str], Key] | None = None,
    malformed: str = "",
) -> tuple[Flaw, ...]:
    """Say what is wrong with an offspring.

    Args:
        content: The offspring.
        finish: Why the model stopped; "length" is a cut-off.
        parents: The texts of the prompt, in order, without `versions`.
        versions: The texts of which it is to be another version. It is meant to be like them, and
            may differ in nothing but punctuation or line breaks; only the same again is a flaw.
        key: Gives what makes two texts the same; by default `key_of`.
        malformed: In what it does not have the form of its kind of text; "" where it has.

    Returns:
        Its flaws, the worst first; nothing for an offspring without any.
    """
    words = _words(content)
    if not words and not content.strip():
        return (Flaw(FlawKind.EMPTY, "nothing came"),)
    found = [
        _unchanged(content, versions) or _copy(content, words, parents, key or key_of),
        _loop(content, words),
        Flaw(FlawKind.CUT_OFF, "cut off at the most tokens") if finish == "length" else None,
        Flaw(FlawKind.MALFORMED, malformed) if malformed else None,
    ]
    return tuple(sorted((flaw for flaw in found if flaw), key=lambda flaw: -flaw.kind))


class Siblings:
    """The offspring of one brood, by what makes two of them the same, case and layout aside.

    To find one that is the same takes as long among a thousand as among ten.
    """

    def __init__(self) -> None:
        self._keys: dict[int, Key] = {}
        self._places: dict[Key, list[int]] = {}

    def put(self, place: int, key: Key) -> None:
        """Let an offspring stand in a place, instead of the one that stood there.

        Args:
            place: The place, from 0.
            key: What `key_of` gives for the offspring; one without characters stands nowhere.
        """
        if (old := self._keys.pop(place, None)) is not None:
            self._places[old].remove(place)
        if any(key):
            self._keys[place] = key
            insort(self._places.setdefault(key, []), place)

    def twin(self, key: Key, *, place: int | None = None) -> Flaw | None:
        """Say whether an offspring is the same as one that stands.

        Args:
            key: What `key_of` gives for the offspring.
            place: Its own place, in which no other is looked for; None for no place.
        """
        for other in self._places.get(key, ())[:2]:
            if other != place:
                return Flaw(FlawKind.COPY, f"the same as offspring {other + 1}", 1.0)
        return None


def key_of(text: str) -> Key:
    """Give what makes two texts the same: their words, or all of them where they have none.

    Args:
        text: The content of the text.
    """
    return tuple(_words(text)) or (text.strip(),)


def _copy(
    content: str, words: list[str], parents: Sequence[str], key: Callable[[str], Key]
) -> Flaw | None:
    """Compare with each parent, by characters and by the longest run of words they share."""
    worst: Flaw | None = None
    matcher = SequenceMatcher(None, "", words, autojunk=False)
    joined = " ".join(words)
    own = key(content)
    for number, parent in enumerate(parents, start=1):
        theirs = _words(parent)
        if own == key(parent):
            return Flaw(FlawKind.COPY, f"a copy of parent {number}", 1.0)
        if not words or not theirs:
            continue
        alike = fuzz.ratio(joined, " ".join(theirs), score_cutoff=100 * NEAR) / 100
        if alike > _similarity(worst):
            worst = Flaw(
                FlawKind.NEAR_COPY,
                f"{alike:.0%} like parent {number} (indel similarity of the words' characters)",
                alike,
            )
        if len(set(words).intersection(theirs)) < min(_RUN, len(set(words))):
            continue  # too few words in common for a run: not worth the slower look
        matcher.set_seq1(theirs)
        run = matcher.find_longest_match().size
        if run >= _RUN and run / len(words) >= max(_RUN_SHARE, _similarity(worst)):
            worst = Flaw(
                FlawKind.NEAR_COPY,
                f"{run} of its {len(words)} words stand in a row in parent {number}",
                run / len(words),
            )
    return worst


def _unchanged(content: str, versions: Sequence[str]) -> Flaw | None:
    """Say whether a new version is one of those that there were, but for blanks at line ends."""
    lines = _lines(content)
    for number, version in enumerate(versions, start=1):
        if lines == _lines(version):
            return Flaw(FlawKind.COPY, f"the same as version {number}", 1.0)
    return None


def _loop(content: str, words: list[str]) -> Flaw | None:
    """Find a phrase that is said over and over, or a few characters that are."""
    for period in range(1, min(len(words) // 3, _LONGEST_CYCLE) + 1):
        same = 0
        for at in range(period, len(words)):
            same = same + 1 if words[at] == words[at - period] else 0
            times = same // period + 1
            if times >= 3 and times * period >= _CYCLE_WORDS:
                phrase = " ".join(words[at - period + 1 : at + 1])
                return Flaw(FlawKind.LOOP, f"it says “{phrase[:40]}” over and over")
    if stuck := _LOOP.search(content):
        return Flaw(FlawKind.LOOP, f"it repeats {stuck[1]!r}")
    return None


def _similarity(flaw: Flaw | None) -> float:
    return (flaw.similarity or 0.0) if flaw else 0.0


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def _words(text: str) -> list[str]:
    """Give the words of a text without case, punctuation or layout."""
    return _WORD.findall(text.casefold())
