"""Completing a raw prompt, and how likely a continuation is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from flourishing import bridge, workshop
from flourishing.loading import open_visibly, tell_visibly
from flourishing.models import BaseModel, Score, TokenLogprob
from flourishing.workshop import Draw


@overload
def base_model(
    prompt: str,
    *,
    responses: None = None,
    stop: str | Sequence[str] | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    top_k: int | None = None,
    min_p: float | None = None,
    seed: int | None = None,
    start: str = "",
    model: str | BaseModel | None = None,
) -> str: ...


@overload
def base_model(
    prompt: str,
    *,
    responses: int,
    stop: str | Sequence[str] | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    top_k: int | None = None,
    min_p: float | None = None,
    seed: int | None = None,
    start: str = "",
    model: str | BaseModel | None = None,
) -> list[str]: ...


def base_model(
    prompt: str,
    *,
    responses: int | None = None,
    stop: str | Sequence[str] | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    top_k: int | None = None,
    min_p: float | None = None,
    seed: int | None = None,
    start: str = "",
    model: str | BaseModel | None = None,
) -> str | list[str]:
    """Continue a prompt with a base model.

    Args:
        prompt: The exact prompt; it should end right where the next example would begin.
        responses: How many completions; None gives one as a string, n a list of exactly n.
        stop: What ends a completion; None reads it off the prompt ("|" for "|cat|dog|"), and lets
            it run on where no pattern can be seen; [] always lets it run on.
        max_tokens: The most tokens of a completion; by default as the prompt's pattern has it.
        temperature: Above 1 for wilder, below 1 for tamer; 0 takes the likeliest. By default 1.
        top_p: Draw from the smallest set of tokens with this probability; by default 1 (all).
        top_k: Draw from the k likeliest tokens; by default 0 (all).
        min_p: Draw from tokens at least this share as likely as the likeliest; by default 0.05.
        seed: The same seed gives the same texts, from 0 to 2**31 - 1.
        start: Words that every completion begins with; part of the result.
        model: "local" (the embedded model), "echo", the path of a `.gguf` file, or a model.

    Returns:
        The completion, or the list of them, up to the stop and without it.

    Raises:
        InputError: The prompt is empty, or an argument is out of its range.
        PromptTooLongError: The prompt does not fit into the model's context.
        ModelError: The model cannot be found, loaded or run.

    Example:
        >>> import flourishing as fl
        >>> animals = fl.base_model("|cat|elephant|rabbit|dog|", responses=3)
        >>> len(animals)
        3
    """
    texts = bridge.run(
        workshop.complete(
            prompt,
            1 if responses is None else responses,
            stop=[stop] if isinstance(stop, str) else stop,
            start=start,
            draw=Draw(
                max_tokens=max_tokens,
                temperature=temperature,
                top_p=top_p,
                top_k=top_k,
                min_p=min_p,
            ),
            seed=seed,
            model=open_visibly(model),
            tell=tell_visibly,
        )
    )
    return texts[0] if responses is None else texts


def next_token(
    prompt: str, *, k: int = 10, model: str | BaseModel | None = None
) -> tuple[TokenLogprob, ...]:
    """Give the k likeliest next tokens after a prompt, likeliest first.

    Args:
        prompt: The exact prompt.
        k: How many.
        model: As in `base_model`.

    Returns:
        Tokens with their natural log-probabilities, before any sampling setting.
    """
    return bridge.run(workshop.next_token(prompt, k=k, model=open_visibly(model)))


def logprobs(
    prompt: str, continuations: Sequence[str], *, model: str | BaseModel | None = None
) -> tuple[Score, ...]:
    """Give the log-probabilities of given continuations of a prompt.

    Args:
        prompt: The exact prompt.
        continuations: The texts that might follow it.
        model: As in `base_model`.

    Returns:
        A `Score` for each continuation, in their order: its tokens, and the sum `logprob`.
    """
    return bridge.run(workshop.logprobs(prompt, continuations, model=open_visibly(model)))
