"""What a base model can do.

A base model turns a prompt into completions and into log-probabilities; it follows no
instructions and knows nothing of poems or patterns. Everything above this module works with
anything that has these methods: the embedded engine, the echo model, an endpoint.

All calls are asynchronous. Leaving `complete` (closing the iterator, or cancelling the task) stops
the model.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol, runtime_checkable

from flourishing.core.sampling import Sampling
from flourishing.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Finish = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the model has read the prompt.

    Attributes:
        read: Tokens read so far, those remembered from an earlier prompt among them.
        total: Tokens of the prompt.
    """

    read: int
    total: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some new text of one completion, as it comes.

    Attributes:
        index: Which of the n completions it belongs to, from 0.
        text: The new text.
    """

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Completion:
    """One completion, whole.

    Attributes:
        index: Which of the n completions it is, from 0.
        text: The whole text, up to the stop and without it.
        finish: "stop" where the model ended it, or a stop did; "length" at the most tokens.
        seed: The seed under which this one was drawn: the first one's, plus the index.
        tokens: How many tokens it has.
        logprobs: Its tokens with the log-probabilities that the model reported while it wrote, from
            before any sampling setting; None where it reports none. A token that is only part of a
            character, or that may have been the beginning of a stop, may be missing.
        model: What wrote it, where that has a name of its own; empty where it is the model's name.
    """

    index: int
    text: str
    finish: Finish
    seed: int
    tokens: int
    logprobs: tuple[TokenLogprob, ...] | None = None
    model: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call cost, in tokens and in time.

    Attributes:
        prompt: Tokens of the prompt, counted once for each request that it was sent in: one for
            all completions, unless a server gives fewer at a time.
        cached: How many of them the model remembered and did not read again.
        completion: Tokens of all completions together.
        first_token: Seconds until the first words came; None where nobody looked at the clock.
            Of two calls together, the first one's.
        seconds: Seconds from the asking to the end.
    """

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    first_token: float | None = None
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
            other.first_token if self.first_token is None else self.first_token,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """The model waits before it asks its server; reported once a second, counting down.

    Attributes:
        seconds: How long it still is; 0 once it is over.
        why: The reason, as a sentence.
    """

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person should know about how the model was asked, in words."""

    words: str


@dataclass(frozen=True, slots=True)
class SeedIgnored(Notice):
    """A notice that the model does not keep to the seed that it was given."""


Event = Reading | Piece | Completion | Usage | Waiting | Notice


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token and its natural log-probability after what stands before it."""

    token: str
    logprob: float


@dataclass(frozen=True, slots=True)
class Score:
    """How likely a continuation is after a prompt.

    Attributes:
        text: The continuation.
        tokens: Its tokens, each with its log-probability after the prompt and the tokens before.
    """

    text: str
    tokens: tuple[TokenLogprob, ...]

    @property
    def logprob(self) -> float:
        """The natural log-probability of the whole continuation: the sum over its tokens."""
        return sum(token.logprob for token in self.tokens)

    @property
    def mean(self) -> float | None:
        """The mean natural log-probability of a token; None for a text without tokens."""
        return mean_logprob(self.tokens)


def mean_logprob(tokens: Sequence[TokenLogprob] | None) -> float | None:
    """Give the mean natural log-probability of a token; None where there is no token.

    Args:
        tokens: The tokens; None for none.
    """
    return sum(token.logprob for token in tokens) / len(tokens) if tokens else None


CONTEXT: Final = 32_768
"""Tokens that a model is taken to have room for where it does not say otherwise."""
_CHARACTERS_EACH: Final = 4
"""Characters of a token, where a model does not count."""


class BaseModel(Protocol):
    """A base model.

    One of your own derives from this class, and needs `name` and `complete` alone: it is then taken
    to be loaded, to have room for 32,768 tokens of about four characters each, and to give no
    log-probabilities. A class that has all of the methods need not derive from it.

    Attributes:
        name: What the model is called in a text's origin.
    """

    @property
    def name(self) -> str:
        """What the model is called in a text's origin."""
        ...

    @property
    def ready(self) -> bool:
        """Whether the model can answer at once, or has to be loaded first."""
        return True

    async def load(self) -> None:
        """Load the model, or wait until it is loaded; otherwise its first use does.

        Raises:
            ModelError: It cannot be found or loaded.
        """
        return

    async def prompt_room(self, n: int, max_tokens: int) -> int:
        """Give the most tokens a prompt may have, if n completions of so many are to follow.

        Args:
            n: How many completions are to follow, at least 1.
            max_tokens: The most tokens of each completion, at least 1.
        """
        return max(0, CONTEXT - max_tokens) if n else CONTEXT

    def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: Sampling,
        stop: Sequence[str],
        seed: int,
        reproducible: bool = False,
    ) -> AsyncGenerator[Event]:
        """Continue a prompt n times.

        Args:
            prompt: The exact prompt.
            n: How many completions, at least 1.
            sampling: How tokens are drawn.
            stop: Texts that end a completion; may be empty, but none of them blank.
            seed: The seed of the first completion; each next one has the next seed.
            reproducible: Give the same completions for the same seed, even where that is slower.

        Yields:
            `Reading` and `Piece` as they come, in any order of indices; one `Completion` for each
            index as it ends; `Waiting` and `Notice` where there is cause; and one `Usage` at the
            very end.

        Raises:
            PromptTooLongError: The prompt and its completions do not fit into the context.
            ModelError: The model failed. What came whole before has been yielded.
        """
        ...

    async def count_tokens(self, text: str) -> int:
        """Count the tokens of a prompt, with what the model puts before every prompt.

        Args:
            text: The text.
        """
        return -(-len(text) // _CHARACTERS_EACH)

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        """Give the k likeliest next tokens after a prompt, likeliest first.

        The log-probabilities are the model's own, before any sampling setting.

        Args:
            prompt: The prompt.
            k: How many, at least 1.

        Raises:
            EngineError: The model gives none.
        """
        raise no_log_probabilities(self.name)

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        """Give the log-probabilities of given continuations of a prompt, in their order.

        Args:
            prompt: The prompt.
            continuations: The continuations.

        Raises:
            EngineError: The model gives none.
        """
        raise no_log_probabilities(self.name)


def no_log_probabilities(name: str) -> EngineError:
    """Give the error of a model that gives no log-probabilities.

    Args:
        name: What the model is called.
    """
    return EngineError(
        f"The model {name!r} gives no log-probabilities.",
        hint='Use one that does, such as "local".',
    )


@runtime_checkable
class WithFurtherSettings(BaseModel, Protocol):
    """A base model that has more sampling settings than those that most have."""

    @property
    def further_settings(self) -> frozenset[str]:
        """The names of the sampling settings that it has beside the common ones."""
        ...


def further_settings(model: BaseModel) -> frozenset[str]:
    """Give the names of the sampling settings that a model has beside the common ones.

    Args:
        model: The model.
    """
    return model.further_settings if isinstance(model, WithFurtherSettings) else frozenset()


@runtime_checkable
class Prefillable(BaseModel, Protocol):
    """A base model that remembers prompts, and can read one ahead."""

    async def file_for(self, prompt: str) -> str:
        """Give the name of the file that reads a prompt; each remembers only what it has read.

        Args:
            prompt: The prompt.

        Raises:
            ModelError: The model failed.
        """
        ...

    def prefill(self, prompt: str) -> AsyncGenerator[Reading]:
        """Read a prompt, so that a later `complete` from it finds it read.

        It takes no time from others: it waits while the model writes for somebody, steps aside
        when somebody comes, and then goes on. Letting go of it stops it; what has been read by
        then stays remembered. Several at once are read one after the other.

        What is written reproducibly, and log-probabilities, are read anew in any case, and make
        the model forget what was read.

        Args:
            prompt: The prompt, or as much of its beginning as is known.

        Yields:
            How far it has come; the last one is the whole prompt.

        Raises:
            PromptTooLongError: The prompt does not fit into the context.
            ModelError: The model failed.
        """
        ...


@runtime_checkable
class WithEmbeddings(Protocol):
    """A model that can say what a text is like, in numbers: texts that are alike lie near."""

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give an embedding of each text: the mean of a model's last states over its tokens.

        Args:
            texts: The texts, any number of them, none of them empty.

        Returns:
            One row for each text, in their order. All rows of one model have the same width.

        Raises:
            EngineError: The model turns out to have no embeddings after all.
        """
        ...


@runtime_checkable
class WithDecisions(Protocol):
    """A model that may be made to decide: it gives the probabilities of answers to a question."""

    async def decides(self) -> bool:
        """Say whether it is such a model; a server may have any kind of model."""
        ...

    async def decide(self, question: str, answers: Sequence[str], text: str) -> tuple[float, ...]:
        """Give the probability of each answer to a question about a text; they sum to 1.

        Args:
            question: The question.
            answers: The answers, at least two.
            text: The text.

        Raises:
            EngineError: The model turns out to be of another kind.
        """
        ...


def require_embeddings(model: BaseModel) -> WithEmbeddings:
    """Give a model as one with embeddings.

    Args:
        model: The model.

    Raises:
        EngineError: It has none.
    """
    if isinstance(model, WithEmbeddings):
        return model
    raise no_embeddings(model.name)


def no_embeddings(name: str, why: str = "") -> EngineError:
    """Give the error of a model that gives no embeddings.

    Args:
        name: What the model is called.
        why: How it says so itself; "" where it says nothing.
    """
    return EngineError(
        f"The model {name!r} gives no embeddings of texts" + (f": {why}" if why else "."),
        hint='Use one that does: "local", or a server with /v1/embeddings. llama.cpp\'s own has it '
        "when it is started with --embeddings --pooling mean.",
    )
