"""Texts continued by chat models, for those who have no other key.

A chat model answers; that it goes on with a text instead takes coaxing, for each model another:
its answer is begun for it, or it is shown examples, or told to. The package basemode knows which
for which, and reaches them all through LiteLLM. What comes is no base model's writing, and says so:
the model's name in every text's origin begins with "chat:", and each brood has a note.

Of basemode its ways of asking are used, and not the function around them, which takes single ends
of lines for wrapped prose and joins the lines: poems have such lines. That function also keeps a
ledger of requests, and puts keys that are stored elsewhere into the environment. Keys come from the
environment here, under the names that LiteLLM gives them, such as ANTHROPIC_API_KEY.

What they cost is told by the provider at the end of its answer, so that an answer that was cut at a
stop is not told of: it is reckoned upwards then, and that is said.

Chat models give no log-probabilities of a text, and have no `min_p`. Stops are cut on our side,
since some providers refuse those of white space alone.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Final, NoReturn

from flourishing import blocking
from flourishing.errors import EngineError, ModelNotFoundError
from flourishing.models.coaxing import Coaxing, way_of
from flourishing.models.endpoint.crossing import across
from flourishing.models.endpoint.tokens import estimate
from flourishing.models.protocol import Event, Notice, Score, TokenLogprob, Usage
from flourishing.models.unread import is_unread
from flourishing.models.way import Way
from flourishing.sampling import Sampling
from flourishing.settings import CHAT, NamedModel

CONTEXT: Final = 32_000
"""Tokens of a prompt; every chat model of today takes as many."""
_WAYS: Final = {
    "prefill": "its answer was begun for it",
    "few_shot": "it was shown examples of continuing",
    "system": "it was told to continue",
    "fim": "it was asked to fill in",
    "completion": "it was given the bare prompt",
}
_NOTE: Final = (
    "Continued by a chat model, not a base model: {}. It draws with temperature and top-p alone."
)


class ChatModel:
    """A chat model that is made to continue texts.

    Args:
        settings: How a person has described it, at least by its name: "chat:" and what LiteLLM
            calls it, such as "chat:anthropic/claude-sonnet-4-5" or "chat:openai/gpt-4o".

    Attributes:
        settings: How a person has described it; no key is among that.

    Raises:
        ModelNotFoundError: The package basemode is not installed, or no model was named.
    """

    def __init__(self, settings: NamedModel) -> None:
        model = settings.model.removeprefix(CHAT).strip()
        if not model:
            raise ModelNotFoundError(
                f"{CHAT!r} names no chat model.",
                hint=f"Write {CHAT}provider/model, such as {CHAT}anthropic/claude-sonnet-4-5.",
            )
        if not _is_installed():
            raise ModelNotFoundError(
                f"{CHAT}{model}: chat models continue texts through the package basemode, which "
                "is not installed.",
                hint="Run: pip install 'flourishing[chat]'",
            )
        self.settings = settings
        self._model = model
        self._slots = asyncio.Semaphore(settings.parallel)
        self._way: Way | None = None

    def __repr__(self) -> str:
        return f"ChatModel({self._model!r})"

    @property
    def name(self) -> str:
        """What it is called in a text's origin, so that nobody takes it for a base model."""
        return f"{CHAT}{self._model}"

    @property
    def ready(self) -> bool:
        """Whether LiteLLM, which takes seconds to import, has been."""
        return self._way is not None

    async def load(self) -> None:
        """Import LiteLLM, and find how this model is made to continue."""
        await self._found_way()

    async def prompt_room(self, n: int, max_tokens: int) -> int:  # noqa: ARG002 - the protocol has it
        """Give the most tokens a prompt may have: as configured, or what all of today take."""
        return max(0, (self.settings.context or CONTEXT) - max_tokens)

    async def count_tokens(self, text: str) -> int:
        """Estimate the tokens of a text: providers count on their side alone."""
        return estimate(text)

    async def most_usage(self, prompt: str, max_tokens: int) -> Usage:
        """Give the most tokens of one completion: with what is around the prompt, and thinking."""
        way = await self._found_way()
        return way.most(prompt, max_tokens)

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
        """Continue a prompt n times, as the protocol says, by n requests side by side.

        Where the provider keeps to seeds, `reproducible` gives the same texts as far as it does.
        """
        way = await self._found_way()
        yield Notice(_NOTE.format(_WAYS.get(way.name, way.name)))
        asking = Coaxing(
            way=way,
            name=self.name,
            prompt=prompt,
            n=n,
            sampling=sampling,
            stop=tuple(stop),
            seed=seed,
            reproducible=reproducible,
            extra=self._extra(sampling),
            timeouts=self.settings.timeouts,
            slots=self._slots,
            unread=is_unread(),
        )
        async with aclosing(across(asking.events())) as events:
            async for event in events:
                yield event

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        """Refuse: chat models do not tell.

        Raises:
            EngineError: Always.
        """
        self._tells_nothing(prompt, k)

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        """Refuse: chat models do not tell.

        Raises:
            EngineError: Always.
        """
        self._tells_nothing(prompt, continuations)

    async def _found_way(self) -> Way:
        if self._way is None:
            self._way = await blocking.run(way_of, self._model)
        return self._way

    def _tells_nothing(self, *_: object) -> NoReturn:
        raise EngineError(
            f"{self.name} is a chat model, which gives no log-probabilities of a text.",
            hint='Use a base model for that: "local", or an endpoint that gives them.',
        )

    def _extra(self, sampling: Sampling) -> dict[str, Any]:
        extra: dict[str, Any] = {
            "drop_params": True,  # what a provider does not take is left out by LiteLLM
            "max_retries": 0,  # tried again by us, who know whether words were shown
            "timeout": self.settings.timeouts.first_token,
        }
        if sampling.top_p < 1:
            extra["top_p"] = sampling.top_p
        if self.settings.endpoint:
            extra["api_base"] = self.settings.endpoint
        return extra


def _is_installed() -> bool:
    try:
        return importlib.util.find_spec("basemode") is not None
    except ValueError:  # somebody keeps it out, by `sys.modules["basemode"] = None`
        return False
