"""The command line as a process would run it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def flourishing() -> Run:
    """Runs `flourishing` with these arguments, on the echo model unless they name another."""

    def run(
        *words: str, stdin: str | bytes = "", code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        done = subprocess.run(
            [sys.executable, "-m", "flourishing", *words], input=data, capture_output=True
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, f"exit {done.returncode}: {out}{err}"
        assert "Traceback" not in err
        return subprocess.CompletedProcess(words, done.returncode, out, err)

    return run
