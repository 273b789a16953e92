"""Breeding, refining and worsening, with everything by its name or its default."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from flourishing import blocking, breeding, refinement
from flourishing.arguments import as_whole
from flourishing.brood import BreedingEvent, Brood
from flourishing.chain import Chain
from flourishing.cost import Purse, watched
from flourishing.fitting import Parent, Parents, Versions, as_chain
from flourishing.library import library
from flourishing.models import BaseModel, open_model
from flourishing.pattern import Pattern
from flourishing.refinement import Examples
from flourishing.settings import find_pattern
from flourishing.workshop.draw import Draw

EXAMPLES = 6
"""How many chains of the library show the form where a caller names none."""


async def breed(
    parents: Parents,
    n: int = 8,
    *,
    pattern: str | Pattern = "poems",
    start: str = "",
    draw: Draw | None = None,
    seed: int | None = None,
    refills: int | None = None,
    model: str | BaseModel | None = None,
    purse: Purse | None = None,
    prompt: str | None = None,
) -> AsyncGenerator[BreedingEvent]:
    """Breed n offspring from parents, and tell of everything as it comes.

    Args:
        parents: Texts, or chains of texts; worst first, best last.
        n: How many offspring.
        pattern: A pattern by name, by the path of its file, or itself.
        start: What every offspring begins with.
        draw: How tokens are drawn.
        seed: Makes the brood reproducible.
        refills: How many flawed offspring may be asked for again; by default n.
        model: The base model, by name or itself; None for the one that is configured.
        purse: Bounds what it may cost; None for the month's budget alone.
        prompt: What is sent instead of the prompt that the parents make.

    Yields:
        What `breeding.breed` does; the brood comes last.
    """

    def prepared() -> tuple[Pattern, BaseModel]:
        return find_pattern(pattern), _paid(model, purse, _refills(n, refills))

    form, paid = await blocking.run(prepared)  # which read the configuration, and perhaps files
    events = breeding.breed(
        parents,
        n,
        pattern=form,
        model=paid,
        start=start,
        sampling=(draw or Draw()).sampling(form.max_tokens),
        seed=seed,
        refills=refills,
        prompt=prompt,
    )
    async with aclosing(events):
        async for event in events:
            yield event


def refine(
    chain: Parent | Versions,
    n: int = 8,
    *,
    examples: Examples | None = None,
    pattern: str | Pattern = "refinements",
    start: str = "",
    draw: Draw | None = None,
    seed: int | None = None,
    refills: int | None = None,
    model: str | BaseModel | None = None,
    purse: Purse | None = None,
    prompt: str | None = None,
) -> AsyncGenerator[BreedingEvent]:
    """Write the next, better version of a text n times, and tell of everything as it comes.

    Args:
        chain: The versions under work, worst first; a single text is a chain of one.
        n: How many versions.
        examples: Chains that show what getting better looks like, each worst first; None draws
            some of the library's (`examples_for`).
        pattern: As in `breed`, like the rest.
        start: As in `breed`.
        draw: As in `breed`.
        seed: As in `breed`; also draws the examples.
        refills: As in `breed`.
        model: As in `breed`.
        purse: As in `breed`.
        prompt: As in `breed`.

    Returns:
        The events of `refinement.refine`; the brood comes last.
    """
    form = find_pattern(pattern)
    return refinement.refine(
        chain,
        n,
        examples=examples_for(chain, seed=seed) if examples is None else examples,
        pattern=form,
        model=_paid(model, purse, _refills(n, refills)),
        start=start,
        sampling=(draw or Draw()).sampling(form.max_tokens),
        seed=seed,
        refills=refills,
        prompt=prompt,
    )


def worsen(
    chain: Parent | Versions,
    n: int = 8,
    *,
    examples: Examples | None = None,
    pattern: str | Pattern = "worsenings",
    start: str = "",
    draw: Draw | None = None,
    seed: int | None = None,
    refills: int | None = None,
    model: str | BaseModel | None = None,
    purse: Purse | None = None,
    prompt: str | None = None,
) -> AsyncGenerator[BreedingEvent]:
    """Write a worse version of a text n times, and tell of everything as it comes.

    Args:
        chain: The text; of a chain of versions, the first is to be made still worse.
        n: How many versions.
        examples: As in `refine`, worst first; they are read from best to worst.
        pattern: As in `breed`, like the rest.
        start: As in `breed`.
        draw: As in `breed`.
        seed: As in `refine`.
        refills: As in `breed`.
        model: As in `breed`.
        purse: As in `breed`.
        prompt: As in `breed`.

    Returns:
        The events of `refinement.worsen`; the brood comes last.
    """
    form = find_pattern(pattern)
    return refinement.worsen(
        chain,
        n,
        examples=examples_for(chain, seed=seed) if examples is None else examples,
        pattern=form,
        model=_paid(model, purse, _refills(n, refills)),
        start=start,
        sampling=(draw or Draw()).sampling(form.max_tokens),
        seed=seed,
        refills=refills,
        prompt=prompt,
    )


def examples_for(
    chain: Parent | Versions, *, seed: int | None = None, take: int = EXAMPLES
) -> list[Chain]:
    """Draw chains of the library as examples for one that is under work.

    A chain that shares a version with it is no example: the model would copy how that one went on.

    Args:
        chain: The chain under work.
        seed: The same seed draws the same chains.
        take: How many, if there are so many.
    """
    seed = None if seed is None else as_whole(seed, "seed")
    own = {text.content for text in as_chain(chain, "the chain under work")}
    others = [
        each
        for each in library("refinements").chains
        if not any(text.content in own for text in each)
    ]
    return random.Random(seed).sample(others, min(take, len(others)))


def _refills(n: int, refills: int | None) -> int:
    return as_whole(n, "n") if refills is None else as_whole(refills, "refills")


def _paid(model: str | BaseModel | None, purse: Purse | None, refills: int) -> BaseModel:
    """Open a model, and have a purse watch what it costs."""
    return watched(open_model(model), purse, refills=refills)


async def finished(
    events: AsyncGenerator[BreedingEvent], tell: Callable[[BreedingEvent], None] | None = None
) -> Brood:
    """Wait for the brood at the end of a breeding.

    Args:
        events: What breeding yields.
        tell: Called with everything before the end.
    """
    async with aclosing(events):
        async for event in events:
            if tell is not None:
                tell(event)
            if isinstance(event, Brood):
                return event
    raise AssertionError("a breeding ends with its brood")
