"""No key ever reaches the page: some are planted, all is asked for, and they are looked for."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from tests.models.server import Server
from tests.studio.conftest import BEARER, NO_TLS, TOKEN, ForkedStudio, Studio, free_port
from tests.test_no_key import KEY, forms

IN_ADDRESS = "sk-in-the-address"
IN_FILE = "sk-by-its-variable"


@pytest.fixture
def studio(tmp_path: Path, talkers: Server, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Give a studio, not yet started, that has a key wherever one can be."""
    monkeypatch.setenv("FLOURISHING_API_KEY", KEY)
    monkeypatch.setenv("PLANTED_KEY", IN_FILE)
    models = "".join(
        f"[models.{name}]\nendpoint = {json.dumps(talkers.base(behaviour))}\n"
        f'model = "m"\nkey_env = "PLANTED_KEY"\n'
        for name, behaviour in (
            ("good", "good"),
            ("tells", "tells_the_key"),
            ("no", "unauthorised"),
        )
    )
    (tmp_path / "config.toml").write_text(models)
    return ForkedStudio(tmp_path, free_port())


def require_no_key(said: str | bytes) -> None:
    written = said.encode() if isinstance(said, str) else said
    for key in (KEY, IN_ADDRESS, IN_FILE, TOKEN):
        for form in forms(key):
            assert form not in written


def test_no_key_reaches_the_page(studio: Studio, talkers: Server) -> None:
    studio.start()
    try:
        by_address = f"{talkers.base('tells_the_key')}#m"
        for model in ("good", "tells", "no", by_address, f"http://{IN_ADDRESS}@127.0.0.1:9/v1#m"):
            asked = {"parents": ["a gull", "the tide"], "n": 2, "model": model}
            for accept in ("text/event-stream", "application/json"):
                with httpx2.stream(
                    "POST",
                    f"{studio.url}/api/broods",
                    json=asked,
                    headers={**BEARER, "Accept": accept},
                    timeout=60,
                    verify=NO_TLS,
                ) as answer:
                    require_no_key(answer.read())
                    require_no_key(str(answer.headers))
        bed = studio.ask("POST", "/api/beds", json={"parents": ["a gull"]}).json()["id"]
        for path in (
            *("/", "/openapi.json", "/api/studio", "/api/models", "/api/beds"),
            *(f"/api/beds/{bed}", f"/api/beds/{bed}/prompt", "/api/texts/1", "/api/texts"),
            *("/api/collections", "/api/broods/1", "/api/texts/1/page", "/api/nothing"),
        ):
            require_no_key(studio.ask("GET", path).content)
    finally:
        studio.stop()
    # The address that the owner is to open has the token; nothing else that is printed has.
    require_no_key(studio.said.read_bytes().replace(f"/?token={TOKEN}".encode(), b"/"))
    for file in studio.folder.rglob("*"):
        if file.is_file() and file != studio.said:
            require_no_key(file.read_bytes())


@pytest.mark.slow
def test_a_key_in_the_address_of_the_default_model_does_not_either(studio: Studio) -> None:
    studio.model = f"http://{IN_ADDRESS}@127.0.0.1:9/v1#m"
    studio.start()
    try:
        for path in ("/api/studio", "/api/models"):
            answer = studio.ask("GET", path)
            assert answer.status_code == 200
            require_no_key(answer.content)
    finally:
        studio.kill()
