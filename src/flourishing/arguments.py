"""What callers hand over: numbers of whatever library, and texts, checked where they enter.

A seed or a temperature often comes out of numpy or pandas, whose numbers are no `int` and no
`float`; whatever says of itself that it is a number (`__index__`, `__float__`) is one here, and
becomes Python's own. A truth value is none: `n=True` is a mistake.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import TypeVar

from flourishing.errors import InputError

T = TypeVar("T")


def as_whole(value: object, name: str) -> int:
    """Take a whole number.

    Args:
        value: What was given.
        name: What the argument is called.

    Raises:
        InputError: It is no whole number.
    """
    if not _is_truth(value):
        try:
            return operator.index(value)  # type: ignore[arg-type]  # what has none is refused
        except TypeError:
            pass
    raise InputError(
        f"{name} cannot be {_shown(value)}, which is no whole number.",
        hint=f"Give {name} as a whole number, such as 8.",
    )


def as_number(value: object, name: str) -> int | float:
    """Take a finite number; one of Python's own stays as it is.

    Args:
        value: What was given.
        name: What the argument is called.

    Raises:
        InputError: It is no number, or infinite, or not a number (NaN).
    """
    number: int | float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = value if type(value) in {int, float} else float(value)
    elif not _is_truth(value) and hasattr(value, "__float__"):
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = None
    if number is not None and (isinstance(number, int) or math.isfinite(number)):
        return number
    raise InputError(
        f"{name} cannot be {_shown(value)}.", hint=f"Give {name} as a number, such as 0.9."
    )


def as_words(value: object, name: str) -> str:
    """Take a single text.

    Args:
        value: What was given.
        name: What it is called.

    Raises:
        InputError: It is no string.
    """
    if isinstance(value, str):
        return value
    raise InputError(
        f"{name} cannot be {_shown(value)}, which is no text.", hint="Give it as a string."
    )


def as_instance(value: object, its: type[T], name: str, *, hint: str) -> T:
    """Take a value of one class.

    Args:
        value: What was given.
        its: The class.
        name: What it is called.
        hint: Where a value of that class comes from.

    Raises:
        InputError: It is of another class.
    """
    if isinstance(value, its):
        return value
    raise InputError(f"{name} cannot be {_shown(value)}, which is no {its.__name__}.", hint=hint)


def as_list(value: Iterable[T], name: str) -> list[T]:
    """Take the items of a list, a tuple, a generator, or whatever else can be gone through once.

    Args:
        value: What was given.
        name: What it is called.

    Raises:
        InputError: It is a single text, or nothing that has items.
    """
    if isinstance(value, str | bytes):
        raise InputError(
            f"{name} cannot be the single text {_shown(value)}.",
            hint="Give a list of texts, such as [text], even where it is only one.",
        )
    try:
        return list(value)
    except TypeError as error:
        raise InputError(
            f"{name} cannot be {_shown(value)}, which is no list.",
            hint="Give a list, such as [first, second].",
        ) from error


def require_names(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """Refuse a name that is none of those that there are.

    Args:
        given: The names.
        known: Those that there are.
        what: What they name, such as "setting".

    Raises:
        InputError: One of them is unknown; the hint names the one that is most like it.
    """
    names = list(known)
    for name in given:
        if name not in names:
            from difflib import get_close_matches  # here, since most names are right

            close = get_close_matches(str(name), names, n=1)
            meant = f"Did you mean {close[0]!r}? " if close else ""
            raise InputError(
                f"There is no {what} {str(name)[:40]!r}.",
                hint=f"{meant}There are: {', '.join(names)}.",
            )


def _is_truth(value: object) -> bool:
    # numpy's truth values are no bool, and have `__index__` or `__float__` in some versions.
    return isinstance(value, bool) or type(value).__name__ in {"bool", "bool_"}


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:60] + "…"
