"""A model whose requests are first checked against a budget."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol, runtime_checkable

from flourishing.core.sampling import Sampling
from flourishing.errors import InputError, TooSlowError, UnreachableError
from flourishing.models.cost.budget import REFUSALS, Budget, Reservation, open_budget
from flourishing.models.cost.ledger import Prices, described, most_usage, most_written
from flourishing.models.protocol import BaseModel, Event, Notice, Score, TokenLogprob, Usage
from flourishing.models.waiting import MergedWaits, print_plain
from flourishing.settings import NamedModel


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
