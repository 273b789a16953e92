"""Using a model where somebody may be watching: progress, warnings, waits."""

from __future__ import annotations

import sys

from flourishing import sync
from flourishing.models import BaseModel, Notice, Waiting, open_model
from flourishing.models.waiting import print_plain, print_wait, report_waits_to


def tell_visibly(event: object) -> None:
    """Say on stderr what a person should know at once: a warning, or a wait for a server.

    Args:
        event: Any event of a model; others than notices and waits are ignored.
    """
    if isinstance(event, Waiting):
        print_wait(event)
    elif isinstance(event, Notice):
        print_plain(event.words)
    elif isinstance(event, str):
        print_plain(event)


def open_visibly(model: str | BaseModel | None) -> BaseModel:
    """Open a model, and load it with a spinner on stderr if that is a terminal.

    Args:
        model: The model by its name or itself; None for the configured one.

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

            with report_waits_to(tell):
                sync.run(opened.load())
    return opened
