"""JSON of any depth, within a bound of memory, and its values checked one by one.

The standard library's reader recurses, and ends at about a thousand levels; a loom of one node for
each token is deeper. What is too deep for it is read here, slower, with a stack of its own. A
bracket of one byte becomes a list of some seventy: what a document becomes is bounded before it is
read, by its signs.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from json import JSONDecodeError, JSONDecoder
from typing import Final, NoReturn, TypeAlias

from flourishing.errors import InputError

MOST_DEPTH: Final = 400_000
"""The most objects and lists inside of each other; a loom has two for each node of a path."""
MOST_CONTAINERS: Final = 5_000_000
"""The most objects and lists of one document."""
MOST_VALUES: Final = 20_000_000
"""The most values of one document, with about a hundred bytes each once they are read."""
_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_DECODER: Final = JSONDecoder()


def parse_json(words: str) -> object:
    """Read a JSON document.

    Args:
        words: The text of the document.

    Raises:
        ValueError: It is none; a `JSONDecodeError` where the place is known.
        InputError: It has too many values, or is too deep.
    """
    require_room(words)
    try:
        return json.loads(words)
    except RecursionError:
        return _Reader(words).document()


def require_room(words: str) -> None:
    """Refuse JSON that would become enormous once it is read.

    Args:
        words: One document, or one in each line.

    Raises:
        InputError: It has too many values.
    """
    # Signs inside of texts count too: the bounds leave room for them.
    containers = words.count("[") + words.count("{")
    if containers > MOST_CONTAINERS or containers + words.count(",") > MOST_VALUES:
        raise InputError(
            f"This JSON has too many values: the most that is read is {MOST_CONTAINERS:,} objects "
            f"and lists, and {MOST_VALUES:,} values in all.",
            hint="Split the file, or export less from the tool that wrote it.",
        )


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
            self._open({})
            self._name()
            return False, None
        if sign == "[":
            self.at += 1
            if self._peek() == "]":
                self.at += 1
                return True, []
            self._open([])
            return False, None
        return True, self._leaf()

    def _open(self, container: dict[str, object] | list[object]) -> None:
        self.open.append(container)
        if len(self.open) > MOST_DEPTH:
            raise InputError(
                f"This JSON is too deep: the most that is read is {MOST_DEPTH:,} objects and lists "
                "inside of each other.",
                hint="Export less from the tool that wrote it, or a shorter path.",
            )

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


Object: TypeAlias = dict[str, object]

_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}


def as_object(value: object, what: str) -> Object:
    """Give a value that must be an object.

    Args:
        value: The value.
        what: What it is, for the message: "the root".

    Raises:
        InputError: It is something else.
    """
    return value if isinstance(value, dict) else _refuse(value, what, "an object")


def as_list(value: object, what: str) -> list[object]:
    """Give a value that must be a list, or may be missing.

    Args:
        value: The value from the file; None counts as missing.
        what: The name of the value in the error message.

    Raises:
        InputError: It is something else.
    """
    if value is None:
        return []
    return value if isinstance(value, list) else _refuse(value, what, "a list")


def as_text(value: object, what: str) -> str:
    """Give a value that must be a text, or may be missing.

    Args:
        value: The value from the file; None counts as missing.
        what: The name of the value in the error message.

    Raises:
        InputError: It is something else.
    """
    if value is None:
        return ""
    return value if isinstance(value, str) else _refuse(value, what, "a text")


def as_id(value: object) -> str | None:
    """Give the id that a value is, whether the file has it as a text or as a whole number.

    Args:
        value: The value from the file.
    """
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def maybe_object(value: object) -> Object:
    """Give an object, or an empty one for anything else.

    Args:
        value: The value from the file.
    """
    return value if isinstance(value, dict) else {}


def maybe_list(value: object) -> list[object]:
    """Give a list, or an empty one for anything else.

    Args:
        value: The value from the file.
    """
    return value if isinstance(value, list) else []


def maybe_text(value: object) -> str:
    """Give a text, or an empty one for anything else.

    Args:
        value: The value from the file.
    """
    return value if isinstance(value, str) else ""


def at_milliseconds(value: object) -> datetime | None:
    """Give the moment that a number of milliseconds since 1970 is, in UTC.

    Args:
        value: The value from the file; None is returned for anything but a number in the range of
            dates.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def at_iso(value: object) -> datetime | None:
    """Give the moment that an ISO 8601 text is, in UTC; without a zone it is read as UTC.

    Args:
        value: The value from the file; None is returned for anything but a valid time.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _refuse(value: object, what: str, wanted: str) -> NoReturn:
    found = _KINDS.get(type(value), "something else")
    raise InputError(
        f"In this file, {what} is {found} where {wanted} belongs.",
        hint="The file is damaged, or from a version that is not known; try a fresh export.",
    )
