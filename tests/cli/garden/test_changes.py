"""`flourishing garden`: add, edit, keep, drop, pin, away, tag, undo, redo; and --garden.

Also: `flourishing garden`: verify, back up and empty; and files that are no gardens.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flourishing.garden import open_garden
from tests.cli.conftest import Ask, Refuse, Run
from tests.marks import first_cases

ECHO = ("--model", "echo")


def marks(id: int) -> set[str]:
    with open_garden() as garden:
        return {*garden.text(id).marks}


def tags(id: int) -> tuple[str, ...]:
    with open_garden() as garden:
        return garden.text(id).tags


@pytest.mark.parametrize("mark", first_cases(1, ["keep", "drop", "pin", "away"]))
def test_a_mark_is_given_and_taken_back(ask: Ask, mark: str) -> None:
    with open_garden() as garden:
        garden.add("one", "two", "three", keep=False)
    assert "1, 3" in ask("garden", mark, 1, 3).err
    assert [marks(1), marks(2), marks(3)] == [{mark}, set(), {mark}]
    assert "No longer" in ask("garden", mark, 1, "--back").err
    assert [marks(1), marks(3)] == [set(), {mark}]


def test_no_text_is_marked_if_one_is_not_there(refuse: Refuse, ask: Ask) -> None:
    ask("garden", "add", "one")
    assert "no text 7" in refuse("garden", "drop", 1, 7)
    assert marks(1) == {"keep"}


def test_a_tag_is_put_on_and_taken_off(ask: Ask, refuse: Refuse) -> None:
    ask("garden", "add", "one", "two")
    ask("garden", "tag", "sea", 1, 2)
    ask("garden", "tag", "dusk", 1)
    ask("garden", "tag", "sea", 1, "--back")
    assert (tags(1), tags(2)) == (("dusk",), ("sea",))
    assert "blank" in refuse("garden", "tag", " ", 1)


class TestAdd:
    def test_what_is_added_is_kept(self, ask: Ask) -> None:
        told = ask("garden", "add", "one", "-", "--json", stdin="two\nlines\n").json
        assert [each["content"] for each in told] == ["one", "two\nlines"]
        assert marks(2) == {"keep"}

    def test_nothing_is_refused(self, refuse: Refuse) -> None:
        assert "blank" in refuse("garden", "add", "one", " ")
        assert "UTF-8" in refuse("garden", "add", "-", stdin=b"\xff")


class TestEdit:
    def test_an_edit_is_a_kept_child_and_the_old_text_stays(self, ask: Ask) -> None:
        ask("breed", "cat", "-n", 1, *ECHO)
        told = ask("garden", "edit", 2, "--text", "-", "--json", stdin="by hand\n\n").json
        assert told["content"] == "by hand"
        assert marks(told["id"]) == {"keep"}
        assert "Saved as" in ask("garden", "edit", 2, "--text", "once more").err
        with open_garden() as garden:
            edit = garden.text(told["id"])
            assert [parent.digest for parent in edit.origin.parents] == [garden.text(2).digest]
            assert edit.origin.author == "person"

    @pytest.mark.parametrize("text", first_cases(1, ["one", "one\n", "", " \n "]))
    def test_an_edit_that_changes_nothing_is_none(self, ask: Ask, text: str) -> None:
        ask("garden", "add", "one")
        assert "stays as it is" in ask("garden", "edit", 1, "--text", text).err
        assert ask("garden", "--json").json["texts"] == 1

    @pytest.mark.parametrize(
        "content", first_cases(2, ["one", "one\r\ntwo\r\n", "\ufeffone\n\n", "a\rb"])
    )
    def test_an_editor_that_is_only_looked_through_changes_nothing(
        self, ask: Ask, monkeypatch: pytest.MonkeyPatch, content: str
    ) -> None:
        monkeypatch.setenv("VISUAL", "true")
        with open_garden() as garden:
            garden.add(content)
        assert "stays as it is" in ask("garden", "edit", 1).err
        assert ask("garden", "--json").json["texts"] == 1

    def test_an_editor_that_writes_is_heard(
        self, ask: Ask, refuse: Refuse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        ask("garden", "add", "one")
        editor = tmp_path / "editor"
        editor.write_text('#!/bin/sh\nprintf "two\\r\\nlines\\r\\n" > "$1"\n')
        editor.chmod(0o755)
        monkeypatch.setenv("VISUAL", str(editor))
        assert ask("garden", "edit", 1, "--json").json["content"] == "two\nlines"
        monkeypatch.setenv("VISUAL", str(tmp_path / "nowhere"))
        assert "The editor gave no text" in refuse("garden", "edit", 1)


class TestUndo:
    def test_reaches_back_through_processes(self, ask: Ask, flourishing: Run) -> None:
        ask("garden", "add", "one", "two")
        ask("garden", "drop", 1)
        assert "Undone: drop" in flourishing("garden", "undo").stderr
        assert marks(1) == {"keep"}
        assert "Redone: drop" in flourishing("garden", "redo").stderr
        assert marks(1) == {"drop"}

    def test_ends_where_nothing_is_left(self, ask: Ask) -> None:
        ask("garden", "add", "one")
        ask("garden", "undo")
        assert marks(1) == set()
        assert "nothing to undo" in ask("garden", "undo").err
        ask("garden", "redo")
        assert marks(1) == {"keep"}
        assert "nothing to redo" in ask("garden", "redo").err

    def test_of_a_bed_leaves_the_rest(self, ask: Ask, refuse: Refuse) -> None:
        words = ("breed", "cat", "dog", "-n", 2, "--json", "--bed", "cats", *ECHO)
        first = ask(*words, "--seed", 1).json
        second = ask(*words, "--seed", 2).json
        ask("garden", "keep", 1)
        assert "Undone: breed" in ask("garden", "undo", "--bed", "cats").err

        def shown() -> list[int]:
            return list(ask("garden", "beds", "--json").json[0]["shown"])

        assert shown() == [each["id"] for each in first["offspring"]]
        assert marks(1) == {"keep"}
        assert "Redone: breed" in ask("garden", "redo", "--bed", "cats").err
        assert shown() == [each["id"] for each in second["offspring"]]
        assert "no bed 'dogs'" in refuse("garden", "undo", "--bed", "dogs")


class TestWhichGarden:
    @pytest.mark.usefixtures("no_garden")
    def test_the_variable_names_it(
        self, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        place = tmp_path / "named" / "other.db"
        monkeypatch.setenv("FLOURISHING_GARDEN", str(place))
        ask("garden", "add", "one")
        assert ask("garden", "--json").json["garden"] == str(place)
        assert place.exists()
        assert not (tmp_path / "data").exists()

    def test_the_option_goes_over_it(
        self, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("FLOURISHING_GARDEN", str(tmp_path / "one.db"))
        two = tmp_path / "two.db"
        ask("garden", "add", "one", "--garden", two)
        assert ask("garden", "list", "--garden", two).out == "one\n"
        with open_garden():
            pass
        assert ask("garden", "list").out == "\n"

    @pytest.mark.usefixtures("no_garden")
    def test_it_may_stand_before_the_subcommand(self, ask: Ask, tmp_path: Path) -> None:
        two = tmp_path / "two.db"
        ask("garden", "--garden", two, "add", "one")
        assert ask("garden", "--garden", two, "--json", "list").json[0]["content"] == "one"
        assert not (tmp_path / "data").exists()


HUGE = "9" * 19


@pytest.mark.parametrize(
    ("words", "said"),
    first_cases(
        9,
        [
            *(((name, "12"), "no text 12") for name in ("keep", "drop", "pin", "away", "edit")),
            *(((name, "12"), "no text 12") for name in ("show", "lineage")),
            *(((name, HUGE), "not in the range") for name in ("keep", "edit", "show", "lineage")),
            (("list", "--before", HUGE), "not in the range"),
            (("tag", "sea", "12"), "no text 12"),
            (("tag", "sea", HUGE), "not in the range"),
            (("keep", "0"), "not in the range"),
            (("keep", "x"), "not a valid integer"),
            (("keep",), "Missing argument"),
            (("export", "/tmp", "12"), "no text 12"),
            (("chapbook", "book.html", "12", "--title", "A"), "no text 12"),
            (("nowhere",), "No such command"),
        ],
    ),
)
def test_a_mistake_is_said(refuse: Refuse, words: tuple[str, ...], said: str) -> None:
    with open_garden():
        pass
    assert said in refuse("garden", *words)


@pytest.mark.parametrize(
    "words",
    [
        ("garden", "tag", b"\xff", "1"),
        ("breed", "cat", "--bed", b"\xff", *ECHO),
        ("library", "add", b"\xff", "sea"),
    ],
)
def test_an_argument_that_is_no_utf_8_is_said(
    ask: Ask, flourishing: Run, words: tuple[str | bytes, ...]
) -> None:
    ask("garden", "add", "one")
    assert flourishing(*words, code=2).stderr
    with open_garden() as garden:
        assert garden.verify() == []


@pytest.mark.slow
def test_a_name_that_cannot_be_written_is_said(
    flourishing: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff.md")).write_text("the sea", encoding="utf-8")
    assert "new" in flourishing("garden", "import", str(tmp_path), "--preview").stdout
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")  # as where the language is set
    words = ("garden", "import", str(tmp_path), "--preview", "--json")
    assert (
        "'\\udcff' cannot be written in utf-8." in flourishing(*words, code=2, forked=False).stderr
    )


def test_a_sound_garden_has_no_problems(ask: Ask) -> None:
    ask("breed", "cat", "dog", "-n", 2, "--seed", 1, "--refills", 0, "--model", "echo")
    done = ask("garden", "verify")
    assert (done.out, done.err) == ("", "0 problems in 4 texts.\n")
    assert ask("garden", "verify", "--json").json == []


def test_a_damaged_garden_is_told_and_fails(ask: Ask, flourishing: Run) -> None:
    ask("garden", "add", "one", "two")
    with open_garden() as garden:
        place = garden.name
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("UPDATE texts SET content = 'three' WHERE id = 2")
    done = flourishing("garden", "verify", code=1)
    assert "text 2: its content is not what its digest says" in done.stdout
    assert "text 2" in flourishing("garden", "verify", "--json", code=1).stdout


class TestBackup:
    def test_makes_one_file_that_opens_as_a_garden(self, ask: Ask, tmp_path: Path) -> None:
        ask("garden", "add", "one", "two")
        copy = tmp_path / "copy.db"
        assert "2 texts" in ask("garden", "backup", copy).err
        ask("garden", "add", "three")
        assert "3 texts" in ask("garden", "backup", copy).err
        assert ask("garden", "--garden", str(copy), "--json").json["texts"] == 3

    def test_replaces_nothing_else_unless_it_is_forced(
        self, ask: Ask, refuse: Refuse, tmp_path: Path
    ) -> None:
        ask("garden", "add", "one", "two", "--garden", str(tmp_path / "other.db"))
        before = (tmp_path / "other.db").read_bytes()
        assert "another garden" in refuse("garden", "backup", tmp_path / "other.db")
        assert (tmp_path / "other.db").read_bytes() == before
        assert "0 texts" in ask("garden", "backup", tmp_path / "other.db", "--force").err


class TestEmpty:
    def test_asks_and_no_leaves_all(self, ask: Ask, flourishing: Run) -> None:
        ask("garden", "add", "one", "two")
        ask("garden", "away", 1)
        for answer, code in (("n\n", 1), ("", 130)):
            done = flourishing("garden", "empty", stdin=answer, code=code)
            assert "Remove 1 text for good?" in done.stderr
        ask("garden", "away", 1, "--back")
        assert ask("garden", "list").out == "two\none\n"

    @pytest.mark.parametrize(("more", "answer"), [((), "y\n"), (("--yes",), "")])
    def test_yes_removes_for_good(self, ask: Ask, more: tuple[str, ...], answer: str) -> None:
        ask("garden", "add", "the secret one", "two")
        ask("garden", "away", 1)
        assert "1 gone." in ask("garden", "empty", *more, stdin=answer).err
        assert ask("garden", "--json").json["texts"] == 1
        assert "Nothing is put away" in ask("garden", "empty").err
        with open_garden() as garden:
            place = Path(garden.name)
        assert b"secret one" not in place.read_bytes()

    def test_what_something_came_from_stays(self, ask: Ask) -> None:
        ask("garden", "add", "one")
        ask("garden", "edit", 1, "--text", "two")
        ask("garden", "away", 1)
        assert "0 gone; 1 stay, since" in ask("garden", "empty", "--yes").err


class TestNoGardens:
    def test_a_file_that_is_none_stays_as_it_is(self, refuse: Refuse, tmp_path: Path) -> None:
        file = tmp_path / "poems.txt"
        file.write_text("a poem\n" * 100)
        assert "no garden" in refuse("garden", "list", "--garden", file, code=1)
        assert file.read_text() == "a poem\n" * 100

    def test_another_database_gets_no_tables(self, refuse: Refuse, tmp_path: Path) -> None:
        file = tmp_path / "other.db"
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("CREATE TABLE things (id INTEGER)")
        assert "no garden" in refuse("garden", "list", "--garden", file, code=1)
        with closing(sqlite3.connect(file)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        assert tables == [("things",)]

    def test_a_folder_is_none(self, refuse: Refuse, tmp_path: Path) -> None:
        assert "is a folder" in refuse("garden", "list", "--garden", tmp_path, code=1)

    def test_a_place_that_cannot_be_written_is_said(self, refuse: Refuse, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        place = tmp_path / "file" / "garden.db"
        assert "cannot be" in refuse("garden", "add", "one", "--garden", place, code=1)
        assert "cannot be" in refuse("breed", "cat", "--garden", "/proc/no/garden.db", code=1)

    def test_an_address_without_a_server_is_said_without_its_password(self, refuse: Refuse) -> None:
        place = "postgresql://me:sesame@127.0.0.1:1/garden"
        assert "sesame" not in refuse("garden", "list", "--garden", place, code=1)
