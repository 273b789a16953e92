"""Broods over the wire: asked for, followed while they come, stopped, and read again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.sse import format_sse_event

from flourishing import breeding
from flourishing.app import bed_operations, candidates
from flourishing.app.export_files import rescue
from flourishing.app.models import note_speed
from flourishing.app.other_words import Beginning, GivenWords, beginning_of
from flourishing.breeding import BreedRequest
from flourishing.breeding.bed_settings import require_choice
from flourishing.breeding.brood import Asked as AskedEvent
from flourishing.breeding.brood import BreedingEvent, Brood, Offspring
from flourishing.core.operation import ModelOperation, Operation
from flourishing.core.sampling import SETTINGS
from flourishing.core.text import Span
from flourishing.errors import EngineError, InputError
from flourishing.garden import AsyncGarden, Bed, Garden, Stored, StoredBrood
from flourishing.models import BaseModel, Usage
from flourishing.models.cost import prices_of
from flourishing.models.waiting import print_plain
from flourishing.studio.app_state import AppState, CurrentState, Session
from flourishing.studio.beds import find_bed, texts_of
from flourishing.studio.breeding_jobs import BreedingJob, Grow, Save, StreamEvent
from flourishing.studio.problems import MissingError, answer, make_router, problem_of
from flourishing.studio.schemas.texts import EVENT, BroodAsked, BroodBody, Number, RunningBody
from flourishing.studio.serializers import serialize_brood
from flourishing.studio.texts import find_text

router = make_router("/api/broods", "broods")

_EVENTS = "text/event-stream"
_STILL_HERE = 15.0
"""Seconds of silence after which a connection is shown to be alive."""
_SAID: dict[int | str, dict[str, Any]] = {
    200: {
        "model": BroodBody,
        "description": "As server-sent events, the brood while it comes: `brood`, `reading`, "
        "`waiting`, `notice`, `token`, `flawed` and `again` where one is replaced, one `offspring` "
        "each, `done` or `error`. As JSON, for a client that accepts only that, the brood as it "
        "was saved.",
        "content": {_EVENTS: {"schema": EVENT}},
    }
}


@router.post("", response_model=None, responses=_SAID)
async def breed(
    state: CurrentState,
    session: Session,
    asked: BroodAsked,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """Breed: the next brood of a bed, or one from the parents that are named."""
    if not _wants_json(accept):
        state.streams.require_room(session)
    running = await _begin(state, asked)
    if _wants_json(accept):
        try:
            async for _ in running.events.follow():
                if running.unsaved is not None:
                    return answer(problem_of(running.unsaved))
        except asyncio.CancelledError:
            await running.stop()
            raise
        return await _as_json(running)
    return _follow(state, session, running, 0, leaving=asked.bed is None)


@router.get("/running/{key}", response_class=StreamingResponse)
async def follow_brood(
    state: CurrentState,
    session: Session,
    key: str,
    last_event_id: Annotated[int, Header(ge=0, le=2**53)] = 0,
) -> Response:
    """Follow a brood that is on its way, from behind `Last-Event-ID` on."""
    running = state.jobs.get(key)
    state.streams.require_room(session)
    return _follow(state, session, running, last_event_id, leaving=False)


@router.delete("/running/{key}")
async def stop_brood(state: CurrentState, key: str) -> RunningBody:
    """Enough: stop a brood; what came stays."""
    running = state.jobs.get(key)
    await running.stop()
    return running.body()


@router.get("/{brood_id}")
async def show_brood(state: CurrentState, brood_id: Number) -> BroodBody:
    """Show a brood, with the exact prompt of each of its offspring."""
    return await state.garden.read(_brood, brood_id)


def _brood(garden: Garden, id: int) -> BroodBody:
    try:
        return _whole(garden, garden.brood(id))
    except InputError as error:
        raise MissingError(str(error), hint=error.hint) from error


def _whole(garden: Garden, brood: StoredBrood) -> BroodBody:
    return serialize_brood(brood, garden, whole=True)


async def _begin(state: AppState, asked: BroodAsked) -> BreedingJob:
    garden = state.garden
    garden.require_writable()
    bed = None if asked.bed is None else await garden.read(find_bed, asked.bed)
    empty = Bed(id=0, name="", at=datetime.now(UTC))
    beginning = None
    if asked.regrow is not None:
        beginning = await garden.read(_beginning, asked, state.given_words)
    standing = await garden.read(_with, bed or empty, asked, beginning)
    models = [await state.engines.open(name) for name in standing.settings.writers]
    model = models[0]
    if bed is not None:
        state.jobs.require_none(bed.id)  # at once, and not after the marks were read
    spans = beginning.spans if beginning else ()
    plan = await candidates.plan_for_bed(garden, standing, model=model, operation=asked.operation)
    if bed is None:
        operation: ModelOperation = Operation.BREED
        request = await _request_without_bed(
            garden, asked, standing, spans, n=plan.n, models=models
        )
        events = candidates.with_note(breeding.breed(request), plan.note)
    else:
        operation = asked.operation or (Operation.BREED if asked.regrow else bed.operation)
        events = bed_operations.next_brood(
            garden,
            standing,
            model=models,
            operation=operation,
            seed=asked.seed,
            prompt=_prompt(standing, asked),
            start_spans=spans,
            plan=plan,
        )
    running = BreedingJob(
        bed=bed.id if bed else None,
        operation=operation,
        n=plan.n,
        shown=plan.shown,
        start=standing.start,
        start_spans=spans,
        garden=garden,
        save=_saver(state, bed, model),
        grow=_grower(state, bed),
        choose=partial(candidates.choose, garden, plan),
        show=_whole,
        rescue=_rescue,
    )
    await state.prefill.stop()
    await state.embedding.stop()
    state.jobs.begin(running, _watched(state, bed, models, events))
    if bed is not None:
        state.listeners.notify(bed.id)
    return running


async def _request_without_bed(
    garden: AsyncGarden,
    asked: BroodAsked,
    standing: Bed,
    spans: tuple[Span, ...],
    *,
    n: int,
    models: Sequence[BaseModel],
) -> BreedRequest:
    if asked.operation not in {None, Operation.BREED}:
        raise InputError("Only the text of a bed can be refined.", hint="Name its bed.")
    return BreedRequest(
        parents=await garden.read(texts_of, asked.parents or ()),
        n=n,
        kind=standing.kind or None,
        pattern=standing.pattern,
        start=standing.start,
        start_spans=spans,
        sampling=standing.settings.sampling,
        seed=asked.seed,
        refills=standing.settings.refills,
        words=standing.settings.words,
        model=models,
        prompt=asked.prompt,
    )


async def _watched(
    state: AppState,
    bed: Bed | None,
    models: Sequence[BaseModel],
    events: AsyncGenerator[BreedingEvent],
) -> AsyncGenerator[BreedingEvent]:
    """Breed, remember what the model has read and how fast it was, and notify the tabs.

    What was bred is embedded afterwards.
    """
    of_name = {model.name: model for model in models}
    usage = Usage()
    try:
        async for event in events:
            if isinstance(event, Brood):
                usage = event.usage
            yield event
            if isinstance(event, AskedEvent):
                await state.prefill.learn(of_name.get(event.model, models[0]), event.prompt)
    finally:
        await events.aclose()
        if len(models) == 1:  # several at once are slower than each is alone
            await note_speed(models[0], usage)
        await state.embedding.begin(state.garden, models[0])
        if bed is not None:
            state.listeners.notify(bed.id)


def _saver(state: AppState, bed: Bed | None, model: BaseModel) -> Save:
    def save(garden: Garden, brood: Brood, places: Sequence[int] | None) -> StoredBrood:
        prices = None if brood.parts else prices_of(model)
        saved = garden.save(brood, bed=bed, prices=prices, places=places)
        if bed is not None:
            state.listeners.notify(bed.id)
        return saved

    return save


def _rescue(garden: Garden, brood: Brood) -> None:
    """Write what cannot be stored into a file of its own, and say where."""
    if (path := rescue(garden, [brood])) is not None:
        print_plain(
            f"What came and could not be stored is in {path}; flourishing garden import reads it."
        )


def _grower(state: AppState, bed: Bed | None) -> Grow:
    def grow(garden: Garden, brood: int, come: Mapping[int, Offspring]) -> Mapping[int, Stored]:
        grown = garden.grow(brood, come, bed=bed)
        if bed is not None:
            state.listeners.notify(bed.id)
        return grown

    return grow


def _beginning(garden: Garden, asked: BroodAsked, given: GivenWords) -> Beginning:
    """Give the start of what is regrown, and who wrote it."""
    regrown = asked.regrow
    if regrown is None or asked.start is not None or asked.prompt is not None:
        raise InputError(
            "What is regrown has a start of its own.", hint="Leave out the start and the prompt."
        )
    find_text(garden, regrown.text)
    return beginning_of(garden, regrown.text, regrown.at, given=given, word=regrown.word)


def _prompt(bed: Bed, asked: BroodAsked) -> str | None:
    """Give what is sent this once; a prompt that was fixed by hand has the start of a regrown."""
    fixed = bed.settings.prompt
    return asked.prompt if asked.regrow is None or fixed is None else fixed + bed.start.rstrip(" ")


def _with(garden: Garden, bed: Bed, asked: BroodAsked, beginning: Beginning | None) -> Bed:
    """Give the bed as this one brood wants it."""
    names = (*SETTINGS, "refills", "candidates", "words", "model", "models")
    settings = {name: getattr(asked, name) for name in names}
    n = bed.n if asked.n is None else asked.n
    require_choice(asked.candidates, n)
    start = bed.start if asked.start is None else asked.start
    start = start if beginning is None else beginning.start
    if asked.bed is not None and asked.parents is not None:
        raise InputError("A bed has parents of its own.", hint="Leave out the bed, or the parents.")
    parents = texts_of(garden, (asked.parents or bed.parents) if asked.pattern else ())
    its = bed_operations.named_changes(asked.kind, asked.pattern, parents)
    return replace(
        bed,
        kind=its.get("kind", bed.kind),
        pattern=its.get("pattern", bed.pattern),
        n=n,
        start=start,
        parents=tuple(id for id in bed.parents if asked.regrow is None or id != asked.regrow.text),
        settings=bed.settings.with_changes(
            ({} if asked.model is None else {"models": None})
            | {name: value for name, value in settings.items() if value is not None}
            | ({"own_pattern": None} if its else {})
        ),
    )


def _follow(
    state: AppState, session: str, running: BreedingJob, after: int, *, leaving: bool
) -> StreamingResponse:
    async def events() -> AsyncGenerator[bytes]:
        try:
            async for some in running.events.follow(after, at_least_every=_STILL_HERE):
                yield b"".join(map(_as_event, some)) or format_sse_event(comment="still here")
        finally:
            if leaving:  # nobody else can find it
                await running.stop()

    headers = {
        "Cache-Control": "no-store",
        # Where a client goes on that lost its connection.
        "Content-Location": f"{router.prefix}/running/{running.key}",
    }
    following = state.streams.follow(session, events())
    return StreamingResponse(following, media_type=_EVENTS, headers=headers)


def _as_event(event: StreamEvent) -> bytes:
    return format_sse_event(id=str(event.id), event=event.event, data_str=event.data)


async def _as_json(running: BreedingJob) -> Response:
    if running.saved is None:
        return answer(
            problem_of(running.failure or EngineError("Nothing came.", hint="Try again."))
        )
    shown = await running.garden.read(running.show, running.saved)
    return JSONResponse(shown.model_dump(mode="json"))


def _wants_json(accept: str) -> bool:
    kinds = {part.partition(";")[0].strip() for part in accept.split(",")}
    return "application/json" in kinds and not kinds & {_EVENTS, "*/*", "text/*"}
