"""Using a model: one line of the configuration changes, and nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flourishing as fl
from flourishing.errors import InputError, ModelFileError, ModelNotFoundError, StorageError
from flourishing.models import catalogue
from flourishing.settings import config_path, default_model
from tests.models.catalogue.conftest import NAME
from tests.models.catalogue.server import Hub


@pytest.fixture
def config() -> Path:
    path = config_path()
    path.parent.mkdir(parents=True)
    return path


def test_without_a_configuration_one_is_made() -> None:
    assert catalogue.use("echo").config == config_path()
    assert default_model() == "echo"
    catalogue.use("local")
    assert config_path().read_text() == 'model = "local"\n'


def test_comments_order_and_everything_else_stay(config: Path) -> None:
    before = (
        "# mine\r\n\r\ngarden   = 'here.db' # not there\r\n"
        'model = "local" # the small one\r\n\r\n[models.big]\r\nid = "a"   # b\r\n'
    )
    config.write_bytes(before.encode())
    catalogue.use("echo")
    assert config.read_bytes().decode() == before.replace('"local"', '"echo"')


def test_a_model_is_added_before_the_first_table(config: Path) -> None:
    config.write_text('# mine\n\n[models.big]\nid = "a"\n')
    catalogue.use("echo")
    assert tomllib.loads(config.read_text()) == {"model": "echo", "models": {"big": {"id": "a"}}}
    assert "# mine" in config.read_text()


KEYS = st.text("abcdef", min_size=1, max_size=6)
VALUES = st.text() | st.integers(-100, 100) | st.booleans() | st.lists(st.integers(0, 9))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plain=st.dictionaries(KEYS, VALUES, max_size=4),
    tables=st.dictionaries(KEYS.map("t_".__add__), st.dictionaries(KEYS, VALUES), max_size=3),
    had=st.booleans(),
)
def test_any_configuration_keeps_what_it_says(
    tmp_path: Path, plain: dict[str, object], tables: dict[str, object], had: bool
) -> None:
    import tomlkit

    before = {**plain, **({"model": "local"} if had else {}), **tables}
    config_path().parent.mkdir(parents=True, exist_ok=True)
    config_path().write_text(tomlkit.dumps(before), encoding="utf-8", newline="")
    catalogue.use("echo")
    after = tomllib.loads(config_path().read_text(encoding="utf-8"))
    assert after == {**before, "model": "echo"}


def test_a_link_stays_a_link(config: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("# linked\n")
    config.symlink_to(real)
    catalogue.use("echo")
    assert config.is_symlink()
    assert real.read_text() == '# linked\nmodel = "echo"\n'


def test_who_may_read_it_stays_as_it_was(config: Path) -> None:
    config.write_text("")
    config.chmod(0o600)
    catalogue.use("echo")
    assert config.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in config.parent.iterdir()] == ["config.toml"]


def test_a_pulled_model_is_used_by_its_path(hub: Hub) -> None:
    with pytest.raises(ModelNotFoundError, match="not been pulled") as refusal:
        catalogue.use(NAME)
    assert f"models pull {NAME}" in refusal.value.hint
    assert not config_path().exists()
    path = catalogue.pull(NAME)
    assert catalogue.use(NAME).model == str(path.resolve())
    assert fl.open_model().name == str(path.resolve())


def test_another_quantisation_of_an_entry_is_used_when_it_is_asked_for(
    hub: Hub, tiny: bytes
) -> None:
    entry = catalogue.entries()[1]
    hub.files[f"{entry.repository}/other.Q2_K.gguf"] = tiny
    path = catalogue.pull(entry.name, quant="Q2_K")
    assert catalogue.use(entry.name, quant="q2_k").model == str(path.resolve())
    with pytest.raises(ModelNotFoundError, match="not been pulled"):
        catalogue.use(entry.name)


def test_a_file_is_used_by_its_whole_path(
    tiny: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.gguf").write_bytes(tiny)
    assert catalogue.use("mine.gguf").model == str((tmp_path / "mine.gguf").resolve())
    with pytest.raises(ModelNotFoundError):
        catalogue.use("gone.gguf")
    (tmp_path / "none.gguf").write_text("not one")
    with pytest.raises(ModelFileError):
        catalogue.use("none.gguf")


def test_a_model_that_the_configuration_names_and_an_address_can_be_used(config: Path) -> None:
    config.write_text('[models.big]\nendpoint = "https://example.org/v1"\n')
    assert catalogue.use("big").model == "big"
    address = "https://example.org/v1#some/model"
    assert catalogue.use(address).model == address


def test_an_unknown_name_is_refused_and_nothing_is_written(config: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        catalogue.use("nothing of the kind")
    assert not config.exists()


def test_what_goes_before_the_configuration_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOURISHING_MODEL", "local")
    assert catalogue.use("echo").overridden == "local"
    assert catalogue.use("local").overridden == ""


@pytest.mark.parametrize("content", [b"model = echo", b'model = "caf\xe9"'])
def test_a_broken_configuration_is_refused_and_left(config: Path, content: bytes) -> None:
    config.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        catalogue.use("echo")
    assert config.read_bytes() == content


def test_a_configuration_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FLOURISHING_CONFIG", str(tmp_path / "file" / "config.toml"))
    with pytest.raises((StorageError, InputError)) as refusal:
        catalogue.use("echo")
    assert refusal.value.hint
