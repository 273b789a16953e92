"""One request and its answer, read as it comes: bytes to JSON objects, with time limits.

Servers stream server-sent events or lines of JSON, some answer whole although they were asked to
stream, and the content type says little: so it is not asked. A character that was split over two
parts is joined; bytes that are no UTF-8 become the replacement character. Of events it is read what
the standard allows and what servers make of it: lines may end in LF, CR or both; an event may have
several lines of data, and a line several objects, or the mark of the end behind one; data that is
no JSON, such as a comment, is not an answer but no harm either.

The time limits count words and not bytes: bytes that add no text, such as keep-alive comments, do
not extend them.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import re
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
from flourishing.models.endpoint.dialect import Failure, unexpected_fields
from flourishing.models.endpoint.refusals import THEIR_TROUBLE, failure, server_words
from flourishing.models.endpoint.server import Server
from flourishing.models.protocol import Event, Notice
from flourishing.settings import Timeouts

_DONE: Final = "[DONE]"
_DATA: Final = "data:"
_FIELDS: Final = (":", "event:", "id:", "retry:")
"""Lines of an event stream that say nothing to us; the first are comments that keep it open."""
_END: Final = re.compile(r"\r\n|\r|\n")
_BLANK: Final = "\ufeff \r\n\t"
_LONGEST: Final = 16 * 1024 * 1024
"""Characters of one object; more is no answer of a model."""
_SHOWN: Final = 2000
"""Characters that are looked at to show what was wrong."""
_DECODER: Final = json.JSONDecoder()


class JsonStream:
    """Takes an answer apart into JSON objects, part by part.

    Args:
        where: The address that answers, for the words of an error.
        hide: Gives words without the key, which a server may repeat.

    Attributes:
        done: Whether the end marker came.
        is_half: Whether it ended within an object.
        words: What it holds that is no JSON; empty for most.
    """

    def __init__(self, where: str, hide: Callable[[str], str] = str) -> None:
        self.done = False
        self.is_half = False
        self.words = ""
        self._where = where
        self._hide = hide
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line: list[str] = []
        self._length = 0
        self._pending = ""
        self._in_event = False
        self._streams = False
        self._found = 0
        self._begun = False
        self._after_cr = False

    @property
    def is_whole(self) -> bool:
        """Whether the answer is one object, and not a stream."""
        return self._found == 1 and not self._streams and not self.is_half

    def feed(self, part: bytes) -> list[dict[str, Any]]:
        """Take some bytes, and give the objects that they complete.

        Args:
            part: The bytes.

        Raises:
            AnswerError: This is no answer of a model server.
        """
        return self._take(self._decoder.decode(part))

    def close(self) -> list[dict[str, Any]]:
        """Take the end of the answer.

        Raises:
            AnswerError: This is no answer of a model server.
        """
        found = self._take(self._decoder.decode(b"", final=True) + "\n")
        if not self.done:
            self.is_half = _is_json(self._pending)
            if not self.is_half:
                self.words = self.words or self._pending.strip()
        return found

    def _take(self, text: str) -> list[dict[str, Any]]:
        if self._after_cr and text.startswith("\n"):
            text = text[1:]
        if text:
            self._after_cr = text.endswith("\r")
        if not self._begun and text.strip(_BLANK):
            self._begun = True
            if text.lstrip(_BLANK).startswith("<"):
                page = server_words(text.encode(), self._hide)
                raise AnswerError(
                    f"{self._where} answered with {page} instead of text.",
                    hint="Check the address: it should be that of an API, and most end in /v1. A "
                    "proxy or a login page may also stand in between.",
                )
        *whole, rest = _END.split(text)
        found: list[dict[str, Any]] = []
        for end in whole:
            line = "".join((*self._line, end))
            self._line, self._length = [], 0
            found += self._read(line.lstrip("\ufeff"))
        self._line.append(rest)
        self._length += len(rest)
        if self._length + len(self._pending) > _LONGEST:
            raise self._no_json()
        self._found += len(found)
        return found

    def _read(self, line: str) -> list[dict[str, Any]]:
        if self.done or line.startswith(_FIELDS):
            self._streams = self._streams or line.startswith(_FIELDS)
            return []
        if not line.strip():
            self._end_event()
            return []
        if line.startswith("error:"):
            line = f'{_DATA} {{"error": {line.removeprefix("error:")}}}'
        in_event = line.startswith(_DATA)
        if in_event:
            line = line.removeprefix(_DATA).strip()
            self._in_event = self._streams = True
        if in_event and not self._pending and not _is_json(line):
            self.words = self.words or line  # a comment, or that the server is still there
            return []
        self._pending += line if not self._pending else "\n" + line
        return self._objects() if self._pending.rstrip().endswith(("}", "]")) else []

    def _objects(self) -> list[dict[str, Any]]:
        """Give the objects that are pending, if the last of them is whole."""
        found: list[Any] = []
        rest = self._pending.strip()
        while rest and not self.done:
            if rest.startswith(_DONE):
                self.done = True
                break
            try:
                each, end = _DECODER.raw_decode(rest)
            except ValueError:
                return []  # the rest is still to come
            except RecursionError:
                raise self._no_json() from None
            found += each if isinstance(each, list) else [each]
            rest = rest[end:].lstrip().removeprefix(_DATA).lstrip()
        if not all(isinstance(each, dict) for each in found):
            raise self._no_json()
        self._pending = ""
        return found

    def _end_event(self) -> None:
        """Take the blank line after an event: what is not whole by now never will be."""
        if self._in_event and self._pending:
            raise self._no_json()
        self._in_event = False

    def _no_json(self) -> AnswerError:
        start = (self._pending.strip() or "".join(self._line))[:_SHOWN]
        words = self._hide(server_words(start.encode(errors="replace"), self._hide))[:200]
        return AnswerError(
            f"{self._where} sent what is no JSON: {words!r}.",
            hint="Try again; if it stays so, look at the server's log, or whether its version is "
            "known to be broken.",
        )


def _is_json(text: str) -> bool:
    return text.lstrip().startswith(("{", "["))


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
            if aside and not answer.pieces and not answer.none_open:
                raise unexpected_fields(aside)
            return
        if answer.pieces or answer.counts or lines.is_half:
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
            chunk, before = read(each), answer.pieces
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
            elif answer.pieces > before:
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
        if answer.pieces:
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
