"""What there is: the embedded model, what was pulled, and the catalogue."""

from __future__ import annotations

import json
from pathlib import Path

from flourishing.models import catalogue
from flourishing.models.catalogue import Model, overview
from flourishing.settings import config_path
from tests.models.catalogue.conftest import NAME
from tests.models.catalogue.server import Hub


def by_name(name: str) -> Model:
    return next(each for each in overview().models if each.name == name)


def test_without_anything_pulled_the_embedded_model_is_here_and_chosen(hub: Hub) -> None:
    found = overview()
    assert [each.name for each in found.models if each.here] == ["local"]
    assert [each.name for each in found.models if each.chosen] == ["local"]
    assert len(found.models) == len(catalogue.entries()) + 1
    assert hub.asked == []


def test_a_pulled_entry_is_here_in_its_true_size(hub: Hub, tiny: bytes) -> None:
    entry = catalogue.entries()[1]
    hub.files[f"{entry.repository}/{entry.file}"] = tiny
    path = catalogue.pull(entry.name)
    catalogue.use(entry.name)
    model = by_name(entry.name)
    assert (model.path, model.size, model.chosen) == (path, len(tiny), True)
    assert not by_name("local").chosen


def test_what_was_pulled_from_elsewhere_is_listed_by_what_pulls_it(hub: Hub, tiny: bytes) -> None:
    path = catalogue.pull(NAME)
    model = by_name(NAME)
    assert (model.kind, model.path, model.quant) == ("pulled", path, "Q8_0")
    assert catalogue.pull(model.name) == path


def test_a_pull_that_broke_off_is_not_here(hub: Hub, tmp_path: Path) -> None:
    folder = catalogue.folder() / "o" / "n"
    folder.mkdir(parents=True)
    (folder / ".x.gguf.0123.part").write_bytes(b"GGUF")
    (folder / "y-00002-of-00002.gguf").write_bytes(b"GGUF")
    assert [each.name for each in overview().models if each.kind == "pulled"] == []


def test_named_models_are_told_without_what_an_address_may_hold_of_a_key(hub: Hub) -> None:
    config_path().parent.mkdir(parents=True)
    address = "https://me:sk-planted@example.org/v1?key=sk-planted"
    config_path().write_text(f'[models.big]\nendpoint = "{address}"\nmodel = "org/big"\n')
    assert overview().named == {"big": "org/big at https://example.org/v1"}


def test_a_chat_model_is_told_by_its_name(hub: Hub) -> None:
    config_path().parent.mkdir(parents=True)
    config_path().write_text('[models.talker]\nmodel = "chat:openai/m"\n')
    assert overview().named == {"talker": "chat:openai/m"}


def test_all_of_it_can_be_written_as_json(hub: Hub) -> None:
    catalogue.pull(NAME)
    document = json.loads(json.dumps(overview().as_dict()))
    assert document["configured"] == "local"
    assert document["memory"] > 0
    assert {each["fits"] for each in document["models"]} <= {"yes", "tight", "no"}
