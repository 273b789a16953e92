"""A base model that is run by a process of its own."""

# ruff: noqa: D102 - the protocol documents these methods

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flourishing.models.apart import wire
from flourishing.models.apart.link import Link
from flourishing.models.protocol import Event, Reading, Score, TokenLogprob
from flourishing.models.weights import EMBEDDED_NAME
from flourishing.sampling import Sampling


class ModelApart:
    """A base model in a process of its own, which is started when it is first needed.

    Where that process crashes, the running calls fail, and the next one starts another.

    Args:
        name: What it is called in a text's origin.
        command: The program that runs the model: it calls `apart.child.serve`.
    """

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self._name = name
        self._command = tuple(command)
        self._starting = threading.Lock()
        self._link: Link | None = None

    @classmethod
    def packaged(cls, cache: Path) -> ModelApart:
        """Give the model that ships; its weights are joined into a cache folder when needed."""
        return cls(EMBEDDED_NAME, _command("packaged", cache))

    @classmethod
    def from_file(cls, path: Path) -> ModelApart:
        """Give the model in a GGUF file."""
        return cls(str(path), _command("file", path))

    @property
    def name(self) -> str:
        return self._name

    @property
    def ready(self) -> bool:
        """Whether the model has been loaded, and its process lives."""
        return self._link is not None and self._link.ready

    @property
    def pid(self) -> int | None:
        """The number of the process; None while there is none."""
        return None if self._link is None or self._link.ended else self._link.pid

    def close(self) -> None:
        """End the process and wait until it is gone; the next use starts another."""
        with self._starting:
            link, self._link = self._link, None
        if link is not None:
            link.close()

    async def load(self) -> None:
        """Load the model, or wait until it is loaded; nothing else has to wait for that.

        Raises:
            ModelError: It cannot be found, joined or loaded.
        """
        async with aclosing(self._ask("load")) as said:
            async for _ in said:
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
        asking = self._ask(
            "complete",
            prompt=prompt,
            n=n,
            sampling=asdict(sampling),
            stop=list(stop),
            seed=seed,
            reproducible=reproducible,
        )
        async with aclosing(asking) as said:
            async for event in said:
                yield wire.event_in(event)

    async def read_ahead(self, prompt: str) -> AsyncGenerator[Reading]:
        async with aclosing(self._ask("read_ahead", prompt=prompt)) as said:
            async for event in said:
                if isinstance(reading := wire.event_in(event), Reading):
                    yield reading

    async def count_tokens(self, text: str) -> int:
        return int(await self._answer("count_tokens", text=text))

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        return wire.tokens_in(await self._answer("next_token", prompt=prompt, k=k))

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        given = {"prompt": prompt, "continuations": list(continuations)}
        return wire.scores_in(await self._answer("logprobs", **given))

    # How.

    def _ask(self, what: str, **given: Any) -> AsyncGenerator[Any]:
        with self._starting:
            if self._link is None or self._link.ended:
                self._link = Link(self._command)
            return self._link.ask(what, given)

    async def _answer(self, what: str, **given: Any) -> Any:
        async with aclosing(self._ask(what, **given)) as said:
            async for answer in said:
                return answer
        raise AssertionError(f"The model's process did not answer {what!r}.")


def _command(kind: str, path: Path) -> tuple[str, ...]:
    # -P: no module of the folder in which a person happens to be is taken for one of ours.
    return sys.executable, "-P", "-m", "flourishing.models.apart.child", kind, str(path.absolute())
