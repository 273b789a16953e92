"""What has to be settled before the rest of the package is imported, for the command line alone.

Importing the package takes some tenths of a second, in which Ctrl-C is not yet answered by the
command line. Nothing is lost then, so that one word says it all, and no traceback is shown.
"""

from __future__ import annotations

import sys
from types import TracebackType

_AS_MODULE = "-m"
"""What Python calls the program while it looks for the module that `python -m` names."""


def is_command() -> bool:
    """Say whether this process was started as the command `flourishing`."""
    program = sys.argv[0] if sys.argv else ""
    if program == _AS_MODULE:
        return "flourishing" in sys.orig_argv
    name = program.replace("\\", "/").rpartition("/")[2]
    return name.removesuffix(".exe").removesuffix("-script.pyw") == "flourishing"


def stop_quietly() -> None:
    """Print one word in place of a traceback where Ctrl-C ends this process."""
    show = sys.excepthook

    def show_unless_stopped(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            show(kind, error, trace)
        elif sys.stderr is not None:
            sys.stderr.write("Stopped.\n")

    sys.excepthook = show_unless_stopped


if is_command():
    stop_quietly()
