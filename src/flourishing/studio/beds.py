"""Beds over the wire: what a person tends, in every tab in which it is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from flourishing.choosing import Choice
from flourishing.errors import FlourishingError, InputError
from flourishing.garden import Act, Bed, Garden, Stored
from flourishing.kinds import DEFAULT, kind_of, kind_of_versions, named_kind, named_pattern
from flourishing.operation import ModelOperation, Operation
from flourishing.studio.bodies import BroodBody, CostBody, Number
from flourishing.studio.bodies_beds import (
    Accepted,
    BedBegun,
    BedBody,
    BedChanged,
    BedSummary,
    ParentsTaken,
    PromptBody,
    Turned,
)
from flourishing.studio.bodies_events import ChangedBody
from flourishing.studio.house import House, InHouse, Session
from flourishing.studio.problems import MissingError
from flourishing.studio.telling import tell_brood, tell_cost
from flourishing.studio.telling_beds import tell_bed, tell_summary
from flourishing.text import Text
from flourishing.workshop import beds, shelving, tending
from flourishing.workshop.shelving import Suiting

router = APIRouter(prefix="/api/beds", tags=["beds"])

_LOOKED_AT: Final = 2.0
"""Seconds after which it is seen what others, such as a terminal, did in a bed."""


@router.get("")
def list_beds(house: InHouse, away: bool = False) -> list[BedSummary]:
    """List the beds, the last changed first."""
    counts = house.garden.costs.beds()
    return [
        tell_summary(house.garden, bed, counts[bed.id].broods if bed.id in counts else 0)
        for bed in house.garden.beds.all(away=away)
    ]


@router.post("", status_code=201)
async def begin_bed(house: InHouse, begun: BedBegun) -> BedBody:
    """Begin a bed."""
    garden = house.garden
    if begun.name in {bed.name for away in (False, True) for bed in garden.beds.all(away=away)}:
        raise InputError(f"There is a bed {begun.name!r}.", hint="Give it another name.")
    model = house.engines.open(None)
    kind = None if begun.kind is None else named_kind(begun.kind)
    if begun.parents is None:
        choice = Choice(how="random", most=shelving.TAKE)
        texts, its = await shelving.parents_from((), choice, garden, model, kind)
    else:
        texts = texts_of(garden, begun.parents)
        told = shelving.suiting_text(texts[-1], garden) if texts and kind is None else None
        its = told or shelving.suiting(kind or named_kind(DEFAULT))
    if begun.pattern is not None:
        pattern = named_pattern(begun.pattern)
        its = Suiting(kind.name if kind else kind_of(pattern).name, pattern.name)
    bed = await asyncio.to_thread(
        partial(
            beds.begin_bed,
            garden,
            begun.name,
            texts,
            its.pattern,
            n=8,
            start="",
            kind=its.kind,
            unique=True,
        )
    )
    return await _changed(house, bed)


@router.get("/{bed_id}")
async def show_bed(house: InHouse, bed_id: Number) -> BedBody:
    """Show a bed as it stands; its prompt is read ahead from now on."""
    bed = await asyncio.to_thread(find_bed, house.garden, bed_id)
    await read_ahead(house, bed)
    return await asyncio.to_thread(tell_bed, house, bed)


@router.patch("/{bed_id}")
async def change_bed(house: InHouse, bed_id: Number, changed: BedChanged) -> BedBody:
    """Change a bed; one act, which can be undone."""
    if changed.settings is not None and changed.settings.model is not None:
        house.engines.require(changed.settings.model)
    bed = await asyncio.to_thread(find_bed, house.garden, bed_id)
    bed = await asyncio.to_thread(_change, house.garden, bed, changed)
    return await _changed(house, bed)


@router.post("/{bed_id}/parents")
async def take_parents(house: InHouse, bed_id: Number, taken: ParentsTaken) -> BedBody:
    """Take parents from collections, in place of those there are or after them."""
    garden = house.garden
    bed = await asyncio.to_thread(find_bed, garden, bed_id)
    most = shelving.TAKE if taken.take is None and taken.how != "all" else taken.take
    choice = Choice(how=taken.how, most=most)
    model = house.engines.open(house.model_of(bed))
    own = None if taken.sources else kind_of_versions(bed.pattern, bed.kind)
    texts, its = await shelving.parents_from(taken.sources, choice, garden, model, own)
    ids = [each.id for each in await asyncio.to_thread(garden.add, *texts, keep=False)]
    stays = own is not None and own == kind_of(bed.pattern, bed.kind)
    suiting: dict[str, Any] = {} if stays else {"kind": its.kind, "pattern": its.pattern}
    if taken.replace:
        change = partial(garden.beds.change, parents=tuple(ids), **suiting)
    else:
        change = partial(garden.beds.add_parents, ids=ids, if_empty=suiting)
    bed = await asyncio.to_thread(change, bed)
    return await _changed(house, bed)


@router.post("/{bed_id}/refine/{text_id}")
async def refine_text(house: InHouse, bed_id: Number, text_id: Number) -> BedBody:
    """Put a text under work, with the versions that it went through before."""
    bed = await asyncio.to_thread(find_bed, house.garden, bed_id)
    bed = await asyncio.to_thread(tending.refine_text, house.garden, bed, text_id)
    return await _changed(house, bed)


@router.post("/{bed_id}/accept")
async def accept(house: InHouse, bed_id: Number, accepted: Accepted) -> BedBody:
    """Call the text under work finished: it and its chain feed the library."""
    garden = house.garden
    bed = await asyncio.to_thread(find_bed, garden, bed_id)
    its = kind_of_versions(bed.pattern, bed.kind)
    shelving.require_kind(accepted.poems or its.finished, garden, chains=False)
    shelving.require_kind(accepted.refinements or its.refinements, garden, chains=True)
    await asyncio.to_thread(
        garden.accept,
        tending.under_work(garden, bed),
        poems=accepted.poems,
        refinements=accepted.refinements,
        bed=bed,
    )
    return await _changed(house, garden.beds.get(bed.id))


@router.post("/{bed_id}/undo")
async def undo(house: InHouse, bed_id: Number) -> Turned:
    """Take back what was done last in a bed."""
    bed = await asyncio.to_thread(find_bed, house.garden, bed_id)
    if (running := house.broods.of_bed(bed.id)) is not None:
        await running.stop()
    act = await asyncio.to_thread(house.garden.undo, bed)
    return await _turned(house, bed, act)


@router.post("/{bed_id}/redo")
async def redo(house: InHouse, bed_id: Number) -> Turned:
    """Do again what was undone last in a bed."""
    bed = await asyncio.to_thread(find_bed, house.garden, bed_id)
    act = await asyncio.to_thread(house.garden.redo, bed)
    return await _turned(house, bed, act)


@router.get("/{bed_id}/broods")
def list_broods(
    house: InHouse,
    bed_id: Number,
    before: Number | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 5,
) -> list[BroodBody]:
    """List the broods of a bed, the newest first."""
    bed = find_bed(house.garden, bed_id)
    broods = house.garden.broods(bed, before=before, limit=limit)
    edits = house.garden.edits(each.id for brood in broods for each in brood)
    return [tell_brood(each, house.garden.costs.brood(each.id), edits=edits) for each in broods]


@router.get("/{bed_id}/cost")
def show_cost(house: InHouse, bed_id: Number) -> CostBody:
    """Say what the broods of a bed have cost so far, and how many of their texts are kept."""
    return tell_cost(house.garden.costs.total(find_bed(house.garden, bed_id)))


@router.get("/{bed_id}/prompt")
async def show_prompt(
    house: InHouse, bed_id: Number, kind: ModelOperation | None = None
) -> PromptBody:
    """Give the exact prompt that the next brood would be bred from, with its tokens."""
    bed = await asyncio.to_thread(find_bed, house.garden, bed_id)
    model = house.engines.open(house.model_of(bed))
    operation = kind or bed.operation
    asked = await tending.asked_of(house.garden, bed, model=model, operation=operation)
    known = house.ahead.known(model, asked.prompt)
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


@router.get("/{bed_id}/events", response_class=StreamingResponse)
async def follow_bed(house: InHouse, session: Session, bed_id: Number) -> StreamingResponse:
    """Tell, as server-sent events `changed`, when a bed has changed: another tab, or a terminal.

    The data of each is a `ChangedBody`.
    """
    bed = await asyncio.to_thread(find_bed, house.garden, bed_id)
    house.streams.require_room(session)

    def told_now() -> str:
        running = house.broods.of_bed(bed.id)
        changed = ChangedBody(
            revision=house.garden.beds.revision(bed),
            name=house.garden.beds.get(bed.id).name,
            running=None if running is None else running.key,
        )
        return changed.model_dump_json()

    async def events() -> AsyncGenerator[bytes]:
        said = ""
        async for _ in _now_and_then(house, bed.id):
            told = await asyncio.to_thread(told_now)
            if told != said:
                said = told
                yield format_sse_event(event="changed", data_str=told)
            else:
                yield format_sse_event(comment="still here")

    following = house.streams.follow(session, events())
    return StreamingResponse(following, media_type="text/event-stream")


async def read_ahead(house: House, bed: Bed) -> None:
    """Load the model of a bed, and read its next prompt unless a brood is on its way."""
    house.engines.prepare(house.model_of(bed))
    if house.broods.of_bed(bed.id) is not None:
        return
    try:
        model = house.engines.open(house.model_of(bed))
    except FlourishingError:
        return  # the bed's model says what is amiss

    async def prompt() -> str:
        return (await tending.asked_of(house.garden, bed, model=model)).prompt

    await house.ahead.wish(model, prompt)


def find_bed(garden: Garden, id: int) -> Bed:
    """Give a bed by its number.

    Raises:
        MissingError: There is none.
    """
    try:
        return garden.beds.get(id)
    except InputError as error:
        raise MissingError(str(error), hint="The list of beds shows those there are.") from error


def texts_of(garden: Garden, given: Sequence[int | str]) -> list[Text]:
    """Give texts by their numbers, and strings as texts that a person wrote, in this order."""
    numbers = [each for each in given if isinstance(each, int)]
    stored = {each.id: each for each in garden.texts(numbers)}
    return [stored[each] if isinstance(each, int) else Text(each) for each in given]


def first_of(garden: Garden, texts: Sequence[Text]) -> Mapping[str, str]:
    """Give the kind and the pattern that a bed without parents gets with these; {} for none."""
    its = shelving.suiting_text(texts[-1], garden)
    return {} if its is None else {"kind": its.kind, "pattern": its.pattern}


async def _changed(house: House, bed: Bed) -> BedBody:
    house.listeners.tell(bed.id)
    await read_ahead(house, bed)
    return await asyncio.to_thread(tell_bed, house, bed)


async def _turned(house: House, bed: Bed, act: Act | None) -> Turned:
    bed = await asyncio.to_thread(house.garden.beds.get, bed.id)
    return Turned(act=act.kind if act else None, bed=await _changed(house, bed))


async def _now_and_then(house: House, bed: int) -> AsyncGenerator[None]:
    yield
    async for _ in house.listeners.changes(bed, at_least_every=_LOOKED_AT):
        yield


def _change(garden: Garden, bed: Bed, changed: BedChanged) -> Bed:
    told = changed.model_dump(
        exclude_unset=True,
        exclude={"settings", "later", "name", "parents_seen", "chain_seen", "pattern", "kind"},
        exclude_none=True,
    )
    changes = {k: tuple(v) if isinstance(v, list) else v for k, v in told.items()}
    if changed.pattern is not None:
        named_pattern(changed.pattern)
    if changed.kind is not None:
        named_kind(changed.kind)
    changes |= beds.kind_changes(changed.kind, changed.pattern)
    garden.texts([*changes.get("parents", ()), *changes.get("chain", ())])
    first: Mapping[str, str] = {}
    if changes.get("parents") and not {"kind", "pattern"} & changes.keys():
        first = first_of(garden, garden.texts(changes["parents"]))
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
    return garden.beds.set(bed, settings=settings, lists=lists, if_empty=first, **changes)
