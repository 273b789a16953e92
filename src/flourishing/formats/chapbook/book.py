"""What a chapbook is made of: poems in order, each with the versions that led to it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from flourishing.core.text import Text, require_unicode
from flourishing.errors import InputError

_EARLIEST: Final = datetime(1980, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2107, 1, 1, tzinfo=UTC)
"""The years that the archive inside an EPUB can write down; the same dates serve all forms."""


@dataclass(frozen=True, slots=True)
class Poem:
    """A finished poem.

    Attributes:
        text: The poem, with its origin.
        title: Its title; without one it is listed by its first line.
        versions: The versions before it, oldest first. Where none are given, and the text is a
            person's edit, those from which it was edited.

    Raises:
        TextError: The title has a lone surrogate.
    """

    text: Text
    title: str = ""
    versions: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        require_unicode(self.title, "The title")

    @property
    def drafts(self) -> tuple[Text, ...]:
        """All versions, oldest first, with the poem itself at the end."""
        if self.versions:
            return (*self.versions, self.text)
        drafts = [self.text]
        while (edited := _edited_from(drafts[-1])) is not None:
            drafts.append(edited)
        return tuple(reversed(drafts))


@dataclass(frozen=True, slots=True)
class Chapbook:
    """A small book of poems.

    Attributes:
        title: What it is called.
        by: Who made it, as it shall stand on the title page.
        poems: The poems, in their order; at least one.
        note: What stands before the poems: a dedication, a motto, a preface. Its lines are kept.

    Raises:
        InputError: It has no title, or no poems.
        TextError: The title, the name or the note has a lone surrogate.
    """

    title: str
    by: str = ""
    poems: tuple[Poem, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise InputError("The chapbook has no title.", hint="Give it one.")
        if not self.poems:
            raise InputError(
                f"The chapbook {self.title!r} has no poems.", hint="Put at least one text into it."
            )
        require_unicode(self.title, "The title")
        require_unicode(self.by, "The name")
        require_unicode(self.note, "The note")

    @property
    def date(self) -> datetime:
        """When its newest text was made, in UTC; what the files are dated by."""
        times = (draft.origin.at for poem in self.poems for draft in poem.drafts)
        newest = max(at.replace(tzinfo=at.tzinfo or UTC) for at in times)
        return min(max(newest, _EARLIEST), _LATEST).astimezone(UTC)

    @property
    def identifier(self) -> str:
        """A name that the same book always has, as a `urn:uuid:`."""
        parts = [self.title, self.by, self.note]
        for poem in self.poems:
            parts += [poem.title, *(draft.identity for draft in poem.drafts)]
        return uuid.uuid5(uuid.NAMESPACE_OID, "\0".join(parts)).urn


def _edited_from(text: Text) -> Text | None:
    """Give the text of which this one is a person's edit."""
    origin = text.origin
    edited = origin.author == "person" and origin.prompt is None and len(origin.parents) == 1
    return origin.parents[0] if edited else None
