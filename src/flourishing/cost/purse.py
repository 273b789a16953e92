"""What may be spent: a purse sets aside the most that a call can cost before the call is made.

What is set aside counts as spent until it is known what the call came to, so that calls side by
side cannot pass a bound together that each of them keeps to.
"""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Final

from flourishing import blocking
from flourishing.cost.ledger import Entry, Ledger
from flourishing.cost.money import Money, Prices, cost_of, most_cost
from flourishing.errors import (
    AuthError,
    InputError,
    ModelNotFoundError,
    NoMoneyError,
    RedirectError,
    StorageError,
)
from flourishing.models.protocol import Usage
from flourishing.settings import NamedModel, config_path, data_path, monthly_budget

REFUSALS: Final = (AuthError, InputError, ModelNotFoundError, NoMoneyError, RedirectError)
"""After these, nothing was given that somebody could take money for."""
_NOTHING: Final = Usage()


class Purse:
    """What one command or one session may spend, and what it has spent.

    A bound holds for money of each currency by itself.

    Args:
        ledger: Where every call is written down, and where it is seen what a month has cost.
        spend: The most for this command or session; None for no bound.
        budget: The most for a calendar month (UTC); None for no bound.

    Attributes:
        spent: What was spent so far by currency, what is under way at its most.
    """

    def __init__(
        self, ledger: Ledger, *, spend: Decimal | None = None, budget: Decimal | None = None
    ) -> None:
        self.spent: dict[str, Decimal] = {}
        self._ledger = ledger
        self._spend = spend
        self._budget = budget
        self._told: set[str] = set()
        self._counting = threading.Lock()

    @property
    def is_bounded(self) -> bool:
        """Whether there is a bound at all."""
        return self._spend is not None or self._budget is not None

    async def reserve(
        self, model: str, prices: Prices, most: Usage, *, later: Usage = _NOTHING
    ) -> Reserved:
        """Set aside the most that a call can cost, and write it down.

        Args:
            model: What is asked, as texts name it.
            prices: What its tokens cost.
            most: The most tokens that the call can take.
            later: The most that may be asked for after it; there must be room for that as well,
                but nobody else is kept from it.

        Raises:
            InputError: It might pass a bound.
            StorageError: It cannot be written down, and a month's budget is to be kept.
        """
        entry = Entry(
            call=os.urandom(8).hex(),
            at=datetime.now(UTC),
            model=model,
            usage=most,
            money=most_cost(most, prices),
            known=False,
        )
        room = most_cost(most + later, prices)
        self._set_aside(entry.money, room)
        try:
            notice = await blocking.finish(self._enter, entry, room)
        except (InputError, StorageError):
            self.count(Money(-entry.money.amount, entry.money.currency))
            raise
        return Reserved(self, self._ledger, entry, prices, notice)

    @asynccontextmanager
    async def paying(
        self,
        model: str,
        settings: NamedModel,
        most: Usage,
        *,
        tell: Callable[[str], None] | None = None,
    ) -> AsyncGenerator[Reserved | None]:
        """Set aside the most that a call can cost, for as long as it is made.

        Settle what is given as soon as it is known what the call came to; otherwise it counts at
        its most. Where the call is refused, it costs nothing.

        Args:
            model: What is asked, as texts name it.
            settings: How a person has described it; without prices, nothing is given.
            most: The most tokens that the call can take.
            tell: Told what a person should know.

        Raises:
            InputError: It might pass a bound.
            StorageError: It cannot be written down, and a month's budget is to be kept.
        """
        prices = Prices.of(settings)
        reserved = None if prices is None else await self.reserve(model, prices, most)
        words = self.unbounded(model) if reserved is None else reserved.notice
        if words and tell is not None:
            tell(words)
        try:
            yield reserved
        except REFUSALS:
            if reserved is not None and not reserved.is_settled:
                await reserved.settle(_NOTHING)
            raise

    def count(self, money: Money) -> None:
        """Count as spent; less than nothing is given back."""
        with self._counting:
            self._count(money)

    def unbounded(self, model: str) -> str:
        """Say, once for each model, that nobody knows what it costs; "" where that was said."""
        if not self.is_bounded or model in self._told:
            return ""
        self._told.add(model)
        return (
            f"{model} has no input_price and output_price in the configuration, so what it "
            "costs is not known, and not bounded."
        )

    def _set_aside(self, money: Money, room: Money) -> None:
        with self._counting:
            so_far = self.spent.get(money.currency, Decimal(0))
            if self._spend is not None and so_far + room.amount > self._spend:
                raise _too_much(room, so_far, self._spend, what="--spend", raise_it="--spend")
            self._count(money)

    def _count(self, money: Money) -> None:
        self.spent[money.currency] = self.spent.get(money.currency, Decimal(0)) + money.amount

    def _enter(self, entry: Entry, room: Money) -> str:
        """Write a call down if the month allows it; give in words why it could not be."""

        def check(month: Decimal) -> None:
            if self._budget is not None and month + room.amount > self._budget:
                where = f"budget in {config_path()}"
                raise _too_much(
                    room, month, self._budget, what="the month's budget", raise_it=where
                )

        try:
            self._ledger.enter(entry, check)
        except StorageError as error:
            if self._budget is not None:
                raise
            return str(error)
        return ""


class Reserved:
    """What is set aside for one call: the most that it can cost, until that is settled.

    Attributes:
        notice: What a person should know, in words; "" for nothing.
    """

    def __init__(
        self, purse: Purse, ledger: Ledger, entry: Entry, prices: Prices, notice: str
    ) -> None:
        self.notice = notice
        self._purse = purse
        self._ledger = ledger
        self._entry = entry
        self._prices = prices

    @property
    def is_settled(self) -> bool:
        """Whether it is known what the call came to."""
        return self._entry.known

    async def settle(self, usage: Usage) -> None:
        """Put what the call came to in the place of the most."""
        await self._write(usage, cost_of(usage, self._prices), known=True)

    async def unsettle(self, most: Usage) -> None:
        """Count the call at its most again, since what was told of it may not be all."""
        await self._write(most, most_cost(most, self._prices), known=False)

    async def _write(self, usage: Usage, money: Money, *, known: bool) -> None:
        before = self._entry.money
        self._entry = replace(self._entry, usage=usage, money=money, known=known)
        self._purse.count(Money(money.amount - before.amount, money.currency))
        with suppress(StorageError):  # in the month it stays at its most, which keeps the budget
            await blocking.finish(self._ledger.enter, self._entry)


def open_purse(spend: Decimal | None = None) -> Purse:
    """Give a purse as the configuration has it: bounded by the month's budget.

    Args:
        spend: The most for one command or session, which then has a purse of its own; None gives
            the purse that all else in this process shares.

    Raises:
        InputError: The configured budget is no amount of money.
    """
    budget = monthly_budget()
    bound = None if budget is None else Decimal(str(budget))
    folder = data_path() / "spending"
    if spend is None:
        return _shared(bound, folder)
    return Purse(Ledger(folder), spend=spend, budget=bound)


@cache
def _shared(budget: Decimal | None, folder: Path) -> Purse:
    return Purse(Ledger(folder), budget=budget)


def _too_much(
    most: Money, spent: Decimal, bound: Decimal, *, what: str, raise_it: str
) -> InputError:
    currency = most.currency
    enough = Money(spent + most.amount, currency).shown(ROUND_UP).removesuffix(f" {currency}")
    return InputError(
        f"{Money(spent, currency)} of the {Money(bound, currency)} of {what} are spent, and this "
        f"may cost up to {most.shown(ROUND_UP)}.",
        hint=f"Raise {raise_it} to {enough} or more; or ask for fewer or shorter texts (-n, "
        "--max-tokens), from fewer parents; where flawed ones are asked for again, --refills 0.",
    )
