"""The event loop of the studio, which answers everybody: nothing that blocks runs on it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from PIL import Image

from flourishing import sync
from flourishing.garden import AsyncGarden, Garden
from flourishing.models import BaseModel
from flourishing.studio.app import make_app
from flourishing.studio.guard import Door
from tests.blocking_calls import noted_blocking_calls
from tests.models.catalogue.conftest import NAME, hub, tiny
from tests.models.catalogue.server import Hub
from tests.models.server import Server
from tests.models.test_probing import Model
from tests.studio.conftest import BEARER, PORT, TOKEN, ForkedStudio, Studio, Told, free_port
from tests.studio.test_models import OwnKeyring, ring
from tests.talker import describe, talking

__all__ = ["hub", "ring", "tiny"]  # fixtures of other tests, used by name

PARENTS = ["a gull over the grey harbour", "the tide takes back the sand", "salt on the window"]
WRITES = 60
"""More than AnyIO, and so FastAPI, has threads."""


class Caller:
    """Calls an application on this event loop, and notes which endpoints have answered."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.answered: set[Any] = set()

    async def ask(
        self, method: str, path: str, body: Any = None, *, to_the_end: bool = False, **query: Any
    ) -> Any:
        """Ask, and give the answer, from its JSON if it is JSON.

        Of events, the first is taken, and all of them only where that is said.
        """
        content = body if isinstance(body, bytes) else b"" if body is None else _json(body)
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": urlencode(query).encode(),
            "headers": [
                (b"host", f"127.0.0.1:{PORT}".encode()),
                (b"authorization", BEARER["Authorization"].encode()),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(content)).encode()),
                (b"accept", b"*/*"),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", PORT),
            "state": {},
        }
        sent, left = [{"type": "http.request", "body": content}], asyncio.Event()
        came: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if sent:
                return sent.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            came.append(message)
            kind = dict(came[0]["headers"]).get(b"content-type", b"")
            if not to_the_end and message.get("body") and kind.startswith(b"text/event-stream"):
                left.set()

        await self._app(scope, receive, send)
        whole = b"".join(message.get("body", b"") for message in came[1:])
        assert came[0]["status"] < 400, (method, path, whole)
        self.answered.add(scope.get("endpoint"))
        kind = dict(came[0]["headers"]).get(b"content-type", b"")
        return json.loads(whole) if whole and kind == b"application/json" else whole


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


async def use_everything(caller: Caller, more: Callable[..., Awaitable[None]]) -> None:
    """Ask each endpoint for something that it can do; `more` asks those about models."""
    ask = caller.ask
    await ask("GET", "/api/studio")
    await ask("GET", "/")
    await ask("GET", "/api/models")
    await ask("POST", "/api/models/load", name="echo")
    bed = await ask("POST", "/api/beds", {"name": "sea", "parents": PARENTS})
    url = f"/api/beds/{bed['id']}"
    await ask("GET", "/api/beds")
    await ask("GET", url)
    await ask("PATCH", url, {"settings": {"max_tokens": 8, "model": "echo"}, "n": 2})
    await ask("GET", f"{url}/events")
    await ask("GET", f"{url}/prompt")
    begun = await ask("POST", "/api/broods", {"bed": bed["id"], "seed": 3})
    key = json.loads(begun.split(b"data: ")[1].splitlines()[0])["key"]
    await ask("GET", f"/api/broods/running/{key}", to_the_end=True)
    now = await ask("GET", url)
    await ask("DELETE", f"/api/broods/running/{key}")
    await ask("GET", f"/api/broods/{now['brood']['id']}")
    await ask("GET", f"{url}/broods")
    await ask("GET", f"{url}/cost")
    await ask("GET", f"{url}/rounds")
    await ask("GET", f"{url}/taste")
    await ask("GET", f"{url}/exchanges")
    (fog,) = await ask("POST", "/api/texts", {"texts": ["fog over the fields"]})
    exchanged = {"out": now["parents"][0]["id"], "into": fog["id"]}
    await ask("POST", f"{url}/exchanges", {"exchanges": [exchanged]})
    await ask("POST", f"{url}/pattern", {"name": "own", "separator": "\n---\n"})
    text = now["brood"]["offspring"][0]["id"]
    edit = await ask("POST", f"/api/texts/{text}/edits", {"content": "an edit", "bed": bed["id"]})
    await ask("POST", f"{url}/refine/{edit['id']}")
    await ask("GET", f"{url}/prompt", operation="refined")
    await ask("POST", f"{url}/accept", {})
    await ask("POST", f"{url}/undo")
    await ask("POST", f"{url}/redo")
    await ask("POST", f"{url}/parents", {"sources": ["imagists"], "take": 2})
    await ask("POST", f"{url}/parents", {})
    await use_texts(ask, edit["id"], text)
    await use_renderings(ask, bed["id"])
    await use_library(ask, text)
    await use_runs(ask)
    await more(ask)
    await ask("POST", "/api/logout")


async def use_texts(ask: Callable[..., Any], edit: int, text: int) -> None:
    await ask("POST", "/api/texts", {"texts": ["fog"]})
    await ask("POST", "/api/marks", {"mark": "keep", "ids": [text]})
    await ask("POST", "/api/tags", {"tag": "sea", "ids": [text]})
    await ask("GET", "/api/tags")
    await ask("GET", "/api/texts")
    await ask("GET", "/api/texts", words="an edit")
    await ask("GET", f"/api/texts/{edit}")
    await ask("GET", f"/api/texts/{edit}/diff", to=text)
    for part in ("echoes", "family", "page", "share", "share/contents", "way"):
        await ask("GET", f"/api/texts/{edit}/{part}")
    await ask("GET", "/api/lineage/last")
    await ask("PUT", f"/api/texts/{edit}/title", {"title": "Fog"})
    await ask("GET", f"/api/texts/{edit}/words", at=0)
    await ask("POST", f"/api/texts/{edit}/words", {"at": 0, "word": "the"})


async def use_renderings(ask: Callable[..., Any], bed: int) -> None:
    await ask("GET", "/api/kinds")
    (wave,) = await ask("POST", "/api/texts", {"texts": ["pixel(x, y) = sin(9*x)"]})
    await ask("GET", f"/api/texts/{wave['id']}/render", size=16)
    await ask("GET", f"/api/texts/{wave['id']}/live")
    await ask("GET", "/api/collections/pictures/items/0/render", size=16)
    await ask("GET", "/api/collections/pictures/items/0/live")
    await ask("GET", f"/api/texts/{wave['id']}/forms")
    await ask("GET", "/api/contact-sheet", text=wave["id"], size=16)
    await ask("GET", f"/api/texts/{wave['id']}/pictures")
    (prompt,) = await ask("POST", "/api/texts", {"texts": ["hot: cold\nwet: dry"]})
    await ask("GET", "/api/tasks")
    answers = f"/api/texts/{prompt['id']}/answers"
    await ask("GET", answers, task="antonyms", bed=bed, shown=1)


async def use_a_model_of_pictures(ask: Callable[..., Any]) -> None:
    (owl,) = await ask("POST", "/api/texts", {"texts": ["an owl of glass"]})
    made = await ask("POST", f"/api/texts/{owl['id']}/pictures", {})
    await ask("GET", f"/api/pictures/{made['id']}")


async def use_library(ask: Callable[..., Any], text: int) -> None:
    await ask("GET", "/api/collections")
    await ask("GET", "/api/collections/imagists")
    await ask("POST", "/api/collections/mine/items", {"ids": [text]})
    await ask("POST", "/api/collections/imagists/texts", {"indexes": [0]})
    await ask("DELETE", "/api/collections/mine/items", ids=text)
    await ask("POST", "/api/import", b"one\n\ntwo", name="a.txt", preview="true")
    brought = await ask("POST", "/api/import", b"one\n\ntwo", name="a.txt")
    await ask("POST", f"/api/acts/{brought['act']}/undo")
    for form in ("markdown", "jsonl", "plain", "preferences"):
        await ask("POST", "/api/export", {"form": form})
    await ask("POST", "/api/export", {"collection": "imagists", "form": "plain"})
    for form in ("html", "epub", "pdf"):
        await ask("POST", "/api/chapbook", {"title": "Sea", "form": form})
    await ask("GET", "/api/chapbook", ids=str(text))
    await ask("POST", "/api/garden/backup")


async def use_runs(ask: Callable[..., Any]) -> None:
    await ask("GET", "/api/runs/choices")
    texts = [
        *PARENTS,
        "fog\nover\nthe fields",
        "\n".join(["a", "lamp", "goes", "by", "the", "house"]),
    ]
    asked = {"texts": texts, "kind": "poem", "model": "echo", "budget": {"completions": 16}}
    run = (await ask("POST", "/api/runs", asked))["id"]
    await ask("POST", f"/api/runs/{run}/texts", {"texts": ["a lantern"]})
    await ask("POST", f"/api/runs/{run}/bend", {"towards": [[0, 0]]})
    await ask("GET", f"/api/runs/{run}/events", to_the_end=True)
    await ask("POST", f"/api/runs/{run}/resume", {"budget": {"completions": 24}})
    await ask("POST", f"/api/runs/{run}/stop")
    await ask("GET", f"/api/runs/{run}")
    asked_of = f"/api/runs/{run}/triple"
    for _ in range(3):
        one, two, odd = (each["id"] for each in (await ask("GET", asked_of))["texts"])
        await ask("POST", f"/api/runs/{run}/triples", {"alike": [one, two], "odd": odd})
    await ask("POST", f"/api/runs/{run}/measure", {"name": "alike-1"})
    await ask("GET", "/api/runs")


async def use_models(ask: Callable[..., Any], file: Path, server: str) -> None:
    await ask("GET", "/api/models/catalogue")
    await ask("GET", "/api/models/kept")
    await ask("POST", "/api/models/pulls", name=NAME)
    await ask("POST", "/api/models/pulls/pause", name=NAME)
    await ask("GET", "/api/models/pulls/events")
    await ask("DELETE", "/api/models", name=NAME)
    await ask("GET", "/api/models/folders", folder=str(file.parent))
    added = await ask("POST", "/api/models/files", {"path": str(file)})
    await ask("POST", "/api/models/default", {"name": added["name"]})
    await ask("POST", "/api/models/default", {"name": "local"})
    await ask("DELETE", "/api/models", name=added["name"])
    await ask("POST", "/api/models/servers/look", {"endpoint": server, "key": "sk-typed"})
    await ask("POST", "/api/models/servers/find")
    added = await ask("POST", "/api/models/servers", {"endpoint": server, "model": "m"})
    await ask("POST", "/api/models/servers/key", {"name": added["name"], "key": "sk-typed"})
    await ask("PUT", "/api/models/hub/token", {"token": "hf_typed"})
    await ask("POST", "/api/models/probe", name=added["name"])
    await ask("POST", "/api/models/try", {"name": added["name"], "prompt": "1 2 3 4 5"})


def test_no_endpoint_blocks_the_event_loop(
    garden: Garden,
    hub: Hub,
    tmp_path: Path,
    tiny_weights: Path,
    ring: OwnKeyring,
) -> None:
    app = make_app(garden, door=Door("127.0.0.1", PORT, token=TOKEN), model="echo")
    caller = Caller(app)
    file = Path(shutil.copy(tiny_weights, tmp_path / "one.gguf"))
    hub.slowly = 0.05

    async def use(server: str) -> None:
        async with app.router.lifespan_context(app):
            await use_a_model_of_pictures(caller.ask)
            await use_everything(caller, lambda ask: use_models(ask, file, server))

    file_of_picture = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(file_of_picture, "PNG")
    drawn = {"data": [{"b64_json": base64.b64encode(file_of_picture.getvalue()).decode()}]}
    with (
        talking(lambda _, __: (200, drawn)) as painter,
        talking(Model(), listed=[{"id": "m"}]) as talker,
    ):
        describe("image", painter, key=False)
        with noted_blocking_calls() as found:
            asyncio.run(use(talker.base))
    assert list(ring.keys.values()) == ["sk-typed", "hf_typed"]
    assert not found, "\n".join(found)
    endpoints = {each.endpoint: each.path for each in app.routes if isinstance(each, APIRoute)}
    assert [path for endpoint, path in endpoints.items() if endpoint not in caller.answered] == []
    assert len(endpoints) > 80


@pytest.mark.slow
def test_breeding_on_the_embedded_model_does_not_block_the_event_loop(
    local: BaseModel, garden: Garden
) -> None:
    from flourishing.app import bed_operations

    bed = garden.beds.begin(
        "sea",
        parents=tuple(each.id for each in garden.add(*PARENTS, keep=False)),
        n=2,
        settings={"max_tokens": 6, "refills": 0},
    )

    async def breed() -> list[str]:
        events = bed_operations.next_brood(AsyncGarden(garden), bed, model=local)
        return [type(event).__name__ async for event in events]

    with noted_blocking_calls() as found:
        assert sync.run(breed())[-1] == "Brood"
    assert found == []


def test_what_blocks_an_event_loop_is_noted(garden: Garden, tmp_path: Path) -> None:
    async def block() -> None:
        garden.counts()
        (tmp_path / "file").write_text("words")

    with noted_blocking_calls() as found:
        asyncio.run(block())
    assert any("SELECT" in each for each in found)
    assert any("file" in each for each in found)


class Writers:
    """Requests to write that are on their way, and the answers that have come."""

    def __init__(self, studio: Studio, text: int) -> None:
        self.codes: list[int] = []
        self._threads = [
            threading.Thread(target=self._write, args=(studio, text, number))
            for number in range(WRITES)
        ]
        for thread in self._threads:
            thread.start()

    def _write(self, studio: Studio, text: int, number: int) -> None:
        asked = {"tag": f"tag {number}", "ids": [text]}
        answer = studio.ask("POST", "/api/tags", json=asked, timeout=300)
        self.codes.append(answer.status_code)

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


@pytest.fixture
def slow(tmp_path: Path, talkers: Server) -> Any:
    """Give a running studio whose model takes its time."""
    studio = ForkedStudio(tmp_path, free_port(), model=f"{talkers.base('slow')}#m")
    studio.start()
    yield studio
    studio.kill()


def test_what_needs_no_writing_is_answered_while_another_program_has_the_garden_locked(
    slow: Studio,
) -> None:
    bed = slow.ask("POST", "/api/beds", json={"name": "sea", "parents": PARENTS}).json()["id"]
    (text,) = slow.ask("POST", "/api/texts", json={"texts": ["fog"]}).json()
    asked = {"bed": bed, "n": 40}
    key = slow.follow("POST", "/api/broods", json=asked, until=lambda told: told.event == "brood")[
        0
    ].data["key"]
    with closing(sqlite3.connect(slow.garden, isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        writers = Writers(slow, text["id"])
        try:
            for path in ("/api/models", "/openapi.json", "/", "/api/texts", f"/api/beds/{bed}"):
                answer = slow.ask("GET", path, timeout=300)
                assert answer.status_code == 200, path
                assert writers.codes == []
            slow.follow("GET", f"/api/beds/{bed}/events", until=lambda _: True)
            seen = Counter[str]()

            def has_gone_on(told: Told) -> bool:
                seen[told.event] += 1
                return seen["token"] > 5

            slow.follow("GET", f"/api/broods/running/{key}", until=has_gone_on)
            assert writers.codes == []
        finally:
            other.execute("ROLLBACK")
            writers.join()
    assert writers.codes == [200] * WRITES
    assert len(slow.ask("GET", f"/api/texts/{text['id']}").json()["tags"]) == WRITES
