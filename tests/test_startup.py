"""Ctrl-C while the package is still being imported: a word, and no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("no process is interrupted like this", allow_module_level=True)

INTERRUPTED = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
"""Stands for the moment at which a person presses Ctrl-C."""
COMMAND = Path(sys.executable).with_name("flourishing")


def run(folder: Path, imported: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command that is interrupted while it imports a module."""
    (folder / f"{imported}.py").write_text(INTERRUPTED)
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("imported", ["platformdirs", "click"])
@pytest.mark.parametrize("command", [[sys.executable, "-m", "flourishing"], [str(COMMAND)]])
def test_a_command_that_is_interrupted_while_it_is_imported_says_one_word(
    tmp_path: Path, imported: str, command: list[str]
) -> None:
    done = run(tmp_path, imported, *command, "library")
    assert (done.stdout, done.stderr) == ("", "Stopped.\n")
    assert done.returncode in {-signal.SIGINT, 128 + signal.SIGINT}


def test_another_program_that_imports_the_package_shows_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import flourishing\n")
    done = run(tmp_path, "platformdirs", sys.executable, str(tmp_path / "program.py"))
    assert "Traceback" in done.stderr
    assert "KeyboardInterrupt" in done.stderr
