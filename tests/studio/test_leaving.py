"""The studio is asked to end while pages look on: it saves, says nothing, and ends well."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from flourishing.garden import Garden
from tests.marks import first_cases, slow_cases
from tests.models.server import Server
from tests.studio.conftest import BEARER, Studio, free_port

pytestmark = pytest.mark.process

SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="its signals are others")


@pytest.fixture
def slow(tmp_path: Path, talkers: Server) -> Iterator[Studio]:
    """Give a running studio whose model takes its time."""
    studio = Studio(tmp_path, free_port(), model=f"{talkers.base('slow')}#m")
    studio.start()
    yield studio
    studio.kill()


def end(studio: Studio, *signals: str) -> None:
    assert studio.process is not None
    for name in signals:
        studio.process.send_signal(getattr(signal, name))
        time.sleep(0.05)
    assert studio.process.wait(timeout=60) == 0
    assert studio.said.read_text().count("\n") == 1, studio.said.read_text()  # where it is


@POSIX
@pytest.mark.parametrize("name", first_cases(1, SIGNALS))
def test_it_ends_quietly_while_tabs_look_on(studio: Studio, name: str) -> None:
    bed = studio.ask("POST", "/api/beds", json={"parents": ["a gull"]}).json()["id"]
    url = f"{studio.url}/api/beds/{bed}/events"
    with httpx2.Client(headers=BEARER, timeout=60) as client:
        streams = [client.stream("GET", url) for _ in range(3)]
        answers = [each.__enter__() for each in streams]
        lines = [answer.iter_lines() for answer in answers]
        assert [next(each) for each in lines] == ["event: changed"] * 3
        end(studio, name)
        for rest in lines:
            list(rest)  # it ends as an answer does, and is not broken off
        for stream in streams:
            stream.__exit__(None, None, None)


@POSIX
@pytest.mark.parametrize(
    "signals",
    [*slow_cases([["SIGINT"], ["SIGINT", "SIGINT"]]), ["SIGTERM"], *slow_cases([["SIGHUP"]])],
)
def test_what_came_of_a_brood_is_saved_first(slow: Studio, signals: list[str]) -> None:
    asked = {"parents": ["a gull", "the tide"], "n": 20, "pattern": "poems"}
    bed = slow.ask("POST", "/api/beds", json={"parents": asked["parents"]}).json()["id"]
    slow.follow(
        "POST",
        "/api/broods",
        json={"bed": bed, "n": 20},
        until=lambda told: told.event in {"offspring", "flawed"},
    )
    end(slow, *signals)
    with Garden(slow.garden) as garden:
        (brood,) = garden.broods(garden.beds.get(bed))
        assert 1 <= len(brood) < 20


@pytest.mark.slow
@POSIX
@pytest.mark.parametrize("name", [SIGNALS[0], *slow_cases(SIGNALS[1:])])
def test_it_ends_quietly_while_it_begins(tmp_path: Path, name: str) -> None:
    environment = {**os.environ, "FLOURISHING_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "flourishing", "serve", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            assert process.stderr.readline()  # where it will be; it does not answer yet
            process.send_signal(getattr(signal, name))
            assert process.stderr.read() == ""
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()


LOST = """
import signal, sys
from flourishing.cli.terminal import stop_on_signals
from flourishing.garden import Garden
from flourishing.studio.serving import serve

class Garbage:
    def __del__(self):
        signal.raise_signal(signal.SIGHUP)

stop_on_signals()
with Garden(sys.argv[1]) as garden:
    serve(garden, port=0, browser=False, say=lambda _: Garbage() and None)
"""


@pytest.mark.slow
@POSIX
def test_it_ends_where_the_signal_comes_while_garbage_is_collected(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOST, str(tmp_path / "garden.sqlite")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.slow
@POSIX
def test_it_ends_quietly_while_a_model_loads(tmp_path: Path) -> None:
    """Ctrl-C goes to the process of the model, too."""
    studio = Studio(tmp_path, free_port(), model="local")
    studio.start(own_group=True)
    try:
        studio.ask("POST", "/api/models/load", params={"name": "local"})
        assert studio.process is not None
        os.killpg(studio.process.pid, signal.SIGINT)
        assert studio.process.wait(timeout=60) == 0
        assert studio.said.read_text().count("\n") == 1, studio.said.read_text()
    finally:
        studio.kill()
