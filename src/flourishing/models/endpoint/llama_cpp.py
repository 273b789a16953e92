"""llama.cpp's own server.

It gives as many completions at once as it has slots, which share one reading of the prompt and one
context. It takes prompts as tokens, so that a text with the spelling of a control word stays text.
It has no `echo`, but takes a grammar that admits one token only, and reports the log-probability
that this token had before the grammar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flourishing.errors import EngineError
from flourishing.models.endpoint.chunks import whole_number
from flourishing.models.endpoint.dialect import Request
from flourishing.models.endpoint.openai import OpenAI, Tokenizer
from flourishing.models.endpoint.tokens import (
    LOGPROBS_HINT,
    first_choice,
    listed_tokens,
    read_token,
)
from flourishing.models.protocol import TokenLogprob, Usage

if TYPE_CHECKING:
    from flourishing.models.endpoint.server import Server

_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaCpp(OpenAI):
    """The dialect of llama.cpp's server."""

    def body(self, request: Request, n: int, seed: int | None, server: Server) -> dict[str, Any]:
        body = OpenAI.body(self, request, n, seed, server)
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
