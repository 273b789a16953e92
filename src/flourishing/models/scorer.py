"""Scores many texts at once: their tokens' log-probabilities, and the means of their states.

The engine writes; of a text that exists already it gives one token a step. Its embedding mode gives
the states of all tokens in one pass, but it computes all logits besides and throws them away (two
thirds of the work, and a megabyte of memory a token), and cannot reuse a prompt that several texts
share. So the same file is read by `Gemma3`, which does both.

The head, which is the embedding matrix of most files, stays packed in the file. Its rows are
unpacked a block at a time, each block's sum over its part of the vocabulary is taken, and the sums
are added.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flourishing.models.gemma3 import AT_ONCE, Gemma3, stopped_error

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from flourishing.models.matrices import Floats, PackedMatrix

_LOGITS_AT_ONCE: Final = 2_048
"""Tokens for which the head is unpacked once."""
_LOOK: Final = 0.2
"""Seconds after which a call that waits for another looks whether anybody still waits for it."""
_MOST_APART: Final = 128
"""Tokens at the end in which prompts may differ that are read together."""


@dataclass(slots=True, eq=False)
class _Request:
    """What one call wants scored.

    Attributes:
        prompt: The tokens of the prompt.
        texts: The tokens of each text.
        found: What was found; None while nobody has looked.
    """

    prompt: Sequence[int]
    texts: Sequence[Sequence[int]]
    found: list[tuple[float, ...]] | None = None

    @property
    def size(self) -> int:
        """How many tokens its texts have."""
        return sum(map(len, self.texts))


class Scorer:
    """A model that scores texts, one call after the other; calls may come from many threads.

    Args:
        path: A GGUF file of which `can_read` says yes.

    Raises:
        ModelFileError: The file ends too early, or is packed in a way that is not known.
    """

    def __init__(self, path: Path) -> None:
        self._model = Gemma3(path)
        self._lock = threading.Lock()
        self._waiting: list[_Request] = []

    @property
    def width(self) -> int:
        """How many numbers a state has."""
        return int(self._model.head.take_none().shape[1])

    def text_of(self, token: int) -> str:
        """Give a token as text; what is only part of a character becomes a replacement mark.

        Args:
            token: The token's id.
        """
        return self._model.text_of(token)

    def score(
        self, prompt: Sequence[int], texts: Sequence[Sequence[int]], stopped: threading.Event
    ) -> list[tuple[float, ...]]:
        """Give the log-probabilities of the tokens of texts, each after the same prompt.

        Calls that wait for each other are answered together where their prompts differ only at the
        end, as those of one question about many words do.

        Args:
            prompt: The tokens of the prompt, at least one.
            texts: The tokens of each text, any number of texts; a text may be empty.
            stopped: Set by the caller to stop at the next step.
        """
        request = _Request(prompt, texts)
        self._waiting.append(request)
        try:
            with self._turn(stopped):
                if request.found is None:
                    self._answer(self._alike(request), stopped)
        finally:
            self._waiting.remove(request)
        return request.found or []

    def _alike(self, request: _Request) -> list[_Request]:
        """Give those of the waiting requests that are read together with one of them, it first."""
        alike, size = [request], request.size
        for other in list(self._waiting):
            common = len(_common([request.prompt, other.prompt]))
            apart = max(len(request.prompt), len(other.prompt)) - common
            size_with = size + apart + other.size
            fits = common and apart <= _MOST_APART and size_with <= AT_ONCE
            if fits and other is not request and other.found is None:
                alike.append(other)
                size = size_with
        return alike

    def _answer(self, requests: Sequence[_Request], stopped: threading.Event) -> None:
        """Score the texts of requests whose prompts begin alike."""
        import numpy as np

        common = _common([request.prompt for request in requests])
        before = self._model.read_prompt(common, stopped)
        tails = [
            (len(request.prompt) - len(common), [*request.prompt[len(common) :], *text])
            for request in requests
            for text in request.texts
        ]
        found: list[float] = []
        rows, places, targets = [before.last], list[int](), list[int]()

        def flush() -> None:
            found.extend(self._logprobs(np.concatenate(rows), places, targets, stopped))
            rows[1:], places[:], targets[:] = [], [], []

        # A state says what comes after its token, so the last one of a text is not needed.
        read = self._model.read_texts(before, [tail[:-1] for _, tail in tails], stopped)
        waiting = iter(tails)
        for states, paths in read:
            above = sum(map(len, rows))
            rows.append(states)
            for path, (begin, tail) in zip(paths, waiting, strict=False):
                places += [0, *(above + place for place in path)][begin : len(tail)]
                targets += tail[begin:]
            if len(places) >= _LOGITS_AT_ONCE:
                flush()
        if places:
            flush()
        values = iter(found)
        for request in requests:
            request.found = [tuple(next(values) for _ in text) for text in request.texts]

    def next_tokens(
        self, prompt: Sequence[int], k: int, stopped: threading.Event
    ) -> list[tuple[int, float]]:
        """Give the k likeliest tokens after a prompt with their log-probabilities, in order.

        Args:
            prompt: The tokens of the prompt, at least one.
            k: How many.
            stopped: Set by the caller to stop at the next step.
        """
        import numpy as np

        with self._turn(stopped):
            last = self._model.read_prompt(prompt, stopped).last
            blocks = [last @ block.unpack().T for block in self._model.head.blocks()]
        logits = np.concatenate(blocks, axis=1)[0].astype(np.float64)
        logits -= logits.max()
        logits -= np.log(np.exp(logits).sum())
        order = np.argsort(-logits, kind="stable")[:k]
        return [(int(token), float(logits[token])) for token in order]

    def embed(
        self, beginning: Sequence[int], texts: Sequence[Sequence[int]], stopped: threading.Event
    ) -> Floats:
        """Give the mean of the last states of each text's tokens, one row a text.

        Args:
            beginning: The tokens that stand before every text, at least one; they do not count.
            texts: The tokens of each text, at least one of each.
            stopped: Set by the caller to stop at the next step.
        """
        import numpy as np

        with self._turn(stopped):
            before = self._model.read_prompt(beginning, stopped)
            read = self._model.read_texts(before, texts, stopped)
            means = [states[path].mean(axis=0) for states, paths in read for path in paths]
        return np.array(means, np.float32)

    @contextmanager
    def _turn(self, stopped: threading.Event) -> Iterator[None]:
        """Wait until nobody else reads; the prompt that is remembered is one for all."""
        while not self._lock.acquire(timeout=_LOOK):
            if stopped.is_set():
                raise stopped_error()
        try:
            with self._model.cores.busy():
                yield
        finally:
            self._lock.release()

    def _logprobs(
        self,
        states: Floats,
        places: Sequence[int],
        targets: Sequence[int],
        stopped: threading.Event,
    ) -> list[float]:
        """Give the log-probability of each target after the state at its place.

        The sums over the vocabulary are computed once a state, block by block of the head.
        """
        import numpy as np

        used, rows = np.unique(places, return_inverse=True)
        states = states[used]

        def total(block: PackedMatrix) -> NDArray[np.float64]:
            if stopped.is_set():
                raise stopped_error()
            matrix, found = block.unpack(), []
            for begin in range(0, len(states), AT_ONCE):
                logits = states[begin : begin + AT_ONCE] @ matrix.T
                highest = logits.max(axis=1, keepdims=True)
                logits -= highest
                np.exp(logits, out=logits)
                found.append(highest[:, 0] + np.log(logits.sum(axis=1), dtype=np.float64))
            return np.concatenate(found)

        totals = np.logaddexp.reduce(self._model.cores.each(total, self._model.head.blocks()))
        heads = self._model.head.take(np.array(targets, np.int64))
        logprobs = np.einsum("ij,ij->i", states[rows], heads) - totals[rows]
        return [min(0.0, float(each)) for each in logprobs]


def _common(prompts: Sequence[Sequence[int]]) -> Sequence[int]:
    """Give the tokens with which all prompts begin."""
    first, last = min(map(list, prompts)), max(map(list, prompts))
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return [token for token, _ in same]
