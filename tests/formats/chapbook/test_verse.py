"""Verse: lines, gaps and indents are kept exactly, and what no page can hold is replaced."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.text import Text
from flourishing.formats.chapbook.verse import (
    Line,
    Stanza,
    first_line,
    in_a_row,
    printable,
    stanzas,
)


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
