"""The library over the wire: collections, and texts page by page."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Final

from fastapi import Query, Response

from flourishing.app import collections, text_query
from flourishing.app.text_query import TextQuery
from flourishing.core.chain import Chain
from flourishing.core.text import Text
from flourishing.errors import FlourishingError, InputError, StorageError
from flourishing.garden import Garden, Stored, Yield
from flourishing.garden.collections import Shelf
from flourishing.garden.meaning import embed_missing, similar
from flourishing.kinds import kind_of
from flourishing.library import Collection, library, names, own_path, shipped
from flourishing.studio.acts import write_act
from flourishing.studio.app_state import AppState, CurrentState
from flourishing.studio.beds import find_bed
from flourishing.studio.problems import MissingError, make_router
from flourishing.studio.schemas.beds import ChainBody
from flourishing.studio.schemas.library import (
    CollectionBody,
    CollectionSummary,
    ItemBody,
    ItemsAsked,
    Shelved,
    TagBody,
)
from flourishing.studio.schemas.texts import Mark, Number, TextBody
from flourishing.studio.serializers import (
    serialize_chain,
    serialize_text,
    serialize_texts,
)
from flourishing.studio.texts import find_text

router = make_router("/api", "library")

_PAGE: Final = 50
_EMBEDDED: Final = 64
"""The most texts that are embedded while a person waits."""
_Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/collections")
async def list_collections(state: CurrentState) -> list[CollectionSummary]:
    """List the collections."""
    return await state.garden.read(_collections)


def _collections(garden: Garden) -> list[CollectionSummary]:
    ships = {shelf.name: len(shelf) for shelf in shipped()}
    grown = set(garden.shelves.names())
    return [
        _summary_or_problem(garden if name in grown else None, name, ships.get(name, 0))
        for name in sorted({*names(), *grown})
    ]


@router.get("/collections/{name:path}")
async def show_collection(
    state: CurrentState,
    name: str,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: _Limit = _PAGE,
) -> CollectionBody:
    """Show a page of a collection; what ships is not of the garden, and has the number 0."""
    return await state.garden.read(_collection, name, after=after, limit=limit)


def _collection(garden: Garden, name: str, *, after: int, limit: int) -> CollectionBody:
    shelf = find_collection(garden, name)
    items: Sequence[Text | Chain] = shelf.items[after : after + limit]
    texts = [each for each in items if isinstance(each, Text)]
    chains = [each for each in items if isinstance(each, Chain)]
    grown = _grown(garden.shelves.get(name))
    yields = [
        *garden.shelves.yields_of_texts(texts),
        *garden.shelves.yields_of_chains(chains),
    ]
    return CollectionBody(
        about=_summary(shelf, ships=_ships(name)),
        items=[
            ItemBody(
                index=index,
                text=serialize_text(item, garden) if isinstance(item, Text) else None,
                chain=_chain(item, of, garden) if isinstance(item, Chain) else None,
                grown=_words(item) in grown,
                offspring=of.offspring,
                kept=of.kept,
            )
            for index, (item, of) in enumerate(zip(items, yields, strict=True), start=after)
        ],
    )


@router.post("/collections/{name:path}/items")
async def put_on_shelf(
    state: CurrentState, name: str, shelved: Shelved, response: Response
) -> CollectionSummary:
    """Put texts on a shelf, made if need be; on one of chains, each with its earlier versions.

    The header `Flourishing-Act` names the act, for `/api/acts/{act}/undo`.
    """
    return await write_act(
        state,
        response,
        "shelve",
        lambda garden: _put(garden, name, shelved),
        lambda garden: _summary(collections.collection(name, garden), ships=_ships(name)),
    )


def _put(garden: Garden, name: str, shelved: Shelved) -> None:
    texts = garden.texts(shelved.ids)
    there = name in collections.collection_names(garden)
    if there and collections.collection(name, garden).chains:
        garden.shelves.put(name, *(_versions(garden, text) for text in texts))
    else:
        garden.shelves.put(name, *texts)


@router.delete("/collections/{name:path}/items", status_code=204)
async def take_off_shelf(
    state: CurrentState,
    name: str,
    ids: Annotated[list[Number], Query(min_length=1, max_length=500)],
    response: Response,
) -> None:
    """Take texts off a shelf, or the chains that end with them; they stay in the garden.

    The header `Flourishing-Act` names the act, for `/api/acts/{act}/undo`.
    """
    await write_act(
        state,
        response,
        "shelve",
        lambda garden: _take_off(garden, name, ids),
        lambda _: None,
    )


def _take_off(garden: Garden, name: str, ids: Sequence[int]) -> None:
    shelf = garden.shelves.get(name)
    items: list[Text | Chain] = [*shelf.texts, *shelf.chains] if shelf else []
    found = [item for item in items if _number(item) in ids]
    if {_number(item) for item in found} != set(ids):
        raise InputError(
            f"Not all of these stand on “{name}” because you put them there.",
            hint=f"What ships, and what is in {own_path()}, stays as it is.",
        )
    garden.shelves.take_off(name, *found)


@router.post("/collections/{name:path}/texts")
async def bring_items(state: CurrentState, name: str, asked: ItemsAsked) -> list[TextBody]:
    """Bring items of a collection into the garden, so that they have numbers; of chains, the best.

    They are not kept by that: they are there to be parents, or to be marked.
    """
    return await state.garden.write(_bring, name, asked)


def _bring(garden: Garden, name: str, asked: ItemsAsked) -> list[TextBody]:
    texts = find_items(garden, name, asked.indexes)
    return serialize_texts(garden.add(*texts, keep=False), garden)


@router.get("/texts")
async def find_texts(
    state: CurrentState,
    words: Annotated[str, Query(max_length=1_000)] = "",
    mark: Mark | None = None,
    tag: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    bed: Number | None = None,
    like: Annotated[
        Number | None, Query(description="The text that these are most like in meaning.")
    ] = None,
    before: Number | None = None,
    limit: _Limit = _PAGE,
) -> list[TextBody]:
    """Give a page of texts, the newest first: those in which all words stand, or all of a mark.

    With `like`, those that are most like a text in meaning instead, the nearest first, on one page.
    Only texts with an embedding are found; up to 64 that have none yet get one at each request.
    """
    if like is not None:
        if words.strip() or before is not None:
            raise InputError(
                "Texts are found by their words, or by their likeness to one.",
                hint="Leave out `words` and `before`.",
            )
        return await _alike(state, like, mark=mark, tag=tag, bed=bed, limit=limit)
    query = TextQuery(words=words, mark=mark, tag=tag, bed=bed)

    def find(garden: Garden) -> list[TextBody]:
        found = text_query.find_texts(garden, query, before=before, limit=limit)
        return serialize_texts(found, garden)

    return await state.garden.read(find)


async def _alike(
    state: AppState, to: int, *, mark: Mark | None, tag: str | None, bed: int | None, limit: int
) -> list[TextBody]:
    """Give the texts that are most like one in meaning, by the model of the studio."""
    text = await state.garden.read(find_text, to)
    its = None if bed is None else await state.garden.read(find_bed, bed)
    model = await state.engines.open(None)
    with suppress(StorageError):  # what has an embedding is found all the same
        await embed_missing(state.garden, model, limit=_EMBEDDED)
    await state.embedding.begin(state.garden, model)
    found = await similar(state.garden, text, n=limit, model=model, mark=mark, tag=tag, bed=its)
    return await state.garden.read(
        lambda garden: serialize_texts([near.text for near in found], garden)
    )


@router.get("/tags")
async def list_tags(state: CurrentState) -> list[TagBody]:
    """List all tags, the most used first."""
    tags = await state.garden.read(lambda garden: garden.search.tags())
    return [TagBody(label=label, texts=count) for label, count in tags.items()]


def find_collection(garden: Garden, name: str) -> Collection:
    """Give a collection by its name.

    Args:
        garden: The garden with the person's own collections.
        name: The name of the collection.

    Raises:
        MissingError: There is none.
        InputError: A person's file is not what it should be.
    """
    if name not in collections.collection_names(garden):
        raise MissingError(
            f"There is no collection {name!r}.", hint="The library shows those there are."
        )
    return collections.collection(name, garden)


def find_items(garden: Garden, name: str, indexes: Sequence[int]) -> list[Text]:
    """Give items of a collection as texts; of chains, the best.

    Args:
        garden: The garden with the person's own collections.
        name: The name of the collection.
        indexes: The places of the items, from 0.

    Raises:
        MissingError: There is no such collection, or it has no item there.
        InputError: A person's file is not what it should be.
    """
    items: Sequence[Text | Chain] = find_collection(garden, name).items
    missing = next((index for index in indexes if index >= len(items)), None)
    if missing is not None:
        raise MissingError(f"“{name}” has no item {missing}.", hint="Look at it again.")
    return [_best(items[index]) for index in indexes]


def _summary_or_problem(garden: Garden | None, name: str, ships: int) -> CollectionSummary:
    """Give a collection, or why it cannot be given: a damaged file must not hide the others.

    Args:
        garden: The garden, if it has something of that name.
        name: The name of the collection.
        ships: How many of its items ship.
    """
    try:
        shelf = library(name) if garden is None else collections.collection(name, garden)
        return _summary(shelf, ships=ships)
    except FlourishingError as error:
        return CollectionSummary(
            name=name,
            title="",
            pattern="",
            kind="",
            chains=False,
            items=0,
            shipped=0,
            own=0,
            grown=0,
            problem=f"{error} {error.hint}".strip(),
        )


def _summary(shelf: Collection, *, ships: int) -> CollectionSummary:
    written = len(library(shelf.name)) if shelf.name in names() else 0
    return CollectionSummary(
        name=shelf.name,
        title=shelf.title,
        pattern=shelf.pattern,
        kind=kind_of(shelf.pattern, shelf.kind).name,
        chains=bool(shelf.chains),
        items=len(shelf),
        shipped=ships,
        own=written - ships,
        grown=len(shelf) - written,
        problem=None,
    )


def _ships(name: str) -> int:
    return next((len(shelf) for shelf in shipped() if shelf.name == name), 0)


def _chain(chain: Chain, of: Yield, garden: Garden) -> ChainBody:
    return serialize_chain(chain, garden, offspring=of.offspring, kept=of.kept)


def _words(item: Text | Chain) -> tuple[str, ...]:
    versions = item if isinstance(item, Chain) else (item,)
    return tuple(each.content for each in versions)


def _grown(shelf: Shelf | None) -> set[tuple[str, ...]]:
    items: list[Text | Chain] = [*shelf.texts, *shelf.chains] if shelf else []
    return {_words(item) for item in items}


def _best(item: Text | Chain) -> Text:
    return item.best if isinstance(item, Chain) else item


def _number(item: Text | Chain) -> int:
    best = _best(item)
    return best.id if isinstance(best, Stored) else 0


def _versions(garden: Garden, text: Stored) -> Chain:
    chain = garden.lineage.versions(text.id)
    if len(chain) == 1:
        raise InputError(
            f"Text {text.id} has no earlier versions, and so is no chain.",
            hint="Refine or edit it first, or name a collection of texts.",
        )
    return chain
