"""Servers on this machine are found, and only those; folders show models alone; trying a model."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from flourishing import sync
from flourishing.app.models import Folder, find_servers, list_folder, look_at_server, try_prompt
from flourishing.errors import InputError, ModelError
from flourishing.models import BaseModel
from flourishing.models.catalogue import overview, speed
from tests.models.test_probing import Model
from tests.talker import talking


def test_servers_are_found_at_the_ports_that_are_asked_and_nothing_else_is() -> None:
    with (
        talking(Model(), listed=[{"id": "m", "owned_by": "llamacpp"}]) as one,
        talking(Model(), listing={"none": "of models"}) as other,
        socket.socket() as silent,
    ):
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        ports = {one.port: "llama.cpp", other.port: "Ollama", silent.getsockname()[1]: "LM Studio"}
        found = asyncio.run(find_servers(ports))
    assert [(program, each.models, each.base) for program, each in found] == [
        ("llama.cpp", ("m",), one.base)
    ]


def test_a_server_that_wants_a_key_says_so_in_our_words() -> None:
    with talking(Model(), listing="{'error': 'of another service'}") as talker:
        with pytest.raises(ModelError, match="does not list its models") as refusal:
            sync.run(look_at_server(talker.base))
        assert "of another service" not in str(refusal.value)


def test_an_empty_folder_and_one_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert list_folder(str(tmp_path / "empty")) == Folder(
        str(tmp_path / "empty"), str(tmp_path), (), ()
    )
    for path in ("nothing", "empty/x.gguf", "a\0b"):
        with pytest.raises(InputError, match="cannot be read"):
            list_folder(str(tmp_path / path))


def test_only_the_first_part_of_a_split_file_is_shown(tmp_path: Path) -> None:
    for name in ("x-00001-of-00002.gguf", "x-00002-of-00002.gguf", ".y.gguf", "z.txt", "A.GGUF"):
        (tmp_path / name).write_bytes(b"GGUF")
    shown = [Path(path).name for path, _ in list_folder(str(tmp_path)).files]
    assert shown == ["A.GGUF", "x-00001-of-00002.gguf"]


def test_the_embedded_model_is_tried_and_how_fast_it_is_is_seen(
    local: BaseModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOURISHING_CACHE", str(tmp_path / "cache"))
    tried = sync.run(try_prompt("The sea is", local, n=2, max_tokens=24, seed=7))
    assert len(tried.texts) == 2
    assert all(text.strip() for text in tried.texts)
    assert tried.tokens
    assert speed.speed(local.name, 1).seen
    embedded = overview().models[0]
    assert embedded.speed == speed.Speed(round(tried.tokens, 2), seen=True)
