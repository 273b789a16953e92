"""Tending a bed: what its next brood is bred from, and what a person does with a text under work.

What stands in a bed's settings beside the sampling: `model`, the name of the base model; `prompt`,
one that a person fixed by hand; `examples`, which chains show the form while refining; and `later`,
the versions that a person went back from.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import fields
from typing import Any, Final, Literal

from flourishing import blocking, workshop
from flourishing.brood import Asked, BreedingEvent
from flourishing.chain import Chain
from flourishing.choosing import Choice, pick
from flourishing.cost import Purse
from flourishing.errors import InputError
from flourishing.garden import AsyncGarden, Bed, Garden, Stored
from flourishing.models import BaseModel
from flourishing.workshop import shelving
from flourishing.workshop.beds import begin_bed
from flourishing.workshop.draw import Draw

Kind = Literal["bred", "refined", "worsened"]

FIRST_BED: Final = "First bed"
"""What the bed is called that a person finds on the first visit."""
_SAMPLING: Final = frozenset(each.name for each in fields(Draw))


def draw_of(settings: Mapping[str, Any]) -> Draw:
    """Give what a bed says of the sampling."""
    return Draw(**{name: settings[name] for name in _SAMPLING & settings.keys()})


def model_of(bed: Bed) -> str | None:
    """Give the model that is set in a bed; None where the bed leaves it to the configuration.

    Raises:
        InputError: It is not the name of a listed model: a bed can come from elsewhere, so that an
            address or a path in it is not opened, and no key is sent there.
    """
    from flourishing.catalogue.listed import require_listed  # here, since few beds name a model

    name = bed.settings.get("model")
    return None if name is None else require_listed(str(name))


def kind_of(bed: Bed) -> Kind:
    """Say what the next brood of a bed is by itself: refined while a text is under work."""
    return "refined" if bed.chain else "bred"


async def next_brood(
    garden: AsyncGarden,
    bed: Bed,
    *,
    model: BaseModel,
    kind: Kind | None = None,
    seed: int | None = None,
    prompt: str | None = None,
    purse: Purse | None = None,
) -> AsyncGenerator[BreedingEvent]:
    """Begin the next brood of a bed: from its parents, or from the chain under work.

    Args:
        garden: Where the bed stands.
        bed: The bed.
        model: The base model.
        kind: "bred", "refined" or "worsened"; by default as `kind_of` says.
        seed: Makes the brood reproducible.
        prompt: What is sent this once; by default what was fixed in the bed, or what its texts
            make.
        purse: Bounds what it may cost.

    Yields:
        The events of breeding; the brood comes last. Nothing is saved.

    Raises:
        InputError: The bed has no parents, or nothing under work.
    """
    kind = kind or kind_of(bed)
    fixed = bed.settings.get("prompt") if kind == "bred" else None
    common: dict[str, Any] = {
        "start": bed.start,
        "draw": draw_of(bed.settings),
        "seed": seed,
        "refills": bed.settings.get("refills"),
        "model": model,
        "purse": purse,
        "prompt": prompt if prompt is not None else fixed,
    }
    if kind == "bred":
        parents = await garden.read(Garden.texts, bed.parents)
        events = workshop.breed(parents, bed.n, pattern=bed.pattern, **common)
    else:
        chain = await garden.read(under_work, bed)
        shown = await garden.read(examples, bed)
        grow = workshop.refine if kind == "refined" else workshop.worsen
        # The pattern may be a file.
        events = await blocking.run(grow, chain, bed.n, examples=shown, **common)
    async with aclosing(events) as following:
        async for event in following:
            yield event


async def asked_of(
    garden: AsyncGarden, bed: Bed, *, model: BaseModel, kind: Kind | None = None
) -> Asked:
    """Give what the next brood of a bed would be bred from, the exact prompt too; breed nothing.

    Raises:
        InputError: As `next_brood` does.
    """
    events = next_brood(garden, bed, model=model, kind=kind)
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


def examples(garden: Garden, bed: Bed) -> list[Chain]:
    """Give the chains that show the form in this bed: the same ones until others are drawn."""
    drawn = bed.settings.get("examples") or {}
    choice = Choice(
        how="random", most=drawn.get("take", shelving.TAKE), seed=drawn.get("seed", bed.id)
    )
    return pick(shelving.examples_for(garden, under_work(garden, bed)), choice)


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
    """Begin the bed that a person finds on the first visit, with the imagists in it."""
    choice = Choice(how="random", most=shelving.TAKE, seed=1)
    parents, pattern = await shelving.parents_from((), choice, garden, model)
    return await garden.write(begin_bed, FIRST_BED, parents, pattern, n=8, start="")
