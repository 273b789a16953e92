"""Families over the wire: who came from whom, and what is different between two of them.

A family is told without its contents, which the page asks for one by one as they are looked at: a
shipped poem can have thousands of descendants.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from flourishing.core.diff import word_diff
from flourishing.core.text import Text
from flourishing.formats.family import Edge, Family, to_html
from flourishing.formats.family.entries import kind, name
from flourishing.formats.family.layout import Place, arrange, measures_for
from flourishing.garden import Garden, Stored
from flourishing.garden.lineage import MOST_RELATIVES
from flourishing.studio.app_state import CurrentState
from flourishing.studio.schemas.library import DiffBody, FamilyBody, LastKeptBody, Way
from flourishing.studio.schemas.texts import Number
from flourishing.studio.serializers import written_by
from flourishing.studio.texts import find_text

router = APIRouter(prefix="/api", tags=["lineage"])

_HTML: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}}
}


@router.get("/lineage/last")
async def show_last_kept(state: CurrentState) -> LastKeptBody:
    """Say which text was kept last."""
    return await state.garden.read(_last_kept)


@router.get("/texts/{text_id}/family", response_model=FamilyBody)
async def show_family(
    state: CurrentState, text_id: Number, way: Way = "both", examples: bool = False
) -> Response:
    """Give a text with its family: the nearest 5,000, in layers, without their contents.

    `ancestors` is what it came from, `descendants` what came of it; `examples` are chains that only
    showed what getting better looks like.
    """
    # Ready to be sent: to check thousands of texts once more would take longer than to read them.
    content = await state.garden.read(_family_as_json, text_id, way, examples=examples)
    return Response(content, media_type="application/json")


@router.get("/texts/{text_id}/family.html", response_class=HTMLResponse, responses=_HTML)
async def download_family(
    state: CurrentState, text_id: Number, way: Way = "both", examples: bool = False
) -> HTMLResponse:
    """Give the family of a text as one HTML file that needs nothing else."""
    content = await state.garden.read(_family_as_html, text_id, way, examples=examples)
    headers = {"Content-Disposition": f'attachment; filename="family-of-{text_id}.html"'}
    return HTMLResponse(content, headers=headers)


@router.get("/texts/{text_id}/diff")
async def show_diff(
    state: CurrentState,
    text_id: Number,
    to: Annotated[Number, Query(description="The text with which it is compared.")],
) -> DiffBody:
    """Compare a text with another, word by word."""
    return await state.garden.read(_diff, text_id, to)


def family_of(garden: Garden, id: int, way: Way, *, examples: bool = False) -> Family:
    """Give the family of a text, both ways or one.

    Args:
        garden: The garden.
        id: The number of the text.
        way: Whether ancestors, descendants or both are wanted.
        examples: Whether examples of the prompts count as ancestors; by default they do not.

    Raises:
        MissingError: There is no such text.
    """
    find_text(garden, id)
    if way == "ancestors":
        return garden.lineage.ancestors(id, examples=examples)
    if way == "descendants":
        return garden.lineage.descendants(id, examples=examples)
    up = garden.lineage.ancestors(id, examples=examples)
    down = garden.lineage.descendants(id, examples=examples)
    return _joined(up, down, examples=examples)


def _last_kept(garden: Garden) -> LastKeptBody:
    kept = garden.search.page("keep", limit=1)
    return LastKeptBody(id=kept[0].id if kept else None)


def _family_as_json(garden: Garden, id: int, way: Way, *, examples: bool) -> str:
    return _tell(family_of(garden, id, way, examples=examples), way).model_dump_json()


def _family_as_html(garden: Garden, id: int, way: Way, *, examples: bool) -> str:
    return to_html(family_of(garden, id, way, examples=examples))


def _diff(garden: Garden, id: int, to: int) -> DiffBody:
    text, other = find_text(garden, id), find_text(garden, to)
    return DiffBody(id=id, to=to, changes=list(word_diff(other.content, text.content)))


def _joined(up: Family, down: Family, *, examples: bool) -> Family:
    """Join what a text came from with what came of it; where there is not room for all, halves."""
    half = MOST_RELATIVES // 2
    some_up = islice(up.texts, max(half, MOST_RELATIVES - len(down.texts)))
    nearest = islice(dict.fromkeys(chain(some_up, down.texts)), MOST_RELATIVES)
    both, marks = {**down.texts, **up.texts}, {**down.marks, **up.marks}
    texts = {id: both[id] for id in nearest}
    return Family(
        root=up.root,
        texts=texts,
        # Anew from their origins: a descendant may come from an ancestor as well.
        edges=tuple(
            edge
            for id, text in texts.items()
            for edge in _edges(id, text)
            if examples or edge.role == "parent"
        ),
        marks={id: marks[id] for id in texts},
    )


def _edges(child: int, text: Text) -> list[Edge]:
    return [
        Edge(child, parent.id, place, "example" if place < text.origin.examples else "parent")
        for place, parent in enumerate(text.origin.parents)
        if isinstance(parent, Stored)
    ]


def _tell(family: Family, way: Way) -> FamilyBody:
    layers = family.generations()
    layout = arrange(family, layers, measures_for(family, layers))
    in_order = [(layer, id) for layer, ids in enumerate(layers) for id in ids]
    # All at once from plain data: to make each edge by itself takes four times as long.
    return FamilyBody.model_validate(
        {
            "root": family.root,
            "way": way,
            "measures": layout.measures,
            "whole": len(family.texts) < MOST_RELATIVES,
            "texts": [
                _relative(id, family.texts[id], layer, layout.places[id]) for layer, id in in_order
            ],
            "edges": [
                {"child": id, "parent": each.parent, "place": each.place, "role": each.role}
                for _, id in in_order
                for each in family.came_from(id)
            ],
        }
    )


def _relative(id: int, text: Text, layer: int, place: Place) -> dict[str, object]:
    stored = text if isinstance(text, Stored) else None
    return {
        "id": id,
        "name": name(text),
        "kind": kind(text),
        "by": written_by(text),
        "layer": layer,
        "marks": sorted(stored.marks) if stored else [],
        "flawed": bool(stored and stored.flaws),
        "x": place.x,
        "y": place.y,
    }
