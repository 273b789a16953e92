"""A bed is told as it stands, and never under the number of a newer one."""

from __future__ import annotations

from fastapi.testclient import TestClient

import flourishing as fl
from flourishing.app.collections import TAKE
from flourishing.core.text import Text
from flourishing.garden import Garden
from flourishing.studio.app import make_app
from flourishing.studio.guard import Door
from flourishing.studio.serializers import serialize_bed, serialize_text
from tests.studio.conftest import PORT, Bed


def test_what_was_done_since_a_bed_was_read_is_told(garden: Garden) -> None:
    app = make_app(garden, door=Door("127.0.0.1", PORT), model="echo")
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}") as client:
        begun: Bed = client.post("/api/beds", json={"parents": ["a gull", "the tide"]}).json()
        read = garden.beds.get(begun["id"])
        client.patch(f"/api/beds/{read.id}", json={"parents": [begun["parents"][0]["id"]]})
        told = serialize_bed(garden, read)
    assert [text.content for text in told.parents] == ["a gull"]
    assert told.revision == garden.beds.revision(read) > begun["revision"]


def test_of_settings_that_are_half_said_the_usual_is_told(garden: Garden) -> None:
    app = make_app(garden, door=Door("127.0.0.1", PORT), model="echo")
    bed = garden.beds.open("sea", settings={"examples": {"seed": 5}, "dry": 0.8})
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}"):
        told = serialize_bed(garden, bed).settings.model_dump()
    assert told["examples"] == {"seed": 5, "take": TAKE}
    assert (told["dry"], told["temperature"]) == (0.8, None)


def test_an_offspring_is_given_with_what_the_model_reported_of_it(garden: Garden) -> None:
    brood = fl.breed(["fog", "sea"], 1, model="echo", seed=1)
    (stored,) = garden.save(brood)
    assert serialize_text(stored).mean_logprob == brood[0].mean_logprob
    assert serialize_text(Text("fog")).mean_logprob is None
