"""Servers with OpenAI's `/v1/completions`, among them llama.cpp's own server and koboldcpp.

A setting at its neutral value is left out for a server that nobody knows, since some refuse what
they do not know. A program that is known gets it in any case, because several have defaults that
are not neutral: llama.cpp's server takes the 40 likeliest tokens, vLLM what the model's makers
recommend for their instruct models.

llama.cpp's own server gives as many completions at once as it has slots, which share one reading of
the prompt and one context. It takes prompts as tokens, so that a text with the spelling of a
control word stays text. It has no `echo`, but takes a grammar that admits one token only, and
reports the log-probability that this token had before the grammar.

koboldcpp (as of its source, 1.76, October 2024) ignores `n` and gives one completion, writes the
word "null" as the finish reason of every piece but the last, and reports no token counts in a
stream and made-up ones (100 and 100) otherwise. Its defaults are not neutral: top_k 100, top_p
0.92. Its own tokenizer counts at `/api/extra/tokencount`; a prompt that is too long is cut at its
beginning without a word, so that prompts are counted before they are sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from flourishing.core.sampling import Sampling
from flourishing.errors import AnswerError, EngineError
from flourishing.models.endpoint.dialect import (
    Chunk,
    Counts,
    Part,
    Request,
    SamplingFields,
    completion_index,
    failure_of,
    field_names,
    further_fields,
    token_count,
    unexpected_fields,
    whole_number,
)
from flourishing.models.endpoint.refusals import RefusedError
from flourishing.models.endpoint.tokens import (
    LOGPROBS_HINT,
    continuation_tokens,
    first_choice,
    listed_tokens,
    read_token,
    top_logprobs,
    written_tokens,
)
from flourishing.models.protocol import TokenLogprob, Usage

if TYPE_CHECKING:
    from flourishing.models.endpoint.address import Address
    from flourishing.models.endpoint.server import Server


MOST_STOPS: Final = 4
"""OpenAI and others take no more; what stands beyond is cut on our side."""
REASONING: Final = ("reasoning", "reasoning_content", "reasoning_text")
"""Where servers put what a model reasons."""
_SECONDS: Final = 30.0
_VERSION: Final = re.compile(r"(^|/)v\d+(/|$)")
_BASES: Final = {
    "api.deepinfra.com": "/v1/openai",
    "api.fireworks.ai": "/inference/v1",
    "openrouter.ai": "/api/v1",
}
"""Where the versioned path is not simply `/v1`."""
_STEPS: Final = (100, 20, 10, 5)
"""How many likeliest tokens are asked for when a server refuses more."""
_ABOUT_LOGPROBS: Final = re.compile(r"logprobs", re.IGNORECASE)
_CHAT: Final = ("delta", "message")
"""Where the words of a conversation are, which are not a completion."""


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """How a program is asked to count tokens.

    Attributes:
        path: The path, below the server's root.
        text_field: The request field for the text.
        answer_field: The answer's field with the tokens or their number.
        more: More request fields.
    """

    path: str
    text_field: str
    answer_field: str
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAI:
    """The dialect of OpenAI's `/v1/completions`; the protocol describes the other members.

    Attributes:
        all_top_k: The top_k with which the program takes all tokens.
        tokenizer: How it counts tokens; None where it does not.
        further_settings: Which sampling settings it has beside the common ones; None where that is
            not known.
    """

    program: str | None = None
    note: str = ""
    is_base: bool = True
    gives_several: bool = True
    seeds_each: bool = False
    shares_context: bool = False
    ends_whole: bool = True
    repeats: bool = False
    scores_by: str = "by echoing it"
    gives_logprobs: bool = True
    droppable: tuple[str, ...] = ("min_p", "top_k", "stream_options", "seed", "stop", "top_p")
    renamed: Mapping[str, str] = field(default_factory=dict)
    all_top_k: int = 0
    tokenizer: Tokenizer | None = None
    further_settings: frozenset[str] | None = None

    @property
    def counts_tokens(self) -> bool:
        return self.tokenizer is not None

    def base_path(self, path: str, host: str) -> str:
        return path if _VERSION.search(path) else _BASES.get(host) or f"{path}/v1"

    def completions_url(self, address: Address) -> str:
        return f"{address.base}/completions"

    def chat_url(self, address: Address) -> str:
        return f"{address.base}/chat/completions"

    def embeddings_url(self, address: Address) -> str:
        return f"{address.base}/embeddings"

    def sampling_fields(self, sampling: Sampling, stop: Sequence[str] = ()) -> SamplingFields:
        fields: dict[str, Any] = {"temperature": sampling.temperature, "top_p": sampling.top_p}
        if sampling.min_p or self.program:
            fields["min_p"] = sampling.min_p
        if sampling.top_k or self.program:
            fields["top_k"] = sampling.top_k or self.all_top_k
        further = further_fields(sampling, self.further_settings, stop)
        return replace(further, fields={**fields, **further.fields})

    def body(self, request: Request, n: int, seed: int | None, server: Server) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": server.address.model,
            "prompt": request.prompt if request.tokens is None else list(request.tokens),
            "max_tokens": request.sampling.max_tokens,
            **self.sampling_fields(request.sampling, request.stop).fields,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if n > 1:
            body["n"] = n
        if request.stop:
            body["stop"] = list(request.stop[:MOST_STOPS])
        if seed is not None:
            body["seed"] = seed
        return body

    def read(self, found: dict[str, Any]) -> Chunk:
        return read_choices(found, self._part)

    def lead(self, prompt: str, start: str) -> str:  # noqa: ARG002 - the protocol has it
        return ""

    def most_usage(self, model: str, prompt: int, max_tokens: int) -> Usage:  # noqa: ARG002
        return Usage(prompt=prompt, completion=max_tokens)

    def most_score_usage(self, prompt: int, continuation: int) -> Usage:
        return Usage(prompt=prompt + continuation, completion=1)

    async def discover(self, server: Server) -> None:
        """Ask nothing more: the list of models says all there is to know.

        Args:
            server: The server; its capabilities are filled in.
        """

    async def tokenize(
        self,
        server: Server,
        text: str,
        *,
        beginning: bool = True,  # noqa: ARG002 - few can do without it
    ) -> tuple[int, ...] | int | None:
        if self.tokenizer is None:
            return None
        how = self.tokenizer
        body = {how.text_field: text, "model": server.address.model, **how.more}
        answer = await server.ask("POST", server.address.root + how.path, body, seconds=_SECONDS)
        found = answer.get(how.answer_field) if isinstance(answer, dict) else None
        if isinstance(found, list) and all(isinstance(each, int) for each in found):
            return tuple(found)
        return found if isinstance(found, int) and found >= 0 else None

    async def likeliest(self, server: Server, prompt: str, k: int) -> list[TokenLogprob]:
        return await self.likeliest_after(server, prompt, k)

    async def likeliest_after(
        self, server: Server, prompt: str | list[int], k: int
    ) -> list[TokenLogprob]:
        """Ask for one token with its k likeliest alternatives, or as many as the server gives.

        Args:
            server: The server; how many it gives at most is remembered in its capabilities.
            prompt: The prompt, or its tokens.
            k: How many, at least 1.
        """
        k = min(k, server.capabilities.most_logprobs or k)
        for most in (k, *(step for step in _STEPS if step < k)):
            body = {
                "model": server.address.model,
                "prompt": prompt,
                "max_tokens": 1,
                "logprobs": most,
                "temperature": 1.0,
                "top_p": 1.0,
            }
            try:
                answer = await server.post(self.completions_url(server.address), body)
            except RefusedError as error:
                if not _ABOUT_LOGPROBS.search(error.words) or most == min(k, _STEPS[-1]):
                    raise
                fewer = next((step for step in _STEPS if step < most), None)
                server.capabilities.most_logprobs = fewer
            else:
                return top_logprobs(first_choice(answer))
        return []

    async def score(
        self, server: Server, prompt: str, continuation: str
    ) -> tuple[TokenLogprob, ...] | None:
        """Have the whole echoed with its log-probabilities; None where the server does not.

        Args:
            server: The server.
            prompt: The prompt.
            continuation: The continuation, not empty.
        """
        if server.capabilities.scores_echo is False:
            return None
        body = {
            "model": server.address.model,
            "prompt": prompt + continuation,
            "max_tokens": 1,  # some refuse 0
            "temperature": 0.0,
            "echo": True,
            "logprobs": 1,
        }
        try:
            answer = await server.post(self.completions_url(server.address), body)
            tokens = continuation_tokens(server, prompt, continuation, first_choice(answer))
        except RefusedError:
            tokens = None
        server.capabilities.scores_echo = tokens is not None
        return tokens

    def _part(self, choice: dict[str, Any]) -> Part:
        text, finish = choice.get("text"), choice.get("finish_reason")
        if not isinstance(text, str):
            _require_no_chat(choice)
        return Part(
            completion_index(choice.get("index")),
            text if isinstance(text, str) else "",
            str(finish) if finish else None,
            failure_of(choice.get("error"), finish),
            any(choice.get(name) for name in REASONING),
            written_tokens(choice),
        )


def read_choices(found: dict[str, Any], part: Callable[[dict[str, Any]], Part]) -> Chunk:
    """Read an object with OpenAI's `choices`, be it a piece of a stream or a whole answer.

    Args:
        found: The object.
        part: Reads one of the choices.

    Raises:
        AnswerError: It is neither.
    """
    choices = found.get("choices")
    if found.get("error"):
        return Chunk(error=found)
    if choices is None and "usage" not in found:
        if "detail" in found or "message" in found:
            return Chunk(error=found)
        return Chunk(aside=field_names(found))
    choices = choices or []
    if not isinstance(choices, list) or not all(isinstance(each, dict) for each in choices):
        raise unexpected_fields(field_names(found))
    parts = [part(each) for each in choices]
    if len({each.index for each in parts}) < len(parts):  # all numbered 0, in a whole answer
        parts = [replace(each, index=at) for at, each in enumerate(parts)]
    return Chunk(tuple(parts), _counts(found.get("usage")))


def _require_no_chat(choice: dict[str, Any]) -> None:
    """Refuse the words of a conversation: they are an answer, and not how the text goes on."""
    for name in _CHAT:
        if isinstance(choice.get(name), dict):
            raise AnswerError(
                f"The server answered as in a conversation (with {name!r}), not with a completion.",
                hint="Check that the address is that of an API with /completions, and that the "
                "server has a base model; a chat model is asked as chat:provider/model.",
            )


def _counts(usage: Any) -> Counts | None:
    if not isinstance(usage, dict):
        return None
    cached = token_count(usage.get("prompt_tokens_details"), "cached_tokens")
    return Counts(
        token_count(usage, "prompt_tokens"), cached, token_count(usage, "completion_tokens")
    )


OPENAI: Final = OpenAI()
"""A server of which nobody knows the program."""
VLLM: Final = OpenAI(
    program="vllm",
    seeds_each=True,
    all_top_k=-1,
    tokenizer=Tokenizer("/tokenize", "prompt", "count"),
    further_settings=frozenset(),
)
SGLANG: Final = OpenAI(
    program="sglang",
    all_top_k=-1,
    tokenizer=Tokenizer("/tokenize", "prompt", "count"),
    further_settings=frozenset(),
)
TABBYAPI: Final = OpenAI(
    program="tabbyapi",
    tokenizer=Tokenizer("/v1/token/encode", "text", "length"),
    further_settings=frozenset({"dry", "xtc"}),
)
TEXTGEN: Final = OpenAI(
    program="textgen",
    tokenizer=Tokenizer("/v1/internal/token-count", "text", "length"),
    further_settings=frozenset({"top_n_sigma", "dry", "xtc"}),
)
"""text-generation-webui."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaCpp(OpenAI):
    """The dialect of llama.cpp's server."""

    def body(self, request: Request, n: int, seed: int | None, server: Server) -> dict[str, Any]:
        body = OpenAI.body(self, request, n, seed, server)
        body["logprobs"] = 1
        if seed is not None:
            body["cache_prompt"] = False  # what it remembers changes the numbers a little
        return body

    def most_score_usage(self, prompt: int, continuation: int) -> Usage:
        """Count a request for each token of the continuation.

        Args:
            prompt: Tokens of the prompt.
            continuation: Tokens of the continuation.
        """
        return Usage(prompt=continuation * (prompt + continuation), completion=continuation)

    async def discover(self, server: Server) -> None:
        """Ask how many slots it has: so many completions may be asked for at once.

        Args:
            server: The server; its capabilities are filled in.
        """
        props = await server.ask_if_possible(f"{server.address.root}/props")
        slots = whole_number(props.get("total_slots")) if isinstance(props, dict) else None
        server.capabilities.most_n = slots or server.capabilities.most_n

    async def tokenize(
        self, server: Server, text: str, *, beginning: bool = True
    ) -> tuple[int, ...] | int | None:
        # Without special tokens: a poem may hold "<eos>", and means the letters.
        body = {"content": text, "add_special": beginning, "parse_special": False}
        body["model"] = server.address.model
        answer = await server.ask("POST", f"{server.address.root}/tokenize", body, seconds=_SECONDS)
        found = answer.get("tokens") if isinstance(answer, dict) else None
        if isinstance(found, list) and all(isinstance(each, int) for each in found):
            return tuple(found)
        return None

    async def likeliest(self, server: Server, prompt: str, k: int) -> list[TokenLogprob]:
        return await self.likeliest_after(server, list(await self._tokens(server, prompt)), k)

    async def score(
        self, server: Server, prompt: str, continuation: str
    ) -> tuple[TokenLogprob, ...] | None:
        """Have the server write one token after the other, each admitted by a grammar.

        Args:
            server: The server.
            prompt: The prompt.
            continuation: The continuation, not empty.
        """
        before = await self._tokens(server, prompt)
        whole = await self._tokens(server, prompt + continuation)
        if whole[: len(before)] != before:
            whole = (*before, *await self._tokens(server, continuation, beginning=False))
        scores = []
        for at in range(len(before), len(whole)):
            body = {
                "prompt": list(whole[:at]),
                "max_tokens": 1,
                "temperature": 1.0,
                "logprobs": 1,
                "grammar": f"root ::= <[{whole[at]}]>",
            }
            answer = await server.post(self.completions_url(server.address), body)
            content = listed_tokens(first_choice(answer))
            token = read_token(content[0]) if content else None
            if token is None:
                raise EngineError(
                    f"{server.address.base} gives no log-probability of a token.",
                    hint=LOGPROBS_HINT,
                )
            scores.append(TokenLogprob(server.hide(token.token), token.logprob))
        return tuple(scores)

    async def _tokens(
        self, server: Server, text: str, *, beginning: bool = True
    ) -> tuple[int, ...]:
        found = await self.tokenize(server, text, beginning=beginning)
        if not isinstance(found, tuple):
            raise EngineError(
                f"{server.address.base} gives no tokens of a text.", hint=LOGPROBS_HINT
            )
        return found


LLAMA_CPP: Final = LlamaCpp(
    program="llamacpp",
    seeds_each=True,
    shares_context=True,
    scores_by="by a grammar",
    tokenizer=Tokenizer("/tokenize", "content", "tokens"),
    further_settings=frozenset({"top_n_sigma", "dry", "xtc"}),
)


_NOT_YET: Final = "null"
"""The finish reason of a completion that goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KoboldCpp(OpenAI):
    """The dialect of koboldcpp."""

    def read(self, found: dict[str, Any]) -> Chunk:
        chunk = read_choices(found, self._part)
        parts = tuple(map(_without_null, chunk.parts))
        return replace(chunk, parts=parts, counts=None)  # its counts are made up

    async def discover(self, server: Server) -> None:
        """Ask how many tokens its context really has; its list of models does not say.

        Args:
            server: The server; its capabilities are filled in.
        """
        url = f"{server.address.root}/api/extra/true_max_context_length"
        answer = await server.ask_if_possible(url)
        found = whole_number(answer.get("value")) if isinstance(answer, dict) else None
        server.capabilities.context = found or server.capabilities.context


def _without_null(part: Part) -> Part:
    return replace(part, finish=None) if part.finish == _NOT_YET else part


KOBOLDCPP: Final = KoboldCpp(
    program="koboldcpp",
    gives_several=False,
    tokenizer=Tokenizer("/api/extra/tokencount", "prompt", "value"),
    further_settings=frozenset({"dry", "xtc"}),
)
