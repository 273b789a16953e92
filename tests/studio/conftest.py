"""Studios to test with: the application in this process, and the real one in a process."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Protocol

import httpx2
import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from flourishing.studio.app import make_app
from flourishing.studio.guard import Door
from tests.garden.new import new_garden
from tests.models.server import Server
from tests.processes import PROCESSES
from tests.studio import imported

PORT = 8420
TOKEN = "a-token-that-all-tests-share"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For requests to this machine: to load the system's certificates takes longer than a request."""
Bed = dict[str, Any]


@pytest.fixture(autouse=True, scope="module")
def collected() -> Iterator[None]:
    """Free the applications of a module's tests, each of which takes more than a megabyte."""
    yield
    gc.collect()


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with Garden(new_garden(tmp_path / "garden.db")) as garden:
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


class Process(Protocol):
    """A process, as `subprocess.Popen` gives it."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def send_signal(self, sig: int, /) -> None: ...

    def wait(self, timeout: float | None = None) -> int: ...


@dataclass(slots=True)
class Studio:
    """The studio as a process of its own; it can be killed and started again."""

    folder: Path
    port: int
    model: str = "echo"
    files: int | None = None
    process: Process | None = None
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
        self.process = self._launch(command, environment, own_group=own_group)
        while True:
            assert self.process.poll() is None, self.said.read_text()
            try:
                self.ask("GET", "/no-such-page")
            except httpx2.TransportError:
                time.sleep(0.02)
            else:
                return

    def _launch(
        self, command: list[str], environment: dict[str, str], *, own_group: bool
    ) -> Process:
        with self.said.open("ab") as said:
            return subprocess.Popen(
                command, env=environment, stdout=said, stderr=said, start_new_session=own_group
            )

    def ask(self, method: str, path: str, **asked: Any) -> httpx2.Response:
        """Ask as a script does, which shows the token."""
        headers = {**BEARER, **asked.pop("headers", {})}
        asked = {"timeout": 60, **asked}  # a slow machine is no failure
        return httpx2.request(method, self.url + path, headers=headers, verify=NO_TLS, **asked)

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
        following = httpx2.stream(method, url, timeout=60, headers=headers, verify=NO_TLS, **asked)
        with following as answer:
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


@dataclass(slots=True)
class ForkedStudio(Studio):
    """A studio forked from a process that has imported it, which costs a tenth of a start.

    For tests that are not about how it starts, or what it makes where there is nothing yet.
    """

    def _launch(
        self, command: list[str], environment: dict[str, str], *, own_group: bool
    ) -> Process:
        assert command[:3] == [sys.executable, "-m", "flourishing"]
        if not self.garden.exists():
            new_garden(self.garden)
        process = PROCESSES.Process(
            target=imported.run, args=(command[3:], environment, str(self.said), own_group)
        )
        process.start()
        return _Forked(process)


@dataclass(frozen=True, slots=True)
class _Forked:
    """What `subprocess.Popen` gives, of a forked process."""

    process: ForkServerProcess

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def poll(self) -> int | None:
        return self.process.exitcode

    def send_signal(self, sig: int, /) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def wait(self, timeout: float | None = None) -> int:
        self.process.join(timeout)
        assert self.process.exitcode is not None
        return self.process.exitcode


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Give a running studio on the echo model."""
    studio = ForkedStudio(tmp_path, free_port())
    studio.start()
    yield studio
    studio.kill()


@pytest.fixture
def local_studio(tmp_path: Path) -> Iterator[Studio]:
    """Give a running studio on the embedded model."""
    studio = ForkedStudio(tmp_path, free_port(), model="local")
    studio.start()
    yield studio
    studio.kill()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
