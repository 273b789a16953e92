"""Ollama, through its own `/api/generate`.

Its `/v1/completions` puts the model's template for conversations around the prompt; only `raw` on
its own path sends the bare prompt. It gives one completion for a request, repeats less than the
model would unless it is asked not to, and cuts a prompt that is too long unless it is forbidden to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from flourishing.core.sampling import Sampling
from flourishing.models.endpoint.dialect import (
    Chunk,
    Counts,
    Part,
    Request,
    SamplingFields,
    failure_of,
    field_names,
    further_fields,
    token_count,
)
from flourishing.models.endpoint.tokens import top_logprobs
from flourishing.models.protocol import TokenLogprob, Usage

if TYPE_CHECKING:
    from flourishing.models.endpoint.address import Address
    from flourishing.models.endpoint.server import Server

PORT: Final = 11434
"""Where Ollama listens unless it is configured otherwise."""
_MOST_LOGPROBS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ollama:
    """The dialect of Ollama; the protocol describes its members."""

    program: str | None = "ollama"
    note: str = ""
    is_base: bool = True
    gives_several: bool = False
    seeds_each: bool = False
    shares_context: bool = False
    ends_whole: bool = False
    repeats: bool = False
    scores_by: str = "by echoing it"
    gives_logprobs: bool = True
    counts_tokens: bool = False
    droppable: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    further_settings: frozenset[str] | None = frozenset()

    def base_path(self, path: str, host: str) -> str:  # noqa: ARG002 - the protocol has it
        return re.sub(r"/(v1|api)$", "", path)

    def completions_url(self, address: Address) -> str:
        return f"{address.root}/api/generate"

    def chat_url(self, address: Address) -> str:
        return f"{address.root}/v1/chat/completions"

    def embeddings_url(self, address: Address) -> str:
        return f"{address.root}/v1/embeddings"

    def sampling_fields(
        self,
        sampling: Sampling,
        stop: Sequence[str] = (),  # noqa: ARG002 - none of its settings needs them
    ) -> SamplingFields:
        fields = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
            "repeat_penalty": 1.0,
        }
        return replace(further_fields(sampling, ()), fields=fields)

    def body(
        self,
        request: Request,
        n: int,  # noqa: ARG002 - it gives one
        seed: int | None,
        server: Server,
    ) -> dict[str, Any]:
        options: dict[str, Any] = {
            "num_predict": request.sampling.max_tokens,
            **self.sampling_fields(request.sampling).fields,
            "stop": list(request.stop),
        }
        if seed is not None:
            options["seed"] = seed
        if server.settings.context is not None:
            options["num_ctx"] = server.settings.context
        return {**_raw(server, request.prompt), "stream": True, "shift": False, "options": options}

    def read(self, found: dict[str, Any]) -> Chunk:
        if found.get("error"):
            return Chunk(error=found)
        if "response" not in found and "done" not in found:
            return Chunk(aside=field_names(found))
        done = bool(found.get("done"))
        finish = str(found.get("done_reason") or "stop") if done else None
        part = Part(
            0,
            str(found.get("response") or ""),
            finish,
            failure_of(None, finish),
            bool(found.get("thinking")),
        )
        counts = Counts(
            prompt=token_count(found, "prompt_eval_count"),
            completion=token_count(found, "eval_count"),
        )
        return Chunk((part,), counts if done else None)

    def lead(self, prompt: str, start: str) -> str:  # noqa: ARG002 - the protocol has it
        return ""

    def most_usage(self, model: str, prompt: int, max_tokens: int) -> Usage:  # noqa: ARG002
        return Usage(prompt=prompt, completion=max_tokens)

    def most_score_usage(self, prompt: int, continuation: int) -> Usage:
        return Usage(prompt=prompt + continuation, completion=1)

    async def discover(self, server: Server) -> None:
        """Ask nothing: it does not say how long a prompt may be as it is set up.

        Args:
            server: The server; its capabilities are filled in.
        """

    async def tokenize(
        self,
        server: Server,  # noqa: ARG002 - it has no tokenizer for others
        text: str,  # noqa: ARG002
        *,
        beginning: bool = True,  # noqa: ARG002
    ) -> tuple[int, ...] | int | None:
        return None

    async def likeliest(self, server: Server, prompt: str, k: int) -> list[TokenLogprob]:
        body = {
            **_raw(server, prompt),
            "stream": False,
            "logprobs": True,
            "top_logprobs": min(k, server.capabilities.most_logprobs or k, _MOST_LOGPROBS),
            "options": {"num_predict": 1, "temperature": 1.0},
        }
        return top_logprobs(await server.post(self.completions_url(server.address), body))

    async def score(
        self,
        server: Server,  # noqa: ARG002 - it cannot
        prompt: str,  # noqa: ARG002
        continuation: str,  # noqa: ARG002
    ) -> tuple[TokenLogprob, ...] | None:
        return None


def _raw(server: Server, prompt: str) -> dict[str, Any]:
    return {
        "model": server.address.model,
        "prompt": prompt,
        "raw": True,  # without it, a template for conversations is put around the prompt
        "truncate": False,  # a prompt that is too long is refused rather than cut in silence
    }


OLLAMA: Final = Ollama()
