"""How English words sound, by the CMU Pronouncing Dictionary, which ships with us.

Its data (version 0.7b as the project cmudict keeps it, 135,000 pronunciations) stand in the folder
`cmudict` as they are published, with their licence, that of BSD in two clauses. Sounds are those of
ARPAbet; a vowel ends with its stress: 1 main, 2 secondary, 0 none.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib import resources


def sounds_of(word: str) -> tuple[str, ...]:
    """Give the sounds of a word, by its first pronunciation; none where it is not known.

    Args:
        word: The word, in small letters.
    """
    return tuple(_dictionary().get(word, "").split())


def rhyming_sounds(sounds: tuple[str, ...]) -> tuple[str, ...]:
    """Give the sounds from the last stressed vowel on; all of them where none is stressed.

    Args:
        sounds: The sounds of a word.
    """
    stressed = [at for at, sound in enumerate(sounds) if sound[-1] in "12"]
    return sounds[stressed[-1] :] if stressed else sounds


@cache
def _dictionary() -> dict[str, str]:
    """Read the first pronunciation of each word; a further one has a number, as in "read(2)"."""
    packed = resources.files("flourishing.evolution").joinpath("cmudict", "cmudict.dict.gz")
    found: dict[str, str] = {}
    for line in gzip.decompress(packed.read_bytes()).decode("utf-8").splitlines():
        entry, _, _ = line.partition(" #")  # what stands behind it says which name or language
        word, _, sounds = entry.partition(" ")
        found.setdefault(word.partition("(")[0], sounds)
    return found
