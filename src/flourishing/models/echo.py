"""The echo model: deterministic, instant, and a true probabilistic model of its prompt.

It reads the prompt as characters and says it again, a trigram model with interpolation
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

from flourishing.errors import PromptTooLongError
from flourishing.models.protocol import (
    Completion,
    Event,
    Finish,
    Piece,
    Reading,
    Score,
    TokenLogprob,
    Usage,
)
from flourishing.sampling import Sampling

_ORDERS = (2, 1, 0)
_WEIGHTS = (0.9, 0.09, 0.01)
_FLOOR = 1e-6
"""The probability of each character that the prompt does not have; negligible in the sum."""
_CONTEXT = 32_768
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
        trigrams = _Trigrams(prompt)
        yield Reading(len(prompt), len(prompt))
        written = 0
        for index in range(n):
            text, finish = _write(trigrams, prompt, random.Random(seed + index), sampling, stop)
            for word in _WORD.findall(text):
                yield Piece(index, word)
            written += len(text)
            yield Completion(index, text, finish, seed + index, len(text))
        yield Usage(prompt=len(prompt), completion=written)

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        chances = _Trigrams(prompt).after(prompt)
        likeliest = sorted(chances, key=lambda token: (-chances[token], token))[:k]
        return tuple(TokenLogprob(token, math.log(chances[token])) for token in likeliest)

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        trigrams = _Trigrams(prompt)
        return tuple(
            Score(
                text,
                tuple(
                    TokenLogprob(
                        token, math.log(trigrams.after(prompt + text[:at]).get(token, _FLOOR))
                    )
                    for at, token in enumerate(text)
                ),
            )
            for text in continuations
        )


class _Trigrams:
    """How often each character follows each pair, each single one, and at all."""

    def __init__(self, text: str) -> None:
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)
        for at, token in enumerate(text):
            for order in _ORDERS:
                if at >= order:
                    self._counts[text[at - order : at]][token] += 1
        self._known: dict[str, dict[str, float]] = {}

    def after(self, text: str) -> dict[str, float]:
        """Give the probability of each character of the prompt after a text; they sum to 1."""
        context = text[-2:]
        if context not in self._known:
            self._known[context] = self._mix(context)
        return self._known[context]

    def _mix(self, context: str) -> dict[str, float]:
        chances: dict[str, float] = defaultdict(float)
        total = 0.0
        for order, weight in zip(_ORDERS, _WEIGHTS, strict=True):
            counts = (
                self._counts.get(context[len(context) - order :]) if order else self._counts[""]
            )
            if not counts or order > len(context):
                continue
            total += weight
            for token, count in counts.items():
                chances[token] += weight * count / counts.total()
        return {token: chance / total for token, chance in chances.items()}


def _write(
    trigrams: _Trigrams,
    prompt: str,
    draw: random.Random,
    sampling: Sampling,
    stop: Sequence[str],
) -> tuple[str, Finish]:
    text = ""
    while len(text) < sampling.max_tokens:
        chances = trigrams.after((prompt + text)[-2:])
        if not chances:
            return text, "stop"
        text += _draw(chances, draw, sampling)
        for end in stop:
            if text.endswith(end):
                return text.removesuffix(end), "stop"
    return text, "length"


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
