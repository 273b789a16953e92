"""What there is: the embedded model, what was pulled, and the catalogue.

Also: memory: what a model needs, and whether it fits; using a model: one line of the configuration
changes, and nothing else.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flourishing as fl
from flourishing.errors import InputError, ModelFileError, ModelNotFoundError, StorageError
from flourishing.models import catalogue
from flourishing.models.catalogue import Model, overview
from flourishing.models.catalogue.entries import embedded_entry, entries
from flourishing.models.catalogue.overview import fits, machine_memory, needed, warning
from flourishing.settings import config_path, default_model
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
    assert [each.name for each in overview().models if each.here] == ["local"]
    (begun,) = (each for each in overview().models if each.kind == "pulled")
    assert (begun.name, begun.path, begun.unfinished) == ("hf:o/n/x.gguf", None, 4)


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


def test_the_machines_memory_is_what_the_system_says_or_a_containers_limit() -> None:
    memory = machine_memory()
    assert memory is not None
    assert 1e8 < memory <= psutil.virtual_memory().total


def test_a_cache_counts_by_layers_heads_and_width() -> None:
    mistral = next(entry for entry in entries() if entry.name == "mistral-7b-v0.1")
    cache = needed(mistral.size, mistral) - needed(0, None) - mistral.size
    assert cache == 2 * 32 * 8 * 128 * 2 * 16_384  # 2 GiB


def test_a_short_context_needs_a_small_cache() -> None:
    pythia = next(entry for entry in entries() if entry.name == "pythia-1.4b")
    assert needed(0, pythia) - needed(0) == 2 * 24 * 16 * 128 * 2 * 2_048


def test_the_embedded_model_needs_less_than_a_gigabyte() -> None:
    assert needed(embedded_entry().size, embedded_entry()) < 1e9


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_what_fits_with_less_memory_fits_with_more(need: int, memory: int) -> None:
    order = ("no", "tight", "yes")
    less, more = fits(need, memory), fits(need, memory * 2)
    assert less is not None
    assert more is not None
    assert order.index(less) <= order.index(more)


@pytest.mark.parametrize(("need", "said"), [(8, "yes"), (9, "tight"), (10, "tight"), (11, "no")])
def test_a_fifth_is_left_to_others(need: int, said: str) -> None:
    assert fits(need, 10) == said


def test_what_does_not_fit_is_said_in_words() -> None:
    assert "more than the 8.0 GB" in warning(int(9e9), int(8e9))
    assert "nearly all of the 8.0 GB" in warning(int(7e9), int(8e9))
    assert warning(int(1e9), int(8e9)) == warning(int(9e9), None) == ""


def test_where_the_memory_is_unknown_nothing_is_promised() -> None:
    assert fits(1, None) is None


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
