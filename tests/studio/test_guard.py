"""Who is let in, and what a page may do; each test is one way to attack.

Also: connections of those who mean no good, against the real server: they keep nobody out.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from flourishing.studio.app import make_app
from flourishing.studio.breeding_jobs import MOST_STREAMS
from flourishing.studio.guard import (
    BODY_SECONDS,
    HEAD_SECONDS,
    MOST_CHANGES,
    MOST_WAITING,
    Door,
    is_here,
)
from flourishing.studio.login import MOST_WRONG
from tests.marks import first_cases
from tests.studio.conftest import BEARER, PORT, TOKEN, Studio, free_port

HERE = f"http://127.0.0.1:{PORT}"
COOKIE = f"flourishing-{PORT}"
HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def stranger(garden: Garden) -> Iterator[TestClient]:
    """Give a studio as somebody reaches it who has shown nothing yet."""
    app = make_app(garden, door=Door("127.0.0.1", PORT, token=TOKEN), model="echo")
    with TestClient(app, base_url=HERE, follow_redirects=False) as client:
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


def test_without_the_token_nobody_gets_anything(stranger: TestClient) -> None:
    for path in ("/", "/api/beds", "/openapi.json", "/assets/x.js", "/?token=wrong", "/?token="):
        answer = stranger.get(path)
        assert answer.status_code == 401, path
        assert TOKEN not in answer.text
    assert stranger.post("/api/texts", json={"texts": ["x"]}).status_code == 401
    for cookie in (f"{COOKIE}=wrong", f"{COOKIE}={TOKEN}", ";;=;", f"{COOKIE}="):
        assert stranger.get("/api/beds", headers={"Cookie": cookie}).status_code == 401
    for bearer in ("Bearer wrong", "Bearer ", "Bearer", TOKEN, f"Basic {TOKEN}"):
        assert stranger.get("/api/beds", headers={"Authorization": bearer}).status_code == 401
    problem = stranger.get("/api/beds")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["hint"]


def test_on_all_addresses_the_token_is_wanted_as_well(garden: Garden) -> None:
    app = make_app(garden, door=Door("0.0.0.0", PORT, token=TOKEN), model="echo")
    with TestClient(app, base_url=f"http://example.net:{PORT}") as client:
        assert client.get("/api/beds").status_code == 401
        assert client.get("/api/beds", headers=BEARER).status_code == 200


def test_where_this_machine_is_trusted_nobody_is_asked(garden: Garden) -> None:
    app = make_app(garden, door=Door("127.0.0.1", PORT, token=None), model="echo")
    with TestClient(app, base_url=HERE) as client:
        assert client.get("/api/studio").json()["can_log_out"] is False
        assert client.post("/api/logout").status_code == 204
        assert client.get("/api/beds").status_code == 200


def test_the_token_is_shown_once_for_a_cookie_that_is_not_the_token(stranger: TestClient) -> None:
    answer = stranger.get(f"/library?token={TOKEN}&q=sea")
    assert (answer.status_code, answer.headers["location"]) == (303, "/library?q=sea")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert TOKEN not in cookie
    assert {"httponly", "samesite=strict", "path=/"} <= set(cookie.lower().split("; "))
    assert stranger.get("/api/beds").status_code == 200
    assert stranger.get("/api/studio").json()["can_log_out"] is True


def test_a_session_is_found_among_the_cookies_of_others(stranger: TestClient) -> None:
    session = stranger.get(f"/?token={TOKEN}").cookies[COOKIE]
    stranger.cookies.clear()
    mixed = f'other={{"a": [1]}}; ,;bad name=1; {COOKIE}={session}; flourishing-1=x'
    assert stranger.get("/api/beds", headers={"Cookie": mixed}).status_code == 200


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example/", "///evil.example/"])
def test_a_token_is_no_way_out_to_another_host(stranger: TestClient, path: str) -> None:
    answer = stranger.get(f"{HERE}{path}?token={TOKEN}")
    assert answer.headers["location"] in {"/evil.example/", "/%5Cevil.example/"}


def test_a_token_opens_nothing_but_pages(stranger: TestClient, garden: Garden) -> None:
    answer = stranger.post(f"/api/texts?token={TOKEN}", json={"texts": ["planted"]})
    assert answer.status_code == 401
    assert garden.search.page() == []


def test_a_script_may_show_the_token_as_a_bearer(stranger: TestClient) -> None:
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {TOKEN}"}
        assert stranger.get("/api/beds", headers=headers).status_code == 200
    assert "set-cookie" not in stranger.get("/api/beds", headers=BEARER).headers


def test_a_person_is_shown_where_to_put_the_token(stranger: TestClient) -> None:
    page = stranger.get("/library?q=<script>", headers=HTML)
    assert page.status_code == 401
    assert "<form" in page.text
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy


@pytest.mark.parametrize("given", [TOKEN, f" {TOKEN} ", f"http://127.0.0.1:{PORT}/?token={TOKEN}"])
def test_the_form_takes_the_token_or_the_address(stranger: TestClient, given: str) -> None:
    answer = stranger.post(
        "/login", data={"token": given, "next": "/library?q=a"}, headers={"Origin": HERE}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/library?q=a")
    assert stranger.get("/api/beds").status_code == 200
    assert stranger.get("/login", headers=HTML).headers["location"] == "/"


@pytest.mark.parametrize(
    "content", [b"", b"token=wrong", b"token=%ff%00&next=//evil", b"x" * 10**6]
)
def test_the_form_takes_nothing_else(stranger: TestClient, content: bytes) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = stranger.post("/login", content=content, headers=kind)
    assert answer.status_code == 401
    assert "That is not the token" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "next_path",
    ["//evil.example", "https://evil.example/x", "/\\evil.example", "\t//evil", "/login"],
)
def test_the_form_leads_to_no_other_host(stranger: TestClient, next_path: str) -> None:
    answer = stranger.post("/login", data={"token": TOKEN, "next": next_path})
    assert re.match(r"/(?![/\\])", answer.headers["location"])


def test_another_site_fills_in_no_form(stranger: TestClient) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = stranger.post("/login", data={"token": TOKEN}, headers=headers)
        assert answer.status_code == 403


def test_a_link_of_another_site_is_followed_from_here(stranger: TestClient) -> None:
    """A strict cookie is not sent with such a link, but with a page that asks once more."""
    headers = {**HTML, "Sec-Fetch-Site": "cross-site"}
    again = stranger.get("/library", headers=headers)
    assert 'http-equiv="refresh" content="0"' in again.text
    assert "<form" in stranger.get("/library", headers={**HTML, "Sec-Fetch-Site": "none"}).text


def test_who_logs_out_is_out(stranger: TestClient) -> None:
    session = stranger.get(f"/?token={TOKEN}").cookies[COOKIE]
    out = stranger.post("/api/logout")
    assert out.status_code == 204
    assert f'{COOKIE}=""' in out.headers["set-cookie"]
    cookie = {"Cookie": f"{COOKIE}={session}"}
    assert stranger.get("/api/beds", headers=cookie).status_code == 401


def test_who_logs_out_everywhere_ends_all_sessions(stranger: TestClient) -> None:
    sessions = []
    for _ in range(3):
        sessions.append(stranger.get(f"/?token={TOKEN}").cookies[COOKIE])
        stranger.cookies.clear()
    cookies = [{"Cookie": f"{COOKIE}={each}"} for each in sessions]
    one = stranger.post("/api/logout", headers=cookies[0])
    statuses = [stranger.get("/api/beds", headers=each).status_code for each in cookies]
    assert (one.status_code, statuses) == (204, [401, 200, 200])
    assert stranger.post("/api/logout?everywhere=true", headers=cookies[1]).status_code == 204
    assert stranger.get("/api/beds", headers=cookies[2]).status_code == 401
    assert stranger.get("/api/beds", headers=BEARER).status_code == 200


def test_a_short_token_cannot_be_found_by_trying(garden: Garden) -> None:
    app = make_app(garden, door=Door("127.0.0.1", PORT, token="sesame"), model="echo")
    with TestClient(app, base_url=HERE, follow_redirects=False) as client:
        cookie = client.get("/?token=sesame").cookies[COOKIE]
        client.cookies.clear()
        tried = [
            client.get("/api/beds", headers={"Authorization": f"Bearer {number}"}).status_code
            for number in range(MOST_WRONG + 1)
        ]
        assert tried == [401] * MOST_WRONG + [429]
        right = {"Authorization": "Bearer sesame"}
        assert client.get("/api/beds", headers=right).status_code == 429
        assert client.get("/api/beds", headers={"Cookie": f"{COOKIE}={cookie}"}).status_code == 200


def test_wrong_tokens_do_not_lock_out_who_has_a_long_one(stranger: TestClient) -> None:
    for number in range(MOST_WRONG + 1):
        stranger.get("/api/beds", headers={"Authorization": f"Bearer {number}"})
    assert stranger.get("/api/beds", headers=BEARER).status_code == 200


def test_the_token_is_in_no_description(client: TestClient) -> None:
    assert TOKEN not in client.get("/openapi.json").text
    assert TOKEN not in repr(Door("127.0.0.1", PORT, token=TOKEN))


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://]", "http://a b"])
def test_an_origin_that_is_none_is_refused(client: TestClient, origin: str) -> None:
    answer = client.get("/api/beds", headers={"Origin": origin})
    assert answer.status_code == 403
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/assets/%00",
        "/%",
        "/%zz",
        "/%ed%a0%80",
        "/" + "a" * 5_000,
        "/api/%00",
        "/texts/%00",
    ],
)
def test_a_path_that_no_file_can_have_is_not_there(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {200, 404}
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/nothing", 404), ("DELETE", "/api/studio", 404), ("POST", "/theme.js", 405)],
)
def test_pages_of_errors_have_all_headers(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"


BOMBS = {
    "nesting": b"[" * 1_000_000,
    "nested objects": b'{"a":' * 200_000,
    "a number without end": b'{"texts": [' + b"9" * 1_000_000 + b"]}",
    "a large exponent": b'{"texts": ["a"], "bed": 1e999999}',
    "no number": b'{"texts": ["a"], "bed": NaN}',
    "half a pair": b'{"texts": ["\\ud800"]}',
    "half a pair as a name": b'{"\\ud800": 1}',
    "NUL": b'{"texts": ["a\\u0000b"]}',
    "no UTF-8": b'{"texts": ["\xff"]}',
    "nothing": b"",
    "many": b'{"texts": [' + b"1," * 400_000 + b"1]}",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize("path", ["/api/texts", "/api/broods", "/api/beds"])
def test_a_body_that_is_a_trap_is_refused(client: TestClient, path: str, body: bytes) -> None:
    kind = {"Content-Type": "application/json"}
    answer = client.post(path, content=body, headers=kind)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    "asked",
    first_cases(
        4,
        [
            b'{"n": 10000000000000000000000}',
            b'{"name": "\\ud800"}',
            b'{"name": "a\\u0000b"}',
            b'{"start": "\\ud800"}',
            b'{"pattern": "\\ud800"}',
            b'{"settings": {"temperature": NaN}}',
            b'{"settings": {"temperature": Infinity}}',
            b'{"settings": {"min_p": -Infinity}}',
            b'{"settings": {"top_k": 1e400}}',
            b'{"settings": {"max_tokens": 99999999999999999999999}}',
            b'{"settings": {"prompt": "\\ud800"}}',
            b'{"settings": {"model": "\\ud800"}}',
        ],
    ),
)
def test_a_setting_that_is_a_trap_is_refused(
    client: TestClient, bed: dict[str, Any], asked: bytes
) -> None:
    path, kind = f"/api/beds/{bed['id']}", {"Content-Type": "application/json"}
    answer = client.patch(path, content=asked, headers=kind)
    assert 400 <= answer.status_code < 500, answer.text
    assert client.get(path).status_code == 200
    assert client.get("/api/studio").status_code == 200


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


HALF = b"GET /api/beds HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-"


@pytest.fixture
def many() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def connect(studio: Studio, many: ExitStack) -> socket.socket:
    connection = many.enter_context(socket.create_connection(("127.0.0.1", studio.port)))
    connection.settimeout(60)
    return connection


def read_all(connection: socket.socket) -> bytes:
    """Read until the server ends the connection."""
    said = b""
    try:
        while piece := connection.recv(65_536):
            said += piece
    except ConnectionError:
        pass
    return said


def head(studio: Studio, method: str, path: str, *more: str) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: 127.0.0.1:{studio.port}",
        f"Authorization: Bearer {TOKEN}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_half_requests_keep_nobody_out(studio: Studio, many: ExitStack) -> None:
    for _ in range(4 * MOST_WAITING):
        connect(studio, many).sendall(HALF % studio.port)
    assert studio.ask("GET", "/api/beds", timeout=60).status_code == 200
    assert "Traceback" not in studio.said.read_text()
    assert len(studio.said.read_bytes()) < 10_000


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
def test_more_connections_than_files_keep_nobody_out(tmp_path: Path, many: ExitStack) -> None:
    studio = Studio(tmp_path, free_port(), files=150)
    studio.start()
    try:
        for _ in range(400):
            connect(studio, many).sendall(HALF % studio.port)
        assert studio.ask("GET", "/api/beds", timeout=60).status_code == 200
        assert "Traceback" not in studio.said.read_text()
        assert len(studio.said.read_bytes()) < 10_000
    finally:
        studio.kill()


@pytest.mark.slow
def test_a_request_that_does_not_end_is_ended(studio: Studio, many: ExitStack) -> None:
    slow = connect(studio, many)
    slow.sendall(HALF % studio.port)
    slow.settimeout(0.5)
    begun, said = time.monotonic(), b""
    while time.monotonic() - begun < 10 * HEAD_SECONDS:
        try:
            slow.sendall(b"a")  # now and then a letter, as slowloris does
            piece = slow.recv(65_536)
        except TimeoutError:
            continue
        except ConnectionError:
            break
        said += piece
        if not piece:
            break
    else:
        pytest.fail("it was never ended")
    assert said.startswith(b"HTTP/1.1 408 ") or said == b""


@pytest.mark.slow
def test_a_body_that_does_not_come_is_not_waited_for(studio: Studio, many: ExitStack) -> None:
    slow = connect(studio, many)
    kind = "Content-Type: application/json"
    slow.sendall(head(studio, "POST", "/api/texts", "Content-Length: 1000", kind) + b"{")
    slow.settimeout(10 * BODY_SECONDS)
    read_all(slow)
    assert studio.ask("GET", "/api/beds").status_code == 200
    assert "Traceback" not in studio.said.read_text()


@pytest.mark.parametrize(
    "request_",
    first_cases(
        3,
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
            b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        ],
    ),
    ids=range(8),
)
def test_what_is_no_request_is_answered_with_all_headers(
    studio: Studio, many: ExitStack, request_: bytes
) -> None:
    strange = connect(studio, many)
    strange.sendall(request_)
    said = read_all(strange)
    if said:  # what came too fast may end the connection before the answer is read
        top, _, body = said.partition(b"\r\n\r\n")
        assert b"HTTP/1.1 4" in top
        assert b"content-security-policy: default-src 'none'" in top.lower()
        assert json.loads(body)["hint"]
    assert "Traceback" not in studio.said.read_text()


@pytest.mark.parametrize(
    "line",
    first_cases(
        2,
        [
            "Origin: http://[",
            "Cookie: \x01=\x02; ;;",
            'Cookie: flourishing="',
            "Accept: ;;q=x, */",
            "Last-Event-ID: x",
            "Upgrade: websocket\r\nConnection: Upgrade",
        ],
    ),
)
def test_a_strange_header_is_no_error_of_the_server(
    studio: Studio, many: ExitStack, line: str
) -> None:
    strange = connect(studio, many)
    strange.sendall(head(studio, "GET", "/api/beds", line, "Connection: close"))
    said = read_all(strange)
    assert b" 500 " not in said.partition(b"\r\n")[0]
    assert said.startswith(b"HTTP/1.1 ")
    assert studio.said.read_text().count("\n") < 3


def test_no_session_has_more_streams_than_it_may(studio: Studio, many: ExitStack) -> None:
    bed = studio.ask("POST", "/api/beds", json={"parents": ["a gull"]}).json()["id"]
    begun = []
    for _ in range(MOST_STREAMS):
        stream = connect(studio, many)
        stream.sendall(head(studio, "GET", f"/api/beds/{bed}/events"))
        assert stream.recv(100).startswith(b"HTTP/1.1 200 ")
        begun.append(stream)
    refused = studio.ask("GET", f"/api/beds/{bed}/events")
    assert refused.status_code == 429
    assert refused.json()["hint"]
    begun[0].close()
    while studio.ask("GET", "/api/beds").status_code == 200:
        stream = connect(studio, many)
        stream.sendall(head(studio, "GET", f"/api/beds/{bed}/events"))
        if stream.recv(100).startswith(b"HTTP/1.1 200 "):
            break  # there is room again
