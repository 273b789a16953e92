"""A model in a process of its own which does what its prompt says, for the tests: `FOLDER`.

It keeps the interpreter to itself while it loads, as the engine does; with a file `late` in the
folder it waits until the file is gone. It says that it is loading by a file `loading`.
"""

# ruff: noqa: ARG002 - it heeds the prompt alone

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from flourishing import errors
from flourishing.core.sampling import Sampling
from flourishing.errors import FlourishingError, PromptTooLongError, RateLimitError
from flourishing.models import Event, Piece, Reading
from flourishing.models.echo import EchoModel
from flourishing.models.worker.child import serve

HOLD_FOR = 20_000
"""Microseconds for which the interpreter is held at a time."""


class SurpriseError(FlourishingError):
    """An error that the package does not have."""


def failure(kind: str) -> Exception:
    """Make an error of a kind, with everything that it can know."""
    if kind == "PromptTooLongError":
        return PromptTooLongError("Too long: “é”.", hint="Shorten it.", tokens=70, limit=60)
    if kind == "RateLimitError":
        return RateLimitError("Too often.", hint="Wait.", seconds=2.5)
    if kind == "ZeroDivisionError":
        return ZeroDivisionError("a fault of ours")
    if kind == "SurpriseError":
        return SurpriseError("A surprise.", hint="None.")
    known: type[FlourishingError] = getattr(errors, kind)
    return known("It failed.", hint="Do something.")


class Model(EchoModel):
    """Does what its prompt says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writing = 0
        self._let_go = 0

    async def load(self) -> None:
        if not (self._folder / "late").exists():
            return
        (self._folder / "loading").touch()
        while (self._folder / "late").exists():
            ctypes.PyDLL(None).usleep(HOLD_FOR)  # as the engine does, without letting go

    async def count_tokens(self, text: str) -> int:
        """Give what is asked for: how many write, or were let go of."""
        known = {"writing": self._writing, "let go": self._let_go}
        return known.get(text, len(text))

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: Sampling,
        stop: Sequence[str],
        seed: int,
        reproducible: bool = False,
    ) -> AsyncGenerator[Event]:
        what, _, rest = prompt.partition(" ")
        self._writing += 1
        try:
            if what == "environment":
                yield Piece(0, json.dumps(dict(os.environ)))
            elif what == "print":
                sys.stdout.write("printed by Python\n")
                sys.stdout.flush()
                os.write(1, b'{"call": 1, "ended": true}\nnot even a line')
                yield Piece(0, "after it")
            elif what == "fail":
                yield Piece(0, "before it")
                raise failure(rest)
            elif what == "read":
                yield Piece(0, str(len(sys.stdin.read())))
            while what == "forever":
                yield Piece(0, "on and ")
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self._let_go += 1
            raise
        finally:
            self._writing -= 1

    async def file_for(self, prompt: str) -> str:
        return f"file of {prompt}"

    async def prefill(self, prompt: str) -> AsyncGenerator[Reading]:
        for read in range(len(prompt) + 1):
            yield Reading(read, len(prompt))


if __name__ == "__main__":
    serve(Model(Path(sys.argv[1])))
