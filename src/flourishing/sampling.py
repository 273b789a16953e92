"""How the next token is drawn.

The defaults are those for free writing with a base model: the model's own distribution
(temperature 1) without its far tail (min-p 0.05), no top-k, no repetition penalty.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from flourishing import canonical
from flourishing.arguments import as_number, as_whole
from flourishing.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """The settings under which a model draws its tokens.

    Attributes:
        max_tokens: The most tokens that one completion may have, at least 1.
        temperature: Flattens (above 1) or sharpens (below 1) the distribution; 0 takes the
            likeliest token.
        top_p: Draw from the smallest set of tokens that together have this probability, in (0, 1].
        top_k: Draw from the k likeliest tokens; 0 for all.
        min_p: Draw from tokens at least this share as likely as the likeliest, in [0, 1)
            (Nguyen et al. 2024, "Min-p Sampling for Creative and Coherent LLM Outputs").

    Raises:
        InputError: A value is out of its range.
    """

    max_tokens: int = 200
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.05

    def __post_init__(self) -> None:
        for name in ("max_tokens", "top_k"):
            object.__setattr__(self, name, as_whole(getattr(self, name), name))
        for name in ("temperature", "top_p", "min_p"):
            object.__setattr__(self, name, as_number(getattr(self, name), name))
        _require(self.max_tokens >= 1, "max_tokens", self.max_tokens, "a whole number, 1 or more")
        _require(
            self.temperature >= 0,
            "temperature",
            self.temperature,
            "a number, 0 or more; about 1 suits free writing",
        )
        _require(0 < self.top_p <= 1, "top_p", self.top_p, "above 0 and at most 1; 1 turns it off")
        _require(self.top_k >= 0, "top_k", self.top_k, "a whole number; 0 turns it off")
        _require(0 <= self.min_p < 1, "min_p", self.min_p, "from 0 to below 1; 0 turns it off")

    def as_dict(self) -> dict[str, object]:
        """Give the sampling in the stored form."""
        return canonical.write_fields(self, canonical.SAMPLING)


SEEDS = 2**31
"""Seeds are whole numbers from 0 to below this; engines keep 32 bits, and add the index."""


def first_seed(seed: int | None) -> int:
    """Give the seed of the first of n completions: the caller's, or a fresh one for None.

    Raises:
        InputError: The seed is out of range.
    """
    if seed is None:
        return secrets.randbelow(SEEDS)
    seed = as_whole(seed, "seed")
    if not 0 <= seed < SEEDS:
        raise InputError(
            f"The seed cannot be {seed}.", hint=f"Give a whole number from 0 to {SEEDS - 1}."
        )
    return seed


def wave_seed(seed: int, wave: int) -> int:
    """Give each later wave of completions seeds of its own, far from those of the first."""
    if wave == 0:
        return seed
    digest = hashlib.blake2b(f"{seed}/{wave}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % SEEDS


def _require(holds: bool, name: str, value: float, expected: str) -> None:
    if not holds:
        raise InputError(f"{name} cannot be {value}.", hint=f"Give {expected}.")
