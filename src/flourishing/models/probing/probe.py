"""What is asked of a server to probe it, and what follows from the answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from flourishing.errors import (
    AnswerError,
    EndpointError,
    EngineError,
    InputError,
    ModelNotFoundError,
    ServerError,
)
from flourishing.models.cost import Budget, open_budget
from flourishing.models.endpoint import Endpoint, Server, ServerCapabilities
from flourishing.models.endpoint.concurrency import await_on_sync_loop
from flourishing.models.endpoint.refusals import RefusedError
from flourishing.models.endpoint.server import discover
from flourishing.models.endpoint.tokens import ask_next_token, ask_score
from flourishing.models.opening import open_endpoint
from flourishing.models.probe_results import CAPABILITIES, Finding, Nature, Probed, remember
from flourishing.models.probing.requests import (
    ANIMALS,
    DRAWN_TOKENS,
    NUMBERS,
    PROMPTS,
    SURE_TOKENS,
    TAMED_TOKENS,
    OneAtATimeError,
    RawAnswer,
    Requests,
    judge,
    most_cost,
)
from flourishing.models.protocol import BaseModel, Usage, Waiting
from flourishing.models.waiting import report_waits_to

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
    remember(found)
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
