"""Texts over HTTP: written, marked, tagged and edited; all about one text; and its family.

A family is sent without its contents, which the page requests one by one as they are looked at: a
shipped poem can have thousands of descendants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Final

from fastapi import Query
from fastapi.responses import Response

from flourishing.app import collections
from flourishing.app.other_words import MOST_WORDS, GivenWords, other_words, put_word
from flourishing.core.diff import Change, word_diff
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.formats.family import Family
from flourishing.formats.family.cards import Card, cards_of, fold, way_to
from flourishing.formats.family.graph import MOST_CARDS, arrange, measures_for
from flourishing.formats.family.graph import Place as Spot
from flourishing.formats.family.page import name
from flourishing.garden import Garden, Mark, Stored
from flourishing.garden.lineage import MOST_RELATIVES, Way
from flourishing.kinds import medium_of
from flourishing.studio.acts import write_act
from flourishing.studio.app_state import AppState, CurrentState
from flourishing.studio.beds import find_bed, read_ahead
from flourishing.studio.problems import MissingError, make_router
from flourishing.studio.schemas.library import (
    DiffBody,
    EchoBody,
    FamilyBody,
    LastKeptBody,
    OfBrood,
    ParentBody,
    StepBody,
    TextPage,
)
from flourishing.studio.schemas.texts import (
    Edited,
    Marked,
    Number,
    OtherWordsBody,
    Place,
    Tagged,
    TextBody,
    Titled,
    WordPut,
    Written,
)
from flourishing.studio.serializers import (
    serialize_cost,
    serialize_text,
    serialize_texts,
    serialize_words,
    written_by,
)

router = make_router("/api", "texts")

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
async def mark_texts(state: CurrentState, marked: Marked, response: Response) -> list[TextBody]:
    """Keep, drop or pin texts, or put them away; or take that back.

    Outside a bed, the header `Flourishing-Act` names the act, for `/api/acts/{act}/undo`.
    """

    def texts(garden: Garden) -> list[TextBody]:
        return serialize_texts(garden.texts(marked.ids), garden)

    if marked.bed is None:
        return await write_act(state, response, marked.mark, partial(_mark, marked=marked), texts)
    await state.garden.write(_mark, marked)
    await _notify(state, marked.bed)
    return await state.garden.read(texts)


@router.post("/tags")
async def tag_texts(state: CurrentState, tagged: Tagged, response: Response) -> list[TextBody]:
    """Put a tag on texts, or take it off; the header `Flourishing-Act` names the act."""
    return await write_act(
        state,
        response,
        "tag",
        lambda garden: garden.tag(tagged.tag, *tagged.ids, on=tagged.on),
        lambda garden: serialize_texts(garden.texts(tagged.ids), garden),
    )


@router.post("/texts/{text_id}/edits", status_code=201)
async def edit_text(state: CurrentState, text_id: Number, edited: Edited) -> TextBody:
    """Store a person's edit as a new text; in a bed, it takes the place of the edited one."""
    if not edited.content.strip():
        raise InputError("The text is blank.", hint="Drop it instead, or write something.")
    stored = await state.garden.write(_edit, text_id, edited)
    await _notify(state, edited.bed)
    return stored


@router.put("/texts/{text_id}/title")
async def entitle_text(state: CurrentState, text_id: Number, titled: Titled) -> TextBody:
    """Call a text something, or with "" nothing; one act, which can be undone."""
    stored = await state.garden.write(_entitle, text_id, titled)
    if titled.bed is not None:
        state.listeners.notify(titled.bed)
    return stored


@router.get("/texts/{text_id}/words")
async def list_other_words(
    state: CurrentState,
    text_id: Number,
    at: Annotated[Place, Query(description="A character of the word, from 0.")],
    bed: Annotated[Number | None, Query(description="The bed in which it is looked at.")] = None,
    k: Annotated[int, Query(ge=1, le=MOST_WORDS, description="The most words.")] = 12,
) -> OtherWordsBody:
    """Give the likeliest other words in a place of a text, each with its probability there."""
    await state.garden.read(find_text, text_id)
    its = None if bed is None else await state.garden.read(find_bed, bed)
    model = await state.engines.open(None if its is None else state.model_of(its))
    found = await other_words(state.garden, text_id, at, model=model, bed=its, k=k)
    state.given_words.note(found)
    return serialize_words(found)


@router.post("/texts/{text_id}/words", status_code=201)
async def put_other_word(state: CurrentState, text_id: Number, put: WordPut) -> TextBody:
    """Put another word into the place of one; in a bed, the edit takes the place of the text.

    A word that was given for this place is the model's, any other one the person's.
    """
    stored = await state.garden.write(_put_word, text_id, put, state.given_words)
    await _notify(state, put.bed)
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
    return serialize_text(text, garden, whole=True)


def _write(garden: Garden, written: Written) -> list[TextBody]:
    bed = None if written.bed is None else find_bed(garden, written.bed)
    stored = garden.add(*written.texts, keep=written.keep)
    if bed is not None:
        garden.beds.add_parents(bed, (each.id for each in stored))
    return serialize_texts(garden.texts([each.id for each in stored]), garden)


def _mark(garden: Garden, marked: Marked) -> None:
    bed = None if marked.bed is None else find_bed(garden, marked.bed)
    for id in marked.ids:
        find_text(garden, id)
    if not marked.on:
        garden.take_back(marked.mark, *marked.ids, bed=bed)
    elif marked.mark == "away":
        garden.put_away(*marked.ids)
    else:
        seen = {} if marked.mark == "pin" else {"seen": marked.seen}
        _GIVE[marked.mark](garden)(*marked.ids, bed=bed, **seen)


def _edit(garden: Garden, id: int, edited: Edited) -> TextBody:
    bed = None if edited.bed is None else find_bed(garden, edited.bed)
    edit = garden.edit(find_text(garden, id), edited.content, bed=bed)
    return serialize_text(garden.text(edit.id), garden)


def _entitle(garden: Garden, id: int, titled: Titled) -> TextBody:
    bed = None if titled.bed is None else find_bed(garden, titled.bed)
    entitled = garden.entitle(find_text(garden, id), titled.title, bed=bed)
    return serialize_text(entitled, garden)


def _put_word(garden: Garden, id: int, put: WordPut, given: GivenWords) -> TextBody:
    bed = None if put.bed is None else find_bed(garden, put.bed)
    find_text(garden, id)
    edit = put_word(garden, id, put.at, put.word, given=given, bed=bed)
    return serialize_text(edit, garden)


async def _notify(state: AppState, bed: int | None) -> None:
    """Notify the tabs of a bed that it has changed, and read what its next prompt will be."""
    if bed is not None:
        state.listeners.notify(bed)
        await read_ahead(state, await state.garden.read(find_bed, bed))


origins_router = make_router("/api/texts/{text_id}", "library")

_MOST_ECHOES: Final = 20
_MOST_CHILDREN: Final = 24


@origins_router.get("/echoes")
async def find_echoes(state: CurrentState, text_id: Number) -> list[EchoBody]:
    """Say in which other texts words of this one stand, its own versions and brood apart."""
    return await state.garden.read(_echoes, text_id)


@origins_router.get("/page")
async def show_page(state: CurrentState, text_id: Number) -> TextPage:
    """Show all about a text: its origin, versions, parents, children and shelves."""
    return await state.garden.read(_page, text_id)


def _echoes(garden: Garden, text_id: int) -> list[EchoBody]:
    text = find_text(garden, text_id)
    found = collections.echoes(text.content, garden, but=garden.lineage.kin(text_id))
    return [
        EchoBody(
            where=each.where,
            text=serialize_text(each.text, garden),
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
    parents = {each.id: each for each in serialize_texts(garden.texts(sorted(set(ids))), garden)}
    children = garden.search.children(text_id, limit=_MOST_CHILDREN + 1)
    return TextPage(
        text=serialize_text(text, garden, whole=True),
        versions=serialize_texts(garden.lineage.versions(text_id).versions, garden),
        parents=[
            ParentBody(
                text=parents[id],
                role="example" if place < text.origin.examples else "parent",
            )
            for place, id in enumerate(ids)
        ],
        children=serialize_texts(children[:_MOST_CHILDREN], garden),
        more_children=len(children) > _MOST_CHILDREN,
        shelves=garden.search.shelves(text_id),
        runs=list(garden.runs.choices([text_id]).get(text_id, ())),
        brood=_brood(garden, text),
    )


def _brood(garden: Garden, text: Stored) -> OfBrood | None:
    if text.brood is None or text.origin.prompt is None:
        return None
    try:
        brood = garden.brood(text.brood)
        if brood.part_of is not None:
            brood = garden.brood(brood.part_of)
    except InputError:
        return None  # an edit, or what came from elsewhere
    beds = [bed for away in (False, True) for bed in garden.beds.all(away=away)]
    return OfBrood(
        id=brood.id,
        operation=brood.operation,
        at=brood.at,
        bed=brood.bed,
        bed_name=next((bed.name for bed in beds if bed.id == brood.bed), ""),
        offspring=len(brood),
        notes=list(brood.notes),
        cost=serialize_cost(garden.costs.brood(brood.id)),
    )


lineage_router = make_router("/api", "lineage")


@lineage_router.get("/lineage/last")
async def show_last_kept(state: CurrentState) -> LastKeptBody:
    """Say which text was kept last."""
    return await state.garden.read(_last_kept)


@lineage_router.get("/texts/{text_id}/family", response_model=FamilyBody)
async def show_family(
    state: CurrentState,
    text_id: Number,
    way: Way = "both",
    examples: bool = False,
    folded: bool = False,
    unfold: Annotated[
        list[Number] | None,
        Query(max_length=1_000, description="The broods of which all texts are shown."),
    ] = None,
) -> Response:
    """Give a text with its family: the nearest 5,000, in layers, without their contents.

    `ancestors` is what it came from, `descendants` what came of it; `examples` are chains that only
    showed what getting better looks like. With `folded`, the texts of one brood that nothing came
    of and that are not kept stand behind one of them.
    """
    # Ready to be sent: to check thousands of texts once more would take longer than to read them.
    content = await state.garden.read(
        _family_as_json,
        text_id,
        way,
        examples=examples,
        unfold=None if not folded else unfold or [],
    )
    return Response(content, media_type="application/json")


@lineage_router.get("/texts/{text_id}/way")
async def show_way(state: CurrentState, text_id: Number) -> list[StepBody]:
    """Give the way to a text: each version or best parent before it, the earliest first."""
    return await state.garden.read(_way, text_id)


@lineage_router.get("/texts/{text_id}/diff")
async def show_diff(
    state: CurrentState,
    text_id: Number,
    to: Annotated[
        Number | None,
        Query(description="The text with which it is compared; by default its nearest parent."),
    ] = None,
) -> DiffBody:
    """Compare a text with another, word by word: with the parent that it has the most of."""
    return await state.garden.read(_diff, text_id, to)


def _last_kept(garden: Garden) -> LastKeptBody:
    kept = garden.search.page("keep", limit=1)
    return LastKeptBody(id=kept[0].id if kept else None)


def _family_as_json(
    garden: Garden, id: int, way: Way, *, examples: bool, unfold: list[int] | None
) -> str:
    find_text(garden, id)  # one that is missing is a 404
    family = garden.lineage.family(id, way, examples=examples)
    return _serialize_family(family, way, unfold).model_dump_json()


def _way(garden: Garden, id: int) -> list[StepBody]:
    find_text(garden, id)
    ids = way_to(garden.lineage.ancestors(id), id)
    texts = serialize_texts(garden.texts(ids), garden)
    return [
        StepBody(
            text=text,
            changes=[] if before is None else list(word_diff(before.content, text.content)),
        )
        for before, text in zip([None, *texts], texts, strict=False)
    ]


def _diff(garden: Garden, id: int, to: int | None) -> DiffBody:
    text = find_text(garden, id)
    if to is not None:
        other = find_text(garden, to)
        return DiffBody(id=id, to=to, changes=list(word_diff(other.content, text.content)))
    parents = [
        each for each in text.origin.parents[text.origin.examples :] if isinstance(each, Stored)
    ]
    compared = [(each.id, word_diff(each.content, text.content)) for each in parents]
    if not compared:
        raise MissingError(
            f"The text {id} has no parents here.", hint="Name a text with which it is compared."
        )
    nearest, changes = min(compared, key=lambda each: _changed(each[1]))
    return DiffBody(id=id, to=nearest, changes=list(changes))


def _changed(changes: Sequence[Change]) -> int:
    """Count the characters that are not the same."""
    return sum(len(change.text) for change in changes if change.kind != "same")


def _serialize_family(family: Family, way: Way, unfold: list[int] | None) -> FamilyBody:
    cards = cards_of(family)
    shown, behind = (family, {}) if unfold is None else _fold(family, unfold)
    layers = shown.generations()
    few = len(shown.texts) <= MOST_CARDS
    media = {id: medium_of(each.content) if few else None for id, each in shown.texts.items()}
    pictures = any(each not in {None, "sound"} for each in media.values())
    layout = arrange(shown, layers, measures_for(shown, layers, pictures=pictures))
    in_order = [(layer, id) for layer, ids in enumerate(layers) for id in ids]
    # All at once from plain data: to make each edge by itself takes four times as long.
    return FamilyBody.model_validate(
        {
            "root": family.root,
            "way": way,
            "measures": layout.measures,
            "whole": len(family.texts) < MOST_RELATIVES,
            "count": len(family.texts),
            "texts": [
                {
                    **_relative(id, shown.texts[id], layer, layout.places[id], cards[id]),
                    "behind": behind.get(id, []),
                    "medium": media[id],
                }
                for layer, id in in_order
            ],
            "edges": [
                {"child": id, "parent": each.parent, "place": each.place, "role": each.role}
                for _, id in in_order
                for each in shown.came_from(id)
            ],
        }
    )


def _fold(family: Family, unfold: list[int]) -> tuple[Family, dict[int, list[int]]]:
    rounds = {
        id: text.brood if isinstance(text, Stored) else None for id, text in family.texts.items()
    }
    return fold(family, rounds, unfolded=set(unfold))


def _relative(id: int, text: Text, layer: int, place: Spot, card: Card) -> dict[str, object]:
    stored = text if isinstance(text, Stored) else None
    return {
        "id": id,
        "name": name(text),
        "line": card.line,
        "difference": card.difference,
        "changes": card.changes,
        "brood": stored.brood if stored else None,
        "kind": text.writer,
        "by": written_by(text),
        "layer": layer,
        "marks": sorted(stored.marks) if stored else [],
        "flawed": bool(stored and stored.flaws),
        "x": place.x,
        "y": place.y,
    }
