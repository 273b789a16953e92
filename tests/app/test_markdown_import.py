"""Markdown brought into a garden: pages that were exported and edited, and a person's own notes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.app import export_files
from flourishing.app.markdown_import import Imported, find_pages, import_pages
from flourishing.core.text import Origin, Source, Text
from flourishing.errors import InputError
from flourishing.formats.markdown.vault import read_folder
from flourishing.garden import Garden, Stored, open_garden
from tests.garden.broods import bred
from tests.garden.new import new_garden
from tests.marks import slow_cases

NOTES = Path(__file__).parents[1] / "formats" / "notes"
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
Files = dict[Path, tuple[bytes, int]]


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "other.db")) as other:
        yield other


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "poems"


def kinds(done: Imported) -> list[tuple[str, str]]:
    return [(change.kind, change.content) for change in done.changes]


def files(folder: Path) -> Files:
    """Give what stands in each file, and when it was changed last."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


def bring(garden: Garden, folder: Path, *, sync: bool = False) -> Imported:
    """Bring a folder in: what was previewed is done, and done once; and nothing else is written."""
    counts, before = garden.counts(), files(folder)
    previewed = import_pages(garden, read_folder(folder), preview=True, sync=sync)
    assert garden.counts() == counts
    assert files(folder) == before
    done = import_pages(garden, read_folder(folder), sync=sync)
    assert done == previewed
    after = files(folder)
    assert {path for path in before if after[path] != before[path]} == {*done.written}
    assert after.keys() == before.keys()
    counts = garden.counts()
    again = import_pages(garden, read_folder(folder), sync=sync)
    assert (again.changes, again.written) == ((), ())
    assert (garden.counts(), files(folder)) == (counts, after)
    assert garden.verify() == []
    return done


def written(folder: Path, name: str, words: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(words.encode())
    return path


@pytest.mark.parametrize("sync", [False, *slow_cases([True])], ids=["read", "sync"])
class TestPages:
    """Pages that were exported, and edited by hand."""

    @pytest.fixture
    def texts(self, garden: Garden, folder: Path) -> list[Stored]:
        brood = garden.save(bred())
        garden.keep(*brood)
        garden.tag("sea", brood[0])
        texts = garden.texts([each.id for each in brood])
        export_files.write_folder(garden, texts, folder)
        return texts

    def file(self, folder: Path, text: Stored) -> Path:
        (file,) = folder.glob(f"{text.id:05d}-*.md")
        return file

    def replace(self, file: Path, old: str, new: str) -> None:
        words = file.read_bytes().decode()
        assert old in words
        file.write_bytes(words.replace(old, new).encode())

    def test_unchanged_changes_nothing(
        self, sync: bool, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        assert kinds(bring(garden, folder, sync=sync)) == []
        export_files.write_folder(garden, texts, folder)
        assert len(list(folder.iterdir())) == len(texts)

    def test_an_edited_file_is_an_edit(
        self, sync: bool, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        self.replace(self.file(folder, texts[0]), "\none\n", "\none, by hand\n")
        assert kinds(bring(garden, folder, sync=sync)) == [("edited", "one, by hand")]
        (edit,) = garden.search.words("hand")
        assert edit.origin.parents == (texts[0],)
        assert edit.origin.author == "person"
        assert ("keep" in edit.marks, edit.tags) == (True, ("sea",))
        assert garden.text(texts[0].id).content == "one"

    def test_a_new_file_is_a_new_text(
        self, sync: bool, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        (folder / "my own.md").write_text("---\ntags: [dusk]\n---\n\nmy own\n", encoding="utf-8")
        (folder / "other.md").write_bytes(b"\xef\xbb\xbfmy\r\nother\r\n")
        (folder / "blank.md").write_text("\n \n", encoding="utf-8")
        assert kinds(bring(garden, folder, sync=sync)) == [("new", "my own"), ("new", "my\nother")]
        (new,) = garden.search.words("own")
        assert (new.origin.parents, new.tags, "keep" in new.marks) == ((), ("dusk",), True)
        assert len(texts) + 4 == garden.counts()["texts"]

    def test_a_renamed_and_a_deleted_file_are_nothing(
        self, sync: bool, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        self.file(folder, texts[0]).rename(folder / "zz, renamed.md")
        self.file(folder, texts[1]).unlink()
        assert kinds(bring(garden, folder, sync=sync)) == []
        self.replace(folder / "zz, renamed.md", "\none\n", "\nONE\n")
        assert kinds(bring(garden, folder, sync=sync)) == [("edited", "ONE")]
        assert "keep" in garden.text(texts[1].id).marks

    def test_changed_tags_are_changed(
        self, sync: bool, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        self.replace(self.file(folder, texts[0]), "tags:\n- sea\n", "tags: [dusk, ' dove ']\n")
        assert kinds(bring(garden, folder, sync=sync)) == [("tagged", "one")]
        assert garden.text(texts[0].id).tags == ("dove", "dusk")
        self.replace(self.file(folder, texts[0]), "tags: [dusk, ' dove ']\n", "tags:\n")
        assert kinds(bring(garden, folder, sync=sync)) == [("tagged", "one")]
        assert garden.text(texts[0].id).tags == ()

    def test_a_copied_and_edited_file_is_one_more_edit(
        self, sync: bool, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        file = self.file(folder, texts[0])
        shutil.copy(file, folder / "a copy.md")
        self.replace(folder / "a copy.md", "\none\n", "\nuna\n")
        self.replace(file, "\none\n", "\nuno\n")
        assert kinds(bring(garden, folder, sync=sync)) == [("edited", "uno"), ("edited", "una")]
        assert len(garden.lineage.descendants(texts[0].id).texts) == 3

    def test_other_ends_of_lines_and_marks_at_the_beginning_are_nothing(
        self, sync: bool, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        for text in texts:
            file = self.file(folder, text)
            file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
        assert kinds(bring(garden, folder, sync=sync)) == []

    def test_the_number_of_another_garden_is_no_number_here(
        self, sync: bool, garden: Garden, other: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        other.add(*(f"text {number}" for number in range(20)))
        before = {text.id: text for text in other.search.page()}
        assert kinds(bring(other, folder, sync=sync)) == [("new", text.content) for text in texts]
        for id, text in before.items():
            assert other.text(id) == text
        assert garden.counts()["texts"] == 5

    def test_a_digest_that_was_tampered_with_harms_no_other_text(
        self, sync: bool, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        one, two = texts[:2]
        self.replace(self.file(folder, one), f"id: {one.id}", f"id: {two.id}")
        assert kinds(bring(garden, folder, sync=sync)) == []
        self.replace(self.file(folder, one), "\none\n", "\nuno\n")
        assert kinds(bring(garden, folder, sync=sync)) == [("edited", "uno")]
        assert garden.text(two.id).content == "two"
        (edit,) = garden.search.words("uno")
        assert edit.origin.parents == (one,)

    def test_any_texts_go_out_and_come_back(self, sync: bool, garden: Garden, folder: Path) -> None:
        @given(st.lists(WORDS.filter(str.strip), min_size=1, max_size=4))
        def come_back(contents: list[str]) -> None:
            shutil.rmtree(folder, ignore_errors=True)
            export_files.write_folder(garden, garden.add(*contents), folder)
            assert import_pages(garden, read_folder(folder), sync=sync) == Imported(changes=())

        come_back()

    def test_one_undo_takes_all_of_it_back(
        self, sync: bool, garden: Garden, folder: Path, texts: list[Stored]
    ) -> None:
        self.replace(self.file(folder, texts[0]), "\none\n", "\nuno\n")
        self.replace(self.file(folder, texts[1]), "author:", "tags: [dusk]\nauthor:")
        written(folder, "new/one.md", "---\ntags: [dove]\n---\nmy own")
        counts = garden.counts()
        done = bring(garden, folder, sync=sync)
        assert [change.kind for change in done.changes] == ["edited", "tagged", "new"]
        assert garden.counts()["kept"] == counts["kept"] + 2
        act = garden.undo()
        assert act is not None
        assert act.kind == "import"
        assert garden.counts()["kept"] == counts["kept"]
        assert [text.tags for text in garden.texts([text.id for text in texts])][:2] == [
            ("sea",),
            (),
        ]
        assert garden.verify() == []
        again = import_pages(garden, read_folder(folder), sync=sync)
        assert [change.content for change in again.changes] == ["uno", "two", "my own"][
            : len(again.changes)
        ]
        assert len(again.changes) == 3
        assert garden.counts()["kept"] == counts["kept"] + 2


class TestSyncing:
    """What is written, and what is not."""

    def page(self, garden: Garden, folder: Path, content: str = "the sea") -> Path:
        export_files.write_folder(garden, garden.add(content), folder)
        (path,) = folder.glob("*.md")
        return path

    def edit(self, path: Path, old: str = "the sea", new: str = "the sea falls") -> None:
        path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))

    def test_an_edited_page_gets_the_number_of_the_edit_and_the_next_edit_follows_it(
        self, garden: Garden, folder: Path
    ) -> None:
        path = self.page(garden, folder)
        self.edit(path, "author: person", "rating: 4\nauthor: person")
        self.edit(path)
        assert bring(garden, folder, sync=True).written == (path,)
        assert "rating: 4\n" in path.read_text(encoding="utf-8")
        self.edit(path, "falls", "falls and rises")
        bring(garden, folder, sync=True)
        (last,) = garden.search.words("rises")
        versions = [text.content for text in garden.lineage.versions(last.id).versions]
        assert versions == ["the sea", "the sea falls", "the sea falls and rises"]

    def test_without_it_an_edit_is_stored_and_the_page_stays(
        self, garden: Garden, folder: Path
    ) -> None:
        path = self.page(garden, folder)
        self.edit(path)
        assert bring(garden, folder).written == ()
        (edit,) = garden.search.words("falls")
        assert [text.content for text in garden.lineage.versions(edit.id).versions] == [
            "the sea",
            "the sea falls",
        ]
        # What was read before can be synced later.
        done = bring(garden, folder, sync=True)
        assert (done.changes, done.written) == ((), (path,))

    def test_notes_and_pages_of_another_garden_are_never_written(
        self, garden: Garden, other: Garden, folder: Path
    ) -> None:
        other.add("the sea", "the tide")
        path = self.page(garden, folder, "the gull")
        self.edit(path, "the gull", "the gull argues")
        written(folder, "note.md", "---\ntitle: Harbour\n---\nthe harbour\n")
        stolen = path.read_text(encoding="utf-8").replace("id: 1\n", "id: 2\n")
        written(folder, "renumbered.md", stolen.replace("argues", "flies"))
        done = bring(other, folder, sync=True)
        assert (len(done.changes), done.written) == (3, ())

    def test_one_that_is_saved_while_it_is_read_is_left_as_it_is(
        self, garden: Garden, folder: Path
    ) -> None:
        path = self.page(garden, folder)
        self.edit(path)
        vault = read_folder(folder)
        self.edit(path, "falls", "falls and rises")
        before = files(folder)
        done = import_pages(garden, vault, sync=True)
        assert (done.written, files(folder)) == ((), before)
        assert any(str(path) in note for note in done.notes)


class TestExportingAgain:
    """Into a folder that has pages, and what a person did to them."""

    def test_the_page_of_a_text_is_brought_up_to_date_and_nothing_else(
        self, garden: Garden, folder: Path
    ) -> None:
        one, two = garden.add("the sea", "the tide")
        paths = export_files.write_folder(garden, [one, two], folder)
        renamed = paths[0].rename(folder / "my sea.md")
        words = renamed.read_text(encoding="utf-8")
        renamed.write_text(words.replace("author:", "rating: 4\nauthor:"), encoding="utf-8")
        before = files(folder)
        assert export_files.write_folder(garden, garden.texts([one.id, two.id]), folder) == [
            renamed,
            paths[1],
        ]
        assert files(folder) == before
        garden.tag("dusk", one)
        export_files.write_folder(garden, garden.texts([one.id, two.id]), folder)
        words = renamed.read_text(encoding="utf-8")
        assert "rating: 4\n" in words
        assert "tags:\n- dusk\n" in words
        assert files(folder)[paths[1]] == before[paths[1]]

    def test_an_edited_page_is_not_written_over(self, garden: Garden, folder: Path) -> None:
        texts = garden.add("the sea", "the tide")
        paths = export_files.write_folder(garden, texts, folder)
        paths[0].write_bytes(paths[0].read_bytes().replace(b"the sea", b"the sea falls"))
        garden.tag("dusk", *texts)
        before = files(folder)
        with pytest.raises(InputError, match=r"edited: 00001-the-sea\.md") as refused:
            export_files.write_folder(garden, garden.texts([text.id for text in texts]), folder)
        assert "--sync" in refused.value.hint
        assert files(folder) == before
        bring(garden, folder, sync=True)
        paths = export_files.write_folder(garden, garden.search.page("keep"), folder)
        pages = {page.content for page in read_folder(folder).pages}
        assert (len(paths), pages) == (3, {"the sea falls", "the sea", "the tide"})
        assert len(files(folder)) == 3

    def test_nor_is_any_other_file(self, garden: Garden, folder: Path) -> None:
        (text,) = garden.add("the sea")
        mine = written(folder, "00001-the-sea.md", "my own words")
        assert export_files.write_folder(garden, [text], folder) == [folder / "00001-the-sea-2.md"]
        assert mine.read_bytes() == b"my own words"


class TestNotes:
    """A person's own notes."""

    def test_the_case_of_a_note_with_front_matter(self, garden: Garden, folder: Path) -> None:
        shutil.copytree(NOTES, folder)
        done = bring(garden, folder)
        assert kinds(done) == [
            ("new", "the gulls argue\nover a paper boat"),
            ("new", "---\nsea fog rolls in\n---\nthe lamp goes out"),
        ]
        assert done.notes == ("Not taken from the front matter: aliases, created, rating.",)
        (text,) = garden.search.words("gulls")
        assert text.origin.source == Source(title="Harbour", author="A. Reader")
        (text,) = garden.search.words("fog")
        assert "lamp" in text.content

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_nothing_on_the_disk_changes(self, garden: Garden, folder: Path, end: str) -> None:
        words = "---\ntitle: Harbour\ntags: sea, dusk\nrating: 4\n---\n\nthe gulls\nargue\n"
        written(folder, "vault/a.md", words.replace("\n", end))
        written(folder, "b.md", "\ufeffthe lamp\ngoes out  \n\n".replace("\n", end))
        assert kinds(bring(garden, folder, sync=True)) == [
            ("new", "the lamp\ngoes out  "),
            ("new", "the gulls\nargue"),
        ]
        (text,) = garden.search.words("gulls")
        assert text.tags == ("dusk", "sea")

    def test_what_is_not_taken_is_counted_over_all_notes(
        self, garden: Garden, folder: Path
    ) -> None:
        written(folder, "a.md", "---\ntitle: A\nrating: 4\n---\nsea")
        written(folder, "b.md", "---\ntitle: B\nrating: 3\naliases: [x]\n---\ntide")
        written(folder, "c.md", "---\ntitle: C\n---\n\n")
        assert bring(garden, folder).notes == (
            "Left out because they are blank: 1.",
            "Not taken from the front matter: rating (2), aliases.",
        )

    def test_one_note_in_two_places_is_one_text(self, garden: Garden, folder: Path) -> None:
        for name in ("a.md", "b/c.md"):
            written(folder, name, "---\ntitle: A\n---\nsea")
        assert len(bring(garden, folder).changes) == 1
        (folder / "a.md").rename(folder / "moved.md")
        assert bring(garden, folder).changes == ()

    def test_a_tag_that_was_added_later_is_taken_and_none_is_taken_off(
        self, garden: Garden, folder: Path
    ) -> None:
        written(folder, "a.md", "---\ntags: [sea]\n---\nthe gulls")
        bring(garden, folder)
        (text,) = garden.search.words("gulls")
        garden.tag("mine", text.id)
        written(folder, "a.md", "---\ntags: [dusk]\n---\nthe gulls")
        assert kinds(bring(garden, folder)) == [("tagged", "the gulls")]
        assert garden.text(text.id).tags == ("dusk", "mine", "sea")

    def test_what_a_person_dropped_stays_dropped(self, garden: Garden, folder: Path) -> None:
        written(folder, "a.md", "the gulls")
        bring(garden, folder)
        (text,) = garden.search.words("gulls")
        garden.take_back("keep", text.id)
        garden.drop(text.id)
        assert bring(garden, folder).changes == ()
        assert garden.text(text.id).marks == {"drop"}

    @pytest.mark.slow
    def test_five_hundred_notes_are_one_undo(self, garden: Garden, folder: Path) -> None:
        for number in range(500):
            written(folder, f"{number}.md", f"---\ntags: [t{number % 7}]\n---\npoem {number}")
        import_pages(garden, read_folder(folder))
        assert garden.counts()["kept"] == 500
        assert len(garden.acts()) == 1
        garden.undo()
        assert garden.counts()["kept"] == 0
        garden.redo()
        assert garden.counts()["kept"] == 500

    def test_an_import_of_nothing_new_is_no_act(self, garden: Garden, folder: Path) -> None:
        written(folder, "a.md", "the gulls")
        bring(garden, folder)
        assert [act.kind for act in garden.acts()] == ["import"]


class TestGardens:
    """A folder of one garden, read into another."""

    def grow(self, garden: Garden) -> list[Stored]:
        source = Source(author="A. Reader", title="Harbour", year=1912)
        garden.add(Text("the harbour", Origin(author="person", source=source)))
        brood = garden.save(bred())
        garden.keep(*brood)
        garden.edit(brood[0], "one, by hand")
        garden.tag("sea", brood[1])
        return garden.search.page("keep")

    def test_who_wrote_what_is_still_known(
        self, garden: Garden, other: Garden, folder: Path
    ) -> None:
        texts = self.grow(garden)
        export_files.write_folder(garden, texts, folder)
        bring(other, folder)
        there = {text.content: text for text in other.search.page("keep")}
        assert there.keys() == {text.content for text in texts}
        for text in texts:
            ours, theirs = text.origin, there[text.content].origin
            for name in ("author", "at", "model", "pattern", "start", "seed", "sampling", "source"):
                assert getattr(theirs, name) == getattr(ours, name), name
            assert there[text.content].tags == text.tags
            spans = garden.lineage.spans(text.id)
            assert other.lineage.spans(there[text.content].id) == spans

    @pytest.mark.slow
    def test_it_goes_on_to_a_third_and_back_as_the_same(
        self, garden: Garden, other: Garden, folder: Path, tmp_path: Path
    ) -> None:
        export_files.write_folder(garden, self.grow(garden), folder)
        bring(other, folder)
        export_files.write_folder(other, other.search.page("keep"), tmp_path / "back")
        assert bring(garden, tmp_path / "back").changes == ()

    def test_what_was_edited_in_between_is_an_edit_where_the_text_is_known(
        self, garden: Garden, other: Garden, folder: Path
    ) -> None:
        (text,) = garden.save(bred(offspring=["one"]))
        export_files.write_folder(garden, [text], folder)
        other.add("another", "and another")
        bring(other, folder)
        (page,) = folder.iterdir()
        page.write_bytes(page.read_bytes().replace(b"\none\n", b"\nuno\n"))
        assert kinds(bring(other, folder)) == [("edited", "uno")]
        (edit,) = other.search.words("uno")
        assert [parent.content for parent in edit.origin.parents] == ["one"]
        assert edit.origin.parents[0].origin.author == "model"

    def test_what_was_edited_before_is_a_persons(
        self, garden: Garden, other: Garden, folder: Path
    ) -> None:
        (text,) = garden.save(bred(offspring=["one"]))
        export_files.write_folder(garden, [text], folder)
        (page,) = folder.iterdir()
        page.write_bytes(page.read_bytes().replace(b"\none\n", b"\nuno\n"))
        assert kinds(bring(other, folder)) == [("new", "uno")]
        (edit,) = other.search.words("uno")
        assert (edit.origin.author, edit.origin.model) == ("person", None)

    def test_an_import_that_was_undone_can_be_done_again(
        self, garden: Garden, other: Garden, folder: Path
    ) -> None:
        garden.add("one", "two")
        export_files.write_folder(garden, garden.search.page("keep"), folder)
        assert len(bring(other, folder).changes) == 2  # which gives them the same numbers there
        other.undo()
        assert other.counts()["kept"] == 0
        assert len(bring(other, folder).changes) == 2
        assert other.counts()["kept"] == 2


class TestFinding:
    def test_a_folder_a_page_and_an_archive_are_found(self, folder: Path) -> None:
        page = written(folder, "a.md", "---\ntitle: A\n---\nsea")
        found = find_pages(page)
        assert found is not None
        assert [each.content for each in found.pages] == ["sea"]
        packed = Path(shutil.make_archive(str(folder), "zip", folder))
        found = find_pages(packed.rename(packed.with_name("export")))
        assert found is not None
        assert [each.content for each in found.pages] == ["sea"]
        assert find_pages(folder) is not None

    @pytest.mark.parametrize("name", ["a.md", "a.txt", "nothing.md"])
    def test_any_other_file_is_not(self, folder: Path, name: str) -> None:
        written(folder, "a.md", "one\n---\ntwo")
        written(folder, "a.txt", "---\ntitle: A\n---\nsea")
        assert find_pages(folder / name) is None
