"""What may be spent, and models whose requests are first checked against it.

A budget sets aside the most that a call can cost before the call is made. What is set aside counts
as spent until it is known what the call came to, so that calls side by side cannot pass a bound
together that each of them keeps to.
"""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_UP, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from flourishing import blocking
from flourishing.core.sampling import Sampling
from flourishing.errors import (
    AuthError,
    EngineError,
    InputError,
    ModelNotFoundError,
    NoMoneyError,
    RedirectError,
    SpendError,
    StorageError,
    TooSlowError,
    UnreachableError,
)
from flourishing.models.cost.ledger import (
    Entry,
    Ledger,
    Money,
    Prices,
    cost_of,
    described,
    most_cost,
    most_usage,
    most_written,
)
from flourishing.models.protocol import (
    BaseModel,
    Event,
    Notice,
    Score,
    TokenLogprob,
    Usage,
    WithDecisions,
    further_settings,
    require_embeddings,
)
from flourishing.models.waiting import MergedWaits, print_plain
from flourishing.settings import NamedModel, config_path, data_path, monthly_budget

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REFUSALS: Final = (AuthError, InputError, ModelNotFoundError, NoMoneyError, RedirectError)
"""After these, nothing was given that somebody could take money for."""
_NOTHING: Final = Usage()
_TOKENS: Final = "input_price and output_price"


class Budget:
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
        self, ledger: Ledger, *, spend: Decimal | None = None, monthly: Decimal | None = None
    ) -> None:
        self.spent: dict[str, Decimal] = {}
        self._ledger = ledger
        self._spend = spend
        self._monthly = monthly
        self._warned: set[str] = set()
        self._counting = threading.Lock()

    @property
    def is_bounded(self) -> bool:
        """Whether there is a bound at all."""
        return self._spend is not None or self._monthly is not None

    async def reserve(
        self, model: str, prices: Prices, most: Usage, *, later: Usage = _NOTHING
    ) -> Reservation:
        """Set aside the most that a call can cost, and write it down.

        Args:
            model: What is asked, as texts name it.
            prices: What its tokens cost.
            most: The most tokens that the call can take.
            later: The most that may be asked for after it; there must be room for that as well,
                but nobody else is kept from it.

        Raises:
            SpendError: It might pass a bound.
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
        return Reservation(self, self._ledger, entry, prices, notice)

    @asynccontextmanager
    async def charge(
        self,
        model: str,
        settings: NamedModel,
        most: Usage,
        *,
        notify: Callable[[str], None] | None = None,
        wants: str = _TOKENS,
    ) -> AsyncGenerator[Reservation | None]:
        """Set aside the most that a call can cost, for as long as it is made.

        Settle what is given as soon as it is known what the call came to; otherwise it counts at
        its most. Where the call is refused, it costs nothing.

        Args:
            model: What is asked, as texts name it.
            settings: How a person has described it; without prices, nothing is given.
            most: The most tokens that the call can take.
            notify: Called with what a person should know; None reports nothing.
            wants: What the configuration needs so that the cost is known; by default the prices of
                tokens.

        Raises:
            SpendError: It might pass a bound.
            StorageError: It cannot be written down, and a month's budget is to be kept.
        """
        prices = Prices.of(settings)
        reservation = None if prices is None else await self.reserve(model, prices, most)
        words = self.warn_unbounded(model, wants) if reservation is None else reservation.notice
        if words and notify is not None:
            notify(words)
        try:
            yield reservation
        except REFUSALS:
            if reservation is not None and not reservation.is_settled:
                await reservation.settle(_NOTHING)
            raise

    def count(self, money: Money) -> None:
        """Count as spent; less than nothing is given back.

        Args:
            money: The amount; below 0 for what is given back.
        """
        with self._counting:
            self._count(money)

    def warn_unbounded(self, model: str, wants: str = _TOKENS) -> str:
        """Give a warning, once for each model, that its cost is not known; "" after that.

        Args:
            model: The model, as texts name it.
            wants: What the configuration lacks; by default the prices of tokens.
        """
        if not self.is_bounded or model in self._warned:
            return ""
        self._warned.add(model)
        return (
            f"{model} has no {wants} in the configuration, so what it costs is not known, and not "
            "bounded."
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
            if self._monthly is not None and month + room.amount > self._monthly:
                where = f"budget in {config_path()}"
                raise _too_much(
                    room, month, self._monthly, what="the month's budget", raise_it=where
                )

        try:
            self._ledger.enter(entry, check)
        except StorageError as error:
            if self._monthly is not None:
                raise
            return str(error)
        return ""


class Reservation:
    """What is set aside for one call: the most that it can cost, until that is settled.

    Attributes:
        notice: What a person should know, in words; "" for nothing.
    """

    def __init__(
        self, budget: Budget, ledger: Ledger, entry: Entry, prices: Prices, notice: str
    ) -> None:
        self.notice = notice
        self._budget = budget
        self._ledger = ledger
        self._entry = entry
        self._prices = prices

    @property
    def is_settled(self) -> bool:
        """Whether it is known what the call came to."""
        return self._entry.known

    async def settle(self, usage: Usage) -> None:
        """Put what the call came to in the place of the most.

        Args:
            usage: The tokens that the call took.
        """
        await self._write(usage, cost_of(usage, self._prices), known=True)

    async def unsettle(self, most: Usage) -> None:
        """Count the call at its most again, since what was reported of it may not be all.

        Args:
            most: The most tokens that the call can have taken.
        """
        await self._write(most, most_cost(most, self._prices), known=False)

    async def _write(self, usage: Usage, money: Money, *, known: bool) -> None:
        before = self._entry.money
        self._entry = replace(self._entry, usage=usage, money=money, known=known)
        self._budget.count(Money(money.amount - before.amount, money.currency))
        with suppress(StorageError):  # in the month it stays at its most, which keeps the budget
            await blocking.finish(self._ledger.enter, self._entry)


def open_budget(spend: Decimal | None = None) -> Budget:
    """Give a budget as the configuration has it: bounded by the month's budget.

    Args:
        spend: The most for one command or session, which then has a budget of its own; None gives
            the budget that all else in this process shares.

    Raises:
        InputError: The configured budget is no amount of money.
    """
    configured = monthly_budget()
    bound = None if configured is None else Decimal(str(configured))
    folder = data_path() / "spending"
    if spend is None:
        return _shared(bound, folder)
    return Budget(Ledger(folder), spend=spend, monthly=bound)


@cache
def _shared(monthly: Decimal | None, folder: Path) -> Budget:
    return Budget(Ledger(folder), monthly=monthly)


def _too_much(
    most: Money, spent: Decimal, bound: Decimal, *, what: str, raise_it: str
) -> SpendError:
    currency = most.currency
    enough = Money(spent + most.amount, currency).shown(ROUND_UP).removesuffix(f" {currency}")
    return SpendError(
        f"{Money(spent, currency)} of the {Money(bound, currency)} of {what} are spent, and this "
        f"may cost up to {most.shown(ROUND_UP)}.",
        hint=f"Raise {raise_it} to {enough} or more; or ask for fewer or shorter texts (-n, "
        "--max-tokens), from fewer parents; where flawed ones are asked for again, --refills 0.",
    )


@runtime_checkable
class Foreseeing(Protocol):
    """A model that can say how many tokens a call takes at the most, before it is made."""

    async def most_usage(self, prompt: str, max_tokens: int) -> Usage:
        """Give the most tokens of one completion, with all that is around the prompt.

        Args:
            prompt: The prompt.
            max_tokens: The most tokens of the completion.
        """
        ...

    async def most_score_usage(self, prompt: str, continuations: Sequence[str]) -> Usage:
        """Give the most tokens of the log-probabilities of continuations; none if it has none.

        Args:
            prompt: The prompt.
            continuations: The continuations.
        """
        ...


def metered(model: BaseModel, budget: Budget | None, *, refills: int = 0) -> BaseModel:
    """Give a model whose requests are first checked against a budget; for one brood, or one call.

    Args:
        model: The model. One on this machine is free, and given back as it is.
        budget: Bounds what it may cost; None for the one that this process shares.
        refills: After its first call, so many more completions may be asked of it.
    """
    found = described(model)
    if found is None:
        return model
    return _MeteredModel(model, found, budget or open_budget(), refills)


class _MeteredModel:
    """A model whose requests are first checked against a budget."""

    def __init__(
        self, model: BaseModel, settings: NamedModel, budget: Budget, refills: int
    ) -> None:
        self._model = model
        self._settings = settings
        self._budget = budget
        self._refills = refills
        self._waves = 0

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def ready(self) -> bool:
        return self._model.ready

    @property
    def further_settings(self) -> frozenset[str]:
        return further_settings(self._model)

    async def load(self) -> None:
        await self._model.load()

    async def prompt_room(self, n: int, max_tokens: int) -> int:
        return await self._model.prompt_room(n, max_tokens)

    async def count_tokens(self, text: str) -> int:
        return await self._model.count_tokens(text)

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        priced = Prices.of(self._settings) is not None
        most = await self._most_of_scores(prompt, [""]) if priced else Usage()
        async with self._budget.charge(self.name, self._settings, most, notify=print_plain):
            return await self._model.next_token(prompt, k=k)

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        priced = Prices.of(self._settings) is not None
        most = await self._most_of_scores(prompt, continuations) if priced else Usage()
        async with self._budget.charge(self.name, self._settings, most, notify=print_plain):
            return await self._model.logprobs(prompt, continuations)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        model = require_embeddings(self._model)
        priced = Prices.of(self._settings) is not None
        counts = [await self.count_tokens(text) for text in texts] if priced else []
        most = Usage(prompt=sum(counts))
        charge = self._budget.charge(self.name, self._settings, most, notify=print_plain)
        async with charge as reservation:
            try:
                return await model.embed(texts)
            except EngineError:  # it has none
                if reservation is not None:
                    await reservation.settle(_NOTHING)
                raise

    async def decides(self) -> bool:
        return isinstance(self._model, WithDecisions) and await self._model.decides()

    async def decide(self, question: str, answers: Sequence[str], text: str) -> tuple[float, ...]:
        if not isinstance(self._model, WithDecisions):
            raise EngineError(
                f"The model {self.name!r} gives no typed decisions.",
                hint="Judge with a base model, or name a server with a decision model.",
            )
        priced = Prices.of(self._settings) is not None
        asked = "\n".join([question, *answers, text])
        most = Usage(prompt=await self.count_tokens(asked) if priced else 0)
        async with self._budget.charge(self.name, self._settings, most, notify=print_plain):
            return await self._model.decide(question, answers, text)

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
        asked = self._model.complete(
            prompt, n=n, sampling=sampling, stop=stop, seed=seed, reproducible=reproducible
        )
        async with aclosing(self._bounded(asked, prompt, n, sampling.max_tokens)) as events:
            async for event in events:
                yield event

    async def _bounded(
        self, asked: AsyncGenerator[Event], prompt: str, n: int, max_tokens: int
    ) -> AsyncGenerator[Event]:
        wave, self._waves = self._waves, self._waves + 1
        prices = Prices.of(self._settings)
        if prices is None:
            if words := self._budget.warn_unbounded(self.name):
                yield Notice(words)
            async with aclosing(asked) as events:
                async for event in events:
                    yield event
            return
        counting = MergedWaits(self._one(prompt, max_tokens))
        async with aclosing(counting.waits()) as waits:
            async for waiting in waits:
                yield waiting
        one = counting.result()
        most, refills = most_usage(one, n), 0 if wave else self._refills
        later = Usage(prompt=refills * one.prompt, completion=refills * one.completion)
        try:
            reservation = await self._budget.reserve(self.name, prices, most, later=later)
        except InputError as refusal:
            if not wave:
                raise
            # What came before is paid for, and worth more than an error.
            yield Notice(f"Flawed ones were not asked for again. {refusal}")
            yield Usage()
            return
        if reservation.notice:
            yield Notice(reservation.notice)
        async with aclosing(_settled(asked, reservation, most)) as events:
            async for event in events:
                yield event

    async def _one(self, prompt: str, max_tokens: int) -> Usage:
        written = most_written(self._settings, max_tokens)
        if isinstance(self._model, Foreseeing):
            return await self._model.most_usage(prompt, written)
        return Usage(prompt=await self.count_tokens(prompt), completion=written)

    async def _most_of_scores(self, prompt: str, continuations: Sequence[str]) -> Usage:
        if isinstance(self._model, Foreseeing):
            return await self._model.most_score_usage(prompt, continuations)
        read = await self.count_tokens(prompt)
        own = [await self.count_tokens(text) for text in continuations]
        return Usage(prompt=sum(read + each for each in own), completion=len(own))


async def _settled(
    asked: AsyncGenerator[Event], reservation: Reservation, most: Usage
) -> AsyncGenerator[Event]:
    """Settle what a call came to as soon as that is reported.

    What is broken off before counts at its most, for nobody says what it came to.
    """
    reported: Usage | None = None
    try:
        async with aclosing(asked) as events:
            async for event in events:
                if isinstance(event, Usage):
                    reported = event if reported is None else reported + event
                    await reservation.settle(reported)
                yield event
    except (*REFUSALS, UnreachableError):
        if reported is None:  # it came to no request
            await reservation.settle(Usage())
        raise
    except TooSlowError:
        await reservation.unsettle(most)  # the server may be writing on
        raise
