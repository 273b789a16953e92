"""Loading a model where somebody may be watching: progress for people, silence for pipes."""

from __future__ import annotations

import sys

from flourishing import bridge
from flourishing.models import BaseModel, open_model


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
