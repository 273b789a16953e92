"""Connections of those who mean no good, against the real server: they keep nobody out."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flourishing.studio.connections import BODY_SECONDS, HEAD_SECONDS, MOST_WAITING
from flourishing.studio.streams import MOST_STREAMS
from tests.studio.conftest import TOKEN, Studio, free_port

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
    [
        "Origin: http://[",
        "Cookie: \x01=\x02; ;;",
        'Cookie: flourishing="',
        "Accept: ;;q=x, */",
        "Last-Event-ID: x",
        "Upgrade: websocket\r\nConnection: Upgrade",
    ],
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
