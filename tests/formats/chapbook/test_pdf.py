"""A chapbook as PDF: every line in order, as text, on pages of A5."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from pypdf import PdfReader

from flourishing.core.text import Origin, Text
from flourishing.errors import InputError
from flourishing.formats.chapbook import (
    Chapbook,
    Poem,
    lacking_in_words,
    require_fonts,
    to_pdf,
    without_font,
)
from tests.formats.chapbook.conftest import AT, FOG, WHITMAN


def pages(book: Chapbook) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(to_pdf(book))).pages]


def squeezed(words: str) -> str:
    """Leave out blanks and soft breaks: a PDF places letters, and its reader guesses the blanks."""
    return re.sub(r"[\s\u200b]+", "", words)


def one(content: str, title: str = "") -> Chapbook:
    return Chapbook("A", poems=(Poem(Text(content, Origin(author="person", at=AT)), title),))


def test_every_poem_has_a_page_of_its_own_between_title_and_colophon(book: Chapbook) -> None:
    read = pages(book)
    assert len(read) == 1 + 1 + 1 + 4 + 1
    assert read[0].startswith("The Well Remembers\nAda Quill & a small machine")
    assert "for no one," in read[1]
    assert squeezed("a great deal of patience") in squeezed(read[6])
    assert "Made with Flourishing." in read[-1]


def test_every_line_is_there_in_order(book: Chapbook) -> None:
    read = [page.splitlines() for page in pages(book)]
    assert [line.strip() for line in read[3][1:4]] == [
        "exiled prophets -- the wind",
        "carries",
        "sandals",
    ]
    assert read[4][:2] == FOG.content.split("\n")
    assert " ".join(line.strip() for line in read[6][:-2]) == WHITMAN
    assert read[6][-2] == "short"


def test_hostile_words_are_shown_as_they_are(book: Chapbook) -> None:
    lines = [squeezed(line) for line in pages(book)[5].splitlines()]
    assert lines[1:7] == [
        '#import"x":y',
        "$x^2$*bold*_it_`code`\\@ref<label>//noremark",
        "</div></style></p><script>alert(1)</script>",
        "]]>&amp;<!--{{7*7}}{%raw%}",
        "nul\ufffdescape\ufffd[31mnext",
        "line\ufffdend",
    ]


def test_poems_are_numbered_from_their_first_page(book: Chapbook) -> None:
    read = pages(book)
    assert [page.splitlines()[-1] for page in read[3:7]] == ["1", "2", "3", "4"]
    contents = read[2].splitlines()
    assert contents[1:3] == ["Exiled 1", "The fog comes 2"]


def test_a_small_book_has_no_contents(book: Chapbook) -> None:
    assert len(pages(replace(book, poems=book.poems[:3], note=""))) == 1 + 3 + 1


def test_the_pages_are_a5_and_the_poems_are_bookmarked(book: Chapbook) -> None:
    reader = PdfReader(io.BytesIO(to_pdf(book)))
    box = reader.pages[0].mediabox
    assert (round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) == (148, 210)
    marked = [str(each["/Title"]) for each in reader.outline if isinstance(each, dict)]
    assert marked[:2] == ["Exiled", "The fog comes"]
    assert reader.metadata is not None
    assert reader.metadata.title == "The Well Remembers"
    assert reader.metadata.creation_date == AT


def test_no_line_of_a_long_stanza_stands_alone_on_a_page() -> None:
    for count in range(20, 48):
        lines = [f"line {number} of it" for number in range(count)]
        read = [page.splitlines()[:-1] for page in pages(one("\n".join(lines)))[1:-1]]
        assert [line for page in read for line in page] == lines
        assert min(len(page) for page in read) >= 2


def test_a_stanza_that_fits_is_not_divided() -> None:
    stanza = "\n".join(["a line"] * 7)
    read = [page.splitlines()[:-1] for page in pages(one("\n\n".join([stanza] * 12)))[1:-1]]
    assert sum(len(page) for page in read) == 84
    assert all(len(page) % 7 == 0 for page in read)


@pytest.mark.parametrize("letters", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("words", ["w", "word ", "a word\n"])
def test_many_letters_are_all_there(words: str, letters: int) -> None:
    content = words * (letters // len(words))
    read = "".join(page[: page.rindex("\n")] for page in pages(one(content))[1:-1])
    assert squeezed(read) == squeezed(content)


@pytest.mark.parametrize(
    "content",
    ["", "\n\n", "\tא\u202eב\u200fabc", "e\u0301" * 60, "👩‍👩‍👧" * 50, "\u200b" * 99, "\xa0x"],
)
def test_strange_texts_make_a_book_too(content: str) -> None:
    assert len(pages(one(content, content))) == 3


def test_letters_of_the_hebrew_and_accents_are_read_back() -> None:
    read = pages(one("שלום\nčešće Ångström"))[1]
    assert {"שלום", "םולש"} & set(read.splitlines())
    assert "češće Ångström" in read


def begun(book: Chapbook, page: int) -> dict[str, float]:
    """Give where on a page each piece of words begins, in points from its left edge."""
    found: dict[str, float] = {}

    def note(words: str, cm: list[float], tm: list[float], _: object, __: object) -> None:
        if words.strip():
            found[words.strip()] = tm[4] * cm[0] + cm[4]

    PdfReader(io.BytesIO(to_pdf(book))).pages[page].extract_text(visitor_text=note)
    return found


WIDTH, LEFT, RIGHT = 148 / 25.4 * 72, 20 / 25.4 * 72, (148 - 20) / 25.4 * 72


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (
            "who left the gate\n" + " " * 62 + "— A. Reader\nopen",
            "who left the gate|— A. Reader|open",
        ),
        ("a\n" + " " * 75 + "b", "a|b"),
        ("a\n" + " " * 9_000 + "b", "a|b"),
        ("a\n" + "\t" * 40 + "tabbed", "a|tabbed"),
        ("a\n" + " " * 30 + "W W W W W W W W W W", "a|W W W W W W W W W W"),
    ],
)
def test_an_indent_of_any_depth_stays_on_the_page(content: str, lines: str) -> None:
    read = pages(one(content))[1].splitlines()
    assert [line.strip() for line in read[:-1]] == lines.split("|")
    for words, x in begun(one(content), 1).items():
        assert LEFT - 0.1 <= x < RIGHT, words


def test_a_shallow_indent_is_as_wide_as_it_was_written() -> None:
    found = begun(one("flush\n    four\n        eight"), 1)
    assert round(found["four"] - found["flush"], 1) == 4 * 5.25
    assert round(found["eight"] - found["flush"], 1) == 8 * 5.25


@pytest.mark.parametrize("word", ["W" * 39, "W" * 30, "m\xa0" * 60 + "m", "—" * 39])
def test_a_word_that_is_wider_than_the_page_is_divided(word: str) -> None:
    for content in (word, " " * 50 + word):
        read = pages(one(content))[1].splitlines()[:-1]
        assert len(read) > 1
        assert squeezed("".join(read)) == squeezed(word)


@pytest.mark.parametrize(
    "content",
    ["שלום לכולם\n    מלאכי השרת", "قفا نبك من ذكرى\n    بسقط اللوى", "بنی آدم\nکه در آفرینش"],
)
def test_what_is_written_from_right_to_left_stands_at_the_right(content: str) -> None:
    for words, x in begun(one(f"{content}\n123", "שיר"), 1).items():
        if words != "1":  # the number of the page
            assert x > WIDTH / 2, words


def test_signs_without_a_font_are_named_with_their_poems() -> None:
    poems = {
        "plain words": "",
        "\U0010fffc and \U0010fffb\U0010fffc": "",
        "in the title": "\U0010fffc",
    }
    book = Chapbook(
        "A",
        poems=tuple(
            Poem(Text(content, Origin(author="person", at=AT)), title)
            for content, title in poems.items()
        ),
        note="\U0010fffb",
    )
    assert without_font(book) == {
        "the note": "\U0010fffb",
        "“\U0010fffc and \U0010fffb\U0010fffc”": "\U0010fffc\U0010fffb",
        "“\U0010fffc”": "\U0010fffc",
    }
    assert lacking_in_words(without_font(book))[0] == (
        "No font here has \U0010fffb, in the note: the PDF shows a box for each."
    )
    with pytest.raises(InputError, match="in the note") as refusal:
        require_fonts(book)
    assert "EPUB" in refusal.value.hint


def test_signs_that_the_fonts_of_the_book_have_are_not_named() -> None:
    content = "Ångström češće שָׁלוֹם αβγ Жук — “…” ❦ \u200b\u200d\xa0e\u0301"
    assert without_font(one(content)) == {}
    require_fonts(one(content))


def test_the_same_book_gives_the_same_bytes(book: Chapbook) -> None:
    assert to_pdf(book) == to_pdf(replace(book))
