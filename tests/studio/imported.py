"""What the process from which studios are forked has imported, and what a fork runs."""

from __future__ import annotations

import os
import sys

import uvicorn.lifespan.on
import uvicorn.loops.auto
import uvicorn.protocols.http.auto  # noqa: F401

from flourishing import cli
from flourishing.studio import app, serving  # noqa: F401 - imported when the command runs


def run(words: list[str], environment: dict[str, str], said: str, own_group: bool) -> None:
    """Run the program as `python -m flourishing` does.

    Args:
        words: The arguments of the command line.
        environment: The whole environment.
        said: The file to which its output is appended.
        own_group: Whether it leads a session of its own.
    """
    if own_group:
        os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(said, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = ["flourishing", *words]
    cli.main()
