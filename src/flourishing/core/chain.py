"""Chains: the versions of one text, from worst to best.

A chain is to refinement what a text is to breeding: chains of others show the model what getting
better looks like, and the chain under work, which comes last, is the one that it goes on with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self, overload

from flourishing.core import markup
from flourishing.core.text import Source, Text
from flourishing.errors import InputError


@dataclass(frozen=True, slots=True)
class Chain:
    """The versions of one text; iterates and counts as these.

    Attributes:
        versions: The versions, worst first and best last; at least one.
        source: For a published text, where it comes from.

    Raises:
        InputError: There are no versions.
    """

    versions: tuple[Text, ...]
    source: Source | None = None

    def __post_init__(self) -> None:
        if not self.versions:
            raise InputError("A chain has no versions.", hint="Give it at least one text.")

    @classmethod
    def of(cls, versions: Iterable[str | Text], source: Source | None = None) -> Self:
        """Make a chain of strings or texts, worst first.

        Args:
            versions: The versions, worst first; strings become texts of a person.
            source: Where the chain was found, or None.
        """
        texts = (each if isinstance(each, Text) else Text(each) for each in versions)
        return cls(tuple(texts), source)

    @property
    def best(self) -> Text:
        """The last version."""
        return self.versions[-1]

    def with_version(self, text: Text) -> Self:
        """Give the chain that has one more version at its end.

        Args:
            text: The new, best version.
        """
        return type(self)((*self.versions, text), self.source)

    def as_dict(self) -> dict[str, object]:
        """Give the chain as plain data for JSON."""
        return {
            "versions": [
                {"digest": text.digest, "content": text.content} for text in self.versions
            ],
            "source": str(self.source or ""),
        }

    def __rich_repr__(self) -> Iterator[object]:
        yield [text.content for text in self.versions]
        yield "source", str(self.source or ""), ""

    def _repr_html_(self) -> str:
        poems = (markup.poem(text.content) for text in self.versions)
        heading = f"{len(self)} versions, worst first"
        return markup.numbered(heading, poems, [str(self.source)] if self.source else ())

    def __iter__(self) -> Iterator[Text]:
        return iter(self.versions)

    def __len__(self) -> int:
        return len(self.versions)

    @overload
    def __getitem__(self, index: int) -> Text: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Text, ...]: ...

    def __getitem__(self, index: int | slice) -> Text | tuple[Text, ...]:
        return self.versions[index]
