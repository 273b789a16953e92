"""Flourishing at a Python prompt: the calls of the post, each a plain function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from flourishing import bridge, workshop
from flourishing.brood import Brood
from flourishing.fitting import Parents
from flourishing.loading import open_visibly
from flourishing.models import BaseModel, Score, TokenLogprob
from flourishing.pattern import PATTERNS, Pattern
from flourishing.settings import find_pattern
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
        )
    )
    return texts[0] if responses is None else texts


def breed(
    parents: Parents,
    n: int = 8,
    pattern: str | Pattern = "poems",
    start: str = "",
    *,
    model: str | BaseModel | None = None,
    seed: int | None = None,
    refills: int | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    top_k: int | None = None,
    min_p: float | None = None,
) -> Brood:
    """Breed n offspring in the spirit of their parents.

    Args:
        parents: Strings or texts, worst first and best last; lists of them for a pattern of chains.
        n: How many offspring, from 1 to 1,000.
        pattern: "poems", "list", "lines", …, the path of a `.toml` file, or a `Pattern`.
        start: What every offspring begins with.
        model: As in `base_model`.
        seed: The same seed gives the same brood.
        refills: How many flawed offspring may be asked for again; by default n.
        max_tokens: The most tokens of an offspring; by default the pattern's.
        temperature: As in `base_model`, like the rest.
        top_p: As in `base_model`.
        top_k: As in `base_model`.
        min_p: As in `base_model`.

    Returns:
        The brood: iterate it for the offspring, read its `notes` for what could not be had.

    Raises:
        InputError: There are no parents, or an argument is out of its range.
        TextError: A parent is blank, or cannot stand in the pattern; the message says where.
        ModelError: The model cannot be found, loaded or run.
    """
    events = workshop.breed(
        parents,
        n,
        pattern=pattern,
        start=start,
        draw=Draw(
            max_tokens=max_tokens, temperature=temperature, top_p=top_p, top_k=top_k, min_p=min_p
        ),
        seed=seed,
        refills=refills,
        model=open_visibly(model),
    )
    return bridge.run(workshop.finished(events))


def format_poems(poems: Sequence[str]) -> str:
    """Write poems as the prompt that asks for another; `fl.find_pattern` has other forms.

    Args:
        poems: Poems, worst first and best last.

    Returns:
        The prompt, for `base_model`.

    Raises:
        TextError: A poem contains the line of dashes that separates poems.
    """
    return PATTERNS["poems"].render(poems)


def format_refinements(chains: Sequence[Sequence[str]]) -> str:
    """Write chains of versions as the prompt that asks for a better version of the last.

    Args:
        chains: Chains of versions of poems, each from worst to best; the last is under work.

    Returns:
        The prompt, for `base_model`.

    Raises:
        TextError: A version contains one of the marks between versions or chains.
    """
    return PATTERNS["refinements"].render(chains)


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


__all__ = [
    "base_model",
    "breed",
    "find_pattern",
    "format_poems",
    "format_refinements",
    "logprobs",
    "next_token",
]
