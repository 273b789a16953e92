"""Log-probabilities from a server.

Of the next token: one token is asked for, with its likeliest alternatives. Of a given text: the
prompt and the text are sent to be echoed with their log-probabilities, which vLLM, SGLang and
several providers do. llama.cpp's server has no echo, but takes a grammar that admits one token
only, and tells the log-probability that this token had before the grammar.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from flourishing.errors import EngineError
from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.learnt import Learnt
from flourishing.models.endpoint.refusals import RefusedError, failure
from flourishing.models.endpoint.tokens import ask_tokenizer
from flourishing.models.endpoint.wire import Wire
from flourishing.models.protocol import Score, TokenLogprob
from flourishing.settings import NamedModel

_STEPS: Final = (100, 20, 10, 5)
"""How many likeliest tokens are asked for when a server refuses more."""
_ROUNDING: Final = 1e-3
"""By so much a log-probability may be above 0, since servers reckon in small numbers."""
_SHOWN: Final = 40
"""Characters of what a server gives instead of a number."""
_ABOUT_IT: Final = re.compile(r"logprobs", re.IGNORECASE)
_HINT: Final = (
    "Use the embedded model, llama.cpp's server, vLLM or SGLang, which give log-probabilities."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """Asks a server for log-probabilities.

    Attributes:
        address: The server.
        model: How a person has described the model.
        learnt: What is known of the server; added to.
        wire: The way to it.
    """

    address: Address
    model: NamedModel
    learnt: Learnt
    wire: Wire

    async def next_token(self, prompt: str, k: int) -> tuple[TokenLogprob, ...]:
        """Give the k likeliest next tokens, or as many of them as the server gives.

        Raises:
            EngineError: The server gives none.
        """
        text: str | list[int] = prompt
        if self.learnt.program == "llamacpp":
            text = list(await self._tokens(prompt))
        choice = await self._first_choice(text, min(k, self.learnt.most_logprobs or k))
        top = [
            TokenLogprob(self.wire.hide(each.token), each.logprob) for each in _top_logprobs(choice)
        ]
        if not top:
            raise EngineError(
                f"{self.address.base} gives no log-probabilities of the next token.", hint=_HINT
            )
        return tuple(sorted(top, key=lambda each: (-each.logprob, each.token))[:k])

    async def score(self, prompt: str, continuation: str) -> Score:
        """Give the log-probabilities of a given continuation.

        Raises:
            EngineError: The server cannot.
        """
        if not continuation:
            return Score(continuation, ())
        if self.learnt.program == "llamacpp":
            return Score(continuation, await self._forced(prompt, continuation))
        if self.address.kind == "openai" and self.learnt.scores_echo is not False:
            tokens = await self._echoed(prompt, continuation)
            self.learnt.scores_echo = tokens is not None
            if tokens is not None:
                return Score(continuation, tokens)
        raise EngineError(
            f"{self.address.base} does not give the log-probabilities of a given text.", hint=_HINT
        )

    async def _first_choice(self, prompt: str | list[int], k: int) -> dict[str, Any]:
        """Ask for one token with its k likeliest alternatives, or as many as the server gives."""
        for most in (k, *(step for step in _STEPS if step < k)):
            try:
                found = await self._ask_one(prompt, most)
            except RefusedError as error:
                if not _ABOUT_IT.search(error.words) or most == min(k, _STEPS[-1]):
                    raise
                self.learnt.most_logprobs = next((step for step in _STEPS if step < most), None)
            else:
                return found
        return {}

    async def _ask_one(self, prompt: str | list[int], most: int) -> dict[str, Any]:
        if self.address.kind == "ollama":
            body: dict[str, Any] = {
                "model": self.address.model,
                "prompt": prompt,
                "raw": True,
                "stream": False,
                "truncate": False,
                "logprobs": True,
                "top_logprobs": min(most, 20),
                "options": {"num_predict": 1, "temperature": 1.0},
            }
            return await self._post("/api/generate", body)
        body = {"model": self.address.model, "prompt": prompt, "max_tokens": 1, "logprobs": most}
        return _choice(await self._post("/completions", body | {"temperature": 1.0, "top_p": 1.0}))

    async def _echoed(self, prompt: str, continuation: str) -> tuple[TokenLogprob, ...] | None:
        """Have the whole echoed; None where the server does not do that."""
        body = {
            "model": self.address.model,
            "prompt": prompt + continuation,
            "max_tokens": 1,  # some refuse 0
            "temperature": 0.0,
            "echo": True,
            "logprobs": 1,
        }
        try:
            choice = _choice(await self._post("/completions", body))
        except RefusedError:
            return None
        told = choice.get("logprobs")
        if not isinstance(told, dict):
            return None
        names, values = told.get("tokens"), told.get("token_logprobs")
        if not isinstance(names, list) or not isinstance(values, list):
            return None
        return self._after(prompt, continuation, [str(name) for name in names], values)

    def _after(
        self, prompt: str, continuation: str, names: list[str], values: list[Any]
    ) -> tuple[TokenLogprob, ...] | None:
        """Take the tokens of the continuation out of those of the whole; None if they differ.

        A token in which the prompt ends and the continuation begins counts whole, as the text of
        its second part.
        """
        joined = "".join(names)
        start = joined.find(prompt + continuation)
        if start < 0 or len(values) < len(names):
            return None
        begin, end, at = start + len(prompt), start + len(prompt) + len(continuation), 0
        found = []
        for name, value in zip(names, values, strict=False):
            text = joined[max(at, begin) : min(at + len(name), end)]
            at += len(name)
            if text:
                if (number := _logprob(value)) is None:
                    shown = self.wire.hide(repr(value))[:_SHOWN]
                    raise EngineError(
                        f"{self.address.base} gives {shown} as the log-probability of {text!r}.",
                        hint=_HINT,
                    )
                found.append(TokenLogprob(text, number))
        return tuple(found)

    async def _forced(self, prompt: str, continuation: str) -> tuple[TokenLogprob, ...]:
        before = await self._tokens(prompt)
        whole = await self._tokens(prompt + continuation)
        if whole[: len(before)] != before:
            whole = (*before, *await self._tokens(continuation, beginning=False))
        scores = []
        for at in range(len(before), len(whole)):
            body = {
                "prompt": list(whole[:at]),
                "max_tokens": 1,
                "temperature": 1.0,
                "logprobs": 1,
                "grammar": f"root ::= <[{whole[at]}]>",
            }
            content = _content(_choice(await self._post("/completions", body)))
            token = _token(content[0]) if content else None
            if token is None:
                raise EngineError(
                    f"{self.address.base} gives no log-probability of a token.", hint=_HINT
                )
            scores.append(TokenLogprob(self.wire.hide(token.token), token.logprob))
        return tuple(scores)

    async def _tokens(self, text: str, *, beginning: bool = True) -> tuple[int, ...]:
        found = await ask_tokenizer(
            text, wire=self.wire, address=self.address, learnt=self.learnt, beginning=beginning
        )
        if isinstance(found, int):
            raise EngineError(f"{self.address.base} gives no tokens of a text.", hint=_HINT)
        return found

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        seconds = self.model.timeouts.first_token
        found = await self.wire.ask(
            "POST", self.address.base + path, {**body, **self.model.extra_body}, seconds=seconds
        )
        if isinstance(found, dict) and found.get("error"):
            hide, address = self.wire.hide, self.address
            raise failure(found, where=address.base, model=address.model, hide=hide)
        return found if isinstance(found, dict) else {}


def _choice(answer: dict[str, Any]) -> dict[str, Any]:
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def _content(choice: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the list of tokens in the newer form, which llama.cpp has, and Ollama."""
    told = choice.get("logprobs")
    content = told.get("content") if isinstance(told, dict) else told
    return [each for each in content if isinstance(each, dict)] if isinstance(content, list) else []


def _top_logprobs(choice: dict[str, Any]) -> list[TokenLogprob]:
    """Give the likeliest tokens of the first place, in whichever form they are told."""
    if content := _content(choice):
        tops = content[0].get("top_logprobs")
        entries = (
            [each for each in tops if isinstance(each, dict)] if isinstance(tops, list) else []
        )
        return [token for each in entries if (token := _token(each))]
    told = choice.get("logprobs")
    tops = told.get("top_logprobs") if isinstance(told, dict) else None
    first = tops[0] if isinstance(tops, list) and tops else None
    if not isinstance(first, dict):
        return []
    numbers = {str(token): _logprob(value) for token, value in first.items()}
    return [TokenLogprob(token, each) for token, each in numbers.items() if each is not None]


def _token(entry: dict[str, Any]) -> TokenLogprob | None:
    """Read a token; None where its number is none."""
    number = _logprob(entry.get("logprob"))
    if number is None:
        return None
    raw, text = entry.get("bytes"), ""
    with suppress(TypeError, ValueError, OverflowError):  # they may be no bytes
        text = bytes(raw if isinstance(raw, list) else []).decode("utf-8", "replace")
    return TokenLogprob(text or str(entry.get("token", "")), number)


def _logprob(value: Any) -> float | None:
    """Read a log-probability; None for what is none: no number, infinite, or above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return min(number, 0.0) if isfinite(number) and number <= _ROUNDING else None
