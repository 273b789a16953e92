"""Exactly n: one request for all where the server gives all, and single requests for the rest.

A request is made again only as long as no words of it came: a person has seen them. What failed
by chance waits with growing pauses (stamina); what was asked too often waits as long as the
server says, and tells so second by second. What came whole before a failure is told before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import stamina

from flourishing.errors import (
    AuthError,
    EndpointError,
    ModelNotFoundError,
    NoMoneyError,
    PromptTooLongError,
    RateLimitError,
    RedirectError,
    ServerError,
    UnreachableError,
)
from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.answer import Answer
from flourishing.models.endpoint.bodies import (
    Request,
    completion_body,
    fields_refused,
    most_n_allowed,
)
from flourishing.models.endpoint.learnt import Learnt
from flourishing.models.endpoint.listening import EmptyError, Listener
from flourishing.models.endpoint.refusals import RefusedError
from flourishing.models.endpoint.tokens import estimate
from flourishing.models.endpoint.wire import Wire
from flourishing.models.patience import MOST_WAITING, pause
from flourishing.models.protocol import Event, Notice, Piece, SeedIgnored, Usage
from flourishing.models.waiting import told_to, wait
from flourishing.settings import NamedModel

_ATTEMPTS: Final = 4
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 8.0


class _TooManyError(Exception):
    """The server gives fewer completions at once, as is now known."""


_HOPELESS: Final = (
    AuthError,
    ModelNotFoundError,
    NoMoneyError,
    PromptTooLongError,
    RedirectError,
    RefusedError,
    _TooManyError,
)
"""After these the other requests need not go on."""


@dataclass(slots=True, kw_only=True)
class Asking:
    """One call for n completions.

    Attributes:
        request: What is asked for.
        address: The server.
        model: How a person has described the model.
        learnt: What is known of the server; added to.
        wire: The way to it.
        slots: One for each request that may be under way at once.
    """

    request: Request
    address: Address
    model: NamedModel
    learnt: Learnt
    wire: Wire
    slots: asyncio.Semaphore
    _queue: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)
    _came: set[int] = field(default_factory=set)
    _usage: Usage = field(default_factory=Usage)
    _first: float | None = None
    _began: float = 0.0

    async def events(self) -> AsyncGenerator[Event]:
        """Ask, and give what comes; leaving stops every request."""
        self._began = _now()
        with told_to(self._queue.put_nowait):
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
            await self._each([[place] for place in self._missing()])
        finally:
            spent = Usage(first_token=self._first, seconds=_now() - self._began)
            self._queue.put_nowait(spent + self._usage)
            self._queue.put_nowait(None)

    def _missing(self) -> list[int]:
        return [place for place in range(self.request.n) if place not in self._came]

    async def _together(self) -> None:
        """Ask for as many at once as the server gives, until it is clear that it gives one."""
        while len(missing := self._missing()) > 1 and self.learnt.honours_n is not False:
            most = self.learnt.most_n or len(missing)
            if most == 1:
                return
            groups = [missing[at : at + most] for at in range(0, len(missing), most)]
            try:
                if self.learnt.program == "llamacpp":
                    # It writes no more side by side, and has read the prompt by the second time.
                    for group in groups:
                        await self._each([group])
                else:
                    await self._each(groups)
            except _TooManyError:
                continue
            gave = self.request.n - len(self._missing())
            self.learnt.honours_n = gave > len(groups) or not self._missing()
            return

    async def _each(self, groups: Sequence[Sequence[int]]) -> None:
        """Make several requests; what fails by chance does not keep the others from ending."""
        tasks = {asyncio.create_task(self._request(group)) for group in groups}
        failed: BaseException | None = None
        try:
            pending = tasks
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    error = task.exception()
                    if isinstance(error, _HOPELESS):
                        raise error
                    failed = failed or error
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
        if failed is not None:
            raise failed

    async def _request(self, places: Sequence[int]) -> None:
        waited, times = 0.0, 0
        while True:
            body = completion_body(
                self.request, places, address=self.address, model=self.model, learnt=self.learnt
            )
            try:
                async with self.slots:
                    return await self._tried(places, body)
            except RateLimitError as error:
                seconds = pause(error, times)
                waited, times = waited + seconds, times + 1
                if waited > MOST_WAITING:
                    raise
                await wait(seconds, f"{self.address.base} is busy, or was asked too often.")
            except RefusedError as error:
                self._adapt(error, places, body)

    async def _tried(self, places: Sequence[int], body: dict[str, Any]) -> None:
        answer = self._answer(places)

        def again(error: Exception) -> bool:
            by_chance = isinstance(error, UnreachableError | ServerError | EmptyError)
            return by_chance and not answer.heard

        async for attempt in stamina.retry_context(
            on=again,
            attempts=_ATTEMPTS,
            timeout=None,
            wait_initial=_FIRST_PAUSE,
            wait_max=_LONGEST_PAUSE,
            wait_jitter=_FIRST_PAUSE,
        ):
            with attempt:
                answer = self._answer(places)
                await self._once(answer, body)

    def _answer(self, places: Sequence[int]) -> Answer:
        return Answer(
            places=places,
            prompt=self.request.prompt,
            stops=(*self.request.stop, *self.wire.stops),
            max_tokens=self.request.sampling.max_tokens,
            seed=self.request.seed,
            learnt=self.learnt,
            estimate=estimate,
        )

    async def _once(self, answer: Answer, body: dict[str, Any]) -> None:
        """Make one request and tell what comes of it."""
        listener = Listener(
            address=self.address, wire=self.wire, times=self.model.timeouts, tell=self._tell
        )
        try:
            await listener.listen(answer, body)
        except EndpointError:
            if not answer.all_ended:
                raise
        finally:
            self._tell(answer.salvage())
            self._came |= answer.came
            self._add_up(answer)

    def _tell(self, events: Sequence[Event]) -> None:
        if self._first is None and any(isinstance(event, Piece) for event in events):
            self._first = _now() - self._began
        for event in events:
            self._queue.put_nowait(event)

    def _add_up(self, answer: Answer) -> None:
        if not answer.heard and not answer.came:
            return
        prompt, cached = 0, 0
        if answer.counts is not None:
            prompt, cached = answer.counts.prompt, answer.counts.cached
        if not prompt:
            known = self.request.tokens
            prompt = estimate(self.request.prompt) if known is None else len(known)
        self._usage += Usage(prompt, cached, answer.written)

    def _adapt(self, error: RefusedError, places: Sequence[int], body: dict[str, Any]) -> None:
        """Learn from a refusal how the same can be asked otherwise, or raise it."""
        if error.too_long:
            tokens = self.request.tokens
            raise PromptTooLongError(
                str(error),
                hint="Use fewer or shorter examples, or ask for shorter offspring; if the server "
                "takes more than is configured, set context.",
                tokens=estimate(self.request.prompt) if tokens is None else len(tokens),
                limit=self.model.context or self.learnt.context or 0,
            ) from None
        if len(places) > 1 and (most := most_n_allowed(error.words)) is not None:
            self.learnt.most_n = min(most, len(places) - 1)
            raise _TooManyError from None
        names = fields_refused(error.words, body)
        if not names:
            raise error
        for name in names:
            if name not in self.learnt.refuses:
                self.learnt.refuses.add(name)
                kind = SeedIgnored if name == "seed" else Notice
                words = f"The server does not take {name}; it was asked without it."
                self._queue.put_nowait(kind(words))


def _now() -> float:
    return asyncio.get_running_loop().time()
