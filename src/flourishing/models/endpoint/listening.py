"""One request and its answer, timed by its words: bytes that say nothing do not count."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flourishing.errors import AnswerError, ServerError, TooSlowError, UnreachableError
from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.answer import Answer
from flourishing.models.endpoint.chunks import read_ollama, read_openai
from flourishing.models.endpoint.lines import Lines
from flourishing.models.endpoint.refusals import refusal, said
from flourishing.models.endpoint.wire import Wire
from flourishing.models.protocol import Event
from flourishing.settings import Timeouts

_AFTERWARDS: Final = 2.0
"""Seconds for a server to say what it cost, and that it ends, once everything has come."""
_LOWEST: Final = 400
"""The lowest number that a server's error has, if it has one."""


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
        try:
            async with asyncio.timeout(self.times.first_token) as clock:
                await self._read(answer, body, clock)
        except TimeoutError:
            raise self._too_slow(answer) from None
        self.tell(answer.close())
        if len(answer.places) == 1 and not answer.came:
            raise EmptyError(
                f"{self.address.base} answered without a completion.",
                hint="Try again; if it stays so, the server does not do what it should.",
            )

    async def _read(self, answer: Answer, body: dict[str, Any], clock: asyncio.Timeout) -> None:
        path = "/api/generate" if self.address.kind == "ollama" else "/completions"
        lines = Lines(self.address.base)
        async with self.wire.post(self.address.base + path, body) as response:
            async for part in response.aiter_bytes():
                self._take(lines.feed(part), answer, clock)
                if answer.enough:
                    return
                if lines.done:  # what is left to read lets the connection be used again
                    self.tell(answer.close())
        self._take(lines.close(), answer, clock)
        if not (answer.all_ended or lines.done) and (answer.heard or answer.counts):
            raise UnreachableError(
                f"{self.address.base} ended its answer in the middle.",
                hint="Try again; look at the server's log.",
            )

    def _take(self, found: list[dict[str, Any]], answer: Answer, clock: asyncio.Timeout) -> None:
        read = read_ollama if self.address.kind == "ollama" else read_openai
        now = asyncio.get_running_loop().time()
        for each in found:
            chunk, heard = read(each), answer.heard
            if chunk.error is not None:
                raise self._failed(chunk.error)
            self.tell(answer.read(chunk))
            if answer.all_ended:
                clock.reschedule(now + _AFTERWARDS)
            elif answer.heard > heard:
                clock.reschedule(now + self.times.between_tokens)

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

    def _failed(self, told: Any) -> Exception:
        """Make an error of what a server said within its answer."""
        error = told.get("error") if isinstance(told, dict) else None
        code = error.get("code") if isinstance(error, dict) else None
        words = self.wire.hide(json.dumps(told)).encode()
        if isinstance(code, int) and code >= _LOWEST:
            return refusal(code, words, {}, where=self.address.base, model=self.address.model)
        return ServerError(
            f"{self.address.base} broke off: {said(words)}.",
            hint="The trouble is on its side: try again later, or use another model.",
        )
