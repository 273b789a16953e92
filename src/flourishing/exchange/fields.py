"""Fields of foreign JSON: what is needed is required, and what is extra is ignored if it is wrong.

Messages name places and kinds, never values: a value may be somebody's key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NoReturn, TypeAlias

from flourishing.errors import InputError

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
