"""A chapbook as HTML: every line as it was written, and nothing in it but text.

Also: A chapbook as EPUB: the format's own rules, every line, and the same bytes each time; A
chapbook as PDF: every line in order, as text, on pages of A5; writing a chapbook: the suffix names
the form, and a file is whole or as it was.
"""

from __future__ import annotations

import io
import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st
from pypdf import PdfReader

from flourishing.core.text import Origin, Text
from flourishing.errors import InputError, StorageError
from flourishing.formats.chapbook import (
    Chapbook,
    Poem,
    lacking_in_words,
    require_fonts,
    to_epub,
    to_html,
    to_pages,
    to_pdf,
    without_font,
    write,
)
from flourishing.formats.chapbook.book import stanzas
from flourishing.library import library
from tests.formats.chapbook.conftest import AT, FOG, HOSTILE, WHITMAN

_VOID = {"meta", "br"}


class Page(HTMLParser):
    """Collects the elements of a page, and the words of its lines by article."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.hrefs: list[str] = []
        self.lines: list[list[str]] = []
        self.heard: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        given = dict(attrs)
        self.hrefs += [given["href"] or ""] if "href" in given else []
        if tag == "article":
            self.lines.append([])
        if given.get("class") in ("line", "gap") and self.lines:
            self.lines[-1].append("")
        if tag not in _VOID:
            self._open.append(str(given.get("class") or tag))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.heard.append(data)
        if self.lines and ("line" in self._open):
            self.lines[-1][-1] += data


def shown(content: str) -> list[str]:
    lines: list[str] = []
    for stanza in stanzas(content):
        lines += [""] * stanza.gap + [line.indent + line.words for line in stanza.lines]
    return lines


def test_every_line_gap_and_indent_is_there_exactly(book: Chapbook) -> None:
    page = Page(to_html(book))
    assert page.lines == [shown(poem.text.content) for poem in book.poems]
    assert page.lines[0] == ["exiled prophets -- the wind", "    carries", "", "", "\tsandals"]


@given(st.text(max_size=200), st.text(max_size=40))
def test_any_text_is_shown_as_text_and_nothing_else(content: str, title: str) -> None:
    plain = Page(to_html(Chapbook("A", poems=(Poem(FOG, "Fog"),))))
    page = Page(to_html(Chapbook("A", poems=(Poem(Text(content), title),))))
    assert page.lines == [shown(content)]
    assert page.tags <= plain.tags | {"h2", "span"}
    assert page.attributes <= plain.attributes


def test_hostile_words_stay_words_everywhere() -> None:
    text = Text(HOSTILE)
    book = Chapbook(HOSTILE, HOSTILE, (Poem(text, HOSTILE), Poem(text)), HOSTILE)
    page = Page(to_html(book))
    assert "script" not in page.tags
    assert "".join(page.heard).count("<script>alert(1)</script>") >= 5
    assert "\x00" not in to_html(book)


def test_prose_is_turned_in_at_no_line() -> None:
    story = library("stories").texts[0]
    marked = [
        'class="stanza prose"' in to_html(Chapbook("A", poems=(Poem(text),)))
        for text in (story, FOG)
    ]
    assert marked == [True, False]


def test_the_page_asks_for_nothing(book: Chapbook) -> None:
    html = to_html(book)
    page = Page(html)
    assert "default-src 'none'; style-src 'unsafe-inline'" in html
    assert all(href.startswith("#") for href in page.hrefs)
    assert not page.tags & {"script", "link", "img", "iframe", "object"}
    assert "url(" not in html
    assert "@import" not in html.split("</style>")[0]


def test_a_book_of_more_than_three_poems_has_contents(book: Chapbook) -> None:
    assert Page(to_html(book)).hrefs == ["#poem-1", "#poem-2", "#poem-3", "#poem-4"]
    assert Page(to_html(replace(book, poems=book.poems[:3]))).hrefs == []


@pytest.mark.parametrize("title", ["Fog", ""])
def test_an_untitled_poem_is_listed_by_its_first_line(title: str, book: Chapbook) -> None:
    html = to_html(replace(book, poems=(Poem(FOG, title), *book.poems)))
    listed = "<bdi>Fog</bdi>" if title else '<bdi class="untitled">The fog comes</bdi>'
    assert f'href="#poem-1">{listed}' in html.replace("\n", "")


def test_the_colophon_tells_of_every_poem_and_of_flourishing(book: Chapbook) -> None:
    words = "".join(Page(to_html(book)).heard)
    colophon = words[words.rindex("Colophon") :]
    assert colophon.count("Written by") == 3
    assert "From Carl Sandburg, “Fog”, 1916." in colophon
    assert "Made with Flourishing." in colophon


@pytest.mark.parametrize(
    ("content", "lang", "direction"),
    [
        ("שלום\n123\nabc", "und-Hebr", ["rtl", "rtl", "ltr"]),
        ("… قفا نبك\n— 5", "und-Arab", ["rtl", "rtl"]),
        ("the sea\n123 שלום", "", ["ltr", "rtl"]),
        ("古池や\n水の音", "und-Jpan", ["ltr", "ltr"]),
        ("床前明月光", "und-Hani", ["ltr"]),
        ("αβγ", "und-Grek", ["ltr"]),
        ("12 — 34", "", ["ltr"]),
    ],
)
def test_a_poem_says_how_it_is_to_be_read(content: str, lang: str, direction: list[str]) -> None:
    page = to_html(Chapbook("A", poems=(Poem(Text(content)),)))
    article = page[page.index("<article") : page.index("</article>")]
    assert f' lang="{lang}"' in article.partition(">")[0]
    assert re.findall(r'class="line" dir="(\w+)"', article) == direction


_X = "{http://www.w3.org/1999/xhtml}"
_OPF = "{http://www.idpf.org/2007/opf}"


def opened(book: Chapbook) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(to_epub(book)))


def parsed(archive: zipfile.ZipFile, name: str) -> ET.Element:
    return ET.fromstring(archive.read(name))


def lines(archive: zipfile.ZipFile, number: int) -> list[str]:
    page = parsed(archive, f"EPUB/poem-{number}.xhtml")
    found = (each for each in page.iter(f"{_X}div") if each.get("class") in ("line", "gap"))
    return ["".join(each.itertext()) for each in found]


def test_the_archive_begins_as_the_format_demands(book: Chapbook) -> None:
    data = to_epub(book)
    assert data[30:38] == b"mimetype"
    assert data[38:58] == b"application/epub+zip"
    with opened(book) as archive:
        assert archive.testzip() is None
        container = parsed(archive, "META-INF/container.xml")
        (root,) = container.iter("{urn:oasis:names:tc:opendocument:xmlns:container}rootfile")
        assert root.get("full-path") in archive.namelist()


def test_the_package_lists_every_file_and_reads_them_in_order(book: Chapbook) -> None:
    with opened(book) as archive:
        package = parsed(archive, "EPUB/package.opf")
        items = {each.get("id"): each.get("href") for each in package.iter(f"{_OPF}item")}
        files = {posixpath.relpath(name, "EPUB") for name in archive.namelist()[2:]}
        assert set(items.values()) == files - {"package.opf"}
        spine = [str(each.get("idref")) for each in package.iter(f"{_OPF}itemref")]
        poems = ["poem-1", "poem-2", "poem-3", "poem-4"]
        assert spine == ["title", "note", "nav", *poems, "colophon"]


def test_every_link_leads_to_a_file(book: Chapbook) -> None:
    with opened(book) as archive:
        names = set(archive.namelist())
        links = [each.get("href") for each in parsed(archive, "EPUB/nav.xhtml").iter(f"{_X}a")]
        assert {f"EPUB/{link}" for link in links} <= names
        assert links[:5] == [f"poem-{n}.xhtml" for n in range(1, 5)] + ["colophon.xhtml"]


def test_every_line_gap_and_indent_is_there_exactly_of_epub(book: Chapbook) -> None:
    with opened(book) as archive:
        for number, poem in enumerate(book.poems, 1):
            assert lines(archive, number) == shown(poem.text.content)


@how(max_examples=how().max_examples // 2)
@given(st.text(max_size=120), st.text(max_size=30), st.text(max_size=30))
def test_any_text_makes_well_formed_pages(content: str, title: str, name: str) -> None:
    book = Chapbook(f"A{title}", name, (Poem(Text(content), title),), content)
    with opened(book) as archive:
        for file in archive.namelist():
            if file.endswith((".xhtml", ".opf", ".xml")):
                parsed(archive, file)
        assert lines(archive, 1) == shown(content)


def test_hostile_words_stay_words_everywhere_of_epub() -> None:
    book = Chapbook(HOSTILE, HOSTILE, (Poem(Text(HOSTILE), HOSTILE),), HOSTILE)
    with opened(book) as archive:
        for file in archive.namelist():
            if file.endswith(".xhtml"):
                assert not list(parsed(archive, file).iter(f"{_X}script"))
        title = parsed(archive, "EPUB/poem-1.xhtml").find(f".//{_X}h2")
        assert title is not None
        assert "<script>alert(1)</script>" in (title.text or "")


def test_the_same_book_gives_the_same_bytes(book: Chapbook) -> None:
    assert to_epub(book) == to_epub(replace(book))
    with opened(book) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 3, 3, 12, 30, 0)}
        package = archive.read("EPUB/package.opf").decode()
        assert '<meta property="dcterms:modified">2026-03-03T12:30:00Z</meta>' in package


def test_a_book_from_right_to_left_says_so() -> None:
    book = Chapbook("שירים", poems=(Poem(Text("שלום\n1")),))
    with zipfile.ZipFile(io.BytesIO(to_epub(book))) as archive:
        package = archive.read("EPUB/package.opf").decode()
        poem = archive.read("EPUB/poem-1.xhtml").decode()
    assert '<spine page-progression-direction="rtl">' in package
    assert 'xml:lang="und-Hebr"' in poem
    assert poem.count('class="line" dir="rtl"') == 2
    with zipfile.ZipFile(io.BytesIO(to_epub(Chapbook("A", poems=book.poems)))) as archive:
        assert "<spine>" in archive.read("EPUB/package.opf").decode()


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


@pytest.mark.slow
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
    pages = to_pages(book)
    assert "No font here has \U0010fffb, in the note: only EPUB and HTML can show them." in pages
    with pytest.raises(InputError, match="in the note") as refusal:
        require_fonts(book)
    assert "EPUB" in refusal.value.hint


def test_signs_that_the_fonts_of_the_book_have_are_not_named() -> None:
    content = "Ångström češće שָׁלוֹם αβγ Жук — “…” ❦ \u200b\u200d\xa0e\u0301"
    assert without_font(one(content)) == {}
    require_fonts(one(content))


def test_the_same_book_gives_the_same_bytes_of_pdf(book: Chapbook) -> None:
    assert to_pdf(book) == to_pdf(replace(book))


def test_the_suffix_names_the_form(book: Chapbook, tmp_path: Path) -> None:
    for name in ("a.html", "a.epub", "a.PDF"):
        write(book, tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == to_html(book).encode()
    assert (tmp_path / "a.epub").read_bytes() == to_epub(book)
    assert (tmp_path / "a.PDF").read_bytes() == to_pdf(book)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("name", ["a", "a.docx", ".html"])
def test_another_suffix_is_answered_with_those_that_are_known(
    name: str, book: Chapbook, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refusal:
        write(book, tmp_path / name)
    assert name in str(refusal.value)
    assert ".html, .epub, .pdf" in refusal.value.hint


def test_a_file_that_was_there_is_replaced(book: Chapbook, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("old")
    write(book, path)
    assert path.read_text("utf-8") == to_html(book)


def test_what_cannot_be_written_is_said_and_leaves_nothing_behind(
    book: Chapbook, tmp_path: Path
) -> None:
    (tmp_path / "a.html").mkdir()
    (tmp_path / "a.html" / "inside").write_text("kept")
    with pytest.raises(StorageError, match=r"a\.html") as refusal:
        write(book, tmp_path / "a.html")
    assert refusal.value.hint
    assert [each.name for each in tmp_path.iterdir()] == ["a.html"]
    assert (tmp_path / "a.html" / "inside").read_text() == "kept"


def test_a_folder_that_is_not_there_is_said(book: Chapbook, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="none"):
        write(book, tmp_path / "none" / "a.html")
