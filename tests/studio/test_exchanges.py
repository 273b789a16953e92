"""Other parents over the wire: suggested, and exchanged when a person says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.app.fresh_parents import MOST_PARENTS
from flourishing.garden import Garden
from flourishing.studio.app import make_app
from flourishing.studio.guard import Door
from tests.garden.broods import bred
from tests.garden.new import new_garden
from tests.marks import first_cases
from tests.models.server import Server
from tests.studio.conftest import BEARER, PORT, TOKEN, Bed

LAMPS = "the harbour lamps are lit again and the boats come in"
PARENTS = (LAMPS, "a crow walks over the frozen field at noon", "green rain falls upon the roofs")
OFFSPRING = ("tonight the harbour lamps are lit again and the boats go out", "a door of glass")


@pytest.fixture
def bed(client: TestClient, garden: Garden) -> Bed:
    """Give a bed whose only brood repeats the first of its three parents."""
    return begin(client, garden)


def begin(client: TestClient, garden: Garden) -> Bed:
    begun = client.post("/api/beds", json={"name": "b", "parents": PARENTS, "kind": "poem"}).json()
    stored = garden.beds.get(begun["id"])
    garden.save(bred(garden.texts(stored.parents), OFFSPRING), bed=stored)
    told: Bed = client.get(f"/api/beds/{begun['id']}").json()
    return told


def ids(bed: Bed) -> list[int]:
    return [each["id"] for each in bed["parents"]]


def suggested(client: TestClient, bed: Bed) -> list[dict[str, Any]]:
    answer = client.get(f"/api/beds/{bed['id']}/exchanges")
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json()
    return told


def test_a_parent_that_comes_back_is_named_with_the_reason_and_nothing_is_changed(
    client: TestClient, garden: Garden, bed: Bed
) -> None:
    (found,) = suggested(client, bed)
    assert found["out"] == bed["parents"][0]
    assert found["into"]["origin"]["source"]["author"]
    assert f"{found['share']:.0%} of the words" in found["reason"]
    assert client.get(f"/api/beds/{bed['id']}").json() == bed
    assert garden.embeddings.has_any("echo")
    assert suggested(client, bed) == [found]


def test_parents_are_exchanged_as_one_act_that_is_undone(client: TestClient, bed: Bed) -> None:
    url = f"/api/beds/{bed['id']}"
    (found,) = suggested(client, bed)
    pair = {"out": found["out"]["id"], "into": found["into"]["id"]}
    changed = client.post(f"{url}/exchanges", json={"exchanges": [pair]}).json()
    assert ids(changed) == [pair["into"], *ids(bed)[1:]]
    assert changed["undo"] == "parent"
    assert ids(client.post(f"{url}/undo").json()["bed"]) == ids(bed)
    assert ids(client.post(f"{url}/redo").json()["bed"]) == ids(changed)


def test_where_nothing_is_repeated_nothing_is_suggested(client: TestClient) -> None:
    begun = client.post("/api/beds", json={"name": "new", "parents": PARENTS}).json()
    assert suggested(client, begun) == []


@pytest.mark.parametrize(
    ("pairs", "words"),
    first_cases(
        2,
        [
            ([], "exchanges"),
            ([(4711, 5)], "is no parent"),
            ([(1, 2)], "a parent twice"),
            ([(1, 4), (1, 5)], "named twice"),
            ([(1, 4), (2, 4)], "a parent twice"),
            ([(1, 4711)], "4711"),
            ([(3, 4)], "is pinned"),
            ([(0, 4)], "exchanges"),
        ],
    ),
)
def test_what_cannot_be_exchanged_is_refused_and_changes_nothing(
    client: TestClient, garden: Garden, bed: Bed, pairs: list[tuple[int, int]], words: str
) -> None:
    assert ids(bed) == [1, 2, 3]
    garden.pin(3)
    before = client.get(f"/api/beds/{bed['id']}").json()
    asked = {"exchanges": [{"out": out, "into": into} for out, into in pairs]}
    answer = client.post(f"/api/beds/{bed['id']}/exchanges", json=asked)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert answer.json()["hint"]
    assert client.get(f"/api/beds/{bed['id']}").json() == before


def test_a_bed_that_is_not_there_is_not_found(client: TestClient) -> None:
    asked = {"exchanges": [{"out": 1, "into": 2}]}
    assert client.get("/api/beds/4711/exchanges").status_code == 404
    assert client.post("/api/beds/4711/exchanges", json=asked).status_code == 404


def test_a_model_without_embeddings_says_so(tmp_path: Path, talkers: Server) -> None:
    model = f"{talkers.base('good')}#without"
    with Garden(new_garden(tmp_path / "other.db")) as garden:
        app = make_app(garden, door=Door("127.0.0.1", PORT, token=TOKEN), model=model)
        with TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers=BEARER) as client:
            answer = client.get(f"/api/beds/{begin(client, garden)['id']}/exchanges")
    assert answer.status_code == 502
    assert "gives no embeddings" in answer.json()["detail"]
    assert "local" in answer.json()["hint"]


@pytest.mark.slow
def test_too_many_parents_are_named_with_the_reason(client: TestClient, bed: Bed) -> None:
    assert bed["too_many"] == ""
    texts = [f"text {number}" for number in range(MOST_PARENTS)]
    client.post("/api/texts", json={"texts": texts, "bed": bed["id"]})
    told = client.get(f"/api/beds/{bed['id']}").json()["too_many"]
    assert f"{MOST_PARENTS + 3} parents" in told
