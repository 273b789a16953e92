"""Coaxing chat models into going on with a text: n requests side by side, and what comes of them.

LiteLLM, which all of them go through, is kept quiet: it shall ask nobody for prices when it is
imported, read no file of variables that happens to lie in the current folder, and print nothing.
What it raises is mapped (`litellm_errors.py`), and let go of, since its frames hold the key.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from flourishing.errors import FlourishingError, ModelError, ModelNotFoundError, TooSlowError
from flourishing.models.endpoint.answer import Growing
from flourishing.models.endpoint.tokens import estimate
from flourishing.models.litellm_errors import mapped, secret_stops
from flourishing.models.patience import patiently
from flourishing.models.protocol import Completion, Event, Notice, Piece, Usage
from flourishing.models.waiting import told_to
from flourishing.models.way import Way, whole
from flourishing.sampling import Sampling
from flourishing.settings import Timeouts

_QUIET: Final = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}
_RECKONED: Final = (
    "The provider has not told what {} of the answers took, as they were cut; their tokens are "
    "reckoned upwards."
)
_SHORTEST_ECHO: Final = 12
"""Characters; a shorter prompt may come again because the model repeats it."""
_importing = threading.Lock()


class _BrokenOffError(Exception):
    """Words had come, and were shown, so that the request is not made again."""

    def __init__(self, error: FlourishingError) -> None:
        super().__init__(str(error))
        self.error = error


def way_of(model: str) -> Way:
    """Find how a model is made to continue; imports LiteLLM, which takes seconds.

    Raises:
        ModelNotFoundError: basemode cannot make anything of the name.
    """
    with _importing, _environment_kept():
        for name, value in _QUIET.items():
            os.environ.setdefault(name, value)
        # At its most talkative it tells requests, with their headers; importing it sets this anew.
        logging.getLogger("LiteLLM").setLevel(logging.WARNING)
        detect = importlib.import_module("basemode.detect")
        litellm: Any = importlib.import_module("litellm")
        logging.getLogger("LiteLLM").setLevel(logging.WARNING)
        litellm.suppress_debug_info = True
        litellm.telemetry = False
        try:
            resolved = detect.normalize_model(model)
            strategy = detect.detect_strategy(resolved)
        except ValueError as error:
            raise ModelNotFoundError(
                f"There is no chat model {model!r}: {error}.",
                hint="Write chat:provider/model, such as chat:anthropic/claude-sonnet-4-5.",
            ) from None
    return Way(strategy.name, resolved, strategy)


@contextmanager
def _environment_kept() -> Generator[None]:
    """Take out again what an import puts into the environment: keys from files."""
    before = {*os.environ, *_QUIET}
    try:
        yield
    finally:
        for name in set(os.environ) - before:
            del os.environ[name]


@dataclass(slots=True, kw_only=True)
class Coaxing:
    """One call for n completions.

    Attributes:
        way: How the model is made to continue.
        name: What it is called in errors.
        prompt: The prompt.
        n: How many completions.
        sampling: How tokens are drawn.
        stop: What ends a completion.
        seed: The seed of the first completion.
        reproducible: Whether the seed is to be sent.
        extra: More arguments for LiteLLM.
        timeouts: How long the server may keep us waiting.
        slots: One for each request that may be under way at once.
        unread: Whether nobody reads words before a completion is whole; they are not told then.
    """

    way: Way
    name: str
    prompt: str
    n: int
    sampling: Sampling
    stop: tuple[str, ...]
    seed: int
    reproducible: bool
    extra: dict[str, Any]
    timeouts: Timeouts
    slots: asyncio.Semaphore
    unread: bool = False
    _queue: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)
    _usage: Usage = field(default_factory=Usage)
    _reckoned: int = 0
    _first: float | None = None
    _began: float = 0.0

    async def events(self) -> AsyncGenerator[Event]:
        """Ask, and give what comes; leaving stops every request."""
        self._began = _now()
        with told_to(self._queue.put_nowait):
            work = asyncio.create_task(self._work())
        try:
            while (event := await self._queue.get()) is not None:
                yield event
            await work
        finally:
            work.cancel()
            await asyncio.wait([work])

    async def _work(self) -> None:
        tasks = [asyncio.create_task(self._one(index)) for index in range(self.n)]
        try:
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            failed = next((each for each in ended if isinstance(each, BaseException)), None)
            if failed is not None:
                raise failed
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            if self._reckoned:
                self._queue.put_nowait(Notice(_RECKONED.format(self._reckoned)))
            spent = Usage(first_token=self._first, seconds=_now() - self._began)
            self._queue.put_nowait(spent + self._usage)
            self._queue.put_nowait(None)

    async def _one(self, index: int) -> None:
        broken: FlourishingError | None = None
        async with self.slots:
            try:
                await patiently(partial(self._once, index))
            except _BrokenOffError as error:
                broken = error.error
        if broken is not None:
            raise broken

    async def _once(self, index: int) -> None:
        """Make one request and tell what comes of it."""
        capture = importlib.import_module("basemode.usage_capture")
        capture.begin_capture()
        echo = self.prompt if len(self.prompt) >= _SHORTEST_ECHO else ""
        growing = Growing(echo, (*self.stop, *secret_stops()))
        heard: list[str] = []
        failed: FlourishingError | None = None
        try:
            cut = await self._listen(index, growing, heard)
        except FlourishingError as error:
            failed = error
        except Exception as error:  # noqa: BLE001 - LiteLLM raises what its providers' clients do
            failed = mapped(error, name=self.name, prompt=self.prompt)
        told = (capture.collect() or [{}])[-1]
        if told or heard or failed is None:
            self._bill(told, "".join(heard))
        if failed is not None:  # raised here, out of sight of the frames that hold the key
            if isinstance(failed, ModelError):
                failed.begun = bool(growing.text)
            raise _BrokenOffError(failed) if growing.text and not self.unread else failed
        self._tell(index, growing.end())
        self._end(index, growing, told, cut=cut)

    def _bill(self, told: dict[str, Any], heard: str) -> None:
        usage, known = self.way.billed(told, self.prompt, heard, self.sampling.max_tokens)
        self._usage += usage
        self._reckoned += not known

    async def _listen(self, index: int, growing: Growing, heard: list[str]) -> bool:
        """Tell a completion as it comes.

        Once there is enough of it, the request is cancelled: to close basemode's iterator alone
        would leave the connection open, on which the provider writes on and charges for it.

        Returns:
            Whether it was cut since it went past the most tokens.
        """
        enough = asyncio.Event()
        following = asyncio.create_task(self._follow(index, growing, heard, enough))
        waiting = asyncio.create_task(enough.wait())
        try:
            await asyncio.wait({following, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if not enough.is_set():
                await following
        finally:
            for task in (following, waiting):
                task.cancel()
            await asyncio.gather(following, waiting, return_exceptions=True)
        return enough.is_set() and not growing.stopped

    async def _follow(
        self, index: int, growing: Growing, heard: list[str], enough: asyncio.Event
    ) -> None:
        begun, most = False, self.sampling.max_tokens
        stream = self.way.strategy.stream(self.prompt, self._asked(index))
        try:
            async with (
                asyncio.timeout(self.timeouts.first_token) as clock,
                aclosing(stream) as came,
            ):
                async for new in came:
                    clock.reschedule(_now() + self.timeouts.between_tokens)
                    heard.append(new)
                    if enough.is_set():
                        continue  # until whoever waits for it has cancelled this
                    self._tell(index, growing.feed(new if begun else self._unspaced(new)))
                    begun = True
                    # What it thinks with was allowed for as well, and may not have been used up.
                    if growing.stopped or estimate(growing.text) > 2 * most:
                        enough.set()
        except TimeoutError:
            raise TooSlowError(
                f"{self.name} wrote nothing for too long.",
                hint="Try again; it may have many before you, or think for long.",
            ) from None

    def _unspaced(self, new: str) -> str:
        """Take out the blank that basemode puts first, where the prompt may be repeated."""
        bare = new.lstrip(" ")
        return bare if bare and self.prompt.startswith(bare[: len(self.prompt)]) else new

    def _asked(self, index: int) -> Any:
        extra = dict(self.extra)
        if self.reproducible:
            extra["seed"] = self.seed + index
        return self.way.asked(self.sampling.max_tokens, self.sampling.temperature, extra)

    def _tell(self, index: int, text: str) -> None:
        if not text:
            return
        if self._first is None:
            self._first = _now() - self._began
        if not self.unread:
            self._queue.put_nowait(Piece(index, text))

    def _end(self, index: int, growing: Growing, told: dict[str, Any], *, cut: bool) -> None:
        written = whole(told, "completion_tokens") or estimate(growing.text)
        full = not growing.stopped and (cut or written >= self.sampling.max_tokens)
        self._queue.put_nowait(
            Completion(
                index, growing.text, "length" if full else "stop", self.seed + index, written
            )
        )


def _now() -> float:
    return asyncio.get_running_loop().time()
