"""The files of a garden: one file is whole by itself, and a file that changed is noticed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from flourishing.errors import FileReplacedError, GardenError, StorageError
from flourishing.garden import open_garden
from flourishing.garden.database import Database
from tests.garden.gardener import alone, in_a_process
from tests.garden.new import new_garden
from tests.garden.test_database import plant_old, revisions
from tests.marks import first_cases, slow_cases

Change = Callable[[Path], None]


def log(place: Path) -> Path:
    return place.with_name(f"{place.name}-wal")


def contents(place: Path) -> list[str]:
    """Give the contents of the texts of a garden, in another process than this one."""
    return alone(in_a_process(_contents, str(place)))  # type: ignore[no-any-return]


def _contents(place: str) -> list[str]:
    with open_garden(place) as garden:
        assert garden.verify() == []
        return sorted(text.content for text in garden.search.page(limit=10_000))


def until(holds: Callable[[], bool]) -> None:
    """Wait until something is so, however long a slow machine takes."""
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


# One file means one file.


def test_a_copy_of_the_file_is_a_whole_garden_once_nothing_was_written_for_a_while(
    tmp_path: Path,
) -> None:
    place = new_garden(tmp_path / "garden.db")
    with open_garden(place) as garden:
        garden.add("fog", "sea")
        until(lambda: log(place).stat().st_size == 0)
        garden.add("dove")
        until(lambda: log(place).stat().st_size == 0)
        shutil.copyfile(place, tmp_path / "copy.db")
        assert contents(tmp_path / "copy.db") == ["dove", "fog", "sea"]


def test_a_new_garden_is_in_its_file_from_the_beginning(tmp_path: Path) -> None:
    place = tmp_path / "garden.db"
    with open_garden(place):
        shutil.copyfile(place, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM gardens").fetchone() == (1,)


def test_a_garden_that_is_closed_while_others_have_it_open_is_in_its_file(tmp_path: Path) -> None:
    place = new_garden(tmp_path / "garden.db")
    with open_garden(place):
        with open_garden(place) as other:
            other.add("fog")
        shutil.copyfile(place, tmp_path / "copy.db")
    assert contents(tmp_path / "copy.db") == ["fog"]


def test_opening_a_garden_twice_in_one_process_keeps_the_locks_of_the_first(
    tmp_path: Path,
) -> None:
    place = new_garden(tmp_path / "garden.db")
    with open_garden(place) as garden:
        garden.add("fog")
        open_garden(place).close()
        assert contents(place) == ["fog"]  # a process that would take itself for the last one
        assert log(place).exists()
        garden.add("sea")
    assert contents(place) == ["fog", "sea"]


def headless(place: Path) -> bytes:
    """Make what is left when a garden is copied without its log: a header and no table."""
    with closing(sqlite3.connect(place)) as begun:
        begun.execute("PRAGMA journal_mode = WAL")
    return place.read_bytes()


def marked(place: Path) -> bytes:
    """Make a file that says that it is a garden, and has no table."""
    with closing(sqlite3.connect(place)) as begun:
        begun.execute(f"PRAGMA application_id = {0x464C5247}")
    return place.read_bytes()


@pytest.mark.parametrize("make", [headless, marked])
@pytest.mark.parametrize("beside", [None, b"", b"no log", b"\x37\x7f\x06\x82" + bytes(5_000)])
def test_a_file_that_is_only_a_header_is_refused_and_not_begun_anew(
    tmp_path: Path, make: Callable[[Path], bytes], beside: bytes | None
) -> None:
    place = tmp_path / "garden.db"
    before = make(place)
    if beside is not None:
        log(place).write_bytes(beside)
    with pytest.raises(GardenError, match="no tables") as caught:
        open_garden(place)
    assert "-wal" in caught.value.hint
    assert place.read_bytes() == before
    if beside is not None:
        assert log(place).read_bytes() == beside


def test_a_header_beside_its_own_log_is_the_whole_garden(tmp_path: Path) -> None:
    with open_garden(tmp_path / "whole.db") as garden:
        garden.add("fog")
    place = tmp_path / "garden.db"
    with (
        closing(sqlite3.connect(tmp_path / "whole.db")) as whole,
        closing(sqlite3.connect(tmp_path / "other.db")) as other,
    ):
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("PRAGMA wal_autocheckpoint = 0")
        with other:
            other.executescript("BEGIN;" + "CREATE TABLE early (a);" + "COMMIT;")
        whole.backup(other)  # into the log, since nothing folds it
        shutil.copyfile(tmp_path / "other.db", place)
        shutil.copyfile(log(tmp_path / "other.db"), log(place))
    assert place.stat().st_size < 10_000
    assert contents(place) == ["fog"]


# The file changed underneath.


def replace_by_another(place: Path) -> None:
    new = new_garden(place.with_name("new.db"))
    with open_garden(new) as other:
        other.add("from elsewhere")
    new.replace(place)


def restore_a_backup(place: Path) -> None:
    (place.parent / "backup.db").replace(place)


def remove(place: Path) -> None:
    place.unlink()


def move(place: Path) -> None:
    place.rename(place.with_name("moved.db"))


def remove_log(place: Path) -> None:
    log(place).unlink()


def remove_index(place: Path) -> None:
    place.with_name(f"{place.name}-shm").unlink()


def replace_log(place: Path) -> None:
    shutil.copyfile(log(place), place.with_name("log"))
    place.with_name("log").replace(log(place))


CHANGES = [
    replace_by_another,
    remove_log,
    remove,
    replace_log,
    restore_a_backup,
    move,
    remove_index,
]


@pytest.mark.parametrize("change", first_cases(2, CHANGES))
def test_nothing_is_confirmed_that_would_go_into_a_file_that_is_no_longer_there(
    tmp_path: Path, change: Change
) -> None:
    place = new_garden(tmp_path / "garden.db")
    rescue = tmp_path / "rescue.db"
    with open_garden(place) as garden:
        garden.add("fog")
        garden.back_up(tmp_path / "backup.db")
        garden.add("sea")
        change(place)
        for _ in range(3):
            with pytest.raises(FileReplacedError) as caught:
                garden.add("lost")
            assert str(place) in str(caught.value)
            assert "back up" in caught.value.hint
        assert sorted(text.content for text in garden.search.page()) == ["fog", "sea"]
        garden.back_up(rescue)
    assert contents(rescue) == ["fog", "sea"]


def test_nothing_is_confirmed_after_an_earlier_copy_was_written_over_the_file(
    tmp_path: Path,
) -> None:
    place, copy = new_garden(tmp_path / "garden.db"), tmp_path / "copy.db"
    with open_garden(place) as garden:
        garden.add("fog")
        garden.back_up(copy)
        garden.add("sea")
        until(lambda: log(place).stat().st_size == 0)
        place.write_bytes(copy.read_bytes())  # as `cp` does: the file stays the same one
        with pytest.raises(FileReplacedError, match="was overwritten"):
            garden.add("dove")
        with pytest.raises(FileReplacedError):
            garden.add("gull")
    assert contents(place) == ["fog"]


def test_what_is_in_the_log_is_kept_where_an_earlier_copy_was_written_over_the_file(
    tmp_path: Path,
) -> None:
    place, copy = new_garden(tmp_path / "garden.db"), tmp_path / "copy.db"
    with open_garden(place) as garden:
        garden.back_up(copy)
        garden.add("fog")
        garden.add("sea")
        place.write_bytes(copy.read_bytes())
        with suppress(FileReplacedError):
            garden.add("dove")
        whole = tmp_path / "whole.db"
        garden.back_up(whole)
    assert {"fog", "sea"} <= set(contents(whole))


@pytest.mark.slow
def test_a_later_copy_that_was_written_over_the_file_stays_whole(tmp_path: Path) -> None:
    place, later = new_garden(tmp_path / "garden.db"), tmp_path / "later.db"
    with open_garden(place) as garden:
        garden.add("fog")
        until(lambda: log(place).stat().st_size == 0)
        later.write_bytes(place.read_bytes())
        alone(in_a_process(_add, str(later), [f"poem {number}" for number in range(300)]))
        place.write_bytes(later.read_bytes())
        with suppress(FileReplacedError):
            garden.add("dove")
    assert {"fog", "poem 0", "poem 299"} <= set(contents(place))


def test_what_another_process_writes_is_no_overwriting(tmp_path: Path) -> None:
    place = new_garden(tmp_path / "garden.db")
    with open_garden(place) as garden:
        for number in range(3):
            garden.add(f"fog {number}")
            alone(in_a_process(_add, str(place), [f"sea {number}"]))
        garden.add("dove")
    assert len(contents(place)) == 7


def _add(place: str, words: list[str]) -> None:
    with open_garden(place) as garden:
        garden.add(*words)


@pytest.mark.parametrize(
    ("change", "there"),
    first_cases(
        2,
        [
            (replace_by_another, ["from elsewhere"]),
            (remove_log, ["fog", "sea"]),
            (restore_a_backup, ["fog"]),
            (remove, []),
            (move, []),
            (remove_index, ["fog", "sea"]),
        ],
    ),
)
@pytest.mark.parametrize("noticed", [True, *slow_cases([False])])
def test_the_file_that_is_there_now_is_opened_whole_afterwards(
    tmp_path: Path, change: Change, there: list[str], noticed: bool
) -> None:
    place = new_garden(tmp_path / "garden.db")
    with open_garden(place) as garden:
        garden.add("fog")
        garden.back_up(tmp_path / "backup.db")
        garden.add("sea")
        change(place)
        if noticed:
            with pytest.raises(FileReplacedError):
                garden.add("lost")
            assert contents(place) == there
    assert contents(place) == there
    if change is move:
        assert contents(tmp_path / "moved.db") == ["fog", "sea"]


def test_a_change_while_a_transaction_is_written_is_not_confirmed(tmp_path: Path) -> None:
    place = new_garden(tmp_path / "garden.db")
    database = Database(place)
    with pytest.raises(FileReplacedError), database.writing():
        replace_by_another(place)
    database.close()
    assert contents(place) == ["from elsewhere"]


@pytest.mark.parametrize("cause", first_cases(1, ["written by somebody", "a second connection"]))
def test_a_file_replaced_just_before_it_is_opened_again_takes_no_log_of_ours(
    tmp_path: Path, cause: str
) -> None:
    place = new_garden(tmp_path / "garden.db")
    alone(in_a_process(_replaced_at_opening, str(place), cause))
    assert contents(tmp_path / "rescue.db") == ["fog", "sea"]
    assert contents(place) == ["from elsewhere"]


def _replaced_at_opening(place: str, cause: str) -> None:
    """Replace the file as soon as Python says that it opens it; such a hook stays for good."""
    path = Path(place)
    waiting: list[Callable[[], object]] = []

    def hook(event: str, given: tuple[object, ...]) -> None:
        if event == "sqlite3.connect" and str(given[0]) == place and waiting:
            waiting.pop()()

    with open_garden(path) as garden:
        garden.add("fog", "sea")
        with open_garden(new_garden(path.with_name("new.db"))) as other:
            other.add("from elsewhere")
        waiting.append(lambda: path.with_name("new.db").replace(path))
        sys.addaudithook(hook)
        with suppress(FileReplacedError):
            if cause == "written by somebody":
                os.utime(path)
                garden.add("lost")
            else:
                with garden._database.reading(), garden._database.writing():
                    pass
        assert not waiting
        garden.back_up(path.with_name("rescue.db"))


@pytest.mark.parametrize("rounds", first_cases(1, [5, 12]))
def test_every_confirmed_write_is_in_the_file_or_in_a_backup_of_the_open_one(
    tmp_path: Path, rounds: int
) -> None:
    """The file is replaced again and again at moments of its own, while texts are written."""
    place = new_garden(tmp_path / "garden.db")
    for number in range(rounds):
        confirmed: list[str] = []
        changed = threading.Event()

        def change(number: int = number, changed: threading.Event = changed) -> None:
            time.sleep(0.003 * number)
            (replace_by_another, remove, remove_log)[number % 3](place)
            changed.set()

        with open_garden(place) as garden:
            before = {text.content for text in garden.search.page(limit=10_000)}
            thread = threading.Thread(target=change)
            thread.start()
            with suppress(StorageError):
                while True:
                    garden.add(f"{number}: {len(confirmed)}")
                    confirmed.append(f"{number}: {len(confirmed)}")
            thread.join()
            assert changed.is_set()
            garden.back_up(tmp_path / "rescue.db", force=True)
        assert {*confirmed, *before} <= set(contents(tmp_path / "rescue.db"))


# What can only be read.


@pytest.fixture
def medium(tmp_path: Path) -> Iterator[Callable[[], Path]]:
    """Give a folder that becomes a medium which nobody may write, root neither."""
    source, folder = tmp_path / "source", tmp_path / "medium"
    source.mkdir()
    folder.mkdir()
    mounted = False

    def make() -> Path:
        nonlocal mounted
        try:
            for options in (["--bind", str(source), str(folder)], ["-o", "remount,bind,ro"]):
                last = [] if options[0] == "--bind" else [str(folder)]
                subprocess.run(["mount", *options, *last], check=True, capture_output=True)
                mounted = True
        except (OSError, subprocess.CalledProcessError):
            if os.geteuid() == 0:
                pytest.skip("nobody may mount here, and for root no mode of a file counts")
            for file in source.iterdir():
                file.chmod(0o444)
            source.chmod(0o555)
            return source
        return folder

    yield make
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    source.chmod(0o755)


def crash(place: str) -> None:
    """Write into a garden, and end before it is closed."""
    garden = open_garden(place)
    garden.add("sea")
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    "left", [(), pytest.param(("-wal",), marks=pytest.mark.slow), ("-wal", "-shm")]
)
def test_a_garden_on_a_read_only_medium_is_read_whole_and_not_written(
    tmp_path: Path, medium: Callable[[], Path], left: tuple[str, ...]
) -> None:
    place = new_garden(tmp_path / "source" / "garden.db")
    with open_garden(place) as garden:
        garden.add("fog")
    if left:
        process, wire = in_a_process(crash, str(place))
        process.join()
        wire.close()
        for suffix in {"-wal", "-shm"} - set(left):
            place.with_name(place.name + suffix).unlink()
    folder = medium()
    with open_garden(folder / "garden.db") as garden:
        assert garden.read_only
        found = sorted(text.content for text in garden.search.page())
        assert found == (["fog", "sea"] if left else ["fog"])
        assert [text.content for text in garden.search.words("fog")] == ["fog"]
        assert garden.verify() == []
        with pytest.raises(StorageError, match="read-only") as caught:
            garden.add("lost")
        assert caught.value.hint
        garden.back_up(tmp_path / "copy.db")
    assert contents(tmp_path / "copy.db") == found
    assert len(list(folder.iterdir())) == 1 + len(left)


def test_an_older_garden_on_a_read_only_medium_is_refused_in_words(
    tmp_path: Path, medium: Callable[[], Path]
) -> None:
    plant_old(str(tmp_path / "source" / "garden.db"), revisions()[0])
    folder = medium()
    with pytest.raises(StorageError, match="older Flourishing") as caught:
        open_garden(folder / "garden.db")
    assert "Copy it" in caught.value.hint


@pytest.mark.slow
def test_a_temporary_copy_is_removed_again(tmp_path: Path, medium: Callable[[], Path]) -> None:
    process, wire = in_a_process(crash, str(tmp_path / "source" / "garden.db"))
    process.join()
    wire.close()
    (tmp_path / "source" / "garden.db-shm").unlink()
    folder = medium()
    (tmp_path / "temporary").mkdir()
    looked = (
        "import sys; from flourishing.garden import open_garden\n"
        "with open_garden(sys.argv[1]) as garden: print(garden.counts()['texts'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", looked, str(folder / "garden.db")],
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        capture_output=True,
        check=True,
    )
    assert done.stdout.split() == [b"1"]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_what_is_no_file_is_refused_as_a_garden_and_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(GardenError, match="is a folder"):
        open_garden(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for place in (pipe, tmp_path / "link", Path("/dev/null"), Path("/dev/full")):
        for make in (False, True):
            with pytest.raises(GardenError, match="pipe or a device") as caught:
                open_garden(place, make=make)
            assert "--garden" in caught.value.hint
    assert {each.name for each in tmp_path.iterdir()} == {"pipe", "link"}
    assert stat.S_ISFIFO(pipe.stat().st_mode)
