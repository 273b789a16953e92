"""A hub on the loopback interface, with a real tiny model in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from tests.models.catalogue.server import Hub, running_hub
from tests.models.catalogue.tiny import write_tiny_model

NAME = "hf:someone/tiny-GGUF/tiny.Q8_0.gguf"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give the bytes of a real model."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    write_tiny_model(path)
    return path.read_bytes()


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    """Try again at once."""
    stamina.set_testing(True, attempts=4, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
def hub(tiny: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Run a hub with one repository, and a cache of the test's own."""
    monkeypatch.setenv("FLOURISHING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with running_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        running.files["someone/tiny-GGUF/tiny.Q8_0.gguf"] = tiny
        running.files["someone/tiny-GGUF/README.md"] = b"# tiny"
        yield running
