"""A base model that is run by a worker process, and the connection to that process.

A thread writes and a thread reads, so that no event loop ever waits for a pipe: neither for a
prompt of megabytes, nor while the child, loading its engine, does not read. What is read is
delivered to the loop that requested it; any number of loops and threads may send requests at once.

The child leaves when its standard input ends, which the system sees to however we end. It is in a
session of its own, where no Ctrl-C reaches it. Its standard error is ours.
"""

# ruff: noqa: D102 - the protocol documents these methods

from __future__ import annotations

import asyncio
import itertools
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias

from flourishing import settings
from flourishing.core.sampling import FURTHER_SETTINGS, Sampling
from flourishing.errors import EngineError, FlourishingError, InputError
from flourishing.models.process_end import closed_at_end
from flourishing.models.protocol import Event, Reading, Score, TokenLogprob
from flourishing.models.weights import EMBEDDED_NAME
from flourishing.models.worker import frames
from flourishing.models.worker.frames import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GRACE: Final = 1.0
"""Seconds that a child has for leaving by itself; while it loads it does not hear of it."""
_SECRET_NAME: Final = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL", re.IGNORECASE)
_SECRET_VALUE: Final = re.compile(r"://[^/\s@]*:[^/\s@]*@")
"""An address with a password in it, of a database or a proxy."""

_Answers: TypeAlias = asyncio.Queue[Frame | FlourishingError]


class WorkerProcess:
    """One child process, from its start to its end.

    Args:
        command: What is run.

    Attributes:
        ready: Whether the child has loaded its model.
        ended: Whether the child is gone, or going.

    Raises:
        EngineError: It cannot be started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self.ready = False
        self.ended = False
        self._why: Callable[[], FlourishingError] = _closed
        self._changing = threading.Lock()
        self._numbers = itertools.count(1)
        self._calls: dict[int, tuple[asyncio.AbstractEventLoop, _Answers]] = {}
        self._outgoing: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        with closed_at_end(self):
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=environment(os.environ),
                    start_new_session=True,
                    creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
                )
            except OSError as error:
                raise EngineError(
                    f"The model's process cannot be started: {error}.",
                    hint="Close other programs if memory is short, and ask again.",
                ) from error
            self._reader = _thread(self._read, self._process.stdout)
            self._writer = _thread(self._write, self._process.stdin)

    @property
    def pid(self) -> int:
        """The number of the child process."""
        return self._process.pid

    async def request(self, what: str, given: Mapping[str, Any]) -> AsyncGenerator[Any]:
        """Request something of the child; leaving the iteration cancels it.

        Args:
            what: The name of the method.
            given: Its arguments.

        Yields:
            Its answers, as they come.

        Raises:
            FlourishingError: What went wrong in the child, or that it is gone.
        """
        number = next(self._numbers)
        answers: _Answers = asyncio.Queue()
        with self._changing:
            if self.ended:
                raise self._why()
            self._calls[number] = asyncio.get_running_loop(), answers
        self._outgoing.put({"call": number, "ask": what, "with": given})
        try:
            while True:
                frame = await answers.get()
                if isinstance(frame, FlourishingError):
                    raise frame
                if "value" not in frame:
                    return
                yield frame["value"]
        finally:
            with self._changing:
                unfinished = self._calls.pop(number, None)
            if unfinished is not None:
                self._outgoing.put({"call": number, "cancel": True})

    def close(self) -> None:
        """End the child, and wait until it is gone; running calls fail."""
        self._end(_closed)
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reader.join()
        self._writer.join()

    # How.

    def _write(self, pipe: IO[bytes]) -> None:
        with suppress(OSError), pipe:  # where the child is gone, the reader notices
            while (frame := self._outgoing.get()) is not None:
                pipe.write(frames.pack(frame))
                pipe.flush()

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                try:
                    self._receive(frames.unpack(line))
                except ValueError:  # cut off as the child died, or not from our own module
                    self._process.kill()
                    break
        code = self._process.wait()
        self._end(lambda: _gone(code))

    def _receive(self, frame: Frame) -> None:
        if "ready" in frame:
            self.ready = True
            return
        ended = "value" not in frame
        with self._changing:
            number = frame["call"]
            call = self._calls.pop(number, None) if ended else self._calls.get(number)
        if call is not None:
            _deliver(*call, frames.error_in(frame["error"]) if "error" in frame else frame)

    def _end(self, why: Callable[[], FlourishingError]) -> None:
        """Take no more calls, let the child's standard input end, and fail the running calls."""
        with self._changing:
            if self.ended:
                return
            self.ended, self.ready, self._why = True, False, why
            calls = list(self._calls.values())
            self._calls.clear()
        self._outgoing.put(None)
        for call in calls:
            _deliver(*call, why())


def environment(whole: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a child: ours without secrets, and where our modules are.

    The child runs somebody else's file in somebody else's engine, and needs no key of anybody. It
    finds modules where we do, in whatever way the package is installed.

    Args:
        whole: The environment of this process.
    """
    named: set[str | None] = set()
    with suppress(InputError):  # who reads the configuration for its own sake will say so
        named = {each.key_env for each in settings.named_models().values()}
    kept = {
        name: value
        for name, value in whole.items()
        if name not in named and not _SECRET_NAME.search(name) and not _SECRET_VALUE.search(value)
    }
    places = [*filter(None, sys.path), str(Path(__file__).parents[3])]
    return kept | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(places))}


def _thread(work: Callable[[IO[bytes]], None], pipe: IO[bytes] | None) -> threading.Thread:
    thread = threading.Thread(target=work, args=(pipe,), name="flourishing-worker", daemon=True)
    thread.start()
    return thread


def _deliver(
    loop: asyncio.AbstractEventLoop, answers: _Answers, item: Frame | FlourishingError
) -> None:
    with suppress(RuntimeError):  # the loop has been closed: nobody waits any more
        loop.call_soon_threadsafe(answers.put_nowait, item)


def _gone(code: int) -> EngineError:
    how = f" (signal {-code})" if code and code < 0 else f" (exit code {code})" if code else ""
    return EngineError(
        f"The model's process ended unexpectedly{how}.",
        hint="It is started again when you ask again. If it ends again, memory may be short, or "
        "the model's file damaged.",
    )


def _closed() -> EngineError:
    return EngineError("The model has been closed.", hint="Ask again to open it anew.")


class WorkerModel:
    """A base model in a process of its own, which is started when it is first needed.

    Where that process crashes, the running calls fail, and the next one starts another.

    Args:
        name: What it is called in a text's origin.
        command: The program that runs the model: it calls `worker.child.serve`.
    """

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self._name = name
        self._command = tuple(command)
        self._starting = threading.Lock()
        self._process: WorkerProcess | None = None

    @classmethod
    def packaged(cls, cache: Path) -> WorkerModel:
        """Give the model that ships; its weights are joined into a cache folder when needed.

        Args:
            cache: The folder in which the joined weights are kept.
        """
        return cls(EMBEDDED_NAME, _command("packaged", cache))

    @classmethod
    def from_file(cls, path: Path) -> WorkerModel:
        """Give the model in a GGUF file.

        Args:
            path: The GGUF file.
        """
        return cls(str(path), _command("file", path))

    @property
    def name(self) -> str:
        return self._name

    @property
    def ready(self) -> bool:
        """Whether the model has been loaded, and its process lives."""
        return self._process is not None and self._process.ready

    @property
    def pid(self) -> int | None:
        """The number of the process; None while there is none."""
        return None if self._process is None or self._process.ended else self._process.pid

    def close(self) -> None:
        """End the process and wait until it is gone; the next use starts another."""
        with self._starting:
            process, self._process = self._process, None
        if process is not None:
            process.close()

    @property
    def further_settings(self) -> frozenset[str]:
        return FURTHER_SETTINGS

    async def load(self) -> None:
        """Load the model, or wait until it is loaded; nothing else has to wait for that.

        Raises:
            ModelError: It cannot be found, joined or loaded.
        """
        async with aclosing(self._request("load")) as answers:
            async for _ in answers:
                pass

    async def prompt_room(self, n: int, max_tokens: int) -> int:
        return int(await self._answer("prompt_room", n=n, max_tokens=max_tokens))

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
        answers = self._request(
            "complete",
            prompt=prompt,
            n=n,
            sampling=asdict(sampling),
            stop=list(stop),
            seed=seed,
            reproducible=reproducible,
        )
        async with aclosing(answers) as events:
            async for event in events:
                yield frames.event_in(event)

    async def file_for(self, prompt: str) -> str:
        return str(await self._answer("file_for", prompt=prompt))

    async def prefill(self, prompt: str) -> AsyncGenerator[Reading]:
        async with aclosing(self._request("prefill", prompt=prompt)) as answers:
            async for event in answers:
                if isinstance(reading := frames.event_in(event), Reading):
                    yield reading

    async def count_tokens(self, text: str) -> int:
        return int(await self._answer("count_tokens", text=text))

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        return frames.tokens_in(await self._answer("next_token", prompt=prompt, k=k))

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        given = {"prompt": prompt, "continuations": list(continuations)}
        return frames.scores_in(await self._answer("logprobs", **given))

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return frames.array_in(await self._answer("embed", texts=list(texts)))

    # How.

    def _request(self, what: str, **given: Any) -> AsyncGenerator[Any]:
        with self._starting:
            if self._process is None or self._process.ended:
                self._process = WorkerProcess(self._command)
            return self._process.request(what, given)

    async def _answer(self, what: str, **given: Any) -> Any:
        async with aclosing(self._request(what, **given)) as answers:
            async for answer in answers:
                return answer
        raise AssertionError(f"The model's process did not answer {what!r}.")


def _command(kind: str, path: Path) -> tuple[str, ...]:
    # -P: no module of the folder in which a person happens to be is taken for one of ours.
    return sys.executable, "-P", "-m", "flourishing.models.worker.child", kind, str(path.absolute())
