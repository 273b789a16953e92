"""What a person has set: the environment first, then the file, then the defaults."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

import flourishing as fl
from flourishing import settings
from flourishing.errors import InputError


@pytest.fixture
def config() -> Path:
    path = settings.config_path()
    path.parent.mkdir(parents=True)
    return path


def test_with_nothing_set_the_model_is_the_embedded_one() -> None:
    assert settings.default_model() == "local"


def test_the_file_goes_before_the_default(config: Path) -> None:
    config.write_text('model = "echo"', encoding="utf-8")
    assert settings.default_model() == "echo"
    assert fl.open_model().name == "echo"


def test_the_environment_goes_before_the_file(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text('model = "somewhere.gguf"', encoding="utf-8")
    monkeypatch.setenv("FLOURISHING_MODEL", "echo")
    assert settings.default_model() == "echo"


def test_an_argument_goes_before_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOURISHING_MODEL", "nothing of the kind")
    assert fl.open_model("echo").name == "echo"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("model = echo", "cannot be read"),
        ("model = 1", "model cannot be used"),
        ('colour = "red"', "colour cannot be used"),
        ('[model]\nname = "echo"', "model cannot be used"),
    ],
)
def test_a_wrong_configuration_is_refused_by_its_path(
    config: Path, content: str, said: str
) -> None:
    config.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        settings.default_model()
    assert said in str(refusal.value)
    assert str(config) in str(refusal.value)
    assert refusal.value.hint


def test_a_configuration_in_another_encoding_is_refused(config: Path) -> None:
    config.write_bytes(b'model = "caf\xe9"')
    with pytest.raises(InputError, match="cannot be read"):
        settings.default_model()


def test_a_folder_in_place_of_the_configuration_is_refused(config: Path) -> None:
    config.mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        settings.default_model()


def test_folders_are_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FLOURISHING_CACHE", str(tmp_path / "c"))
    monkeypatch.setenv("FLOURISHING_DATA", str(tmp_path / "d"))
    monkeypatch.setenv("FLOURISHING_CONFIG", str(tmp_path / "e" / "mine.toml"))
    assert settings.cache_path() == tmp_path / "c"
    assert settings.data_path() == tmp_path / "d"
    assert settings.config_path() == tmp_path / "e" / "mine.toml"
    assert settings.patterns_path() == tmp_path / "e" / "patterns"
    assert settings.kinds_path() == tmp_path / "e" / "kinds"


@pytest.mark.parametrize("kind", ["CONFIG", "CACHE", "DATA"])
def test_folders_have_a_place_where_nothing_is_set(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(f"FLOURISHING_{kind}", raising=False)
    path = getattr(settings, f"{kind.lower()}_path")()
    assert path.is_absolute()
    assert "flourishing" in path.parts


@pytest.mark.parametrize(("written", "read"), [("5", 5.0), ("0.25", 0.25), ("0", 0.0)])
def test_the_budget_stands_in_the_configuration(config: Path, written: str, read: float) -> None:
    config.write_text(f"budget = {written}", encoding="utf-8")
    assert settings.monthly_budget() == read


def test_there_need_be_no_budget() -> None:
    assert settings.monthly_budget() is None


@pytest.mark.parametrize("written", ["-1", "nan", "inf", "true", '"5"'])
def test_a_budget_that_is_no_amount_is_refused(config: Path, written: str) -> None:
    config.write_text(f"budget = {written}", encoding="utf-8")
    with pytest.raises(InputError, match="budget") as refusal:
        settings.monthly_budget()
    assert refusal.value.hint


SECRET = "sk-proj-4f9a0c77b1e2d3"


@pytest.mark.parametrize(
    "content",
    [
        f'colour = "{SECRET}"',
        f'model = ["{SECRET}"]',
        f'garden = {{ path = "{SECRET}" }}',
        f"{SECRET} = true",
        f'"{SECRET}" = 1',
        f'[models.m]\nendpoint = "http://127.0.0.1:9/v1"\nmodel = "m"\nkey = "{SECRET}"',
        f'[models.m]\nendpoint = "http://127.0.0.1:9/v1"\nmodel = "m"\nkey_env = "{SECRET}"',
        f'[models.m]\nendpoint = "http://127.0.0.1:9/v1"\nmodel = "m"\n{SECRET} = 1',
        f'[models.m]\nendpoint = "http://127.0.0.1:9/v1"\nmodel = "m"\nparallel = "{SECRET}"',
        f'[models.{SECRET}]\nmodel = ""',
        f"{SECRET}",
        f"model = {SECRET}",
    ],
)
def test_a_key_in_a_wrong_place_is_in_no_error(config: Path, content: str) -> None:
    config.write_text(content, encoding="utf-8")

    def read_all() -> None:
        settings.default_model()
        settings.named_models()

    with pytest.raises(InputError) as refusal:
        read_all()
    shown = "".join(traceback.format_exception(refusal.value)) + refusal.value.hint
    assert SECRET not in shown


@pytest.mark.parametrize("name", ["TOGETHER_API_KEY", "key_of_2", "K"])
def test_a_variable_may_have_any_plain_name(config: Path, name: str) -> None:
    described = f'[models.m]\nendpoint = "http://127.0.0.1:9/v1"\nmodel = "m"\nkey_env = "{name}"'
    config.write_text(described, encoding="utf-8")
    assert settings.named_models()["m"].key_env == name


@pytest.mark.parametrize("content", ["a = " + "[" * 100_000, "a = " + "1" * 10_000])
def test_a_configuration_that_no_reader_can_take_is_refused(config: Path, content: str) -> None:
    config.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        settings.default_model()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device")
def test_what_never_ends_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FLOURISHING_CONFIG", "/dev/zero")
    with pytest.raises(InputError, match="more than"):
        settings.default_model()


def test_an_empty_configuration_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOURISHING_CONFIG", os.devnull)
    assert settings.default_model() == "local"
