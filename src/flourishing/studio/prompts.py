"""Prompts over HTTP: the tasks that there are, and what a model answers to a prompt.

To measure one takes some seconds on the embedded model, so it is done where a person asks for it;
what was measured is remembered, so that parents are measured once for all of their offspring.
"""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import Annotated

from fastapi import Query

from flourishing import blocking
from flourishing.app.prompting import MOST_SHOWN, SHOWN, PromptBesideParents
from flourishing.errors import InputError
from flourishing.selection.prompt_task import PromptFigures, named_task, prompt_tasks
from flourishing.stored_form import encode
from flourishing.studio.app_state import CurrentState
from flourishing.studio.beds import find_bed
from flourishing.studio.problems import make_router
from flourishing.studio.schemas.library import AnswerBody, AnswersBody, FiguresBody, TaskBody
from flourishing.studio.schemas.texts import Label, Number
from flourishing.studio.texts import find_text

router = make_router("/api", "prompts")


@router.get("/tasks")
async def list_tasks() -> list[TaskBody]:
    """List the tasks for prompts: those that ship, and the person's own."""
    return await blocking.run(_tasks)


def _tasks() -> list[TaskBody]:
    found = []
    for name in prompt_tasks():
        with suppress(InputError):  # a file of the person's own that is wrong hides no other
            task = named_task(name)
            digest = sha256(encode(task.as_dict()["examples"]).encode()).hexdigest()[:16]
            found.append(
                TaskBody(name=name, title=task.title, examples=len(task.examples), digest=digest)
            )
    return found


@router.get("/texts/{text_id}/answers")
async def show_answers(
    state: CurrentState,
    text_id: Number,
    task: Annotated[Label, Query(description="The name of the task.")],
    bed: Annotated[Number | None, Query(description="The bed whose model answers.")] = None,
    shown: Annotated[
        int, Query(ge=0, le=MOST_SHOWN, description="On how many inputs to answer.")
    ] = SHOWN,
) -> AnswersBody:
    """Give what a model answers to a prompt, and its figure beside those of its parents."""
    text = await state.garden.read(find_text, text_id)
    its = await blocking.run(named_task, task)
    place = None if bed is None else await state.garden.read(find_bed, bed)
    model = await state.engines.open(None if place is None else state.model_of(place))
    found = await state.measured_prompts.beside_parents(text, its, model, shown=shown)
    return _answers(found)


def _answers(found: PromptBesideParents) -> AnswersBody:
    return AnswersBody(
        figures=_figures(found.trial.figures),
        answers=[
            AnswerBody(
                input=each.input,
                answer=each.answer,
                expected=list(each.expected),
                right=each.is_right,
            )
            for each in found.trial.answers
        ],
        parents=[_figures(each) for each in found.parents],
        gain=found.gain,
    )


def _figures(figures: PromptFigures) -> FiguresBody:
    return FiguresBody(
        prompt=figures.prompt,
        model=figures.model,
        logprob=figures.logprob,
        accuracy=figures.accuracy,
        inputs=len(figures.inputs),
        given_away=list(figures.given_away),
    )
