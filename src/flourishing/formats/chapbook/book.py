"""What a chapbook is made of: texts in order with their versions, and each text as verse.

Verse is stanzas, lines and indentation, with nothing in it that no page can show. Poems are laid
out by their writers with blanks, so a line keeps those it begins with, apart from its words: every
form can then set them, and hang what does not fit from where the line began.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterator
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


_LINE_END: Final = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
_NO_CHARACTERS: Final = "".join(
    chr(plane * 0x10000 + at) for plane in range(17) for at in (0xFFFE, 0xFFFF)
)
_UNPRINTABLE: Final = re.compile(
    f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_NO_CHARACTERS}]"
)
"""Control characters, lone surrogates and non-characters: XML or HTML forbid them."""
_TURNS: Final = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
"""Marks that turn the direction of writing; in a quotation they would turn what follows it."""
_LONGEST_NAME: Final = 60
_SCRIPTS: Final = {
    "HEBREW": "Hebr",
    "ARABIC": "Arab",
    "SYRIAC": "Syrc",
    "THAANA": "Thaa",
    "NKO": "Nkoo",
    "CJK": "Hani",
    "HIRAGANA": "Jpan",
    "KATAKANA": "Jpan",
    "HANGUL": "Kore",
    "DEVANAGARI": "Deva",
    "BENGALI": "Beng",
    "TAMIL": "Taml",
    "THAI": "Thai",
    "GREEK": "Grek",
    "CYRILLIC": "Cyrl",
    "ARMENIAN": "Armn",
    "GEORGIAN": "Geor",
}
"""The scripts that are named to readers, by the first word of the names of their letters."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of verse.

    Attributes:
        indent: The blanks and tabs that it begins with, exactly.
        words: The rest of it, exactly.
        leftward: Whether it is written from right to left: by its first letter, and where it has
            none, as the first line that has one.
    """

    indent: str
    words: str
    leftward: bool


@dataclass(frozen=True, slots=True)
class Stanza:
    """Lines that stand together.

    Attributes:
        gap: How many blank lines stand before it.
        lines: Its lines; at least one.
    """

    gap: int
    lines: tuple[Line, ...]


def printable(words: str) -> str:
    """Replace what no page can hold by U+FFFD, and leave all else as it is.

    Args:
        words: The text.
    """
    return _UNPRINTABLE.sub("\ufffd", words)


def stanzas(content: str) -> tuple[Stanza, ...]:
    """Read a text as verse; blank lines after its last words are left off.

    Args:
        content: The content of the text.
    """
    return tuple(_stanzas(content, default=leftward(content)))


def leftward(words: str, *, default: bool = False) -> bool:
    """Say whether words are written from right to left, by their first letter.

    Args:
        words: The words.
        default: What counts where they have no letter.
    """
    kinds = (unicodedata.bidirectional(sign) for sign in words)
    return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), default)


def script(words: str) -> str:
    """Give the script that most letters of a text are of, as a language tag.

    Which language it is nobody has said; the script alone lets a reader choose the right letters.

    Args:
        words: The text.

    Returns:
        Such as "und-Hebr"; "" for Latin letters, for others that need no help, and for none.
    """
    counted = Counter(_script(sign) for sign in words if sign.isalpha())
    if not counted:
        return ""
    most = counted.most_common(1)[0][0]
    if most == "Hani" and counted["Jpan"]:
        most = "Jpan"
    return f"und-{most}" if most else ""


def _script(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "")


def in_a_row(words: str, most: int = 0) -> str:
    """Give words for the middle of a sentence: on one line, and with nothing that turns the rest.

    Args:
        words: Any words.
        most: How many characters they may have; 0 for all. What is cut off ends in "…".
    """
    row = " ".join(printable(_TURNS.sub("", " ".join(words.split()))).split())
    if not most or len(row) <= most:
        return row
    head, blank, _ = row[:most].rpartition(" ")
    return (head if blank and len(head) > most // 2 else row[: most - 1]).rstrip(" ,;:-–—") + "…"


def first_line(text: Text) -> str:
    """Give the first words of a text, by which it is known when it has no title.

    Args:
        text: The text.
    """
    filled = (line for line in _LINE_END.split(text.content) if line.strip())
    return in_a_row(next(filled, ""), _LONGEST_NAME) or "(blank)"


def _stanzas(content: str, *, default: bool) -> Iterator[Stanza]:
    gap, lines = 0, list[Line]()
    for each in _LINE_END.split(content):
        if each.strip():
            lines.append(_line(printable(each), default=default))
            continue
        if lines:
            yield Stanza(gap, tuple(lines))
            gap, lines = 0, []
        gap += 1
    if lines:
        yield Stanza(gap, tuple(lines))


def _line(words: str, *, default: bool) -> Line:
    bare = words.lstrip()
    return Line(words[: len(words) - len(bare)], bare, leftward(bare, default=default))
