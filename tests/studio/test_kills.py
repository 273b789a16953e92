"""Two studios that are killed, or whose file is replaced, while acts are confirmed: none is lost.

One round runs by default, three with the slow tests; FLOURISHING_ROUNDS asks for more, as in:
FLOURISHING_ROUNDS=60 pytest -m "" tests/studio/test_kills.py -s
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from flourishing.garden import Garden, open_garden
from tests.garden.test_files import move
from tests.marks import first_cases
from tests.studio.conftest import ForkedStudio, Studio, free_port

pytestmark = pytest.mark.process

if sys.platform == "win32":
    pytest.skip("no process is killed like this", allow_module_level=True)

ROUNDS = int(os.environ.get("FLOURISHING_ROUNDS", "3"))
JSON = {"Accept": "application/json"}


@dataclass
class Confirmed:
    """What studios confirmed, and so must be there."""

    contents: dict[int, str] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    parents: set[int] = field(default_factory=set)
    broods: dict[int, list[int]] = field(default_factory=dict)
    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)

    def require(self, garden: Garden) -> None:
        assert garden.verify() == []
        ids = sorted(self.contents)
        found = {text.id: text for text in garden.texts(ids)}
        assert {id: found[id].content for id in ids} == self.contents
        assert all("keep" in found[id].marks for id in self.kept)
        assert self.parents <= set(garden.beds.open("sea").parents)
        for id, offspring in self.broods.items():
            assert [text.id for text in garden.brood(id)] == offspring


def tend(studio: Studio, bed: int, draw: random.Random, confirmed: Confirmed) -> None:
    """Do one thing after another until the studio is gone; note what it confirmed."""
    number = 0
    while True:
        number += 1
        what = draw.choice(["write", "write", "keep", "edit", "breed", "set"])
        target = draw.choice([*confirmed.contents]) if confirmed.contents else None
        try:
            answer = _ask(studio, bed, target, what, f"{studio.port} {number} {draw.random()}")
        except httpx2.TransportError:
            return
        if answer.is_error:
            confirmed.refused[answer.status_code] += 1
            time.sleep(0.01)
            continue
        confirmed.acts[what] += 1
        _note(what, answer.json(), target, confirmed)


def _ask(studio: Studio, bed: int, target: int | None, what: str, words: str) -> httpx2.Response:
    if what == "breed":
        asked: dict[str, Any] = {"parents": [words], "n": 2, "seed": len(words), "refills": 0}
        return studio.ask("POST", "/api/broods", json=asked, headers=JSON, timeout=60)
    if what == "set":
        change = {"settings": {"max_tokens": 8 + len(words)}}
        return studio.ask("PATCH", f"/api/beds/{bed}", json=change, timeout=60)
    if what == "keep" and target:
        return studio.ask("POST", "/api/marks", json={"ids": [target], "mark": "keep"}, timeout=60)
    if what == "edit" and target:
        body = {"content": words}
        return studio.ask("POST", f"/api/texts/{target}/edits", json=body, timeout=60)
    return studio.ask("POST", "/api/texts", json={"texts": [words], "bed": bed}, timeout=60)


def _note(what: str, said: Any, target: int | None, confirmed: Confirmed) -> None:
    if what == "breed":
        texts = said["offspring"]
        confirmed.broods[said["id"]] = [text["id"] for text in texts]
    elif what == "set":
        return
    elif what == "keep" and target:
        confirmed.kept.add(target)
        return
    elif what == "edit" and target:
        texts = [said]
        confirmed.kept.add(said["id"])
    else:
        texts = said
        confirmed.parents |= {text["id"] for text in texts}
    confirmed.contents |= {text["id"]: text["content"] for text in texts}


@pytest.mark.parametrize("rounds", first_cases(1, [1, ROUNDS]))
def test_nothing_that_was_confirmed_is_lost(tmp_path: Path, rounds: int) -> None:
    confirmed = Confirmed()
    studios: list[Studio] = [ForkedStudio(tmp_path, free_port()) for _ in range(2)]
    place = studios[0].garden
    with open_garden(place) as garden:
        bed = garden.beds.open("sea").id
    what = Counter[str]()
    try:
        for seed in range(rounds):
            how = ("one killed", "both killed", "file replaced")[seed % 3]
            _round(studios, bed, how, random.Random(seed), confirmed)
            what[how] += 1
    finally:
        for studio in studios:
            studio.kill()
    acts, refused = sum(confirmed.acts.values()), sum(confirmed.refused.values())
    print(
        f"{dict(what)}: {acts} acts confirmed ({dict(confirmed.acts)}), {refused} refused, 0 lost"
    )
    assert acts > rounds


def _round(
    studios: list[Studio], bed: int, how: str, draw: random.Random, confirmed: Confirmed
) -> None:
    place = studios[0].garden
    starting = [threading.Thread(target=each.start) for each in studios if each.process is None]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join()
    before = sum(confirmed.acts.values())
    threads = [
        threading.Thread(
            target=tend, args=(studio, bed, random.Random(draw.random()), confirmed), daemon=True
        )
        for studio in studios
    ]
    for thread in threads:
        thread.start()
    while sum(confirmed.acts.values()) < before + draw.randint(3, 12):
        time.sleep(0.01)
    time.sleep(draw.uniform(0, 0.3))
    backup = None
    if how == "file replaced":
        backup = _replace(studios, place, draw)
    for studio in studios[: 1 if how == "one killed" else 2]:
        studio.kill()
    if how == "one killed":
        time.sleep(draw.uniform(0, 0.3))
        studios[1].kill()
    for thread in threads:
        thread.join()
    if backup is not None:
        assert confirmed.refused[507]
        for suffix in ("-wal", "-shm"):
            place.with_name(place.name + suffix).unlink(missing_ok=True)
        backup.replace(place)
    with open_garden(place) as garden:
        confirmed.require(garden)


def _replace(studios: list[Studio], place: Path, draw: random.Random) -> Path:
    """Put another file in the place of the garden; give what the studios can still save."""
    copy = place.with_name("older.db")
    with open_garden(place) as garden:
        garden.back_up(copy, force=True)
    time.sleep(draw.uniform(0, 0.2))
    if draw.random() < 0.5:
        move(place)
    copy.replace(place)
    for studio in studios:  # until both have seen it
        while studio.ask("POST", "/api/texts", json={"texts": ["lost"]}, timeout=60).is_success:
            time.sleep(0.01)
    answer = studios[0].ask("POST", "/api/garden/backup", timeout=60)
    assert answer.status_code == 200, answer.text
    backup = place.with_name("rescued.db")
    backup.write_bytes(answer.content)
    return backup
