"""Runs over the wire: begun, followed, stopped and gone on with, and a person's acts inside them.

What a run keeps is a machine's choice, and the garden says so for ever; what a person marks of it
is marked as anywhere (`/api/marks`), and has its effect on the next prompt.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final, get_args

from fastapi import Header, Query
from fastapi.responses import Response, StreamingResponse
from fastapi.sse import format_sse_event

from flourishing import blocking
from flourishing.app import collections
from flourishing.core.text import Text
from flourishing.errors import FlourishingError, InputError
from flourishing.evolution import RunBudget, measures, opening
from flourishing.evolution.archives import Form
from flourishing.evolution.by_model import TASTE
from flourishing.evolution.catalogue import default_axes, default_quality
from flourishing.evolution.emitters import EMITTERS
from flourishing.evolution.evolve import Evolution
from flourishing.evolution.measure import Setting
from flourishing.evolution.plan import BATCH, COMPLETIONS, EMITTER, PARENTS, Plan
from flourishing.evolution.steering import BY_PERSON
from flourishing.garden import Garden
from flourishing.kinds import named_kind, usable_kinds
from flourishing.library.choosing import Choice
from flourishing.models import BaseModel
from flourishing.studio.app_state import AppState, CurrentState, Session
from flourishing.studio.beds import find_bed, texts_of
from flourishing.studio.problems import MissingError, make_router
from flourishing.studio.run_jobs import RunJob
from flourishing.studio.run_map import point_of, serialize_run, serialize_step, summaries
from flourishing.studio.schemas.runs import (
    BentAsked,
    BudgetAsked,
    GoOnAsked,
    KindMeasures,
    MeasureBody,
    PutAsked,
    RunAsked,
    RunBody,
    RunChoices,
    RunSummary,
)
from flourishing.studio.schemas.texts import Number

router = make_router("/api/runs", "runs")

_EVENTS: Final = "text/event-stream"
_STILL_HERE: Final = 15.0
"""Seconds of silence after which a connection is shown to be alive."""


@router.get("")
async def list_runs(
    state: CurrentState, name: Annotated[str | None, Query(max_length=200)] = None
) -> list[RunSummary]:
    """List the runs, the newest first; with a name, the one that is called so."""
    here = state.runs.on_their_way()  # first: one that ends meanwhile is at its end in the garden
    found = await state.garden.read(summaries, name)
    return [each.model_copy(update=_here(each, each.id in here)) for each in found]


@router.get("/choices")
async def show_choices() -> RunChoices:
    """Say what a run can be begun with: measures, and what is usual for each kind."""
    return await blocking.run(_choices)


@router.post("", status_code=201)
async def begin_run(state: CurrentState, asked: RunAsked) -> RunBody:
    """Begin a run; it goes on without its page."""
    state.garden.require_writable()
    state.runs.require_room()
    seeds, kind, model = await _seeds(state, asked)
    name = await state.engines.require(asked.model or await _model_of(state, asked))
    evolution = await state.garden.read(_evolution, asked, seeds, kind, name)
    await _require_taste(evolution, model)
    id = await state.garden.write(_begin, evolution)
    await _go_on(state, id, model, None)
    return await _show(state, id)


@router.get("/{run_id}")
async def show_run(state: CurrentState, run_id: Number) -> RunBody:
    """Show a run with its archive as it stands."""
    return await _show(state, run_id)


@router.get("/{run_id}/events", response_class=StreamingResponse)
async def follow_run(
    state: CurrentState,
    session: Session,
    run_id: Number,
    last_event_id: Annotated[int, Header(ge=0, le=2**53)] = 0,
) -> Response:
    """Follow a run that is on its way, from behind `Last-Event-ID` on."""
    job = state.runs.get(run_id)
    if job is None:
        await state.garden.read(_require, run_id)
        raise MissingError("This run is not on its way here.", hint="Let it go on first.")
    state.streams.require_room(session)

    async def events() -> AsyncGenerator[bytes]:
        async for some in job.events.follow(last_event_id, at_least_every=_STILL_HERE):
            yield b"".join(
                format_sse_event(id=str(each.id), event=each.event, data_str=each.data)
                for each in some
            ) or format_sse_event(comment="still here")

    following = state.streams.follow(session, events())
    return StreamingResponse(following, media_type=_EVENTS, headers={"Cache-Control": "no-store"})


@router.post("/{run_id}/stop")
async def stop_run(state: CurrentState, run_id: Number) -> RunBody:
    """Stop a run; all that came is kept, and it can go on."""
    if (job := state.runs.running(run_id)) is not None:
        await job.stop()
    return await _show(state, run_id)


@router.post("/{run_id}/resume")
async def resume_run(state: CurrentState, run_id: Number, asked: GoOnAsked) -> RunBody:
    """Go on with a run where it ended, however that was."""
    state.garden.require_writable()
    state.runs.require_room(run_id)
    plan = await state.garden.read(_plan, run_id)
    model = await state.engines.open(plan.model or None)
    await _go_on(state, run_id, model, asked.budget)
    return await _show(state, run_id)


@router.post("/{run_id}/bend")
async def bend_run(state: CurrentState, run_id: Number, asked: BentAsked) -> RunBody:
    """Bend a run towards squares of its map: from the next prompt on, parents are drawn near."""
    plan = await state.garden.read(_plan, run_id)
    bends = await blocking.run(lambda: tuple(point_of(plan, spot) for spot in asked.towards))
    if (job := state.runs.running(run_id)) is not None:
        job.evolution.bend(bends)
        plan = job.evolution.plan
    settings = replace(plan, bends=bends).as_dict()
    await state.garden.write(lambda its: its.runs.change(run_id, settings=settings))
    return await _show(state, run_id)


@router.post("/{run_id}/texts")
async def put_texts(state: CurrentState, run_id: Number, asked: PutAsked) -> RunBody:
    """Put texts into a run. They cost no completion, and are measured at its next step."""
    state.garden.require_writable()
    await state.garden.read(_require, run_id)
    texts = await state.garden.read(texts_of, asked.texts)
    if (job := state.runs.running(run_id)) is not None:
        job.evolution.give(texts)
    else:
        await state.garden.write(lambda its: its.runs.put(run_id, texts, emitter=BY_PERSON))
    return await _show(state, run_id)


async def _show(state: AppState, id: int) -> RunBody:
    job = state.runs.get(id)
    # Before the garden is read: what comes meanwhile is in both, which does no harm, and a run that
    # ends meanwhile is at its end there.
    event, here = (0, False) if job is None else (job.events.last, not job.ended)
    body = await state.garden.read(serialize_run, id)
    waiting = body.waiting + (len(job.evolution.given) if here and job is not None else 0)
    update = {**_here(body, here), "event": event, "waiting": waiting}
    return body.model_copy(update=update)


def _here(body: RunSummary, here: bool) -> dict[str, Any]:
    """Say of a run whether it is on its way here; one that is just being opened is, too."""
    if here and body.state == "interrupted":
        return {"here": True, "state": "running", "reason": ""}
    return {"here": here}


async def _go_on(state: AppState, id: int, model: BaseModel, asked: BudgetAsked | None) -> None:
    evolution = await state.garden.read(_resume, id, model, asked)
    await state.prefill.stop()
    await state.embedding.stop()
    state.runs.begin(RunJob(id=id, evolution=evolution, garden=state.garden, show=serialize_step))


async def _seeds(state: AppState, asked: RunAsked) -> tuple[list[Text], str | None, BaseModel]:
    """Give the texts that a run begins with, what kind they are of, and the model."""
    if sum(map(bool, (asked.bed, asked.collections, asked.texts))) > 1:
        raise InputError(
            "A run begins with a bed, with collections, or with texts.", hint="Name one of them."
        )
    named = None if asked.kind is None else await blocking.run(named_kind, asked.kind)
    bed = None if asked.bed is None else await state.garden.read(find_bed, asked.bed)
    model = await state.engines.open(asked.model or await _model_of(state, asked))
    if bed is not None:
        texts = await state.garden.read(texts_of, bed.parents)
        return texts, asked.kind or bed.kind or None, model
    if asked.texts:
        return await state.garden.read(texts_of, asked.texts), asked.kind, model
    chosen, its = await collections.parents_from(
        asked.collections, Choice(how="all"), state.garden, model, named
    )
    return chosen, asked.kind or its.kind or None, model


async def _require_taste(evolution: Evolution, model: BaseModel) -> None:
    """Refuse a run by a taste that is not known yet, before anything is written down."""
    contents = tuple(text.content for text in evolution.seeds)
    kind, garden = evolution.plan.find_kind(), evolution.garden
    for measure in evolution.measures:
        if measure.name == TASTE and measure.prepare is not None:
            await measure.prepare(Setting(kind=kind, seeds=contents, model=model, garden=garden))


async def _model_of(state: AppState, asked: RunAsked) -> str | None:
    if asked.bed is None:
        return None
    return state.model_of(await state.garden.read(find_bed, asked.bed))


# What follows is called in a thread.


def _evolution(
    garden: Garden, asked: RunAsked, seeds: Sequence[Text], kind: str | None, model: str
) -> Evolution:
    """Check what is asked for; nothing is bred or written yet."""
    known = measures()
    for name in (*(asked.measures or ()), *((asked.quality,) if asked.quality else ())):
        if name not in known:  # never a path
            raise InputError(
                f"There is no measure {name!r:.60}.", hint=f"There are: {', '.join(known)}."
            )
    return opening.begin(
        seeds,
        kind=kind,
        measures=asked.measures,
        quality=asked.quality,
        budget=_budget(asked.budget) or COMPLETIONS,
        seed=asked.seed,
        model=model,
        garden=garden,
        name=(asked.name or "").strip() or None,
        archive=asked.archive,
        bins=asked.bins,
        emitter=asked.emitter or EMITTER,
        parents=asked.parents or PARENTS,
        batch=asked.batch or BATCH,
        start=asked.start,
    )


def _begin(garden: Garden, evolution: Evolution) -> int:
    plan = evolution.plan
    name = evolution.run.name or garden.runs.free_name(plan.find_kind().name)
    return garden.runs.begin(name, plan.as_dict(), evolution.seeds).id


def _resume(garden: Garden, id: int, model: BaseModel, asked: BudgetAsked | None) -> Evolution:
    name = garden.runs.numbered(id).name
    return opening.resume(name, garden, budget=_budget(asked), model=model)


def _budget(asked: BudgetAsked | None) -> RunBudget | None:
    given = {} if asked is None else asked.model_dump(exclude_none=True)
    return RunBudget(**given) if given else None


def _require(garden: Garden, id: int) -> None:
    try:
        garden.runs.numbered(id)
    except InputError as error:
        raise MissingError(str(error), hint=error.hint) from error


def _plan(garden: Garden, id: int) -> Plan:
    _require(garden, id)
    stored = garden.runs.numbered(id)
    return Plan.from_dict(stored.settings, stored.name)


def _choices() -> RunChoices:
    kinds = []
    for each in usable_kinds():
        try:
            axes, quality = default_axes(each), default_quality(each)
        except FlourishingError:
            continue  # its texts are lists of versions
        kinds.append(
            KindMeasures(kind=each.name, medium=each.medium, measures=list(axes), quality=quality)
        )
    found: list[dict[str, Any]] = [each.as_dict() for each in measures().values()]
    return RunChoices(
        measures=[MeasureBody(**each) for each in found],
        kinds=kinds,
        emitters=list(EMITTERS),
        archives=list(get_args(Form)),
        completions=COMPLETIONS,
    )
