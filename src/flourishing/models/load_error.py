"""Why llama.cpp cannot load a file, in its own words.

It says so on standard error and nowhere else, where it would mix with what is ours. So the file is
loaded once more in a process of its own: `python -m flourishing.models.load_error FILE`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

_SECONDS: Final = 120.0
_REASON: Final = re.compile(r"error loading model:\s*(.+)|llama_model_load: error[^:]*:\s*(.+)")
_ERROR: Final = re.compile(r"^[\d.]+ E (?:\w+ +)?\w+:\s*(.+)", re.MULTILINE)
_LONGEST: Final = 300
"""Characters that are shown."""


def load_error(weights: Path) -> str:
    """Give llama.cpp's own reason why it cannot load a file; empty where it has none.

    Args:
        weights: The file.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", __name__, str(weights)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    output = done.stderr.decode("utf-8", "replace")
    found = _REASON.search(output) or _ERROR.search(output)
    words = next(filter(None, found.groups()), "") if found else ""
    line = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    return line[:_LONGEST].rstrip(".")


def main() -> None:
    """Load a file, and let llama.cpp say what is wrong with it."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.verbosity = 1  # errors alone
    params.n_ctx = 512
    params.warmup = False
    params.ui = False
    try:
        xllamacpp.Server(params)
    except RuntimeError:
        sys.exit(1)


if __name__ == "__main__":
    main()
