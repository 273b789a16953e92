"""A chapbook as EPUB: the format's own rules, every line, and the same bytes each time."""

from __future__ import annotations

import io
import posixpath
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace

from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from flourishing.core.text import Text
from flourishing.formats.chapbook import Chapbook, Poem, to_epub
from tests.formats.chapbook.conftest import HOSTILE
from tests.formats.chapbook.test_html import shown

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


def test_every_line_gap_and_indent_is_there_exactly(book: Chapbook) -> None:
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


def test_hostile_words_stay_words_everywhere() -> None:
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
