"""`flourishing garden`: verify, back up and empty; and files that are no gardens."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flourishing.garden import open_garden
from tests.cli.conftest import Ask, Refuse, Run


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
