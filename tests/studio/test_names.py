"""The API takes names of models, patterns and collections; no address, and no path."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from flourishing.studio.app import make_app
from flourishing.studio.guard import Door
from tests.marks import first_cases
from tests.models.server import Server
from tests.studio.conftest import PORT, Bed

KEY = "sk-of-the-environment"
Ask = Callable[[TestClient, str, int], Any]

ASKED: dict[str, Ask] = {
    "a brood of named parents": lambda client, name, _: client.post(
        "/api/broods", json={"parents": ["a gull", "the tide"], "n": 1, "model": name}
    ),
    "a brood of a bed": lambda client, name, bed: client.post(
        "/api/broods", json={"bed": bed, "n": 1, "model": name}
    ),
    "a bed's settings": lambda client, name, bed: client.patch(
        f"/api/beds/{bed}", json={"settings": {"model": name}}
    ),
    "loading": lambda client, name, _: client.post("/api/models/load", params={"name": name}),
}


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("FLOURISHING_API_KEY", KEY)
    return KEY


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_no_address_that_comes_over_http_is_asked(
    client: TestClient, bed: Bed, talkers: Server, key: str, ask: Ask
) -> None:
    before = len(talkers.calls["good"])
    answer = ask(client, f"{talkers.base('good')}#m", bed["id"])
    assert answer.status_code == 422
    assert "--model" in answer.json()["hint"]
    assert len(talkers.calls["good"]) == before
    assert "model" not in client.get(f"/api/beds/{bed['id']}").json()["settings"] or (
        client.get(f"/api/beds/{bed['id']}").json()["settings"]["model"] is None
    )


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("name", ["/etc/passwd.gguf", "../x.gguf", "chat:openai/gpt-4"])
def test_no_path_and_no_other_provider_is_opened(
    client: TestClient, bed: Bed, ask: Ask, name: str
) -> None:
    assert ask(client, name, bed["id"]).status_code == 422


@pytest.mark.parametrize(
    "path",
    first_cases(
        2,
        [
            "/api/beds/{bed}",
            "/api/beds/{bed}/prompt",
            "/api/beds/{bed}/exchanges",
            "/api/studio",
            "/api/beds",
        ],
    ),
)
def test_an_address_in_a_stored_bed_is_not_asked(
    client: TestClient, garden: Garden, bed: Bed, talkers: Server, key: str, path: str
) -> None:
    before = len(talkers.calls["good"])
    stored = garden.beds.get(bed["id"])
    garden.beds.change(stored, settings={"model": f"{talkers.base('good')}#m"})
    assert client.get(path.format(bed=bed["id"])).status_code in {200, 422}
    bred = client.post("/api/broods", json={"bed": bed["id"], "n": 1})
    assert bred.status_code == 422
    assert len(talkers.calls["good"]) == before
    other = client.patch(f"/api/beds/{bed['id']}", json={"settings": {"model": "echo"}})
    assert other.status_code == 200


def test_the_address_that_the_server_was_started_with_is_asked(
    garden: Garden, talkers: Server, key: str
) -> None:
    address = f"{talkers.base('good')}#m"
    app = make_app(garden, door=Door("127.0.0.1", PORT), model=address)
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}") as client:
        asked = {"parents": ["a gull", "the tide"], "n": 1, "model": address}
        accept = {"Accept": "application/json"}
        assert client.post("/api/broods", json=asked, headers=accept).status_code == 200
    assert talkers.calls["good"][-1].headers["authorization"] == f"Bearer {key}"


def test_each_model_that_is_listed_can_be_chosen(client: TestClient, bed: Bed) -> None:
    for model in client.get("/api/models").json():
        asked = {"settings": {"model": model["name"]}}
        assert client.patch(f"/api/beds/{bed['id']}", json=asked).status_code == 200


@pytest.mark.parametrize(
    "name", ["{path}", "../patterns/riddles", "riddles.toml", "/dev/zero.toml"]
)
def test_no_path_of_a_pattern_is_opened(
    client: TestClient, bed: Bed, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "riddles.toml"
    path.write_text('name = "riddles"\nseparator = "~"')
    name = name.format(path=path)
    texts = ["a gull", "the tide"]
    answers = [
        client.post("/api/broods", json={"parents": texts, "n": 1, "pattern": name}),
        client.post("/api/beds", json={"parents": texts, "pattern": name}),
        client.patch(f"/api/beds/{bed['id']}", json={"pattern": name}),
    ]
    assert [answer.status_code for answer in answers] == [422] * 3


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "..%2Fsecret", "%2e%2e/secret"])
def test_no_path_of_a_collection_is_opened(
    client: TestClient, bed: Bed, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "data" / "library"
    folder.mkdir(parents=True)
    (tmp_path / "data" / "secret.txt").write_text("a secret")
    taken = client.post(f"/api/beds/{bed['id']}/parents", json={"sources": [name]})
    looked_at = client.get(f"/api/collections/{name}")
    assert taken.status_code in {404, 422}
    assert looked_at.status_code == 404
    assert not re.search("a secret", taken.text + looked_at.text)


@pytest.mark.slow
def test_a_broken_pattern_of_ones_own_does_not_close_the_studio(
    client: TestClient, tmp_path: Path
) -> None:
    folder = tmp_path / "configuration" / "patterns"
    folder.mkdir(parents=True)
    (folder / "broken.toml").write_text("name = ")
    told = client.get("/api/studio")
    assert told.status_code == 200
    names = [each["name"] for each in told.json()["patterns"]]
    assert "poems" in names
    assert "broken" not in names
