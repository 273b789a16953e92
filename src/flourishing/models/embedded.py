"""A base model in a GGUF file, run inside the process.

The engine (`engine.py`) blocks; here each request has a thread of its own, which hands its events
to the caller's event loop. The model loads once, in the background, on first use or by `load`. The
model that ships is three of these (`packaged.py`).

Log-probabilities of given texts come from `Scorer` beside the engine, on the same file. It reads
many texts at once and does not keep the engine from writing; what is of another architecture than
it knows is scored by the engine.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from flourishing.core.sampling import FURTHER_SETTINGS, Sampling
from flourishing.core.words import quantity
from flourishing.errors import InputError, PromptTooLongError
from flourishing.models.engine import PARALLEL, Engine
from flourishing.models.engine_output import Chunk, ChunkReader
from flourishing.models.gemma3 import can_read
from flourishing.models.gguf import Header
from flourishing.models.process_end import is_ending
from flourishing.models.protocol import (
    Event,
    Notice,
    Reading,
    Score,
    TokenLogprob,
    Usage,
    no_embeddings,
)
from flourishing.models.scorer import Scorer
from flourishing.models.weights import EMBEDDED_NAMES, require_gguf

if TYPE_CHECKING:
    from flourishing.models.matrices import Floats

T = TypeVar("T")

INSTRUCT: Final = (
    "{} seems to be an instruct model ({}): it may answer the examples instead of continuing them. "
    "Base models breed better."
)
"""The notice about a file that may be an instruct model; it is used all the same."""
_LONGEST_TOKEN = 64
"""Characters; a prompt of more than this times the context is too long without counting."""
_LOOKED_UP = 2000
"""How many likeliest next tokens are looked at before a first token is asked for by itself."""
_PART: Final = 2_048
"""Tokens of a text that are read together for its embedding; the time for more grows faster."""
_PARTS_AT_ONCE: Final = 16
"""Parts that are read before somebody else, who wants a text scored, has a turn."""


class EmbeddedModel:
    """A base model in a GGUF file, run by llama.cpp inside the process.

    Args:
        name: What it is called in a text's origin.
        find: Gives the path of the weights; called once, when they are first needed.
    """

    def __init__(self, name: str, find: Callable[[], Path]) -> None:
        self._name = name
        self._find = find
        self._loading = threading.Lock()
        self._locating = threading.Lock()
        self._engine: Engine | None = None
        self._reading = threading.Lock()
        self._has_read = False
        self._scoring: Scorer | None = None
        self._warning = ""
        self._path: Path | None = None

    @classmethod
    def from_file(cls, path: Path) -> EmbeddedModel:
        """Give the model in a GGUF file.

        Args:
            path: The GGUF file.
        """
        return cls(str(path), lambda: path)

    @property
    def name(self) -> str:
        return self._name

    @property
    def ready(self) -> bool:
        """Whether the model has been loaded."""
        return self._engine is not None

    @property
    def further_settings(self) -> frozenset[str]:
        return FURTHER_SETTINGS

    async def load(self) -> None:
        """Load the model, or wait until it is loaded.

        Raises:
            ModelError: It cannot be found, joined or loaded.
        """
        await self._loaded()

    async def prompt_room(self, n: int, max_tokens: int) -> int:
        limit = (await self._loaded()).context_length
        return max(0, limit - min(n, PARALLEL) * max_tokens)

    async def count_tokens(self, text: str) -> int:
        return len(await self.tokens(text))

    async def tokens(self, text: str) -> list[int]:
        """Give the numbers of a text's tokens, with what stands before every prompt.

        Args:
            text: The text.

        Raises:
            PromptTooLongError: It is far too long for the model.
        """
        engine = await self._loaded()
        if len(text) > engine.context_length * _LONGEST_TOKEN:
            raise _too_long(len(text) // _LONGEST_TOKEN, engine.context_length, at_least=True)
        return await in_thread(lambda: engine.tokens(text))

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
        tokens = await self.tokens(prompt)
        await self._require_room(len(tokens), min(n, PARALLEL) * sampling.max_tokens)
        engine = await self._loaded()
        if self._warning:  # once; after that it is known
            words, self._warning = self._warning, ""
            yield Notice(words)
        usage = Usage()
        for offset in range(0, n, PARALLEL):
            wave = min(PARALLEL, n - offset)
            body: Chunk = {
                "prompt": tokens,
                "n": wave,
                "seed": seed + offset,
                "stop": list(stop),
                "logprobs": 1,
                **sampling.for_llamacpp(stop=stop),
            }
            reader = ChunkReader(offset=offset, seed=seed)
            async for chunk in _stream(partial(engine.stream, body, alone=reproducible)):
                for event in reader.read(chunk):
                    yield event
            usage += reader.usage if offset == 0 else Usage(completion=reader.usage.completion)
        yield usage

    async def file_for(self, prompt: str) -> str:  # noqa: ARG002 - it has one file
        return self._name

    async def prefill(self, prompt: str) -> AsyncGenerator[Reading]:
        tokens = await self.tokens(prompt)
        await self._require_room(len(tokens), 1)
        engine = await self._loaded()
        reader = ChunkReader(offset=0, seed=0)
        async for chunk in _stream(partial(engine.prefill, tokens)):
            for event in reader.read(chunk):
                if isinstance(event, Reading):
                    yield event

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        tokens = await self.tokens(prompt)
        await self._require_room(len(tokens), 1)
        engine, scorer = await self._loaded(), await self._scorer()
        most = min(k, engine.vocabulary_size)
        if scorer is None:
            likeliest = await in_stoppable_thread(partial(engine.next_token, tokens, most))
            return tuple(token for _, token in likeliest)
        _require_beginning(tokens, self._name)
        found = await in_stoppable_thread(partial(scorer.next_tokens, tokens, most))
        return tuple(TokenLogprob(scorer.text_of(token), logprob) for token, logprob in found)

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        before = await self.tokens(prompt)
        tails = [await self._continuation(prompt, before, text) for text in continuations]
        _require_beginning(before, self._name)
        await self._require_readable(len(before), tails)
        scorer = await self._scorer()
        if scorer is None:
            return await self._forced(before, continuations, tails)
        found = await in_stoppable_thread(partial(scorer.score, before, tails))
        return tuple(
            Score(text, tuple(map(TokenLogprob, map(scorer.text_of, tail), logprobs)))
            for text, tail, logprobs in zip(continuations, tails, found, strict=True)
        )

    async def embed(self, texts: Sequence[str]) -> Floats:
        """Give the mean of the last states of each text's tokens, as a row of its own.

        A text of more than 2,048 tokens is read in parts of so many, each as if it stood at the
        beginning, and its row is the mean over the tokens of all of them.

        Args:
            texts: The texts, none of them empty.
        """
        import numpy as np

        scorer = await self._scorer()
        if scorer is None:
            raise no_embeddings(self._name, "its states can only be read of the kind of Gemma 3.")
        beginning = await self.tokens("")
        _require_beginning(beginning, self._name)
        owners: list[int] = []
        parts: list[list[int]] = []
        for at, text in enumerate(texts):
            own = (await self.tokens(text))[len(beginning) :]
            require_some(own, at)
            parts += [own[begin : begin + _PART] for begin in range(0, len(own), _PART)]
            owners += [at] * (len(parts) - len(owners))
        sums = np.zeros((len(texts), scorer.width), np.float64)
        for begin in range(0, len(parts), _PARTS_AT_ONCE):
            some = parts[begin : begin + _PARTS_AT_ONCE]
            means = await in_stoppable_thread(partial(scorer.embed, beginning, some))
            lengths = np.array([[len(part)] for part in some])
            np.add.at(sums, owners[begin : begin + len(some)], means * lengths)
        tokens = np.bincount(owners, list(map(len, parts)), len(texts))[:, None]
        return (sums / tokens).astype(np.float32)

    async def _forced(
        self, before: list[int], continuations: Sequence[str], tails: Sequence[list[int]]
    ) -> tuple[Score, ...]:
        """Score on the engine, token by token: a model that `Scorer` does not read."""
        engine = await self._loaded()
        found = await in_stoppable_thread(partial(engine.next_token, before, _LOOKED_UP))
        likeliest = dict(found)

        def score(text: str, tail: list[int], stopped: threading.Event) -> Score:
            # The first token of most continuations is among the likeliest, and known already.
            known = [likeliest[token] for token in tail[:1] if token in likeliest]
            done = len(known)
            return Score(
                text, (*known, *engine.score([*before, *tail[:done]], tail[done:], stopped))
            )

        pairs = zip(continuations, tails, strict=True)
        return tuple([await in_stoppable_thread(partial(score, *pair)) for pair in pairs])

    # How.

    def locate(self) -> Path:
        """Give the path of the weights, which are made first where they must be."""
        with self._locating:
            if self._path is None:
                self._path = self._find()
            return self._path

    def _load(self) -> Engine:
        with self._loading:
            if self._engine is None:
                path = self.locate()
                require_gguf(path)
                if self._name not in EMBEDDED_NAMES:
                    sign = Header.read(path).instruct_sign(path)
                    self._warning = INSTRUCT.format(path.name, sign) if sign else ""
                self._engine = Engine(path)
            return self._engine

    async def _scorer(self) -> Scorer | None:
        """Give what reads many texts at once, made on first use; None for what it cannot read."""
        return await in_thread(self._read_weights)

    def _read_weights(self) -> Scorer | None:
        with self._reading:
            if not self._has_read:
                path = self.locate()
                self._scoring = Scorer(path) if can_read(path) else None
                self._has_read = True
            return self._scoring

    async def _loaded(self) -> Engine:
        if self._engine is not None:
            return self._engine
        return await in_thread(self._load)

    async def _continuation(self, prompt: str, before: list[int], text: str) -> list[int]:
        """Give the tokens of a continuation, as they stand after the prompt's own."""
        whole = await self.tokens(prompt + text)
        if whole[: len(before)] == before:
            return whole[len(before) :]
        engine = await self._loaded()
        return await in_thread(lambda: engine.tokens(text, beginning=False))

    async def _require_room(self, read: int, write: int) -> None:
        limit = (await self._loaded()).context_length
        if read + write > limit:
            raise _too_long(read, limit, write=write)

    async def _require_readable(self, before: int, tails: Sequence[list[int]]) -> None:
        limit = (await self._loaded()).context_length
        longest = max(map(len, tails), default=0)
        if before + longest > limit:
            raise PromptTooLongError(
                f"The prompt has {before:,} tokens and the longest text {longest:,}; the model "
                f"takes {limit:,} together.",
                hint="Give a shorter prompt, or the text in parts.",
                tokens=before + longest,
                limit=limit,
            )


def _require_beginning(tokens: Sequence[int], name: str) -> None:
    """Refuse to say how likely a first token is, for a model that has nothing to stand before."""
    if not tokens:
        raise InputError(
            f"The prompt is empty, and {name} has no token that stands at the beginning.",
            hint="Give a prompt, such as a line break.",
        )


def require_some(text: Sequence[object], at: int) -> None:
    """Refuse a text without tokens, which has no states.

    Args:
        text: Its tokens, or characters.
        at: Which of the texts it is, counted from 0.

    Raises:
        InputError: There are none.
    """
    if not text:
        raise InputError(f"Text {at + 1} is empty.", hint="Leave it out: nothing is like nothing.")


async def _stream(
    work: Callable[[Callable[[Chunk], None], threading.Event], None],
) -> AsyncGenerator[Chunk]:
    """Give a request's chunks from a thread of its own; leaving this stops it within a step.

    Args:
        work: Runs the request. It is given what takes a chunk, and what is set when nobody wants
            any more.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Chunk | BaseException | None] = asyncio.Queue()
    stopped = threading.Event()

    def hand_over(item: Chunk | BaseException | None) -> None:
        try:
            loop.call_soon_threadsafe(queue.put_nowait, item)
        except RuntimeError:  # the loop has been closed
            stopped.set()

    def run() -> None:
        error: BaseException | None = None
        try:
            work(hand_over, stopped)
        except BaseException as raised:  # noqa: BLE001 - handed over, and raised there
            error = raised
        if not is_ending():
            hand_over(error)

    threading.Thread(target=run, name="flourishing-complete", daemon=True).start()
    try:
        while (item := await queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work in a thread that does not hold up the end of the process.

    Args:
        work: What is run in the thread.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        if not outcome.set_running_or_notify_cancel():
            return
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed over, and raised there
            if not is_ending():
                outcome.set_exception(error)

    threading.Thread(target=run, name="flourishing-work", daemon=True).start()
    return await asyncio.wrap_future(outcome)


async def in_stoppable_thread(work: Callable[[threading.Event], T]) -> T:
    """Run blocking work in a thread, and stop it when nobody waits for it any more.

    Args:
        work: What is run in the thread; its argument is set once the caller has been cancelled.
    """
    stopped = threading.Event()
    try:
        return await in_thread(lambda: work(stopped))
    finally:
        stopped.set()


def _too_long(
    tokens: int, limit: int, *, write: int = 0, at_least: bool = False
) -> PromptTooLongError:
    counted = f"{'at least ' if at_least else ''}{quantity(tokens, 'token')}"
    room = f", beside {write:,} for what it writes" if write else ""
    return PromptTooLongError(
        f"The prompt has {counted}{room}; the model takes {limit:,} in all.",
        hint="Use fewer or shorter examples, or ask for fewer or shorter offspring.",
        tokens=tokens,
        limit=limit,
    )
