"""`flourishing garden`: export, import, chapbook."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from flourishing.garden import open_garden
from tests.cli.conftest import Ask, Refuse, Run
from tests.formats.looms.reading import DUSK, FOLDER, FOX
from tests.marks import first_cases, slow_cases

ECHO = ("--model", "echo")
CASES = Path(__file__).parents[2] / "formats" / "cases"
NOTES = Path(__file__).parents[2] / "formats" / "notes"
LOOMS = sorted(path.name for path in FOLDER.glob("*.json"))


def contents(which: str | None = None) -> list[str]:
    with open_garden() as garden:
        return [text.content for text in garden.search.page(which)]  # type: ignore[arg-type]


def grow(ask: Ask) -> list[int]:
    """Breed two, keep one and its edit; give the numbers of these, and of the other."""
    words = ("breed", "--seed", 1, "-n", 2, "--refills", 0, "--json", *ECHO)
    one, two = (each["id"] for each in ask(*words).json["offspring"])
    ask("garden", "keep", one)
    edit = ask("garden", "edit", one, "--text", "the sea\nby hand", "--json").json["id"]
    ask("garden", "tag", "sea", edit)
    return [one, edit, two]


class TestMarkdown:
    def test_a_folder_is_read_back_as_it_was_changed(self, ask: Ask, tmp_path: Path) -> None:
        _, edit, _ = grow(ask)
        folder = tmp_path / "poems"
        assert "2 written to" in ask("garden", "export", folder).err
        assert "0 changes" in ask("garden", "import", folder).err
        (file,) = folder.glob(f"{edit:05d}-*.md")
        words = file.read_text(encoding="utf-8")
        file.write_text(words.replace("by hand", "by heart"), encoding="utf-8")
        (folder / "new one.md").write_text("a new\npoem\n", encoding="utf-8")
        previewed = ask("garden", "import", folder, "--preview")
        assert sorted(previewed.out.split("\n")) == [
            "",
            f"edited  {file.name}",
            "new     new one.md",
        ]
        assert "2 changes, nothing done." in previewed.err
        assert len(contents("keep")) == 2
        told = ask("garden", "import", folder, "--json").json
        assert {(each["kind"], each["written"]) for each in told} == {
            ("edited", False),
            ("new", False),
        }
        assert "0 changes" in ask("garden", "import", folder).err
        assert {"the sea\nby heart", "a new\npoem", "the sea\nby hand"} <= {*contents("keep")}
        with open_garden() as garden:
            (text,) = garden.search.words("heart")
            assert text.origin.parents == (garden.text(edit),)
            assert text.tags == ("sea",)
        assert "Undone: import" in ask("garden", "undo").err
        assert len(contents("keep")) == 2

    def test_reading_a_note_leaves_it_as_it_is(self, ask: Ask, tmp_path: Path) -> None:
        shutil.copytree(NOTES, tmp_path / "vault")
        before = files(tmp_path / "vault")
        told = ask("garden", "import", tmp_path / "vault", "--preview")
        assert "Files that would be written: none." in told.err
        told = ask("garden", "import", tmp_path / "vault")
        assert "Not taken from the front matter: aliases, created, rating." in told.err
        assert "Files that were written: none." in told.err
        ask("garden", "import", tmp_path / "vault", "--sync")
        assert files(tmp_path / "vault") == before
        (note,) = ask("garden", "search", "gulls", "--json").json
        source = note["origin"]["source"]
        assert (source["title"], source["author"]) == ("Harbour", "A. Reader")
        (verse,) = ask("garden", "search", "lamp", "--json").json
        assert verse["content"] == "---\nsea fog rolls in\n---\nthe lamp goes out"

    def test_only_what_was_exported_and_edited_is_written_and_only_when_asked(
        self, ask: Ask, tmp_path: Path
    ) -> None:
        ask("garden", "add", "the sea", "the tide")
        folder = tmp_path / "poems"
        ask("garden", "export", folder)
        (folder / "note.md").write_bytes(b"---\r\ntitle: A\r\n---\r\nmy own\r\n")
        (file,) = folder.glob("*-the-sea.md")
        file.write_bytes(file.read_bytes().replace(b"the sea", b"the sea falls"))
        before = files(folder)
        told = ask("garden", "import", folder, "--sync", "--preview")
        assert f"Files that would be written: {file.name}." in told.err
        assert files(folder) == before
        told = ask("garden", "import", folder, "--sync")
        assert f"Files that were written: {file.name}." in told.err
        after = files(folder)
        assert [path for path in before if after[path] != before[path]] == [file]
        assert b"id: 3\n" in file.read_bytes()

    @pytest.mark.slow
    def test_a_note_that_cannot_be_read_refuses_itself_and_not_the_vault(
        self, flourishing: Run, tmp_path: Path
    ) -> None:
        vault, garden = tmp_path / "vault", str(tmp_path / "garden.db")
        (vault / "sea").mkdir(parents=True)
        (vault / "sea" / "1.md").write_text("a new poem", encoding="utf-8")
        (vault / "2.md").write_text("---\ntags: [\n---\npoem", encoding="utf-8")
        (vault / "3.md").write_bytes(b"\xff")
        done = flourishing("garden", "import", str(vault), "--garden", garden, code=1)
        assert done.stdout.split() == ["new", "sea/1.md"]
        for words in ("2.md", "3.md", "UTF-8", "2 files were not read; the rest was."):
            assert words in done.stderr
        with open_garden(garden) as there:
            assert [text.content for text in there.search.page()] == ["a new poem"]

    def test_where_nothing_can_be_read_that_is_said(self, refuse: Refuse, tmp_path: Path) -> None:
        (tmp_path / "2.md").write_text("---\ntags: [\n---\npoem", encoding="utf-8")
        assert "2.md" in refuse("garden", "import", tmp_path)
        assert "2.md" in refuse("garden", "import", tmp_path / "2.md")
        assert contents() == []

    @pytest.mark.slow
    def test_one_page_is_read(self, ask: Ask, tmp_path: Path) -> None:
        for name in ("note-with-front-matter.md", "rule-first.md"):
            shutil.copy(NOTES / name, tmp_path)
        page = tmp_path / "note-with-front-matter.md"
        before = files(tmp_path)
        assert ask("garden", "import", page).out == f"new     {page}\n"
        assert ask("garden", "import", page).out == ""
        ask("garden", "import", tmp_path / "rule-first.md")
        assert files(tmp_path) == before
        assert sorted(contents("keep")) == [
            "---\nsea fog rolls in\n---\nthe lamp goes out",
            "the gulls argue\nover a paper boat",
        ]
        ask("garden", "undo")
        ask("garden", "undo")
        assert contents("keep") == []
        assert ask("garden", "import", page, "--as", "text", "--preview").out.startswith("title:")

    @pytest.mark.slow
    def test_an_archive_is_read(self, ask: Ask, tmp_path: Path) -> None:
        ask("garden", "add", "the sea", "the tide")
        ask("garden", "export", tmp_path / "poems")
        packed = shutil.make_archive(str(tmp_path / "poems"), "zip", tmp_path, "poems")
        other = ("--garden", tmp_path / "other.db")
        assert "2 changes." in ask("garden", "import", packed, *other).err
        assert "0 changes." in ask("garden", "import", packed, *other).err
        ask("garden", "undo", *other)
        assert ask("garden", *other, "--json").json["kept"] == 0

    @pytest.mark.parametrize(
        ("name", "words", "said"),
        [
            ("poems", ("--into", "mine"), "--into"),
            ("poems.zip", ("--sync",), "--sync"),
            ("one.txt", ("--sync",), "--sync"),
        ],
    )
    def test_what_does_not_go_with_it_is_refused(
        self, refuse: Refuse, tmp_path: Path, name: str, words: tuple[str, ...], said: str
    ) -> None:
        (tmp_path / "poems").mkdir()
        (tmp_path / "poems" / "one.md").write_text("one", encoding="utf-8")
        (tmp_path / "one.txt").write_text("one", encoding="utf-8")
        shutil.make_archive(str(tmp_path / "poems"), "zip", tmp_path, "poems")
        assert said in refuse("garden", "import", tmp_path / name, *words)
        assert contents() == []


def files(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.glob("*.md")}


class TestJsonl:
    def test_another_garden_gets_the_same_texts_and_lineage(self, ask: Ask, tmp_path: Path) -> None:
        one, edit, two = grow(ask)
        file, other = tmp_path / "poems.jsonl", tmp_path / "other.db"
        ask("garden", "pin", two)
        assert "2 written" not in (done := ask("garden", "export", file)).err
        assert "written to" in done.err
        assert "2 brought in" in ask("garden", "import", file, "--garden", other).err
        with open_garden() as here, open_garden(other) as there:
            assert there.verify() == []
            kept = {text.content: text for text in there.search.page("keep")}
            for id in (one, edit):
                text = here.text(id)
                same = kept[text.content]
                assert (same, same.tags) == (text, text.tags)
                ours = here.lineage.ancestors(id).texts.values()
                theirs = there.lineage.ancestors(same.id).texts.values()
                assert {*ours} == {*theirs}
                chains = here.lineage.versions(id), there.lineage.versions(same.id)
                assert chains[0].versions == chains[1].versions
            before = there.counts()
        again = ask("garden", "import", file, "--garden", other, "--into", "mine", "--json").json
        assert [each["content"] for each in again] == ask(
            "library", "show", "mine", "--garden", other
        ).out.rstrip("\n").split("\n---\n")
        with open_garden(other) as there:
            assert there.counts() == before

    @pytest.mark.slow
    def test_named_texts_come_too_and_are_not_kept(self, ask: Ask, tmp_path: Path) -> None:
        *_, two = grow(ask)
        file, other = tmp_path / "two.jsonl", tmp_path / "other.db"
        ask("garden", "export", file, two)
        (told,) = ask("garden", "import", file, "--garden", other, "--json").json
        with open_garden() as garden:
            assert (told["content"], told["marks"]) == (garden.text(two).content, [])

    @pytest.mark.slow
    def test_a_mark_of_an_editor_at_the_beginning_does_no_harm(
        self, ask: Ask, tmp_path: Path
    ) -> None:
        grow(ask)
        file, other = tmp_path / "poems.jsonl", tmp_path / "other.db"
        ask("garden", "export", file)
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
        assert (
            "with all that they came from" in ask("garden", "import", file, "--garden", other).err
        )

    @pytest.mark.slow
    def test_one_undo_takes_all_of_it_back(self, ask: Ask, tmp_path: Path) -> None:
        grow(ask)
        file, other = tmp_path / "poems.jsonl", ("--garden", tmp_path / "other.db")
        ask("garden", "export", file)
        ask("garden", "import", file, "--into", "mine", *other)
        assert "Undone: import" in ask("garden", "undo", *other).err
        told = ask("garden", *other, "--json").json
        assert told["kept"] == 0
        with open_garden(str(other[1])) as there:
            assert (there.shelves.names(), there.search.tags()) == ([], {})

    @pytest.mark.slow
    def test_a_preview_changes_nothing(self, ask: Ask, tmp_path: Path) -> None:
        grow(ask)
        file, other = tmp_path / "poems.jsonl", tmp_path / "other.db"
        ask("garden", "export", file)
        shown = ask("garden", "import", file, "--preview", "--garden", other)
        assert "the sea\nby hand" in shown.out
        assert not other.exists()

    def test_a_changed_line_is_named_and_the_others_come(
        self, ask: Ask, flourishing: Run, tmp_path: Path
    ) -> None:
        ask("garden", "add", "the sea", "the fog")
        file, other = tmp_path / "poems.jsonl", tmp_path / "other.db"
        ask("garden", "export", file)
        words = file.read_text(encoding="utf-8")
        file.write_text(words.replace("the sea", "a sea", 1), encoding="utf-8")
        previewed = flourishing("garden", "import", str(file), "--preview", code=1)
        assert "Line 1 was changed" in previewed.stderr
        done = flourishing("garden", "import", str(file), "--garden", str(other), code=1)
        assert "Line 1 was changed" in done.stderr
        assert "1 brought in" in done.stderr
        assert "2 could not be brought in." in done.stderr
        assert ask("garden", "list", "--garden", other).out == "the fog\n"
        file.write_text(words[: words.index("\n") + 60], encoding="utf-8")
        done = flourishing("garden", "import", str(file), "--garden", str(other), code=1)
        assert "Line 2 is no record" in done.stderr

    @pytest.mark.slow
    def test_everything_takes_beds_along(self, ask: Ask, tmp_path: Path) -> None:
        file, other = tmp_path / "all.jsonl", tmp_path / "other.db"
        ask("breed", "fog", "sea", "-n", 2, "--refills", 0, *ECHO)
        with open_garden() as garden:
            garden.beds.open("winter")
        assert "4 written to" in ask("garden", "export", file, "--everything").err
        ask("garden", "import", file, "--garden", other)
        assert "winter" in ask("garden", "beds", "--garden", other).out
        assert ask("garden", "--garden", other, "--json").json["broods"] == 1
        assert "0 problems" in ask("garden", "verify", "--garden", other).err

    @pytest.mark.slow
    def test_whatever_was_made_of_the_file_it_is_still_ours(self, ask: Ask, tmp_path: Path) -> None:
        ask("garden", "add", "the sea")
        file, other = tmp_path / "a.jsonl", tmp_path / "other.db"
        ask("garden", "export", file)
        told = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        compact = "\n" + "\n".join(json.dumps(each, separators=(",", ":")) for each in told)
        for words in (compact.encode("utf-16"), json.dumps(told, indent=1).encode("utf-8-sig")):
            (tmp_path / "b.json").write_bytes(words)
            said = ask("garden", "import", tmp_path / "b.json", "--garden", other)
            assert "1 brought in, with all" in said.err


class TestNothingIsLost:
    def test_an_empty_garden_writes_no_file(self, ask: Ask, refuse: Refuse, tmp_path: Path) -> None:
        ask("garden", "add", "one")
        backup = tmp_path / "backup.jsonl"
        ask("garden", "export", backup)
        before = backup.read_bytes()
        with open_garden(tmp_path / "empty.db"):
            pass
        for form in ("jsonl", "preferences"):
            words = ("garden", "export", backup, "--as", form, "--force", "--garden")
            assert "nothing to export" in refuse(*words, tmp_path / "empty.db")
        folder = ("garden", "export", tmp_path / "folder", "--garden", tmp_path / "empty.db")
        assert "nothing to export" in refuse(*folder)
        assert backup.read_bytes() == before
        assert sorted(path.name for path in tmp_path.iterdir() if "db" not in path.name) == [
            "backup.jsonl",
            "data",
        ]

    @pytest.mark.usefixtures("no_garden")
    def test_a_garden_that_is_not_there_is_not_made(self, refuse: Refuse, tmp_path: Path) -> None:
        nope, book = tmp_path / "nope.db", tmp_path / "a.html"
        for words in (
            (),
            ("list",),
            ("search", "x"),
            ("show", "1"),
            ("lineage", "1"),
            ("beds",),
            ("cost",),
            ("export", str(tmp_path / "a.jsonl")),
            ("chapbook", str(book), "--title", "A"),
            ("verify",),
            ("empty", "--yes"),
            ("keep", "1"),
            ("edit", "1", "--text", "x"),
            ("tag", "x", "1"),
            ("undo",),
            ("redo",),
        ):
            said = refuse("garden", "--garden", nope, *words, code=1)
            assert f"There is no garden at {nope}" in said, words
            assert list(tmp_path.iterdir()) == [], words

    def test_fewer_texts_replace_more_only_when_that_is_said(
        self, ask: Ask, refuse: Refuse, tmp_path: Path
    ) -> None:
        ask("garden", "add", "one", "two")
        backup = tmp_path / "backup.jsonl"
        ask("garden", "export", backup)
        backup.chmod(0o640)
        before = backup.read_bytes()
        assert "holds 1 text that would not" in refuse("garden", "export", backup, 1)
        said = refuse("garden", "export", backup, "--as", "preferences")
        assert "holds 2 texts" in said
        assert "--force" in said
        assert "another form" in refuse("garden", "lineage", 1, "--html", backup)
        assert backup.read_bytes() == before
        ask("garden", "add", "three")
        ask("garden", "export", backup)
        assert len(backup.read_bytes()) > len(before)
        ask("garden", "export", backup, 1, "--force")
        assert len(backup.read_bytes()) < len(before)
        assert backup.stat().st_mode & 0o777 == 0o640

    def test_a_file_of_another_program_is_left_alone(
        self, ask: Ask, refuse: Refuse, tmp_path: Path
    ) -> None:
        ask("garden", "add", "one")
        file = tmp_path / "poems.json"
        file.write_text('["mine"]', encoding="utf-8")
        assert "no garden has written it" in refuse("garden", "export", file)
        assert file.read_text(encoding="utf-8") == '["mine"]'
        ask("garden", "export", file, "--force")

    def test_a_full_device_and_standard_output(self, ask: Ask, flourishing: Run) -> None:
        ask("garden", "add", "one")
        done = flourishing("garden", "export", "/dev/full", "--as", "jsonl", code=1)
        assert "No space left" in done.stderr
        done = flourishing("garden", "export", "/dev/stdout", "--as", "jsonl")
        assert json.loads(done.stdout.splitlines()[0])["content"] == "one"


@pytest.mark.slow
def test_a_damaged_text_is_named_and_the_others_are_written(
    ask: Ask, flourishing: Run, tmp_path: Path
) -> None:
    ask("garden", "add", "one", "two", "three")
    with open_garden() as garden, closing(sqlite3.connect(garden.name)) as connection, connection:
        connection.execute("UPDATE texts SET content = CAST(x'74ff' AS TEXT) WHERE id = 2")
    listed = flourishing("garden", "list")
    assert "Text 2 cannot be read" in listed.stderr
    assert listed.stdout == "three\none\n"
    assert "Text 2 cannot be read" in flourishing("garden", "show", "2", code=1).stderr
    assert flourishing("garden", "show", "3").stdout.startswith("three")
    for name in ("all.jsonl", "folder"):
        done = flourishing("garden", "export", str(tmp_path / name), code=1)
        assert "2 " in done.stderr
        assert "Text 2 cannot be read" in done.stderr
        assert "1 could not be written." in done.stderr
    assert len(list((tmp_path / "folder").iterdir())) == 2
    other = tmp_path / "other.db"
    ask("garden", "import", tmp_path / "all.jsonl", "--garden", other)
    assert ask("garden", "list", "--garden", other).out == "three\none\n"


class TestPreferences:
    @pytest.mark.slow
    def test_pairs_follow_from_what_was_chosen(self, ask: Ask, tmp_path: Path) -> None:
        words = ("breed", "-n", 4, "--start", "the sea", "--seed", 3, "--refills", 0, "--json")
        brood = ask(*words, *ECHO).json
        kept, dropped, edited, _ = brood["offspring"]
        ask("garden", "keep", kept["id"])
        ask("garden", "drop", dropped["id"])
        ask("garden", "edit", edited["id"], "--text", edited["content"] + "s")
        file = tmp_path / "pairs.jsonl"

        def pairs(*more: str) -> list[dict[str, object]]:
            ask("garden", "export", file, "--as", "preferences", *more)
            lines = file.read_text(encoding="utf-8").splitlines()
            return [json.loads(line) for line in lines]

        assert [each["why"] for each in pairs("--passed")] == [
            "kept over dropped",
            "kept over passed by",
            "kept over passed by",
            "edited",
        ]
        raw = {each["id"]: each["origin"]["raw"] for each in brood["offspring"]}
        first, second = pairs()
        assert first["prompt"] == second["prompt"] == brood["prompt"]
        assert (first["chosen"], first["rejected"]) == (raw[kept["id"]], raw[dropped["id"]])
        assert (second["chosen_id"], second["rejected_id"]) == (edited["id"] + 2, edited["id"])
        joined = str(second["prompt"]) + str(second["chosen"])
        assert joined.endswith(f"a poem:\n{edited['content']}s")

    def test_what_does_not_go_with_them_is_refused(self, refuse: Refuse, tmp_path: Path) -> None:
        words = ("garden", "export", tmp_path / "x.jsonl")
        assert "leave the texts out" in refuse(*words, 1, "--as", "preferences")
        assert "--passed" in refuse(*words, "--passed")


class TestChapbook:
    @pytest.mark.slow
    @pytest.mark.parametrize("kind", ["html", *slow_cases(["epub", "pdf"])])
    def test_what_is_kept_is_bound(self, ask: Ask, tmp_path: Path, kind: str) -> None:
        grow(ask)
        file = tmp_path / f"book.{kind}"
        words = ("garden", "chapbook", file, "--title", "Sea & <b>", "--by", "me")
        assert "2 poems in" in ask(*words).err
        data = file.read_bytes()
        if kind == "pdf":
            assert data.startswith(b"%PDF")
            return
        if kind == "epub":
            with zipfile.ZipFile(file) as book:
                data = b"".join(book.read(name) for name in book.namelist())
        assert b"by hand" in data
        assert b"Sea &amp; &lt;b&gt;" in data
        assert b"<b>" not in data

    @pytest.mark.slow
    def test_signs_without_a_font_are_named(self, ask: Ask, tmp_path: Path) -> None:
        ask("garden", "add", "a poem with \U0010fffc")
        said = ask("garden", "chapbook", tmp_path / "a.pdf", "--title", "A").err
        assert "No font here has \U0010fffc, in “a poem with \U0010fffc”" in said
        assert "No font" not in ask("garden", "chapbook", tmp_path / "a.html", "--title", "A").err

    def test_numbers_are_bound_in_their_order(self, ask: Ask, tmp_path: Path) -> None:
        ask("garden", "add", "first words", "second words", "third words")
        file = tmp_path / "book.html"
        ask("garden", "chapbook", file, 3, 1, "--title", "A")
        page = file.read_text(encoding="utf-8")
        body = page[page.rindex("<body") :]
        assert body.rindex("third words") < body.rindex("first words")
        assert "second words" not in page

    def test_nothing_cannot_be_bound(self, refuse: Refuse, tmp_path: Path) -> None:
        with open_garden():
            pass
        words = ("garden", "chapbook", tmp_path / "book.html", "--title", "A")
        assert "nothing to bind" in refuse(*words)
        assert "no collection" in refuse(*words, "--collection", "nowhere")


class TestImport:
    @pytest.mark.slow
    def test_another_encoding_can_be_named(self, ask: Ask, refuse: Refuse) -> None:
        words = ("garden", "import", CASES / "windows-1252.txt")
        assert "encoding, such as windows-1252" in refuse(*words)
        ask(*words, "--encoding", "windows-1252")
        assert contents() == ["café — the “gulls”\n\nover a boat"]
        assert "no encoding" in refuse(*words, "--encoding", "klingon")

    @pytest.mark.slow
    def test_the_delimiter_and_the_column_can_be_named(self, ask: Ask, tmp_path: Path) -> None:
        path = tmp_path / "poems.txt"
        path.write_text("fog, sea#me\ncat, mat#you\n", encoding="utf-8")
        told = ask("garden", "import", path, "--delimiter", "#", "--column", 1)
        assert sorted(contents()) == ["cat, mat", "fog, sea"]
        assert "Left out: column 2." in told.err

    @pytest.mark.parametrize(
        ("name", "texts"),
        first_cases(
            2,
            [
                ("cells-beyond-header.csv", ["fog, sea, salt", "old gate"]),
                ("no-header.csv", ["roofers on a ladder", "snow in the cabin"]),
                ("pipes.csv", ["rain on tin, rain on slate", "a door, then nothing"]),
                ("poet-column.csv", ["the gulls argue\nover a paper boat\n\nand lose"]),
                ("poem-column.json", ["old gate", "new latch"]),
                ("plain-object.json", ["the gulls argue"]),
            ],
        ),
    )
    def test_files_as_people_have_them_come_whole(
        self, ask: Ask, name: str, texts: list[str]
    ) -> None:
        ask("garden", "import", CASES / name)
        assert sorted(contents()) == sorted(texts)

    def test_a_pipe_a_device_and_a_blank_file_are_refused(
        self, refuse: Refuse, tmp_path: Path
    ) -> None:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "blank").write_text(" \n", encoding="utf-8")
        assert "pipe or a device" in refuse("garden", "import", tmp_path / "pipe")
        assert "pipe or a device" in refuse("garden", "import", "/dev/zero")
        assert "no text in 'blank'" in refuse("garden", "import", tmp_path / "blank")

    @pytest.mark.parametrize("name", [LOOMS[0], *slow_cases(LOOMS[1:])])
    def test_each_loom_is_previewed_and_brought_in(self, ask: Ask, name: str) -> None:
        words = ("garden", "import", FOLDER / name, "--take", "leaves", "--json")
        found = ask(*words, "--preview").json
        assert found["texts"]
        assert contents() == []
        ask(*words, "--into", "looms")
        assert sorted(contents("keep")) == sorted(each["content"] for each in found["texts"])
        shelved = ask("library", "show", "looms", "--json").json["items"]
        assert len(shelved) == len(found["texts"])
        ask(*words)
        assert len(contents("keep")) == len(shelved)

    def test_what_is_taken_is_for_the_person_to_say(self, ask: Ask) -> None:
        words = ("garden", "import", FOLDER / "miniloom.json", "--preview")
        assert ask(*words).out == FOX + "\n"
        assert ask(*words, "--take", "leaves").out == f"{DUSK}\n---\na poem:\n the dove\n"
        assert ask(*words, "--take", "current").out == f"{DUSK}\n"

    @pytest.mark.slow
    def test_one_undo_takes_a_loom_back_with_its_collection(self, ask: Ask) -> None:
        words = ("garden", "import", FOLDER / "miniloom.json", "--take", "leaves")
        assert "2 brought in." in ask(*words, "--into", "looms").err
        assert "2 of them were here already." in ask(*words).err
        assert "Undone: import" in ask("garden", "undo").err
        assert contents("keep") == []
        with open_garden() as garden:
            assert garden.shelves.names() == []

    @pytest.mark.slow
    def test_when_a_model_wrote_is_said_only_where_it_is_known(
        self, ask: Ask, tmp_path: Path
    ) -> None:
        file = tmp_path / "a.json"
        row = {"content": "the sea", "origin": {"author": "model", "model": "davinci-002"}}
        file.write_text(json.dumps([row]), encoding="utf-8")
        ask("garden", "import", file)
        told = ask("garden", "show", 1).out
        assert "davinci-002" in told
        assert "1970" not in told

    def test_who_wrote_what_comes_along(self, ask: Ask) -> None:
        ask("garden", "import", FOLDER / "miniloom.json", "--take", "current")
        with open_garden() as garden:
            (text,) = garden.search.page()
            assert {span.author for span in garden.lineage.spans(text.id)} == {"person", "model"}

    @pytest.mark.parametrize("name", ["miniloom.json", *slow_cases(["pyloom_simple.json"])])
    def test_keys_stay_behind(self, ask: Ask, tmp_path: Path, name: str) -> None:
        document = json.loads((FOLDER / name).read_text(encoding="utf-8"))
        document |= {
            "settings": {"apiKey": "sk-PLANTED-1", "nested": [{"api_key": "sk-PLANTED-2"}]}
        }
        file = tmp_path / name
        file.write_text(json.dumps(document), encoding="utf-8")
        said = [
            ask("garden", "import", file, *more)
            for more in (("--preview",), ("--preview", "--json"), ("--take", "leaves"), ("--json",))
        ]
        assert "2 keys or passwords" in said[0].err
        ask("garden", "export", tmp_path / "out.jsonl", "--everything")
        ask("garden", "export", tmp_path / "out", "--everything")
        with open_garden() as garden:
            place = Path(garden.name)
        written = [
            *place.parent.glob("garden.db*"),
            *tmp_path.rglob("out*"),
            *tmp_path.rglob("*.md"),
        ]
        assert any(path.suffix == ".md" for path in written)
        for path in written:
            if path.is_file():
                assert b"sk-PLANTED" not in path.read_bytes()
        for each in said:
            assert "sk-PLANTED" not in each.out + each.err

    @pytest.mark.slow
    def test_what_is_found_is_exported_and_read_back(self, ask: Ask, tmp_path: Path) -> None:
        ask("garden", "add", "the fog", "the sea", "the dusk")
        ask("garden", "tag", "calm", 1, 2)
        ask("garden", "keep", "--back", 2)
        ask("garden", "drop", 2)
        file = tmp_path / "poems.txt"
        assert "1 written" in ask("garden", "export", file, "--search", "the", "--tag", "calm").err
        assert file.read_text(encoding="utf-8") == "the fog\n"
        more = ("--which", "all", "--force")
        assert "2 written" in ask("garden", "export", file, "--tag", "calm", *more).err
        ask("garden", "import", file)
        told = ask("garden", "import", file, "--preview")
        assert (told.out, "2 of them are here already." in told.err) == (
            "the sea\n---\nthe fog\n",
            True,
        )
        assert ask("garden", "search", "sea", "--which", "dropped").out == "the sea\n"

    @pytest.mark.slow
    def test_a_bed_is_exported_and_listed(self, ask: Ask, tmp_path: Path) -> None:
        ask("breed", "fog", "-n", 2, "--bed", "winter", "--refills", 0, *ECHO)
        ask("garden", "add", "the sea")
        assert len(ask("garden", "list", "--bed", "winter", "--json").json) == 2
        words = ("garden", "export", tmp_path / "bed.txt", "--bed", "winter", "--which", "all")
        assert "2 written" in ask(*words).err

    @pytest.mark.slow
    def test_plain_files_and_tables(self, ask: Ask, tmp_path: Path) -> None:
        poems, table = tmp_path / "poems.txt", tmp_path / "poems.csv"
        poems.write_text("one\n---\ntwo\n", encoding="utf-8")
        table.write_text("title,poem\nA,three\nB,four\n", encoding="utf-8")
        assert ask("garden", "import", poems).out == "one\n---\ntwo\n"
        ask("garden", "import", table, "--column", "poem")
        poems.write_text("five\n***\nsix\n", encoding="utf-8")
        ask("garden", "import", poems, "--separator", "\n***\n")
        assert sorted(contents("keep")) == sorted(["one", "two", "three", "four", "five", "six"])

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("nowhere.txt",), "nowhere.txt"),
            (("{folder}/cut.json",), "cut.json"),
            (("{folder}/one.txt", "--into", "refinements"), "holds chains"),
            (("{folder}/one.txt", "--as", "pyloom"), "one.txt"),
            (("{folder}/one.txt", "--as", "nothing"), "--as"),
            (("{folder}/one.txt", "--separator", ""), "separator is empty"),
        ],
    )
    def test_a_mistake_is_said_and_nothing_comes(
        self, refuse: Refuse, tmp_path: Path, words: tuple[str, ...], said: str
    ) -> None:
        (tmp_path / "one.txt").write_text("one", encoding="utf-8")
        (tmp_path / "cut.json").write_text('{"nodes": [', encoding="utf-8")
        named = [word.replace("{folder}", str(tmp_path)) for word in words]
        assert said in refuse("garden", "import", *named)
        assert contents() == []


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("--as", "jsonl"), ("--as", "preferences")])
def test_a_target_that_cannot_be_written_is_said(
    ask: Ask, refuse: Refuse, more: tuple[str, ...]
) -> None:
    ask("garden", "add", "one")
    words = ("garden", "export", "/proc/no/where", *more)
    assert "cannot be written" in refuse(*words, code=1)
