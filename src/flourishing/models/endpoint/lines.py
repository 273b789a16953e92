"""Bytes of an answer to JSON objects, as they come and whatever is wrong with them.

Servers stream server-sent events or lines of JSON, some answer whole although they were asked to
stream, and the content type says little: so it is not asked. A character that was split over two
parts is joined; bytes that are no UTF-8 become the replacement character.
"""

from __future__ import annotations

import codecs
import json
from typing import Any, Final

from flourishing.errors import AnswerError
from flourishing.models.endpoint.refusals import said

_DONE: Final = "[DONE]"
_FIELDS: Final = (":", "event:", "id:", "retry:")
"""Lines of an event stream that say nothing to us; the first are comments that keep it open."""
_LONGEST: Final = 16 * 1024 * 1024
"""Characters of one object; more is no answer of a model."""


class Lines:
    """Takes an answer apart into JSON objects.

    Args:
        where: The address that answers, for the words of an error.

    Attributes:
        done: Whether the answer said that it is over.
    """

    def __init__(self, where: str) -> None:
        self.done = False
        self._where = where
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line: list[str] = []
        self._length = 0
        self._pending = ""
        self._begun = False

    def feed(self, part: bytes) -> list[dict[str, Any]]:
        """Take some bytes, and give the objects that they complete.

        Raises:
            AnswerError: This is no answer of a model server.
        """
        return self._take(self._decoder.decode(part))

    def close(self) -> list[dict[str, Any]]:
        """Take the end of the answer.

        Raises:
            AnswerError: It ended within an object.
        """
        found = self._take(self._decoder.decode(b"", final=True) + "\n")
        if self._pending.strip() and not self.done:
            raise self._no_json()
        return found

    def _take(self, text: str) -> list[dict[str, Any]]:
        if not self._begun and text.strip():
            self._begun = True
            if text.lstrip("\ufeff \r\n\t").startswith("<"):
                raise AnswerError(
                    f"{self._where} answered with {said(text.encode())} instead of text.",
                    hint="Check the address: it should be that of an API, and most end in /v1. A "
                    "proxy or a login page may also stand in between.",
                )
        *whole, rest = text.split("\n")
        found: list[dict[str, Any]] = []
        for end in whole:
            line = "".join((*self._line, end))
            self._line, self._length = [], 0
            found += self._read(line.strip("\r\ufeff"))
        self._line.append(rest)
        self._length += len(rest)
        if self._length + len(self._pending) > _LONGEST:
            raise self._no_json()
        return found

    def _read(self, line: str) -> list[dict[str, Any]]:
        if self.done or line.startswith(_FIELDS):
            return []
        if line.startswith("error:"):
            line = f'{{"error": {line.removeprefix("error:")}}}'
        is_event = line.startswith("data:")
        if is_event:
            line = line.removeprefix("data:").strip()
        if line.strip() == _DONE:
            self.done = True
            return []
        self._pending += line if not self._pending else "\n" + line
        if not self._pending.rstrip().endswith(("}", "]")):
            if (
                is_event
                and self._pending.strip()
                and not self._pending.lstrip().startswith(("{", "["))
            ):
                raise self._no_json()
            return []
        try:
            found = json.loads(self._pending)
        except ValueError:
            if is_event:
                raise self._no_json() from None
            return []
        except RecursionError:
            raise self._no_json() from None
        self._pending = ""
        objects = found if isinstance(found, list) else [found]
        if not all(isinstance(each, dict) for each in objects):
            raise self._no_json()
        return objects

    def _no_json(self) -> AnswerError:
        start = self._pending.strip() or "".join(self._line)
        return AnswerError(
            f"{self._where} sent what is no JSON: {said(start[:200].encode(errors='replace'))!r}.",
            hint="Try again; if it stays so, look at the server's log, or whether its version is "
            "known to be broken.",
        )
