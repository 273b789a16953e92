"""Bytes of an answer to JSON objects, as they come and whatever is wrong with them.

Servers stream server-sent events or lines of JSON, some answer whole although they were asked to
stream, and the content type says little: so it is not asked. A character that was split over two
parts is joined; bytes that are no UTF-8 become the replacement character.

Of events it is read what the standard allows and what servers make of it: lines may end in LF, CR
or both; an event may have several lines of data, and a line several objects, or the mark of the
end behind one; data that is no JSON, such as a comment, is not an answer but no harm either.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from typing import Any, Final

from flourishing.errors import AnswerError
from flourishing.models.endpoint.refusals import server_words

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
        done: Whether the answer said that it is over.
        is_half: Whether it ended within an object.
        words: What it said that is no JSON; empty for most.
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
