"""The values of a chapbook: whole, dated by its newest text, and named the same every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flourishing.core.text import Origin, Text
from flourishing.errors import InputError, TextError
from flourishing.formats.chapbook import Chapbook, Poem
from tests.formats.chapbook.conftest import AT, FOG, RAIN, bred


def test_a_book_without_poems_or_title_is_refused() -> None:
    with pytest.raises(InputError, match="no poems"):
        Chapbook("A Title")
    with pytest.raises(InputError, match="no title"):
        Chapbook(" ", poems=(Poem(FOG),))


@pytest.mark.parametrize("part", ["title", "by", "note"])
def test_a_lone_surrogate_is_refused_wherever_it_stands(part: str) -> None:
    book = Chapbook("A Title", poems=(Poem(FOG),))
    with pytest.raises(TextError, match="surrogate"):
        replace(book, **{part: "a\ud800"})  # type: ignore[arg-type]
    with pytest.raises(TextError, match="surrogate"):
        Poem(FOG, "a\ud800")


def test_a_book_is_dated_by_its_newest_text() -> None:
    assert Chapbook("A", poems=(Poem(RAIN), Poem(FOG))).date == AT


@pytest.mark.parametrize(("year", "dated"), [(1, 1980), (1916, 1980), (9999, 2107)])
def test_a_date_that_no_archive_can_write_is_the_nearest_that_it_can(year: int, dated: int) -> None:
    text = Text("x", Origin(author="person", at=datetime(year, 1, 1)))
    assert Chapbook("A", poems=(Poem(text),)).date == datetime(dated, 1, 1, tzinfo=UTC)


def test_the_same_book_has_the_same_name_and_another_has_another() -> None:
    book = Chapbook("A", poems=(Poem(FOG),))
    assert book.identifier == Chapbook("A", poems=(Poem(FOG),)).identifier
    others = [replace(book, note="x"), replace(book, by="x"), replace(book, poems=(Poem(RAIN),))]
    assert len({each.identifier for each in (book, *others)}) == 4


def test_the_drafts_of_an_edited_poem_are_followed_back_to_where_it_was_bred() -> None:
    first = bred("one", FOG)
    second = first.edited("two")
    third = second.edited("three")
    assert Poem(third).drafts == (first, second, third)
    assert Poem(third, versions=(first,)).drafts == (first, third)
    assert Poem(first).drafts == (first,)
