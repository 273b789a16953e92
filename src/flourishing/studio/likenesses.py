"""Which two of three texts of a run are alike: asked, answered, and made into a measure.

The measure is a file in the folder of a person's own measures, with the texts of the answers in it:
a run that is begun with it is measured in the same way for ever, whatever is answered later.
"""

from __future__ import annotations

import random
from typing import Annotated

from fastapi import Query

from flourishing import blocking
from flourishing.core.words import quantity
from flourishing.errors import InputError
from flourishing.evolution import measures, opening, own
from flourishing.evolution.archives import Elite
from flourishing.garden import Garden
from flourishing.selection.alikeness import FEWEST_TRIPLES
from flourishing.studio.app_state import CurrentState
from flourishing.studio.problems import MissingError, make_router
from flourishing.studio.schemas.runs import (
    AlikeAsked,
    LearnedAsked,
    MeasureBody,
    TripleBody,
)
from flourishing.studio.schemas.texts import Number
from flourishing.studio.serializers import serialize_texts

router = make_router("/api/runs", "runs")

_ATTEMPTS = 50


@router.get("/{run_id}/triple")
async def ask_triple(
    state: CurrentState, run_id: Number, skipped: Annotated[int, Query(ge=0, le=10**6)] = 0
) -> TripleBody:
    """Give three texts that the run keeps, to be asked which two are alike."""
    return await state.garden.read(_triple, run_id, skipped)


@router.post("/{run_id}/triples", status_code=201)
async def answer_triple(state: CurrentState, run_id: Number, asked: AlikeAsked) -> TripleBody:
    """Keep an answer, and give the next three."""
    await state.garden.read(_require, run_id)
    one, two = asked.alike
    await state.garden.write(lambda its: its.likenesses.add(run_id, one, two, asked.odd))
    return await state.garden.read(_triple, run_id, 0)


@router.post("/{run_id}/measure", status_code=201)
async def make_measure(state: CurrentState, run_id: Number, asked: LearnedAsked) -> MeasureBody:
    """Make a measure of the answers, with which a next run can be begun."""
    await state.garden.read(_require, run_id)
    run = await state.garden.read(lambda its: its.runs.numbered(run_id))
    answers = await state.garden.read(lambda its: its.likenesses.of_run(run_id))
    triples = [[each.one.content, each.two.content, each.odd.content] for each in answers]
    about = (
        f"Where it stands on an axis learned from which texts of the run “{run.name}” are alike."
    )
    made = await blocking.run(lambda: own.write_alike(asked.name, triples, about, measures()))
    return MeasureBody(**made.as_dict())  # type: ignore[arg-type]  # it has its fields


# What follows is called in a thread.


def _require(garden: Garden, id: int) -> None:
    try:
        garden.runs.numbered(id)
    except InputError as error:
        raise MissingError(str(error), hint=error.hint) from error


def _triple(garden: Garden, id: int, skipped: int) -> TripleBody:
    _require(garden, id)
    run = opening.load(garden.runs.numbered(id).name, garden)
    answers = garden.likenesses.of_run(id)
    asked = {frozenset((each.one.id, each.two.id, each.odd.id)) for each in answers}
    elites = list({each.content: each for each in run.archive}.values())
    if len(elites) < 3:
        raise InputError(
            f"The run keeps {quantity(len(elites), 'text')}, and three are compared.",
            hint="Let it go on first.",
        )
    draw = random.Random(f"{run.plan.seed}/alike/{len(answers)}/{skipped}")
    chosen: list[Elite] = []
    for _ in range(_ATTEMPTS):
        chosen = draw.sample(elites, 3)
        if frozenset(getattr(each.text, "id", 0) for each in chosen) not in asked:
            break
    return TripleBody(
        texts=serialize_texts([each.text for each in chosen], garden),
        answers=len(answers),
        needed=max(0, FEWEST_TRIPLES - len(answers)),
        name=_free_name(),
    )


def _free_name() -> str:
    there = measures()
    return next(name for n in range(1, len(there) + 2) if (name := f"alike-{n}") not in there)
