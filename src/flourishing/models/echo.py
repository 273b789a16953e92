"""The echo model: deterministic, instant, and a true probabilistic model of its prompt.

It reads all before the next character, and says it again: a trigram model with interpolation
(Jelinek and Mercer 1980): so it ends its texts where the prompt's texts end, mixes its parents,
and knows the log-probability of everything it says. It is there for tests and demonstrations,
where a real model would be slow; what it writes is babble.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Final, Self

from flourishing.core.sampling import Sampling
from flourishing.errors import PromptTooLongError
from flourishing.models.protocol import (
    Completion,
    Event,
    Finish,
    Notice,
    Piece,
    Reading,
    Score,
    TokenLogprob,
    Usage,
)
from flourishing.models.waiting import turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ORDERS = (2, 1, 0)
_WEIGHTS = (0.9, 0.09, 0.01)
_FLOOR = 1e-6
"""The probability of each character that the prompt does not have; negligible in the sum."""
_CONTEXT = 32_768
_AT_ONCE = 8
"""Characters that are written before others on the same event loop may go on: about 1 ms."""
_READ_AT_ONCE = 256
"""Characters that are read before others may go on."""
_NOTHING: Final[Counter[str]] = Counter()
_SETTINGS: Final = frozenset({"max_tokens", "temperature", "top_p", "top_k", "min_p"})
_WIDTH: Final = 64
"""Numbers of an embedding."""
_MIXERS: Final = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
"""Large odd numbers (those of xxHash), one for each place of a trigram."""
_WORD = re.compile(r"\s*\S+|\s+")


class EchoModel:
    """A character trigram model of the prompt; tokens are characters."""

    name = "echo"
    ready = True

    async def load(self) -> None:
        """Do nothing: there is nothing to load."""

    async def prompt_room(self, n: int, max_tokens: int) -> int:  # noqa: ARG002 - n share nothing
        return max(0, _CONTEXT - max_tokens)

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
        reproducible: bool = False,  # noqa: ARG002 - it always is
    ) -> AsyncGenerator[Event]:
        if len(prompt) + sampling.max_tokens > _CONTEXT:
            raise PromptTooLongError(
                f"The prompt has {len(prompt):,} characters; with {sampling.max_tokens} more "
                f"to write, the echo model can take {_CONTEXT:,}.",
                hint="Use fewer or shorter examples.",
                tokens=len(prompt),
                limit=_CONTEXT,
            )
        for name in _without(sampling):
            yield Notice(f"The echo model has no setting {name!r}, and draws without it.")
        trigrams = _Trigrams()
        for at in range(0, len(prompt), _READ_AT_ONCE):
            trigrams.read(prompt[at : at + _READ_AT_ONCE])
            await turn()
        yield Reading(len(prompt), len(prompt))
        written = 0
        for index in range(n):
            draw = random.Random(seed + index)
            text, finish, logprobs = await _write(_Trigrams(trigrams), draw, sampling, stop)
            for word in _WORD.findall(text):
                yield Piece(index, word)
            written += len(text)
            yield Completion(index, text, finish, seed + index, len(text), logprobs=logprobs)
        yield Usage(prompt=len(prompt), completion=written)

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        chances = _Trigrams().read(prompt).next()
        likeliest = sorted(chances, key=lambda token: (-chances[token], token))[:k]
        return tuple(TokenLogprob(token, math.log(chances[token])) for token in likeliest)

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        trigrams = _Trigrams().read(prompt)
        return tuple(Score(text, _score(_Trigrams(trigrams), text)) for text in continuations)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give embeddings that are quick, and no states: which trigrams of letters a text has.

        Each trigram of the text in small letters adds 1 or -1 at one of 64 places, both by its hash
        (Weinberger et al. 2009), and the row is the mean over them. Texts that share words lie
        near each other; what they mean plays no part.

        Args:
            texts: The texts, none of them empty.
        """
        import numpy as np

        rows = np.zeros((len(texts), _WIDTH), np.float32)
        for row, text in zip(rows, texts, strict=True):
            letters = np.array([ord(each) for each in f"  {text.lower()}"], np.uint32)
            ends = len(letters) - 2
            mixed = sum(
                letters[at : at + ends] * np.uint32(mixer) for at, mixer in enumerate(_MIXERS)
            )
            hashes = (mixed ^ (mixed >> np.uint32(15))) * np.uint32(_MIXERS[0])
            signs = np.where(hashes & np.uint32(1), 1.0, -1.0)
            row += np.bincount(hashes >> np.uint32(26), signs, _WIDTH) / max(1, ends)
            await turn()
        return rows


def _without(sampling: Sampling) -> list[str]:
    """Give the settings in use that this model does not have."""
    return [name for name in sampling.in_use() if name not in _SETTINGS]


def _score(trigrams: _Trigrams, text: str) -> tuple[TokenLogprob, ...]:
    scores = []
    for token in text:
        scores.append(TokenLogprob(token, math.log(trigrams.next().get(token, _FLOOR))))
        trigrams.read(token)
    return tuple(scores)


class _Trigrams:
    """How often each character follows each pair, each single one, and at all.

    Args:
        base: Counts to go on from, which stay as they are; several may go on from one.
    """

    def __init__(self, base: _Trigrams | None = None) -> None:
        self._base = base
        self._context: str = base._context if base else ""
        self._counts: dict[str, Counter[str]] = {}

    def read(self, text: str) -> Self:
        """Count the characters of a text that follows what was read before."""
        for token in text:
            for order in _ORDERS:
                if len(self._context) >= order:
                    self._own(self._last(order))[token] += 1
            self._context = (self._context + token)[-max(_ORDERS) :]
        return self

    def next(self) -> dict[str, float]:
        """Give the probability of each character to come; they sum to 1."""
        chances: dict[str, float] = defaultdict(float)
        total = 0.0
        for order, weight in zip(_ORDERS, _WEIGHTS, strict=True):
            counts = self._after(self._last(order)) if order <= len(self._context) else _NOTHING
            if not counts:
                continue
            total += weight
            many = counts.total()
            for token, count in counts.items():
                chances[token] += weight * count / many
        return {token: chance / total for token, chance in chances.items()}

    def _last(self, order: int) -> str:
        return self._context[len(self._context) - order :]

    def _after(self, context: str) -> Counter[str]:
        own = self._counts.get(context)
        if own is not None:
            return own
        return self._base._after(context) if self._base else _NOTHING

    def _own(self, context: str) -> Counter[str]:
        """Give the counts after a context that may be added to: a copy of the base's."""
        if context not in self._counts:
            self._counts[context] = Counter(self._base._after(context)) if self._base else Counter()
        return self._counts[context]


async def _write(
    trigrams: _Trigrams, draw: random.Random, sampling: Sampling, stop: Sequence[str]
) -> tuple[str, Finish, tuple[TokenLogprob, ...]]:
    text = ""
    scores: list[TokenLogprob] = []
    while len(text) < sampling.max_tokens:
        if len(text) % _AT_ONCE == 0:
            await turn()
        chances = trigrams.next()
        if not chances:
            return text, "stop", tuple(scores)
        token = _draw(chances, draw, sampling)
        scores.append(TokenLogprob(token, math.log(chances[token])))
        trigrams.read(token)
        text += token
        for end in stop:
            if text.endswith(end):
                text = text.removesuffix(end)
                return text, "stop", tuple(scores[: len(text)])
    return text, "length", tuple(scores)


def _draw(chances: dict[str, float], draw: random.Random, sampling: Sampling) -> str:
    """Draw one character by top-k, top-p, min-p and temperature, in the order of llama.cpp."""
    ranked = sorted(chances.items(), key=lambda item: (-item[1], item[0]))
    if sampling.temperature == 0:
        return ranked[0][0]
    if sampling.top_k:
        ranked = ranked[: sampling.top_k]
    reached, enough = 0.0, len(ranked)
    for rank, (_, chance) in enumerate(ranked, start=1):
        reached += chance
        if reached >= sampling.top_p:
            enough = rank
            break
    ranked = [item for item in ranked[:enough] if item[1] >= sampling.min_p * ranked[0][1]]
    weights = [(chance / ranked[0][1]) ** (1 / sampling.temperature) for _, chance in ranked]
    return draw.choices([token for token, _ in ranked], weights)[0]
