"""What can be wrong with an offspring, so that a person need not read it to find out.

A base model copies, stops in mid-sentence, repeats itself and gets stuck; small ones often do. None
of this is judged as taste, and nothing is thrown away: a flawed offspring is marked with the
reason, and breeding may ask for another in its place.

The thresholds were measured on the shipped texts: each would mark fewer than 2 % of them
(`python benchmarks/flaws.py`).
"""

from __future__ import annotations

import re
from bisect import insort
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from functools import cached_property
from math import exp
from typing import Final, TypeAlias

from rapidfuzz import fuzz

from flourishing.core.words import RUN, Run, distinct_bigrams, runs_of, taken, words_of

NEAR: Final = 0.9
"""Texts at least this similar are near copies."""
LOOKS_NEAR: Final = 0.985
"""Pictures or sounds at least this similar are near copies."""
TAKEN: Final = 0.35
"""A text with at least this share of its words in runs taken from others is a collage of them."""
DISTINCT: Final = 0.8
"""A text of which a smaller share of the pairs of neighbouring words is distinct repeats itself."""
LIKELIEST: Final = -1.8
"""Nats. A text to whose tokens the embedded model gives a higher log-probability, in the mean, is
dull. Of 48 offspring that were rated from 0 to 4, those above had a mean of .9, the others 2.2."""
_LEAST_TAKEN: Final = 5
"""Words; a shorter text may share a single run of three by chance."""
_LEAST_TOKENS: Final = 8
"""Tokens; of a shorter text, the mean says little."""
_LEAST_PAIRS: Final = 5
"""Pairs of words; in a shorter text one repeated word is a large share."""
_OPENING: Final = 3
"""Words with which offspring begin alike."""
_ALIKE: Final = 1 / 8
"""The share of a brood, and at least two, that may begin alike."""
_COMMON: Final = 50
"""A run that more siblings have is an idiom, and says nothing of any two of them."""
_RUN: Final = 6
"""The fewest words in a row that make a near copy."""
_RUN_SHARE: Final = 0.6
"""And the share of an offspring's words that they must be."""
_CYCLE_WORDS: Final = 12
_LONGEST_TITLE: Final = 40
"""Characters by which a reason names a parent."""
_LONGEST_CYCLE: Final = 64
"""Words; cycles are looked for up to this length, as the time it takes grows with it."""
_LOOP: Final = re.compile(r"(\S.{0,7}?)\1{9,}", re.DOTALL)
_RULE: Final = re.compile(r"[-–—_=*#~|<>/\\+\[\]{}()\s]{2,}")
"""A line of nothing but such signs is a rule between texts; at its edge it is none of a text."""
_MARKUP: Final = re.compile(
    r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|```|https?://|\bwww\.|&(?:[a-z]{2,6}|#\d+);|\ufffd|\[\[|\{\{",
    re.IGNORECASE,
)
_RECORD: Final = re.compile(
    r"(?:title|author|date|source|tags?|url|isbn|category)\s*:|copyright\b|©|\d{1,3}[.)]\s",
    re.IGNORECASE,
)
"""How a line begins that belongs to a page around a text."""

Key: TypeAlias = tuple[str, ...]
"""What makes two texts the same: the words of both."""


class FlawKind(IntEnum):
    """The kinds of flaws, from the least to the worst."""

    DULL = 1
    MALFORMED = 2
    MONOTONOUS = 3
    CUT_OFF = 4
    DEBRIS = 5
    REPETITION = 6
    COLLAGE = 7
    NEAR_COPY = 8
    LOOP = 9
    COPY = 10
    EMPTY = 11

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")

    def counted(self, number: int) -> str:
        """Say how many offspring have it, such as "2 copies" or "1 cut off".

        Args:
            number: How many.
        """
        if self in (FlawKind.DEBRIS, FlawKind.REPETITION):
            return f"{number} with {self}"
        if number != 1 and self in (FlawKind.COPY, FlawKind.NEAR_COPY):
            return f"{number} {str(self).removesuffix('y')}ies"
        if number != 1 and self in (FlawKind.COLLAGE, FlawKind.LOOP):
            return f"{number} {self}s"
        return f"{number} {self}"


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


@dataclass(frozen=True, kw_only=True)
class FlawFinder:
    """Finds what is wrong with the offspring of one brood.

    Attributes:
        parents: The texts of the prompt, in order, without `versions`.
        versions: The texts of which each offspring is to be another version. It is meant to be like
            them, and may differ in nothing but punctuation or line breaks; only the same again is
            a flaw.
        start: What every offspring begins with; it is not the model's, and no run of it is counted.
        key: Gives what makes two texts the same; by default `key_of`.
        language: Whether the texts are made of words, so that repetition, debris and collages are
            looked for; they mean nothing in programs.
        distinct: The least share of pairs of neighbouring words that are distinct, from 0 to 1.
        label: What stands above a text in the prompt, such as "a poem:"; "" for nothing.
        form: Says in what a text does not have the form of its kind; "" where it has.
        likeliest: The mean log-probability of a token above which a text is dull, at most 0; None
            where that is not looked for.
        likeness: How like two texts are, from 0 to 1, by what they look or sound like; None where
            that is for their words to say.
        stray_label: Gives a line that is a label of the prompt, and no part of a text; "" for none.
            It is looked for in texts of any sort; None where no label can be told from a text.
        title: Gives the words by which a reason names a parent, whose number may be another's
            later; by default its first line.
    """

    parents: Sequence[str]
    versions: Sequence[str] = ()
    start: str = ""
    key: Callable[[str], Key] | None = None
    language: bool = True
    distinct: float = DISTINCT
    label: str = ""
    form: Callable[[str], str] | None = None
    likeliest: float | None = None
    likeness: Callable[[str, str], float] | None = None
    stray_label: Callable[[str], str] | None = None
    title: Callable[[str], str] | None = None

    def find(
        self, content: str, *, finish: str = "stop", logprobs: Sequence[float] = ()
    ) -> tuple[Flaw, ...]:
        """Say what is wrong with an offspring.

        Args:
            content: The offspring.
            finish: Why the model stopped; "length" is a cut-off.
            logprobs: The log-probabilities of its tokens; none where they are not known.

        Returns:
            Its flaws, the worst first; nothing for an offspring without any.
        """
        words = words_of(content)
        if not words and not content.strip():
            return (Flaw(FlawKind.EMPTY, "nothing came"),)
        malformed = self.form(content) if self.form else ""
        found = [
            _unchanged(content, self.versions)
            or self._copy(content, words)
            or (self._collage(content) if self.language else None),
            _loop(content, words) or (self._repetition(content, words) if self.language else None),
            self._labelled(content) or (self._debris(content) if self.language else None),
            Flaw(FlawKind.CUT_OFF, "cut off at the most tokens") if finish == "length" else None,
            Flaw(FlawKind.MALFORMED, malformed) if malformed else None,
            self._dull(logprobs),
        ]
        return tuple(sorted((flaw for flaw in found if flaw), key=lambda flaw: -flaw.kind))

    def traits(self, content: str) -> Traits:
        """Give what an offspring is compared by with the others of its brood.

        Args:
            content: The offspring.
        """
        # Versions of one text are alike by their nature.
        words = () if self.versions or not self.language else tuple(self._own_words(content))
        return Traits((self.key or key_of)(content), words)

    @cached_property
    def _parents_words(self) -> list[list[str]]:
        return [words_of(parent) for parent in self.parents]

    @cached_property
    def _parents_keys(self) -> list[Key]:
        return [(self.key or key_of)(parent) for parent in self.parents]

    @cached_property
    def _parents_runs(self) -> set[Run]:
        runs = {run for words in self._parents_words for run in runs_of(words)}
        return runs.difference(*(runs_of(words_of(version)) for version in self.versions))

    def _named(self, number: int) -> str:
        """Name a parent by its title, or else its first line, cut to a few words."""
        parent = self.parents[number - 1].strip()
        title = self.title(parent) if self.title else parent.partition("\n")[0]
        if len(title) > _LONGEST_TITLE:
            title = f"{title[:_LONGEST_TITLE].rsplit(' ', 1)[0]} …"
        return f"“{title}”"

    def _own_words(self, content: str) -> list[str]:
        return words_of(content.removeprefix(self.start.rstrip(" ")))

    def _copy(self, content: str, words: list[str]) -> Flaw | None:
        """Compare with each parent, by characters and by the longest run of words they share."""
        if self.likeness is not None:
            return self._lookalike(content, self.likeness)
        worst: Flaw | None = None
        matcher = SequenceMatcher(None, "", words, autojunk=False)
        joined = " ".join(words)
        own = (self.key or key_of)(content)
        for number, theirs in enumerate(self._parents_words, start=1):
            if own == self._parents_keys[number - 1]:
                return Flaw(FlawKind.COPY, f"a copy of {self._named(number)}", 1.0)
            if not words or not theirs:
                continue
            alike = fuzz.ratio(joined, " ".join(theirs), score_cutoff=100 * NEAR) / 100
            if alike > _similarity(worst):
                worst = Flaw(
                    FlawKind.NEAR_COPY,
                    f"{alike:.0%} like {self._named(number)}, letter by letter",
                    alike,
                )
            if len(set(words).intersection(theirs)) < min(_RUN, len(set(words))):
                continue  # too few words in common for a run: not worth the slower look
            matcher.set_seq1(theirs)
            run = matcher.find_longest_match().size
            if run >= _RUN and run / len(words) >= max(_RUN_SHARE, _similarity(worst)):
                worst = Flaw(
                    FlawKind.NEAR_COPY,
                    f"{run} of its {len(words)} words stand in a row in {self._named(number)}",
                    run / len(words),
                )
        return worst

    def _lookalike(self, content: str, likeness: Callable[[str, str], float]) -> Flaw | None:
        """Compare with each parent by what both look or sound like."""
        own = (self.key or key_of)(content)
        if own in self._parents_keys:
            number = self._parents_keys.index(own) + 1
            return Flaw(FlawKind.COPY, f"it looks or sounds as {self._named(number)} does", 1.0)
        alike = [likeness(content, parent) for parent in self.parents]
        nearest = max(alike, default=0.0)
        if nearest < LOOKS_NEAR:
            return None
        named = self._named(alike.index(nearest) + 1)
        reason = f"{nearest:.1%} like {named}, by what is seen or heard"
        return Flaw(FlawKind.NEAR_COPY, reason, nearest)

    def _collage(self, content: str) -> Flaw | None:
        """Find a text that is put together of pieces of all parents."""
        words = self._own_words(content)
        count = taken(words, self._parents_runs.__contains__)
        if count < _LEAST_TAKEN or count < TAKEN * len(words):
            return None
        reason = (
            f"{count} of its {len(words)} words stand in runs of {RUN} or more words "
            "that are the parents'"
        )
        return Flaw(FlawKind.COLLAGE, reason, count / len(words))

    def _repetition(self, content: str, words: list[str]) -> Flaw | None:
        """Find a text that says the same words or lines again."""
        lines = [" ".join(words_of(line)) for line in content.splitlines()]
        lines = [line for line in lines if line]
        again = len(lines) - len(set(lines))
        if self.distinct > 0 and len(lines) > 2 and 3 * again > len(lines):
            return Flaw(FlawKind.REPETITION, f"{again} of its {len(lines)} lines repeat others")
        share = distinct_bigrams(words)
        if len(words) > _LEAST_PAIRS and share < self.distinct:
            reason = f"it repeats itself: {share:.0%} of its pairs of words are distinct"
            return Flaw(FlawKind.REPETITION, reason)
        return None

    def _dull(self, logprobs: Sequence[float]) -> Flaw | None:
        """Find a text that goes on as anybody would have expected."""
        if self.likeliest is None or self.versions or len(logprobs) < _LEAST_TOKENS:
            return None
        mean = sum(logprobs) / len(logprobs)
        if mean <= self.likeliest:
            return None
        reason = (
            f"it says what is likeliest: as if each word were chosen among {exp(-mean):.1f}, where "
            f"people choose among {exp(-self.likeliest):.1f} and more"
        )
        return Flaw(FlawKind.DULL, reason)

    def _labelled(self, content: str) -> Flaw | None:
        line = self.stray_label(content) if self.stray_label else ""
        return Flaw(FlawKind.DEBRIS, f"it has the label “{line[:40]}”") if line else None

    def _debris(self, content: str) -> Flaw | None:
        """Find what belongs to the page around a text, and not to the text."""
        lines = [line.strip() for line in content.splitlines() if line.strip()]
        for line in (lines[0], lines[-1]):
            if _RULE.fullmatch(line):
                return Flaw(FlawKind.DEBRIS, f"it has a line “{line[:20]}” at its edge")
        label = self.label.casefold()
        for line in lines:
            if (label and line.casefold() == label) or _RECORD.match(line):
                return Flaw(FlawKind.DEBRIS, f"it has the label “{line[:40]}”")
        if found := _MARKUP.search(content):
            return Flaw(FlawKind.DEBRIS, f"it has markup: “{found[0][:20]}”")
        return None


@dataclass(frozen=True, slots=True)
class Traits:
    """What an offspring is compared by with the others of its brood.

    Attributes:
        key: What makes two texts the same; one without characters is the same as no other.
        words: Its words without the start words; empty where only copies are looked for.
    """

    key: Key
    words: tuple[str, ...] = ()


class Siblings:
    """The offspring of one brood, to find those that are the same, or too much alike.

    To look for one takes as long among a thousand as among ten.
    """

    def __init__(self) -> None:
        self._traits: dict[int, Traits] = {}
        self._places: dict[Key, list[int]] = {}
        self._openings: dict[Run, list[int]] = {}
        self._runs: dict[Run, set[int]] = {}

    def put(self, place: int, traits: Traits) -> None:
        """Let an offspring stand in a place, instead of the one that stood there.

        Args:
            place: The place, from 0.
            traits: What the offspring is compared by.
        """
        if (old := self._traits.pop(place, None)) is not None:
            self._places[old.key].remove(place)
            if len(old.words) > _OPENING:
                self._openings[old.words[:_OPENING]].remove(place)
            for run in set(runs_of(old.words)):
                self._runs[run].discard(place)
        if not any(traits.key):
            return
        self._traits[place] = traits
        insort(self._places.setdefault(traits.key, []), place)
        if len(traits.words) > _OPENING:
            insort(self._openings.setdefault(traits.words[:_OPENING], []), place)
        for run in set(runs_of(traits.words)):
            self._runs.setdefault(run, set()).add(place)

    def flaw(self, traits: Traits, *, place: int | None = None) -> Flaw | None:
        """Say whether an offspring is the same as one that stands, or too much like it.

        Args:
            traits: What the offspring is compared by.
            place: Its own place, in which no other is looked for; None for no place.
        """
        if not any(traits.key):
            return None
        for other in self._places.get(traits.key, ())[:2]:
            if other != place:
                return Flaw(FlawKind.COPY, f"the same as offspring {other + 1}", 1.0)
        return self._shared(traits.words, place) or self._opening(traits.words, place)

    def _shared(self, words: tuple[str, ...], place: int | None) -> Flaw | None:
        """Find the sibling that has the most runs of these words, and count the words in them."""
        shared: Counter[int] = Counter()
        for run in set(runs_of(words)):
            places = self._runs.get(run, ())
            if len(places) <= _COMMON:
                shared.update(other for other in places if other != place)
        if not shared:
            return None
        nearest = min(shared, key=lambda other: (-shared[other], other))
        count = taken(words, lambda run: nearest in self._runs.get(run, ()))
        if count < _LEAST_TAKEN or count < TAKEN * len(words):
            return None
        reason = f"{count} of its {len(words)} words stand in runs that offspring {nearest + 1} has"
        return Flaw(FlawKind.MONOTONOUS, reason, count / len(words))

    def _opening(self, words: tuple[str, ...], place: int | None) -> Flaw | None:
        if len(words) <= _OPENING:
            return None
        alike = [each for each in self._openings.get(words[:_OPENING], ()) if each != place]
        if len(alike) < max(2, _ALIKE * len(self._traits)):
            return None
        opening = " ".join(words[:_OPENING])
        reason = f"it begins “{opening}”, as offspring {alike[0] + 1} and {alike[1] + 1} do"
        return Flaw(FlawKind.MONOTONOUS, reason)


def key_of(text: str) -> Key:
    """Give what makes two texts the same: their words, or all of them where they have none.

    Args:
        text: The content of the text.
    """
    return tuple(words_of(text)) or (text.strip(),)


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
