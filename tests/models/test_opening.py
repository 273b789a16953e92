"""Opening a model by name."""

from __future__ import annotations

from pathlib import Path

import pytest

import flourishing as fl
from flourishing import settings
from flourishing.errors import InputError, ModelFileError, ModelNotFoundError
from flourishing.models import open_model
from flourishing.models.endpoint import Endpoint
from flourishing.models.weights import EMBEDDED_NAMES
from tests.conftest import ScriptedModel
from tests.models.conftest import KEY
from tests.models.server import Server


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


# Models behind an address.


def configure(text: str) -> Path:
    path = settings.config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


DESCRIBED = """
model = "mixtral"
[models.mixtral]
endpoint = "https://api.example.org/v1/"
model = "mistralai/Mixtral-8x22B-v0.1"
key_env = "PLANTED_KEY"
context = 65536
input_price = 0.5
output_price = 1
cached_price = 0.25
currency = "EUR"
extra_body = { top_a = 0.1 }
parallel = 3
timeouts = { connect = 5, first_token = 300.5 }
"""


def test_a_model_of_the_configuration_is_opened_by_its_name() -> None:
    configure(DESCRIBED)
    model = open_model()
    assert isinstance(model, Endpoint)
    assert open_model("mixtral") is model
    assert model.name == "https://api.example.org/v1#mistralai/Mixtral-8x22B-v0.1"
    assert (model.settings.input_price, model.settings.currency) == (0.5, "EUR")
    assert (model.settings.timeouts.first_token, model.settings.timeouts.connect) == (300.5, 5)
    assert model.settings.extra_body == {"top_a": 0.1}


def test_what_texts_say_they_are_from_opens_the_described_model_again() -> None:
    configure(DESCRIBED)
    again = open_model(open_model("mixtral").name)
    assert isinstance(again, Endpoint)
    assert again.settings.key_env == "PLANTED_KEY"


def test_a_model_that_was_described_anew_is_opened_anew() -> None:
    configure(DESCRIBED)
    first = open_model("mixtral")
    assert open_model("mixtral") is first
    configure(DESCRIBED.replace("65536", "1000"))
    second = open_model("mixtral")
    assert isinstance(second, Endpoint)
    assert second.settings.context == 1000


def test_a_described_chat_model_does_not_hide_the_others() -> None:
    configure('[models.talker]\nmodel = "chat:o/m"\n' + DESCRIBED.replace('model = "mixtral"', ""))
    again = open_model(open_model("mixtral").name)
    assert isinstance(again, Endpoint)
    assert again.settings.key_env == "PLANTED_KEY"


def test_an_address_is_a_model_however_it_is_written() -> None:
    model = open_model("http://localhost:8080/v1#gemma")
    assert model.name == "http://localhost:8080/v1#gemma"
    assert open_model("http://localhost:8080/#gemma") is model
    assert open_model("localhost:8080/v1/completions#gemma") is model


def test_the_key_of_an_address_is_the_one_of_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOURISHING_API_KEY", f" {KEY}\n")
    server.calls.pop("good", None)
    texts = fl.base_model("|cat|dog|", responses=2, model=f"{server.base('good')}#by-address")
    assert len(texts) == 2
    sent = {call.headers.get("authorization") for call in server.calls["good"]}
    assert sent == {f"Bearer {KEY}"}


def test_a_described_model_gets_its_own_key_and_no_other(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOURISHING_API_KEY", "sk-of-somebody-else")
    configure(f'[models.own]\nendpoint = "{server.base("good")}"\nmodel = "own"')
    server.calls.pop("good", None)
    fl.base_model("|cat|dog|", model="own")
    assert not any("authorization" in call.headers for call in server.calls["good"])


@pytest.mark.parametrize(
    ("key", "kind"),
    [("", fl.ModelError), ("two words\nand lines", InputError), ("schl\u00fcssel", InputError)],
)
def test_a_key_that_is_missing_or_cannot_be_sent_is_an_error_without_it(
    server: Server, monkeypatch: pytest.MonkeyPatch, key: str, kind: type[fl.FlourishingError]
) -> None:
    monkeypatch.setenv("OWN_KEY", key)
    configure(
        f'[models.own]\nendpoint = "{server.base("good")}"\nmodel = "own"\nkey_env = "OWN_KEY"'
    )
    with pytest.raises(kind, match="OWN_KEY") as refusal:
        fl.base_model("|cat|dog|", model="own")
    assert not key or key not in str(refusal.value) + refusal.value.hint


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('model = "m"', "endpoint is missing"),
        ('endpoint = "http://h/v1"', "model is missing"),
        ('endpoint = "http://h/v1"\nmodel = " "', "no name"),
        ('model = "chat:openai/m"\nkind = "openai"', "takes no kind"),
        ('endpoint = "http://h/v1"\nmodel = "m"\nkey = "sk-planted"', "key is not known"),
        ('endpoint = "http://h/v1"\nmodel = "m"\ncontext = "many"', "context:"),
        ('endpoint = "http://h/v1"\nmodel = "m"\nparallel = 0', "parallel"),
        ('endpoint = "http://h/v1"\nmodel = "m"\ninput_price = -1', "price"),
        ('endpoint = "http://h/v1"\nmodel = "m"\nkind = "kobold"', "kind:"),
        ('endpoint = "http://h/v1"\nmodel = "m"\nkeyring = "alone"', "service:user"),
        ('endpoint = "http://h/v1"\nmodel = "m"\nkeyring = "a:b"\nkey_env = "C"', "not both"),
        ('endpoint = "http://h/v1"\nmodel = "m"\ntimeouts = { connect = 0 }', "above 0"),
        ('endpoint = "http://h/v1"\nmodel = "m"\ntimeouts = { conect = 1 }', "timeouts.conect"),
    ],
)
def test_a_wrong_description_names_file_table_key_and_remedy(table: str, said: str) -> None:
    path = configure(f"[models.own]\n{table}")
    with pytest.raises(InputError) as refusal:
        open_model("own")
    for part in (str(path), "[models.own]", said):
        assert part in str(refusal.value)
    assert 'endpoint = "https://host/v1"' in refusal.value.hint
    assert "sk-planted" not in str(refusal.value) + refusal.value.hint


@pytest.mark.parametrize("name", ["local", "echo", *sorted(EMBEDDED_NAMES), '"chat:o/m"'])
def test_a_description_may_not_take_the_name_of_another_model(name: str) -> None:
    configure(f'[models.{name}]\nendpoint = "http://h/v1"\nmodel = "m"')
    with pytest.raises(InputError, match=name.strip('"')):
        open_model("something")


def test_a_key_in_the_wrong_place_of_the_configuration_is_not_shown() -> None:
    configure('api_key = "sk-planted"')
    with pytest.raises(InputError, match="api_key") as refusal:
        open_model()
    assert "sk-planted" not in str(refusal.value)


def test_an_unknown_name_is_refused_with_those_of_the_configuration() -> None:
    configure(DESCRIBED)
    with pytest.raises(ModelNotFoundError) as refusal:
        open_model("mixtrall")
    assert "mixtral" in refusal.value.hint


def test_a_chat_model_is_opened_by_the_name_that_its_texts_say_they_are_from() -> None:
    assert open_model("chat:openai/gpt-4o").name == "chat:openai/gpt-4o"
    assert open_model("chat:openai/gpt-4o") is open_model("chat:openai/gpt-4o")
