"""What a brood costs, and a purse that closes before more is spent than it may be.

Money is a `Decimal`: a month is the sum of thousands of small amounts and is held against a bound,
and floats would let the sum drift, and 0.1 + 0.2 pass 0.3. Prices come from a person's
configuration as they wrote them there, so 0.1 is 0.1.

A purse reckons with the most that can come: every completion at its full length, asked for on its
own with a prompt of its own, nothing remembered. Servers differ too much to hope for less.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Final, Self

from flourishing.errors import InputError
from flourishing.models.protocol import BaseModel, Event, Notice, Score, TokenLogprob, Usage
from flourishing.sampling import Sampling
from flourishing.settings import NamedModel, config_path

_MILLION: Final = 1_000_000
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
    def from_dict(cls, told: Mapping[str, str]) -> Self:
        """Read prices from what `as_dict` gave."""
        read, output, cached = (Decimal(told[name]) for name in ("input", "output", "cached"))
        return cls(read, output, cached, told["currency"])


def prices_of(model: BaseModel) -> Prices | None:
    """Give the prices of a model; None for one on this machine, or where nobody set any."""
    described = _described(model)
    return None if described is None else Prices.of(described)


def cost_of(usage: Usage, prices: Prices) -> Money:
    """Give what a call cost."""
    cached = min(usage.cached, usage.prompt)
    amount = (
        (usage.prompt - cached) * prices.input
        + cached * prices.cached
        + usage.completion * prices.output
    )
    return Money(amount / _MILLION, prices.currency)


def most_cost(prompt_tokens: int, n: int, max_tokens: int, refills: int, prices: Prices) -> Money:
    """Give the most that a brood can cost.

    Args:
        prompt_tokens: How many tokens its prompt has.
        n: How many offspring are asked for.
        max_tokens: The most tokens of each.
        refills: How many more may be asked for in place of flawed ones.
        prices: What the tokens cost.
    """
    completions = n + refills
    # A server asked for n at once may give none of them, and is then asked for each.
    prompts = completions + (1 if n > 1 else 0)
    read = prompts * prompt_tokens * max(prices.input, prices.cached)
    return Money((read + completions * max_tokens * prices.output) / _MILLION, prices.currency)


class Purse:
    """What one command or one session may spend, and what it has spent.

    A bound holds for money of each currency by itself.

    Args:
        spend: The most for this command or session; None for no bound.
        budget: The most for a calendar month (UTC); None for no bound.
        month: Gives what was spent this month in a currency, as far as the garden knows.

    Attributes:
        spent: What was spent so far, by currency.
    """

    def __init__(
        self,
        *,
        spend: Decimal | None = None,
        budget: Decimal | None = None,
        month: Callable[[str], Decimal] = lambda _: Decimal(0),
    ) -> None:
        self.spent: dict[str, Decimal] = {}
        self._spend = spend
        self._budget = budget
        self._month = month
        self._month_before: dict[str, Decimal] = {}
        self._told: set[str] = set()

    def watch(self, model: BaseModel, *, refills: int) -> BaseModel:
        """Give a model that asks the purse before it asks the server; for one brood.

        After its first call, `refills` more completions may be asked of it.
        """
        if (self._spend is None and self._budget is None) or _described(model) is None:
            return model
        return _Watched(model, self, refills)

    def pay(self, money: Money) -> None:
        """Count what was spent."""
        self.spent[money.currency] = self.spent.get(money.currency, Decimal(0)) + money.amount

    async def require(self, most: Money, paid: Decimal) -> None:
        """Refuse what costs this at the most, if that might pass a bound.

        Args:
            most: The most that it costs.
            paid: What was paid for this brood already, which the garden does not know of yet.

        Raises:
            InputError: It might pass.
        """
        so_far = self.spent.get(most.currency, Decimal(0))
        if self._spend is not None and so_far + most.amount > self._spend:
            raise _too_much(most, so_far, self._spend, what="--spend", raise_it="--spend")
        if self._budget is None:
            return
        import asyncio  # here, since it costs more to import than all the rest of us

        month = await asyncio.to_thread(self._month, most.currency)
        # Two lower bounds: other sessions spend too, and not all that we spent was saved.
        before = self._month_before.setdefault(most.currency, month - (so_far - paid))
        month = max(month + paid, before + so_far)
        if month + most.amount > self._budget:
            where = f"budget in {config_path()}"
            raise _too_much(most, month, self._budget, what="the month's budget", raise_it=where)

    def unbounded(self, model: BaseModel) -> str | None:
        """Say, once for each model, that nobody knows what it costs."""
        if model.name in self._told:
            return None
        self._told.add(model.name)
        return (
            f"{model.name} has no input_price and output_price in the configuration, so what it "
            "costs is not known, and not bounded."
        )


class _Watched:
    """A model that asks a purse before it asks the server."""

    def __init__(self, model: BaseModel, purse: Purse, refills: int) -> None:
        self._model = model
        self._purse = purse
        self._refills = refills
        self._paid = Decimal(0)
        self._waves = 0

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def ready(self) -> bool:
        return self._model.ready

    async def load(self) -> None:
        await self._model.load()

    async def prompt_room(self, n: int, max_tokens: int) -> int:
        return await self._model.prompt_room(n, max_tokens)

    async def count_tokens(self, text: str) -> int:
        return await self._model.count_tokens(text)

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        return await self._model.next_token(prompt, k=k)

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        return await self._model.logprobs(prompt, continuations)

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: Sampling,
        stop: Sequence[str],
        seed: int,
        reproducible: bool = False,
    ) -> AsyncGenerator[Event]:
        prices = prices_of(self._model)
        wave, self._waves = self._waves, self._waves + 1
        most = None
        if prices is not None:
            tokens = await self._model.count_tokens(prompt)
            try:
                refills = 0 if wave else self._refills
                await self._purse.require(
                    most_cost(tokens, n, sampling.max_tokens, refills, prices), self._paid
                )
            except InputError as refusal:
                if not wave:
                    raise
                # What came before is paid for, and worth more than an error.
                yield Notice(f"Flawed ones were not asked for again. {refusal}")
                yield Usage()
                return
            most = most_cost(tokens, n, sampling.max_tokens, 0, prices)
        elif words := self._purse.unbounded(self._model):
            yield Notice(words)
        asked = self._model.complete(
            prompt, n=n, sampling=sampling, stop=stop, seed=seed, reproducible=reproducible
        )
        try:
            async with aclosing(asked) as events:
                async for event in events:
                    if isinstance(event, Usage) and prices is not None:
                        most = None
                        self._pay(cost_of(event, prices))
                    yield event
        finally:
            if most is not None:  # broken off: nobody says what it came to
                self._pay(most)

    def _pay(self, money: Money) -> None:
        self._paid += money.amount
        self._purse.pay(money)


def _too_much(
    most: Money, spent: Decimal, bound: Decimal, *, what: str, raise_it: str
) -> InputError:
    currency = most.currency
    enough = Money(spent + most.amount, currency).shown(ROUND_UP).removesuffix(f" {currency}")
    return InputError(
        f"{Money(spent, currency)} of the {Money(bound, currency)} of {what} are spent, and this "
        f"may cost up to {most.shown(ROUND_UP)}.",
        hint=f"Raise {raise_it} to {enough} or more; or ask for fewer or shorter offspring (-n, "
        "--max-tokens), from fewer parents, or with --refills 0.",
    )


def _described(model: BaseModel) -> NamedModel | None:
    """Give how a person has described a model; None for one on this machine, which is free."""
    described = getattr(model, "settings", None)
    return described if isinstance(described, NamedModel) else None
