"""What differs between model servers: the protocol of a dialect, and what it exchanges.

A dialect knows how one kind of server is addressed, asked and read. All else (exactly n, retries,
stops, keys, time limits) is the same for every server and knows dialects by this protocol alone.

- `openai.py`: servers with OpenAI's `/v1/completions`, with the variants vLLM, SGLang,
  llama.cpp, koboldcpp and others.
- `ollama.py`: Ollama's own `/api/generate`.
- `chat.py`: chat models that are made to continue a text, through `/chat/completions`.

A `Chunk` is one JSON object of an answer, in one form for all servers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from flourishing.core.sampling import FURTHER_SETTINGS, Sampling
from flourishing.errors import AnswerError
from flourishing.models.protocol import TokenLogprob, Usage

if TYPE_CHECKING:
    from flourishing.models.endpoint.address import Address
    from flourishing.models.endpoint.server import Server


_DIGITS: Final = 10
_MOST_TOKENS: Final = 10**9
"""So many tokens no request has; a server that counts more is not believed."""
_FAILED: Final = {
    "abort": False,
    "aborted": False,
    "cancelled": False,
    "error": False,
    "blocklist": True,
    "content_filter": True,
    "moderation": True,
    "prohibited_content": True,
    "recitation": True,
    "refusal": True,
    "safety": True,
}
"""Finish reasons that mean a failure, in small letters, and whether the text was filtered."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one completion of an answer is not usable.

    Attributes:
        words: The server's own words, or what is wrong with what it sent.
        kind: "filtered" where the server held the text back because of its content, "reasoned"
            where the model wrote its reasoning and nothing else, "empty" where it wrote nothing
            although a text was expected, otherwise "failed".
    """

    words: str
    kind: Literal["failed", "filtered", "reasoned", "empty"] = "failed"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of one completion: new text, or its end, or both.

    Attributes:
        index: Which of the requested completions, from 0.
        text: New text.
        finish: Why it ended, in the server's word; None while it goes on.
        failure: Why it is not usable, if it failed.
        reasoned: Whether the model wrote reasoning, which is not part of a text.
        logprobs: The tokens of the new text with their log-probabilities, where they came along.
    """

    index: int
    text: str
    finish: str | None
    failure: Failure | None = None
    reasoned: bool = False
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens as a server counts them."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """One JSON object of an answer, in one form for all servers.

    Attributes:
        parts: What it adds to completions.
        counts: The token counts in it, if there are any.
        error: The error in it, if there is one; in any form.
        aside: The names of its fields, if it is not about completions: a keep-alive signal, or an
            answer to another question.
    """

    parts: tuple[Part, ...] = ()
    counts: Counts | None = None
    error: Any = None
    aside: tuple[str, ...] = ()


def whole_number(value: Any) -> int | None:
    """Read a whole number above 0 out of foreign JSON; None for anything else.

    Args:
        value: What stands there.
    """
    return value if isinstance(value, int) and value > 0 else None


def token_count(table: Any, key: str) -> int:
    """Read a number of tokens out of foreign JSON; 0 for anything that cannot be one.

    Args:
        table: Where it may be.
        key: Under which name.
    """
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, int) and 0 < value < _MOST_TOKENS else 0


def completion_index(index: Any) -> int:
    """Read which completion it is; some servers write the number as text, or leave it out.

    Args:
        index: What stands there.
    """
    if isinstance(index, str) and index.isdecimal() and len(index) < _DIGITS:
        return int(index)
    return index if isinstance(index, int) else 0


def failure_of(error: Any, finish: Any) -> Failure | None:
    """Give why a completion failed; None if it did not.

    Args:
        error: The error that came with it, if any.
        finish: The finish reason that came with it, if any.
    """
    if error:
        message = error.get("message") if isinstance(error, dict) else error
        return Failure(str(message or error))
    reason = str(finish).lower()
    if reason in _FAILED:
        return Failure(f"it ended with {reason!r}", "filtered" if _FAILED[reason] else "failed")
    return None


def field_names(found: dict[str, Any]) -> tuple[str, ...]:
    """Give the first names of an object's fields, for an error.

    Args:
        found: The object.
    """
    return tuple(sorted(map(str, found))[:8])


def unexpected_fields(fields: tuple[str, ...]) -> AnswerError:
    """Make an error of an answer that has other fields than a completion.

    Args:
        fields: The names of its fields.
    """
    return AnswerError(
        f"The server's answer holds no completion, but {', '.join(fields)}.",
        hint="Check that the address is that of an API with /completions, not one for chat.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a caller asked for.

    Attributes:
        prompt: The prompt.
        tokens: The prompt's tokens, where the server should be given these instead of the text.
        n: How many completions.
        sampling: How tokens are drawn.
        stop: What ends a completion.
        seed: The seed of the first completion.
        reproducible: Whether the seed is to be sent.
    """

    prompt: str
    tokens: tuple[int, ...] | None
    n: int
    sampling: Sampling
    stop: tuple[str, ...]
    seed: int
    reproducible: bool


@dataclass(frozen=True, slots=True)
class SamplingFields:
    """Sampling settings as the fields of a request.

    Attributes:
        fields: The fields, with their values.
        unsupported: The names of settings that differ from their neutral value and that the
            dialect has no field for.
        uncertain: The names of settings in `fields` of which nobody knows whether the server has
            them; it may ignore them and not say so.
    """

    fields: Mapping[str, Any]
    unsupported: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()


class Dialect(Protocol):
    """How one kind of server is addressed, asked and read.

    Attributes:
        program: The name of the server program, as probes report it; None where it is not known.
        note: What a person should know about every completion of such a server; "" for nothing.
        is_base: Whether the bare prompt goes to a base model, so that a probe makes sense.
        gives_several: Whether one request may give several completions.
        seeds_each: Whether each of several completions is drawn with a seed of its own: the first
            one's, plus its index.
        shares_context: Whether the completions of one request share the context with the prompt
            (llama.cpp's slots), so that requests for several are best sent one after the other.
        ends_whole: Whether an answer of one JSON object is complete without an end marker.
        repeats: Whether the model itself may repeat the end of the prompt before it continues.
        scores_by: By which method the log-probabilities of a given text are had, in words.
        gives_logprobs: Whether such servers may give log-probabilities at all.
        counts_tokens: Whether such servers count tokens.
        droppable: Request fields that a server may refuse and a request can do without, the
            likeliest first.
        renamed: Droppable fields that are not left out but sent under another name.
        further_settings: Which sampling settings such servers have beside the common ones; None
            where that is not known.
    """

    @property
    def program(self) -> str | None: ...  # noqa: D102 - described above, like the following
    @property
    def note(self) -> str: ...  # noqa: D102
    @property
    def is_base(self) -> bool: ...  # noqa: D102
    @property
    def gives_several(self) -> bool: ...  # noqa: D102
    @property
    def seeds_each(self) -> bool: ...  # noqa: D102
    @property
    def shares_context(self) -> bool: ...  # noqa: D102
    @property
    def ends_whole(self) -> bool: ...  # noqa: D102
    @property
    def repeats(self) -> bool: ...  # noqa: D102
    @property
    def scores_by(self) -> str: ...  # noqa: D102
    @property
    def gives_logprobs(self) -> bool: ...  # noqa: D102
    @property
    def counts_tokens(self) -> bool: ...  # noqa: D102
    @property
    def droppable(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def renamed(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def further_settings(self) -> frozenset[str] | None: ...  # noqa: D102

    def base_path(self, path: str, host: str) -> str:
        """Give the path of a server's base address.

        Args:
            path: The path as a person wrote it, without a slash or a call's name at its end.
            host: The host in small letters.
        """
        ...

    def completions_url(self, address: Address) -> str:
        """Give the URL for completions.

        Args:
            address: The server.
        """
        ...

    def chat_url(self, address: Address) -> str:
        """Give the URL for conversations.

        Args:
            address: The server.
        """
        ...

    def embeddings_url(self, address: Address) -> str:
        """Give the URL for embeddings.

        Args:
            address: The server.
        """
        ...

    def sampling_fields(self, sampling: Sampling, stop: Sequence[str] = ()) -> SamplingFields:
        """Map sampling settings to request fields.

        This is the one place in which a setting gets its name on such a server.

        Args:
            sampling: The settings.
            stop: The texts that end a completion.
        """
        ...

    def body(self, request: Request, n: int, seed: int | None, server: Server) -> dict[str, Any]:
        """Make the body of a request for completions.

        Args:
            request: What the caller asked for.
            n: How many completions this one request is for, at least 1.
            seed: The seed to send; None sends none.
            server: The server.
        """
        ...

    def read(self, found: dict[str, Any]) -> Chunk:
        """Read one JSON object of an answer.

        Args:
            found: The object.

        Raises:
            AnswerError: It is not an answer to a request for completions.
        """
        ...

    def lead(self, prompt: str, start: str) -> str:
        """Give what belongs between a prompt and the first words of a completion.

        Args:
            prompt: The prompt.
            start: The first words, as they came.

        Returns:
            "" where the server continues the bare prompt; a chat model may leave out a space.
        """
        ...

    def most_usage(self, model: str, prompt: int, max_tokens: int) -> Usage:
        """Give the most tokens that one completion can take.

        Args:
            model: What the server calls the model.
            prompt: Tokens of the prompt.
            max_tokens: The most tokens of the completion.
        """
        ...

    def most_score_usage(self, prompt: int, continuation: int) -> Usage:
        """Give the most tokens that the log-probabilities of one continuation can take.

        Args:
            prompt: Tokens of the prompt.
            continuation: Tokens of the continuation.
        """
        ...

    async def discover(self, server: Server) -> None:
        """Ask a server that is known to speak this dialect what else it is able to do.

        Args:
            server: The server; its capabilities are filled in.
        """
        ...

    async def tokenize(
        self, server: Server, text: str, *, beginning: bool = True
    ) -> tuple[int, ...] | int | None:
        """Ask the server's tokenizer.

        Args:
            server: The server.
            text: The text.
            beginning: Whether to count what stands before every prompt.

        Returns:
            The tokens where the server takes them back as a prompt, otherwise how many there are;
            None where its answer has neither.
        """
        ...

    async def likeliest(self, server: Server, prompt: str, k: int) -> list[TokenLogprob]:
        """Ask for the k likeliest next tokens.

        Args:
            server: The server.
            prompt: The prompt.
            k: How many, at least 1.
        """
        ...

    async def score(
        self, server: Server, prompt: str, continuation: str
    ) -> tuple[TokenLogprob, ...] | None:
        """Ask for the log-probabilities of a given continuation.

        Args:
            server: The server.
            prompt: The prompt.
            continuation: The continuation, not empty.

        Returns:
            Its tokens; None where the server does not give that.
        """
        ...


def further_fields(
    sampling: Sampling, has: Collection[str] | None, stop: Sequence[str] = ()
) -> SamplingFields:
    """Map the settings that only some servers have, under llama.cpp's names, which others took.

    Args:
        sampling: The settings.
        has: The names of those that the server has; None where that is not known.
        stop: The texts that end a completion.
    """
    wanted = [name for name in sampling.in_use() if name in FURTHER_SETTINGS]
    sent = wanted if has is None else [name for name in wanted if name in has]
    return SamplingFields(
        sampling.for_llamacpp(*sent, stop=stop) if sent else {},
        unsupported=tuple(name for name in wanted if name not in sent),
        uncertain=tuple(wanted) if has is None else (),
    )


def completion_body(
    server: Server, request: Request, places: Sequence[int], *, without: Collection[str] = ()
) -> dict[str, Any]:
    """Make the body that asks a server for some of the completions, as far as it takes it.

    Args:
        server: The server; what it is known to refuse is left out.
        request: What the caller asked for.
        places: The indices of the completions that are asked for.
        without: More fields that are left out.
    """
    dialect = server.dialect
    seed = request.seed + places[0] if request.reproducible else None
    body = dialect.body(request, len(places), seed, server) | dict(server.settings.extra_body)
    for name in server.capabilities.refuses.union(without) & body.keys():
        value = body.pop(name)
        if name in dialect.renamed:
            body[dialect.renamed[name]] = value
    return body
