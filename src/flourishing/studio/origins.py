"""All about one text: where it came from, what came of it, and where its words also stand."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from flourishing.app import collections
from flourishing.errors import InputError
from flourishing.garden import Garden, Stored
from flourishing.studio.app_state import CurrentState
from flourishing.studio.schemas.library import EchoBody, OfBrood, ParentBody, TextPage
from flourishing.studio.schemas.texts import Number
from flourishing.studio.serializers import (
    serialize_cost,
    serialize_found,
    serialize_text,
    serialize_texts,
)
from flourishing.studio.texts import find_text

router = APIRouter(prefix="/api/texts/{text_id}", tags=["library"])

_MOST_ECHOES: Final = 20
_MOST_CHILDREN: Final = 24


@router.get("/echoes")
async def find_echoes(state: CurrentState, text_id: Number) -> list[EchoBody]:
    """Say in which other texts words of this one stand, its own versions and brood apart."""
    return await state.garden.read(_echoes, text_id)


@router.get("/page")
async def show_page(state: CurrentState, text_id: Number) -> TextPage:
    """Show all about a text: its origin, versions, parents, children and shelves."""
    return await state.garden.read(_page, text_id)


def _echoes(garden: Garden, text_id: int) -> list[EchoBody]:
    text = find_text(garden, text_id)
    found = collections.echoes(text.content, garden, but=garden.lineage.kin(text_id))
    return [
        EchoBody(
            where=each.where,
            text=serialize_text(each.text),
            run=each.run,
            words=each.words,
            similarity=each.similarity,
            near_copy=each.near_copy,
        )
        for each in found[:_MOST_ECHOES]
    ]


def _page(garden: Garden, text_id: int) -> TextPage:
    text = find_text(garden, text_id)
    ids = [each.id for each in text.origin.parents if isinstance(each, Stored)]
    parents = {each.id: each for each in serialize_found(garden, garden.texts(sorted(set(ids))))}
    children = garden.search.children(text_id, limit=_MOST_CHILDREN + 1)
    return TextPage(
        text=serialize_text(text, whole=True, stretches=garden.lineage.spans(text_id)),
        versions=serialize_texts(garden.lineage.versions(text_id).versions),
        parents=[
            ParentBody(
                text=parents[id],
                role="example" if place < text.origin.examples else "parent",
            )
            for place, id in enumerate(ids)
        ],
        children=serialize_found(garden, children[:_MOST_CHILDREN]),
        more_children=len(children) > _MOST_CHILDREN,
        shelves=garden.search.shelves(text_id),
        brood=_brood(garden, text),
    )


def _brood(garden: Garden, text: Stored) -> OfBrood | None:
    if text.brood is None or text.origin.prompt is None:
        return None
    try:
        brood = garden.brood(text.brood)
    except InputError:
        return None  # an edit, or what came from elsewhere
    beds = [bed for away in (False, True) for bed in garden.beds.all(away=away)]
    return OfBrood(
        id=brood.id,
        kind=brood.operation,
        at=brood.at,
        bed=brood.bed,
        bed_name=next((bed.name for bed in beds if bed.id == brood.bed), ""),
        offspring=len(brood),
        notes=list(brood.notes),
        cost=serialize_cost(garden.costs.brood(brood.id)),
    )
