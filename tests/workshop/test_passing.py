"""Folders that are edited and read back, gardens that take from gardens, and books."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.errors import InputError
from flourishing.exchange.rows import find_rows
from flourishing.exchange.transfer import Reader
from flourishing.garden import Garden, Stored, open_garden
from flourishing.text import Text
from flourishing.workshop import passing
from tests.exchange.version_one import to_lines
from tests.garden.broods import bred, refined

WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(tmp_path / "garden.db") as garden:
        yield garden


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(tmp_path / "other.db") as other:
        yield other


def kinds(changes: list[passing.Change]) -> list[tuple[str, str]]:
    return [(change.kind, change.content) for change in changes]


class TestFolders:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "poems"

    @pytest.fixture
    def texts(self, garden: Garden, folder: Path) -> list[Stored]:
        brood = garden.save(bred())
        garden.keep(*brood)
        garden.tag("sea", brood[0])
        texts = garden.texts([each.id for each in brood])
        passing.write_folder(texts, folder)
        return texts

    def file(self, folder: Path, text: Stored) -> Path:
        (file,) = folder.glob(f"{text.id:05d}-*.md")
        return file

    def replace(self, file: Path, old: str, new: str) -> None:
        words = file.read_bytes().decode()
        assert old in words
        file.write_bytes(words.replace(old, new).encode())

    def read(self, garden: Garden, folder: Path) -> list[tuple[str, str]]:
        """Read a folder back: what was previewed is done, and done once."""
        counts = garden.counts()
        files = {path: path.read_bytes() for path in folder.iterdir()}
        previewed = passing.read_folder(garden, folder, preview=True)
        assert garden.counts() == counts
        assert {path: path.read_bytes() for path in folder.iterdir()} == files
        done = passing.read_folder(garden, folder)
        assert done == previewed
        assert passing.read_folder(garden, folder) == []
        assert garden.verify() == []
        return kinds(done)

    def test_unchanged_changes_nothing(
        self, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        assert self.read(garden, folder) == []
        passing.write_folder(texts, folder)
        assert len(list(folder.iterdir())) == len(texts)

    def test_an_edited_file_is_an_edit(
        self, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        self.replace(self.file(folder, texts[0]), "\none\n", "\none, by hand\n")
        assert self.read(garden, folder) == [("edited", "one, by hand")]
        (edit,) = garden.search.words("hand")
        assert edit.origin.parents == (texts[0],)
        assert edit.origin.author == "person"
        assert ("keep" in edit.marks, edit.tags) == (True, ("sea",))
        assert garden.text(texts[0].id).content == "one"

    def test_a_new_file_is_a_new_text(
        self, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        (folder / "my own.md").write_text("---\ntags: [dusk]\n---\n\nmy own\n", encoding="utf-8")
        (folder / "other.md").write_bytes(b"\xef\xbb\xbfmy\r\nother\r\n")
        (folder / "blank.md").write_text("\n \n", encoding="utf-8")
        assert self.read(garden, folder) == [("new", "my own"), ("new", "my\nother")]
        (new,) = garden.search.words("own")
        assert (new.origin.parents, new.tags, "keep" in new.marks) == ((), ("dusk",), True)
        assert f"id: {new.id}\n" in (folder / "my own.md").read_text(encoding="utf-8")
        assert len(texts) + 4 == garden.counts()["texts"]

    def test_a_renamed_and_a_deleted_file_are_nothing(
        self, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        self.file(folder, texts[0]).rename(folder / "zz, renamed.md")
        self.file(folder, texts[1]).unlink()
        assert self.read(garden, folder) == []
        self.replace(folder / "zz, renamed.md", "\none\n", "\nONE\n")
        assert self.read(garden, folder) == [("edited", "ONE")]
        assert "keep" in garden.text(texts[1].id).marks

    def test_changed_tags_are_changed(
        self, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        self.replace(self.file(folder, texts[0]), "tags:\n- sea\n", "tags: [dusk, ' dove ']\n")
        assert self.read(garden, folder) == [("tagged", "one")]
        assert garden.text(texts[0].id).tags == ("dove", "dusk")
        self.replace(self.file(folder, texts[0]), "tags:\n- dove\n- dusk\n", "tags:\n")
        assert self.read(garden, folder) == [("tagged", "one")]
        assert garden.text(texts[0].id).tags == ()

    def test_a_copied_and_edited_file_is_one_more_edit(
        self, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        file = self.file(folder, texts[0])
        shutil.copy(file, folder / "a copy.md")
        self.replace(folder / "a copy.md", "\none\n", "\nuna\n")
        self.replace(file, "\none\n", "\nuno\n")
        assert self.read(garden, folder) == [("edited", "uno"), ("edited", "una")]
        assert len(garden.lineage.descendants(texts[0].id).texts) == 3

    def test_other_ends_of_lines_and_marks_at_the_beginning_are_nothing(
        self, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        for text in texts:
            file = self.file(folder, text)
            file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
        assert self.read(garden, folder) == []

    def test_the_number_of_another_garden_is_no_number_here(
        self, garden: Garden, other: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        other.add(*(f"text {number}" for number in range(20)))
        before = {text.id: text for text in other.search.page()}
        assert self.read(other, folder) == [("new", text.content) for text in texts]
        for id, text in before.items():
            assert other.text(id) == text
        assert garden.counts()["texts"] == 5

    def test_a_digest_that_was_tampered_with_harms_no_other_text(
        self, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        one, two = texts[:2]
        self.replace(self.file(folder, one), f"id: {one.id}", f"id: {two.id}")
        assert self.read(garden, folder) == [("new", "one")]
        assert garden.text(two.id).content == "two"

    def test_any_texts_go_out_and_come_back(self, garden: Garden, folder: Path) -> None:
        @given(st.lists(WORDS.filter(str.strip), min_size=1, max_size=4))
        def come_back(contents: list[str]) -> None:
            shutil.rmtree(folder, ignore_errors=True)
            passing.write_folder(garden.add(*contents), folder)
            assert passing.read_folder(garden, folder) == []

        come_back()


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
        stored = take(other, passing.to_jsonl(garden.export(ids)))
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
        lines = list(passing.to_jsonl(garden.export(self.grow(garden))))
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
        lines = list(passing.to_jsonl(garden.export(self.grow(garden))))
        there = take(other, lines)
        again = list(passing.to_jsonl(other.export([text.id for text in there])))
        assert sorted(map(_identity, again)) == sorted(map(_identity, lines))
        with open_garden(tmp_path / "third.db") as third:
            assert {*take(third, again)} == {*there}

    def test_a_text_that_is_kept_or_not_stays_so(self, garden: Garden, other: Garden) -> None:
        (text,) = garden.add("not kept", keep=False)
        (there,) = take(other, passing.to_jsonl(garden.export([text.id])))
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
        book = passing.chapbook(garden, [edit, *first[1:2]], title="Sea", by="me", note="for you")
        assert (book.title, book.by, book.note) == ("Sea", "me", "for you")
        assert [poem.text for poem in book.poems] == [edit, first[1]]
        assert [len(poem.versions) for poem in book.poems] == [1, 0]
        assert book.poems[0].versions[0].content == "one"

    def test_nothing_is_no_book(self, garden: Garden) -> None:
        with pytest.raises(InputError, match="nothing to bind"):
            passing.chapbook(garden, [], title="Sea")


def test_preferences_are_lines_of_json(garden: Garden) -> None:
    brood = garden.save(bred())
    garden.keep(brood[0])
    garden.drop(brood[1])
    (line,) = passing.to_preferences(garden)
    assert json.loads(line)["why"] == "kept over dropped"
    assert len(list(passing.to_preferences(garden, passed=True))) == 2
    assert Text(json.loads(line)["prompt"]) == Text(brood.prompt)
