"""The page of a family: all of it there, as text, with and without its script."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.text import Origin, Source, Text
from flourishing.formats.family import Edge, Family, to_html
from tests.formats.family.conftest import HOSTILE, bred

_VOID = {"meta", "br"}
_TOLD_BY_TAG = {"pre", "script", "del", "ins", "title", "h1"}
_OURS = {
    *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "footer"),
    *("h1", "h2", "h4", "p", "ul", "ol", "li", "dl", "dt", "dd", "div", "section", "article"),
    *("a", "i", "span", "small", "bdi", "del", "ins", "pre", "details", "summary", "button"),
    *("svg", "g", "path", "script"),
}


class Page(HTMLParser):
    """Collects the elements, the ids and links, and the words of certain parts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.hrefs: list[str] = []
        self.parts: dict[str, list[str]] = {}
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes |= set(given)
        self.ids += [str(given["id"])] if "id" in given else []
        self.hrefs += [str(given["href"])] if "href" in given else []
        if tag in _VOID:
            return
        part = tag if tag in _TOLD_BY_TAG else str(given.get("class", ""))
        self._open.append((tag, part))
        self.parts.setdefault(part, []).append("")

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            opened, _ = self._open.pop()
            assert opened == tag

    def handle_data(self, data: str) -> None:
        for part in {part for _, part in self._open}:
            self.parts[part][-1] += data


def test_every_text_is_there_in_full_and_every_link_leads_somewhere(family: Family) -> None:
    page = Page(to_html(family))
    shown = page.parts["text"]
    order = [id for layer in family.generations() for id in layer]
    expected = [family.texts[id].content.replace("\x00", "␀") for id in order]
    assert shown == expected
    assert len(set(page.ids)) == len(page.ids)
    assert {f"t{id}" for id in order} | {f"n{id}" for id in order} <= set(page.ids)
    assert {href.removeprefix("#") for href in page.hrefs} <= set(page.ids)


def test_the_script_is_admitted_by_its_hash_and_nothing_else_is(family: Family) -> None:
    html = to_html(family)
    page = Page(html)
    (script,) = page.parts["script"]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert f'content="{policy}"' in html
    assert all(href.startswith("#") for href in page.hrefs)
    assert "url(" not in html
    assert "src" not in page.attributes


def test_a_step_shows_its_words_and_the_exact_prompt_is_there_once(family: Family) -> None:
    page = Page(to_html(family))
    assert page.parts["del"][0] == "rain"
    assert page.parts["ins"][0] == "snow"
    prompts = [pre.removeprefix("\n") for pre in page.parts["pre"]]
    assert prompts.count("fog\n---\nrain\n---\n") == 1
    assert prompts.count("better?") == 1


def test_a_prompt_that_begins_with_a_line_break_keeps_it() -> None:
    html = to_html(Family(1, {1: bred("x", prompt="\n\nfog")}))
    # The first line break inside <pre> is dropped by every browser.
    assert '<pre lang="" dir="auto" tabindex="0">\n\n\nfog</pre>' in html


def test_who_wrote_which_words_is_told_by_colour(family: Family) -> None:
    page = Page(to_html(family))
    assert page.parts["by-source"] == [family.texts[1].content]
    assert "rain" in page.parts["by-person"]
    assert " comes on cat feet" in page.parts["by-model"]


def test_marks_and_title_are_shown_as_text(family: Family) -> None:
    page = Page(to_html(family, "<i>A title</i>"))
    assert page.parts["mark"] == ["keep", "<b>tag</b>"]
    assert page.parts["h1"] == page.parts["title"] == ["<i>A title</i>"]


def test_hostile_words_stay_words_everywhere() -> None:
    found = Source(author=HOSTILE, title=HOSTILE)
    one = Text(HOSTILE, Origin(author="person", source=found))
    two = bred(HOSTILE + "x", one, model=HOSTILE, start=HOSTILE, raw=HOSTILE, prompt=HOSTILE)
    three = two.edited(HOSTILE + "\u202ey")
    edges = (Edge(2, 1, 0, "parent"), Edge(3, 2, 0, "parent"))
    family = Family(3, {1: one, 2: two, 3: three}, edges, {3: (HOSTILE,)})
    page = Page(to_html(family, HOSTILE))
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert "onerror" not in page.attributes
    assert page.parts["text"][0] == HOSTILE.replace("\x00", "␀")


@given(st.text(max_size=120), st.text(max_size=60), st.text(max_size=20))
def test_any_text_is_shown_as_text_and_nothing_else(before: str, after: str, mark: str) -> None:
    texts = {1: bred(before, prompt=after), 2: bred(before).edited(after)}
    family = Family(2, texts, (Edge(2, 1, 0, "parent"),), {1: (mark,)})
    page = Page(to_html(family, mark))
    assert set(page.tags) <= _OURS
    assert [len(words) for words in page.parts["text"]] == [len(before), len(after)]


def test_a_large_family_is_collapsed_and_whole() -> None:
    texts = {0: Text("the first")}
    for id in range(1, 2_000):
        texts[id] = bred(f"poem {id}", texts[id // 2], prompt="one prompt")
    edges = tuple(Edge(id, id // 2, 0, "parent") for id in range(1, 2_000))
    html = to_html(Family(0, texts, edges))
    page = Page(html)
    assert len(page.parts["text"]) == 2_000
    assert html.count("one prompt") == 1
    assert not re.search(r'<details class="generation" open', html)
    assert page.tags.count("path") <= 1_500


@pytest.mark.parametrize("ids", [(0, -5), (10**18, 3)])
def test_ids_are_whatever_the_caller_says(ids: tuple[int, int]) -> None:
    root, child = ids
    texts = {root: Text("a"), child: Text("a").edited("b")}
    page = Page(to_html(Family(root, texts, (Edge(child, root, 0, "parent"),))))
    assert {f"t{root}", f"t{child}"} <= set(page.ids)
