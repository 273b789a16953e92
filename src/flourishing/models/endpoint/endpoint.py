"""The model behind an address, whichever dialect its server speaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import cached_property
from typing import TYPE_CHECKING, Final

from flourishing.core.sampling import COMMON_SETTINGS, Sampling
from flourishing.core.words import quantity
from flourishing.errors import (
    AnswerError,
    InputError,
    ModelError,
    PromptTooLongError,
    UnreachableError,
)
from flourishing.models.endpoint.address import Address, find_key
from flourishing.models.endpoint.chat import CONTEXT as CHAT_CONTEXT
from flourishing.models.endpoint.completions import CompletionCall
from flourishing.models.endpoint.decisions import ask_decision
from flourishing.models.endpoint.dialect import Request
from flourishing.models.endpoint.embeddings import AT_ONCE, ask_embeddings
from flourishing.models.endpoint.refusals import LEAVE_OUT_SETTING
from flourishing.models.endpoint.server import Server, ServerCapabilities, discover
from flourishing.models.endpoint.tokens import ask_next_token, ask_score, estimate
from flourishing.models.endpoint.transport import (
    ConcurrencyLimit,
    Transport,
    await_on_sync_loop,
    iterate_on_sync_loop,
)
from flourishing.models.protocol import (
    Event,
    Notice,
    Score,
    SeedIgnored,
    TokenLogprob,
    Usage,
    no_embeddings,
)
from flourishing.models.waiting import MergedWaits, has_no_reader
from flourishing.settings import NamedModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONTEXT: Final = 4096
"""Tokens that a model can take of which nobody says how many: few have less."""
_OPEN_WAY: Final = (
    "The key for {} is sent over plain http, where others on the way can read it; use https if "
    "the server has it."
)
_UNKNOWN_CONTEXT: Final = (
    "{} "
    f"does not say how many tokens it can take; {CONTEXT:,} are assumed. Set context in "
    "the configuration if it is more."
)
_UNSUPPORTED: Final = "{} has no {}; it was asked without."
_IGNORES_SEED: Final = "{} ignores seeds: the same seed will not give the same texts."
_UNCERTAIN: Final = (
    "It is not known whether {} has the setting {!r}: it may go on without it and not say so."
)
_LONGEST_TOKEN: Final = 64
"""Characters; a prompt of more than this times the context is too long without counting."""


class Endpoint:
    """A model behind an address: any server of which there is a dialect.

    It may be used from any event loop and thread; all that touches the network runs on the
    bridge's loop (`transport.py`).

    Args:
        settings: How a person has described the model.
        by_address: Whether it was named by its address alone, so that its key is in
            FLOURISHING_API_KEY.

    Attributes:
        address: Where it is.
        settings: How a person has described it; no key is among that.
        capabilities: What is known of the server, found out while it is used; a probe may fill it.
        by_address: Whether its key is in FLOURISHING_API_KEY.
        limit: How many requests may be under way at once.

    Raises:
        InputError: The address is none.
        ModelNotFoundError: It is a chat model, and nobody can say whose.
    """

    def __init__(self, settings: NamedModel, *, by_address: bool = False) -> None:
        self.settings = settings
        self.address = Address.of_model(settings)
        self.capabilities = ServerCapabilities(
            dialect=self.address.dialect,
            discovered=settings.is_chat,  # a provider says nothing that is not known already
            context=settings.context or (CHAT_CONTEXT if settings.is_chat else None),
            cumulative=False if settings.is_chat else None,
        )
        self.by_address = by_address
        self.limit = ConcurrencyLimit(settings.parallel)
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
        return self.capabilities.discovered

    @property
    def further_settings(self) -> frozenset[str]:
        """Which sampling settings the server is known to have beside the common ones."""
        return self.capabilities.dialect.further_settings or frozenset()

    async def load(self) -> None:
        """Ask the server what it is; the model itself is its own affair."""
        await await_on_sync_loop(self._discover())

    async def prompt_room(self, n: int, max_tokens: int) -> int:
        """Give the most tokens a prompt may have: as configured, as the server says, or 4,096.

        Args:
            n: How many completions are to follow, at least 1.
            max_tokens: The most tokens of each completion, at least 1.
        """
        await self._discover_safely()
        return max(0, (self._context or CONTEXT) - self._sharing(n) * max_tokens)

    async def count_tokens(self, text: str) -> int:
        """Count the tokens of a prompt, by the server's tokenizer or an estimate.

        Args:
            text: The text.
        """
        await self._discover_safely()
        if not self.capabilities.has_tokenizer or self._hopeless(text):
            return estimate(text)
        found = await await_on_sync_loop(self._tokenize(text))
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

        Args:
            prompt: The exact prompt.
            n: How many completions, at least 1.
            sampling: How tokens are drawn.
            stop: Texts that end a completion; may be empty, but none of them blank.
            seed: The seed of the first completion; each next one has the next seed.
            reproducible: Whether the seed is sent, so that it gives the same texts as far as the
                server honours it; False by default.
        """
        for words in self._warnings():
            yield Notice(words)
        preparing = MergedWaits(self._prepared(prompt, n, sampling.max_tokens))
        async with aclosing(preparing.waits()) as waits:
            async for waiting in waits:
                yield waiting
        for words in self._guesses():
            yield Notice(words)
        for words in self._notes(sampling):
            yield Notice(words)
        if reproducible and self.capabilities.ignores_seed:
            yield SeedIgnored(_IGNORES_SEED.format(self.address.base))
        call = CompletionCall(
            request=Request(
                prompt=prompt,
                tokens=preparing.result(),
                n=n,
                sampling=sampling,
                stop=tuple(stop),
                seed=seed,
                reproducible=reproducible,
            ),
            server=self.server,
            limit=self.limit,
            unread=has_no_reader(),
        )
        async with aclosing(iterate_on_sync_loop(call.events())) as events:
            async for event in events:
                yield event

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        """Give the k likeliest next tokens, or as many of them as the server gives.

        Args:
            prompt: The prompt.
            k: How many, at least 1.
        """
        return await await_on_sync_loop(self._next_token(prompt, k))

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        """Give the log-probabilities of given continuations, where the server can.

        Args:
            prompt: The prompt.
            continuations: The continuations.
        """
        return await await_on_sync_loop(self._score_all(prompt, continuations))

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give embeddings of texts, where the server can; it pools states in its own way.

        Args:
            texts: The texts, none of them empty. Of none the width is not known, and given as 0;
                what one may have tokens is up to the server, which refuses a longer one.
        """
        if not self.capabilities.dialect.is_base:
            raise no_embeddings(self.name, "it is a chat model.")
        return await await_on_sync_loop(self._embed_all(texts))

    async def decides(self) -> bool:
        """Say whether the server has a decision model."""
        await self.load()
        return self.capabilities.decides

    async def decide(self, question: str, answers: Sequence[str], text: str) -> tuple[float, ...]:
        """Give the probability of each answer to a question about a text.

        Args:
            question: The question.
            answers: The answers, at least two.
            text: The text.
        """
        return await await_on_sync_loop(self._decide(question, answers, text))

    @cached_property
    def transport(self) -> Transport:
        """Sends requests to the server, with the key.

        Raises:
            AuthError: The place that was named for the key has none.
        """
        key = find_key(self.settings, by_address=self.by_address)
        return Transport(self.address, key, self.settings.timeouts.connect)

    @property
    def server(self) -> Server:
        """The server, for single requests of one's own.

        Raises:
            AuthError: The place that was named for the key has none.
        """
        return Server(
            address=self.address,
            settings=self.settings,
            capabilities=self.capabilities,
            transport=self.transport,
        )

    @property
    def warning(self) -> str:
        """What to say before the key is sent; "" where nobody on the way can read it."""
        in_the_open = self.address.is_open and self.transport.has_key
        return _OPEN_WAY.format(self.address.base) if in_the_open else ""

    async def most_usage(self, prompt: str, max_tokens: int) -> Usage:
        """Give the most tokens that one completion can take, with all that is around the prompt.

        Args:
            prompt: The prompt.
            max_tokens: The most tokens of the completion.
        """
        read = await self.count_tokens(prompt)
        dialect = self.capabilities.dialect
        return dialect.most_usage(self.address.model, read, max_tokens)

    async def most_score_usage(self, prompt: str, continuations: Sequence[str]) -> Usage:
        """Give the most tokens that the log-probabilities of continuations can take.

        Args:
            prompt: The prompt.
            continuations: The continuations.
        """
        await self.load()  # which finds out what the server is
        before, most = await self.count_tokens(prompt), Usage()
        for text in continuations:
            own = await self.count_tokens(text)
            most += self.capabilities.dialect.most_score_usage(before, own)
        return most

    # How.

    @property
    def _context(self) -> int | None:
        return self.settings.context or self.capabilities.context

    def _sharing(self, n: int) -> int:
        """Give how many completions share the context with the prompt."""
        if not self.capabilities.dialect.shares_context:
            return 1
        return min(n, self.capabilities.most_n or n)

    def _hopeless(self, prompt: str) -> bool:
        return self._context is not None and len(prompt) > self._context * _LONGEST_TOKEN

    def _warnings(self) -> list[str]:
        """Warn, once, before a key goes over a way on which anybody may read it."""
        if self._warned:
            return []
        self._warned = True
        return [self.warning] if self.warning else []

    def _notes(self, sampling: Sampling) -> list[str]:
        """Give what a person should know of how texts come from such a server."""
        dialect = self.capabilities.dialect
        notes = [dialect.note] if dialect.note else []
        mapped = dialect.sampling_fields(sampling)
        for name in mapped.unsupported:
            if name not in COMMON_SETTINGS:
                raise InputError(
                    f"{self.address.base} has no setting {name!r}"
                    + (f": {dialect.program} does not know it." if dialect.program else "."),
                    hint=LEAVE_OUT_SETTING,
                )
        if mapped.unsupported:
            notes.append(_UNSUPPORTED.format(self.name, " and no ".join(mapped.unsupported)))
        notes += [_UNCERTAIN.format(self.address.base, name) for name in mapped.uncertain]
        return [" ".join(notes)] if notes else []

    def _guesses(self) -> list[str]:
        if self._guessing_told or self._context is not None:
            return []
        self._guessing_told = True
        return [_UNKNOWN_CONTEXT.format(self.name)]

    async def _discover(self) -> None:
        await discover(self.server)

    async def _prepared(self, prompt: str, n: int, max_tokens: int) -> tuple[int, ...] | None:
        """Ask the server what it is, and see whether the prompt fits."""
        await await_on_sync_loop(self._discover())
        return await self._require_room(prompt, n, max_tokens)

    async def _discover_safely(self) -> None:
        """Ask the server what it is, unless a person has to be warned before."""
        if not self._warned and self.warning:
            return
        await await_on_sync_loop(self._discover())

    async def _tokenize(self, text: str) -> tuple[int, ...] | int:
        try:
            found = await self.capabilities.dialect.tokenize(self.server, text)
        except UnreachableError:
            raise
        except ModelError:  # it may be switched off, of another version, or not for this key
            found = None
        if found is None:
            self.capabilities.tokenizer_fails = True
            return estimate(text)
        return found

    async def _require_room(self, prompt: str, n: int, max_tokens: int) -> tuple[int, ...] | None:
        """Refuse what cannot fit, as far as it is known; give the tokens if they are to be sent."""
        limit = self._context
        if limit is not None and self._hopeless(prompt):
            raise _too_long(estimate(prompt[: _LONGEST_TOKEN * limit]), limit, at_least=True)
        if not self.capabilities.has_tokenizer:
            return None  # an estimate is no reason to refuse; the server will, if need be
        found = await await_on_sync_loop(self._tokenize(prompt))
        tokens = found if isinstance(found, int) else len(found)
        write = self._sharing(n) * max_tokens
        if limit is not None and tokens + write > limit:
            raise _too_long(tokens, limit, write=write)
        return None if isinstance(found, int) else found

    async def _next_token(self, prompt: str, k: int) -> tuple[TokenLogprob, ...]:
        await self._discover()
        async with self.limit:
            return await ask_next_token(self.server, prompt, k)

    async def _score_all(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        await self._discover()
        # The first alone: it finds out whether the server does this at all.
        first = [await self._score(prompt, text) for text in continuations[:1]]
        rest = [asyncio.create_task(self._score(prompt, text)) for text in continuations[1:]]
        try:
            return (*first, *await asyncio.gather(*rest))
        finally:
            for task in rest:
                task.cancel()

    async def _embed_all(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        await self._discover()
        rows = [np.zeros((0, 0), np.float32)]
        for begin in range(0, len(texts), AT_ONCE):
            async with self.limit:
                rows.append(await ask_embeddings(self.server, texts[begin : begin + AT_ONCE]))
        if len({each.shape[1] for each in rows[1:]}) > 1:
            raise AnswerError(
                f"{self.address.base} gives embeddings of different widths.",
                hint="Use another server for embeddings, or the embedded model.",
            )
        return np.concatenate(rows[1:] or rows)

    async def _decide(self, question: str, answers: Sequence[str], text: str) -> tuple[float, ...]:
        await self._discover()
        async with self.limit:
            return await ask_decision(self.server, question, answers, text)

    async def _score(self, prompt: str, text: str) -> Score:
        async with self.limit:
            return await ask_score(self.server, prompt, text)


def _too_long(
    tokens: int, limit: int, *, write: int = 0, at_least: bool = False
) -> PromptTooLongError:
    counted = f"{'at least ' if at_least else ''}{quantity(tokens, 'token')}"
    room = f", beside {write:,} for what it writes" if write else ""
    return PromptTooLongError(
        f"The prompt has {counted}{room}; the model takes {limit:,} in all.",
        hint="Use fewer or shorter examples, or ask for fewer or shorter offspring.",
        tokens=tokens,
        limit=limit,
    )
