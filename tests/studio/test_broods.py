"""Broods over the wire: exactly n, as they come, and nothing lost with the connection."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from tests.models.server import Server
from tests.studio.conftest import Bed, ForkedStudio, Studio, Told, free_port

PARENTS = ["a gull over the grey harbour", "the tide takes back the sand", "salt on the window"]
MANY = 6
"""So many offspring that a slow model is still at it when others have looked, on any machine."""
EVENTS = {"Accept": "text/event-stream"}


@pytest.fixture
def slow(tmp_path: Path, talkers: Server) -> Any:
    """Give a running studio whose model takes its time."""
    studio = ForkedStudio(tmp_path, free_port(), model=f"{talkers.base('slow')}#m")
    studio.start()
    yield studio
    studio.kill()


def begin(studio: Studio, n: int = 3) -> int:
    begun = studio.ask("POST", "/api/beds", json={"name": "sea", "parents": PARENTS}).json()
    studio.ask("PATCH", f"/api/beds/{begun['id']}", json={"n": n})
    return int(begun["id"])


def bed_of(studio: Studio, bed: int) -> Bed:
    told: Bed = studio.ask("GET", f"/api/beds/{bed}").json()
    return told


def names(told: list[Told]) -> Counter[str]:
    return Counter(each.event for each in told)


def last_of_each(told: list[Told]) -> dict[int, Any]:
    """Give the offspring of each place; a sound one, too, may be told of anew.

    It is when an earlier place comes to hold the same.
    """
    return {each.data["index"]: each.data["text"] for each in told if each.event == "offspring"}


def first_offspring(told: Told) -> bool:
    return told.event in {"offspring", "flawed"}


def sound(told: Told) -> bool:
    """Say whether it is an offspring that stays; a flawed one may be asked for again."""
    return told.event == "offspring"


def test_a_brood_comes_as_events_one_offspring_each(studio: Studio) -> None:
    asked = {"parents": PARENTS, "n": 4, "pattern": "poems"}
    told = studio.follow("POST", "/api/broods", json=asked, headers=EVENTS)
    assert told[0].event == "brood"
    assert told[-1].event == "done"
    assert names(told)["token"] >= 4
    assert sorted(last_of_each(told)) == list(range(4))
    assert [each.id for each in told] == list(range(1, len(told) + 1))
    assert told[0].data["prompt"].startswith("a poem:\na gull")
    ids = [text["id"] for _, text in sorted(last_of_each(told).items())]
    assert ids == [each["id"] for each in told[-1].data["brood"]["offspring"]]


def test_the_parents_of_a_brood_say_who_wrote_which_words(studio: Studio) -> None:
    bed = begin(studio, n=1)
    bred = studio.follow("POST", "/api/broods", json={"bed": bed}, headers=EVENTS)[-1]
    text = bred.data["brood"]["offspring"][0]
    asked = {"content": f"at dawn {text['content']}"}
    edit = studio.ask("POST", f"/api/texts/{text['id']}/edits", json=asked).json()
    again = studio.ask("POST", f"/api/texts/{edit['id']}/edits", json={"content": edit["content"]})
    assert {each["author"] for each in again.json()["spans"]} == {"person", "model"}
    studio.ask("PATCH", f"/api/beds/{bed}", json={"parents": [again.json()["id"]]})
    begun = studio.follow("POST", "/api/broods", json={"bed": bed}, headers=EVENTS)[0]
    assert begun.data["parents"][0]["spans"] == again.json()["spans"]


@pytest.mark.slow
def test_of_a_large_brood_every_offspring_is_told_with_its_number(studio: Studio) -> None:
    bed = begin(studio, n=60)
    told = studio.follow("POST", "/api/broods", json={"bed": bed}, headers=EVENTS)
    assert [each.id for each in told] == list(range(1, len(told) + 1))
    last = last_of_each(told)
    assert sorted(last) == list(range(60))
    offspring = told[-1].data["brood"]["offspring"]
    assert [last[index]["id"] for index in range(60)] == [each["id"] for each in offspring]
    assert [each["id"] for each in bed_of(studio, bed)["shown"]] == [
        each["id"] for each in offspring
    ]
    with Garden(studio.garden) as garden:
        assert garden.verify() == []


def test_a_text_has_id_content_and_its_whole_origin(studio: Studio) -> None:
    asked = {"parents": PARENTS, "n": 1, "seed": 7, "start": "the sea"}
    told = studio.follow("POST", "/api/broods", json=asked, headers=EVENTS)
    (text,) = [each.data["text"] for each in told if each.event == "offspring"]
    origin = text["origin"]
    assert text["id"] > 0
    assert text["content"].startswith("the sea")
    assert origin["author"] == "model"
    assert (origin["model"], origin["start"], origin["reproducible"]) == ("echo", "the sea", True)
    assert origin["prompt"].endswith("the sea")
    assert len(origin["parents"]) == 3
    assert origin["sampling"]["min_p"] == 0.05


def test_one_json_document_where_only_that_is_accepted(client: TestClient) -> None:
    answer = client.post(
        "/api/broods",
        json={"parents": ["|", "cat"], "n": 2, "pattern": "lines"},
        headers={"Accept": "application/json"},
    )
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.json()["offspring"]) == 2


def test_the_embedded_model_breeds(local_studio: Studio) -> None:
    bed = begin(local_studio, n=1)
    local_studio.ask("PATCH", f"/api/beds/{bed}", json={"settings": {"max_tokens": 8}})
    answer = local_studio.ask(
        "POST", "/api/broods", json={"bed": bed}, headers={"Accept": "application/json"}
    )
    assert answer.is_success, answer.text
    assert bed_of(local_studio, bed)["brood"]["model"] == "gemma-3-270m-english"


def test_parents_may_be_texts_or_numbers(client: TestClient, bed: Bed) -> None:
    number = bed["parents"][0]["id"]
    answer = client.post(
        "/api/broods",
        json={"parents": [number, "a new one"], "n": 1},
        headers={"Accept": "application/json"},
    )
    assert answer.json()["parents"][0] == number
    assert len(answer.json()["parents"]) == 2


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 422),
        ({"parents": []}, 422),
        ({"parents": [" "]}, 422),
        ({"parents": ["a"], "n": 0}, 422),
        ({"parents": ["a"], "n": 1001}, 422),
        ({"parents": ["a"], "pattern": "nothing"}, 422),
        ({"parents": [99]}, 422),
        ({"parents": ["a\n---\nb"]}, 422),
        ({"parents": ["a"], "model": "nobody"}, 422),
        ({"parents": ["a"], "temperature": -2}, 422),
        ({"parents": ["a"], "seed": 2**40}, 422),
        ({"parents": ["a"], "colour": 1}, 422),
        ({"bed": 99}, 404),
        ({"parents": ["a"], "operation": "refined"}, 422),
    ],
)
def test_what_cannot_be_bred_is_a_problem_with_a_hint(
    client: TestClient, asked: dict[str, Any], status: int
) -> None:
    answer = client.post("/api/broods", json=asked, headers={"Accept": "application/json"})
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["title"]
    assert problem["detail"]
    assert problem["hint"]


def test_an_error_while_breeding_comes_as_an_event(tmp_path: Path, talkers: Server) -> None:
    studio = ForkedStudio(tmp_path, free_port(), model=f"{talkers.base('unauthorised')}#m")
    studio.start()
    try:
        asked = {"parents": PARENTS, "n": 1}
        told = studio.follow("POST", "/api/broods", json=asked, headers=EVENTS)
    finally:
        studio.kill()
    assert told[-1].event == "error"
    assert told[-1].data["hint"]
    assert "Traceback" not in studio.said.read_text()


def test_a_brood_goes_on_without_its_page_and_is_found_again(slow: Studio) -> None:
    bed = begin(slow, n=MANY)
    begun = slow.follow(
        "POST", "/api/broods", json={"bed": bed}, headers=EVENTS, until=first_offspring
    )
    running = bed_of(slow, bed)["running"]
    assert running["n"] == MANY
    last = begun[-1].id
    rest = slow.follow(
        "GET", f"/api/broods/running/{running['key']}", headers={"Last-Event-ID": str(last)}
    )
    assert rest[0].id == last + 1
    assert rest[-1].event == "done"
    whole = [*begun, *rest]
    assert [each.id for each in whole] == list(range(1, len(whole) + 1))
    assert sorted(last_of_each(whole)) == list(range(MANY))
    now = bed_of(slow, bed)
    assert now["running"] is None
    assert len(now["shown"]) == MANY


def test_who_comes_back_after_the_end_hears_what_came(studio: Studio) -> None:
    asked = {"parents": PARENTS, "n": 3}
    told = studio.follow("POST", "/api/broods", json=asked, headers=EVENTS)
    key = told[0].data["key"]
    url = f"/api/broods/running/{key}"
    late = studio.follow("GET", url)
    assert sorted(last_of_each(late)) == [0, 1, 2]
    assert names(late)["token"] == 0
    assert late[-1] == told[-1]
    assert studio.follow("GET", url, headers={"Last-Event-ID": str(told[-2].id)}) == told[-1:]
    assert studio.follow("GET", url, headers={"Last-Event-ID": str(told[-1].id)}) == []


def test_what_came_is_kept_when_it_is_stopped(slow: Studio) -> None:
    bed = begin(slow, n=40)
    slow.follow("POST", "/api/broods", json={"bed": bed}, headers=EVENTS, until=first_offspring)
    key = bed_of(slow, bed)["running"]["key"]
    assert slow.ask("DELETE", f"/api/broods/running/{key}").json()["ended"] is True
    now = bed_of(slow, bed)
    assert now["running"] is None
    came = [each for each in now["shown"] if each]
    assert 1 <= len(came) < 40
    assert now["brood"]["asked"] == 40
    assert "You stopped it" in now["brood"]["notes"][0]


def test_what_came_survives_a_kill(slow: Studio) -> None:
    bed = begin(slow, n=MANY)
    told = slow.follow(
        "POST", "/api/broods", json={"bed": bed}, headers=EVENTS, until=first_offspring
    )
    came = told[-1].data["text"]
    slow.kill()
    slow.start()
    now = bed_of(slow, bed)
    assert now["running"] is None
    assert came["content"] in [each["content"] for each in now["shown"] if each]
    with Garden(slow.garden) as garden:
        assert garden.verify() == []


@pytest.mark.slow
def test_what_came_is_saved_when_the_server_is_stopped(slow: Studio) -> None:
    bed = begin(slow, n=MANY)
    slow.follow("POST", "/api/broods", json={"bed": bed}, headers=EVENTS, until=first_offspring)
    slow.stop()
    slow.start()
    assert any(bed_of(slow, bed)["shown"])
    assert "Traceback" not in slow.said.read_text()


@pytest.mark.slow
def test_an_offspring_is_kept_while_the_others_still_come(slow: Studio) -> None:
    bed = begin(slow, n=MANY)
    told = slow.follow("POST", "/api/broods", json={"bed": bed}, headers=EVENTS, until=sound)
    text = told[-1].data["text"]
    kept = slow.ask("POST", "/api/marks", json={"mark": "keep", "ids": [text["id"]], "bed": bed})
    assert kept.json()[0]["marks"] == ["keep"]
    key = bed_of(slow, bed)["running"]["key"]
    slow.follow("GET", f"/api/broods/running/{key}")
    now = bed_of(slow, bed)
    assert [each["id"] for each in now["shown"] if each and "keep" in each["marks"]] == [text["id"]]
    assert len(now["shown"]) == MANY


def test_a_bed_has_one_brood_at_a_time(slow: Studio) -> None:
    bed = begin(slow, n=MANY)
    slow.follow("POST", "/api/broods", json={"bed": bed}, headers=EVENTS, until=lambda _: True)
    again = slow.ask("POST", "/api/broods", json={"bed": bed}, headers=EVENTS)
    assert again.status_code == 409
    assert "stop it first" in again.json()["hint"]


def test_a_second_tab_hears_what_the_first_one_does(studio: Studio) -> None:
    bed = begin(studio)
    text = bed_of(studio, bed)["parents"][0]["id"]

    def seen_the_change(told: Told) -> bool:
        if told.data["revision"] == before:
            studio.ask("PATCH", f"/api/beds/{bed}", json={"parents": [text]})
            return False
        return True

    before = bed_of(studio, bed)["revision"]
    told = studio.follow("GET", f"/api/beds/{bed}/events", until=seen_the_change)
    assert told[-1].data["revision"] > before


@pytest.mark.slow
def test_a_brood_on_the_embedded_model(tmp_path: Path) -> None:
    studio = ForkedStudio(tmp_path, free_port(), model="local")
    studio.start()
    try:
        bed = begin(studio, n=2)
        asked = {"bed": bed, "max_tokens": 12}
        told = studio.follow("POST", "/api/broods", json=asked, headers=EVENTS)
        assert names(told)["offspring"] == 2
        assert told[-1].data["brood"]["model"] == "gemma-3-270m-english"
        assert names(told)["token"] > 2
        models = studio.ask("GET", "/api/models").json()
        assert next(each["state"] for each in models if each["name"] == "local") == "ready"
    finally:
        studio.kill()
