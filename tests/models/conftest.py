"""The servers that endpoints are tested on; no key and no proxy of this computer is used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
import stamina

from flourishing import settings
from flourishing.models.worker import WorkerModel
from tests.models.server import Server

KEY = "sk-planted-7f3a9c51"
"""The key that must never be seen."""


@pytest.fixture(scope="session", autouse=True)
def own_keys() -> Generator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("FLOURISHING_API_KEY", raising=False)
        environment.setenv("PLANTED_KEY", KEY)
        yield


@pytest.fixture(autouse=True)
def no_pauses() -> Generator[None]:
    """Try again at once, and not for ever."""
    stamina.set_testing(True, attempts=3)
    yield
    stamina.set_testing(False)


@pytest.fixture(scope="session")
def server() -> Generator[Server]:
    server = Server().start()
    yield server
    server.close()


@dataclass(frozen=True, slots=True)
class Listening:
    """llama.cpp's own server, in a process of its own; its key is the planted one."""

    base: str


@pytest.fixture(scope="session")
def worker() -> Generator[WorkerModel]:
    """Give the embedded model in a process of its own."""
    model = WorkerModel.packaged(settings.cache_path())
    yield model
    model.close()


@pytest.fixture(scope="session")
def llama_server(local_weights: Path) -> Generator[Listening]:
    """Start llama.cpp's real server on the packaged model."""
    script = Path(__file__).with_name("llama_server.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(local_weights), KEY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        yield Listening(process.stdout.readline().strip() + "/v1")
        process.stdin.close()
        process.wait(30)
