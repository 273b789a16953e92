"""JSON of any depth.

The standard library's reader recurses, and ends at about a thousand levels; a loom of one node
for each token is deeper. What is too deep for it is read here, slower, with a stack of its own.
"""

from __future__ import annotations

import json
import re
from json import JSONDecodeError, JSONDecoder
from typing import Final

_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_DECODER: Final = JSONDecoder()


def parse_json(words: str) -> object:
    """Read a JSON document of any depth.

    Raises:
        ValueError: It is none; a `JSONDecodeError` where the place is known.
    """
    try:
        return json.loads(words)
    except RecursionError:
        return _Reader(words).document()


class _Reader:
    """Reads one document; `open` holds the objects and lists that are not closed yet."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.at = 0
        self.open: list[dict[str, object] | list[object]] = []
        self.names: list[str] = []

    def document(self) -> object:
        done, value = self._begin()
        while self.open:
            if done:
                done, value = self._next(value)
            else:
                done, value = self._begin()
        if self._peek():
            raise self._error("Extra data")
        return value

    def _begin(self) -> tuple[bool, object]:
        """Read a value from its beginning; an object or list is only opened, unless empty."""
        sign = self._peek()
        if sign == "{":
            self.at += 1
            if self._peek() == "}":
                self.at += 1
                return True, {}
            self.open.append({})
            self._name()
            return False, None
        if sign == "[":
            self.at += 1
            if self._peek() == "]":
                self.at += 1
                return True, []
            self.open.append([])
            return False, None
        return True, self._leaf()

    def _next(self, value: object) -> tuple[bool, object]:
        """Put a whole value where it belongs, and go on to the next or close."""
        inside = self.open[-1]
        if isinstance(inside, dict):
            inside[self.names.pop()] = value
        else:
            inside.append(value)
        sign = self._peek()
        self.at += 1
        if sign == ",":
            if isinstance(inside, dict):
                self._name()
            return False, None
        if sign != ("}" if isinstance(inside, dict) else "]"):
            self.at -= 1
            raise self._error("Expecting ',' delimiter")
        return True, self.open.pop()

    def _name(self) -> None:
        if self._peek() != '"':
            raise self._error("Expecting property name enclosed in double quotes")
        self.names.append(str(self._leaf()))
        if self._peek() != ":":
            raise self._error("Expecting ':' delimiter")
        self.at += 1

    def _leaf(self) -> object:
        """Read what holds nothing else: a string, a number, true, false or null."""
        value: object
        value, self.at = _DECODER.raw_decode(self.words, self.at)
        return value

    def _peek(self) -> str:
        """Skip blanks, and give the character after them; "" at the end."""
        blanks = _BLANKS.match(self.words, self.at)
        self.at = blanks.end() if blanks else self.at
        return self.words[self.at : self.at + 1]

    def _error(self, message: str) -> JSONDecodeError:
        return JSONDecodeError(message, self.words, self.at)
