"""Errors: the tree that is drawn is the tree that is, and each says what to do."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from flourishing import errors
from flourishing.errors import (
    BrokenOffError,
    BusyError,
    EngineError,
    FilteredError,
    FlourishingError,
    HubError,
    OverloadedError,
    PromptTooLongError,
    RateLimitError,
    ServerError,
    TooSlowError,
    UnreachableError,
)

CLASSES = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, FlourishingError)
]


def drawn() -> dict[str, str]:
    """Read the tree in the module's docstring: each class with the one that it stands under."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if entry := re.match(r"((?:[│ ]   )*(?:[├└]── )?)([A-Z]\w+Error)  ", line):
            depth = len(entry[1]) // 4
            path[depth:] = [entry[2]]
            parents[entry[2]] = path[depth - 1] if depth else "Exception"
    return parents


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    assert drawn() == {each.__name__: each.__bases__[0].__name__ for each in CLASSES}


@pytest.mark.parametrize("error", CLASSES)
def test_no_error_can_be_made_without_a_hint(error: type[FlourishingError]) -> None:
    more: dict[str, Any] = {"tokens": 2, "limit": 1} if error is PromptTooLongError else {}
    with pytest.raises(TypeError, match="hint"):
        error("It went wrong.", **more)
    made = error("It went wrong.", hint="Do this.", **more)
    assert (str(made), made.hint) == ("It went wrong.", "Do this.")


def test_what_fails_by_chance_may_be_asked_the_same_again() -> None:
    assert {each for each in CLASSES if each.retryable} == {
        BrokenOffError,
        BusyError,
        EngineError,
        FilteredError,
        HubError,
        OverloadedError,
        RateLimitError,
        ServerError,
        TooSlowError,
        UnreachableError,
    }


def test_every_error_says_in_its_docstring_when_it_is_raised() -> None:
    assert all(each.__doc__ for each in CLASSES)
