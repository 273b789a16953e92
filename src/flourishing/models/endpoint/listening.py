"""One request and its answer, timed by its words: bytes that say nothing do not count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flourishing.errors import (
    AnswerError,
    EndpointError,
    FilteredError,
    ServerError,
    TooSlowError,
    UnreachableError,
)
from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.answer import Answer
from flourishing.models.endpoint.chunks import Failure, read_ollama, read_openai, strange
from flourishing.models.endpoint.lines import Lines
from flourishing.models.endpoint.refusals import THEIR_TROUBLE, failure, said
from flourishing.models.endpoint.wire import Wire
from flourishing.models.protocol import Event, Notice
from flourishing.settings import Timeouts

_AFTERWARDS: Final = 2.0
"""Seconds for a server to say what it cost, and that it ends, once everything has come."""
_WROTE_ON: Final = "The server wrote on after the end of a completion; that was left out."


class EmptyError(AnswerError):
    """An answer that was well formed and held nothing."""

    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Makes a request and listens to the answer.

    Attributes:
        address: The server.
        wire: The way to it.
        times: How long it may keep us waiting.
        tell: Takes what is to be told.
    """

    address: Address
    wire: Wire
    times: Timeouts
    tell: Callable[[Sequence[Event]], None]

    async def listen(self, answer: Answer, body: dict[str, Any]) -> None:
        """Make a request, and tell what comes until its answer is whole.

        Raises:
            EndpointError: It is refused, fails, breaks off, or says nothing for too long.
            ModelNotFoundError: The server has no such path or model.
        """
        with self.wire.hiding():
            await self._listen(answer, body)

    async def _listen(self, answer: Answer, body: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(self.times.first_token) as clock:
                await self._read(answer, body, clock)
        except TimeoutError:
            raise self._too_slow(answer) from None
        self.tell(answer.close())
        if answer.wrote_on:
            self.tell([Notice(_WROTE_ON)])
        if answer.failure is not None:
            raise self._no_completion(answer.failure)
        if len(answer.places) == 1 and not answer.came:
            raise EmptyError(
                f"{self.address.base} answered without a completion.",
                hint="Try again; if it stays so, the server does not do what it should.",
            )

    async def _read(self, answer: Answer, body: dict[str, Any], clock: asyncio.Timeout) -> None:
        path = "/api/generate" if self.address.kind == "ollama" else "/completions"
        lines = Lines(self.address.base, self.wire.hide)
        aside: tuple[str, ...] = ()
        async with self.wire.post(self.address.base + path, body) as response:
            async for part in response.aiter_bytes():
                aside = self._take(lines.feed(part), answer, clock) or aside
                if answer.enough:
                    return
                if lines.done:  # what is left to read lets the connection be used again
                    self.tell(answer.close())
            aside = self._take(lines.close(), answer, clock) or aside
            self._require_end(answer, lines, aside)

    def _require_end(self, answer: Answer, lines: Lines, aside: tuple[str, ...]) -> None:
        """Refuse an answer that ended too early, or that was none."""
        if answer.none_open or lines.done or (lines.is_whole and self.address.kind == "openai"):
            if aside and not answer.heard and not answer.none_open:
                raise strange(aside)
            return
        if answer.heard or answer.counts or lines.is_half:
            raise UnreachableError(
                f"{self.address.base} ended its answer in the middle.",
                hint="Try again; look at the server's log.",
            )
        if aside:
            raise strange(aside)
        if lines.words:
            words = said(lines.words.encode(), self.wire.hide)
            raise AnswerError(
                f"{self.address.base} answered with what is no JSON: {words}.",
                hint="Try again; if it stays so, look at the server's log.",
            )

    def _take(
        self, found: list[dict[str, Any]], answer: Answer, clock: asyncio.Timeout
    ) -> tuple[str, ...]:
        """Take objects of the answer, and give the fields of one that was about something else."""
        read = read_ollama if self.address.kind == "ollama" else read_openai
        now = asyncio.get_running_loop().time()
        aside: tuple[str, ...] = ()
        for each in found:
            chunk, heard = read(each), answer.heard
            if chunk.error is not None:
                raise failure(
                    chunk.error,
                    where=self.address.base,
                    model=self.address.model,
                    hide=self.wire.hide,
                )
            self.tell(answer.read(chunk))
            if answer.all_ended:
                clock.reschedule(now + _AFTERWARDS)
            elif answer.heard > heard:
                clock.reschedule(now + self.times.between_tokens)
            aside = aside or chunk.aside
        return aside

    def _no_completion(self, failure: Failure) -> EndpointError:
        """Make an error of a completion that failed, though the answer went on."""
        words = f"{self.address.base} gave no completion: {failure.words}."
        if failure.kind == "filtered":
            return FilteredError(
                words, hint="The server filters what its models write: try again, or use another."
            )
        if failure.kind == "reasoned":
            return AnswerError(
                words,
                hint="This is a model that thinks before it speaks, and no base model: use "
                "another, or ask for more max_tokens.",
            )
        return ServerError(words, hint=THEIR_TROUBLE)

    def _too_slow(self, answer: Answer) -> TooSlowError:
        if answer.heard:
            return TooSlowError(
                f"{self.address.base} fell silent for {self.times.between_tokens:g} seconds in "
                "the middle of its answer.",
                hint="Try again, or raise timeouts.between_tokens in the configuration.",
            )
        return TooSlowError(
            f"{self.address.base} wrote nothing for {self.times.first_token:g} seconds.",
            hint="It may be loading the model, or have many before you: try again, or raise "
            "timeouts.first_token in the configuration.",
        )
