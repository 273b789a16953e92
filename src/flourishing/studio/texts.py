"""Texts over the wire: written, marked, tagged, edited, and looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter

from flourishing.errors import InputError
from flourishing.garden import Garden, Mark, Stored
from flourishing.studio.app_state import AppState, CurrentState
from flourishing.studio.beds import find_bed, read_ahead
from flourishing.studio.problems import MissingError
from flourishing.studio.schemas.texts import Edited, Marked, Number, Tagged, TextBody, Written
from flourishing.studio.serializers import serialize_text, serialize_texts

router = APIRouter(prefix="/api", tags=["texts"])

_GIVE: Final[dict[Mark, Callable[[Garden], Callable[..., None]]]] = {
    "keep": lambda garden: garden.keep,
    "drop": lambda garden: garden.drop,
    "pin": lambda garden: garden.pin,
}


@router.get("/texts/{text_id}")
async def show_text(state: CurrentState, text_id: Number) -> TextBody:
    """Show a text with its whole origin: the exact prompt, the raw completion."""
    return await state.garden.read(_whole, text_id)


@router.post("/texts", status_code=201)
async def write_texts(state: CurrentState, written: Written) -> list[TextBody]:
    """Add texts that a person wrote or pasted; in a bed, they become parents, best last."""
    if any(not each.strip() for each in written.texts):
        raise InputError("A text is blank.", hint="Leave it out, or write something there.")
    stored = await state.garden.write(_write, written)
    await _notify(state, written.bed)
    return stored


@router.post("/marks")
async def mark_texts(state: CurrentState, marked: Marked) -> list[TextBody]:
    """Keep, drop or pin texts, or put them away; or take that back."""
    stored = await state.garden.write(_mark, marked)
    await _notify(state, marked.bed)
    return stored


@router.post("/tags")
async def tag_texts(state: CurrentState, tagged: Tagged) -> list[TextBody]:
    """Put a tag on texts, or take it off."""
    return await state.garden.write(_tag, tagged)


@router.post("/texts/{text_id}/edits", status_code=201)
async def edit_text(state: CurrentState, text_id: Number, edited: Edited) -> TextBody:
    """Store a person's edit as a new text; in a bed, it takes the place of the edited one."""
    if not edited.content.strip():
        raise InputError("The text is blank.", hint="Drop it instead, or write something.")
    stored = await state.garden.write(_edit, text_id, edited)
    await _notify(state, edited.bed)
    return stored


def find_text(garden: Garden, id: int) -> Stored:
    """Give a text by its number.

    Args:
        garden: The garden.
        id: The number of the text.

    Raises:
        MissingError: There is none.
    """
    try:
        return garden.text(id)
    except InputError as error:
        raise MissingError(str(error), hint="It may have been emptied.") from error


def _whole(garden: Garden, id: int) -> TextBody:
    text = find_text(garden, id)
    return serialize_text(text, whole=True, stretches=garden.lineage.spans(text.id))


def _write(garden: Garden, written: Written) -> list[TextBody]:
    bed = None if written.bed is None else find_bed(garden, written.bed)
    stored = garden.add(*written.texts, keep=written.keep)
    if bed is not None:
        garden.beds.add_parents(bed, (each.id for each in stored))
    return serialize_texts(garden.texts([each.id for each in stored]))


def _mark(garden: Garden, marked: Marked) -> list[TextBody]:
    bed = None if marked.bed is None else find_bed(garden, marked.bed)
    for id in marked.ids:
        find_text(garden, id)
    if not marked.on:
        garden.take_back(marked.mark, *marked.ids, bed=bed)
    elif marked.mark == "away":
        garden.put_away(*marked.ids)
    else:
        _GIVE[marked.mark](garden)(*marked.ids, bed=bed)
    return serialize_texts(garden.texts(marked.ids))


def _tag(garden: Garden, tagged: Tagged) -> list[TextBody]:
    garden.tag(tagged.tag, *tagged.ids, on=tagged.on)
    return serialize_texts(garden.texts(tagged.ids))


def _edit(garden: Garden, id: int, edited: Edited) -> TextBody:
    bed = None if edited.bed is None else find_bed(garden, edited.bed)
    edit = garden.edit(find_text(garden, id), edited.content, bed=bed)
    return serialize_text(garden.text(edit.id))


async def _notify(state: AppState, bed: int | None) -> None:
    """Tell the tabs of a bed that it has changed, and read what its next prompt will be."""
    if bed is not None:
        state.listeners.notify(bed)
        await read_ahead(state, await state.garden.read(find_bed, bed))
