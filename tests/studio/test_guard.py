"""Who is let in, and what a page may do; each test is one way to attack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from flourishing.studio.app import make_app
from flourishing.studio.guard import MOST_CHANGES, Door, is_here
from tests.studio.conftest import PORT

HERE = f"http://127.0.0.1:{PORT}"


@pytest.fixture
def open_to_all(garden: Garden) -> Iterator[TestClient]:
    """Give a studio on all addresses, which wants a token."""
    app = make_app(garden, door=Door("0.0.0.0", PORT, token="sesame"), model="echo")
    with TestClient(app, base_url=f"http://example.net:{PORT}", follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_this_machine_is_let_in_under_its_own_names(client: TestClient, host: str) -> None:
    assert client.get("/api/beds", headers={"Host": f"{host}:{PORT}"}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.example:{PORT}", f"127.0.0.1.evil.example:{PORT}", "", "localhost"],
)
def test_a_name_that_was_made_to_point_here_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/api/beds", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://localhost:{PORT + 1}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_changes_nothing(
    client: TestClient, garden: Garden, headers: dict[str, str]
) -> None:
    answer = client.post("/api/texts", json={"texts": ["planted"]}, headers=headers)
    assert answer.status_code == 403
    assert garden.search.page() == []


def test_a_form_of_another_site_changes_nothing(client: TestClient, garden: Garden) -> None:
    answer = client.post(
        "/api/texts", content='{"texts": ["planted"]}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 422
    assert garden.search.page() == []


def test_another_site_reads_nothing(client: TestClient) -> None:
    answer = client.get("/api/beds", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in client.get("/api/beds").headers


def test_the_page_itself_is_let_in(client: TestClient) -> None:
    headers = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/texts", json={"texts": ["mine"]}, headers=headers).status_code == 201


@pytest.mark.parametrize("path", ["/", "/api/beds", "/api/nothing", "/openapi.json"])
def test_every_answer_forbids_foreign_and_inline_scripts(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "connect-src 'self'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_without_the_token_nobody_gets_anything(open_to_all: TestClient) -> None:
    for path in ("/", "/api/beds", "/openapi.json", "/assets/x.js", "/?token=wrong", "/?token="):
        answer = open_to_all.get(path)
        assert answer.status_code == 401, path
        assert "sesame" not in answer.text
    assert open_to_all.post("/api/texts", json={"texts": ["x"]}).status_code == 401
    assert open_to_all.get("/api/beds", headers={"Cookie": "flourishing=wrong"}).status_code == 401
    assert open_to_all.get("/", headers={"Cookie": ";;=;"}).status_code == 401


def test_the_token_is_shown_once_and_kept_as_a_cookie(open_to_all: TestClient) -> None:
    answer = open_to_all.get("/library?token=sesame&q=sea")
    assert (answer.status_code, answer.headers["location"]) == (303, "/library?q=sea")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert open_to_all.get("/api/beds").status_code == 200


def test_a_token_is_no_way_out_to_another_host(open_to_all: TestClient) -> None:
    answer = open_to_all.get(f"http://example.net:{PORT}//evil.example/?token=sesame")
    assert answer.headers["location"] == "/evil.example/"


def test_a_script_may_show_the_token_as_a_bearer(open_to_all: TestClient) -> None:
    headers = {"Authorization": "Bearer sesame"}
    assert open_to_all.get("/api/beds", headers=headers).status_code == 200


def test_a_body_that_is_too_large_is_refused(client: TestClient, garden: Garden) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": str(2**40)}
    assert client.post("/api/texts", content=b"{}", headers=headers).status_code == 413
    long = client.post("/api/texts", json={"texts": ["x" * 1_000_001]})
    assert long.status_code == 422
    assert garden.search.page() == []


def test_a_body_that_does_not_say_its_size_is_refused_when_it_is_too_large(
    client: TestClient,
) -> None:
    pieces = (b" " * 2**20 for _ in range(65))
    headers = {"Content-Type": "application/json"}
    assert client.post("/api/texts", content=pieces, headers=headers).status_code == 413


@pytest.mark.parametrize("length", ["-1", "many", "1e9"])
def test_a_length_that_is_none_is_refused(client: TestClient, length: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": length}
    assert client.post("/api/texts", content=b"{}", headers=headers).status_code in {400, 413, 422}


def test_too_many_changes_are_told_to_wait(client: TestClient) -> None:
    statuses = [client.post("/api/marks", json={}).status_code for _ in range(MOST_CHANGES + 1)]
    assert statuses[0] == 422
    assert statuses[-1] == 429
    assert client.get("/api/beds").status_code == 200


def test_no_path_leads_out_of_the_page(client: TestClient) -> None:
    for path in ("/../app.py", "/%2e%2e/app.py", "/assets/..%2f..%2fapp.py", "//etc/passwd"):
        assert client.get(path).status_code in {404, 421}, path


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("example.net", False),
    ],
)
def test_which_addresses_are_of_this_machine_alone(host: str, here: bool) -> None:
    assert is_here(host) is here
