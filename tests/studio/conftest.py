"""Studios to test with: the application in this process, and the real one in a process."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from flourishing.studio.app import make_app
from flourishing.studio.guard import Door
from tests.models.server import Server

PORT = 8420
TOKEN = "a-token-that-all-tests-share"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
Bed = dict[str, Any]


@pytest.fixture(autouse=True, scope="module")
def collected() -> Iterator[None]:
    """Free the applications of a module's tests, each of which takes more than a megabyte."""
    yield
    gc.collect()


@pytest.fixture
def garden(tmp_path: Path, empty_garden: Path) -> Iterator[Garden]:
    with Garden(shutil.copy(empty_garden, tmp_path / "garden.db")) as garden:
        yield garden


@pytest.fixture
def client(garden: Garden) -> Iterator[TestClient]:
    """Give the application on the echo model, as a page on this machine reaches it."""
    app = make_app(garden, door=Door("127.0.0.1", PORT, token=TOKEN), model="echo")
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers=BEARER) as client:
        yield client


@pytest.fixture
def bed(client: TestClient) -> Bed:
    """Give a bed of three short parents."""
    begun = client.post(
        "/api/beds", json={"name": "sea", "parents": ["a gull", "the tide", "salt"]}
    )
    assert begun.status_code == 201, begun.text
    told: Bed = begun.json()
    return told


@pytest.fixture(scope="session")
def talkers() -> Generator[Server]:
    """Give servers of models that misbehave, or take their time."""
    server = Server().start()
    yield server
    server.close()


@dataclass(slots=True)
class Told:
    """One server-sent event."""

    event: str
    id: int
    data: Any


@dataclass(slots=True)
class Studio:
    """The studio as a process of its own; it can be killed and started again."""

    folder: Path
    port: int
    model: str = "echo"
    files: int | None = None
    process: subprocess.Popen[bytes] | None = None
    said: Path = field(init=False)

    def __post_init__(self) -> None:
        self.said = self.folder / "said.txt"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def garden(self) -> Path:
        return self.folder / "data" / "garden.db"

    def start(self, *more: str, own_group: bool = False) -> None:
        command = [sys.executable, "-m", "flourishing", "serve", "--no-browser", *more]
        command += ["--port", str(self.port), "--model", self.model]
        environment = {
            **os.environ,
            "FLOURISHING_DATA": str(self.folder / "data"),
            "FLOURISHING_CONFIG": str(self.folder / "config.toml"),
            "FLOURISHING_TOKEN": TOKEN,
        }
        if self.files is not None:  # the most files that it may have open
            command = ["sh", "-c", f'ulimit -n {self.files}; exec "$@"', "sh", *command]
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                command, env=environment, stdout=said, stderr=said, start_new_session=own_group
            )
        while True:
            assert self.process.poll() is None, self.said.read_text()
            try:
                self.ask("GET", "/openapi.json")
            except httpx2.TransportError:
                time.sleep(0.05)
            else:
                return

    def ask(self, method: str, path: str, **asked: Any) -> httpx2.Response:
        """Ask as a script does, which shows the token."""
        headers = {**BEARER, **asked.pop("headers", {})}
        return httpx2.request(method, self.url + path, headers=headers, **asked)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self._end(signal.SIGINT)

    def hang_up(self) -> None:
        """End it as closing its terminal does."""
        self._end(signal.SIGHUP)

    def terminate(self) -> None:
        """End it as a system that shuts down does."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
            self.process = None

    def follow(
        self, method: str, path: str, *, until: Callable[[Told], bool] | None = None, **asked: Any
    ) -> list[Told]:
        """Follow server-sent events to their end, or until one has come."""
        told: list[Told] = []
        headers = {**BEARER, **asked.pop("headers", {})}
        url = self.url + path
        with httpx2.stream(method, url, timeout=60, headers=headers, **asked) as answer:
            assert answer.status_code == 200, answer.read()
            event, id, data = "message", 0, ""
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "id":
                    id = int(value)
                elif name == "data":
                    data = value
                elif not line and data:
                    told.append(Told(event, id, json.loads(data)))
                    data = ""
                    if until is not None and until(told[-1]):
                        break
        return told


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Give a running studio on the echo model."""
    studio = Studio(tmp_path, free_port())
    studio.start()
    yield studio
    studio.kill()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
