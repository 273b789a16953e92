"""What a person chose, in the configuration: files and servers that are added, and forgotten.

That of the default model is tested with the list of models (`test_overview.py`).
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from flourishing.errors import InputError, ModelNotFoundError
from flourishing.models import catalogue
from flourishing.models.catalogue.entries import canonical
from flourishing.settings import config_path, model_files, named_models
from tests.models.catalogue.conftest import NAME
from tests.models.catalogue.server import Hub

MINE = """# mine
budget = 5.0  # a month

[models.big]
endpoint = "https://example.org/v1"
model = "org/big"
input_price = 0.5
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOURISHING_CACHE", str(tmp_path / "cache"))


def write(content: str) -> None:
    config_path().parent.mkdir(parents=True, exist_ok=True)
    config_path().write_text(content)


def written() -> dict[str, Any]:
    return tomllib.loads(config_path().read_text())


def test_a_file_is_added_once_and_all_else_stays(tmp_path: Path, tiny: bytes) -> None:
    write(MINE)
    file = tmp_path / "one.gguf"
    file.write_bytes(tiny)
    for _ in range(2):
        assert catalogue.add_file(f" {file} ") == file
    assert model_files() == (str(file),)
    assert "# a month" in config_path().read_text()
    assert named_models()["big"].input_price == 0.5
    (row,) = (each for each in catalogue.overview().models if each.kind == "file")
    assert (row.path, row.size, row.here) == (file, len(tiny), True)
    assert catalogue.forget(str(file)) == 0
    assert model_files() == ()
    assert file.exists()


def test_a_file_that_has_no_ending_is_not_added(tmp_path: Path, tiny: bytes) -> None:
    (tmp_path / "model").write_bytes(tiny)
    with pytest.raises(InputError, match=r"\.gguf"):
        catalogue.add_file(str(tmp_path / "model"))


@pytest.mark.parametrize("files", ['"one.gguf"', "[1]", '["/etc/passwd"]'])
def test_files_that_are_no_paths_of_models_are_refused(files: str) -> None:
    write(f"files = {files}\n")
    with pytest.raises(InputError, match="files"):
        model_files()


def test_a_server_that_is_described_already_is_described_anew() -> None:
    write(MINE)
    assert (
        catalogue.add_server("https://EXAMPLE.org/v1/completions", "org/big", keyed=True) == "big"
    )
    big = named_models()["big"]
    assert (big.input_price, big.keyring) == (0.5, "flourishing:https://example.org/v1")
    assert list(written()["models"]) == ["big"]


def test_a_key_that_a_person_has_put_elsewhere_stays_there() -> None:
    write(MINE + 'key_env = "BIG_TOKEN"\n')
    catalogue.add_server("https://example.org/v1", "org/big", keyed=True)
    assert named_models()["big"].key_env == "BIG_TOKEN"
    assert named_models()["big"].keyring is None


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("mistralai/Mixtral-8x22B-v0.1", "mixtral-8x22b-v0.1"),
        ("local", "local-2"),
        ("BIG", "big-2"),
        ("model.gguf", "model"),
        ("…", "model"),
        ("gemma-3-270m", "gemma-3-270m-2"),
    ],
)
def test_a_name_is_made_of_what_the_server_calls_it(model: str, name: str) -> None:
    write(MINE)
    assert catalogue.add_server("http://127.0.0.1:8080", model) == name
    assert named_models()[name].model == model


@pytest.mark.parametrize("name", ["big", "local", "echo", "a b", "x.gguf", "../x", "x" * 61])
def test_a_name_that_is_taken_or_cannot_be_one_is_refused(name: str) -> None:
    write(MINE)
    with pytest.raises(InputError) as refusal:
        catalogue.add_server("https://other.org/v1", "m", name=name)
    assert refusal.value.hint
    assert written() == tomllib.loads(MINE)


@pytest.mark.parametrize("model", ["", " ", "chat:anthropic/claude"])
def test_what_is_no_model_of_a_server_is_not_added(model: str) -> None:
    with pytest.raises(InputError):
        catalogue.add_server("https://other.org/v1", model)


def test_the_default_and_what_is_built_in_are_not_forgotten() -> None:
    write('model = "big"\n' + MINE)
    for name in ("big", "local", "echo", "gemma-3-270m"):
        with pytest.raises(InputError):
            catalogue.forget(name)
    catalogue.use("local")
    catalogue.forget("big")
    assert named_models() == {}
    with pytest.raises(ModelNotFoundError):
        catalogue.forget("big")


def test_what_was_pulled_is_removed_with_all_its_parts(hub: Hub, tiny: bytes) -> None:
    name = "hf:someone/split-GGUF/x-00001-of-00002.gguf"
    for part in (1, 2):
        hub.files[f"someone/split-GGUF/x-0000{part}-of-00002.gguf"] = tiny
    path = catalogue.pull(name)
    (path.parent / "x-notes.txt").write_text("mine")
    assert catalogue.forget(name) == 2 * len(tiny)
    assert [each.name for each in path.parent.iterdir()] == ["x-notes.txt"]


def test_a_name_is_one_however_it_is_written() -> None:
    page = "https://huggingface.co/" + NAME.removeprefix("hf:").rpartition("/")[0]
    assert canonical(NAME) == NAME
    assert canonical(f"{page}/blob/main/tiny.Q8_0.gguf?download=true") == NAME
    assert canonical(f"{page}/resolve/main/tiny.Q8_0.gguf") == NAME
    assert canonical(page) == "hf:someone/tiny-GGUF"
    assert canonical("Mistral-7B-v0.1") == "mistral-7b-v0.1"
