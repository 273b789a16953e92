"""Several models that share the broods of a bed, over the wire."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from flourishing.settings import config_path
from tests.models.server import Server
from tests.studio.conftest import Bed

JSON = {"Accept": "application/json"}


@pytest.fixture
def named(talkers: Server) -> Callable[[str], str]:
    """Name a server that behaves so in the configuration, and give the name."""

    def name(behaviour: str) -> str:
        path = config_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"[models.far]\nendpoint = {json.dumps(talkers.base(behaviour))}\n"
            'model = "babble"\ninput_price = 1\noutput_price = 2\n'
        )
        return "far"

    return name


def models_of(brood: Bed) -> list[str]:
    return ["echo" if each["origin"]["model"] == "echo" else "far" for each in brood["offspring"]]


def test_the_models_of_a_bed_share_its_broods(
    client: TestClient, garden: Garden, bed: Bed, named: Callable[[str], str]
) -> None:
    change = {"n": 4, "settings": {"models": ["echo", named("good")], "refills": 0}}
    changed = client.patch(f"/api/beds/{bed['id']}", json=change)
    assert changed.json()["settings"]["models"] == ["echo", "far"]
    told = client.post("/api/broods", json={"bed": bed["id"]}, headers=JSON)
    assert told.status_code == 200, told.text
    brood = told.json()
    assert models_of(brood) == ["echo", "far", "echo", "far"]
    assert len(brood["models"]) == 2
    shown = client.get(f"/api/beds/{bed['id']}").json()
    assert [each["id"] for each in shown["shown"]] == [each["id"] for each in brood["offspring"]]
    assert [each.id for each in garden.broods()] == [brood["id"]]
    assert garden.costs.brood(brood["id"]).money != ()
    assert garden.verify() == []


def test_one_brood_can_have_other_models_than_its_bed(
    client: TestClient, bed: Bed, named: Callable[[str], str]
) -> None:
    client.patch(
        f"/api/beds/{bed['id']}", json={"n": 2, "settings": {"models": ["echo", named("good")]}}
    )
    alone = {"bed": bed["id"], "model": "echo"}
    brood = client.post("/api/broods", json=alone, headers=JSON).json()
    assert brood["models"] == ["echo"]
    both = {"parents": ["a gull", "the tide"], "n": 2, "models": ["echo", "far"], "refills": 0}
    assert models_of(client.post("/api/broods", json=both, headers=JSON).json()) == ["echo", "far"]


def test_what_the_others_wrote_stays_where_a_server_refuses(
    client: TestClient, garden: Garden, bed: Bed, named: Callable[[str], str]
) -> None:
    change = {"n": 4, "settings": {"models": ["echo", named("poor")], "refills": 0}}
    client.patch(f"/api/beds/{bed['id']}", json=change)
    brood = client.post("/api/broods", json={"bed": bed["id"]}, headers=JSON).json()
    assert models_of(brood) == ["echo", "echo"]
    assert (brood["asked"], brood["models"]) == (4, ["echo"])
    assert any("its 2 places are missing" in note for note in brood["notes"])
    assert garden.verify() == []


def test_a_model_that_is_not_listed_is_refused(client: TestClient, bed: Bed) -> None:
    change = {"settings": {"models": ["echo", "http://127.0.0.1:9/v1#m"]}}
    assert client.patch(f"/api/beds/{bed['id']}", json=change).status_code == 422
    assert client.get(f"/api/beds/{bed['id']}").json()["settings"]["models"] == []


def test_the_prompt_of_each_model_is_shown(
    client: TestClient, bed: Bed, named: Callable[[str], str]
) -> None:
    settings = {"models": ["echo", named("good")], "max_tokens": 32}
    with config_path().open("a") as file:
        file.write("context = 60\n")
    client.patch(f"/api/beds/{bed['id']}", json={"n": 3, "settings": settings})

    def prompt(**query: str) -> Bed:
        shown: Bed = client.get(f"/api/beds/{bed['id']}/prompt", params=query).json()
        return shown

    assert prompt() == prompt(model="echo")
    *worse, best = (parent["id"] for parent in bed["parents"])
    assert (prompt()["left_out"], prompt(model="far")["left_out"]) == ([], worse)
    assert prompt(model="far")["parents"] == [best]
    assert prompt(model="local")["detail"] == "'local' is not a model of this bed."
