"""Whatever happens to the disk or the file of a garden, what came is kept."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden, open_garden
from flourishing.studio.app import make_app
from flourishing.studio.guard import Door
from tests.garden.test_files import remove, remove_log, replace_by_another
from tests.marks import slow_cases
from tests.models.server import Server
from tests.studio.conftest import PORT, ForkedStudio, Studio, Told, free_port

if sys.platform == "win32":
    pytest.skip("there are no small disks and signals like these", allow_module_level=True)

PARENTS = ["a gull over the grey harbour", "the tide takes back the sand", "salt on the window"]
EVENTS = {"Accept": "text/event-stream"}
ROUNDS = 10


def at_once(times: int, work: Callable[[int], Any]) -> list[Any]:
    """Do something in several threads at the same moment; give what each gave."""
    begun, given = threading.Barrier(times), [None] * times

    def do(number: int) -> None:
        begun.wait()
        given[number] = work(number)

    threads = [threading.Thread(target=do, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


# Changes at once.


@pytest.mark.slow
def test_of_parents_and_settings_that_are_added_at_once_none_is_lost(studio: Studio) -> None:
    for number in range(ROUNDS):
        bed = studio.ask("POST", "/api/beds", json={"name": f"{number}", "parents": PARENTS}).json()
        url, seen = f"/api/beds/{bed['id']}", [text["id"] for text in bed["parents"]]
        (new,) = studio.ask("POST", "/api/texts", json={"texts": ["new"]}).json()
        asked: list[tuple[str, str, Any]] = [
            *(
                ("POST", "/api/texts", {"texts": [f"{number}: {at}"], "bed": bed["id"]})
                for at in range(6)
            ),
            ("PATCH", url, {"settings": {"temperature": 0.5}}),
            ("PATCH", url, {"settings": {"min_p": 0.1}}),
            ("PATCH", url, {"parents": [*seen, new["id"]], "parents_seen": seen}),
            ("PATCH", url, {"parents": seen[1:], "parents_seen": seen}),
        ]

        def ask(at: int, asked: list[tuple[str, str, Any]] = asked) -> int:
            method, path, body = asked[at]
            return studio.ask(method, path, json=body, timeout=120).status_code

        assert set(at_once(len(asked), ask)) == {200, 201}
        now = studio.ask("GET", url).json()
        found = [text["content"] for text in now["parents"]]
        assert sorted(found) == sorted(
            [*PARENTS[1:], "new", *(f"{number}: {at}" for at in range(6))]
        )
        assert (now["settings"]["temperature"], now["settings"]["min_p"]) == (0.5, 0.1)


@pytest.mark.slow
def test_of_beds_of_one_name_one_is_begun(studio: Studio) -> None:
    def begin(name: str) -> int:
        body = {"name": name, "parents": ["a gull"]}
        return studio.ask("POST", "/api/beds", json=body, timeout=120).status_code

    for number in range(ROUNDS):
        codes = at_once(6, lambda _, number=number: begin(f"bed {number}"))  # type: ignore[misc]
        assert sorted(codes) == [201, *[422] * 5]


# One file.


def test_a_backup_of_a_running_studio_is_a_whole_garden(
    client: TestClient, garden: Garden, tmp_path: Path
) -> None:
    garden.add("fog", "sea")
    answer = client.post("/api/garden/backup")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith('.db"')
    (tmp_path / "copy.db").write_bytes(answer.content)
    with open_garden(tmp_path / "copy.db") as copy:
        assert copy.verify() == []
        assert copy.search.page() == garden.search.page()


@pytest.mark.parametrize("end", [Studio.stop, *slow_cases([Studio.terminate, Studio.hang_up])])
def test_the_file_alone_is_whole_when_the_studio_ended(
    studio: Studio, tmp_path: Path, end: Callable[[Studio], None]
) -> None:
    written = studio.ask("POST", "/api/texts", json={"texts": ["fog", "sea"]}).json()
    end(studio)
    assert [file.name for file in studio.garden.parent.glob("garden.db*")] == ["garden.db"]
    with open_garden(studio.garden) as garden:
        assert [text.content for text in garden.texts([each["id"] for each in written])] == [
            "fog",
            "sea",
        ]


# What came is kept.


@pytest.fixture
def slow(tmp_path: Path, talkers: Server) -> Iterator[Studio]:
    """Give a studio whose model takes its time; it is not started yet."""
    studio = ForkedStudio(tmp_path, free_port(), model=f"{talkers.base('slow')}#m")
    yield studio
    studio.kill()


def begin(studio: Studio) -> int:
    return int(
        studio.ask("POST", "/api/beds", json={"name": "sea", "parents": PARENTS}).json()["id"]
    )


def unsaved(told: Told) -> bool:
    return told.event == "notice" and "kept in memory" in told.data["words"]


@pytest.mark.parametrize("end", [*slow_cases([Studio.stop, Studio.terminate]), Studio.hang_up])
def test_what_came_is_saved_when_the_studio_is_told_to_end(
    slow: Studio, end: Callable[[Studio], None]
) -> None:
    slow.start()
    bed = begin(slow)
    slow.follow(
        "POST",
        "/api/broods",
        json={"bed": bed, "n": 40},
        headers=EVENTS,
        until=lambda told: told.event in {"offspring", "flawed"},
    )
    end(slow)
    with open_garden(slow.garden) as garden:
        (brood,) = garden.broods()
        assert 1 <= len(brood) < 40
        assert "You stopped it after" in brood.notes[0]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of few megabytes for the garden of a studio."""
    folder = tmp_path / "data"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nobody may mount here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            return filler
    return filler


@pytest.mark.slow
def test_on_a_full_disk_offspring_are_kept_until_there_is_room(small: Path, slow: Studio) -> None:
    slow.start()
    bed = begin(slow)
    filler = fill(small)
    told = slow.follow(
        "POST", "/api/broods", json={"bed": bed, "n": 4}, headers=EVENTS, until=unsaved
    )
    assert "room" in told[-1].data["words"]
    key = told[0].data["key"]
    # To stop it loses nothing either.
    assert slow.ask("DELETE", f"/api/broods/running/{key}", timeout=60).status_code == 200
    filler.unlink()
    told = slow.follow("GET", f"/api/broods/running/{key}", headers=EVENTS)
    assert told[-1].event == "done"
    came = {each.data["text"]["id"] for each in told if each.event == "offspring"}
    assert came
    slow.kill()
    with open_garden(slow.garden) as garden:
        (brood,) = garden.broods()
        assert came <= {text.id for text in brood}
        assert garden.verify() == []


def test_what_could_not_be_stored_to_the_end_is_in_a_file_that_can_be_imported(
    small: Path, slow: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    slow.start()
    bed = begin(slow)
    filler = fill(small)
    slow.follow("POST", "/api/broods", json={"bed": bed, "n": 40}, headers=EVENTS, until=unsaved)
    slow.stop()
    (rescued,) = (tmp_path / "elsewhere").iterdir()
    assert str(rescued) in slow.said.read_text(encoding="utf-8")
    filler.unlink()
    command = [sys.executable, "-m", "flourishing", "garden", "import", str(rescued)]
    subprocess.run([*command, "--garden", str(slow.garden)], check=True, capture_output=True)
    with open_garden(slow.garden) as garden:
        assert any(text.origin.author == "model" for text in garden.search.page())
        assert garden.verify() == []


# The file changed underneath.


@pytest.mark.parametrize("change", [*slow_cases([replace_by_another, remove]), remove_log])
def test_a_file_that_changed_is_said_and_all_of_it_can_still_be_backed_up(
    slow: Studio, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    slow.start()
    bed = begin(slow)
    confirmed = slow.ask("POST", "/api/texts", json={"texts": ["fog"], "bed": bed}).json()
    change(slow.garden)
    refused = slow.ask("POST", "/api/texts", json={"texts": ["lost"], "bed": bed})
    assert refused.status_code == 507
    assert "while the garden was open" in refused.json()["detail"]
    assert "back up" in refused.json()["hint"]
    told = slow.follow(
        "POST", "/api/broods", json={"bed": bed, "n": 3}, headers=EVENTS, until=unsaved
    )
    backup = slow.ask("POST", "/api/garden/backup", timeout=60)
    assert backup.status_code == 200, backup.text
    (tmp_path / "rescued.db").write_bytes(backup.content)
    with open_garden(tmp_path / "rescued.db") as garden:
        assert garden.verify() == []
        assert garden.text(confirmed[0]["id"]).content == "fog"
        assert garden.beds.get(bed).parents[-1] == confirmed[0]["id"]
        (brood,) = garden.broods()
        assert brood.prompt == told[0].data["prompt"]
    slow.stop()
    assert list(slow.garden.parent.glob("*.unsaved-*.jsonl"))
    slow.start()  # with the file that is there now
    assert slow.ask("POST", "/api/texts", json={"texts": ["after all"]}).status_code == 201
    slow.stop()
    with open_garden(slow.garden) as garden:
        assert garden.verify() == []
        contents = {text.content for text in garden.search.page()}
        assert "after all" in contents
        assert ("fog" in contents) == (change is remove_log)


# What can only be read.


@pytest.mark.parametrize("bed", [True, False])
def test_a_garden_that_can_only_be_read_is_shown_searched_and_exported(
    tmp_path: Path, bed: bool
) -> None:
    (tmp_path / "source").mkdir()
    folder = tmp_path / "medium"
    folder.mkdir()
    with open_garden(tmp_path / "source" / "garden.db") as garden:
        (fog,) = garden.add("fog")
        garden.shelves.put("mine", fog)
        if bed:
            garden.beds.open("sea", parents=(fog.id,))
    try:
        for options in (["--bind", str(tmp_path / "source")], ["-o", "remount,bind,ro"]):
            subprocess.run(["mount", *options, str(folder)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nobody may mount here")
    try:
        with open_garden(folder / "garden.db") as garden:
            app = make_app(garden, door=Door("127.0.0.1", PORT), model="echo")
            with TestClient(app, base_url=f"http://127.0.0.1:{PORT}") as client:
                assert client.get("/api/studio").status_code == 200
                found = client.get("/api/texts", params={"words": "fog"}).json()
                assert [text["content"] for text in found] == ["fog"]
                assert client.get("/api/beds").status_code == 200
                for asked in ({"form": "jsonl"}, {"form": "plain", "collection": "mine"}):
                    exported = client.post("/api/export", json=asked)
                    assert "fog" in exported.text
                assert client.post("/api/garden/backup").status_code == 200
                for path, body in (
                    ("/api/texts", {"texts": ["lost"]}),
                    ("/api/broods", {"parents": ["a"], "n": 1}),
                ):
                    refused = client.post(path, json=body)
                    assert refused.status_code == 507
                    assert "read" in refused.json()["detail"]
                    assert refused.json()["hint"]
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
