"""Faults: whatever happens to the process or the disk, what was confirmed is there."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

import flourishing as fl
from flourishing.errors import StorageError
from flourishing.garden import Garden, open_garden
from flourishing.garden.migrations import HEAD
from tests.garden.gardener import Started, alone, first, in_a_process, tend, write
from tests.garden.test_database import plant_old, require_planted, revisions

if sys.platform == "win32":
    pytest.skip("there are no limits and small disks like these", allow_module_level=True)

import resource

from tests.marks import first_cases, on_both_databases, slow_cases

# Killed at a random moment.


@dataclass
class Ledger:
    """What must be in a garden, from what was confirmed."""

    acts: list[tuple[str, list[int]]] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)  # places in acts, the last undone last
    contents: dict[int, str] = field(default_factory=dict)

    def note(self, kind: str, ids: list[int], contents: list[str]) -> None:
        holding = [at for at in range(len(self.acts)) if at not in self.undone]
        if kind == "undo":
            self.undone += holding[-1:]
        elif kind == "redo":
            if self.undone and (not holding or self.undone[-1] > holding[-1]):
                self.undone.pop()
        else:
            self.acts.append((kind, ids))
            self.contents |= dict(zip(ids, contents, strict=bool(contents)))

    def tells(self) -> tuple[object, ...]:
        marks: dict[int, set[str]] = defaultdict(set)
        for at, (kind, ids) in enumerate(self.acts):
            if kind == "save":
                for id in ids if at in self.undone else []:
                    marks[id].add("away")
            elif at not in self.undone:
                mark = "keep" if kind == "edit" else kind
                marks[ids[0]].add(mark)
                marks[ids[0]].discard({"keep": "drop", "drop": "keep"}.get(mark, ""))
        return (
            [
                ("breed" if kind == "save" else kind, at in self.undone)
                for at, (kind, _) in enumerate(self.acts)
            ],
            {id: marks[id] for id in self.contents},
            self.contents,
        )


def found_in(garden: Garden, ids: list[int]) -> tuple[object, ...]:
    texts = garden.texts(ids)
    return (
        [(act.kind, act.undone) for act in garden.acts(limit=10**6)][::-1],
        {text.id: set(text.marks) for text in texts},
        {text.id: text.content for text in texts},
    )


def tended_until_killed(
    place: str, seed: int, draw: random.Random
) -> list[tuple[str, str, list[int], list[str]]]:
    """Have a garden tended, kill who tends it at a random moment, and give what it told."""
    process, wire = in_a_process(tend, place, seed)
    told: list[tuple[str, str, list[int], list[str]]] = []
    # Mostly while it works, sometimes while it still opens the garden.
    wanted = draw.choice([0, 1, 2, 3, 5, 8])
    with suppress(EOFError):
        while len(told) < wanted * 2:
            told.append(wire.recv())
        end = time.monotonic() + draw.uniform(0, 0.012 if wanted else 0.03)
        while (left := end - time.monotonic()) > 0:
            if wire.poll(left):
                told.append(wire.recv())
    process.kill()
    process.join()
    with suppress(EOFError):
        while True:
            told.append(wire.recv())
    wire.close()
    return told


def require_all(place: str, ledger: Ledger, tried: str | None, target: list[int]) -> Ledger:
    """Hold a garden against the ledger; the act that was cut short is there whole, or not at all.

    Returns:
        The ledger, with that act if it is there.
    """
    with open_garden(place) as garden:
        garden.add(keep=False)  # nothing, but in its turn: a server may still finish the last act
        assert garden.verify() == []
        newest = garden.broods(limit=1)
        saved = bool(newest) and newest[0][0].id not in ledger.contents
        if not saved and found_in(garden, list(ledger.contents)) == ledger.tells():
            return ledger
        assert tried is not None
        assert saved == (tried == "save")
        after = deepcopy(ledger)
        born, contents = target, []
        if tried in {"save", "edit"}:
            texts = garden.broods(limit=1)[0] if tried == "save" else garden.search.page(limit=1)
            born = [text.id for text in texts]
            contents = [text.content for text in texts]
            assert not set(born) & ledger.contents.keys()
        after.note(tried, born, contents)
        assert found_in(garden, list(after.contents)) == after.tells()
        return after


def rounds(place: str, seeds: range) -> int:
    """Tend and kill again and again; give how many acts were confirmed."""
    ledger = Ledger()
    confirmed = 0
    for seed in seeds:
        told = tended_until_killed(place, seed, random.Random(seed))
        tried, target = None, []
        for said, kind, ids, contents in told:
            tried, target = (kind, ids) if said == "try" else (None, [])
            if said == "done":
                ledger.note(kind, ids, contents)
                confirmed += 1
        ledger = require_all(place, ledger, tried, target)
    return confirmed


@pytest.mark.parametrize(
    "tenth", [0, *(pytest.param(each, marks=pytest.mark.slow) for each in range(1, 10))]
)
def test_nothing_confirmed_is_lost_in_two_hundred_kills(tmp_path: Path, tenth: int) -> None:
    assert rounds(str(tmp_path / "garden.db"), range(tenth * 20, tenth * 20 + 20)) > 20


@pytest.mark.parametrize("kills", [6, pytest.param(15, marks=pytest.mark.slow)])
def test_nothing_confirmed_is_lost_when_a_client_of_a_server_is_killed(
    database: str, kills: int
) -> None:
    assert rounds(database, range(kills)) > kills


# A full disk.


class Room(Protocol):
    """A folder whose room can be taken and given back."""

    folder: Path

    def take(self) -> None: ...

    def give(self) -> None: ...


@dataclass
class SmallDisk:
    """A disk of a few megabytes, in memory."""

    folder: Path

    def take(self) -> None:
        with suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass

    def give(self) -> None:
        (self.folder / "filler").unlink()


@dataclass
class Quota:
    """A limit to how large this process may make a file."""

    folder: Path
    before: tuple[int, int] = field(
        default_factory=lambda: resource.getrlimit(resource.RLIMIT_FSIZE)
    )

    def take(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, self.before[1]))

    def give(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


@pytest.fixture(params=[*slow_cases(["small disk"]), "quota"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    """Give a folder that can become full: a small disk where we may mount one, and a quota."""
    folder = tmp_path / "small"
    folder.mkdir()
    if request.param == "quota":
        quota = Quota(folder)
        yield quota
        quota.give()
        return
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nobody may mount here; the quota does the same")
    yield SmallDisk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_told_and_loses_nothing_confirmed(room: Room) -> None:
    with open_garden(room.folder / "garden.db") as garden:
        confirmed = list(garden.add("fog", "sea"))
        room.take()
        with pytest.raises(StorageError) as caught:  # noqa: PT012 - which of them is not known
            for number in range(5_000):
                confirmed += garden.add(f"{number} " + "x" * 2_000)
                garden.pin(confirmed[-1])
        assert "room" in caught.value.hint
        with pytest.raises(StorageError):
            garden.add("y" * 1_000_000)
        acts = garden.acts(limit=10**6)
        assert garden.texts([text.id for text in confirmed]) == confirmed
        os.utime(
            room.folder / "garden.db"
        )  # as when the log is folded: the file is looked at again
        with pytest.raises(StorageError) as caught:
            garden.add("z" * 1_000_000)
        assert "room" in caught.value.hint
        room.give()
        later = garden.add("after all")
        assert garden.undo() is not None
        assert garden.redo() is not None
    with open_garden(room.folder / "garden.db") as garden:
        assert garden.texts([text.id for text in confirmed + later]) == confirmed + later
        assert garden.acts(limit=10**6)[1:] == acts
        assert garden.verify() == []


def archive_of(run: fl.Run) -> list[tuple[int, str, float]]:
    return [(elite.cell, elite.content, elite.quality) for elite in run.archive]


def run_in(garden: Garden | None, name: str | None = None) -> fl.Run:
    seeds = fl.library("imagists").texts[:6]
    return fl.evolve(seeds, budget=64, seed=1, model="echo", garden=garden, name=name)


def require_to_go_on(garden: Garden, run: fl.Run) -> None:
    """Require that nothing of a run is lost that it told, and that it goes on to its end."""
    stored = garden.runs.get("one")
    assert stored.state in {"interrupted", "failed"}
    told = {each.text.id: each.outcome for each in run.texts}  # type: ignore[attr-defined]
    there = {
        each.text: each.outcome for step in garden.runs.steps(stored.id) for each in step.judged
    }
    assert told.items() <= there.items()
    assert garden.verify() == []
    assert archive_of(fl.evolve(resume="one", garden=garden)) == archive_of(run_in(None))
    assert garden.runs.get("one").state == "done"
    assert garden.verify() == []


@pytest.mark.slow
def test_a_run_on_a_full_disk_ends_with_an_error_and_goes_on_later(room: Room) -> None:
    with open_garden(room.folder / "garden.db") as garden:
        run = run_in(garden, "one")
        with pytest.raises(StorageError) as caught:  # noqa: PT012 - it comes at some later step
            for event in run:
                if isinstance(event, fl.Step) and event.number == 1:
                    room.take()
        assert "room" in caught.value.hint
        assert run.completions < 64
        room.give()
        require_to_go_on(garden, run)


@pytest.mark.slow  # it waits as long as a person would
def test_a_run_in_a_garden_that_another_program_locks_ends_with_an_error_and_goes_on_later(
    tmp_path: Path,
) -> None:
    path = tmp_path / "garden.db"
    with open_garden(path) as garden:
        run = run_in(garden, "one")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            with pytest.raises(StorageError, match="by another program for too long"):  # noqa: PT012
                for event in run:
                    if isinstance(event, fl.Step) and event.number == 1:
                        other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        require_to_go_on(garden, run)


def test_a_garden_is_not_made_on_a_full_disk_and_can_be_made_later(room: Room) -> None:
    (room.folder / "something").touch()
    room.take()
    with pytest.raises(StorageError) as caught:
        open_garden(room.folder / "garden.db")
    assert caught.value.hint
    room.give()
    with open_garden(room.folder / "garden.db") as garden:
        garden.add("fog")
        assert garden.verify() == []


def test_a_garden_on_a_full_disk_can_be_read_and_says_why_it_is_not_written(room: Room) -> None:
    place = room.folder / "garden.db"
    with open_garden(place) as garden:
        texts = garden.add("fog", "sea")
    for _ in range(2):  # the first leaves the beginning of a log behind
        room.take()
        with open_garden(place) as garden:
            assert garden.read_only
            assert garden.texts([text.id for text in texts]) == texts
            assert garden.verify() == []
            with pytest.raises(StorageError) as caught:
                garden.add("rain")
            assert "room" in caught.value.hint
        room.give()
    with open_garden(place) as garden:
        garden.add("rain")
        assert len(garden.search.page()) == 3
        assert garden.verify() == []


def test_what_is_still_in_a_log_on_a_full_disk_is_read_too(room: Room, tmp_path: Path) -> None:
    if isinstance(room, Quota):
        pytest.skip("there is no room for a copy anywhere")
    with open_garden(tmp_path / "garden.db") as garden:
        garden.add("fog")
        for suffix in ("", "-wal"):  # as after a kill -9
            content = (tmp_path / f"garden.db{suffix}").read_bytes()
            (room.folder / f"garden.db{suffix}").write_bytes(content)
    assert (room.folder / "garden.db-wal").stat().st_size > 0
    room.take()
    with open_garden(room.folder / "garden.db") as garden:
        assert [text.content for text in garden.search.page()] == ["fog"]


@pytest.mark.parametrize("revision", [revisions()[0], *slow_cases(revisions()[1:-1])])
def test_a_garden_that_cannot_be_brought_up_to_date_stays_as_it_was(
    room: Room, revision: str
) -> None:
    place = room.folder / "garden.db"
    plant_old(str(place), revision)
    (room.folder / f"garden.db.before-{HEAD}").write_bytes(place.read_bytes())
    room.take()
    with pytest.raises(StorageError) as caught:
        open_garden(place)
    assert caught.value.hint
    room.give()
    with open_garden(place) as garden:
        require_planted(garden)


def test_a_copy_that_cannot_be_made_whole_is_not_made(room: Room) -> None:
    place = room.folder / "garden.db"
    plant_old(str(place), revisions()[0])
    copy = place.with_name(f"garden.db.before-{HEAD}")
    room.take()
    with pytest.raises(StorageError):
        open_garden(place)
    assert not copy.exists()
    room.give()
    with open_garden(place) as garden:
        require_planted(garden)
    assert copy.stat().st_size > 20_000
    assert [file.name for file in sorted(room.folder.glob("garden*"))] == [place.name, copy.name]


# Two at once.


def done(process: Started) -> bool:
    return process[1].poll()


@on_both_databases
@pytest.mark.parametrize("n", first_cases(1, [15, 100]))
def test_two_writers_lose_nothing_and_hinder_no_reader(place: str, n: int) -> None:
    with open_garden(place) as garden:
        garden.add("fog, from the beginning")
        writers = [in_a_process(write, place, name, 2 * n) for name in ("sea", "city")]
        seen = 0
        while not all(done(writer) for writer in writers):
            counts = garden.counts()
            assert seen <= counts["texts"]
            seen = counts["texts"]
            assert counts["kept"] >= counts["pinned"]
            for text in garden.search.words("sea", limit=5):
                assert "keep" in text.marks
        sea, city = (alone(writer) for writer in writers)
        assert len({*sea, *city}) == 2 * n
        for name, ids in (("sea", sea), ("city", city)):
            texts = garden.texts(ids)
            assert [text.content for text in texts] == [f"{name} {each}" for each in range(n)]
            assert all(text.marks == {"keep", "pin"} for text in texts)
        assert len(garden.acts(limit=1_000)) == 4 * n + 1
        assert garden.verify() == []


@on_both_databases
def test_a_garden_is_made_by_several_at_once(place: str) -> None:
    numbers = [alone(each) for each in [in_a_process(first, place) for _ in range(6)]]
    with open_garden(place) as garden:
        assert set(numbers) == {text.id for text in garden.search.page()}
        assert len(garden.acts()) == 6
        assert garden.verify() == []


@on_both_databases
def test_an_older_garden_is_brought_up_to_date_by_several_at_once(place: str) -> None:
    plant_old(place, revisions()[0])
    for each in [in_a_process(first, place) for _ in range(4)]:
        alone(each)
    with open_garden(place) as garden:
        assert len(garden.acts()) == 9
        assert garden.verify() == []
