"""Tending a bed: what its next brood is bred from, and what a person does with a text under work.

What stands in a bed's settings beside the sampling: `model`, the name of the base model; `prompt`,
one that a person fixed by hand; `examples`, which chains show the form while refining; and `later`,
the versions that a person went back from.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from flourishing.bed_settings import ExampleChoice
from flourishing.breeding import BreedRequest, breed
from flourishing.brood import Asked, BreedingEvent
from flourishing.chain import Chain
from flourishing.choosing import Choice, pick
from flourishing.cost import Budget
from flourishing.errors import InputError
from flourishing.garden import AsyncGarden, Bed, Garden, Stored
from flourishing.kinds import kind_of, kind_of_versions, pattern_for
from flourishing.models import BaseModel
from flourishing.operation import ModelOperation, Operation
from flourishing.workshop import shelving
from flourishing.workshop.beds import begin_bed

FIRST_BED: Final = "First bed"
"""What the bed is called that a person finds on the first visit."""


def model_of(bed: Bed) -> str | None:
    """Give the model that is set in a bed; None where the bed leaves it to the configuration.

    Raises:
        InputError: It is not the name of a listed model: a bed can come from elsewhere, so that an
            address or a path in it is not opened, and no key is sent there.
    """
    from flourishing.catalogue.default_model import (
        require_listed,  # here, since few beds name a model
    )

    name = bed.settings.model
    return None if name is None else require_listed(name)


def next_request(
    garden: Garden,
    bed: Bed,
    *,
    model: BaseModel,
    operation: ModelOperation | None = None,
    seed: int | None = None,
    prompt: str | None = None,
    budget: Budget | None = None,
) -> BreedRequest:
    """Say what the next brood of a bed is: from its parents, or from the chain under work.

    Args:
        garden: Where the bed stands.
        bed: The bed.
        model: The base model.
        operation: What is asked for; by default as the bed says.
        seed: Makes the brood reproducible.
        prompt: What is sent this once; by default what was fixed in the bed, or what its texts
            make.
        budget: Bounds what it may cost.

    Raises:
        InputError: Nothing is under work, or a parent is not there.
    """
    settings = bed.settings
    request = BreedRequest(
        operation=operation or bed.operation,
        n=bed.n,
        start=bed.start,
        sampling=settings.sampling,
        seed=seed,
        refills=settings.refills,
        model=model,
        prompt=prompt,
        budget=budget,
    )
    if request.operation is Operation.BREED:
        fixed = settings.prompt if prompt is None else prompt
        parents = garden.texts(bed.parents)
        form = pattern_for(bed.kind or None, bed.pattern)
        its = kind_of(bed.pattern, bed.kind)
        return replace(request, parents=parents, pattern=form, kind=its, prompt=fixed)
    chain = under_work(garden, bed)
    its = kind_of_versions(bed.pattern, bed.kind)
    return replace(request, chain=chain, kind=its, examples=examples(garden, bed))


async def next_brood(
    garden: AsyncGarden,
    bed: Bed,
    *,
    model: BaseModel,
    operation: ModelOperation | None = None,
    seed: int | None = None,
    prompt: str | None = None,
    budget: Budget | None = None,
) -> AsyncGenerator[BreedingEvent]:
    """Begin the next brood of a bed: from its parents, or from the chain under work.

    Args:
        garden: Where the bed stands.
        bed: The bed.
        model: The base model.
        operation: What is asked for; by default as the bed says.
        seed: Makes the brood reproducible.
        prompt: What is sent this once; by default what was fixed in the bed, or what its texts
            make.
        budget: Bounds what it may cost.

    Yields:
        The events of breeding; the brood comes last. Nothing is saved.

    Raises:
        InputError: The bed has no parents, or nothing under work.
    """
    request = await garden.read(
        next_request, bed, model=model, operation=operation, seed=seed, prompt=prompt, budget=budget
    )
    events = breed(request)
    async with aclosing(events) as following:
        async for event in following:
            yield event


async def asked_of(
    garden: AsyncGarden, bed: Bed, *, model: BaseModel, operation: ModelOperation | None = None
) -> Asked:
    """Give what the next brood of a bed would be bred from, the exact prompt too; breed nothing.

    Raises:
        InputError: As `next_brood` does.
    """
    events = next_brood(garden, bed, model=model, operation=operation)
    async with aclosing(events) as following:
        async for event in following:
            if isinstance(event, Asked):
                return event
    raise AssertionError("a breeding begins with what is asked")


def under_work(garden: Garden, bed: Bed) -> Chain:
    """Give the versions under work.

    Raises:
        InputError: There are none.
    """
    if not bed.chain:
        raise InputError("Nothing is being refined.", hint="Choose a text to refine first.")
    return Chain(tuple(garden.texts(bed.chain)))


def example_choice(bed: Bed) -> ExampleChoice:
    """Say which chains show the form in this bed: what is set, with the usual for the rest."""
    drawn = bed.settings.examples or ExampleChoice()
    return ExampleChoice(
        take=shelving.TAKE if drawn.take is None else drawn.take,
        seed=bed.id if drawn.seed is None else drawn.seed,
    )


def examples(garden: Garden, bed: Bed) -> list[Chain]:
    """Give the chains that show the form in this bed: the same ones until others are drawn."""
    drawn = example_choice(bed)
    choice = Choice(how="random", most=drawn.take, seed=drawn.seed)
    its = kind_of_versions(bed.pattern, bed.kind)
    return pick(shelving.examples_for(garden, under_work(garden, bed), its), choice)


def refine_text(garden: Garden, bed: Bed, text: int) -> Bed:
    """Put a text under work, with the versions that it went through before.

    Args:
        garden: Where the bed stands.
        bed: The bed.
        text: The number of the text.

    Raises:
        InputError: There is no such text.
    """
    garden.text(text)
    versions = garden.lineage.versions(text)
    ids = tuple(each.id for each in versions if isinstance(each, Stored))
    return garden.beds.set(bed, chain=ids, settings={"later": None})


async def first_bed(garden: AsyncGarden, model: BaseModel) -> Bed:
    """Begin the bed that a person finds on the first visit, with what ships of the default kind."""
    choice = Choice(how="random", most=shelving.TAKE, seed=1)
    parents, its = await shelving.parents_from((), choice, garden, model)
    return await garden.write(
        begin_bed, FIRST_BED, parents, its.pattern, n=8, start="", kind=its.kind
    )
