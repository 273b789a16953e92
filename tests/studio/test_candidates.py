"""More offspring than are shown, over the wire: chosen by what the marks tell, the rest there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from flourishing.studio.app import make_app
from flourishing.studio.guard import Door
from tests.garden.broods import LOAVES, SEAS, bred, tended
from tests.garden.new import new_garden
from tests.marks import first_cases
from tests.models.server import Server
from tests.studio.conftest import BEARER, PORT, TOKEN, Bed, Studio

JSON = {"Accept": "application/json"}


@pytest.fixture
def bed(client: TestClient, garden: Garden) -> Bed:
    """Give a bed that breeds 9 to show 3, and in which much was kept and dropped."""
    id = tended(garden).id
    told: Bed = change(client, id, n=3, settings={"candidates": 9}).json()
    return told


def change(client: TestClient, bed: int, **changed: Any) -> Any:
    return client.patch(f"/api/beds/{bed}", json=changed)


def breed(client: TestClient, **asked: Any) -> Any:
    answer = client.post("/api/broods", json=asked, headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


def taste(client: TestClient, bed: Bed) -> Any:
    answer = client.get(f"/api/beds/{bed['id']}/taste")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_chosen_are_named_in_their_order_and_stay_so(
    client: TestClient, garden: Garden, bed: Bed
) -> None:
    assert bed["settings"]["candidates"] == 9
    brood = breed(client, bed=bed["id"], seed=3)
    assert brood["asked"] == len(brood["offspring"]) == 9
    assert len(set(brood["first"])) == 3
    assert "3 of 9 are shown first" in brood["notes"][-1]
    assert not any(text["marks"] for text in brood["offspring"])
    now = client.get(f"/api/beds/{bed['id']}").json()
    assert now["brood"]["first"] == brood["first"]
    assert len(now["shown"]) == 9
    breed(client, bed=bed["id"])
    (earlier,) = client.get(f"/api/beds/{bed['id']}/broods", params={"limit": 3}).json()[1:2]
    assert (earlier["id"], earlier["first"]) == (brood["id"], brood["first"])
    assert garden.verify() == []


@pytest.mark.slow
def test_the_events_say_how_many_come_and_how_many_are_shown(studio: Studio) -> None:
    with Garden(studio.garden) as garden:
        bed = tended(garden).id
    asked = {"bed": bed, "n": 3, "candidates": 9}
    told = studio.follow("POST", "/api/broods", json=asked, headers={"Accept": "text/event-stream"})
    assert (told[0].data["n"], told[0].data["shown"]) == (9, 3)
    assert len({each.data["index"] for each in told if each.event == "offspring"}) == 9
    assert len(told[-1].data["brood"]["first"]) == 3


@pytest.mark.slow
def test_without_a_bed_or_for_once_they_are_asked_for_too(
    client: TestClient, garden: Garden, bed: Bed
) -> None:
    once = breed(client, parents=["a gull", "the tide"], pattern="poems", n=2, candidates=6)
    assert (len(once["offspring"]), len(once["first"])) == (6, 2)
    off = breed(client, bed=bed["id"], candidates=0)
    assert (len(off["offspring"]), off["first"]) == (3, [])


def test_where_it_cannot_tell_as_many_are_bred_as_shown_and_a_notice_says_why(
    client: TestClient,
) -> None:
    begun = client.post("/api/beds", json={"name": "new", "parents": ["a gull", "salt"]}).json()
    change(client, begun["id"], n=3, settings={"candidates": 9})
    brood = breed(client, bed=begun["id"])
    assert (len(brood["offspring"]), brood["first"]) == (3, [])
    assert "there are 0 marks" in brood["notes"][0]
    told = taste(client, begun)
    assert not told["can_tell"]
    assert told["accuracy"] is told["first_half"] is None
    assert "cannot tell yet" in told["sentence"]


def test_the_taste_has_its_accuracy_and_follows_each_mark_and_its_undoing(
    client: TestClient, garden: Garden, bed: Bed
) -> None:
    told = taste(client, bed)
    assert told["can_tell"]
    assert 0.5 < told["accuracy"]["low"] <= told["accuracy"]["value"] <= 1
    assert told["marks"]["kept"] == told["marks"]["dropped"] == 10
    assert "10 kept, 10 dropped" in told["basis"]
    assert told["first_half"]["value"] == 1  # all that was kept stood before what was dropped
    assert "chosen more often" in told["position"]
    new = garden.save(bred(["x"], ["one more sea"]), bed=garden.beds.get(bed["id"]))
    asked = {"mark": "keep", "ids": [new[0].id], "bed": bed["id"]}
    client.post("/api/marks", json=asked)
    assert taste(client, bed)["marks"]["kept"] == 11
    client.post(f"/api/beds/{bed['id']}/undo")
    assert taste(client, bed) == told


@pytest.mark.slow
def test_a_pick_says_where_it_stood_on_the_page(
    client: TestClient, garden: Garden, bed: Bed
) -> None:
    brood = breed(client, bed=bed["id"])
    ids = [text["id"] for text in brood["offspring"]]
    first = [ids[at] for at in brood["first"]]
    before = len(garden.opinion().picks)
    client.post("/api/marks", json={"mark": "keep", "ids": [first[1]], "bed": bed["id"]})
    rest = [id for id in ids if id not in first]
    page = [*first, *rest]
    asked = {"mark": "keep", "ids": [rest[0]], "bed": bed["id"], "seen": page}
    client.post("/api/marks", json=asked)
    parents = [each["id"] for each in bed["parents"]]
    client.patch(
        f"/api/beds/{bed['id']}",
        json={"parents": [*parents, rest[1]], "parents_seen": parents, "seen": [0, *page]},
    )
    picks = garden.opinion().picks
    assert len(picks) == before + 3
    assert {(2, 3), (4, 9), (6, 10)} <= {*picks}


@pytest.mark.parametrize("candidates", first_cases(1, [1_001, 100_000, -1, 2.5]))
def test_what_cannot_be_bred_is_refused(client: TestClient, bed: Bed, candidates: float) -> None:
    assert change(client, bed["id"], settings={"candidates": candidates}).status_code == 422
    asked = {"bed": bed["id"], "candidates": candidates}
    assert client.post("/api/broods", json=asked, headers=JSON).status_code == 422


def test_fewer_candidates_than_are_shown_are_refused(client: TestClient, bed: Bed) -> None:
    answers = [
        change(client, bed["id"], settings={"candidates": 3}),
        change(client, bed["id"], n=9, settings={"candidates": 9}),
        client.post("/api/broods", json={"bed": bed["id"], "candidates": 2}, headers=JSON),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert "cannot be chosen" in answer.json()["detail"]
        assert answer.json()["hint"]
    assert client.get(f"/api/beds/{bed['id']}").json()["settings"]["candidates"] == 9


@pytest.mark.slow
def test_a_model_without_embeddings_breeds_and_says_so(tmp_path: Path, talkers: Server) -> None:
    model = f"{talkers.base('good')}#without"
    with Garden(new_garden(tmp_path / "other.db")) as garden:
        app = make_app(garden, door=Door("127.0.0.1", PORT, token=TOKEN), model=model)
        with TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers=BEARER) as client:
            bed = tended(garden).id
            change(client, bed, n=2, settings={"candidates": 9})
            brood = breed(client, bed=bed)
            told = client.get(f"/api/beds/{bed}/taste").json()
    assert (len(brood["offspring"]), brood["first"]) == (2, [])
    assert "gives no embeddings" in brood["notes"][0]
    assert not told["can_tell"]
    assert "gives no embeddings" in told["sentence"]


@pytest.mark.slow
def test_ten_marks_of_one_kind_cannot_tell(client: TestClient, garden: Garden, bed: Bed) -> None:
    other = garden.beds.begin("words", kind="word")
    saved = garden.save(bred(["x"], [*SEAS, *LOAVES]), bed=other)
    garden.keep(*saved[:10], bed=other)
    told = client.get(f"/api/beds/{other.id}/taste").json()
    assert "no text was dropped" in told["sentence"]
    assert taste(client, bed)["can_tell"]
