"""The library: collections of texts and of chains, those that ship and a person's own.

A shipped collection is a TOML file beside this module, which says where each text was published;
all of them are in the public domain in the United States. A person's own are files in the folder
`library` of their data, NAME.toml or NAME.txt. One that has the name of a shipped collection is
added to it, and comes after it, since what stands last in a prompt counts most.
"""

from __future__ import annotations

from collections.abc import Collection as AnyOf
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path, PurePath
from typing import Final

from flourishing.core.chain import Chain
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.files import read_bounded
from flourishing.kinds import (
    DEFAULT,
    Kind,
    bred_kind,
    kind,
    kind_of,
    kind_of_form,
    kind_of_versions,
    pattern_for,
    usable_kinds,
)
from flourishing.library.files import Collection, Shelf, read
from flourishing.patterns import Pattern
from flourishing.settings import data_path

__all__ = [
    "Collection",
    "collection_of",
    "known_kind",
    "library",
    "names",
    "own_path",
    "shipped",
    "shipped_names",
    "versions_name",
]

_HERE: Final = resources.files(__name__)
_MOST_BYTES: Final = 64 * 2**20
"""The largest file of a person's own that is read."""
_ENDINGS: Final = (".toml", ".txt")


def library(name: str) -> Collection:
    """Give a collection: what ships of that name, and then what a person has added to it.

    Args:
        name: Its name, such as "imagists".

    Raises:
        InputError: There is no such collection, or a person's file is not what it should be.
    """
    own = _own_files().get(name, [])
    shipped = [_shipped(name)] if name in shipped_names() else []
    if not own and not shipped:
        raise InputError(
            f"There is no collection {name!r}.",
            hint=f"There are: {', '.join(names())}; or add your own in {own_path()}.",
        )
    shelves = (*shipped, *(_own(path) for path in own))
    return _together(name, shelves, *_suiting(shelves))


def names() -> list[str]:
    """Give the names of the collections, the shipped ones and a person's own."""
    return sorted({*shipped_names(), *_own_files()})


def versions_name(its: Kind | None, there: AnyOf[str]) -> str:
    """Give the name of the collection whose chains show how texts of a kind get better.

    Args:
        its: The kind of the text under work; None for the default kind.
        there: The names of the collections that there are.

    Returns:
        That of the kind itself, or else of another kind with the same medium; "" where there is
        neither: chains of other texts would show a form that is not its own.
    """
    its = its or kind(DEFAULT)
    if its.refinements in there:
        return its.refinements
    alike = (each.refinements for each in usable_kinds() if each.medium == its.medium)
    return next((name for name in alike if name in there), "")


def known_kind(texts: Iterable[Text | str]) -> Kind | None:
    """Give the kind of texts, as far as it can be known without a garden.

    Args:
        texts: The texts, the one that counts most last, such as parents or versions. Of a string
            only the form counts: "cat" is in a collection of words, and may begin a poem.

    Returns:
        The kind as which the last of them was bred; else that of the collection in which it stands;
        else the one of which it has the form. Where nothing says it, so for the one before; None
        where nothing says it of any.
    """
    return next(filter(None, map(_known_kind, reversed(list(texts)))), None)


def _known_kind(text: Text | str) -> Kind | None:
    if isinstance(text, str):
        return kind_of_form(text)
    if its := bred_kind(text):
        return its
    shelf = collection_of(text)
    return kind_of_versions(shelf.pattern, shelf.kind) if shelf else kind_of_form(text.content)


def collection_of(text: Text) -> Collection | None:
    """Give the collection of single texts in which a text stands, a person's own first.

    Args:
        text: The text.
    """
    for name in _own_files():
        with suppress(InputError):
            own = library(name)
            if any(each.content == text.content for each in own.texts):
                return own
    return _by_content().get(text.content)


@lru_cache(maxsize=1)
def _by_content() -> dict[str, Collection]:
    """Give the collection that ships of each text, by its content."""
    return {text.content: shelf for shelf in shipped() for text in shelf.texts}


def shipped() -> list[Collection]:
    """Give the collections that ship, without what a person has added to them."""
    found = []
    for name in sorted(shipped_names()):
        shelves = (_shipped(name),)
        found.append(_together(name, shelves, *_suiting(shelves)))
    return found


@lru_cache(maxsize=1)
def shipped_names() -> frozenset[str]:
    """Give the names of the collections that ship."""
    paths = (PurePath(entry.name) for entry in _HERE.iterdir())
    return frozenset(path.stem for path in paths if path.suffix == ".toml")


def own_path() -> Path:
    """Give the folder of a person's own collections, which need not be there."""
    return data_path() / "library"


@lru_cache(maxsize=64)
def _shipped(name: str) -> Shelf:
    content = (_HERE / f"{name}.toml").read_text(encoding="utf-8")
    return read(content, path=PurePath(f"{name}.toml"), at=datetime.min.replace(tzinfo=UTC))


def _own_files() -> dict[str, list[Path]]:
    """Give a person's own files by the names of their collections."""
    found: dict[str, list[Path]] = {}
    for path in sorted(own_path().glob("*")):
        if path.suffix in _ENDINGS and not path.name.startswith(".") and path.is_file():
            found.setdefault(path.stem, []).append(path)
    return found


def _own(path: Path) -> Shelf:
    try:
        raw, at = read_bounded(path, most=_MOST_BYTES)
        content = raw.decode("utf-8-sig")  # some editors put a mark at the beginning
    except (InputError, ValueError, OverflowError) as error:
        raise InputError(
            f"The collection {path} cannot be read: {str(error).rstrip('.')}.",
            hint="Save it as text in UTF-8, or move it away.",
        ) from error
    return _read_own(content, path, at)


@lru_cache(maxsize=8)
def _read_own(content: str, path: Path, at: datetime) -> Shelf:
    # By its content, not by its time alone: two changes may fall into one tick of the clock.
    return read(content, path=path, at=at)


def _suiting(shelves: tuple[Shelf, ...]) -> tuple[str, Pattern]:
    """Give the kind and the pattern that the last of the shelves names, or else the usual ones."""
    named = [shelf for shelf in shelves if shelf.kind or shelf.pattern]
    if not named:
        usual = kind("refinement" if shelves[0].chained else DEFAULT)
        return usual.name, usual.pattern
    shelf = named[-1]
    try:
        pattern = pattern_for(shelf.kind or None, shelf.pattern or None)
        return kind(shelf.kind).name if shelf.kind else kind_of(pattern).name, pattern
    except InputError as error:
        raise InputError(f"{shelf.path}: {error}", hint=error.hint) from error


@lru_cache(maxsize=128)
def _together(
    name: str, shelves: tuple[Shelf, ...], kind_name: str, pattern: Pattern
) -> Collection:
    """Put the shelves of one name together, each item once."""
    items: dict[tuple[str, ...], Text | Chain] = {}
    for shelf in shelves:
        if shelf.chained != shelves[0].chained:
            raise InputError(
                f"{shelf.path} does not go with the collection {name!r}: of the two, one holds "
                "texts and the other chains.",
                hint="Give the file another name.",
            )
        shelf.require_fit(pattern)
        for item in shelf.items:
            versions = (item,) if isinstance(item, Text) else item.versions
            items.setdefault(tuple(text.content for text in versions), item)
    titles = [shelf.title for shelf in shelves if shelf.title]
    return Collection(
        name=name,
        title=titles[0] if titles else name,
        pattern=pattern.name,
        kind=kind_name,
        texts=tuple(item for item in items.values() if isinstance(item, Text)),
        chains=tuple(item for item in items.values() if isinstance(item, Chain)),
    )
