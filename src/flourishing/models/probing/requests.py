"""The single requests of a probe: which there are, what they cost at most, what answers show.

They are made as an endpoint makes them, with what the configuration adds, but nothing is made up
for: no stop is cut here, and what is missing stays missing.

Three prompts of the kind that the post shows find out how a server answers: a base model goes on
with the numbers and with the pairs; an instruct model talks about them. The third is an
instruction, to which only an instruct model says "Certainly!"; a base model may write anything
there, so anything else shows nothing. An instruct model that is sent a raw prompt often goes on as
a base model would: "base" says how it answers here, not how it was trained.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from flourishing.core.sampling import Sampling
from flourishing.errors import (
    AnswerError,
    ModelNotFoundError,
    ServerError,
    TooSlowError,
    UnreachableError,
)
from flourishing.models.endpoint import Server
from flourishing.models.endpoint.chunks import Chunk, unexpected_fields
from flourishing.models.endpoint.dialect import Request, completion_body
from flourishing.models.endpoint.refusals import FieldElimination, RefusedError, failure
from flourishing.models.endpoint.response import JsonStream
from flourishing.models.endpoint.tokens import estimate
from flourishing.models.probe_results import Nature
from flourishing.models.retry import retried
from flourishing.settings import NamedModel

ANIMALS: Final = "|cat|elephant|rabbit|dog|"
"""A prompt after which a base model seldom writes the same twice."""
DRAWN_TOKENS: Final = 12
TAMED_TOKENS: Final = 8
SURE_TOKENS: Final = 16
NUMBERS: Final = "1 2 3 4 5"
CAPITALS: Final = "alaska:juneau, ohio:columbus, kansas:"
INSTRUCTION: Final = "Write a stanza about the sea."
PROMPTS: Final = (NUMBERS, CAPITALS, INSTRUCTION)

_QUOTED: Final = 60
"""Characters of an answer that are quoted."""
_TEMPLATE: Final = re.compile(
    r"<\|(?:im_start|im_end|start|end|eot_id|assistant|user|system)[^|]*\|>|</?(?:start|end)_of_turn>"
    r"|\[/?INST\]|<<SYS>>|<think>|(?:^|\n)#{2,} ?(?:Response|Instruction|Assistant)\b",
    re.IGNORECASE,
)
_CHATTY: Final = re.compile(
    r"^\W*(?:sure\b|certainly\b|of course\b|absolutely\b|here(?:'s|’s| is| are)\b|i'?m sorry"
    r"|i apologi|as an ai\b|i(?:'d| would) be happy|it (?:looks|seems|appears) like|it seems that"
    r"|you(?:'ve|’ve| have) (?:listed|provided|given|written)|it sounds like"
    r"|this (?:is|looks|appears|seems) (?:like )?an? (?:\w+ )?(?:sequence|list|pattern|analogy)"
    r"|how can i (?:help|assist)|let me know)",
    re.IGNORECASE,
)
_MARKDOWN: Final = re.compile(r"\*\*[^*\n]+\*\*|(?:^|\n)#{1,6} |(?:^|\n)```")
_SENTENCE: Final = re.compile(r"\bthe capital\b[^.]*\bis\b|\bcapital (?:city )?of kansas\b", re.I)
_GOES_ON: Final = {
    NUMBERS: re.compile(r"^[\s,]*6(?!\d)"),
    CAPITALS: re.compile(r"^\s*[a-z][\w .'’-]{1,30}(?:$|[,;\n.])"),
}
_MILLION: Final = 1_000_000
_CALLS: Final = (
    # Each: the prompt, how many completions at most, and how many tokens of each.
    *[(ANIMALS, 2, DRAWN_TOKENS)] * 2,
    *[(ANIMALS, 1, DRAWN_TOKENS)] * 2,  # another seed; and one alone, where two were refused
    *[(ANIMALS, 1, TAMED_TOKENS)] * 2,
    *[(prompt, 1, SURE_TOKENS) for prompt in PROMPTS],
    (max(PROMPTS, key=estimate), 1, SURE_TOKENS),  # stopped
    (ANIMALS, 1, 1),  # the next token
    *[(max(PROMPTS, key=estimate), 1, 1)] * 3,  # a given text, token by token at the worst
)
_REFUSALS: Final = (RefusedError, ServerError, AnswerError, ModelNotFoundError)
"""So a server may refuse what it is asked for."""
_LONGEST_TOKEN: Final = 64
"""Characters; of more than this for each token no more is read."""


class OneAtATimeError(Exception):
    """The server refuses to give several completions for one request."""


@dataclass(slots=True)
class RawAnswer:
    """An answer as it came.

    Attributes:
        texts: The completions, by their index; blank ones among them.
        pieces: In how many pieces words came.
        streamed: Whether it came as a stream.
        aside: The fields of what came and was no completion.
    """

    texts: dict[int, str] = field(default_factory=dict)
    pieces: int = 0
    streamed: bool = False
    aside: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """The first completion; empty if there was none."""
        return self.texts.get(0, "")

    @property
    def length(self) -> int:
        """How many characters all of it has."""
        return sum(map(len, self.texts.values()))

    def take(self, chunk: Chunk, n: int) -> None:
        """Add a chunk of the answer.

        Args:
            chunk: The chunk.
            n: How many completions were asked for.
        """
        self.aside = self.aside or chunk.aside
        for part in chunk.parts:
            if 0 <= part.index < n:
                self.texts[part.index] = self.texts.get(part.index, "") + part.text
        self.pieces += any(part.text for part in chunk.parts)


@dataclass(slots=True, kw_only=True)
class Requests:
    """Makes the requests of one probe.

    Attributes:
        server: The server; refused fields are added to its capabilities, and left out from then on.
        made: How many requests were made.
        echoes: Whether the server repeated a prompt before its continuation.
    """

    server: Server
    made: int = 0
    echoes: bool = False

    async def ask(
        self,
        prompt: str,
        *,
        tokens: int,
        n: int = 1,
        temperature: float = 1.0,
        min_p: float = 0.0,
        seed: int | None = None,
        stop: tuple[str, ...] = (),
    ) -> RawAnswer:
        """Have a prompt continued, without the fields that the server is known to refuse.

        Args:
            prompt: The prompt.
            tokens: The most tokens of each completion.
            n: How many completions, 1 by default.
            temperature: The temperature, 1 by default.
            min_p: The min-p, 0 (none) by default.
            seed: The seed; None sends none.
            stop: What ends a completion; nothing by default.

        Raises:
            OneAtATimeError: The server refuses a request for n of them, for whatever reason.
            EndpointError: It cannot be asked, whatever is left out.
        """
        request = Request(
            prompt=prompt,
            tokens=None,
            n=n,
            sampling=Sampling(max_tokens=tokens, temperature=temperature, min_p=min_p),
            stop=stop,
            seed=seed or 0,
            reproducible=seed is not None,
        )
        fields = FieldElimination(self.server.capabilities)
        while True:
            body = completion_body(self.server, request, range(n), without=fields.without)
            try:
                with self.server.transport.hiding():
                    answer = await retried(partial(self._timed, body, n, tokens))
            except _REFUSALS as error:
                if n > 1:
                    raise OneAtATimeError from None
                if not isinstance(error, RefusedError) or not fields.try_next(error, body):
                    raise
            else:
                fields.confirm()
                return self._without_prompt(answer, prompt)

    def _without_prompt(self, answer: RawAnswer, prompt: str) -> RawAnswer:
        if answer.texts and all(text.startswith(prompt) for text in answer.texts.values()):
            self.echoes = True
            answer.texts = {at: text[len(prompt) :] for at, text in answer.texts.items()}
        return answer

    async def _timed(self, body: dict[str, Any], n: int, tokens: int) -> RawAnswer:
        times = self.server.settings.timeouts
        try:
            async with asyncio.timeout(times.first_token):
                return await self._read(body, n, tokens)
        except TimeoutError:
            raise TooSlowError(
                f"{self.server.address.base} did not write {tokens} tokens within "
                f"{times.first_token:g} seconds.",
                hint="It may be loading the model: try again, or raise timeouts.first_token.",
            ) from None

    async def _read(self, body: dict[str, Any], n: int, tokens: int) -> RawAnswer:
        address, transport = self.server.address, self.server.transport
        url = self.server.dialect.completions_url(address)
        lines, answer = JsonStream(address.base, transport.hide), RawAnswer()
        self.made += 1
        async with transport.post(url, body) as response:
            kind = response.headers.get("content-type", "")
            answer.streamed = kind.startswith(("text/event-stream", "application/x-ndjson"))
            async with aclosing(response.aiter_bytes()) as parts:
                async for part in parts:
                    self._take(answer, lines.feed(part), n)
                    if answer.length > _LONGEST_TOKEN * (len(body["prompt"]) + tokens * n):
                        return answer
            self._take(answer, lines.close(), n)
            if lines.is_half:
                raise UnreachableError(
                    f"{address.base} ended its answer in the middle.",
                    hint="Try again; look at the server's log.",
                )
            if not answer.texts and (answer.aside or lines.words):
                raise unexpected_fields(answer.aside or (lines.words,))
        return answer

    def _take(self, answer: RawAnswer, found: list[dict[str, Any]], n: int) -> None:
        address, transport = self.server.address, self.server.transport
        for each in found:
            chunk = self.server.dialect.read(each)
            if chunk.error is not None:
                raise failure(
                    chunk.error, where=address.base, model=address.model, hide=transport.hide
                )
            answer.take(chunk, n)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a probe costs at most.

    Attributes:
        requests: How many requests.
        read: Tokens of prompts, a prompt counted once for each of its completions.
        written: Tokens of completions.
        money: What that comes to; None where the configuration has no prices.
        currency: What that money is.
    """

    requests: int
    read: int
    written: int
    money: float | None
    currency: str

    def __str__(self) -> str:
        tokens = (
            f"{self.requests} requests, {self.read:,} tokens to read, {self.written:,} to write"
        )
        if self.money is None:
            return tokens
        return f"{tokens}: {self.money:.6f} {self.currency}"


def most_cost(model: NamedModel) -> Cost:
    """Calculate what a probe of a model costs at most, by the prices in the configuration.

    Requests that failed and are made again are not counted: servers take no money for them.

    Args:
        model: How a person has described the model.
    """
    read = sum(estimate(prompt) * n for prompt, n, _ in _CALLS)
    written = sum(n * tokens for _, n, tokens in _CALLS)
    money = None
    if model.input_price is not None or model.output_price is not None:
        money = (read * (model.input_price or 0) + written * (model.output_price or 0)) / _MILLION
    return Cost(len(_CALLS), read, written, money, model.currency)


def judge(answers: Mapping[str, str]) -> tuple[Nature | None, tuple[str, ...]]:
    """Say how a model answers.

    Args:
        answers: By prompt of `PROMPTS`: what came, drawn at temperature 0.

    Returns:
        How it answers, None where nothing gives it away; and why, in words.
    """
    against = [sign for prompt, answer in answers.items() for sign in _signs(prompt, answer)]
    speaking = [
        f"{prompt!r} goes on: {_quoted(answer)}"
        for prompt, answer in answers.items()
        if prompt in _GOES_ON
        and _GOES_ON[prompt].search(answer)
        and not list(_signs(prompt, answer))
    ]
    if against:
        return "instruct", (*against, *speaking)
    if speaking:
        return "base", tuple(speaking)
    return None, tuple(f"{prompt!r} gave {_quoted(answer)}" for prompt, answer in answers.items())


def _signs(prompt: str, answer: str) -> list[str]:
    """Give what in an answer an instruct model gives itself away by, in words."""
    checks = [
        (_TEMPLATE, "writes the marks of a conversation"),
        (_CHATTY, "speaks to somebody"),
    ]
    if prompt != INSTRUCTION:  # after an instruction, a base model may well write such a document
        checks += [(_MARKDOWN, "sets its answer in Markdown"), (_SENTENCE, "answers a question")]
    return [
        f"{prompt!r}: it {words} ({_quoted(found[0])} in {_quoted(answer)})"
        for sign, words in checks
        if (found := sign.search(answer))
    ]


def _quoted(answer: str) -> str:
    line = " ".join(answer.split())
    return repr(line[:_QUOTED] + "…" if len(line) > _QUOTED else line)
