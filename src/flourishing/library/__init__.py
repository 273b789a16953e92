"""The library: collections of texts that ship with the package.

A collection is a TOML file beside this module: a title, the pattern that suits its texts, and
the texts, each with its author, title, year and the place where it was published. All of them are
in the public domain.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Final, overload

from flourishing.errors import InputError
from flourishing.text import Source, Text

_HERE: Final = resources.files(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A named shelf of texts; iterates and counts as these.

    Attributes:
        name: What it is called.
        title: What it is, in a few words.
        pattern: The name of the pattern that suits its texts.
        texts: The texts, in the order of the file.
        sources: Where each of them comes from.
    """

    name: str
    title: str
    pattern: str
    texts: tuple[Text, ...]
    sources: tuple[Source, ...]

    def __iter__(self) -> Iterator[Text]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> Text: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Text, ...]: ...

    def __getitem__(self, index: int | slice) -> Text | tuple[Text, ...]:
        return self.texts[index]


def library(name: str) -> Collection:
    """Give a shipped collection.

    Args:
        name: Its name, such as "imagists".

    Raises:
        InputError: There is no such collection.
    """
    if name not in names():
        raise InputError(
            f"There is no collection {name!r}.", hint=f"There are: {', '.join(names())}."
        )
    table = tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))
    return Collection(
        name=name,
        title=table["title"],
        pattern=table["pattern"],
        texts=tuple(Text(entry["text"].strip("\n")) for entry in table["texts"]),
        sources=tuple(
            Source(**{key: entry[key] for key in ("author", "title", "year", "published")})
            for entry in table["texts"]
        ),
    )


def names() -> list[str]:
    """Give the names of the shipped collections."""
    files = (entry.name for entry in _HERE.iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))
