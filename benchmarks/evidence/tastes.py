"""Hidden tastes of simulated breeders, from 0 to 1; breeding sees none of them.

Two are programmatic. The third is on word embeddings of another model (wordllama, MIT), which the
package does not use. A person's taste is richer than any of them; they show whether the loop climbs
where it is told by picks alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from flourishing.core.words import words_of
from flourishing.library import library

Taste: TypeAlias = Callable[[str], float]

_WATER: Final = frozenset(
    words_of("""
    water waters sea seas river rivers rain rains rained wave waves ocean lake tide tides stream
    streams pool pools pond shore foam salt wet dew mist ice snow spray fog brook well drop
    drops flood flow flows harbor harbour sail sails ship boat boats fish gull swim drown
    drowned cloud clouds storm
""")
)
_SHORT_LINE: Final = 5
_PLAIN: Final = frozenset(
    words_of("""
    the of and to a in is you that it he was for on are as with his they i at be this have from
    or one had by word but not what all were we when your can said there use an each which she
    do how their if will up other about out many then them these so some her would make like him
    into time has look two more write go see number no way could people my than first been call
    who its now find long down day did get come made may part me over new sound take only little
    work know place year live back give most very after thing our just name good sentence man
    think say great where help through much before line right too mean old any same tell boy
    follow came want show also around form three small set put end does another well large must
    big even such because turn here why ask went men read need land different home us move try
    kind hand picture again change off play spell air away animal house point page letter mother
    answer found study still learn should world high every near add food between own below
    country last school father keep tree never start city earth eye light thought head under
    story saw left don't few while along might close something seem next hard open begin life
    always those both paper together got group often run i'm it's
""")
)
_NIGHT: Final = (
    "The stars are out above the dark fields.\nNight has no end.",
    "Black night, and the moon is gone.\nI hear the dead in the dark.",
    "A ghost at midnight stands in the cold house.",
    "Moonlight on the graves,\nand the owl calls in darkness.",
    "The dark comes down; the stars burn cold and far.",
)
FAR: Final = 0.6
"""Cosine of two texts' embeddings; texts below it differ."""


def water(text: str) -> float:
    """Say how much a text is of water, in short lines.

    Args:
        text: Its content.
    """
    lines = [words_of(line) for line in text.splitlines() if line.strip()]
    if not lines:
        return 0.0
    short = sum(len(line) <= _SHORT_LINE for line in lines) / len(lines)
    return short * min(1.0, len(_WATER.intersection(words_of(text))) / 2)


def plain(text: str) -> float:
    """Say how plain the words of a text are.

    Args:
        text: Its content.
    """
    words = words_of(text)
    if len(words) < 4:
        return 0.0
    common = sum(word in _PLAIN for word in words) / len(words)
    return min(1.0, max(0.0, (common - 0.45) / 0.45))


def night(text: str) -> float:
    """Say how near a text is to dark nights, by embeddings of another model.

    Args:
        text: Its content.
    """
    target, lowest, highest = _nights()
    return min(1.0, max(0.0, (float(embeddings([text])[0] @ target) - lowest) / (highest - lowest)))


@lru_cache(maxsize=1)
def _nights() -> tuple[NDArray[np.float32], float, float]:
    """Give the target, and what is 0 and 1: the shipped poems' lower quartile and their nearest."""
    target = embeddings(_NIGHT).mean(axis=0)
    target /= np.linalg.norm(target)
    names = ("imagists", "short-verse")
    shipped = [text.content for name in names for text in library(name).texts]
    near = embeddings(shipped) @ target
    return target, float(np.quantile(near, 0.25)), float(near.max())


@lru_cache(maxsize=1)
def _wordllama() -> tuple[NDArray[np.float32], object]:
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    spec = find_spec("wordllama")
    assert spec is not None, "install the extra `evidence`"
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    # The package's own way of loading looks into another folder, or asks the network.
    (matrix,) = load_file(folder / "weights/l2_supercat_256.safetensors").values()
    name = str(folder / "tokenizers/l2_supercat_tokenizer_config.json")
    return matrix.astype(np.float32), Tokenizer.from_file(name)


def embeddings(texts: Sequence[str]) -> NDArray[np.float32]:
    """Give unit vectors, one row a text: means of their words' embeddings.

    Args:
        texts: Their contents.
    """
    matrix, tokenizer = _wordllama()
    found = []
    for text in texts:
        ids = [i for i in tokenizer.encode(text, add_special_tokens=False).ids if i < len(matrix)]  # type: ignore[attr-defined]
        mean = matrix[ids].mean(axis=0) if ids else np.zeros(matrix.shape[1], np.float32)
        found.append(mean / (np.linalg.norm(mean) + 1e-9))
    return np.array(found, np.float32)


def different(texts: Sequence[str], scores: Sequence[float], bar: float) -> int:
    """Count texts above a bar that all differ, taken greedily from the best: Yield.

    Args:
        texts: Their contents.
        scores: How good each is.
        bar: What a text must reach.
    """
    order = [at for at in np.argsort(-np.asarray(scores), kind="stable") if scores[at] >= bar]
    if not order:
        return 0
    vectors, taken = embeddings(texts), list[int]()
    for at in order:
        if all(vectors[at] @ vectors[other] < FAR for other in taken):
            taken.append(int(at))
    return len(taken)


TASTES: Final[dict[str, Taste]] = {"water": water, "plain": plain, "night": night}
"""All tastes by their names."""
