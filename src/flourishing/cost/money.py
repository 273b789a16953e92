"""Money, the prices of tokens, and what a call costs.

Money is a `Decimal`: a month is the sum of thousands of small amounts and is held against a bound,
and floats would let the sum drift, and 0.1 + 0.2 pass 0.3. Prices come from a person's
configuration as they wrote them there, so 0.1 is 0.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Self

from flourishing.models.protocol import BaseModel, Usage
from flourishing.settings import NamedModel

_MILLION: Final = 1_000_000
_LENGTHS: Final = ("max_tokens", "max_completion_tokens", "max_new_tokens")
_SMALL: Final = Decimal("0.1")
"""Money below this is shown with two digits that count, else with two places."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money.

    Attributes:
        amount: How much.
        currency: Of what, as the configuration calls it.
    """

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return self.shown()

    def shown(self, rounding: str = ROUND_HALF_UP) -> str:
        """Give the amount for a person: two places, or two digits where that would be little."""
        places = -2 if not self.amount or self.amount >= _SMALL else self.amount.adjusted() - 1
        return f"{self.amount.quantize(Decimal(1).scaleb(places), rounding):f} {self.currency}"

    def as_dict(self) -> dict[str, object]:
        """Give it as plain data for JSON."""
        return {"amount": float(self.amount), "currency": self.currency}


@dataclass(frozen=True, slots=True)
class Prices:
    """What a server takes for a million tokens.

    Attributes:
        input: For tokens of prompts.
        output: For tokens of completions.
        cached: For tokens of prompts that the server remembered.
        currency: What the money is.
    """

    input: Decimal
    output: Decimal
    cached: Decimal
    currency: str = "USD"

    @classmethod
    def of(cls, model: NamedModel) -> Self | None:
        """Give the prices that a person set for a model; None unless both were set."""
        if model.input_price is None or model.output_price is None:
            return None
        read = Decimal(str(model.input_price))
        cached = read if model.cached_price is None else Decimal(str(model.cached_price))
        return cls(read, Decimal(str(model.output_price)), cached, model.currency)

    def as_dict(self) -> dict[str, str]:
        """Give the prices as plain data for JSON: as words, which lose nothing."""
        amounts = {"input": self.input, "output": self.output, "cached": self.cached}
        return {**{name: str(each) for name, each in amounts.items()}, "currency": self.currency}

    @classmethod
    def from_dict(cls, stored: Mapping[str, str]) -> Self:
        """Read prices from what `as_dict` gave."""
        read, output, cached = (Decimal(stored[name]) for name in ("input", "output", "cached"))
        return cls(read, output, cached, stored["currency"])


def described(model: BaseModel) -> NamedModel | None:
    """Give how a person has described a model; None for one on this machine, which is free."""
    found = getattr(model, "settings", None)
    return found if isinstance(found, NamedModel) else None


def prices_of(model: BaseModel) -> Prices | None:
    """Give the prices of a model; None for one on this machine, or where nobody set any."""
    found = described(model)
    return None if found is None else Prices.of(found)


def cost_of(usage: Usage, prices: Prices) -> Money:
    """Give what a call cost."""
    cached = min(usage.cached, usage.prompt)
    amount = (
        (usage.prompt - cached) * prices.input
        + cached * prices.cached
        + usage.completion * prices.output
    )
    return Money(amount / _MILLION, prices.currency)


def most_cost(usage: Usage, prices: Prices) -> Money:
    """Give the most that so many tokens can cost, however many of them the server remembers."""
    remembered = usage.prompt if prices.cached > prices.input else 0
    return cost_of(replace(usage, cached=remembered), prices)


def most_written(settings: NamedModel, max_tokens: int) -> int:
    """Give the most tokens of a completion, where what is passed on as it is asks for more."""
    asked = (settings.extra_body.get(name) for name in _LENGTHS)
    return max([max_tokens, *(each for each in asked if isinstance(each, int))])


def most_usage(one: Usage, n: int) -> Usage:
    """Give the most tokens that n completions of one prompt can take.

    Args:
        one: What one takes: the prompt, and the completion at its full length.
        n: How many.
    """
    # A server asked for n at once may give none of them, and is then asked for each.
    prompts = n + (1 if n > 1 else 0)
    return Usage(prompt=prompts * one.prompt, completion=n * one.completion)
