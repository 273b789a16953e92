"""Runs over the wire: begun, followed, stopped, gone on with; and a person's acts inside."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from tests.marks import first_cases
from tests.studio.conftest import Bed, ForkedStudio, Studio, free_port

SEEDS = ["a gull over the grey harbour", "the tide takes back the sand", "salt on the window\nrain"]


def begin(client: TestClient, **asked: Any) -> dict[str, Any]:
    given = {"texts": SEEDS, "kind": "poem", "model": "echo", "seed": 1, "name": "one"}
    answer = client.post("/api/runs", json={**given, "budget": {"completions": 16}, **asked})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def ended(client: TestClient, id: int) -> dict[str, Any]:
    """Give a run once it is at its end."""
    while True:
        told: dict[str, Any] = client.get(f"/api/runs/{id}").json()
        if not told["here"]:
            return told
        time.sleep(0.02)


def test_a_run_is_begun_and_ends_with_an_archive(client: TestClient) -> None:
    begun = begin(client, measures=["lines", "mean-word-length"], quality="distinct-2")
    assert (begun["name"], begun["kind"], begun["model"]) == ("one", "poem", "echo")
    run = ended(client, begun["id"])
    assert (run["state"], run["completions"]) == ("done", 16)
    assert (run["columns"], run["rows"], run["cells"]) == (10, 10, 100)
    elites = run["elites"]
    assert len(elites["text"]) == len(set(elites["cell"])) >= 2
    assert {len(each) for each in elites.values()} == {len(elites["text"])}
    for x, y, cell in zip(elites["x"], elites["y"], elites["cell"], strict=True):
        assert cell == 10 * x + y
    assert run["history"]["completions"] == [0, 8, 16]
    assert run["qd_score"] == run["history"]["qd_score"][-1] > 0
    assert run["cost"]["completion"] > 0
    (listed,) = client.get("/api/runs").json()
    assert (listed["name"], listed["state"], listed["here"]) == ("one", "done", False)
    assert client.get("/api/runs", params={"name": "two"}).json() == []


@pytest.mark.slow
def test_a_run_begins_with_a_bed_or_a_collection(client: TestClient, bed: Bed) -> None:
    run = ended(client, begin(client, texts=[], bed=bed["id"])["id"])
    assert set(run["elites"]["line"]) >= {"a gull"}
    run = ended(client, begin(client, texts=[], collections=["imagists"], name="two")["id"])
    assert len(run["elites"]["text"]) > 5


@pytest.mark.parametrize(
    ("asked", "said"),
    first_cases(
        4,
        [
            ({"measures": ["lines", "lines"]}, "named twice"),
            ({"measures": ["/etc/measure.toml"]}, "no measure"),
            ({"quality": "own.toml"}, "no measure"),
            ({"measures": ["symmetry"]}, "has no symmetry"),
            ({"bed": 99}, "with a bed, with collections"),
            ({"texts": [], "bed": 99}, "no bed"),
            ({"kind": "../poem.toml"}, "poem.toml"),
            ({"emitter": "angel"}, "no emitter"),
            ({"model": "http://127.0.0.1:1#m"}, "127.0.0.1"),
            ({"name": "two\nlines"}, "cannot be called"),
            ({"texts": [7777]}, "7777"),
            ({"budget": {"completions": 0}}, "greater than"),
        ],
    ),
)
def test_what_cannot_be_begun_is_a_problem_with_a_hint(
    client: TestClient, asked: dict[str, Any], said: str
) -> None:
    given = {"texts": SEEDS, "kind": "poem", "model": "echo"} | asked
    answer = client.post("/api/runs", json=given)
    assert answer.status_code in {404, 422}
    assert said in answer.json()["detail"]
    assert answer.json()["hint"]
    assert client.get("/api/runs").json() == []


@pytest.mark.parametrize("asked", [{"quality": "taste"}, {"measures": ["lines", "taste"]}])
def test_a_taste_that_is_not_known_yet_begins_no_run(
    client: TestClient, asked: dict[str, Any]
) -> None:
    given = {"texts": SEEDS, "kind": "poem", "model": "echo", "name": "one", **asked}
    answer = client.post("/api/runs", json=given)
    assert answer.status_code == 422
    assert "do not say yet what is liked" in answer.json()["detail"]
    assert "Keep and drop more texts" in answer.json()["hint"]
    assert client.get("/api/runs").json() == []


def test_a_name_is_given_once(client: TestClient) -> None:
    ended(client, begin(client)["id"])
    answer = client.post("/api/runs", json={"texts": SEEDS, "name": "one", "model": "echo"})
    assert answer.status_code == 422
    assert "already" in answer.json()["detail"]


def test_what_is_not_there_is_missing(client: TestClient) -> None:
    assert client.get("/api/runs/9").status_code == 404
    assert client.get("/api/runs/9/events").status_code == 404
    asked: dict[str, dict[str, Any]] = {
        "stop": {},
        "resume": {},
        "bend": {"towards": []},
        "texts": {"texts": ["a gull"]},
    }
    for what, body in asked.items():
        assert client.post(f"/api/runs/9/{what}", json=body).status_code == 404


@pytest.mark.slow
def test_its_steps_are_followed_to_their_end(studio: Studio) -> None:
    asked = {"texts": SEEDS, "model": "echo", "budget": {"completions": 24}, "name": "one"}
    id = studio.ask("POST", "/api/runs", json=asked).json()["id"]
    told = studio.follow("GET", f"/api/runs/{id}/events")
    assert [each.event for each in told] == ["step"] * 4 + ["ended"]
    assert [each.data["completions"] for each in told[:-1]] == [0, 8, 16, 24]
    assert told[-1].data["state"] == "done"
    assert len(told[0].data["elites"]["text"]) >= 2
    later = studio.follow("GET", f"/api/runs/{id}/events", headers={"Last-Event-ID": "4"})
    assert [each.id for each in later] == [5]


def test_it_is_killed_or_stopped_and_goes_on_with_another_budget(
    tmp_path: Any, talkers: Any
) -> None:
    studio = ForkedStudio(tmp_path, free_port(), model=f"{talkers.base('slow')}#m")
    studio.start()
    try:
        id = studio.ask("POST", "/api/runs", json={"texts": SEEDS}).json()["id"]
        again = studio.ask("POST", f"/api/runs/{id}/resume", json={})
        assert (again.status_code, again.json()["title"]) == (409, "Something else is going on")
        studio.kill()
        studio.start()
        (listed,) = studio.ask("GET", "/api/runs").json()
        for told in (listed, studio.ask("GET", f"/api/runs/{id}").json()):
            assert (told["state"], told["here"]) == ("interrupted", False)
            assert "can go on" in told["reason"]
        told = studio.ask("POST", f"/api/runs/{id}/resume", json={}).json()
        assert (told["state"], told["here"]) == ("running", True)
        told = studio.ask("POST", f"/api/runs/{id}/stop").json()
        assert (told["state"], told["here"]) == ("stopped", False)
        told = studio.ask(
            "POST", f"/api/runs/{id}/resume", json={"budget": {"completions": 8}}
        ).json()
        assert told["here"]
        assert told["budget"]["completions"] in {8, 300}  # it is written as soon as it goes on
    finally:
        studio.stop()
    with Garden(studio.garden) as garden:
        assert garden.runs.all()[0].state == "stopped"  # also by the end of the studio


def test_what_a_person_puts_in_is_measured_when_it_goes_on(client: TestClient) -> None:
    id = ended(client, begin(client)["id"])["id"]
    words = "a lantern goes by over uncountable cobblestones\n\n\nand is gone"
    told = client.post(f"/api/runs/{id}/texts", json={"texts": [words]}).json()
    assert told["waiting"] == 1
    client.post(f"/api/runs/{id}/resume", json={"budget": {"completions": 24}})
    run = ended(client, id)
    assert (run["waiting"], run["completions"]) == (0, 24)
    (at,) = [at for at, line in enumerate(run["elites"]["line"]) if line.startswith("a lantern")]
    assert run["elites"]["own"][at]


def test_a_run_is_bent_towards_squares_and_back(client: TestClient) -> None:
    id = ended(client, begin(client)["id"])["id"]
    told = client.post(f"/api/runs/{id}/bend", json={"towards": [[9, 0], [0, 9]]}).json()
    assert told["bends"] == [[9, 0], [0, 9]]
    assert client.get(f"/api/runs/{id}").json()["bends"] == [[9, 0], [0, 9]]
    assert client.post(f"/api/runs/{id}/bend", json={"towards": []}).json()["bends"] == []
    answer = client.post(f"/api/runs/{id}/bend", json={"towards": [[10, 0]]})
    assert (answer.status_code, "no square" in answer.json()["detail"]) == (422, True)


@pytest.mark.slow
@pytest.mark.parametrize("archive", ["cvt", "novelty"])
def test_every_archive_has_a_map(client: TestClient, archive: str) -> None:
    run = ended(client, begin(client, archive=archive)["id"])
    assert run["form"] == archive
    assert all(0 <= x < run["columns"] for x in run["elites"]["x"])
    assert all(0 <= y < run["rows"] for y in run["elites"]["y"])


def test_what_a_run_keeps_is_said_to_be_a_machines_choice(client: TestClient) -> None:
    run = ended(client, begin(client)["id"])
    text = run["elites"]["text"][0]
    page = client.get(f"/api/texts/{text}/page").json()
    assert page["runs"] == ["one"]
    assert page["text"]["marks"] == []
    client.post("/api/marks", json={"mark": "drop", "ids": [text]})
    assert client.get(f"/api/runs/{run['id']}").json()["dropped"] == [text]
    assert client.get(f"/api/texts/{text}/page").json()["runs"] == ["one"]


def test_what_can_be_begun_with_is_said(client: TestClient) -> None:
    told = client.get("/api/runs/choices").json()
    assert {"lines", "symmetry"} <= {each["name"] for each in told["measures"]}
    poem = next(each for each in told["kinds"] if each["kind"] == "poem")
    assert poem["measures"] == ["lines", "mean-word-length"]
    assert "near" in told["emitters"]


def test_a_run_of_another_version_is_listed_and_says_so(client: TestClient, garden: Garden) -> None:
    run = garden.runs.begin("old", {"version": 0}, garden.add("a gull"))
    (listed,) = client.get("/api/runs").json()
    assert (listed["name"], listed["budget"]) == ("old", None)
    answer = client.get(f"/api/runs/{run.id}")
    assert "another version" in answer.json()["detail"]


def test_a_measure_is_learned_from_which_texts_are_alike(client: TestClient) -> None:
    id = ended(client, begin(client)["id"])["id"]
    asked = client.get(f"/api/runs/{id}/triple").json()
    assert (asked["answers"], asked["needed"]) == (0, 3)
    assert client.get(f"/api/runs/{id}/triple").json() == asked
    for number in range(1, 4):
        refused = client.post(f"/api/runs/{id}/measure", json={"name": asked["name"]})
        assert (refused.status_code, "triple" in refused.json()["detail"]) == (422, True)
        one, two, odd = (text["id"] for text in asked["texts"])
        answer = {"alike": [one, two], "odd": odd}
        asked = client.post(f"/api/runs/{id}/triples", json=answer).json()
        assert asked["answers"] == number
        assert {one, two, odd} != {text["id"] for text in asked["texts"]}
    made = client.post(f"/api/runs/{id}/measure", json={"name": asked["name"]})
    assert made.status_code == 201, made.text
    assert made.json()["name"] in {
        each["name"] for each in client.get("/api/runs/choices").json()["measures"]
    }
    run = ended(client, begin(client, name="two", measures=["lines", asked["name"]])["id"])
    assert run["state"] == "done"
    assert all(0 <= row[1] <= 1 for row in run["elites"]["measures"])
    again = client.post(f"/api/runs/{id}/measure", json={"name": asked["name"]})
    assert "already" in again.json()["detail"]


@pytest.mark.parametrize("alike", first_cases(1, [[1, 1], [1, 99], [1, 2]]))
def test_an_answer_is_of_three_texts_of_the_run(client: TestClient, alike: list[int]) -> None:
    id = ended(client, begin(client)["id"])["id"]
    answer = client.post(f"/api/runs/{id}/triples", json={"alike": alike, "odd": 2})
    assert answer.status_code == 422
    assert client.get("/api/runs/99/triple").status_code == 404
