"""The base models that can be named without an address or a path.

A name that comes from a stored bed, from a file or from a page is used only if it is one of these:
whoever could name any address would choose where prompts and keys are sent, and whoever could name
any path would choose which file is opened. Addresses and paths come from the command line, from the
configuration and from Python alone.
"""

from __future__ import annotations

import re

from flourishing import settings
from flourishing.catalogue.pulled import pulled
from flourishing.errors import InputError
from flourishing.models.weights import EMBEDDED_NAME


def listed_models(default: str | None = None) -> list[str]:
    """List the models that can be chosen by name.

    Args:
        default: The model that this program was started with; None for none.

    Returns:
        The default first, then the embedded model, those that were pulled, those that the
        configuration describes, and the echo model; each once.

    Raises:
        InputError: The configuration is not what it should be.
    """
    names = [
        *([default] if default else []),
        settings.default_model(),
        "local",
        *(str(each.path) for each in pulled()),
        *settings.named_models(),
        "echo",
    ]
    return list(dict.fromkeys("local" if name == EMBEDDED_NAME else name for name in names))


def require_listed(name: str, default: str | None = None) -> str:
    """Give a name back if it is one of a listed model.

    Args:
        name: The name of a model, from a bed, a file or a page.
        default: The model that this program was started with; None for none.

    Raises:
        InputError: It is none, or the configuration is not what it should be.
    """
    name = "local" if name == EMBEDDED_NAME else name
    if name in {"local", "echo", default} or name in listed_models(default):
        return name
    raise InputError(
        f"{without_secret(name)[:200]!r} is not the name of a model that is listed here.",
        hint="Choose one of the list. Another address or path is given with --model when a command "
        'is started (as in "flourishing serve --model ..."), or an address is described in the '
        "configuration as [models.NAME].",
    )


def without_secret(name: str) -> str:
    """Leave out of an address what no address should hold, and what opening it refuses."""
    return re.sub(r"//[^/@]*@", "//…@", name)
