"""From a call that makes a request to a call that gives what the request is for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar

from flourishing.notebook.requests import Shorthands

Call = TypeVar("Call", bound=Callable[..., Any])


def like(make: Callable[..., Any], call: Call, returns: object) -> Call:
    """Let a call look like the one whose arguments it takes.

    Args:
        make: The call that makes the request.
        call: The call that gives what the request is for.
        returns: What that is.

    Returns:
        The call, with the name, the docstring and the signature of the other; each shorthand of it
        is a parameter that a person sees.
    """
    update_wrapper(call, make)
    signature = inspect.signature(make)
    named = [
        each
        for each in signature.parameters.values()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    named += [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_words(kind)
        )
        for name, kind in Shorthands.__annotations__.items()
    ]
    shown: Any = call
    shown.__signature__ = signature.replace(parameters=named, return_annotation=returns)
    shown.__annotations__ = {**make.__annotations__, "return": returns}
    return call


def _words(kind: object) -> object:
    return getattr(kind, "__forward_arg__", kind)
