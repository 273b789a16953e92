"""Beds over the wire: what a person tends, in every tab in which it is open."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, Final

from fastapi import Header, Query
from fastapi.responses import Response, StreamingResponse
from fastapi.sse import format_sse_event

from flourishing import blocking
from flourishing.app import bed_operations, collections, fresh_parents
from flourishing.app.act_words import act_words
from flourishing.app.candidates import taste_of_bed
from flourishing.app.collections import Suiting
from flourishing.app.rounds import MOST_ROUNDS, KnownRounds, rounds
from flourishing.core.operation import ModelOperation, Operation
from flourishing.core.text import Text
from flourishing.errors import FlourishingError, InputError
from flourishing.garden import Act, Bed, Garden, Stored
from flourishing.kinds import DEFAULT, Kind, kind_of, kind_of_versions, named_kind, named_pattern
from flourishing.library.choosing import Choice
from flourishing.models import BaseModel
from flourishing.studio.app_state import AppState, CurrentState, Session
from flourishing.studio.background import FindPrompt
from flourishing.studio.problems import MissingError, make_router
from flourishing.studio.schemas.beds import (
    Accepted,
    BedBegun,
    BedBody,
    BedChanged,
    BedSummary,
    ExchangeBody,
    ExchangesAsked,
    ParentsTaken,
    PatternForm,
    PatternProblemBody,
    PatternTried,
    PromptBody,
    RoundBody,
    TasteBody,
    Turned,
)
from flourishing.studio.schemas.texts import BroodBody, ChangedBody, CostBody, Label, Number
from flourishing.studio.serializers import (
    serialize_bed,
    serialize_broods,
    serialize_cost,
    serialize_exchanges,
    serialize_round,
    serialize_summary,
    serialize_taste,
)

router = make_router("/api/beds", "beds")

_NO_BED: Final[dict[int | str, dict[str, Any]]] = {
    204: {"description": "Changed; the bed is not given."}
}
_LOOKED_AT: Final = 2.0
"""Seconds after which it is seen what others, such as a terminal, did in a bed."""


@router.get("")
async def list_beds(state: CurrentState, away: bool = False) -> list[BedSummary]:
    """List the beds, the last changed first."""
    return await state.garden.read(_summaries, away=away)


@router.post("", status_code=201)
async def begin_bed(state: CurrentState, begun: BedBegun) -> BedBody:
    """Begin a bed."""
    garden = state.garden
    await garden.read(_require_new_name, begun.name)
    kind = None if begun.kind is None else await blocking.run(named_kind, begun.kind)
    model = await state.engines.open(None)
    if begun.parents is None:
        choice = Choice(how="random", most=collections.TAKE)
        texts, its = await collections.parents_from((), choice, garden, model, kind)
    else:
        texts = await garden.read(texts_of, begun.parents)
        its = await garden.read(_suiting, texts, kind)
    if begun.pattern is not None:
        its = await blocking.run(_suiting_pattern, begun.pattern, kind, texts)
    bed = await garden.write(
        bed_operations.begin_bed,
        begun.name,
        texts,
        its.pattern,
        n=8,
        start="",
        kind=its.kind,
        unique=True,
    )
    return await _changed(state, bed)


@router.get("/{bed_id}")
async def show_bed(state: CurrentState, bed_id: Number) -> BedBody:
    """Show a bed as it stands; its prompt is read ahead from now on."""
    bed = await state.garden.read(find_bed, bed_id)
    await read_ahead(state, bed)
    return await body_of(state, bed)


@router.patch("/{bed_id}", response_model=BedBody, responses=_NO_BED)
async def change_bed(
    state: CurrentState, bed_id: Number, changed: BedChanged, prefer: Annotated[str, Header()] = ""
) -> BedBody | Response:
    """Change a bed; one act, which can be undone.

    With `Prefer: return=minimal` the bed is not given, which takes most of the time.
    """
    if changed.settings is not None:
        for name in (changed.settings.model, *(changed.settings.models or ())):
            if name is not None:
                await state.engines.require(name)
    bed = await state.garden.read(find_bed, bed_id)
    bed = await state.garden.write(_change, bed, changed)
    if prefer != "return=minimal":
        return await _changed(state, bed)
    await _notify(state, bed)
    return Response(status_code=204)


@router.post("/{bed_id}/parents")
async def take_parents(state: CurrentState, bed_id: Number, taken: ParentsTaken) -> BedBody:
    """Take parents from collections, in place of those there are or after them."""
    garden = state.garden
    bed = await garden.read(find_bed, bed_id)
    most = collections.TAKE if taken.take is None and taken.how != "all" else taken.take
    choice = Choice(how=taken.how, most=most)
    model = await state.engines.open(state.model_of(bed))
    own = None
    if not taken.sources:
        own = await blocking.run(kind_of_versions, bed.pattern, bed.kind)
    texts, its = await collections.parents_from(taken.sources, choice, garden, model, own)
    bed = await garden.write(_take, bed, texts, its, own, replace=taken.replace)
    return await _changed(state, bed)


@router.get("/{bed_id}/taste")
async def show_taste(state: CurrentState, bed_id: Number) -> TasteBody:
    """Say what the marks in all beds of this kind of text tell, and how well that predicts others.

    It is what chooses among `candidates`. Marked texts that have no embedding yet get one first.
    """
    bed = await state.garden.read(find_bed, bed_id)
    model = await state.engines.open(state.model_of(bed))
    return serialize_taste(await taste_of_bed(state.garden, bed, model=model))


@router.get("/{bed_id}/exchanges")
async def suggest_exchanges(state: CurrentState, bed_id: Number) -> list[ExchangeBody]:
    """Suggest other parents for those that the last broods repeat, if any; nothing is exchanged.

    Texts of the library that have no embedding yet get one, which takes a while the first time.
    """
    bed = await state.garden.read(find_bed, bed_id)
    model = await state.engines.open(state.model_of(bed))
    suggested = await fresh_parents.suggest(state.garden, bed, model=model)
    return await state.garden.read(serialize_exchanges, suggested)


@router.post("/{bed_id}/exchanges")
async def exchange_parents(state: CurrentState, bed_id: Number, asked: ExchangesAsked) -> BedBody:
    """Exchange parents for other texts; one act, which can be undone."""
    return await _changed(state, await state.garden.write(_exchange, bed_id, asked))


@router.post("/{bed_id}/refine/{text_id}")
async def refine_text(state: CurrentState, bed_id: Number, text_id: Number) -> BedBody:
    """Put a text under work, with the versions that it went through before."""
    bed = await state.garden.read(find_bed, bed_id)
    bed = await state.garden.write(bed_operations.refine_text, bed, text_id)
    return await _changed(state, bed)


@router.post("/{bed_id}/accept")
async def accept(state: CurrentState, bed_id: Number, accepted: Accepted) -> BedBody:
    """Call the text under work finished: it and its chain feed the library."""
    return await _changed(state, await state.garden.write(_accept, bed_id, accepted))


@router.post("/{bed_id}/undo")
async def undo(state: CurrentState, bed_id: Number) -> Turned:
    """Take back what was done last in a bed."""
    bed = await state.garden.read(find_bed, bed_id)
    if (running := state.jobs.of_bed(bed.id)) is not None:
        await running.stop()
    act = await state.garden.write(Garden.undo, bed)
    return await _turned(state, bed, act)


@router.post("/{bed_id}/redo")
async def redo(state: CurrentState, bed_id: Number) -> Turned:
    """Do again what was undone last in a bed."""
    bed = await state.garden.read(find_bed, bed_id)
    act = await state.garden.write(Garden.redo, bed)
    return await _turned(state, bed, act)


@router.get("/{bed_id}/broods")
async def list_broods(
    state: CurrentState,
    bed_id: Number,
    before: Number | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 5,
) -> list[BroodBody]:
    """List the broods of a bed, the newest first."""
    return await state.garden.read(_broods, bed_id, before=before, limit=limit)


@router.get("/{bed_id}/rounds")
async def list_rounds(
    state: CurrentState, bed_id: Number, most: Annotated[int, Query(ge=1, le=MOST_ROUNDS)] = 30
) -> list[RoundBody]:
    """Say of the last rounds how many were kept and how much each repeats; oldest first."""
    return await state.garden.read(_rounds, bed_id, most=most, known=state.known_rounds)


@router.get("/{bed_id}/cost")
async def show_cost(state: CurrentState, bed_id: Number) -> CostBody:
    """Say what the broods of a bed have cost so far, and how many of their texts are kept."""
    return await state.garden.read(_cost, bed_id)


@router.get("/{bed_id}/prompt")
async def show_prompt(
    state: CurrentState,
    bed_id: Number,
    operation: ModelOperation | None = None,
    named: Annotated[Label | None, Query(alias="model")] = None,
) -> PromptBody:
    """Give the exact prompt that the next brood would be bred from, with its tokens.

    Of several models that share the brood, the one named here is asked, or else the first.
    """
    bed = await state.garden.read(find_bed, bed_id)
    bed = bed_operations.share_of(bed, named)
    model = await state.engines.open(state.model_of(bed))
    operation = operation or bed.operation
    asked = await bed_operations.asked_of(state.garden, bed, model=model, operation=operation)
    known = await state.prefill.known(model, asked.prompt)
    return PromptBody(
        prompt=asked.prompt,
        tokens=await model.count_tokens(asked.prompt),
        known=known,
        known_tokens=await model.count_tokens(asked.prompt[:known]) if known else 0,
        parents=[each.id for each in asked.parents if isinstance(each, Stored)],
        left_out=[each.id for each in asked.left_out if isinstance(each, Stored)],
        note=asked.note,
        fixed=operation is Operation.BREED and bed.settings.prompt is not None,
    )


@router.post("/{bed_id}/pattern")
async def try_pattern(state: CurrentState, bed_id: Number, form: PatternForm) -> PatternTried:
    """Write the parents of a bed in a pattern, or say what is wrong with it; store nothing."""
    bed = await state.garden.read(find_bed, bed_id)
    prompt, problems = await state.garden.read(bed_operations.try_pattern, bed, form.model_dump())
    return PatternTried(
        prompt=prompt,
        problems=[PatternProblemBody(part=each.part, words=each.words) for each in problems],
    )


@router.get("/{bed_id}/events", response_class=StreamingResponse)
async def follow_bed(state: CurrentState, session: Session, bed_id: Number) -> StreamingResponse:
    """Send a server-sent event `changed` when a bed has changed: another tab, or a terminal.

    The data of each is a `ChangedBody`.
    """
    bed = await state.garden.read(find_bed, bed_id)
    state.streams.require_room(session)

    async def now() -> str:
        revision, name = await state.garden.read(_revision, bed)
        running = state.jobs.of_bed(bed.id)
        key = None if running is None else running.key
        return ChangedBody(revision=revision, name=name, running=key).model_dump_json()

    async def events() -> AsyncGenerator[bytes]:
        sent = ""
        async for _ in _now_and_then(state, bed.id):
            latest = await now()
            if latest != sent:
                sent = latest
                yield format_sse_event(event="changed", data_str=latest)
            else:
                yield format_sse_event(comment="still here")

    following = state.streams.follow(session, events())
    return StreamingResponse(following, media_type="text/event-stream")


async def read_ahead(state: AppState, bed: Bed) -> None:
    """Load the models of a bed, and read their next prompts unless a brood is on its way.

    Args:
        state: What the requests of the studio share.
        bed: The bed.
    """
    for name in bed.settings.writers:
        await state.engines.prepare(name)
    if state.jobs.of_bed(bed.id) is not None:
        return
    wanted: list[tuple[BaseModel, FindPrompt]] = []
    for name in bed.settings.writers:
        with suppress(FlourishingError):  # the bed's model says what is amiss
            model = await state.engines.open(name)
            share = bed_operations.share_of(bed, name)
            wanted.append((model, partial(_next_prompt, state, share, model)))
    await state.prefill.wish(wanted)


async def _next_prompt(state: AppState, bed: Bed, model: BaseModel) -> str:
    return (await bed_operations.asked_of(state.garden, bed, model=model)).prompt


def find_bed(garden: Garden, id: int) -> Bed:
    """Give a bed by its number.

    Args:
        garden: The garden.
        id: The number of the bed.

    Raises:
        MissingError: There is none.
    """
    try:
        return garden.beds.get(id)
    except InputError as error:
        raise MissingError(str(error), hint="The list of beds shows those there are.") from error


def texts_of(garden: Garden, given: Sequence[int | str]) -> list[Text]:
    """Give texts by their numbers, and strings as texts that a person wrote, in this order.

    Args:
        garden: The garden.
        given: Numbers of texts, and words of new ones.
    """
    numbers = [each for each in given if isinstance(each, int)]
    stored = {each.id: each for each in garden.texts(numbers)}
    return [stored[each] if isinstance(each, int) else Text(each) for each in given]


def first_of(garden: Garden, texts: Sequence[Text]) -> Mapping[str, str]:
    """Give the kind and the pattern that a bed without parents gets with these; {} for none.

    Args:
        garden: The garden.
        texts: The first parents of the bed, at least one.
    """
    its = collections.suiting_text(texts[-1], garden)
    return {} if its is None else {"kind": its.kind, "pattern": its.pattern}


async def body_of(state: AppState, bed: Bed) -> BedBody:
    """Give a bed as it stands now, with its brood that is on its way.

    Args:
        state: What the requests of the studio share.
        bed: The bed.
    """
    body = await state.garden.read(serialize_bed, bed)
    running = state.jobs.of_bed(bed.id)
    return body if running is None else body.model_copy(update={"running": running.body()})


async def _changed(state: AppState, bed: Bed) -> BedBody:
    await _notify(state, bed)
    return await body_of(state, bed)


async def _notify(state: AppState, bed: Bed) -> None:
    state.listeners.notify(bed.id)
    await read_ahead(state, bed)


async def _turned(state: AppState, bed: Bed, act: Act | None) -> Turned:
    bed = await state.garden.read(find_bed, bed.id)
    words = await state.garden.read(act_words, act) if act else ""
    return Turned(act=act.kind if act else None, words=words, bed=await _changed(state, bed))


async def _now_and_then(state: AppState, bed: int) -> AsyncGenerator[None]:
    yield
    async for _ in state.listeners.changes(bed, at_least_every=_LOOKED_AT):
        yield


def _summaries(garden: Garden, *, away: bool) -> list[BedSummary]:
    counts = garden.costs.beds()
    return [
        serialize_summary(garden, bed, counts[bed.id].broods if bed.id in counts else 0)
        for bed in garden.beds.all(away=away)
    ]


def _require_new_name(garden: Garden, name: str | None) -> None:
    if name in {bed.name for away in (False, True) for bed in garden.beds.all(away=away)}:
        raise InputError(f"There is a bed {name!r}.", hint="Give it another name.")


def _suiting(garden: Garden, texts: Sequence[Text], kind: Kind | None) -> Suiting:
    """Give what suits the first parents of a bed, for which a kind may be named."""
    found = collections.suiting_text(texts[-1], garden) if texts and kind is None else None
    return found or collections.suiting(kind or named_kind(DEFAULT))


def _suiting_pattern(name: str, kind: Kind | None, texts: Sequence[Text]) -> Suiting:
    """Give what suits a bed for which a pattern is named."""
    pattern = named_pattern(name)
    its = kind or kind_of(pattern, texts=[text.content for text in texts])
    return Suiting(its.name, pattern.name)


def _take(
    garden: Garden,
    bed: Bed,
    texts: Sequence[Text],
    its: Suiting,
    own: Kind | None,
    *,
    replace: bool,
) -> Bed:
    """Make texts the parents of a bed, in place of those there are or behind them."""
    ids = tuple(each.id for each in garden.add(*texts, keep=False))
    stays = own is not None and own == kind_of(bed.pattern, bed.kind)
    suiting = {} if stays else {"kind": its.kind, "pattern": its.pattern}
    if replace:
        return garden.beds.change(bed, parents=ids, **suiting)
    return garden.beds.add_parents(bed, ids, if_empty=suiting)


def _exchange(garden: Garden, id: int, asked: ExchangesAsked) -> Bed:
    exchanges = {each.out: each.into for each in asked.exchanges}
    if len(exchanges) < len(asked.exchanges):
        raise InputError(
            "A parent is named twice.", hint="Name one text that comes for each that goes."
        )
    return fresh_parents.exchange(garden, find_bed(garden, id), exchanges)


def _accept(garden: Garden, id: int, accepted: Accepted) -> Bed:
    bed = find_bed(garden, id)
    chain = bed_operations.under_work(garden, bed)
    its = kind_of_versions(bed.pattern, bed.kind, chain)
    collections.require_kind(accepted.poems or its.finished, garden, chains=False)
    collections.require_kind(accepted.refinements or its.refinements, garden, chains=True)
    garden.accept(
        chain,
        poems=accepted.poems,
        refinements=accepted.refinements,
        bed=bed,
    )
    return garden.beds.get(bed.id)


def _broods(garden: Garden, id: int, *, before: int | None, limit: int) -> list[BroodBody]:
    broods = garden.broods(find_bed(garden, id), before=before, limit=limit)
    edits = garden.edits(each.id for brood in broods for each in brood)
    return serialize_broods(broods, garden, edits=edits)


def _cost(garden: Garden, id: int) -> CostBody:
    return serialize_cost(garden.costs.total(find_bed(garden, id)))


def _rounds(garden: Garden, id: int, *, most: int, known: KnownRounds) -> list[RoundBody]:
    found = rounds(garden, find_bed(garden, id), most=most, known=known)
    return [serialize_round(each) for each in found]


def _revision(garden: Garden, bed: Bed) -> tuple[int, str]:
    return garden.beds.revision(bed), garden.beds.get(bed.id).name


_APART: Final = {
    *("settings", "later", "name", "pattern", "kind"),
    *("parents_seen", "chain_seen", "seen"),
}
"""What a change of a bed says that is no attribute of it, or is looked at by itself."""


def _change(garden: Garden, bed: Bed, changed: BedChanged) -> Bed:
    given = changed.model_dump(
        exclude_unset=True,
        exclude=_APART,
        exclude_none=True,
    )
    changes = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    parents = garden.texts(changes.get("parents", bed.parents if changed.pattern else ()))
    garden.texts(changes.get("chain", ()))
    changes |= bed_operations.named_changes(changed.kind, changed.pattern, parents)
    first: Mapping[str, str] = {}
    if parents and not bed.parents and not {"kind", "pattern"} & changes.keys():
        first = first_of(garden, parents)
    settings: dict[str, Any] = {}
    if changed.settings is not None:
        settings |= changed.settings.model_dump(exclude_unset=True)
    if changed.later is not None:
        settings["later"] = changed.later
    bed.settings.with_changes(settings)  # what cannot be set is refused before anything is done
    seen = {"parents": changed.parents_seen, "chain": changed.chain_seen}
    lists = {
        name: (before, changes.pop(name))
        for name, before in seen.items()
        if before is not None and name in changes
    }
    if changed.name is not None and changed.name != bed.name:
        bed = garden.beds.rename(bed, changed.name)
    return garden.beds.set(
        bed, settings=settings, lists=lists, if_empty=first, seen=changed.seen, **changes
    )
