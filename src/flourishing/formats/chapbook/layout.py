"""The poems of a chapbook as they stand on their pages, the same in every form.

Signs for which no font is here are found, so that a PDF does not show boxes in their place.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from flourishing.errors import InputError
from flourishing.formats.chapbook.book import Chapbook
from flourishing.formats.chapbook.colophon import account
from flourishing.formats.chapbook.verse import (
    Stanza,
    first_line,
    in_a_row,
    leftward,
    script,
    stanzas,
)

MOST_WITHOUT_CONTENTS = 3
"""A book of more poems than that has a table of contents."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One poem on its page.

    Attributes:
        number: Its place in the book, from 1.
        title: Its title, or "".
        name: What it is listed by: its title, or its first line.
        stanzas: Its stanzas.
        account: How it was made, sentence by sentence.
        leftward: Whether what it is listed by is written from right to left.
        script: The language tag of the script of most of its letters, or "".
    """

    number: int
    title: str
    name: str
    stanzas: tuple[Stanza, ...]
    account: tuple[str, ...]
    leftward: bool
    script: str


@dataclass(frozen=True, slots=True)
class Leaves:
    """A whole chapbook as it stands on its pages.

    Attributes:
        title: Its title.
        by: Who made it, or "".
        note: The note before the poems, as verse.
        poems: The poems.
        contents: Whether it has a table of contents.
        year: The year of its newest text.
        leftward: Whether its title is written from right to left, and so its pages are turned.
        by_leftward: Whether that is so of who made it.
    """

    title: str
    by: str
    note: tuple[Stanza, ...]
    poems: tuple[Leaf, ...]
    contents: bool
    year: int
    leftward: bool
    by_leftward: bool


def leaves(book: Chapbook) -> Leaves:
    """Set out a chapbook, ready for any form.

    Args:
        book: The chapbook.
    """
    poems = []
    for number, poem in enumerate(book.poems, 1):
        title = in_a_row(poem.title)
        name = title or first_line(poem.text)
        poems.append(
            Leaf(
                number=number,
                title=title,
                name=name,
                stanzas=stanzas(poem.text.content),
                account=account(poem),
                leftward=leftward(name),
                script=script(poem.text.content),
            )
        )
    return Leaves(
        title=in_a_row(book.title),
        by=in_a_row(book.by),
        note=stanzas(book.note),
        poems=tuple(poems),
        contents=len(poems) > MOST_WITHOUT_CONTENTS,
        year=book.date.year,
        leftward=leftward(book.title),
        by_leftward=leftward(book.by),
    )


_NOWHERE: Final = "\U0010fffd"
"""A sign that no font has: the last of those that are for private use."""
_PROGRAM: Final = b"""
#set page(width: 60pt, height: 40pt, margin: 5pt)
#set text(font: "Libertinus Serif", size: 10pt)
#for sign in json(bytes(sys.inputs.signs)) { page(text(sign)) }
"""
_DRAWN: Final = re.compile(rb'href="#([^"]+)"')
_UNDRAWN: Final = ("C", "Z")
"""Control signs, joiners and blanks are never drawn."""
_NAMED: Final = 40


def without_font(book: Chapbook) -> dict[str, str]:
    """Give the signs of a chapbook for which no font is here, by the poem in which they stand.

    Args:
        book: The chapbook.

    Returns:
        For each poem, by its title or first line, its signs without a font; likewise for "the
        title page" and "the note". Empty where a PDF shows everything.
    """
    set_out = leaves(book)
    stand = {"the title page": f"{set_out.title}{set_out.by}", "the note": _words(set_out.note)}
    for leaf in set_out.poems:
        stand[f"“{leaf.name}”"] = leaf.title + _words(leaf.stanzas) + "".join(leaf.account)
    lacking = _lacking(tuple(sorted({sign for words in stand.values() for sign in words})))
    found = {where: _in_order(words, lacking) for where, words in stand.items()}
    return {where: signs for where, signs in found.items() if signs}


def lacking_in_words(lacking: dict[str, str]) -> list[str]:
    """Say which signs have no font, one sentence for each poem.

    Args:
        lacking: The characters without a font, by the poem, as `without_font` returns them.
    """
    return [
        f"No font here has {_listed(signs)}, in {where}: the PDF shows a box for each."
        for where, signs in lacking.items()
    ]


def require_fonts(book: Chapbook) -> None:
    """Refuse a book of which a PDF would show boxes in place of signs.

    Args:
        book: The chapbook.

    Raises:
        InputError: There are such signs; they are named, and their poems.
    """
    lacking = without_font(book)
    if lacking:
        stand = "; ".join(f"{_listed(signs)} in {where}" for where, signs in lacking.items())
        raise InputError(
            f"No font on this computer has {stand}.",
            hint="Print it as EPUB or HTML, which are shown with the reader's fonts; or install a "
            "font for that script, such as one of the Noto fonts.",
        )


def _listed(signs: str) -> str:
    shown = " ".join(signs[:_NAMED])
    more = len(signs) - _NAMED
    return shown if more <= 0 else f"{shown} and {more:,} more"


def _words(stanzas: Iterable[Stanza]) -> str:
    return "".join(line.words for stanza in stanzas for line in stanza.lines)


def _in_order(words: str, lacking: frozenset[str]) -> str:
    return "".join(dict.fromkeys(sign for sign in words if sign in lacking))


@lru_cache(maxsize=64)
def _lacking(signs: tuple[str, ...]) -> frozenset[str]:
    """Give those of these signs that no font has."""
    import typst

    asked = [
        sign
        for sign in signs
        if not sign.isascii() and not unicodedata.category(sign).startswith(_UNDRAWN)
    ]
    asked += [sign for sign in signs if unicodedata.category(sign) == "Co"]
    if not asked:
        return frozenset()
    inputs = {"signs": json.dumps([_NOWHERE, *asked])}
    made = typst.compile(_PROGRAM, format="svg", sys_inputs=inputs)
    pages: list[bytes] = made if isinstance(made, list) else [made]
    drawn = [set(_DRAWN.findall(page)) for page in pages]
    return frozenset(sign for sign, its in zip(asked, drawn[1:], strict=True) if its & drawn[0])
