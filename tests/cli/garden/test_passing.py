"""`flourishing garden`: export, import, chapbook."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from flourishing.garden import open_garden
from tests.cli.conftest import Ask, Refuse
from tests.exchange.looms.reading import DUSK, FOLDER, FOX

ECHO = ("--model", "echo")
CASES = Path(__file__).parents[2] / "exchange" / "cases"
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
        assert len(contents("keep")) == 2
        told = ask("garden", "import", folder, "--json").json
        assert {each["kind"] for each in told} == {"edited", "new"}
        assert "0 changes" in ask("garden", "import", folder).err
        assert {"the sea\nby heart", "a new\npoem", "the sea\nby hand"} <= {*contents("keep")}
        with open_garden() as garden:
            (text,) = garden.search.words("heart")
            assert text.origin.parents == (garden.text(edit),)
            assert text.tags == ("sea",)

    def test_a_broken_file_changes_nothing(self, refuse: Refuse, tmp_path: Path) -> None:
        (tmp_path / "1.md").write_text("a new poem", encoding="utf-8")
        (tmp_path / "2.md").write_text("---\na: [\n---\npoem", encoding="utf-8")
        assert "2.md" in refuse("garden", "import", tmp_path)
        (tmp_path / "2.md").write_bytes(b"\xff")
        assert "UTF-8" in refuse("garden", "import", tmp_path)
        assert contents() == []

    def test_a_folder_goes_into_no_collection(self, refuse: Refuse, tmp_path: Path) -> None:
        assert "--into" in refuse("garden", "import", tmp_path, "--into", "mine")


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

    def test_named_texts_come_too_and_are_not_kept(self, ask: Ask, tmp_path: Path) -> None:
        *_, two = grow(ask)
        file, other = tmp_path / "two.jsonl", tmp_path / "other.db"
        ask("garden", "export", file, two)
        (told,) = ask("garden", "import", file, "--garden", other, "--json").json
        with open_garden() as garden:
            assert (told["content"], told["marks"]) == (garden.text(two).content, [])

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

    def test_a_preview_changes_nothing(self, ask: Ask, tmp_path: Path) -> None:
        grow(ask)
        file, other = tmp_path / "poems.jsonl", tmp_path / "other.db"
        ask("garden", "export", file)
        shown = ask("garden", "import", file, "--preview", "--garden", other)
        assert "the sea\nby hand" in shown.out
        assert ask("garden", "--garden", other, "--json").json["texts"] == 0

    def test_a_changed_line_is_refused_and_nothing_comes(
        self, ask: Ask, refuse: Refuse, tmp_path: Path
    ) -> None:
        grow(ask)
        file, other = tmp_path / "poems.jsonl", tmp_path / "other.db"
        ask("garden", "export", file)
        words = file.read_text(encoding="utf-8")
        for old, new in {
            "by hand": "by heart",
            '"model": "echo"': '"model": "human"',
            '"marks": [': '"marks": [5, ',
            '"tags": [': '"tags": [5, ',
            '"temperature": 1.0': '"temperature": "hot"',
            '"parents": ["b2:': '"parents": ["b2:0',
            '"spans": []': '"spans": [1]',
            '"author": "model"': '"author": "nobody"',
        }.items():
            assert old in words
            file.write_text(words.replace(old, new), encoding="utf-8")
            assert "Line" in refuse("garden", "import", file, "--garden", other), old
        file.write_text(words[: len(words) // 2], encoding="utf-8")
        assert "cut off" in refuse("garden", "import", file, "--garden", other)
        assert ask("garden", "--garden", other, "--json").json["texts"] == 0


class TestPreferences:
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
    @pytest.mark.parametrize("kind", ["html", "epub", "pdf"])
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

    def test_numbers_are_bound_in_their_order(self, ask: Ask, tmp_path: Path) -> None:
        ask("garden", "add", "first words", "second words", "third words")
        file = tmp_path / "book.html"
        ask("garden", "chapbook", file, 3, 1, "--title", "A")
        page = file.read_text(encoding="utf-8")
        body = page[page.rindex("<body") :]
        assert body.rindex("third words") < body.rindex("first words")
        assert "second words" not in page

    def test_nothing_cannot_be_bound(self, refuse: Refuse, tmp_path: Path) -> None:
        words = ("garden", "chapbook", tmp_path / "book.html", "--title", "A")
        assert "nothing to bind" in refuse(*words)
        assert "no collection" in refuse(*words, "--collection", "nowhere")


class TestImport:
    def test_another_encoding_can_be_named(self, ask: Ask, refuse: Refuse) -> None:
        words = ("garden", "import", CASES / "windows-1252.txt")
        assert "--encoding windows-1252" in refuse(*words)
        ask(*words, "--encoding", "windows-1252")
        assert contents() == ["café — the “gulls”\n\nover a boat"]
        assert "no encoding" in refuse(*words, "--encoding", "klingon")

    def test_the_delimiter_and_the_column_can_be_named(self, ask: Ask, tmp_path: Path) -> None:
        path = tmp_path / "poems.txt"
        path.write_text("fog, sea#me\ncat, mat#you\n", encoding="utf-8")
        told = ask("garden", "import", path, "--delimiter", "#", "--column", 1)
        assert sorted(contents()) == ["cat, mat", "fog, sea"]
        assert "Left out: column 2." in told.err

    @pytest.mark.parametrize(
        ("name", "texts"),
        [
            ("cells-beyond-header.csv", ["fog, sea, salt", "old gate"]),
            ("no-header.csv", ["roofers on a ladder", "snow in the cabin"]),
            ("pipes.csv", ["rain on tin, rain on slate", "a door, then nothing"]),
            ("poet-column.csv", ["the gulls argue\nover a paper boat\n\nand lose"]),
            ("poem-column.json", ["old gate", "new latch"]),
            ("plain-object.json", ["the gulls argue"]),
        ],
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

    @pytest.mark.parametrize("name", LOOMS)
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

    def test_who_wrote_what_comes_along(self, ask: Ask) -> None:
        ask("garden", "import", FOLDER / "miniloom.json", "--take", "current")
        with open_garden() as garden:
            (text,) = garden.search.page()
            assert {span.author for span in garden.lineage.spans(text.id)} == {"person", "model"}

    @pytest.mark.parametrize("name", ["miniloom.json", "pyloom_simple.json"])
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


@pytest.mark.parametrize("more", [(), ("--as", "jsonl"), ("--as", "preferences")])
def test_a_target_that_cannot_be_written_is_said(
    ask: Ask, refuse: Refuse, more: tuple[str, ...]
) -> None:
    ask("garden", "add", "one")
    words = ("garden", "export", "/proc/no/where", *more)
    assert "cannot be written" in refuse(*words, code=1)
