"""What can be counted of words: lines, syllables, rhyme, metre, repetition, sentiment.

Pronunciations are those of the CMU Pronouncing Dictionary, which is read when the first is asked
for and takes about a second. A word that it does not have counts its groups of vowels as syllables,
rhymes with what ends in the same letters, and has no known stress.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import Any, Final

from flourishing.core.words import distinct_bigrams, words_of
from flourishing.evolution.pronunciation import rhyming_sounds, sounds_of

_VOWELS: Final = re.compile(r"[aeiouyàáâäèéêëìíîïòóôöùúûü]+")
_SILENT: Final = re.compile(r"[^aeiouyl]e$")
_RHYMES_WITHIN: Final = 4
"""Lines; how far away a rhyme may be."""
_FEET: Final = ("01", "10", "001", "100")
"""Iamb, trochee, anapaest and dactyl."""
_ENDING: Final = re.compile(r"[aeiouy]+[^aeiouy]*$")


def lines(text: str) -> float:
    """Count the lines that are not blank.

    Args:
        text: The content of the text.
    """
    return float(sum(bool(line.strip()) for line in text.splitlines()))


def words(text: str) -> float:
    """Count the words.

    Args:
        text: The content of the text.
    """
    return float(len(words_of(text)))


def letters(text: str) -> float:
    """Count the letters.

    Args:
        text: The content of the text.
    """
    return float(sum(map(str.isalpha, text)))


def syllables(text: str) -> float:
    """Count the syllables.

    Args:
        text: The content of the text.
    """
    return float(sum(_syllables(word) for word in words_of(text)))


def mean_word_length(text: str) -> float:
    """Give the mean number of letters of a word; 0 where there is no word.

    Args:
        text: The content of the text.
    """
    found = words_of(text)
    return sum(map(len, found)) / len(found) if found else 0.0


def distinct_2(text: str) -> float:
    """Give the share of the pairs of neighbouring words that are distinct.

    Args:
        text: The content of the text.
    """
    return distinct_bigrams(words_of(text))


def distinct_letters(text: str) -> float:
    """Give the share of the letters that are distinct; 0 where there is none.

    Args:
        text: The content of the text.
    """
    found = [letter for letter in text.casefold() if letter.isalpha()]
    return len(set(found)) / len(found) if found else 0.0


def compressibility(text: str) -> float:
    """Give the share of the bytes that DEFLATE saves; 0 where it saves none.

    Args:
        text: The content of the text.
    """
    raw = text.encode("utf-8", "surrogatepass")
    if not raw:
        return 0.0
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)  # without a heading, which is half of a haiku
    return max(0.0, 1 - len(packed.compress(raw) + packed.flush()) / len(raw))


def rhyme(text: str) -> float:
    """Give the share of the lines that rhyme with another at most four lines away.

    A word does not rhyme with itself.

    Args:
        text: The content of the text.
    """
    ends = [found[-1] for line in text.splitlines() if (found := words_of(line))]
    if len(ends) < 2:
        return 0.0
    rhyming = 0
    for at, word in enumerate(ends):
        near = ends[max(0, at - _RHYMES_WITHIN) : at] + ends[at + 1 : at + 1 + _RHYMES_WITHIN]
        rhyming += any(other != word and _rhyme(word, other) for other in near)
    return rhyming / len(ends)


def metre(text: str) -> float:
    """Say how regularly stressed syllables come, from 0 to 1.

    Of each line, the share of its syllables whose stress fits the best of four feet, begun at any
    of their syllables. A word of one syllable may be stressed or not, and fits every time, as does
    one that the dictionary does not have; a line with no other words says nothing.

    Args:
        text: The content of the text.
    """
    shares = []
    for line in text.splitlines():
        stresses = "".join(_stresses(word) for word in words_of(line))
        known = [(at, each) for at, each in enumerate(stresses) if each != "?"]
        if not known:
            continue
        best = max(
            sum(foot[(at + begin) % len(foot)] == each for at, each in known)
            for foot in _FEET
            for begin in range(len(foot))
        )
        shares.append(best / len(known))
    return sum(shares) / len(shares) if shares else 0.0


def sentiment(text: str) -> float:
    """Say how sad or glad the words are, from -1 to 1, by the lexicon and the rules of VADER.

    Args:
        text: The content of the text.
    """
    return float(_vader().polarity_scores(text)["compound"])


@lru_cache(maxsize=1)
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # here: it reads a lexicon

    return SentimentIntensityAnalyzer()


def _sounds(word: str) -> tuple[str, ...]:
    return sounds_of(word.replace("’", "'"))


@lru_cache(maxsize=20_000)
def _syllables(word: str) -> int:
    if sounds := _sounds(word):
        return sum(sound[-1].isdigit() for sound in sounds)
    groups = len(_VOWELS.findall(word)) - bool(_SILENT.search(word))
    return max(1, groups)


@lru_cache(maxsize=20_000)
def _stresses(word: str) -> str:
    """Give a stress for each syllable: 1, 0, or ? where it may be either."""
    found = "".join(sound[-1] for sound in _sounds(word) if sound[-1].isdigit())
    if len(found) < 2:
        return "?" * _syllables(word)
    return found.replace("2", "1")


def _rhyme(word: str, other: str) -> bool:
    first, second = _rhyming_part(word), _rhyming_part(other)
    return bool(first) and first == second


@lru_cache(maxsize=20_000)
def _rhyming_part(word: str) -> str:
    """Give the sounds of a word from its last stressed vowel, or else its last letters."""
    sounds = _sounds(word)
    if not sounds:
        ending = _ENDING.search(word)
        return f"letters {ending[0]}" if ending and len(ending[0]) > 1 else ""
    return " ".join(rhyming_sounds(sounds))
