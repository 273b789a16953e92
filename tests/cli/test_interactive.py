"""The interactive loop in a real terminal: typed at, looked at, interrupted."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

PROMPT = r"(?:\x1b\[[0-9;]*m)*> "
Open = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Open]:
    """Opens an interactive breeding in a terminal of its own."""
    opened: list[pexpect.spawn[str]] = []

    def start(*words: str, editor: str = "true") -> pexpect.spawn[str]:
        import os

        session: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            ["-m", "flourishing", "breed", "-i", "--keep-in", str(tmp_path / "kept.txt"), *words],
            env={
                **os.environ,
                "EDITOR": editor,
                "VISUAL": editor,
                "NO_COLOR": "1",
                "TERM": "xterm",
            },
            encoding="utf-8",
            dimensions=(60, 100),
            timeout=200,  # a slow machine is no failure
        )
        opened.append(session)
        session.expect("Press Enter to breed")
        session.expect(PROMPT)
        return session

    yield start
    for session in opened:
        session.close(force=True)


def say(session: pexpect.spawn[str], line: str) -> str:
    """Type a line, and give what is shown until the next prompt."""
    session.sendline(line)
    session.expect(r"\n" + PROMPT)
    return plain(session.before or "")


def plain(shown: str) -> str:
    """Take the cursor movements of the live view out."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "")


def offspring(shown: str) -> list[str]:
    """Give the numbers of the offspring that are shown."""
    return re.findall(r"^ {1,3}(\d+)  ", shown, re.MULTILINE)


def test_the_loop_of_the_post(terminal: Open, tmp_path: Path) -> None:
    session = terminal("cat", "elephant", "rabbit", "-n", "3", "--seed", "4", "--model", "echo")
    shown = say(session, "")
    for number in "123":
        assert number in offspring(shown)
    assert "Parents, worst first (5)" in say(session, "1 2")
    assert "Kept. 1 so far." in say(session, "k3")
    assert (tmp_path / "kept.txt").read_text().count("---\n") >= 2
    assert "Parents, worst first (4)" in say(session, "x1")
    assert "Parents, worst first (5)" in say(session, "u")
    assert "Parents, worst first (4)" in say(session, "r")
    dropped = say(session, "d2")
    assert "2" not in offspring(dropped)
    assert "The next brood: 2 offspring, each beginning “e”." in say(session, "n 2") + say(
        session, "s e"
    )
    assert "tokens]" in say(session, "prompt")
    assert set(offspring(say(session, ""))) >= {"1", "2"}
    assert "breed from the parents" in say(session, "?")
    session.sendline("q")
    session.expect(pexpect.EOF)
    assert str(tmp_path / "kept.txt") in plain(session.before or "").replace("\n", "")


def test_an_edit_in_the_persons_editor_is_kept(terminal: Open, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "by hand\\n" > "$1"\n')
    editor.chmod(0o755)
    session = terminal(
        "cat", "elephant", "-n", "2", "--seed", "1", "--model", "echo", editor=str(editor)
    )
    say(session, "")
    assert "edited, kept" in say(session, "e1")
    assert "by hand\n---\n" in (tmp_path / "kept.txt").read_text()
    assert "by hand" in say(session, "1")


def test_an_editor_that_changes_nothing_changes_nothing(terminal: Open, tmp_path: Path) -> None:
    session = terminal("cat", "elephant", "-n", "2", "--seed", "1", "--model", "echo")
    say(session, "")
    assert "stays as it is" in say(session, "e1")
    assert not (tmp_path / "kept.txt").exists()


@pytest.mark.parametrize(
    "line", ["9", "e9", "x9", "zz", "n many", "t hot", "n 0", "n 9999", "t -1"]
)
def test_a_mistake_is_said_and_the_loop_goes_on(terminal: Open, line: str) -> None:
    session = terminal("cat", "elephant", "--model", "echo")
    assert say(session, line)
    assert "Parents, worst first (2)" in say(session, "p")


def test_ctrl_c_at_the_prompt_leaves_and_loses_nothing(terminal: Open, tmp_path: Path) -> None:
    session = terminal("cat", "elephant", "-n", "2", "--seed", "1", "--model", "echo")
    say(session, "")
    say(session, "k1 2")
    session.sendintr()
    session.expect(pexpect.EOF)
    session.wait()
    assert session.exitstatus == 0
    assert (tmp_path / "kept.txt").read_text().count("---\n") == 2
    assert "Traceback" not in plain(session.before or "")


@pytest.mark.engine
def test_ctrl_c_in_the_middle_of_a_brood_keeps_what_came_whole(
    terminal: Open, tmp_path: Path
) -> None:
    session = terminal("-n", "100", "--model", "local")
    session.sendline("")
    session.expect("12  [^ ]")  # the second wave is being written, so some of the first are whole
    session.sendintr()
    session.expect("Enough. What came whole:")
    session.expect(r"\n" + PROMPT)
    assert offspring(plain(session.before or ""))
    say(session, "k1")
    assert (tmp_path / "kept.txt").read_text().endswith("---\n")
    session.sendline("")
    session.expect("so far")
    session.sendintr()
    session.expect("Enough.")
    session.sendline("q")
    session.expect(pexpect.EOF)
