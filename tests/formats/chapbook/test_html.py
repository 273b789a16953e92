"""A chapbook as HTML: every line as it was written, and nothing in it but text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.text import Text
from flourishing.formats.chapbook import Chapbook, Poem, to_html
from flourishing.formats.chapbook.verse import stanzas
from tests.formats.chapbook.conftest import FOG, HOSTILE

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
