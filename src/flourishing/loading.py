"""Using a model where somebody may be watching: progress, warnings, waits."""

from __future__ import annotations

import sys

from flourishing import bridge
from flourishing.models import BaseModel, Notice, Waiting, open_model
from flourishing.models.waiting import print_plain as say
from flourishing.models.waiting import print_wait as say_wait
from flourishing.models.waiting import report_waits_to as told_to


def tell_visibly(event: object) -> None:
    """Say on stderr what a person should know at once: a warning, or a wait for a server."""
    if isinstance(event, Waiting):
        say_wait(event)
    elif isinstance(event, Notice):
        say(event.words)
    elif isinstance(event, str):
        say(event)


def open_visibly(model: str | BaseModel | None) -> BaseModel:
    """Open a model, and load it with a spinner on stderr if that is a terminal.

    Raises:
        ModelError: It cannot be found or loaded.
    """
    opened = open_model(model)
    if sys.stderr.isatty() and not opened.ready:
        # Here, since most imports of us never load a model.
        from rich.console import Console
        from rich.text import Text as Line

        loading = f"Loading the base model ({opened.name}) …"
        with Console(stderr=True).status(loading) as status:

            def tell(wait: Waiting) -> None:
                words = f"{wait.why} {wait.seconds:.0f} s …" if wait.seconds > 0 else loading
                status.update(Line(words))

            with told_to(tell):
                bridge.run(opened.load())
    return opened
