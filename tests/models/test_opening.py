"""Opening a model by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from flourishing.errors import ModelFileError, ModelNotFoundError
from flourishing.models import open_model
from tests.conftest import ScriptedModel


@pytest.mark.parametrize("name", ["echo", "local"])
def test_a_name_always_gives_the_same_model(name: str) -> None:
    assert open_model(name) is open_model(name)


def test_a_model_is_found_again_by_the_name_that_texts_say_they_are_from() -> None:
    for name in ("local", "echo"):
        assert open_model(open_model(name).name) is open_model(name)
    assert open_model("local").name == "gemma-3-270m"


def test_a_model_is_given_back_as_it_is() -> None:
    model = ScriptedModel(["wolf"])
    assert open_model(model) is model


def test_none_gives_the_configured_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOURISHING_MODEL", "echo")
    assert open_model(None) is open_model("echo")


@pytest.mark.parametrize("name", ["gpt-4", " echo", "Local", "http", "weights.bin"])
def test_an_unknown_name_is_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(ModelNotFoundError) as refusal:
        open_model(name)
    assert repr(name) in str(refusal.value)
    assert "echo" in refusal.value.hint
    assert "local" in refusal.value.hint


def test_a_missing_file_is_refused_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "gone.gguf"
    with pytest.raises(ModelNotFoundError) as refusal:
        open_model(str(path))
    assert str(path) in str(refusal.value)
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a GGUF file"),
        (b"GG", "not a GGUF file"),
        (b"PK\x03\x04" + b"\0" * 5000, "not a GGUF file"),
        (b"GGUF", "truncated"),
        (b"GGUF\x03\0\0\0" + b"\0" * 100, "truncated"),
    ],
    ids=["empty", "two bytes", "another kind", "only its mark", "a hundred bytes"],
)
def test_a_file_that_is_no_model_is_refused_before_it_is_loaded(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=said) as refusal:
        open_model(str(path))
    assert str(path) in str(refusal.value)
    assert refusal.value.hint


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "folder.gguf"
    path.mkdir()
    with pytest.raises(ModelFileError, match="cannot be read") as refusal:
        open_model(str(path))
    assert refusal.value.hint


def test_a_path_that_no_system_can_have_is_refused() -> None:
    with pytest.raises(ModelNotFoundError) as refusal:
        open_model("a\0b.gguf")
    assert refusal.value.hint


def test_a_path_is_one_model_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "like.gguf").write_bytes(b"GGUF" + b"\0" * 5000)
    (tmp_path / "link.gguf").symlink_to(tmp_path / "like.gguf")
    monkeypatch.chdir(tmp_path)
    model = open_model(str(tmp_path / "like.gguf"))
    assert open_model("like.gguf") is model
    assert open_model("link.gguf") is model
    assert not model.ready
