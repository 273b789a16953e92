"""One word at a time: the likeliest other words in a place of a text, one of them, or all anew.

A word that a person chooses of those that a model gives is the model's, as an offspring is that a
person chooses among eight: the edit records that the person chose, and its spans name the model as
the author. A word that a person types is the person's. The server decides which it is, by what the
model gave for this place; the page is not asked.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import OrderedDict
from collections.abc import Set
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from flourishing import blocking
from flourishing.app import bed_operations
from flourishing.core.diff import cut_spans, joined_spans
from flourishing.core.text import Author, Span, Text
from flourishing.core.words import word_places, words_of
from flourishing.errors import EngineError, InputError
from flourishing.garden import AsyncGarden, Bed, Garden, Stored
from flourishing.library import shipped
from flourishing.models import BaseModel

MOST_WORDS: Final = 24
"""So many other words can be asked for at once."""
_LIKELIEST: Final = 64
"""First tokens that are looked at."""
_FOLLOWING: Final = 12
"""Tokens that are looked at where it is asked whether a word goes on."""
_STEPS: Final = 16
"""The most further requests by which words of several tokens are found."""
_REMEMBERED: Final = 500
_WORD: Final = re.compile(r"\w+(?:['’]\w*)*")
_BLANKS: Final = " \t"


@dataclass(frozen=True, slots=True)
class LikelyWord:
    """A word, and how likely it is in a place.

    Attributes:
        text: The word.
        probability: From 0 to 1, after all that stands before it.
    """

    text: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWords:
    """What a model would write in the place of a word of a text.

    Attributes:
        text: The number of the text.
        begin: Where the word begins, in characters from 0.
        word: The word that stands there.
        probability: How likely it is there; None where the model does not say.
        others: Other words, the likeliest first.
        model: The name of the model.
    """

    text: int
    begin: int
    word: str
    probability: float | None
    others: tuple[LikelyWord, ...]
    model: str


@dataclass(slots=True)
class GivenWords:
    """Which words models gave for places of texts lately: those are theirs if one is chosen."""

    _given: OrderedDict[tuple[int, int], frozenset[str]] = field(default_factory=OrderedDict)

    def note(self, found: OtherWords) -> None:
        """Remember what was given.

        Args:
            found: The words and their place.
        """
        place = found.text, found.begin
        before = self._given.pop(place, frozenset())
        self._given[place] = before | {word.text for word in found.others}
        while len(self._given) > _REMEMBERED:
            self._given.popitem(last=False)

    def author(self, text: int, begin: int, word: str) -> Author:
        """Say whose a word is that is put into a place.

        Args:
            text: The number of the text.
            begin: Where the word begins.
            word: The word.
        """
        return "model" if word in self._given.get((text, begin), ()) else "person"


async def other_words(
    garden: AsyncGarden,
    text: int,
    at: int,
    *,
    model: BaseModel,
    bed: Bed | None = None,
    k: int = 12,
) -> OtherWords:
    """Give the likeliest other words in the place of a word.

    What stands before it is what the text was bred from, and the text up to there; of a text that
    nothing was bred from, what the next brood of the bed would be bred from without it.

    Args:
        garden: The garden.
        text: The number of the text.
        at: A character of the word, from 0.
        model: The base model.
        bed: The bed in which the text is looked at; None for none.
        k: The most words, from 1 to 24; by default 12. A model that gives few tokens gives fewer.

    Raises:
        InputError: No word stands there, k is out of range, or nothing stands before the text.
        EngineError: The model gives no log-probabilities.
        PromptTooLongError: What stands before the word does not fit into the model's context.
    """
    if not 1 <= k <= MOST_WORDS:
        raise InputError(
            f"There cannot be {k} other words.", hint=f"Ask for 1 to {MOST_WORDS} of them."
        )
    its = await garden.read(Garden.text, text)
    begin, end = _place(its, at)
    before = await _prompt(garden, its, model=model, bed=bed) + its.content[:begin]
    word = its.content[begin:end]
    context = before.rstrip(_BLANKS)
    blank = " " if len(context) < len(before) else ""
    known = await blocking.run(_shipped_words) | frozenset(words_of(before))
    found = await _Search(model, context, blank, known).likeliest(k + 1)
    probability = next((each.probability for each in found if each.text == word), None)
    if probability is None:
        probability = await _probability(model, context, blank + word)
    others = tuple(each for each in found if each.text != word)[:k]
    return OtherWords(
        text=its.id,
        begin=begin,
        word=word,
        probability=probability,
        others=others,
        model=model.name,
    )


def put_word(
    garden: Garden, text: int, at: int, word: str, *, given: GivenWords, bed: Bed | None = None
) -> Stored:
    """Put another word into the place of one; an edit, which says whose the new word is.

    Args:
        garden: The garden.
        text: The number of the text.
        at: A character of the word that goes, from 0.
        word: What comes; several words are taken, too.
        given: Which words a model gave for this place: if the new one is among them, it is the
            model's.
        bed: The bed in which the edit takes the place of the text; None for none.

    Raises:
        InputError: No word stands there, or the new one is blank.
    """
    its = garden.text(text)
    begin, end = _place(its, at)
    content = its.content[:begin] + _require_word(word) + its.content[end:]
    written = list(garden.lineage.spans(its.id))
    after = (
        *cut_spans(written, 0, begin),
        Span(given.author(its.id, begin, word), len(word)),
        *cut_spans(written, end, len(its.content)),
    )
    return garden.edit(its, content, bed=bed, spans=joined_spans(after))


@dataclass(frozen=True, slots=True)
class Beginning:
    """Words with which offspring begin, and who wrote which of them."""

    start: str
    spans: tuple[Span, ...]


def beginning_of(
    garden: Garden, text: int, at: int, *, given: GivenWords, word: str | None = None
) -> Beginning:
    """Give a text up to a word, as the start words of what grows anew from there.

    Args:
        garden: The garden.
        text: The number of the text.
        at: A character of the word, from 0; the word itself is left out.
        given: As in `put_word`.
        word: A word that stands in its place, and from which it goes on; None for none.

    Raises:
        InputError: No word stands there, nothing stands before it, or the given word is blank.
    """
    its = garden.text(text)
    begin, _ = _place(its, at)
    start = its.content[:begin]
    written = list(cut_spans(garden.lineage.spans(its.id), 0, begin))
    if word is not None:
        start += _require_word(word)
        written.append(Span(given.author(its.id, begin, word), len(word)))
    else:
        start = start.rstrip(_BLANKS)
    if not start.strip():
        raise InputError(
            "Nothing stands before this word.", hint="Breed from the parents instead, or go on."
        )
    return Beginning(start, joined_spans(cut_spans(written, 0, len(start))))


def _place(text: Text, at: int) -> tuple[int, int]:
    """Say where the word begins and ends of which a character is named."""
    for begin, end in word_places(text.content):
        if begin <= at < end:
            return begin, end
    raise InputError(
        f"No word stands at character {at} of this text.", hint="Name a character of a word."
    )


def _require_word(word: str) -> str:
    if not word.strip() or word != word.strip():
        raise InputError("The new word is blank.", hint="Write one, or edit the text instead.")
    return word


async def _prompt(garden: AsyncGarden, text: Stored, *, model: BaseModel, bed: Bed | None) -> str:
    """Give what stands before the first character of a text."""
    versions = await garden.read(lambda its: its.lineage.versions(text.id).versions)
    for version in reversed(versions):
        origin = version.origin
        if origin.author == "model" and origin.prompt:
            return origin.prompt.removesuffix(origin.start.rstrip(" "))
    if bed is None:
        raise InputError(
            "Nothing was written before this text that a model could go on from.",
            hint="Look at it in a bed with parents: they show the model what to write.",
        )
    others = tuple(id for id in bed.parents if id != text.id)
    bare = replace(bed, parents=others, chain=(), start="")
    return (await bed_operations.asked_of(garden, bare, model=model)).prompt


async def _probability(model: BaseModel, context: str, word: str) -> float | None:
    try:
        (score,) = await model.logprobs(context, [word])
    except EngineError:
        return None  # it gives those of the next token, and none of a given text
    return math.exp(score.logprob)


@dataclass(slots=True)
class _Search:
    """Finds the likeliest words after a context, the likeliest beginning first.

    A token may be only the beginning of a word. That it is a whole one is taken for granted of
    words that stand in what the model was shown or in what ships; of others the model is asked what
    follows, as long as requests are left. What is not known to be whole then is left out.
    """

    model: BaseModel
    context: str
    blank: str
    known: Set[str]

    async def likeliest(self, k: int) -> list[LikelyWord]:
        found: dict[str, float] = {}
        # By the negative probability; a word that is known to be whole comes out as it is.
        waiting: list[tuple[float, str, bool]] = []
        await self._go_on(waiting, "", 1.0, look=_LIKELIEST)
        steps = _STEPS
        while waiting and len(found) < k:
            negative, text, whole = heapq.heappop(waiting)
            if whole or text.removeprefix(self.blank).casefold() in self.known:
                word = text.removeprefix(self.blank)
                found[word] = max(found.get(word, 0.0), -negative)
            elif steps:
                steps -= 1
                await self._go_on(waiting, text, -negative, look=_FOLLOWING)
        likely = [LikelyWord(text, chance) for text, chance in found.items()]
        return sorted(likely, key=lambda each: -each.probability)

    async def _go_on(
        self, waiting: list[tuple[float, str, bool]], text: str, chance: float, *, look: int
    ) -> None:
        """Put what may follow a beginning of a word among what waits, and the word as it is."""
        ended = 0.0
        for token in await self.model.next_token(self.context + text, k=look):
            longer = text + token.token
            share = math.exp(token.logprob)
            if self._is_beginning(longer):
                heapq.heappush(waiting, (-chance * share, longer, False))
            else:
                ended += share
        if text.removeprefix(self.blank) and ended:
            heapq.heappush(waiting, (-chance * ended, text, True))

    def _is_beginning(self, text: str) -> bool:
        if not text.startswith(self.blank):
            return False
        word = text.removeprefix(self.blank)
        # The blank may be a token of its own.
        return (not word and bool(self.blank)) or _WORD.fullmatch(word) is not None


@lru_cache(maxsize=1)
def _shipped_words() -> frozenset[str]:
    """Give the words of what ships: of no other text is it known that its words are whole."""
    texts = [text for each in shipped() for text in each.texts]
    return frozenset(word for text in texts for word in words_of(text.content))
