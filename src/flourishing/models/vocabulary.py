"""The embedded model with a part of its vocabulary: English, or what texts in Latin letters need.

Of the model's 253 MB, 178 are a row of numbers for each of its 262,144 tokens, and every token that
it writes reads all of them. So two more files are made from the first, with fewer rows; everything
else in them is the same, byte for byte.

**The Latin vocabulary** has all tokens whose characters are of one alphabet: Latin letters with all
their marks, punctuation, symbols and emoji. Single bytes, runs of newlines and blanks, tags and
control words are kept too, except for the 6,143 that only fill the vocabulary up.

**The English vocabulary** has those of the Latin one that English texts use, by a count
(`benchmarks/english_tokens.py`). They stand in `english_tokens.bin`, one bit for each token of the
Latin one. With a token it has all those from which the tokenizer builds it.

**Texts whose tokens are all kept have the same tokens in each file**, not only similar ones. The
tokenizer joins two neighbours as long as the vocabulary has what comes of it, best score first.
Whatever it joins on the way to a token that is kept is kept as well; the scores are the same.
A prompt with a character of another alphabet is for the whole file, and one with more than a few
tokens that English lacks is for the Latin one (`packaged.py`).

A new file follows from the first one and from what is kept, so its checksum is known, and stands
here. Whoever changes what is kept changes the checksum, so that the file is made anew everywhere,
and gives the model another name, since a text says which file wrote it. Making a file takes a
second or two, once, when it is first needed.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import compress, pairwise
from pathlib import Path
from typing import Final

from flourishing.models.reduction import NORMAL, Tokens, read_tokens, reduced
from flourishing.models.weights import (
    ENGLISH_NAME,
    LATIN_NAME,
    embedded_weights,
    is_checked,
    write_checked,
)

ENGLISH_TOKENS: Final = "english_tokens.bin"
"""The file of this package that says which tokens of the Latin vocabulary English has."""
_ALPHABET: Final = (
    "\x00-\u036f"  # ASCII, Latin letters, those of phonetics, and marks that stand over letters
    "\u1d00-\u1dbf\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff\ufb00-\ufb06"  # more Latin letters
    "\u2000-\u2bff\u2e00-\u2e7f"  # punctuation, currencies, arrows, mathematics, symbols
    "\ufe00-\ufe0f\ufffd\U0001f000-\U0001faff"  # emoji, and what goes with them
)
_FOREIGN: Final = re.compile(f"[^{_ALPHABET}]")
_FILLING: Final = re.compile(r"<unused\d{3,}>")
"""Control words with which the vocabulary is filled up to a round number."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A part of the embedded model's vocabulary, and the file that has it.

    Attributes:
        name: What texts say they are from that this file wrote.
        file: The name of the file.
        sha256: The checksum of the file.
        size: Its bytes.
        keep: Gives the numbers of the tokens that are kept of the whole vocabulary, ascending.
    """

    name: str
    file: str
    sha256: str
    size: int
    keep: Callable[[Tokens], list[int]]


def is_latin(text: str) -> bool:
    """Say whether a text has the same tokens in the Latin vocabulary as in the whole one.

    Args:
        text: The text.
    """
    return _FOREIGN.search(text) is None


def _keep_latin(tokens: Tokens) -> list[int]:
    return [
        number
        for number, (text, kind) in enumerate(zip(tokens.texts, tokens.kinds, strict=True))
        if (is_latin(text) if kind == NORMAL else not _FILLING.fullmatch(text))
    ]


def _keep_english(tokens: Tokens) -> list[int]:
    return list(compress(_keep_latin(tokens), _in_english()))


def _in_english() -> list[int]:
    """Say of each token of the Latin vocabulary whether English has it, as 1 or 0."""
    packed = resources.files("flourishing.models").joinpath(ENGLISH_TOKENS).read_bytes()
    return [byte >> place & 1 for byte in packed for place in range(8)]


LATIN: Final = Vocabulary(
    name=LATIN_NAME,
    file="gemma-3-270m-q4_k_m-latin.gguf",
    sha256="b3ff2e9c3aec73ff83fbd5e5a6af3488ea3046438e4ecb63d3cfada2197ec8b3",
    size=180_976_704,
    keep=_keep_latin,
)
ENGLISH: Final = Vocabulary(
    name=ENGLISH_NAME,
    file="gemma-3-270m-q4_k_m-english.gguf",
    sha256="b823adefa5df2f5521369d91617f9b4342aa4bf1497aacfa39c42e3d84545d7f",
    size=146_457_280,
    keep=_keep_english,
)


def reduced_weights(vocabulary: Vocabulary, cache: Path) -> Path:
    """Give the embedded model's weights with a part of its vocabulary, made if need be.

    Args:
        vocabulary: The part.
        cache: The folder in which the file is kept.

    Raises:
        ModelFileError: The packages of the weights are missing or damaged.
        StorageError: There is no room or no permission to write the file, or the whole weights.
    """
    target = cache / vocabulary.file
    if is_checked(target, vocabulary.sha256):
        return target
    blocks = reduced(embedded_weights(cache), vocabulary.keep)
    return write_checked(blocks, vocabulary.sha256, target, size=vocabulary.size)


class LackingTokens:
    """The tokens that English lacks of the Latin vocabulary, found in a text as English spells it.

    A token that is lacking comes as two neighbours, or more, which the tokenizer could not join.
    Two neighbours that stand side by side in the end and together are a token of the Latin
    vocabulary have been left apart for that reason alone.

    Args:
        weights: The file with the whole vocabulary.

    Raises:
        ModelFileError: The file cannot be read.
    """

    def __init__(self, weights: Path) -> None:
        tokens = read_tokens(weights)
        texts = [tokens.texts[number] for number in LATIN.keep(tokens)]
        kept = _in_english()
        numbers = {text: number for number, text in enumerate(compress(texts, kept))}
        splits = (
            (numbers.get(text[:at]), numbers.get(text[at:]))
            for text in compress(texts, map(operator.not_, kept))
            for at in range(1, len(text))
        )
        self._pairs = frozenset(pair for pair in splits if None not in pair)

    def count(self, tokens: Sequence[int]) -> int:
        """Count the tokens of a text that are lacking.

        Args:
            tokens: The tokens of the text, as English spells it.
        """
        return sum(pair in self._pairs for pair in pairwise(tokens))
