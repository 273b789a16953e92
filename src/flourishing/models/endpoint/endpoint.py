"""The model behind an address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import cached_property
from typing import Final

from flourishing.errors import ModelError, PromptTooLongError, UnreachableError
from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.asking import Asking
from flourishing.models.endpoint.bodies import Request, settings_not_known
from flourishing.models.endpoint.crossing import across, fetched
from flourishing.models.endpoint.keys import find_key
from flourishing.models.endpoint.learnt import Learnt
from flourishing.models.endpoint.scoring import Scoring
from flourishing.models.endpoint.servers import introduce
from flourishing.models.endpoint.slots import Slots
from flourishing.models.endpoint.tokens import ask_tokenizer, estimate, has_tokenizer
from flourishing.models.endpoint.wire import Wire
from flourishing.models.protocol import Event, Notice, Score, SeedIgnored, TokenLogprob
from flourishing.models.unread import is_unread
from flourishing.models.waiting import Overheard
from flourishing.sampling import Sampling
from flourishing.settings import NamedModel

CONTEXT: Final = 4096
"""Tokens that a model can take of which nobody says how many: few have less."""
_OPEN_WAY: Final = (
    "The key for {} is sent over plain http, where others on the way can read it; use https if "
    "the server has it."
)
_UNKNOWN_CONTEXT: Final = (
    "{} "
    f"does not say how many tokens it can take; {CONTEXT:,} are reckoned with. Set context in "
    "the configuration if it is more."
)
_IGNORES_SEED: Final = "{} ignores seeds: the same seed will not give the same texts."
_SETTING_NOT_KNOWN: Final = (
    "It is not known whether {} has the setting {!r}: it may go on without it and not say so."
)
_LONGEST_TOKEN: Final = 64
"""Characters; a prompt of more than this times the context is too long without counting."""


class Endpoint:
    """A base model behind an address: any server with `/v1/completions`, or Ollama.

    It may be used from any event loop and thread; all that touches the network runs on the
    bridge's loop (`crossing.py`).

    Args:
        settings: How a person has described the model.
        by_address: Whether it was named by its address alone, so that its key is in
            FLOURISHING_API_KEY.

    Attributes:
        address: Where it is.
        settings: How a person has described it; no key is among that.
        learnt: What is known of the server, found out by the way; a probe may fill it.
        by_address: Whether its key is in FLOURISHING_API_KEY.
        slots: How many requests may be under way at once.

    Raises:
        InputError: The address is none.
    """

    def __init__(self, settings: NamedModel, *, by_address: bool = False) -> None:
        self.settings = settings
        self.address = Address.of(settings.endpoint, settings.model, settings.kind)
        self.learnt = Learnt(context=settings.context)
        self.by_address = by_address
        self.slots = Slots(settings.parallel)
        self._warned = False
        self._guessing_told = False

    def __repr__(self) -> str:
        return f"Endpoint({self.name!r})"

    @property
    def name(self) -> str:
        """The address with the model, without a key; opens the same model again."""
        return self.address.name

    @property
    def ready(self) -> bool:
        """Whether the server has been asked what it is."""
        return self.learnt.asked

    async def load(self) -> None:
        """Ask the server what it is; the model itself is its own affair."""
        await fetched(self._introduce())

    async def prompt_room(self, n: int, max_tokens: int) -> int:
        """Give the most tokens a prompt may have: as configured, as the server says, or 4,096."""
        await self._introduced_safely()
        return max(0, (self._context or CONTEXT) - self._sharing(n) * max_tokens)

    async def count_tokens(self, text: str) -> int:
        """Count the tokens of a prompt, by the server's tokenizer or an estimate (`tokens.py`)."""
        await self._introduced_safely()
        if not self._counts or self._hopeless(text):
            return estimate(text)
        found = await fetched(self._tokenize(text))
        return found if isinstance(found, int) else len(found)

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
        """Continue a prompt n times, as the protocol says.

        Where the server keeps to seeds, `reproducible` gives the same texts as far as it does.
        """
        for words in self._warnings():
            yield Notice(words)
        preparing = Overheard(self._prepared(prompt, n, sampling.max_tokens))
        async with aclosing(preparing.waits()) as waits:
            async for waiting in waits:
                yield waiting
        for words in self._guesses():
            yield Notice(words)
        for name in settings_not_known(sampling, address=self.address, learnt=self.learnt):
            yield Notice(_SETTING_NOT_KNOWN.format(self.address.base, name))
        if reproducible and self.learnt.ignores_seed:
            yield SeedIgnored(_IGNORES_SEED.format(self.address.base))
        asking = Asking(
            request=Request(
                prompt=prompt,
                tokens=preparing.result(),
                n=n,
                sampling=sampling,
                stop=tuple(stop),
                seed=seed,
                reproducible=reproducible,
            ),
            address=self.address,
            model=self.settings,
            learnt=self.learnt,
            wire=self.wire,
            slots=self.slots,
            unread=is_unread(),
        )
        async with aclosing(across(asking.events())) as events:
            async for event in events:
                yield event

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        """Give the k likeliest next tokens, or as many of them as the server gives."""
        return await fetched(self._next_token(prompt, k))

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        """Give the log-probabilities of given continuations, where the server can."""
        return await fetched(self._score_all(prompt, continuations))

    @cached_property
    def wire(self) -> Wire:
        """The way to the server, with the key; for single requests of one's own.

        Raises:
            AuthError: The place that was named for the key has none.
        """
        key = find_key(self.settings, by_address=self.by_address)
        return Wire(self.address, key, self.settings.timeouts.connect)

    # How.

    @property
    def _scoring(self) -> Scoring:
        return Scoring(
            address=self.address, model=self.settings, learnt=self.learnt, wire=self.wire
        )

    @property
    def _context(self) -> int | None:
        return self.settings.context or self.learnt.context

    @property
    def _counts(self) -> bool:
        return has_tokenizer(self.learnt)

    def _sharing(self, n: int) -> int:
        """Give how many completions share the context with the prompt."""
        if self.learnt.program != "llamacpp":
            return 1
        return min(n, self.learnt.most_n or n)

    def _hopeless(self, prompt: str) -> bool:
        return self._context is not None and len(prompt) > self._context * _LONGEST_TOKEN

    def _warnings(self) -> list[str]:
        """Warn, once, before a key goes over a way on which anybody may read it."""
        if self._warned:
            return []
        self._warned = True
        if not self.address.is_open or not self.wire.has_key:
            return []
        return [_OPEN_WAY.format(self.address.base)]

    def _guesses(self) -> list[str]:
        if self._guessing_told or self._context is not None:
            return []
        self._guessing_told = True
        return [_UNKNOWN_CONTEXT.format(self.name)]

    async def _introduce(self) -> None:
        await introduce(self.wire, self.address, self.learnt)

    async def _prepared(self, prompt: str, n: int, max_tokens: int) -> tuple[int, ...] | None:
        """Ask the server what it is, and see whether the prompt fits."""
        await fetched(self._introduce())
        return await self._require_room(prompt, n, max_tokens)

    async def _introduced_safely(self) -> None:
        """Ask the server what it is, unless a person has to be warned before."""
        if self.address.is_open and not self._warned and self.wire.has_key:
            return
        await fetched(self._introduce())

    async def _tokenize(self, text: str) -> tuple[int, ...] | int:
        try:
            return await ask_tokenizer(
                text, wire=self.wire, address=self.address, learnt=self.learnt
            )
        except UnreachableError:
            raise
        except ModelError:  # it may be switched off, of another version, or not for this key
            self.learnt.tokenizer_fails = True
            return estimate(text)

    async def _require_room(self, prompt: str, n: int, max_tokens: int) -> tuple[int, ...] | None:
        """Refuse what cannot fit, as far as it is known; give the tokens if they are to be sent."""
        limit = self._context
        if limit is not None and self._hopeless(prompt):
            raise _too_long(estimate(prompt[: _LONGEST_TOKEN * limit]), limit, at_least=True)
        if not self._counts:
            return None  # an estimate is no reason to refuse; the server will, if need be
        found = await fetched(self._tokenize(prompt))
        tokens = found if isinstance(found, int) else len(found)
        write = self._sharing(n) * max_tokens
        if limit is not None and tokens + write > limit:
            raise _too_long(tokens, limit, write=write)
        return None if isinstance(found, int) else found

    async def _next_token(self, prompt: str, k: int) -> tuple[TokenLogprob, ...]:
        await self._introduce()
        async with self.slots:
            return await self._scoring.next_token(prompt, k)

    async def _score_all(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        await self._introduce()
        # The first alone: it finds out whether the server does this at all.
        first = [await self._score(prompt, text) for text in continuations[:1]]
        rest = [asyncio.create_task(self._score(prompt, text)) for text in continuations[1:]]
        try:
            return (*first, *await asyncio.gather(*rest))
        finally:
            for task in rest:
                task.cancel()

    async def _score(self, prompt: str, text: str) -> Score:
        async with self.slots:
            return await self._scoring.score(prompt, text)


def _too_long(
    tokens: int, limit: int, *, write: int = 0, at_least: bool = False
) -> PromptTooLongError:
    counted = f"at least {tokens:,}" if at_least else f"{tokens:,}"
    room = f", and {write:,} are wanted for what it writes" if write else ""
    return PromptTooLongError(
        f"The prompt has {counted} tokens{room}; the model takes {limit:,} in all.",
        hint="Use fewer or shorter examples, or ask for fewer or shorter offspring.",
        tokens=tokens,
        limit=limit,
    )
