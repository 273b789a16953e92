"""Collections, wherever they stand: shipped, in a person's files, or grown in the garden."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from flourishing.core.chain import Chain
from flourishing.core.originality import Echo, Index, compare, strongest
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.garden import AsyncGarden, Garden, Stored
from flourishing.kinds import (
    DEFAULT,
    OTHER,
    Kind,
    bred_kind,
    kind_of,
    kind_of_form,
    kind_of_versions,
    named_kind,
)
from flourishing.library import Collection, collection_of, library, names, shipped, versions_name
from flourishing.library.choosing import Choice, choose
from flourishing.models import BaseModel

T = TypeVar("T", Text, Chain)

TAKE = 6
"""How many examples are chosen where nobody says how many."""


def collection_names(garden: Garden) -> list[str]:
    """Give the names of all collections.

    Args:
        garden: The garden with the person's own collections.
    """
    return sorted({*names(), *garden.shelves.names()})


def collection(name: str, garden: Garden) -> Collection:
    """Give a collection: what ships, then a person's file, then what grew in the garden.

    Args:
        name: The name of the collection.
        garden: The garden with the person's own collections.

    Raises:
        InputError: There is none of this name, or a person's file is not what it should be.
    """
    shelf = garden.shelves.get(name)
    if shelf is None or not (shelf.texts or shelf.chains):
        if name not in names():
            raise InputError(
                f"There is no collection {name!r}.",
                hint=f"There are: {', '.join(collection_names(garden))}.",
            )
        return library(name)
    if name not in names():
        return Collection(
            name=name,
            title=shelf.title or "what you have finished",
            pattern=shelf.pattern,
            kind=shelf.kind,
            texts=shelf.texts,
            chains=shelf.chains,
        )
    written = library(name)
    return replace(
        written,
        texts=_once((*written.texts, *shelf.texts)),
        chains=_once((*written.chains, *shelf.chains)),
    )


def require_kind(name: str, garden: Garden, *, chains: bool) -> None:
    """Refuse to put texts among chains, or chains among texts.

    Args:
        name: The name of the collection, which need not be there.
        garden: The garden with the person's own collections.
        chains: Whether chains are to be put in; False for texts.

    Raises:
        InputError: The collection is there, and holds the other kind.
    """
    if name not in collection_names(garden):
        return
    if bool(collection(name, garden).chains) != chains:
        holds, given = ("texts", "chains") if chains else ("chains", "texts")
        raise InputError(
            f"The collection {name!r} holds {holds}, and so no {given}.",
            hint="Name another collection.",
        )


async def parents_from(
    sources: Sequence[str],
    choice: Choice,
    garden: AsyncGarden,
    model: BaseModel,
    kind: Kind | None = None,
) -> tuple[list[Text], Suiting]:
    """Choose parents from collections.

    Args:
        sources: Names of collections; none for what ships of the kind and, at its end, the newest
            of the person's own finished texts of it, up to half of the prompt; all of both if all
            are chosen.
        choice: Which to take, and how many.
        garden: Where the person's own stand.
        model: Counts the tokens, where the choice has a budget of them.
        kind: The kind of text, which goes before that of the collections; None for theirs, and
            without collections for the default kind.

    Returns:
        The parents, best last, and the kind and the pattern that suit them.

    Raises:
        InputError: A collection is not there, is of chains, or leaves nothing to choose.
    """
    if sources:
        shelves = [await garden.read(_collection, name) for name in sources]
        if wrong := next((shelf for shelf in shelves if shelf.chains), None):
            raise InputError(
                f"The collection {wrong.name!r} is of chains.",
                hint="It serves as examples where a text is refined.",
            )
        items = _once([text for shelf in shelves for text in shelf.texts])
        chosen = await choose(items, choice, count_tokens=model.count_tokens)
        its = Suiting(shelves[-1].kind, shelves[-1].pattern)
    else:
        its, grown, others = await garden.read(_usual, kind)
        own, rest = await _own(grown, choice, model)
        chosen = [*await choose(others, rest, count_tokens=model.count_tokens), *own]
    if not chosen:
        raise InputError(
            "Nothing is left to breed from.", hint="Allow more tokens, or name another collection."
        )
    return chosen, its if kind is None else suiting(kind)


@dataclass(frozen=True, slots=True)
class Suiting:
    """What suits texts that were chosen.

    Attributes:
        kind: The name of their kind.
        pattern: The name of their pattern.
    """

    kind: str
    pattern: str


def suiting(kind: Kind) -> Suiting:
    """Give what suits texts of a kind.

    Args:
        kind: The kind of text.
    """
    return Suiting(kind.name, kind.pattern.name)


def suiting_text(text: Text, garden: Garden) -> Suiting | None:
    """Give what suits a text: what it was bred with, or else the place in which it stands.

    Args:
        text: The text; of an edit, what suits the text that was edited.
        garden: Where the person's own collections and beds are.

    Returns:
        The kind and the pattern: those with which it was bred; else those of a collection, or of a
        bed, in which it stands; else those of its form. None where nothing names them.
    """
    if its := bred_kind(text):
        return None if its.name == OTHER else suiting(its)
    for name in garden.search.shelves(text.id) if isinstance(text, Stored) else ():
        with suppress(InputError):
            shelf = collection(name, garden)
            if not shelf.chains:
                return Suiting(shelf.kind, shelf.pattern)
    if written := collection_of(text):
        return Suiting(written.kind, written.pattern)
    if isinstance(text, Stored):
        for bed in garden.beds.all():
            if text.id in (*bed.parents, *bed.chain):
                return Suiting(kind_of(bed.pattern, bed.kind).name, bed.pattern)
    formed = kind_of_form(text.content)
    return suiting(formed) if formed else None


def kind_of_chain(chain: Chain, garden: Garden) -> Kind:
    """Give the kind of the text of which these are versions.

    Args:
        chain: The versions.
        garden: Where the person's own collections stand.
    """
    found = (suiting_text(each, garden) for each in reversed(chain.versions))
    its = next(filter(None, found), None)
    return kind_of_versions(its.pattern, its.kind) if its else named_kind(DEFAULT)


def _shipped_of(kind: Kind, garden: Garden) -> tuple[Text, ...]:
    """Give the texts of the collection that a kind is bred from where none is named."""
    if not kind.library:
        return ()
    shelf = collection(kind.library, garden)
    if shelf.chains:
        raise InputError(
            f"The collection {kind.library!r} is of chains.",
            hint=f"A {kind.noun} is bred from what you give: name the parents.",
        )
    return shelf.texts


def texts_of(kind: Kind, garden: Garden) -> list[Text]:
    """Give the texts of a kind, what ships and then a person's finished ones.

    Args:
        kind: The kind of text.
        garden: Where the person's own stand.
    """
    _, grown, others = _usual(garden, kind)
    return [*others, *grown]


def _usual(garden: Garden, kind: Kind | None) -> tuple[Suiting, tuple[Text, ...], list[Text]]:
    """Give what suits a kind, the person's finished texts of it, and the other texts of it."""
    wanted = kind or named_kind(DEFAULT)
    grown = _finished(wanted, garden)
    there = {text.content for text in grown}
    others = [text for text in _shipped_of(wanted, garden) if text.content not in there]
    return suiting(wanted), grown, others


def _finished(kind: Kind, garden: Garden) -> tuple[Text, ...]:
    """Give a person's finished texts of a kind, without what ships under the same name."""
    if kind.finished not in collection_names(garden):
        return ()
    ours = [shelf for shelf in shipped() if shelf.name == kind.finished]
    ships = {text.content for shelf in ours for text in shelf.texts}
    return tuple(
        text for text in collection(kind.finished, garden).texts if text.content not in ships
    )


async def _own(
    grown: Sequence[Text], choice: Choice, model: BaseModel
) -> tuple[list[Text], Choice]:
    """Choose the newest of a person's finished texts, up to half; and say what is left to choose.

    Returns:
        The texts, the newest last, and the choice of all the others.
    """
    most = choice.most and choice.most // 2
    tokens = choice.tokens and choice.tokens // 2
    if not grown or most == 0 or tokens == 0:
        return [], choice
    newest = Choice(how="newest", most=most, tokens=tokens)
    own = await choose(grown, newest, count_tokens=model.count_tokens)
    spent = 0 if tokens is None else sum([await model.count_tokens(each.content) for each in own])
    return own, replace(
        choice,
        most=choice.most and choice.most - len(own),
        tokens=choice.tokens and choice.tokens - spent,
    )


async def examples_from(
    garden: AsyncGarden,
    chain: Chain,
    choice: Choice,
    model: BaseModel,
    kind: Kind | None = None,
) -> list[Chain]:
    """Choose chains as examples for one that is under work.

    A chain that shares a version with it is left out: the model would copy how that one went on.

    Args:
        garden: Where the person's own stand.
        chain: The chain under work.
        choice: Which to take, and how many.
        model: Counts the tokens, where the choice has a budget of them.
        kind: The kind of the text under work; None for the default kind.
    """
    chains = await garden.read(examples_for, chain, kind)
    return await choose(chains, choice, count_tokens=model.count_tokens)


def examples_for(garden: Garden, chain: Chain, kind: Kind | None = None) -> list[Chain]:
    """Give all chains that can be examples for one that is under work.

    Args:
        garden: Where the person's own stand.
        chain: The chain under work.
        kind: The kind of the text under work, None for the default kind. A kind without chains has
            those of a kind with the same medium, and none where there are none.
    """
    name = versions_name(kind, collection_names(garden))
    if not name:
        return []
    under_work = {text.content for text in chain}
    return [
        each
        for each in collection(name, garden).chains
        if not any(text.content in under_work for text in each)
    ]


def echoes(
    content: str,
    garden: Garden | None = None,
    *,
    parents: Sequence[Text] = (),
    but: Sequence[int] = (),
) -> tuple[Echo, ...]:
    """Say in which other texts words of this one stand: parents, the garden, the library.

    Args:
        content: The text.
        garden: The garden to look through; None for the parents and the library alone.
        parents: Texts of its prompt.
        but: Numbers of texts of the garden that do not count, such as its own.

    Returns:
        Where four words in a row or more stand, or a near copy, the longest run first; each other
        text once, as a parent if it is one.
    """
    of_parents = [compare(content, parent, "parent") for parent in parents]
    there = {parent.digest for parent in parents}
    grown = garden.search.echoes(content, but=tuple(but)) if garden else ()
    others = (*_shipped().echoes(content), *grown)
    return strongest([*of_parents, *(echo for echo in others if echo.text.digest not in there)])


@lru_cache(maxsize=1)
def _shipped() -> Index:
    """Give the texts that ship, by their fingerprints, those of chains too."""
    shelves = shipped()
    of_chains = (text for shelf in shelves for chain in shelf.chains for text in chain)
    return Index([*(text for shelf in shelves for text in shelf.texts), *of_chains], "library")


def _collection(garden: Garden, name: str) -> Collection:
    return collection(name, garden)


def _once(items: Sequence[T]) -> tuple[T, ...]:
    """Give items without those that say the same as an earlier one."""
    distinct: dict[tuple[str, ...], T] = {}
    for item in items:
        versions = item if isinstance(item, Chain) else (item,)
        distinct.setdefault(tuple(each.content for each in versions), item)
    return tuple(distinct.values())
