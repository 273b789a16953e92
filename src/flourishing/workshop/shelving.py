"""Collections, wherever they stand: shipped, in a person's files, or grown in the garden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from flourishing.chain import Chain
from flourishing.choosing import Choice, choose
from flourishing.errors import InputError
from flourishing.garden import AsyncGarden, Garden
from flourishing.library import Collection, library, names, shipped
from flourishing.models import BaseModel
from flourishing.originality import Echo, Index, compare, strongest
from flourishing.text import Text

T = TypeVar("T", Text, Chain)

POEMS = "poems"
"""The collection that finished poems join."""
REFINEMENTS = "refinements"
"""The collection that their chains join."""
FIRST = "imagists"
"""What is bred from where nothing is named."""
TAKE = 6
"""How many examples are chosen where nobody says how many."""


def collection_names(garden: Garden) -> list[str]:
    """Give the names of all collections."""
    return sorted({*names(), *garden.shelves.names()})


def collection(name: str, garden: Garden) -> Collection:
    """Give a collection: what ships, then a person's file, then what grew in the garden.

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
    sources: Sequence[str], choice: Choice, garden: AsyncGarden, model: BaseModel
) -> tuple[list[Text], str]:
    """Choose parents from collections.

    Args:
        sources: Names of collections; none for what ships first and, at its end, the newest of the
            person's own finished poems, up to half of the prompt; all of both if all are chosen.
        choice: Which to take, and how many.
        garden: Where the person's own stand.
        model: Counts the tokens, where the choice has a budget of them.

    Returns:
        The parents, best last, and the name of the pattern that suits them.

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
        pattern = shelves[-1].pattern
    else:
        first = await garden.read(_collection, FIRST)
        own, rest = await _own(choice, garden, model)
        chosen = [*await choose(first.texts, rest, count_tokens=model.count_tokens), *own]
        pattern = first.pattern
    if not chosen:
        raise InputError(
            "Nothing is left to breed from.", hint="Allow more tokens, or name another collection."
        )
    return chosen, pattern


async def _own(choice: Choice, garden: AsyncGarden, model: BaseModel) -> tuple[list[Text], Choice]:
    """Choose the newest of a person's finished poems, up to half; and say what is left to choose.

    Returns:
        The poems, the newest last, and the choice of all the others.
    """
    grown = await garden.read(_finished)
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
    garden: AsyncGarden, chain: Chain, choice: Choice, model: BaseModel
) -> list[Chain]:
    """Choose chains as examples for one that is under work.

    A chain that shares a version with it is left out: the model would copy how that one went on.

    Args:
        garden: Where the person's own stand.
        chain: The chain under work.
        choice: Which to take, and how many.
        model: Counts the tokens, where the choice has a budget of them.
    """
    chains = await garden.read(examples_for, chain)
    return await choose(chains, choice, count_tokens=model.count_tokens)


def examples_for(garden: Garden, chain: Chain) -> list[Chain]:
    """Give all chains that can be examples for one that is under work."""
    under_work = {text.content for text in chain}
    return [
        each
        for each in collection(REFINEMENTS, garden).chains
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


def _finished(garden: Garden) -> tuple[Text, ...]:
    return collection(POEMS, garden).texts if POEMS in collection_names(garden) else ()


def _once(items: Sequence[T]) -> tuple[T, ...]:
    """Give items without those that say the same as an earlier one."""
    told: dict[tuple[str, ...], T] = {}
    for item in items:
        versions = item if isinstance(item, Chain) else (item,)
        told.setdefault(tuple(each.content for each in versions), item)
    return tuple(told.values())
