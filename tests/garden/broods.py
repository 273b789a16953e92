"""Broods made by hand, as breeding would make them, without a model."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import count
from typing import Final

from flourishing.breeding.brood import Brood, Offspring
from flourishing.core.chain import Chain
from flourishing.core.flaws import Flaw, FlawKind
from flourishing.core.operation import ModelOperation, Operation
from flourishing.core.sampling import Sampling
from flourishing.core.text import Origin, Text
from flourishing.garden import Bed, Garden
from flourishing.models import Usage
from flourishing.patterns import PATTERNS

FOG = "The fog comes\non little cat feet"
SEA = "Whirl up, sea—\nwhirl your pointed pines"
DOVE = "A dove flies up\nfrom the hedgerow"

_SEEDS = count(1)
_OF_PATTERN: Final[dict[str, ModelOperation]] = {
    "poems": Operation.BREED,
    "refinements": Operation.REFINE,
    "worsenings": Operation.WORSEN,
}


def bred(
    parents: Sequence[str | Text] = (FOG, SEA),
    offspring: Sequence[str] = ("one", "two", "three"),
    *,
    aside: Sequence[str] = (),
    left_out: Sequence[Text] = (),
    notes: Sequence[str] = (),
) -> Brood:
    """Make a brood of these texts."""
    stood = tuple(each if isinstance(each, Text) else Text(each) for each in parents)
    pattern = PATTERNS["poems"]
    return _brood(stood, offspring, aside, left_out, notes, pattern.name, (), None)


def refined(
    chain: Chain,
    offspring: Sequence[str] = ("better", "best"),
    *,
    examples: Sequence[Chain] = (),
    left_out: Sequence[Text] = (),
    worse: bool = False,
) -> Brood:
    """Make a brood that goes on with a chain."""
    stood = tuple(text for each in (*examples, chain) for text in each)
    name = "worsenings" if worse else "refinements"
    return _brood(stood, offspring, (), left_out, (), name, tuple(examples), chain)


SEAS = tuple(f"the grey sea and the waves {number}" for number in range(10))
LOAVES = tuple(f"warm bread from the oven {number}" for number in range(10))


def tended(garden: Garden, name: str = "liked", *, kind: str = "poem", many: int = 10) -> Bed:
    """Begin a bed in which what is of the sea is kept, and what is of bread dropped."""
    parents = garden.add(FOG, SEA, keep=False)
    bed = garden.beds.begin(name, parents=[text.id for text in parents], kind=kind)
    saved = garden.save(bred(parents, [*SEAS[:many], *LOAVES[:many]]), bed=bed)
    garden.keep(*saved[:many], bed=bed)
    garden.drop(*saved[many:], bed=bed)
    return garden.beds.get(bed.id)


def poems(draw: random.Random, n: int = 3) -> list[str]:
    """Make up a few poems of six words."""
    return [" ".join(str(draw.randrange(1_000)) for _ in range(6)) for _ in range(n)]


def _brood(
    parents: tuple[Text, ...],
    offspring: Sequence[str],
    aside: Sequence[str],
    left_out: Sequence[Text],
    notes: Sequence[str],
    pattern: str,
    examples: tuple[Chain, ...],
    chain: Chain | None,
) -> Brood:
    form = PATTERNS[pattern]
    prompt = "\n\n---\n\n".join(parent.content for parent in parents)
    sampling = Sampling(max_tokens=48, temperature=0.9)
    first = next(_SEEDS) * 1_000

    def born(content: str, number: int, flaws: tuple[Flaw, ...] = ()) -> Offspring:
        origin = Origin(
            author="model",
            parents=parents,
            examples=sum(len(each) for each in examples),
            prompt=prompt,
            pattern=form,
            model="by hand",
            sampling=sampling,
            seed=first + number,
            reproducible=True,
            raw=f" {content}\n",
            finish="stop",
        )
        return Offspring(content, origin, flaws)

    return Brood(
        operation=_OF_PATTERN[pattern],
        offspring=tuple(born(each, number) for number, each in enumerate(offspring)),
        asked=len(offspring),
        parents=parents,
        left_out=tuple(left_out),
        set_aside=tuple(
            born(each, 500 + number, (Flaw(FlawKind.COPY, "a copy of parent 1", 1.0),))
            for number, each in enumerate(aside)
        ),
        notes=tuple(notes),
        prompt=prompt,
        pattern=form,
        start="",
        model="by hand",
        sampling=sampling,
        seed=first,
        reproducible=True,
        usage=Usage(prompt=12, cached=3, completion=40),
        examples=examples,
        chain=chain,
    )
