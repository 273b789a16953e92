"""One request and its answer, read as it comes.

The time limits count words and not bytes: bytes that add no text, such as keep-alive comments, do
not extend them.
"""

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
from flourishing.models.endpoint.answer import Answer
from flourishing.models.endpoint.capabilities import Server
from flourishing.models.endpoint.dialect import Failure, unexpected_fields
from flourishing.models.endpoint.json_stream import JsonStream
from flourishing.models.endpoint.refusals import THEIR_TROUBLE, failure, server_words
from flourishing.models.protocol import Event, Notice
from flourishing.settings import Timeouts

_AFTERWARDS: Final = 2.0
"""Seconds for a server to say what it cost, and that it ends, once everything has come."""
_WROTE_ON: Final = "The server wrote on after the end of a completion; that was left out."


class EmptyError(AnswerError):
    """An answer that was well formed and held nothing."""

    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseReader:
    """Makes a request and reads the answer.

    Attributes:
        server: The server.
        report: Takes the events of the answer.
    """

    server: Server
    report: Callable[[Sequence[Event]], None]

    async def read(self, answer: Answer, body: dict[str, Any]) -> None:
        """Make a request, and report its events until the answer is complete.

        Args:
            answer: Takes what comes.
            body: The body of the request.

        Raises:
            EndpointError: It is refused, fails, breaks off, or says nothing for too long.
            ModelNotFoundError: The server has no such path or model.
        """
        with self.server.transport.hiding():
            await self._timed(answer, body)

    @property
    def _base(self) -> str:
        return self.server.address.base

    @property
    def _timeouts(self) -> Timeouts:
        return self.server.settings.timeouts

    async def _timed(self, answer: Answer, body: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._timeouts.first_token) as clock:
                await self._read(answer, body, clock)
        except TimeoutError:
            raise self._too_slow(answer) from None
        self.report(answer.close())
        if answer.wrote_on:
            self.report([Notice(_WROTE_ON)])
        if answer.failure is not None:
            raise self._no_completion(answer.failure)
        if len(answer.places) == 1 and not answer.came:
            raise EmptyError(
                f"{self._base} answered without a completion.",
                hint="Try again; if it stays so, the server does not do what it should.",
            )

    async def _read(self, answer: Answer, body: dict[str, Any], clock: asyncio.Timeout) -> None:
        server = self.server
        url, lines = (
            server.dialect.completions_url(server.address),
            JsonStream(self._base, server.hide),
        )
        aside: tuple[str, ...] = ()
        async with server.transport.post(url, body) as response:
            async for part in response.aiter_bytes():
                aside = self._take(lines.feed(part), answer, clock) or aside
                if answer.enough:
                    return
                if lines.done:  # what is left to read lets the connection be used again
                    self.report(answer.close())
            aside = self._take(lines.close(), answer, clock) or aside
            self._require_end(answer, lines, aside)

    def _require_end(self, answer: Answer, lines: JsonStream, aside: tuple[str, ...]) -> None:
        """Refuse an answer that ended too early, or that was none."""
        if answer.none_open or lines.done or (lines.is_whole and self.server.dialect.ends_whole):
            if aside and not answer.heard and not answer.none_open:
                raise unexpected_fields(aside)
            return
        if answer.heard or answer.counts or lines.is_half:
            raise UnreachableError(
                f"{self._base} ended its answer in the middle.",
                hint="Try again; look at the server's log.",
            )
        if aside:
            raise unexpected_fields(aside)
        if lines.words:
            words = server_words(lines.words.encode(), self.server.hide)
            raise AnswerError(
                f"{self._base} answered with what is no JSON: {words}.",
                hint="Try again; if it stays so, look at the server's log.",
            )

    def _take(
        self, found: list[dict[str, Any]], answer: Answer, clock: asyncio.Timeout
    ) -> tuple[str, ...]:
        """Take objects of the answer, and give the fields of one that was about something else."""
        read = self.server.dialect.read
        now = asyncio.get_running_loop().time()
        aside: tuple[str, ...] = ()
        for each in found:
            chunk, heard = read(each), answer.heard
            if chunk.error is not None:
                raise failure(
                    chunk.error,
                    where=self._base,
                    model=self.server.address.model,
                    hide=self.server.hide,
                )
            self.report(answer.read(chunk))
            if answer.all_ended:
                clock.reschedule(now + _AFTERWARDS)
            elif answer.heard > heard:
                clock.reschedule(now + self._timeouts.between_tokens)
            aside = aside or chunk.aside
        return aside

    def _no_completion(self, failure: Failure) -> EndpointError:
        """Make an error of a completion that failed, though the answer went on."""
        words = f"{self._base} gave no completion: {failure.words}."
        if failure.kind == "filtered":
            return FilteredError(
                words, hint="The server filters what its models write: try again, or use another."
            )
        if failure.kind == "empty":
            return EmptyError(
                words, hint="Try again; it may refuse such texts, or need more max_tokens to think."
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
                f"{self._base} fell silent for {self._timeouts.between_tokens:g} seconds in "
                "the middle of its answer.",
                hint="Try again, or raise timeouts.between_tokens in the configuration.",
            )
        return TooSlowError(
            f"{self._base} wrote nothing for {self._timeouts.first_token:g} seconds.",
            hint="It may be loading the model, or have many before you: try again, or raise "
            "timeouts.first_token in the configuration.",
        )
