"""Files of models, wherever people have them: found, named, and looked at before they are used."""

from __future__ import annotations

import os
import struct
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing import settings, sync
from flourishing.core.sampling import Sampling
from flourishing.errors import ModelFileError, ModelNotFoundError
from flourishing.models import open_model
from flourishing.models.catalogue import use
from flourishing.models.embedded import EmbeddedModel
from flourishing.models.gguf import Header, located, names_file
from flourishing.models.opening import open_in_worker
from flourishing.models.protocol import Notice


def gguf(values: dict[str, str], tensors: int = 0) -> bytes:
    """Give a file that has a header and no model."""
    content = b"GGUF" + struct.pack("<IQQ", 3, tensors, len(values) + 2)
    content += (
        _text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + _text("a") + _text("")
    )
    content += _text("general.quantization_version") + struct.pack("<II", 4, 2)
    for key, value in values.items():
        content += _text(key) + struct.pack("<I", 8) + _text(value)
    return content + bytes(4096)


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def write(path: Path, **values: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gguf({key.replace("__", "."): value for key, value in values.items()}))
    return path


def test_a_link_into_the_cache_of_the_hub_is_a_model(tmp_path: Path) -> None:
    blob = write(tmp_path / "models--a--b" / "blobs" / "5f70bf18a0")
    link = tmp_path / "models--a--b" / "snapshots" / "main" / "b-7b.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(os.path.relpath(blob, link.parent))
    model = open_model(str(link))
    assert isinstance(model, EmbeddedModel)
    assert model.name == str(link), "its own name says what it is"
    assert open_model(model.name) is model
    assert open_model(str(blob)) is model, "the same file under both names"
    assert open_in_worker(str(link)).name == str(link)
    assert use(str(link)).model == str(link)


@pytest.mark.parametrize("name", ["X.GGUF", "x.Gguf", "a b ü 漢.gguf", "no ending", "v0.1"])
def test_a_file_is_a_model_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name)
    assert names_file(str(path))
    assert open_model(str(path)) is open_model(path)
    assert use(str(path)).model == str(path)


def test_a_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = write(tmp_path / "models" / "poet")
    assert open_model("~/models/poet") is open_model(str(path))
    with pytest.raises(ModelNotFoundError):
        open_model("~nobody-of-that-name/poet.gguf")


@pytest.mark.parametrize("name", ["poet", "./none", "http://h/v1#m", "a/b#m", "chat:a/b", "local"])
def test_what_is_no_file_is_no_file(name: str) -> None:
    assert not names_file(name)


@pytest.mark.timeout(10)
def test_a_pipe_and_a_folder_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not names_file(str(tmp_path / "pipe"))
    assert not names_file(f"{tmp_path}/")


def test_a_name_of_the_configuration_is_no_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "poet")
    config = settings.config_path()
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[models.poet]\nendpoint = "http://h/v1"\nmodel = "m"\n')
    assert open_model("poet").name == "http://h/v1#m"
    assert open_model("./poet").name == str(tmp_path / "poet")


@pytest.mark.parametrize("ending", ["gguf", "GGUF"])
def test_a_missing_part_is_named(tmp_path: Path, ending: str) -> None:
    parts = [tmp_path / f"big-{part:05}-of-00003.{ending}" for part in (1, 2, 3)]
    write(parts[0])
    write(parts[2])
    for either in (parts[0], parts[2]):
        with pytest.raises(ModelFileError, match=rf"3 parts.*big-00002-of-00003\.{ending}"):
            open_model(str(either))
    write(parts[1])
    assert located(parts[0]) == located(parts[2]) == parts[0], "llama.cpp is given the first"


def test_the_parts_of_a_model_in_the_cache_of_the_hub_keep_their_names(tmp_path: Path) -> None:
    links = [tmp_path / "snapshots" / f"big-{part:05}-of-00002.gguf" for part in (1, 2)]
    for at, link in enumerate(links):
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(write(tmp_path / "blobs" / f"{at}.gguf"))
    assert located(links[1]) == links[0]


def test_a_part_that_is_not_there_at_all_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        open_model(str(tmp_path / "big-00001-of-00003.gguf"))


# Instruct models.


@pytest.mark.parametrize(
    ("name", "values", "sign"),
    [
        ("gemma-3-270m-it-Q4_K_M", {}, "is called"),
        ("x", {"general__name": "Llama 3.2 1B Instruct"}, "'Llama 3.2 1B Instruct'"),
        ("x", {"general__finetune": "it"}, "tuned"),
        ("x", {"general__finetune": "Instruct"}, "tuned"),
        ("vicuna-chat", {}, "is called"),
        ("x", {"tokenizer__chat_template": "{{ messages }}"}, "template for conversations"),
        ("Qwen3-8B-Base", {"tokenizer__chat_template": "{{ messages }}"}, ""),
        ("gemma-3-270m-pt", {"tokenizer__chat_template": "{{ messages }}"}, ""),
        ("gemma-3-270m", {"general__name": "Gemma 3 270m"}, ""),
        ("make-it-rain-7b", {}, ""),
        ("Mistral-7B-v0.1", {}, ""),
    ],
)
def test_an_instruct_model_is_noticed(
    tmp_path: Path, name: str, values: dict[str, str], sign: str
) -> None:
    path = write(tmp_path / f"{name}.gguf", **values)
    found = Header.read(path).instruct_sign(path)
    assert sign in found
    assert bool(found) == bool(sign)
    assert use(str(path)).instruct_sign == found


def test_an_instruct_model_is_used_and_said_to_be_one(tmp_path: Path, tiny_weights: Path) -> None:
    path = tmp_path / "poet-1b-it.gguf"
    path.symlink_to(tiny_weights)
    model = EmbeddedModel.from_file(path)

    async def notices() -> list[str]:
        sampling = Sampling(max_tokens=2)
        events = model.complete("|cat|dog|", n=1, sampling=sampling, stop=("|",), seed=1)
        async with aclosing(events):
            return [each.words async for each in events if isinstance(each, Notice)]

    (told,) = sync.run(notices())
    assert "poet-1b-it.gguf seems to be an instruct model" in told
    assert sync.run(notices()) == [], "once is enough"
    assert model._engine is not None
    model._engine.close()


@given(st.binary(max_size=200), st.integers(0, 300))
def test_a_header_of_any_bytes_is_read_as_far_as_it_goes(more: bytes, at: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.gguf"
        whole = gguf({"general.name": "Poet", "tokenizer.chat_template": "{{ x }}"})
        path.write_bytes(whole[:at] + more + whole[at:])
        assert isinstance(Header.read(path).instruct_sign(path), str)
        path.write_bytes(more)
        assert Header.read(path).texts == {}


@pytest.mark.parametrize(
    "values",
    [
        struct.pack("<IIQQ", 9, 8, 1, 2**63 - 1),  # a text beyond the file
        struct.pack("<IIQ", 9, 4, 2**60),  # numbers beyond it
        struct.pack("<II", 4, 0),  # an alignment of 0
        struct.pack("<If", 6, float("inf")),
        struct.pack("<If", 6, float("nan")),
    ],
)
def test_a_header_whose_numbers_cannot_be_is_read_as_far_as_it_goes(
    tmp_path: Path, values: bytes
) -> None:
    path = tmp_path / "odd.gguf"
    first = _text("general.name") + struct.pack("<I", 8) + _text("Poet")
    content = b"GGUF" + struct.pack("<IQQ", 3, 1, 3) + first + _text("general.alignment") + values
    path.write_bytes(content + _text("later") + bytes(64))
    assert Header.read(path).texts == {"general.name": "Poet"}
