"""A backup is one file that is whole by itself, and never less in the place of more."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from flourishing.errors import InputError, StorageError
from flourishing.garden import Garden, open_garden
from tests.garden.broods import bred
from tests.garden.gardener import alone, in_a_process, write


def contents(place: Path) -> list[str]:
    with open_garden(place) as garden:
        assert garden.verify() == []
        return sorted(text.content for text in garden.search.page(limit=10_000))


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    garden = Garden(tmp_path / "garden.db")
    garden.save(bred(), bed=garden.beds.open("sea"))
    return garden


def test_a_backup_is_a_garden_in_one_file(garden: Garden, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    garden.back_up(folder / "copy.db")
    assert [file.name for file in folder.iterdir()] == ["copy.db"]
    if sys.platform != "win32":
        assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600
    with closing(sqlite3.connect(folder / "copy.db")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    with open_garden(folder / "copy.db") as copied:
        assert copied.verify() == []
        assert copied.broods() == garden.broods()
        assert copied.beds.all() == garden.beds.all()
        copied.add("fog")
        assert copied.undo() is not None


def test_a_backup_while_another_process_writes_is_one_state(garden: Garden, tmp_path: Path) -> None:
    writer = in_a_process(write, str(tmp_path / "garden.db"), "sea", 100)
    seen = 0
    while not writer[1].poll():
        garden.back_up(tmp_path / "copy.db")
        there = [text for text in contents(tmp_path / "copy.db") if text.startswith("sea ")]
        assert sorted(there) == sorted(f"sea {number}" for number in range(len(there)))
        assert len(there) >= seen
        seen = len(there)
    alone(writer)


def test_an_older_backup_is_replaced_and_a_newer_one_is_not(garden: Garden, tmp_path: Path) -> None:
    garden.back_up(tmp_path / "copy.db")
    garden.back_up(tmp_path / "old.db")
    garden.add("fog")
    garden.back_up(tmp_path / "copy.db")
    assert "fog" in contents(tmp_path / "copy.db")
    garden.close()
    with open_garden(tmp_path / "old.db") as old:
        assert refused(old, tmp_path / "copy.db") == "a newer state of this garden"
        old.back_up(tmp_path / "copy.db", force=True)
    assert "fog" not in contents(tmp_path / "copy.db")


def another_garden(target: Path) -> None:
    with open_garden(target) as other:
        other.add("fog")


def poem(target: Path) -> None:
    target.write_text("fog\n", encoding="utf-8")


def other_database(target: Path) -> None:
    with closing(sqlite3.connect(target)) as other, other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")


@pytest.mark.parametrize(
    ("make", "what"),
    [(another_garden, "another garden"), (poem, "no garden"), (other_database, "no garden")],
)
def test_what_is_no_backup_of_this_garden_is_replaced_only_by_force(
    garden: Garden, tmp_path: Path, make: Callable[[Path], None], what: str
) -> None:
    target = tmp_path / "target"
    make(target)
    before = target.read_bytes()
    assert refused(garden, target) == what
    assert target.read_bytes() == before
    garden.back_up(target, force=True)
    assert {"one", "three", "two"} < set(contents(target))


def refused(garden: Garden, target: Path) -> str:
    with pytest.raises(InputError) as caught:
        garden.back_up(target)
    assert "--force" in caught.value.hint
    return str(caught.value).removeprefix(f"{target} is ").removesuffix(", and is left as it is.")


@pytest.mark.parametrize("force", [True, False])
def test_the_garden_itself_a_folder_and_an_open_garden_are_never_replaced(
    garden: Garden, tmp_path: Path, force: bool
) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "garden.db")
    with open_garden(tmp_path / "open.db") as other:
        other.add("fog")
        for target in ("garden.db", "link.db", "open.db", "."):
            with pytest.raises(InputError):
                garden.back_up(tmp_path / target, force=force)
        assert len(other.search.page()) == 1
    assert len(garden.broods()) == 1


def test_an_emptied_garden_replaces_its_backup(garden: Garden, tmp_path: Path) -> None:
    (text,) = garden.add("fog")
    garden.back_up(tmp_path / "copy.db")
    garden.put_away(text)
    assert garden.empty().gone == 1
    garden.back_up(tmp_path / "copy.db")
    assert "fog" not in contents(tmp_path / "copy.db")


def test_a_backup_that_cannot_be_written_leaves_nothing(garden: Garden, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        garden.back_up(tmp_path / "nowhere" / "copy.db")
    assert caught.value.hint
    assert not (tmp_path / "nowhere").exists()


def test_a_garden_on_a_server_names_what_backs_it_up(database: str, tmp_path: Path) -> None:
    with open_garden(database) as garden, pytest.raises(InputError) as caught:
        garden.back_up(tmp_path / "copy.db")
    assert "pg_dump" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes and devices like these")
@pytest.mark.parametrize("force", [False, True])
def test_a_pipe_or_a_device_is_not_replaced_by_a_backup(
    garden: Garden, tmp_path: Path, force: bool
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for target in (pipe, Path("/dev/null")):
        with pytest.raises(InputError, match="pipe or a device") as caught:
            garden.back_up(target, force=force)
        assert "Name a file" in caught.value.hint
    assert stat.S_ISFIFO(pipe.stat().st_mode)
