"""What all tests share: folders of their own, the embedded model, and a model that misbehaves."""

# ruff: noqa: ARG002 - the scripted model has the whole protocol, and heeds little of it

from __future__ import annotations

import gc
import os
import re
import signal
import tempfile
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from flourishing import settings as configuration
from flourishing import sync
from flourishing.core.sampling import Sampling
from flourishing.models import (
    BaseModel,
    Completion,
    Event,
    Piece,
    Reading,
    Score,
    TokenLogprob,
    Usage,
    open_model,
)
from flourishing.models.embedded import EmbeddedModel
from flourishing.models.packaged import PackagedModel
from flourishing.models.protocol import Finish
from flourishing.models.weights import embedded_weights
from tests.cli.forking import Forking
from tests.models.catalogue.tiny import write_tiny_model

# A slow machine is no failure, and a failing example is printed: nothing need be kept on disk.
settings.register_profile("full", deadline=None, database=None)
settings.register_profile("quick", settings.get_profile("full"), max_examples=15)
settings.load_profile("quick")  # `--hypothesis-profile=full` chooses the other

MARKED_BY_FIXTURE = {
    "browser": {"chromium"},
    "engine": {"worker", "local", "llama_server", "local_studio"},
    "postgres": {"database"},
    "process": {"worker", "flourishing", "full_studio", "look_at", "studio", "terminal"},
}
"""The marks of a test that follow from the fixtures that it uses."""


def pytest_configure() -> None:
    """Prepare what the processes that run tests, and those that tests start, inherit.

    Ctrl-C and the end of the terminal stop them: a shell that runs the tests in the background
    makes them ignore the one, and `nohup` the other. On Linux they give memory back that they no
    longer use (mallopt(3)), which takes a fifth off what one holds at its most.
    """
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", "131072")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test away from what the person at this computer has set and made."""
    monkeypatch.setenv("FLOURISHING_CONFIG", str(tmp_path / "configuration" / "config.toml"))
    monkeypatch.setenv("FLOURISHING_DATA", str(tmp_path / "data"))
    # Also how wide a terminal is, which those who run tests side by side say of their own.
    for name in ("FLOURISHING_MODEL", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def local() -> BaseModel:
    """Give the embedded model, loaded once for all tests."""
    model = open_model("local")
    sync.run(model.load())
    return model


@pytest.fixture(scope="session")
def english(local: BaseModel) -> EmbeddedModel:
    """Give the model that continues English prompts, loaded."""
    assert isinstance(local, PackagedModel)
    return local.english


@pytest.fixture(scope="session")
def local_weights() -> Path:
    """Give the file of the packaged model, with its whole vocabulary."""
    return embedded_weights(configuration.cache_path())


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a real model of a hundred kilobytes, where it does not matter what it writes."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    write_tiny_model(path)
    return path


@pytest.fixture(scope="session")
def forking() -> Iterator[Forking]:
    """Give what runs a command in a fork, which costs a fifth of a start."""
    with tempfile.TemporaryDirectory(prefix="flourishing-") as folder:
        forking = Forking(Path(folder))
        yield forking
        forking.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they use."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        for mark, needs in MARKED_BY_FIXTURE.items():
            if fixtures & needs:
                item.add_marker(mark)
        parameters = getattr(item, "callspec", None)
        if parameters is not None and parameters.params.get("place") == "postgresql":
            item.add_marker("postgres")
    items.sort(key=lambda item: _turn(str(item.path)))


@cache
def _turn(path: str) -> int:
    """Give which files come first: those of the engine, which one worker has; those that wait."""
    waits = {"browser": 1, "studio": 1, "cli": 2, "evolution": 2}
    if uses_engine(path):
        return 0
    return min((waits.get(part, 3) for part in Path(path).parts), default=3)


def pytest_collection() -> None:
    """Keep Python from looking through what is collected, which takes a sixth of the time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave what was collected and imported out of every later look for garbage."""
    gc.enable()
    gc.freeze()


@cache
def uses_engine(path: str) -> bool:
    """Say whether tests of a file load the engine into the process that runs them."""
    if {"cli", "studio"} & set(Path(path).parts):  # they start the program as a process
        return False
    words = Path(path).read_text(encoding="utf-8")
    return re.search(r"\blocal: BaseModel|mark\.engine", words) is not None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give the files that use the engine to one worker, so that one alone holds the model.

    By their words, since who hands out the tests knows no marks; groups of pytest-xdist 3.8 are
    lost on pytest 9.2. Files are handed out in the order in which they were collected.
    """
    from xdist.scheduler import LoadFileScheduling

    class OneEngine(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return "engine" if uses_engine(str(config.rootpath / path)) else path

    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return OneEngine(config, log)


@dataclass(slots=True)
class Call:
    """One call of `complete`, as the scripted model was given it."""

    prompt: str
    n: int
    stop: tuple[str, ...]
    seed: int
    reproducible: bool
    sampling: Sampling
    closed: bool = False


@dataclass(slots=True)
class ScriptedModel:
    """A base model that says what it was told to, text after text, then the last one for ever.

    A text may be given with the reason for which the model stops, and an error is raised where it
    stands. The prompt's tokens are its characters.
    """

    texts: Sequence[str | tuple[str, Finish] | Exception]
    room: int = 10_000
    name: str = "scripted"
    ready: bool = True
    calls: list[Call] = field(default_factory=list)
    said: int = 0

    async def load(self) -> None:
        return

    async def prompt_room(self, n: int, max_tokens: int) -> int:
        return self.room

    async def count_tokens(self, text: str) -> int:
        return len(text)

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: Sampling,
        stop: Sequence[str],
        seed: int,
        reproducible: bool = False,
    ) -> AsyncGenerator[Event]:
        call = Call(prompt, n, tuple(stop), seed, reproducible, sampling)
        self.calls.append(call)
        try:
            yield Reading(len(prompt), len(prompt))
            for index in range(n):
                text, finish = self._next()
                yield Piece(index, text)
                yield Completion(index, text, finish, seed + index, len(text))
            yield Usage(prompt=len(prompt), completion=n)
        finally:
            call.closed = True

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        return ()

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        return tuple(Score(text, ()) for text in continuations)

    def _next(self) -> tuple[str, Finish]:
        said = self.texts[min(self.said, len(self.texts) - 1)]
        self.said += 1
        if isinstance(said, Exception):
            raise said
        return (said, "stop") if isinstance(said, str) else said
