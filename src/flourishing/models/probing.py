"""Probing a server: what it honours of what it is asked, found out once, on purpose and cheaply.

A server's documentation says what it takes, seldom what it ignores in silence. So it is asked, in a
dozen requests of a few tokens, in ways of which the answer shows whether it was honoured. What is
found is kept by `models.probe_results`, from where the endpoint has it at its next start.

Requests are made as an endpoint makes them, with what the configuration adds, but nothing is made
up for: no stop is cut here, and what is missing stays missing.

Three prompts of the kind that the post shows find out how a server answers: a base model goes on
with the numbers and with the pairs; an instruct model talks about them. The third is an
instruction, to which only an instruct model says "Certainly!"; a base model may write anything
there, so anything else shows nothing. An instruct model that is sent a raw prompt often goes on as
a base model would: "base" says how it answers here, not how it was trained.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar

from flourishing import blocking
from flourishing.core.sampling import Sampling
from flourishing.errors import (
    AnswerError,
    EndpointError,
    EngineError,
    InputError,
    ModelNotFoundError,
    ServerError,
    TooSlowError,
    UnreachableError,
)
from flourishing.models.cost import Budget, open_budget
from flourishing.models.endpoint import Endpoint, Server, ServerCapabilities
from flourishing.models.endpoint.dialect import Chunk, Request, completion_body, unexpected_fields
from flourishing.models.endpoint.refusals import FieldElimination, RefusedError, failure
from flourishing.models.endpoint.response import JsonStream
from flourishing.models.endpoint.server import discover
from flourishing.models.endpoint.tokens import ask_next_token, ask_score, estimate
from flourishing.models.endpoint.transport import await_on_sync_loop
from flourishing.models.opening import open_endpoint
from flourishing.models.probe_results import CAPABILITIES, Finding, Nature, Probed, remember
from flourishing.models.protocol import BaseModel, Usage, Waiting
from flourishing.models.retry import retried
from flourishing.models.waiting import report_waits_to
from flourishing.settings import NamedModel

__all__ = ["Cost", "most_cost", "probe"]


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


T = TypeVar("T")

_LIKELIEST: Final = 20
_NEARLY_GREEDY: Final = 0.99
"""As min_p: what is drawn with it hardly differs, however high the temperature."""
_WILD: Final = 1.5
_SEED, _OTHER_SEED = 7, 1_000_007
_CANNOT: Final = (EngineError, RefusedError, AnswerError, ServerError, ModelNotFoundError)
"""How servers say that they give no log-probabilities; anything else is trouble of its own."""


async def probe(
    model: str | BaseModel,
    *,
    notify: Callable[[str | Waiting], None] | None = None,
    budget: Budget | None = None,
) -> Probed:
    """Find out what a model's server honours, and remember it.

    Args:
        model: A name in the configuration, or an address `http(s)://host/v1#model-id`.
        notify: Called with what a person should know before it happens, and with waits; None
            leaves waits to whoever listens (`models.waiting`).
        budget: Bounds what it may cost; None for the month's budget alone.

    Returns:
        What was found; the endpoint knows it from now on.

    Raises:
        InputError: The model is not behind an address, or it might cost more than it may.
        ModelError: The server cannot be reached, or gives no completions at all.
        StorageError: What was found cannot be written down.
    """
    endpoint = open_endpoint(model)
    if not endpoint.address.dialect.is_base:
        raise InputError(
            f"{endpoint.name} is a chat model, of which a probe would find out nothing.",
            hint="Give the address of a server with /completions.",
        )
    if notify is not None and endpoint.warning:
        notify(endpoint.warning)
    cost = most_cost(endpoint.settings)
    most = Usage(prompt=cost.read, completion=cost.written)
    # It is not known what it came to, and little: it stays at its most.
    charge = (budget or open_budget()).charge(endpoint.name, endpoint.settings, most, notify=notify)
    async with charge:
        with report_waits_to(notify):
            found = await await_on_sync_loop(_Probing(_fresh(endpoint)).run())
    await blocking.run(remember, found)
    found.apply(endpoint.capabilities)
    return found


def _fresh(endpoint: Endpoint) -> Server:
    """Give the server as if nothing were known of it yet."""
    capabilities = ServerCapabilities(dialect=endpoint.address.dialect)
    return replace(endpoint.server, capabilities=capabilities)


@dataclass(slots=True)
class _Probing:
    server: Server
    _requests: Requests = field(init=False)
    _found: dict[str, Finding] = field(default_factory=dict)
    _varies: bool = False
    """Whether two completions of one prompt were seen to differ."""

    def __post_init__(self) -> None:
        self._requests = Requests(server=self.server)

    async def run(self) -> Probed:
        await discover(self.server)
        first = await self._several()
        await self._as_far_as_it_goes("seed", self._seed(first))
        await self._as_far_as_it_goes("min_p", self._min_p())
        nature, why = await self._as_far_as_it_goes("stop", self._nature()) or (None, ())
        await self._as_far_as_it_goes("logprobs", self._logprobs())
        await self._as_far_as_it_goes("echo", self._echo())
        hide = self.server.hide
        return Probed(
            name=self.server.address.name,
            at=datetime.now(UTC),
            program=self._known.program,
            context=self._known.context,
            findings={
                name: Finding(self._found[name].holds, hide(self._found[name].saw))
                for name in CAPABILITIES
            },
            most_n=self._known.most_n,
            most_logprobs=self._known.most_logprobs,
            echoes=self._requests.echoes,
            refuses=tuple(sorted(self._known.refuses)),
            nature=nature,
            why=tuple(map(hide, why)),
            requests=self._requests.made,
        )

    async def _several(self) -> RawAnswer:
        """Ask for two at once: n, and whether they come as a stream."""
        n = 1 if not self._known.dialect.gives_several or self._known.most_n == 1 else 2
        refused = "it gives one at a time"
        try:
            answer = await self._drawn(n)
        except OneAtATimeError:
            answer, n, refused = await self._one_alone()
        if not answer.texts:
            raise AnswerError(
                f"{self.server.address.base} answered without a completion.",
                hint="Try again; if it stays so, the server does not do what it should.",
            )
        self._find("n", *(_number(answer) if n == 2 else (False, refused)))
        streams = answer.streamed or answer.pieces > 1
        self._find(
            "stream",
            streams,
            f"words came in {answer.pieces} pieces" if streams else "all came at once",
        )
        return answer

    async def _one_alone(self) -> tuple[RawAnswer, int, str]:
        """Ask for one alone, to see what two were refused for; and for two again if it was not n.

        Returns:
            What came, how many were asked for, and why not two.
        """
        alone, refused = await self._drawn(1), "it refuses to give 2"
        if self._known.refuses:  # a field was the trouble
            try:
                return await self._drawn(2), 2, ""
            except OneAtATimeError:
                pass
        return alone, 1, refused

    async def _seed(self, first: RawAnswer) -> None:
        if "seed" in self._known.refuses:
            self._varies = True
            return self._find("seed", False, "it does not take it")
        again = await self._drawn(len(first.texts))
        other = await self._drawn(1, seed=_OTHER_SEED)
        self._varies = len({first.first, again.first, other.first}) > 1
        if again.first != first.first:
            return self._find("seed", False, "the same seed gave two texts")
        if other.first != first.first:
            return self._find("seed", True, "the same seed gave the same text, another another")
        return self._find("seed", None, "another seed gave the same text, too")

    async def _min_p(self) -> None:
        drawn = [
            await self._requests.ask(
                ANIMALS, tokens=TAMED_TOKENS, temperature=_WILD, min_p=_NEARLY_GREEDY, seed=seed
            )
            for seed in (_SEED, _OTHER_SEED)
        ]
        if "min_p" in self._known.refuses:
            self._find("min_p", False, "it does not take it")
        elif drawn[0].first != drawn[1].first:
            self._find("min_p", False, "unlikely tokens were drawn all the same")
        elif self._varies:
            self._find("min_p", True, "unlikely tokens were left out")
        else:
            self._find("min_p", None, "its completions do not differ anyway")

    async def _nature(self) -> tuple[Nature | None, tuple[str, ...]]:
        answers = {
            prompt: (
                await self._requests.ask(prompt, tokens=SURE_TOKENS, temperature=0.0, seed=_SEED)
            ).first
            for prompt in PROMPTS
        }
        await self._stop(answers)
        return judge(answers)

    async def _stop(self, answers: dict[str, str]) -> None:
        """Have an answer that is known stopped within."""
        prompt = next((each for each in PROMPTS if _within(answers[each])), NUMBERS)
        stop = _within(answers[prompt])
        if not stop:
            return self._find("stop", None, "it wrote too little to be stopped")
        answer = await self._requests.ask(
            prompt, tokens=SURE_TOKENS, temperature=0.0, seed=_SEED, stop=(stop,)
        )
        before = answers[prompt].partition(stop)[0]
        if "stop" in self._known.refuses:
            return self._find("stop", False, "it does not take it")
        if stop in answer.first:
            return self._find("stop", False, f"it went on past {stop!r}")
        if answer.first.strip() == before.strip():
            return self._find("stop", True, f"it stopped before {stop!r}")
        return self._find("stop", None, "it wrote something else this time")

    async def _logprobs(self) -> None:
        try:
            gave = await self._scored(lambda: ask_next_token(self.server, ANIMALS, _LIKELIEST))
        except _CANNOT as error:
            self._find("logprobs", False, str(error))
        else:
            self._find("logprobs", True, f"it gave the {len(gave)} likeliest next tokens")

    async def _echo(self) -> None:
        try:
            score = await self._scored(lambda: ask_score(self.server, NUMBERS, " 6"))
        except _CANNOT as error:
            self._find("echo", False, str(error))
        else:
            method = self._known.dialect.scores_by
            saw = f"it gave the log-probability of a given text {method}: {score.logprob:.2f}"
            self._find("echo", True, saw)

    # How.

    async def _as_far_as_it_goes(self, name: str, work: Awaitable[T]) -> T | None:
        """Find something out; where the server fails, the rest is worth having all the same."""
        try:
            return await work
        except EndpointError as error:
            if name not in self._found:
                self._find(name, None, f"it failed: {error}")
            return None

    async def _drawn(self, n: int, *, seed: int = _SEED) -> RawAnswer:
        return await self._requests.ask(ANIMALS, n=n, tokens=DRAWN_TOKENS, seed=seed)

    async def _scored(self, ask: Callable[[], Awaitable[T]]) -> T:
        self._requests.made += 1
        return await ask()  # small questions are asked again by the transport itself

    @property
    def _known(self) -> ServerCapabilities:
        return self.server.capabilities

    def _find(self, name: str, holds: bool | None, saw: str) -> None:
        self._found[name] = Finding(holds, saw)


def _number(answer: RawAnswer) -> tuple[bool, str]:
    """Say whether one request gave two completions that are worth having."""
    if len(answer.texts) == 1:
        return False, "one request gave 1 of 2"
    if len(set(answer.texts.values())) == 1:
        return False, "one request gave 2, but twice the same, so each is asked for by itself"
    return True, "one request gave 2"


def _within(text: str) -> str:
    """Give a word in the middle of a text, of which nothing stands before; empty if there is none.

    Half a word would do as well, but not every server looks for stops within a token.
    """
    for word in text.split()[1:]:
        before = text[: text.find(word)]
        if before.strip() and text.find(word) == text.find(" " + word) + 1:
            return word
    return ""
