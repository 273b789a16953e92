"""The command line as a process would run it, as a terminal shows it, and without a process."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pexpect
import pytest
from click.testing import CliRunner

from flourishing.cli import app
from flourishing.errors import FlourishingError, InputError
from flourishing.settings import data_path
from tests.cli.forking import EACH, END, Forking
from tests.garden.new import new_garden

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PROMPT = r"(?:\x1b\[[0-9;]*m)*> "


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said."""

    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it wrote as JSON."""
        return json.loads(self.out)


Ask = Callable[..., Said]
Open = Callable[..., "pexpect.spawn[str]"]
Look = Callable[..., str]
LookAt = Callable[..., list[str]]
Refuse = Callable[..., str]


@pytest.fixture(autouse=True)
def own_garden(own_folders: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test an empty garden, and let none find that of the person at this computer."""
    monkeypatch.delenv("FLOURISHING_GARDEN", raising=False)
    new_garden(data_path() / "garden.db")


@pytest.fixture
def no_garden(own_garden: None) -> None:
    """Take the empty garden away, for a test of what is made where there is none."""
    shutil.rmtree(data_path())


@pytest.fixture
def flourishing(forking: Forking) -> Run:
    """Runs `flourishing` with these arguments, on the echo model unless they name another."""

    def run(
        *words: str | bytes,
        stdin: str | bytes = "",
        code: int = 0,
        forked: bool = True,
        **more: Any,
    ) -> subprocess.CompletedProcess[str]:
        program = forking.command if forked else [sys.executable, "-m", "flourishing"]
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        command = [*program, *words]
        done = subprocess.run(command, input=data, capture_output=True, **more)
        out, err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, f"exit {done.returncode}: {out}{err}"
        assert "Traceback" not in err
        return subprocess.CompletedProcess(words, done.returncode, out, err)

    return run


@pytest.fixture
def ask() -> Ask:
    """Runs a command that must go well within this process, which is quicker."""

    def run(*words: str | int, stdin: str = "") -> Said:
        result = CliRunner().invoke(
            app,
            [str(word) for word in words],
            input=stdin,
            standalone_mode=False,
            catch_exceptions=False,
        )
        assert result.exit_code == 0, result.output
        return Said(result.stdout, result.stderr)

    return run


@pytest.fixture
def refuse() -> Refuse:
    """Runs a command that must be refused, within this process; gives what is said of it.

    How `main` says it and which code it gives is tested with processes, once for each kind.
    """

    def run(*words: str | int, stdin: str | bytes = "", code: int = 2) -> str:
        result = CliRunner().invoke(
            app, [str(word) for word in words], input=stdin, standalone_mode=False
        )
        error = result.exception
        if isinstance(error, click.ClickException):
            assert error.exit_code == code
            return error.format_message()
        assert isinstance(error, FlourishingError), (error, result.output)
        assert error.hint
        assert isinstance(error, InputError) == (code == 2), error
        return f"{error}\n{error.hint}"

    return run


@pytest.fixture
def look_at(forking: Forking) -> LookAt:
    """Gives what commands show in a terminal, as it reaches that; one process for all of them."""

    def run(*commands: tuple[str | int | Path, ...]) -> list[str]:
        words = json.dumps([[str(word) for word in command] for command in commands])
        child: pexpect.spawn[str] = pexpect.spawn(
            forking.command[0],
            [*forking.command[1:], EACH, words],
            env={**os.environ, "NO_COLOR": "1", "TERM": "dumb"},
            encoding="utf-8",
            dimensions=(60, 200),
            timeout=200,
        )
        child.expect(pexpect.EOF)
        child.close()
        shown = (child.before or "").replace("\r\n", "\n")
        assert child.exitstatus == 0, shown
        return shown.split(f"{END}\n")[:-1]

    return run


@pytest.fixture
def look(look_at: LookAt) -> Look:
    """Gives what one command shows in a terminal."""

    def run(*words: str | int | Path) -> str:
        (shown,) = look_at(words)
        return shown

    return run


@pytest.fixture
def terminal(forking: Forking) -> Iterator[Open]:
    """Opens an interactive breeding in a terminal of its own."""
    opened: list[pexpect.spawn[str]] = []

    def start(
        *words: str, editor: str = "true", columns: int = 140, forked: bool = True
    ) -> pexpect.spawn[str]:
        command = forking.command if forked else [sys.executable, "-m", "flourishing"]
        its = {"EDITOR": editor, "VISUAL": editor, "NO_COLOR": "1", "TERM": "xterm"}
        session: pexpect.spawn[str] = pexpect.spawn(
            command[0],
            [*command[1:], "breed", "-i", *words],
            env={**os.environ, **its},
            encoding="utf-8",
            codec_errors="replace",
            dimensions=(60, columns),
            timeout=200,  # a slow machine is no failure
        )
        session.delaybeforesend = None
        opened.append(session)
        session.expect(r"type \? for help[^\n]*\n" + PROMPT)
        return session

    yield start
    for session in opened:
        if session.isalive():
            session.kill(signal.SIGKILL)
            session.wait()
        session.close()


def interrupt(session: pexpect.spawn[str], until: str | type[pexpect.EOF]) -> None:
    """Press Ctrl-C until something is seen, as a person would.

    Python misses a Ctrl-C that comes in the moment in which it begins to wait for a line.
    """
    for _ in range(20):
        session.sendintr()
        if session.expect([until, pexpect.TIMEOUT], timeout=10) == 0:
            return
    raise AssertionError(f"{until!r} was never seen after Ctrl-C")


def say(session: pexpect.spawn[str], line: str) -> str:
    """Type a line, and give what is shown until the next prompt."""
    session.sendline(line)
    session.expect(r"\n" + PROMPT)
    return plain(session.before or "")


def leave(session: pexpect.spawn[str]) -> str:
    """Leave a session, and give what it says at the end."""
    session.sendline("q")
    session.expect(pexpect.EOF)
    session.close()
    assert session.exitstatus == 0
    return plain(session.before or "")


def plain(shown: str) -> str:
    """Take the cursor movements of the live view out."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "")


def numbers(shown: str) -> list[str]:
    """Give the numbers of the texts that are shown, below each other or side by side.

    Those that the live view showed before stand first: on a slow machine it is drawn several times.
    """
    return re.findall(r"(?:^ {0,3}|(?<= {4}))(\d+)(?=  )", shown, re.MULTILINE)
