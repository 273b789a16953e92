"""However a command ends, it ends in words: no traceback, whatever it is given to read or write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.marks import slow_cases

pytestmark = pytest.mark.process

COMMAND = [sys.executable, "-m", "flourishing"]
ECHO = {"FLOURISHING_MODEL": "echo"}
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="its devices are others")


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["bash", "-c", line, "bash", *COMMAND],
        env={**os.environ, **ECHO, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    assert "Exception ignored" not in done.stderr
    return done


@POSIX
@pytest.mark.parametrize(
    "words",
    [
        *slow_cases(["library", "--help", "complete 'a b c' -n 2", "complete --help"]),
        "patterns",
        *slow_cases(["--version"]),
    ],
)
def test_a_full_disk_is_said_in_words(words: str) -> None:
    done = shell(f'"$@" {words} > /dev/full')
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Make room" in done.stderr


@pytest.mark.slow
@POSIX
def test_where_nobody_can_be_told_nobody_is() -> None:
    for line in ('"$@" nothing 2> /dev/full', '"$@" nothing 2>&-', '"$@" library >&-'):
        shell(line)


@POSIX
@pytest.mark.parametrize("words", [*slow_cases(["library", "library show imagists"]), "patterns"])
def test_who_reads_enough_may_stop(words: str) -> None:
    done = shell(f'"$@" {words} | head -1; exit "${{PIPESTATUS[0]}}"')
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1


@pytest.mark.slow
@POSIX
@pytest.mark.parametrize("device", [*slow_cases(["/dev/zero"]), "/dev/full"])
def test_what_never_ends_is_not_read_to_its_end(device: str) -> None:
    for words in (f"breed --from {device}", f"complete - < {device}"):
        done = shell(f'"$@" {words}')
        assert done.returncode == 2
        assert "pipe or a device" in done.stderr or "More than" in done.stderr
    for variable in ("FLOURISHING_CONFIG", "FLOURISHING_GARDEN"):
        assert shell('"$@" garden list', **{variable: device}).returncode in {1, 2}


@pytest.mark.parametrize(
    "words", ["breed --from", *slow_cases(["complete --model", "garden list --garden"])]
)
def test_a_name_that_no_file_can_have_is_said_in_words(words: str) -> None:
    assert shell(f'"$@" {words} {"a" * 5_000}').returncode in {1, 2}


@POSIX
def test_without_a_home_it_still_says_what_it_does(tmp_path: Path) -> None:
    done = shell('cd "$PLACE" && env -u HOME "$@" library', PLACE=str(tmp_path))
    assert done.returncode == 0


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do all")
def test_a_folder_that_may_not_be_read_is_said_in_words(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    for variable in ("FLOURISHING_DATA", "FLOURISHING_CONFIG", "FLOURISHING_CACHE"):
        shell('"$@" library', **{variable: str(closed / "x")})
        shell('"$@" garden list', **{variable: str(closed / "x")})
