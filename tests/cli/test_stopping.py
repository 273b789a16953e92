"""What came whole is kept: on a signal, where the model fails, where it cannot be saved."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pexpect
import pytest

from flourishing import settings
from flourishing.garden import Garden, open_garden
from tests.cli.conftest import PROMPT, Ask, Open, say
from tests.marks import first_cases, slow_cases
from tests.models.server import Server

pytestmark = pytest.mark.process

if sys.platform == "win32":
    pytest.skip("there are no such signals", allow_module_level=True)

BREED = ("breed", "cat", "dog", "-n", "2", "--model", "far")
REFINE = ("refine", "a dove", "-n", "2", "--model", "far")


@pytest.fixture(scope="module")
def server() -> Generator[Server]:
    server = Server().start()
    yield server
    server.close()


def configure(server: Server, behaviour: str) -> None:
    path = settings.config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    table = f'[models.far]\nendpoint = "{server.base(behaviour)}"\nmodel = "babble"\n'
    path.write_text(table, encoding="utf-8")


def stopped(server: Server, words: tuple[str, ...], number: int) -> tuple[int, str, str]:
    """Stop a command once its first offspring came; give its exit code and what it said."""
    configure(server, "stalls")
    for wait in (0.2, 1, 5, 20):
        asked = len(server.completions("stalls"))
        process = subprocess.Popen(
            [sys.executable, "-m", "flourishing", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while len(server.completions("stalls")) == asked:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        time.sleep(wait)  # nobody says that the first one came; on a slow machine it takes longer
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in err
        if "a wolf" in out:
            break
    return process.returncode, out, err


@pytest.mark.parametrize("words", [BREED, pytest.param(REFINE, marks=pytest.mark.slow)])
@pytest.mark.parametrize("number", [signal.SIGINT, *slow_cases([signal.SIGTERM, signal.SIGHUP])])
def test_what_came_whole_is_saved_and_said(
    server: Server, words: tuple[str, ...], number: signal.Signals
) -> None:
    code, out, err = stopped(server, words, number)
    assert code == 128 + number
    assert "a wolf" in out
    assert "You stopped it after 1 of 2" in err
    with open_garden() as garden:
        (brood,) = garden.broods()
        assert [each.content for each in brood] == ["a wolf"]
        assert brood.asked == 2
        assert garden.verify() == []


@pytest.mark.slow
def test_what_came_whole_is_saved_where_the_model_fails(server: Server) -> None:
    configure(server, "drops")
    done = subprocess.run(
        [sys.executable, "-m", "flourishing", *BREED, "--refills", "0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    with open_garden() as garden:
        (brood,) = garden.broods()
        assert "a wolf" in [each.content for each in brood]
    assert "a wolf" in done.stdout


@pytest.mark.slow
def test_in_a_session_what_came_is_saved_where_the_model_fails(
    server: Server, terminal: Open
) -> None:
    configure(server, "drops")
    session = terminal("cat", "dog", "--model", "far", "-n", "2", "--bed", "sea")
    assert "a wolf" in say(session, "")
    with open_garden() as garden:
        (brood,) = garden.broods()
        assert "a wolf" in [each.content for each in brood]


def test_a_session_saves_what_came_when_it_is_told_to_end(server: Server, terminal: Open) -> None:
    configure(server, "stalls")
    session = terminal("cat", "dog", "--model", "far", "-n", "2", "--bed", "sea")
    session.sendline("")
    session.expect("1 of 2 so far")
    session.kill(signal.SIGTERM)
    session.expect("Stopped|flourishing breed -i --bed sea|" + PROMPT)
    with open_garden() as garden:
        for _ in range(1_000):
            if garden.broods():
                break
            time.sleep(0.05)
        assert [each.content for each in garden.broods()[0]] == ["a wolf"]


def test_a_closed_terminal_saves_what_came(server: Server, terminal: Open) -> None:
    configure(server, "stalls")
    session = terminal("cat", "dog", "--model", "far", "-n", "2", "--bed", "sea")
    session.sendline("")
    session.expect("1 of 2 so far")
    with suppress(pexpect.ExceptionPexpect):  # it does not wait until the process has ended
        session.close(force=False)  # hangs up, as a window that is closed does
    with open_garden() as garden:
        for _ in range(1_000):
            if garden.broods():
                break
            time.sleep(0.05)
        assert [each.content for each in garden.broods()[0]] == ["a wolf"]


MORE_THAN_A_PIPE_HOLDS = "\n" * 1_000_000


def test_what_cannot_be_saved_is_in_a_file_that_can_be_imported(ask: Ask, tmp_path: Path) -> None:
    """The garden is removed once it is open, while its parents are read."""
    place = tmp_path / "garden" / "garden.db"
    ask("garden", "add", "fog", "--garden", str(place))
    held = Garden(place)
    try:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "flourishing", "breed", "--from", "-", "-n", "3"),
                *("--pattern", "poems", "--model", "echo", "--garden", str(place)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        assert process.stdin is not None
        process.stdin.write(MORE_THAN_A_PIPE_HOLDS)  # which ends once it reads
        place.unlink()
        parents = "a gull over the harbour\n---\nthe tide\n---\nsalt on the window\n"
        out, err = process.communicate(parents, timeout=120)
    finally:
        held.close()
    assert process.returncode == 1
    assert "was removed or moved" in err
    (rescued,) = place.parent.glob("*.unsaved-*.jsonl")
    assert str(rescued) in err
    lines = [json.loads(line) for line in rescued.read_text(encoding="utf-8").splitlines()]
    wanted = [line["content"] for line in lines if line["origin"]["author"] == "model"]
    assert len(wanted) == 3
    assert all(each.split("\n")[0] in out for each in wanted)
    ask("garden", "import", str(rescued), "--garden", str(place))
    with open_garden(place) as garden:
        assert {*wanted} <= {text.content for text in garden.search.page()}
        assert all(
            text.origin.model == "echo" for text in garden.search.page() if text.content in wanted
        )


LOST = """
import signal, sys, time
from flourishing.cli.terminal import stop_on_signals

class Garbage:
    def __del__(self):
        signal.raise_signal(int(sys.argv[1]))

stop_on_signals()
Garbage()
time.sleep(100)
"""


@pytest.mark.parametrize("number", first_cases(1, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]))
def test_a_signal_that_comes_while_garbage_is_collected_is_not_lost(number: int) -> None:
    command = [sys.executable, "-c", LOST, str(int(number))]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr.rstrip().endswith(("KeyboardInterrupt", "Terminated"))
    assert ended.returncode != 0
