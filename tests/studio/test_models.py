"""The models over the wire: pulled, paused, resumed, added, found, tried and forgotten.

Against a hub and a server on the loopback interface, which misbehave where they are asked to.
"""

from __future__ import annotations

import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import keyring
import pytest
from fastapi.testclient import TestClient
from keyring.backend import KeyringBackend
from keyring.errors import NoKeyringError, PasswordDeleteError

from flourishing.errors import ModelNotFoundError
from flourishing.garden import Garden
from flourishing.models import catalogue
from flourishing.settings import config_path
from flourishing.studio.app import make_app
from flourishing.studio.guard import Door
from tests.models.catalogue.conftest import NAME, hub, no_pauses, tiny
from tests.models.catalogue.server import Hub
from tests.models.test_probing import Model
from tests.studio.conftest import BEARER, PORT, TOKEN, ForkedStudio, free_port
from tests.talker import talking

__all__ = ["hub", "no_pauses", "tiny"]  # fixtures of the catalogue's tests, used by name

FILE = NAME.removeprefix("hf:")
KEY = "sk-typed-on-the-page"
Json = dict[str, Any]


class OwnKeyring(KeyringBackend):
    """A keyring for these tests alone."""

    priority = 1.0

    def __init__(self, *, broken: bool = False) -> None:
        self.keys: dict[tuple[str, str], str] = {}
        self.broken = broken

    def get_password(self, service: str, username: str) -> str | None:
        if self.broken:
            raise NoKeyringError("there is none")
        return self.keys.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.broken:
            raise NoKeyringError("there is none")
        self.keys[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.keys:
            raise PasswordDeleteError("it is not there")
        del self.keys[service, username]


@pytest.fixture
def ring() -> Iterator[OwnKeyring]:
    before = keyring.get_keyring()
    own = OwnKeyring()
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOURISHING_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FLOURISHING_API_KEY", raising=False)


def wait_for(holds: Callable[[], Any]) -> Any:
    """Wait until something holds, and give it; the test's time limit ends it."""
    while not (found := holds()):
        time.sleep(0.02)
    return found


def shown(client: TestClient) -> Json:
    answer = client.get("/api/models/catalogue")
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def row(client: TestClient, name: str) -> Json:
    return next(each for each in shown(client)["models"] if each["name"] == name)


def pull_of(client: TestClient, *states: str, name: str = NAME) -> Json | None:
    found = (each for each in shown(client)["pulls"] if each["name"] == name)
    return next((each for each in found if each["state"] in states), None)


def begin(client: TestClient, name: str = NAME) -> None:
    answer = client.post("/api/models/pulls", params={"name": name})
    assert answer.status_code == 202, answer.text


# The catalogue.


def test_the_catalogue_says_what_each_is_good_at_what_fits_and_how_fast(
    hub: Hub, client: TestClient
) -> None:
    body = shown(client)
    assert body["free"] > 0
    assert body["may_change"]
    for each in body["models"]:
        assert each["good_at"]
        assert each["licence"]
        assert each["speed"]["tokens"] > 0
        assert not each["speed"]["seen"]
    embedded, *others = body["models"]
    assert (embedded["choose"], others[0]["choose"]) == ("local", None)
    fast = {each["name"]: each["speed"]["tokens"] for each in others}
    assert fast["smollm2-135m"] > fast["mistral-7b-v0.1"] > fast["llama-3.1-70b"]
    assert fast["mixtral-8x7b"] > fast["mistral-small-24b"]  # it needs a part of it for a token
    assert "Talkie" in body["described"][0]["title"]
    assert hub.asked == []


# Pulling.


def test_a_model_is_pulled_chosen_bred_with_and_forgotten(
    hub: Hub, client: TestClient, tiny: bytes
) -> None:
    begin(client)
    done = wait_for(lambda: pull_of(client, "done", "failed"))
    assert (done["state"], done["done"], done["size"]) == ("done", len(tiny), len(tiny))
    here = row(client, NAME)
    assert Path(here["choose"]).read_bytes() == tiny
    used = client.post("/api/models/default", json={"name": here["choose"]})
    assert used.status_code == 200, used.text
    assert tomllib.loads(config_path().read_text())["model"] == here["choose"]
    assert row(client, NAME)["default"]
    chosen = [each["name"] for each in client.get("/api/models").json() if each["chosen"]]
    assert chosen == [here["choose"]]
    refused = client.delete("/api/models", params={"name": NAME})
    assert refused.status_code == 422
    assert "default" in refused.json()["detail"]
    client.post("/api/models/default", json={"name": "local"})
    assert client.delete("/api/models", params={"name": NAME}).status_code == 204
    assert not Path(here["choose"]).exists()
    assert NAME not in [each["name"] for each in shown(client)["models"]]
    assert pull_of(client, "done") is None


def test_a_pull_is_paused_and_resumed_from_where_it_was(
    hub: Hub, client: TestClient, tiny: bytes
) -> None:
    hub.slowly = 0.05
    begin(client)
    wait_for(lambda: (found := pull_of(client, "pulling")) and found["done"])
    paused = client.post("/api/models/pulls/pause", params={"name": NAME}).json()
    assert paused["state"] == "paused"
    kept = wait_for(lambda: list(catalogue.folder().rglob("*.part")))
    wait_for(lambda: row(client, NAME)["unfinished"])
    before = len(hub.downloads())
    hub.slowly = 0.0
    begin(client)
    wait_for(lambda: pull_of(client, "done"))
    assert catalogue.pulled()[0].path.read_bytes() == tiny
    assert not kept[0].exists()
    if len(hub.downloads()) > before:  # otherwise it went on before it had ended
        assert hub.downloads()[-1].range


def test_what_was_paused_is_there_after_a_restart_and_can_be_removed(
    hub: Hub, client: TestClient, garden: Garden
) -> None:
    hub.slowly = 0.05
    begin(client)
    wait_for(lambda: (found := pull_of(client, "pulling")) and found["done"])
    client.post("/api/models/pulls/pause", params={"name": NAME})
    wait_for(lambda: row(client, NAME)["unfinished"])
    again = make_app(garden, door=Door("127.0.0.1", PORT, token=TOKEN), model="echo")
    with TestClient(again, base_url=f"http://127.0.0.1:{PORT}", headers=BEARER) as anew:
        left = row(anew, NAME)
        assert (left["choose"], left["unfinished"] > 0) == (None, True)
        assert shown(anew)["pulls"] == []
        assert anew.delete("/api/models", params={"name": NAME}).status_code == 204
        assert NAME not in [each["name"] for each in shown(anew)["models"]]
    assert [*catalogue.folder().rglob("*.part")] == []


def test_a_pull_that_has_not_ended_can_be_given_up(hub: Hub, client: TestClient) -> None:
    hub.slowly = 0.05
    begin(client)
    wait_for(lambda: (found := pull_of(client, "pulling")) and found["done"])
    assert client.delete("/api/models", params={"name": NAME}).status_code == 204
    assert shown(client)["pulls"] == []
    assert [*catalogue.folder().rglob("*.part")] == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda hub, tiny: hub.served.update({FILE: tiny[:-1] + b"!"}), "It was removed. Pull it"),
        (lambda hub, _: setattr(hub, "status", 503), "resume: what came is kept"),
        (lambda hub, _: setattr(hub, "down", True), "resume: what came is kept"),
        (lambda hub, _: setattr(hub, "token", "hf_none_of_ours"), "accepted its terms"),
    ],
    ids=["wrong checksum", "the hub fails", "the connection is lost", "terms"],
)
def test_what_went_wrong_is_told_with_what_to_do(
    hub: Hub, client: TestClient, tiny: bytes, spoil: Callable[[Hub, bytes], None], said: str
) -> None:
    spoil(hub, tiny)
    begin(client)
    failed = wait_for(lambda: pull_of(client, "failed"))
    assert said in failed["problem"]
    assert "flourishing models" not in failed["problem"]  # nobody here has a terminal
    assert NAME not in [each["name"] for each in shown(client)["models"] if each["choose"]]


def test_a_connection_that_broke_is_resumed_by_a_person(
    hub: Hub, client: TestClient, tiny: bytes
) -> None:
    hub.breaks = [40_000, 0, 0, 0, 0]
    begin(client)
    failed = wait_for(lambda: pull_of(client, "failed"))
    assert "broke off" in failed["problem"]
    assert 0 < failed["done"] < len(tiny)
    begin(client)
    wait_for(lambda: pull_of(client, "done"))
    assert hub.downloads()[-1].range


def test_the_address_of_a_page_of_the_hub_names_a_model(hub: Hub, client: TestClient) -> None:
    page = (
        f"https://huggingface.co/{FILE.rpartition('/')[0]}/blob/main/tiny.Q8_0.gguf?download=true"
    )
    begin(client, page)
    assert wait_for(lambda: pull_of(client, "done"))


@pytest.mark.parametrize(
    "name", ["nothing", "hf:nonsense", "local", "../../etc", "http://127.0.0.1/x.gguf"]
)
def test_what_names_no_model_is_not_pulled(hub: Hub, client: TestClient, name: str) -> None:
    answer = client.post("/api/models/pulls", params={"name": name})
    assert answer.status_code in {422, 502}
    assert answer.json()["hint"]
    assert hub.asked == []


def test_progress_comes_as_events_and_a_full_disk_is_told_and_resumed(
    hub: Hub, tmp_path: Path, tiny: bytes
) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("limits the files of another process as Linux does")
    import resource

    hub.slowly = 0.02
    studio = ForkedStudio(tmp_path, free_port())
    studio.start()
    try:
        assert studio.process is not None
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.prlimit(studio.process.pid, resource.RLIMIT_FSIZE, (40_000, hard))

        def pulled(*states: str) -> Json:
            asked = studio.ask("POST", f"/api/models/pulls?name={NAME}")
            assert asked.status_code == 202, asked.text
            told = studio.follow(
                "GET",
                "/api/models/pulls/events",
                until=lambda told: told.data["pulls"][0]["state"] in states,
            )
            seen = [each.data["pulls"][0] for each in told]
            assert all(each.event == "pulls" for each in told)
            assert [each["done"] for each in seen] == sorted(each["done"] for each in seen)
            assert [each for each in seen if each["state"] == "pulling"]
            last: Json = seen[-1]
            return last

        failed = pulled("failed", "done")
        assert "no more room" in failed["problem"]
        assert 0 < failed["done"] < len(tiny)
        assert "goes on from there" in failed["problem"]
        resource.prlimit(studio.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert pulled("failed", "done")["state"] == "done"
        assert hub.downloads()[-1].range
    finally:
        studio.kill()


@pytest.mark.slow
def test_a_studio_that_is_ended_while_it_pulls_ends_at_once_and_its_next_goes_on(
    hub: Hub, tmp_path: Path, tiny: bytes
) -> None:
    hub.hangs = 60_000
    studio = ForkedStudio(tmp_path, free_port())
    studio.start()
    try:
        studio.ask("POST", f"/api/models/pulls?name={NAME}")
        wait_for(lambda: [p for p in catalogue.folder().rglob("*.part") if p.stat().st_size])
        studio.stop()
        hub.hangs = None
        studio.start()
        studio.ask("POST", f"/api/models/pulls?name={NAME}")
        wait_for(lambda: catalogue.pulled())
        assert hub.downloads()[-1].range
    finally:
        studio.kill()


# Files.


def test_a_file_is_found_by_its_folders_added_and_forgotten(
    client: TestClient, tmp_path: Path, tiny_weights: Path
) -> None:
    folder = tmp_path / "my models"
    (folder / "deeper").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    (folder / "secret.txt").write_text("nobody's business")
    (folder / "one.gguf").write_bytes(tiny_weights.read_bytes())
    seen = client.get("/api/models/folders", params={"folder": str(folder)}).json()
    assert seen["folders"] == [str(folder / "deeper")]
    assert seen["files"] == [
        {"path": str(folder / "one.gguf"), "size": tiny_weights.stat().st_size}
    ]
    assert seen["parent"] == str(tmp_path)
    assert str(Path.home()) in client.get("/api/models/folders").json()["folders"]
    added = client.post("/api/models/files", json={"path": str(folder / "one.gguf")})
    assert added.status_code == 201, added.text
    name = added.json()["name"]
    assert tomllib.loads(config_path().read_text())["files"] == [name]
    assert row(client, name)["choose"] == name
    assert name in [each["name"] for each in client.get("/api/models").json()]
    again = client.post("/api/models/files", json={"path": str(folder / "one.gguf")})
    assert again.json()["name"] == name
    assert tomllib.loads(config_path().read_text())["files"] == [name]
    assert client.delete("/api/models", params={"name": name}).status_code == 204
    assert (folder / "one.gguf").exists()
    assert tomllib.loads(config_path().read_text())["files"] == []


@pytest.mark.parametrize("path", ["/etc/passwd", "nothing.gguf", "~nobody/x.gguf", "x\0.gguf"])
def test_what_is_no_model_is_not_added(client: TestClient, path: str) -> None:
    answer = client.post("/api/models/files", json={"path": path})
    assert answer.status_code in {422, 502}
    assert not config_path().exists()
    assert "root:" not in answer.text


def test_a_file_that_is_gone_is_told(
    client: TestClient, tmp_path: Path, tiny_weights: Path
) -> None:
    file = tmp_path / "gone.gguf"
    file.write_bytes(tiny_weights.read_bytes())
    name = client.post("/api/models/files", json={"path": str(file)}).json()["name"]
    file.unlink()
    gone = row(client, name)
    assert "no file" in gone["problem"]
    assert client.delete("/api/models", params={"name": name}).status_code == 204


# Servers.


def test_a_server_is_added_with_its_key_in_the_keyring_probed_and_forgotten(
    client: TestClient, ring: OwnKeyring, tmp_path: Path
) -> None:
    answers: list[str] = []

    def ask(method: str, path: str, **how: Any) -> Json:
        answer = client.request(method, path, **how)
        answers.append(answer.text)
        assert answer.status_code < 300, answer.text
        return dict(answer.json()) if answer.content else {}

    listed = [{"id": "org/Base-7B", "max_model_len": 4096}, {"id": "org/Base-7B-Instruct"}]
    with talking(Model("n"), listed=listed) as talker:
        looked = ask("POST", "/api/models/servers/look", json={"endpoint": talker.base, "key": KEY})
        assert looked["models"] == [
            {"name": "org/Base-7B", "context": 4096, "seems_instruct": False},
            {"name": "org/Base-7B-Instruct", "context": None, "seems_instruct": True},
        ]
        assert not ring.keys  # nothing is kept before it is added
        asked = {"endpoint": talker.base, "model": "org/Base-7B", "key": f" {KEY}\n"}
        added = ask("POST", "/api/models/servers", json=asked)
        assert added == {"name": "base-7b", "key_kept": True}
        assert list(ring.keys.values()) == [KEY]
        # Another of the same server needs no key any more.
        more = {"endpoint": talker.base, "model": "org/Base-7B-Instruct"}
        assert ask("POST", "/api/models/servers", json=more)["name"] == "base-7b-instruct"
        server = shown(client)["servers"][0]
        assert (server["name"], server["where"], server["key"]) == ("base-7b", talker.base, "kept")
        report = ask("POST", "/api/models/probe?name=base-7b")
        assert report["nature"] == "base"
        assert "It goes on with a text, as a base model does." in report["words"]
        assert "It writes one offspring for each request: a brood of 8 takes 8." in report["words"]
        assert shown(client)["servers"][0]["report"] == report
        tried = ask("POST", "/api/models/try", json={"name": "base-7b", "prompt": "1 2 3 4 5"})
        assert len(tried["texts"]) == 1
        assert set(talker.keys) == {f"Bearer {KEY}"}
    answers.append(client.get("/api/models/catalogue").text)
    ask("DELETE", "/api/models?name=base-7b")
    assert list(ring.keys.values()) == [KEY]  # the other one needs it
    ask("DELETE", "/api/models?name=base-7b-instruct")
    assert not ring.keys
    assert shown(client)["servers"] == []
    assert KEY not in "".join(answers)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in kept if KEY.encode() in path.read_bytes()]


def test_without_a_keyring_the_key_lasts_as_long_as_the_studio(
    client: TestClient, ring: OwnKeyring, tmp_path: Path
) -> None:
    ring.broken = True
    with talking(Model(), listed=[{"id": "m"}]) as talker:
        asked = {"endpoint": talker.base, "model": "m", "key": KEY}
        added = client.post("/api/models/servers", json=asked).json()
        assert added == {"name": "m", "key_kept": False}
        assert shown(client)["servers"][0]["key"] == "for now"
        tried = client.post("/api/models/try", json={"name": "m", "prompt": "1 2 3 4 5"})
        assert tried.status_code == 200, tried.text
        assert talker.keys[-1] == f"Bearer {KEY}"
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in kept if KEY.encode() in path.read_bytes()]
    client.delete("/api/models", params={"name": "m"})


def test_a_token_for_the_hub_is_kept_in_the_keyring_and_shown_nowhere(
    client: TestClient, hub: Hub, ring: OwnKeyring
) -> None:
    hub.token = KEY
    answers = []

    def give(token: str) -> Json:
        answer = client.put("/api/models/hub/token", json={"token": token})
        answers.append(answer.text)
        return dict(answer.json())

    assert shown(client)["hub_token"] == "none"
    with pytest.raises(ModelNotFoundError, match="terms"):
        catalogue.pull(NAME)
    assert give(f" {KEY}\n") == {"state": "kept"}
    assert list(ring.keys.values()) == [KEY]
    assert shown(client)["hub_token"] == "kept"
    assert catalogue.pull(NAME).exists()
    assert {each.token for each in hub.downloads()} == {""}  # another host does not get it
    assert KEY not in "".join([*answers, client.get("/api/models/catalogue").text])
    assert give("") == {"state": "none"}
    assert not ring.keys


def test_without_a_keyring_the_token_for_the_hub_lasts_as_long_as_the_studio(
    client: TestClient, hub: Hub, ring: OwnKeyring
) -> None:
    ring.broken = True
    give = partial(client.put, "/api/models/hub/token")
    assert give(json={"token": KEY}).json() == {"state": "for now"}
    assert shown(client)["hub_token"] == "for now"
    assert give(json={"token": ""}).json() == {"state": "none"}


def test_a_token_for_the_hub_that_is_set_outside_goes_first(
    client: TestClient, hub: Hub, ring: OwnKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_outside")
    assert shown(client)["hub_token"] == "elsewhere"


def test_a_key_that_is_gone_is_given_anew(client: TestClient, ring: OwnKeyring) -> None:
    with talking(Model(), listed=[{"id": "m"}]) as talker:
        asked = {"endpoint": talker.base, "model": "m", "key": "sk-the-old-one"}
        client.post("/api/models/servers", json=asked)
        client.post("/api/models/try", json={"name": "m", "prompt": "1 2 3 4 5"})
        ring.keys.clear()
        assert shown(client)["servers"][0]["key"] == "missing"
        given = client.post("/api/models/servers/key", json={"name": "m", "key": KEY})
        assert given.json() == {"name": "m", "key_kept": True}
        tried = client.post("/api/models/try", json={"name": "m", "prompt": "1 2 3 4 5"})
        assert tried.status_code == 200, tried.text
        assert talker.keys[-1] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/v1",
        "http://[::ffff:169.254.169.254]/v1",
        "http://0.0.0.0:8080/v1",
        "http://224.0.0.1/v1",
        "file:///etc/passwd",
        "http://me:sk-in-the-address@127.0.0.1:9/v1",
        "http://127.0.0.1:9/v1?key=sk-in-the-address",
    ],
)
def test_an_address_that_no_server_of_models_has_is_refused(
    client: TestClient, endpoint: str
) -> None:
    for path, asked in (("look", {}), ("", {"model": "m"})):
        url = f"/api/models/servers/{path}".rstrip("/")
        answer = client.post(url, json={"endpoint": endpoint, **asked})
        assert answer.status_code == 422, answer.text
        assert answer.json()["hint"]
        assert "sk-in-the-address" not in answer.text
    assert not config_path().exists()


@pytest.mark.parametrize("listed", [{"secret": "of another service"}, "<html>of another service"])
def test_what_another_service_answers_is_not_passed_on(client: TestClient, listed: Any) -> None:
    with talking(Model(), listing=listed) as talker:
        answer = client.post("/api/models/servers/look", json={"endpoint": talker.base})
    assert answer.status_code == 502
    assert "of another service" not in answer.text
    assert "does not list its models" in answer.text


def test_a_key_that_cannot_be_one_is_in_no_answer(client: TestClient, ring: OwnKeyring) -> None:
    asked = {"endpoint": "http://127.0.0.1:9/v1", "model": "m", "key": "sk-wi\u00e4rd"}
    for path in ("/api/models/servers/look", "/api/models/servers"):
        answer = client.post(path, json=asked)
        assert answer.status_code == 422
        assert "sk-wi" not in answer.text
    assert "sk-wi" not in client.post("/api/models/servers", json={**asked, "more": 1}).text


def test_what_is_kept_of_each_model_is_told_with_its_range(client: TestClient, bed: Json) -> None:
    assert client.get("/api/models/kept").json() == []
    asked = {"bed": bed["id"], "n": 4}
    brood = client.post("/api/broods", json=asked, headers={"Accept": "application/json"}).json()
    marked = {"mark": "keep", "ids": [brood["offspring"][0]["id"]]}
    assert client.post("/api/marks", json=marked).status_code == 200
    (echo,) = client.get("/api/models/kept").json()
    assert (echo["title"].split(",")[0], echo["kept"], echo["seen"]) == ("Echo", 1, 4)
    assert echo["low"] < echo["share"] == 0.25 < echo["high"]
    assert client.get("/api/models/kept", params={"bed": bed["id"]}).json() == [echo]
    other = client.post("/api/beds", json={"name": "other", "parents": ["a"]}).json()
    assert client.get("/api/models/kept", params={"bed": other["id"]}).json() == []


# Who may.


@pytest.mark.parametrize(
    "door", [Door("127.0.0.1", PORT), Door("0.0.0.0", PORT, token=TOKEN)], ids=["trusting", "open"]
)
def test_only_whoever_started_the_studio_changes_models(
    hub: Hub, garden: Garden, tiny_weights: Path, door: Door
) -> None:
    app = make_app(garden, door=door, model="echo")
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers=BEARER) as visitor:
        assert not shown(visitor)["may_change"]
        server = {"endpoint": "http://127.0.0.1:9/v1"}
        for method, path, body in (
            ("POST", f"/api/models/pulls?name={NAME}", None),
            ("POST", f"/api/models/pulls/pause?name={NAME}", None),
            ("DELETE", "/api/models?name=local", None),
            ("POST", "/api/models/default", {"name": "local"}),
            ("GET", "/api/models/folders?folder=/", None),
            ("POST", "/api/models/files", {"path": str(tiny_weights)}),
            ("POST", "/api/models/servers/look", server),
            ("POST", "/api/models/servers/find", None),
            ("POST", "/api/models/servers", {**server, "model": "m"}),
            ("POST", "/api/models/servers/key", {"name": "m", "key": "sk"}),
            ("POST", "/api/models/probe?name=m", None),
        ):
            answer = visitor.request(method, path, json=body)
            assert answer.status_code == 403, (path, answer.text)
            assert answer.json()["hint"]
        tried = visitor.post("/api/models/try", json={"name": "echo", "prompt": "|cat|dog|"})
        assert tried.status_code == 200
    assert hub.asked == []
    assert not config_path().exists()


@pytest.mark.parametrize("name", ["http://127.0.0.1:9/v1#m", "/etc/passwd", "nobody"])
def test_only_what_is_listed_is_tried_or_the_default(client: TestClient, name: str) -> None:
    for path, asked in (("default", {}), ("try", {"prompt": "1 2 3"})):
        answer = client.post(f"/api/models/{path}", json={"name": name, **asked})
        assert answer.status_code == 422
        assert "not the name of a model" in answer.json()["detail"]
    assert not config_path().exists()


@pytest.mark.slow
def test_how_fast_a_model_was_is_remembered(
    client: TestClient, tmp_path: Path, tiny_weights: Path
) -> None:
    file = tmp_path / "small.gguf"
    file.write_bytes(tiny_weights.read_bytes())
    name = client.post("/api/models/files", json={"path": str(file)}).json()["name"]
    asked = {"name": name, "prompt": "a gull\n---\nthe tide\n---\n", "n": 4, "max_tokens": 200}
    tried = client.post("/api/models/try", json=asked)
    assert tried.status_code == 200, tried.text
    assert len(tried.json()["texts"]) == 4
    if tried.json()["tokens"] is not None:
        assert row(client, name)["speed"]["seen"]
    client.delete("/api/models", params={"name": name})
