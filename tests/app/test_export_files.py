"""Gardens that take from gardens, and books."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from flourishing.app import export_files
from flourishing.core.text import Origin, Source, Text
from flourishing.errors import InputError
from flourishing.formats.jsonl.transfer import Reader, find_rows
from flourishing.garden import Garden, Stored, open_garden
from tests.formats.version_one import to_lines
from tests.garden.broods import bred, refined
from tests.garden.new import new_garden


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "other.db")) as other:
        yield other


class TestGardens:
    def grow(self, garden: Garden) -> list[int]:
        first = garden.save(bred())
        edit = garden.edit(first[0], "one, by hand")
        chain = garden.lineage.versions(edit.id)
        second = garden.save(refined(chain, examples=[chain]))
        third = garden.save(bred([second[1], first[1]], ["fourth", "fifth"]))
        garden.keep(first[1], second[1], third[0])
        garden.tag("sea", second[1], edit)
        return [*(text.id for text in garden.search.page("keep"))]

    def test_takes_the_same_texts_with_their_whole_lineage(
        self, garden: Garden, other: Garden
    ) -> None:
        ids = self.grow(garden)
        stored = take(other, export_files.to_jsonl(garden.export(ids)))
        assert {text.identity for text in stored} == {text.identity for text in garden.texts(ids)}
        assert all("keep" in text.marks for text in stored)
        for here in garden.texts(ids):
            (there,) = (text for text in stored if text == here)
            assert there.tags == here.tags
            assert there.origin.as_dict() == here.origin.as_dict()
            ours, theirs = garden.lineage.ancestors(here.id), other.lineage.ancestors(there.id)
            assert {*ours.texts.values()} == {*theirs.texts.values()}
            assert len(ours.edges) == len(theirs.edges)
            assert garden.lineage.spans(here.id) == other.lineage.spans(there.id)
        assert other.verify() == []

    def test_takes_nothing_twice(self, garden: Garden, other: Garden) -> None:
        lines = list(export_files.to_jsonl(garden.export(self.grow(garden))))
        first = take(other, lines)
        counts = other.counts()
        assert take(other, lines) == first
        assert other.counts() == counts
        counts = garden.counts()
        take(garden, lines)  # where they came from
        assert garden.counts() == counts

    def test_what_goes_on_to_a_third_garden_is_still_the_same(
        self, garden: Garden, other: Garden, tmp_path: Path
    ) -> None:
        lines = list(export_files.to_jsonl(garden.export(self.grow(garden))))
        there = take(other, lines)
        again = list(export_files.to_jsonl(other.export([text.id for text in there])))
        assert sorted(map(_identity, again)) == sorted(map(_identity, lines))
        with open_garden(new_garden(tmp_path / "third.db")) as third:
            assert {*take(third, again)} == {*there}

    def test_a_text_that_is_kept_or_not_stays_so(self, garden: Garden, other: Garden) -> None:
        (text,) = garden.add("not kept", keep=False)
        (there,) = take(other, export_files.to_jsonl(garden.export([text.id])))
        assert (there.content, there.marks) == ("not kept", frozenset())

    def test_a_file_of_version_one_brings_its_marks_and_tags(self, other: Garden) -> None:
        parent = Text("one")
        told: dict[str, object] = {"marks": ["drop", "pin", "more"], "tags": [" ", "sea"]}
        (there,) = take(other, to_lines([(parent.edited("two"), told)]))
        assert (sorted(there.marks), there.tags) == (["drop", "pin"], ("sea",))
        assert other.counts()["texts"] == 2
        assert other.verify() == []


def take(garden: Garden, lines: Iterable[str]) -> list[Stored]:
    rows = find_rows("\n".join(lines).encode())
    assert rows is not None
    done = garden.bring_in(Reader(rows))
    assert done.problems == []
    return garden.texts(done.ids)


def _identity(line: str) -> str:
    return str(json.loads(line).get("identity"))


class TestBooks:
    def test_each_poem_has_the_versions_that_led_to_it(self, garden: Garden) -> None:
        first = garden.save(bred())
        edit = garden.edit(first[0], "one, by hand")
        book = export_files.chapbook(
            garden, [edit, *first[1:2]], title="Sea", by="me", note="for you"
        )
        assert (book.title, book.by, book.note) == ("Sea", "me", "for you")
        assert [poem.text for poem in book.poems] == [edit, first[1]]
        assert [len(poem.versions) for poem in book.poems] == [1, 0]
        assert book.poems[0].versions[0].content == "one"

    def test_a_title_is_printed_and_a_place_is_not(self, garden: Garden) -> None:
        sources = (
            Source(title="Harbour", published="poems.csv"),
            Source(published="poems.csv, row 2"),
            Source(title="row 26", published="poems.csv"),  # as earlier versions stored it
            Source(title="2f1c7a64-9f1d-4f0e-8a55-0c3e5b1f7a10", published="loom.json"),
        )
        texts = garden.add(
            *(
                Text(f"fog {number}", Origin(author="person", source=source))
                for number, source in enumerate(sources)
            )
        )
        book = export_files.chapbook(garden, texts, title="Sea")
        assert [poem.title for poem in book.poems] == ["Harbour", "", "", ""]

    def test_nothing_is_no_book(self, garden: Garden) -> None:
        with pytest.raises(InputError, match="nothing to bind"):
            export_files.chapbook(garden, [], title="Sea")


def test_preferences_are_lines_of_json(garden: Garden) -> None:
    brood = garden.save(bred())
    garden.keep(brood[0])
    garden.drop(brood[1])
    (line,) = export_files.to_preferences(garden)
    assert json.loads(line)["why"] == "kept over dropped"
    assert len(list(export_files.to_preferences(garden, passed=True))) == 2
    assert Text(json.loads(line)["prompt"]) == Text(brood.prompt)
