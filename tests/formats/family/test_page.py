"""The page of a family: all of it there, as text, with and without its script.

Also: entries: what is said of each text of a family; the drawing of a family: every text in a place
of its own, parents above children.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.diff import Change, spans
from flourishing.core.text import Origin, Source, Span, Text
from flourishing.formats.family import Edge, Family, to_html
from flourishing.formats.family.graph import MOST_CARDS
from flourishing.formats.family.page import MOST_LINES, Drawing, Entry, draw, entries
from tests.formats.family.conftest import AT, HOSTILE, bred

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
        self._words: dict[str, list[list[str]]] = {}
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self._open == []
        self.parts = {part: ["".join(each) for each in of] for part, of in self._words.items()}

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
        self._words.setdefault(part, []).append([])

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            opened, _ = self._open.pop()
            assert opened == tag

    def handle_data(self, data: str) -> None:
        for part in {part for _, part in self._open}:
            self._words[part][-1].append(data)


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
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
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


@pytest.mark.slow
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


def written(family: Family) -> dict[int, Entry]:
    return entries(family, [id for layer in family.generations() for id in layer])


def test_a_text_is_cut_by_who_wrote_what(family: Family) -> None:
    told = written(family)
    assert told[1].stretches == (("source", family.texts[1].content),)
    assert told[3].stretches == (("person", "rain"), ("model", " comes on cat feet"))
    assert told[5].stretches[0] == ("person", "snow")
    assert told[6].stretches[0] == ("person", "snow")
    for id, entry in told.items():
        assert "".join(words for _, words in entry.stretches) == family.texts[id].content


def test_who_wrote_what_is_found_as_a_walk_through_the_whole_lineage_finds_it() -> None:
    texts = {0: bred("a b c d e f")}
    for at, words in enumerate(("a x c d e f", "a x c y e f", "a x c y e z"), 1):
        texts[at] = texts[at - 1].edited(words)
    family = Family(0, texts, tuple(Edge(at, at - 1, 0, "parent") for at in (1, 2, 3)))
    told = written(family)[3]
    found = tuple(Span(kind, len(words)) for kind, words in told.stretches if kind != "source")
    assert found == spans(texts[3])
    assert [words for kind, words in told.stretches if kind == "person"] == ["x", "y", "z"]


def test_an_edit_shows_what_it_changed(family: Family) -> None:
    step = written(family)[5].step
    assert step is not None
    assert (step.made, step.before) == ("edit", 3)
    assert step.changes == (
        Change("gone", "rain"),
        Change("new", "snow"),
        Change("same", " comes on cat feet"),
    )


def test_a_refinement_shows_what_it_changed_of_the_chain_and_not_of_an_example(
    family: Family,
) -> None:
    step = written(family)[6].step
    assert step is not None
    assert (step.made, step.before) == ("refinement", 5)
    assert Change("new", "bird") in step.changes


def test_a_text_that_was_bred_or_written_has_no_version_before(family: Family) -> None:
    told = written(family)
    assert [id for id, entry in told.items() if entry.step] == [5, 6]


def test_an_edit_of_a_text_outside_the_family_is_compared_all_the_same() -> None:
    edit = bred("one two").edited("one three")
    entry = written(Family(1, {1: edit}))[1]
    assert entry.step is not None
    assert entry.step.before is None
    assert entry.elsewhere == 1
    assert Change("gone", "two") in entry.step.changes


def test_a_prompt_is_written_once_and_named_where_it_is_the_same(family: Family) -> None:
    told = written(family)
    assert (told[3].prompt, told[3].prompt_at) == ("fog\n---\nrain\n---\n", None)
    assert (told[4].prompt, told[4].prompt_at) == (None, 3)
    assert (told[6].prompt, told[6].prompt_at) == ("better?", None)
    assert (told[1].prompt, told[1].prompt_at) == (None, None)


def test_the_raw_completion_is_given_where_it_is_not_the_text(family: Family) -> None:
    told = written(family)
    assert told[3].raw is None
    assert (told[4].raw or "").startswith("\n\nraw")


def test_facts_are_all_that_the_text_could_be_made_from_again(family: Family) -> None:
    told = written(family)
    assert dict(told[6].facts) == {
        "written by": "a model",
        "date": "2026-03-03 12:30 UTC",
        "model": "gemma-3-270m",
        "pattern": "refinements",
        "examples": "1, which only showed the form",
        "max tokens": "200",
        "temperature": "0.9",
        "top p": "1",
        "top k": "0",
        "min p": "0.05",
        "seed": "7",
    }
    assert dict(told[1].facts) == {"source": "Carl Sandburg, “Fog”, 1916"}
    assert dict(told[3].facts)["start words"] == "rain"


def test_a_text_is_named_by_its_first_words() -> None:
    when = Origin(author="person", at=AT)
    texts = {1: Text("\n  a  b \nc", when), 2: Text("w" * 99, when), 3: Text(" \n", when)}
    assert [entry.name for entry in written(Family(1, texts)).values()] == [
        "a b",
        "w" * 69 + "…",
        "(blank)",
    ]


def drawn(count: int, parents: int, root: int = 0) -> tuple[Family, Drawing]:
    """Draw a family in which every text comes from so many before it."""
    edges = tuple(
        Edge(child, child - back, back, "parent")
        for child in range(count)
        for back in range(1, min(child, parents) + 1)
    )
    family = Family(root, {id: Text(str(id)) for id in range(count)}, edges)
    return family, draw(family, family.generations())


@pytest.mark.parametrize(("count", "parents"), [(1, 0), (100, 0), (30, 2), (2_000, 0), (2_000, 3)])
def test_no_two_texts_overlap_and_none_leaves_the_sheet(count: int, parents: int) -> None:
    _, drawing = drawn(count, parents)
    assert len({(place.x, place.y) for place in drawing.places}) == count
    rows: dict[int, list[int]] = {}
    for place in drawing.places:
        assert 0 <= place.x <= drawing.width - drawing.node_width
        assert 0 <= place.y <= drawing.height - drawing.node_height
        rows.setdefault(place.y, []).append(place.x)
    for row in rows.values():
        gaps = [right - left for left, right in pairwise(row)]
        assert all(gap > drawing.node_width for gap in gaps)
    tops = sorted(rows)
    assert all(b - a > drawing.node_height for a, b in pairwise(tops))


def test_children_stand_below_their_parents() -> None:
    family, drawing = drawn(40, 3)
    y = {place.id: place.y for place in drawing.places}
    assert all(y[edge.child] > y[edge.parent] for edge in family.edges)
    assert drawing.all_lines
    assert {(line.child, line.parent) for line in drawing.lines} == {
        (edge.child, edge.parent) for edge in family.edges
    }


def test_the_rows_of_a_long_generation_leave_room_for_the_lines_between_them() -> None:
    _, drawing = drawn(12, 0)
    first, second = (
        [place.x for place in drawing.places if place.y == y]
        for y in sorted({place.y for place in drawing.places})
    )
    pitch = first[1] - first[0]
    assert second[0] - first[0] == pitch // 2


def test_texts_stand_near_their_parents() -> None:
    edges = [Edge(child, 4 - child, 0, "parent") for child in (3, 4)]
    family = Family(0, {id: Text(str(id)) for id in range(5)}, tuple(edges))
    drawing = draw(family, family.generations())
    assert [place.id for place in drawing.places] == [0, 1, 2, 4, 3]


def test_a_large_family_is_drawn_in_dots() -> None:
    assert drawn(MOST_CARDS, 1)[1].cards
    assert not drawn(MOST_CARDS + 1, 1)[1].cards


def test_of_too_many_lines_those_nearest_to_the_root_are_drawn() -> None:
    _, drawing = drawn(1_000, 3, root=500)
    assert not drawing.all_lines
    assert len(drawing.lines) == MOST_LINES
    pairs = {(line.child, line.parent) for line in drawing.lines}
    assert {(500, 499), (500, 498), (501, 500), (502, 500), (499, 498)} <= pairs
    assert (1, 0) not in pairs


def test_texts_that_come_from_themselves_are_drawn_too() -> None:
    edges = (Edge(0, 1, 0, "parent"), Edge(1, 0, 0, "parent"))
    family = Family(0, {0: Text("a"), 1: Text("b")}, edges)
    assert len(draw(family, family.generations()).places) == 2
