"""Exactly n: one request for all where the server gives all, and single requests for the rest.

A request is made again only as long as nobody has read words of it (`waiting.py`). What failed
by chance waits with growing pauses; after a rate limit, the call waits as long as the server says,
and reports so second by second. What came whole before a failure is reported before it, and what is
missing of an answer for several is asked for singly.

Where a request for several is refused, one is asked for alone, before any field is blamed for it:
servers refuse `n` in many words and with many statuses. What is found out is remembered
(`ServerCapabilities`); which field a single request is refused for is found in `refusals.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flourishing.errors import (
    AnswerError,
    AuthError,
    BusyError,
    EndpointError,
    FilteredError,
    ModelNotFoundError,
    NoMoneyError,
    PromptTooLongError,
    RateLimitError,
    RedirectError,
    ServerError,
    TooSlowError,
    UnreachableError,
)
from flourishing.models.endpoint.answer import Answer
from flourishing.models.endpoint.dialect import Request, completion_body
from flourishing.models.endpoint.refusals import (
    FieldElimination,
    RefusedError,
    most_n_allowed,
    refused_setting,
)
from flourishing.models.endpoint.response import EmptyError, ResponseReader
from flourishing.models.endpoint.server import Server, ServerCapabilities
from flourishing.models.endpoint.tokens import estimate
from flourishing.models.endpoint.transport import ConcurrencyLimit
from flourishing.models.protocol import Completion, Event, Notice, Piece, SeedIgnored, Usage
from flourishing.models.retry import RateLimitWaits, attempts
from flourishing.models.waiting import report_waits_to

_ESTIMATED: Final = (
    "The provider has not reported what {} of the answers took, as they were cut; their tokens are "
    "estimated, rather too high."
)


class _TogetherError(Exception):
    """A request for several completions was refused, for whatever reason."""

    def __init__(self, error: EndpointError | ModelNotFoundError) -> None:
        super().__init__(str(error))
        self.error = error


_HOPELESS: Final = (
    AuthError,
    ModelNotFoundError,
    NoMoneyError,
    PromptTooLongError,
    RedirectError,
    RefusedError,
    _TogetherError,
)
"""After these the other requests need not go on."""
_MAYBE_N: Final = (AnswerError, ModelNotFoundError, RefusedError, ServerError)
"""So a server may refuse to give several completions at once."""
_MIDWAY: Final = (AnswerError, FilteredError, ServerError, TooSlowError, UnreachableError)
"""So an answer may break off that had begun."""


@dataclass(slots=True, kw_only=True)
class CompletionCall:
    """One call for n completions.

    Attributes:
        request: What is asked for.
        server: The server; its capabilities are added to.
        limit: How many requests may be under way at once.
        unread: Whether nobody reads words before a completion is whole; they are not reported then.
    """

    request: Request
    server: Server
    limit: ConcurrencyLimit
    unread: bool = False
    _queue: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)
    _came: set[int] = field(default_factory=set)
    _begun: set[int] = field(default_factory=set)
    _blank: list[Completion] = field(default_factory=list)
    _broke: EndpointError | None = None
    _usage: Usage = field(default_factory=Usage)
    _first: float | None = None
    _began: float = 0.0
    _estimated: int = 0
    """Of how many answers a model that reasons was cut before it reported its tokens."""

    async def events(self) -> AsyncGenerator[Event]:
        """Ask, and give what comes; leaving stops every request."""
        self._began = _now()
        with report_waits_to(self._queue.put_nowait):
            work = asyncio.create_task(self._work())
        try:
            while (event := await self._queue.get()) is not None:
                yield event
            await work
        finally:
            work.cancel()
            await asyncio.wait([work])

    async def _work(self) -> None:
        try:
            await self._together()
            await self._each([[place] for place in self._open()])
            self._require_whole()
        finally:
            for blank in self._blank:
                self._queue.put_nowait(blank)
            if self._estimated:
                self._queue.put_nowait(Notice(_ESTIMATED.format(self._estimated)))
            spent = Usage(first_token=self._first, seconds=_now() - self._began)
            self._queue.put_nowait(spent + self._usage)
            self._queue.put_nowait(None)

    @property
    def _known(self) -> ServerCapabilities:
        return self.server.capabilities

    @property
    def _base(self) -> str:
        return self.server.address.base

    def _missing(self) -> list[int]:
        return [place for place in range(self.request.n) if place not in self._came]

    def _open(self) -> list[int]:
        """Give the places that may be asked for: no words of them came that somebody has read."""
        seen = set() if self.unread else self._begun
        return [place for place in self._missing() if place not in seen]

    def _require_whole(self) -> None:
        """Raise what broke an answer off, and refuse to call silence a number of texts."""
        if self._missing() and self._broke is not None:
            raise self._broke
        if len(self._blank) == self.request.n > 1:
            self._blank = []
            error = EmptyError(
                f"{self._base} gave {self.request.n} completions, all of them blank.",
                hint="The model sees the end in the prompt, or a stop is the first that it "
                "writes: change the end of the prompt, or the stops; or use another model.",
            )
            error.begun = True
            raise error

    async def _together(self) -> None:
        """Ask for as many at once as the server gives, until it is clear that it gives one."""
        while len(missing := self._open()) > 1 and (most := self._at_once(len(missing))) > 1:
            groups = [missing[at : at + most] for at in range(0, len(missing), most)]
            try:
                if self._known.dialect.shares_context:
                    # It writes no more side by side, and has read the prompt by the second time.
                    for group in groups:
                        await self._each([group])
                else:
                    await self._each(groups)
            except _TogetherError as refused:
                if not await self._alone(refused, most):
                    return
                continue
            self._learn_from(groups)
            return

    def _at_once(self, wanted: int) -> int:
        """Give how many completions one request may be for, as far as it is known."""
        greedy = self.request.sampling.temperature == 0
        if self._known.one_at_a_time(reproducible=self.request.reproducible, greedy=greedy):
            return 1
        return min(wanted, self._known.most_n or wanted)

    async def _alone(self, refused: _TogetherError, asked: int) -> bool:
        """Find out what was refused, by asking for one alone, and remember it.

        Returns:
            Whether to ask for several again.
        """
        error = refused.error
        allowed = most_n_allowed(error.words, error.param) if isinstance(error, RefusedError) else 0
        if allowed and 1 < allowed < asked:
            self._known.most_n = allowed
            return True
        before = len(self._known.refuses)
        await self._each([self._open()[:1]])
        if len(self._known.refuses) > before:
            return True  # a field was the trouble, and is left out from now on
        if self.request.sampling.temperature == 0:
            self._known.greedy_alone = True  # vLLM refuses n there, and only there
        else:
            self._known.honours_n, self._known.most_n = False, 1
        return False

    def _learn_from(self, groups: Sequence[Sequence[int]]) -> None:
        """Remember how many completions came for one request."""
        missing = set(self._missing())
        if not missing:
            self._known.honours_n = self._known.honours_n is not False
            return
        if self._broke is not None:
            self._known.broke_together += 1
            if self._known.broke_together > 1:
                self._known.honours_n = False
            return
        gave = min(sum(place not in missing for place in group) for group in groups)
        if gave > 1:
            self._known.most_n = gave
        else:
            self._known.honours_n = False

    async def _each(self, groups: Sequence[Sequence[int]]) -> None:
        """Make several requests; what fails by chance does not keep the others from ending."""
        tasks = {asyncio.create_task(self._request(group)) for group in groups}
        failed: Exception | None = None
        try:
            for done in asyncio.as_completed(tasks):
                try:
                    await done
                except _HOPELESS:
                    raise
                except Exception as error:  # noqa: BLE001 - raised once the others have ended
                    failed = failed or error
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
        if failed is not None:
            raise failed

    async def _request(self, places: Sequence[int]) -> None:
        waits, fields = RateLimitWaits(), FieldElimination(self._known)
        while True:
            body = completion_body(self.server, self.request, places, without=fields.without)
            allowed = self.limit.now
            try:
                async with self.limit as allowed:
                    await self._tried(places, body)
            except RateLimitError as error:
                self.limit.reduce(allowed)
                await waits.wait(error, self._why(error))
            except (EndpointError, ModelNotFoundError) as error:
                if self._is_partial(error, places):
                    return
                self._require_short(error)
                about_n = isinstance(error, _MAYBE_N) or most_n_allowed(str(error)) is not None
                if len(places) > 1 and about_n:
                    raise _TogetherError(error) from None
                if not isinstance(error, RefusedError):
                    raise
                sampling, base = self.request.sampling, self.server.address.base
                if (refusal := refused_setting(error, sampling, base)) is not None:
                    raise refusal from error
                if not fields.try_next(error, body):
                    raise
            else:
                self.limit.succeeded()
                self._report_left_out(fields.confirm())
                return

    def _is_partial(self, error: Exception, places: Sequence[int]) -> bool:
        """Whether some of several completions came before the answer broke off."""
        if len(places) == 1 or not isinstance(error, _MIDWAY):
            return False
        if not any(place in self._came or place in self._begun for place in places):
            return False
        self._broke = self._broke or error
        return True

    def _why(self, error: RateLimitError) -> str:
        if isinstance(error, BusyError):
            return str(error)
        return f"{self._base} is busy, or was asked too often."

    async def _tried(self, places: Sequence[int], body: dict[str, Any]) -> None:
        answer = self._answer(places)

        def again(error: Exception) -> bool:
            if isinstance(error, ServerError) and len(places) > 1 and most_n_allowed(str(error)):
                return False  # it says what is wrong, and will say it again
            by_chance = isinstance(
                error, UnreachableError | ServerError | EmptyError | FilteredError
            )
            return by_chance and (self._may_repeat(places) or not answer.pieces)

        async for attempt in attempts(on=again):
            with attempt:
                answer = self._answer(places)
                await self._once(answer, body)

    def _may_repeat(self, places: Sequence[int]) -> bool:
        """Whether an answer that had begun may be asked for again: a single one nobody reads."""
        return self.unread and len(places) == 1

    def _answer(self, places: Sequence[int]) -> Answer:
        return Answer(
            places=places,
            prompt=self.request.prompt,
            stops=(*self.request.stop, *self.server.transport.stops),
            max_tokens=self.request.sampling.max_tokens,
            seed=self.request.seed,
            capabilities=self._known,
            estimate=estimate,
            allowance=self._allowance,
        )

    async def _once(self, answer: Answer, body: dict[str, Any]) -> None:
        """Make one request and report what comes of it."""
        reader = ResponseReader(server=self.server, report=self._report)
        try:
            await reader.read(answer, body)
        except EndpointError as error:
            error.begun = bool(answer.pieces) and isinstance(error, _MIDWAY)
            if not answer.all_ended or answer.failure is not None:
                raise
        finally:
            self._report(answer.salvage())
            self._came |= answer.came
            self._begun |= answer.begun
            self._add_up(answer)

    def _report(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Piece):
                self._first = _now() - self._began if self._first is None else self._first
                if self.unread:
                    continue
            if isinstance(event, Completion) and not event.text:
                self._blank.append(event)  # reported at the end, unless all are
            else:
                self._queue.put_nowait(event)

    def _add_up(self, answer: Answer) -> None:
        if not answer.pieces and not answer.came:
            return
        prompt, cached, written = 0, 0, answer.written
        if answer.counts is not None:
            prompt, cached = answer.counts.prompt, answer.counts.cached
        elif not self._known.dialect.is_base:
            # It may have reasoned for as long as it was allowed to, and charges for it.
            self._estimated += 1
            written = max(written, estimate("".join(answer.received))) + self._allowance
        if not prompt:
            known = self.request.tokens
            read = estimate(self.request.prompt) if known is None else len(known)
            prompt = self._most(read).prompt
        self._usage += Usage(prompt, cached, written)

    def _most(self, read: int) -> Usage:
        """Give the most tokens of one completion."""
        max_tokens = self.request.sampling.max_tokens
        return self._known.dialect.most_usage(self.server.address.model, read, max_tokens)

    @property
    def _allowance(self) -> int:
        return self._most(0).completion - self.request.sampling.max_tokens

    def _require_short(self, error: Exception) -> None:
        """Raise a refusal that is about the length of the prompt, in the server's words."""
        if not isinstance(error, RefusedError) or not error.too_long:
            return
        tokens = self.request.tokens
        raise PromptTooLongError(
            str(error),
            hint="Use fewer or shorter examples, or ask for shorter offspring; if the server "
            "takes more than is configured, set context.",
            tokens=estimate(self.request.prompt) if tokens is None else len(tokens),
            limit=self.server.settings.context or self._known.context or 0,
        ) from None

    def _report_left_out(self, names: Sequence[str]) -> None:
        for name in names:
            if name in self._known.dialect.renamed:
                continue
            kind = SeedIgnored if name == "seed" else Notice
            words = f"The server does not take {name}; it was asked without it."
            self._queue.put_nowait(kind(words))


def _now() -> float:
    return asyncio.get_running_loop().time()
