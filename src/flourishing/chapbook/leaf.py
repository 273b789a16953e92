"""Leaves: the poems of a chapbook as they stand on their pages, the same in every form."""

from __future__ import annotations

from dataclasses import dataclass

from flourishing.chapbook.book import Chapbook
from flourishing.chapbook.colophon import account
from flourishing.chapbook.verse import Stanza, first_line, in_a_row, leftward, script, stanzas

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
