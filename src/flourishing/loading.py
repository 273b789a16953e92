"""Using a model where somebody may be watching: progress, warnings, waits."""

from __future__ import annotations

import sys

from flourishing import bridge
from flourishing.models import BaseModel, Notice, Waiting, open_model


def tell_visibly(event: object) -> None:
    """Say on stderr what a person should know at once: a warning, or a wait for a server."""
    if isinstance(event, Waiting):
        end = "\r" if sys.stderr.isatty() else "\n"
        print(_plain(f"{event.why} {event.seconds:.0f} s …"), end=end, file=sys.stderr, flush=True)
    elif isinstance(event, Notice):
        print(_plain(event.words), file=sys.stderr, flush=True)


def _plain(words: str) -> str:
    """Leave out what could move a terminal's cursor: a server may have had a hand in the words."""
    return "".join(each if each.isprintable() else " " for each in words)


def open_visibly(model: str | BaseModel | None) -> BaseModel:
    """Open a model, and load it with a spinner on stderr if that is a terminal.

    Raises:
        ModelError: It cannot be found or loaded.
    """
    opened = open_model(model)
    if sys.stderr.isatty() and not opened.ready:
        from rich.console import Console  # here, since most imports of us never load a model

        with Console(stderr=True).status(f"Loading the base model ({opened.name}) …"):
            bridge.run(opened.load())
    return opened
