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

    @property
    def width(self) -> int:
        """How many numbers a state has."""
        return len(self._model.head.take_none().T)

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

        Args:
            prompt: The tokens of the prompt, at least one.
            texts: The tokens of each text, any number of texts; a text may be empty.
            stopped: Set by the caller to stop at the next step.
        """
        import numpy as np

        found: list[float] = []
        waiting: list[Floats] = []
        targets = np.array([token for text in texts for token in text], np.int64)

        def flush() -> None:
            states = np.concatenate(waiting)
            waiting.clear()
            wanted = targets[len(found) : len(found) + len(states)]
            found.extend(self._logprobs(states, wanted, stopped))

        with self._turn(stopped):
            before = self._model.read_prompt(prompt, stopped)
            for text, states in self._model.read_texts(before, texts, stopped):
                # A state says what comes after its token, so each text's last one is spare.
                waiting.append(np.concatenate([before.last, states])[: len(text)])
                if sum(map(len, waiting)) >= _LOGITS_AT_ONCE:
                    flush()
            if any(map(len, waiting)):
                flush()
        values = iter(found)
        return [tuple(next(values) for _ in text) for text in texts]

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
            means = [states.mean(axis=0) for _, states in read]
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
        self, states: Floats, targets: NDArray[np.int64], stopped: threading.Event
    ) -> list[float]:
        """Give the log-probability of a target after each state, block by block of the head."""
        import numpy as np

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

        totals = self._model.cores.each(total, self._model.head.blocks())
        wanted = np.einsum("ij,ij->i", states, self._model.head.take(targets))
        logprobs = wanted - np.logaddexp.reduce(totals)
        return [min(0.0, float(each)) for each in logprobs]
