"""What a probe costs at most, so that it can be said before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flourishing.models.endpoint.tokens import estimate
from flourishing.probing.nature import PROMPTS
from flourishing.probing.probe import ANIMALS, DRAWN_TOKENS, SURE_TOKENS, TAMED_TOKENS
from flourishing.settings import NamedModel

_MILLION: Final = 1_000_000
_CALLS: Final = (
    # Each: the prompt, how many completions at most, and how many tokens of each.
    *[(ANIMALS, 2, DRAWN_TOKENS)] * 2,
    *[(ANIMALS, 1, DRAWN_TOKENS)] * 2,  # another seed; and one alone, where two were refused
    *[(ANIMALS, 1, TAMED_TOKENS)] * 2,
    *[(prompt, 1, SURE_TOKENS) for prompt in PROMPTS],
    (max(PROMPTS, key=estimate), 1, SURE_TOKENS),  # stopped
    (ANIMALS, 1, 1),  # the next token
    *[(max(PROMPTS, key=estimate), 1, 1)] * 3,  # a given text, token by token at the worst
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a probe costs at most.

    Attributes:
        requests: How many requests.
        read: Tokens of prompts, a prompt counted once for each of its completions.
        written: Tokens of completions.
        money: What that comes to; None where the configuration has no prices.
        currency: What that money is.
    """

    requests: int
    read: int
    written: int
    money: float | None
    currency: str

    def __str__(self) -> str:
        tokens = (
            f"{self.requests} requests, {self.read:,} tokens to read, {self.written:,} to write"
        )
        if self.money is None:
            return tokens
        return f"{tokens}: {self.money:.6f} {self.currency}"


def most_cost(model: NamedModel) -> Cost:
    """Reckon what a probe of a model costs at most, by the prices in the configuration.

    Requests that failed and are made again are not reckoned with: servers take no money for them.
    """
    read = sum(estimate(prompt) * n for prompt, n, _ in _CALLS)
    written = sum(n * tokens for _, n, tokens in _CALLS)
    money = None
    if model.input_price is not None or model.output_price is not None:
        money = (read * (model.input_price or 0) + written * (model.output_price or 0)) / _MILLION
    return Cost(len(_CALLS), read, written, money, model.currency)
