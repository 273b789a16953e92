"""Collections: named shelves of texts or of chains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, overload

from flourishing.core import markup
from flourishing.core.chain import Chain
from flourishing.core.text import Source, Text

_SHOWN: Final = 5
"""How many of its items a notebook shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A named shelf; iterates and counts as its chains if it has any, else as its texts.

    Attributes:
        name: What it is called.
        title: What it is, in a few words.
        pattern: The name of the pattern that suits what it holds.
        kind: The name of the kind of text that it holds; "" where only its pattern tells.
        texts: Its texts, in the order of the file; none in a collection of chains.
        chains: Its chains, in the order of the file; none in a collection of texts.
    """

    name: str
    title: str
    pattern: str
    texts: tuple[Text, ...] = ()
    chains: tuple[Chain, ...] = ()
    kind: str = ""

    @property
    def items(self) -> tuple[Text, ...] | tuple[Chain, ...]:
        """Its chains if it has any, else its texts."""
        return self.chains or self.texts

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where each of its items comes from; for a chain, where its poem does."""
        found = (
            item.origin.source if isinstance(item, Text) else item.source for item in self.items
        )
        return tuple(source or Source() for source in found)

    def __rich_repr__(self) -> Iterator[object]:
        yield self.name
        yield "title", self.title
        yield "pattern", self.pattern
        yield "chains" if self.chains else "texts", len(self)

    def _repr_html_(self) -> str:
        shown = self.items[:_SHOWN]
        poems = [(each if isinstance(each, Text) else each.best)._repr_html_() for each in shown]
        more = len(self) - len(poems)
        notes = [f"and {more:,} more"] if more else []
        return markup.numbered(f"{self.name}: {self.title}", poems, notes)

    def __iter__(self) -> Iterator[Text | Chain]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Text | Chain: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Text, ...] | tuple[Chain, ...]: ...

    def __getitem__(
        self, index: int | slice
    ) -> Text | Chain | tuple[Text, ...] | tuple[Chain, ...]:
        return self.items[index]
