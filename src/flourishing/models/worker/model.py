"""A base model that is run by a worker process."""

# ruff: noqa: D102 - the protocol documents these methods

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flourishing.models.protocol import Event, Reading, Score, TokenLogprob
from flourishing.models.weights import EMBEDDED_NAME
from flourishing.models.worker import frames
from flourishing.models.worker.process import WorkerProcess
from flourishing.sampling import Sampling


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
        """Give the model that ships; its weights are joined into a cache folder when needed."""
        return cls(EMBEDDED_NAME, _command("packaged", cache))

    @classmethod
    def from_file(cls, path: Path) -> WorkerModel:
        """Give the model in a GGUF file."""
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
