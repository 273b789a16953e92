"""Where the workers start: an empty folder of their own, and the command that raises the wall."""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import sys
import tempfile
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from flourishing.programs import wall


@lru_cache(maxsize=1)
def folder() -> Path:
    """Give an empty folder, which this process removes at its end."""
    made = Path(tempfile.mkdtemp(prefix="flourishing-workers-"))
    inside = made / "empty"
    inside.mkdir()
    atexit.register(_remove, made, os.getpid())
    return inside


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=folder.cache_clear)


def _remove(path: Path, owner: int) -> None:
    if os.getpid() == owner:  # and not a process that was forked off it
        shutil.rmtree(path, ignore_errors=True)


def walled(target: str) -> str:
    """Give a program that runs another one behind the second wall.

    Args:
        target: The path of the program.

    Returns:
        The path of a script that takes the arguments of the program; on Windows, the program.
    """
    if os.name == "nt":
        return target
    found = find_spec("landlockpy")
    packages = Path(found.origin).parents[1] if found and found.origin else folder()
    command = [sys.executable, "-I", "-S", wall.__file__, str(packages), str(folder()), target]
    script = folder().with_name("worker.sh")
    script.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    script.chmod(0o700)
    return str(script)
