"""The values of a chapbook: whole, dated by its newest text, and named the same every time.

Also: verse: lines, gaps and indents are kept exactly, and what no page can hold is replaced.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.text import Origin, Text
from flourishing.errors import InputError, TextError
from flourishing.formats.chapbook import Chapbook, Poem
from flourishing.formats.chapbook.book import Line, Stanza, first_line, in_a_row, printable, stanzas
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


def test_lines_gaps_and_indents_are_kept() -> None:
    assert stanzas("\na\n  b  c \n\n\n\t d") == (
        Stanza(1, (Line("", "a", False), Line("  ", "b  c ", False))),
        Stanza(2, (Line("\t ", "d", False),)),
    )


def test_a_line_is_set_from_the_side_on_which_its_first_letter_asks_for_it() -> None:
    (stanza,) = stanzas("12 abc שלום\n(שלום abc\nمرحبا\n...")
    assert [line.leftward for line in stanza.lines] == [False, True, True, False]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85"])
def test_a_line_ends_wherever_a_system_ends_lines(end: str) -> None:
    (stanza,) = stanzas(f"one{end}two")
    assert [line.words for line in stanza.lines] == ["one", "two"]


@pytest.mark.parametrize("content", ["", " \n\t\n"])
def test_a_blank_text_has_no_stanzas_and_a_name_all_the_same(content: str) -> None:
    assert stanzas(content) == ()
    assert first_line(Text(content)) == "(blank)"


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f", "\x80", "\ufffe", "\U0010ffff", "\ud800"])
def test_what_no_page_can_hold_is_replaced(sign: str) -> None:
    assert printable(f"a{sign}b") == "a\ufffdb"


def test_marks_that_turn_the_writing_do_not_turn_the_sentence_that_quotes_them() -> None:
    assert in_a_row("\u202ea \n b\u2066") == "a b"


def test_a_long_first_line_is_cut_between_words() -> None:
    name = first_line(Text("\n  " + "many small words " * 9))
    assert name == "many small words " * 3 + "many…"
    assert first_line(Text("w" * 90)) == "w" * 59 + "…"


@given(st.text())
def test_no_sign_but_line_ends_blank_lines_and_the_unprintable_is_lost(content: str) -> None:
    lines: list[str] = []
    for stanza in stanzas(content):
        lines += [""] * stanza.gap + [line.indent + line.words for line in stanza.lines]
    expected = [line if line.strip() else "" for line in _lines(content)]
    while expected and not expected[-1]:
        expected.pop()
    assert lines == [printable(line) for line in expected]


@given(st.text(st.characters()))
def test_printable_words_can_stand_in_xml(words: str) -> None:
    ET.fromstring(f"<p>{escape(printable(words))}</p>")


def _lines(content: str) -> list[str]:
    for end in ("\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"):
        content = content.replace(end, "\n")
    return content.split("\n")
