"""Refinement: a chain of versions and some example chains make a prompt that asks for the next.

It is breeding with chains for parents, and all that holds of a brood holds here. The examples
stand first, each from worst to best, and the chain under work last, left open at its end: so that
from one version to the next, the prompt only grows at its end, and a model that remembers its
beginning need not read it again.

Worsening is the same turned round. Good poems are easier to find than bad versions of them, and
the worse versions of a good one make it an example for refining.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TypeAlias

from flourishing.arguments import as_list
from flourishing.breeding import breed
from flourishing.brood import BreedingEvent
from flourishing.chain import Chain
from flourishing.errors import InputError
from flourishing.fitting import Parent, Versions, as_chain
from flourishing.kinds import Kind
from flourishing.models.protocol import BaseModel
from flourishing.pattern import Pattern
from flourishing.sampling import Sampling
from flourishing.text import Text

Examples: TypeAlias = Iterable[Versions | Iterable[Versions | Text]]
"""Chains that show what getting better looks like, each from worst to best; or groups of them."""


def refine(
    chain: Parent | Versions,
    n: int = 8,
    *,
    examples: Examples,
    pattern: Pattern,
    kind: Kind | None = None,
    model: BaseModel,
    start: str = "",
    sampling: Sampling | None = None,
    seed: int | None = None,
    refills: int | None = None,
    prompt: str | None = None,
) -> AsyncGenerator[BreedingEvent]:
    """Write the next, better version of a text n times.

    An offspring that is the same as a version there was is a copy, and one that is like an example
    a near copy; being like the versions under work is what it is for.

    Args:
        chain: The versions under work, worst first; a single text is a chain of one.
        n: How many versions, from 1 to 1,000.
        examples: Chains that show the form; the first of them leave where there is no room.
        pattern: How they become a prompt; it has a link.
        kind: As in `breed`.
        model: The base model.
        start: What every version begins with.
        sampling: How tokens are drawn; by default as in `breed`.
        seed: Makes the brood reproducible.
        refills: How many flawed versions may be asked for again; by default n.
        prompt: What is sent instead, as in `breed`.

    Returns:
        The events of `breed`. The brood tells the `examples` that stood in the prompt, and the
        `chain` under work.

    Raises:
        InputError: A chain has no versions, n is out of range, or a setting is.
        TextError: A version is blank, or cannot stand in the pattern.
        PromptTooLongError: Not even the chain under work fits into the model's context.
        ModelError: The model failed.
    """
    return breed(
        [*as_examples(examples), as_chain(chain, "the chain under work")],
        n,
        pattern=pattern,
        kind=kind,
        model=model,
        start=start,
        sampling=sampling,
        seed=seed,
        refills=refills,
        prompt=prompt,
    )


def worsen(
    chain: Parent | Versions,
    n: int = 8,
    *,
    examples: Examples,
    pattern: Pattern,
    kind: Kind | None = None,
    model: BaseModel,
    start: str = "",
    sampling: Sampling | None = None,
    seed: int | None = None,
    refills: int | None = None,
    prompt: str | None = None,
) -> AsyncGenerator[BreedingEvent]:
    """Write a worse version of a text n times.

    Chains are given as ever, worst first, and stand the other way round in the prompt and in the
    brood. Of the brood's first, `Chain.of([brood[0], text])` is an example for `refine`.

    Args:
        chain: The text; of a chain of versions, the first is to be made still worse.
        n: As in `refine`, like the rest, but that
        examples: will be read from best to worst, and
        pattern: says so.
        kind: As in `breed`.
        model: As in `refine`.
        start: As in `refine`.
        sampling: As in `refine`.
        seed: As in `refine`.
        refills: As in `refine`.
        prompt: As in `refine`.

    Returns:
        As `refine` does.

    Raises:
        InputError: As `refine` does.
        TextError: As `refine` does.
        PromptTooLongError: As `refine` does.
        ModelError: As `refine` does.
    """
    return refine(
        _turned_round(as_chain(chain, "the chain under work")),
        n,
        examples=[_turned_round(each) for each in as_examples(examples)],
        pattern=pattern,
        kind=kind,
        model=model,
        start=start,
        sampling=sampling,
        seed=seed,
        refills=refills,
        prompt=prompt,
    )


def as_examples(examples: Examples) -> list[Chain]:
    """Take example chains as chains of texts.

    Args:
        examples: Chains, as chains or as lists of versions, and groups of them, such as a
            collection among chains; the groups are opened, in their order.

    Raises:
        InputError: One is a single text, or has no versions, or mixes versions and chains.
        TextError: A version is blank, or has a lone surrogate.
    """
    chains: list[Chain] = []
    for number, each in enumerate(as_list(examples, "The examples"), start=1):
        if isinstance(each, str | Text):
            raise InputError(
                f"Example {number} is the single text {str(each)[:40]!r}, not a chain.",
                hint="Give a list of chains, each a list of versions from worst to best.",
            )
        chains += _opened(each, f"example {number}")
    return chains


def _opened(given: Versions | Iterable[Versions | Text], name: str) -> list[Chain]:
    """Take one chain, or all chains of a group."""
    if isinstance(given, Chain):
        return [as_chain(given, name)]
    items: list[object] = as_list(given, f"{name[:1].upper()}{name[1:]}")
    singles = [isinstance(each, str | Text) for each in items]
    if not any(singles) and any(isinstance(each, Iterable) for each in items):
        return as_examples(items)  # type: ignore[arg-type]  # it looks at each of them
    if not all(singles) and any(isinstance(each, Chain | list | tuple) for each in items):
        raise InputError(
            f"{name[:1].upper()}{name[1:]} mixes texts with chains.",
            hint="Put the versions of each text into a list of their own.",
        )
    return [as_chain(items, name)]  # type: ignore[arg-type]  # it refuses what is no text


def _turned_round(chain: Chain) -> Chain:
    return Chain(chain.versions[::-1], chain.source)
