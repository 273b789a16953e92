"""The studio from the command line: it opens the page, says where it is, and leaves in peace."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx2
import pytest

from flourishing.studio.serving import listen
from tests.marks import slow_cases
from tests.studio.conftest import NO_TLS, Studio, free_port

pytestmark = pytest.mark.process

COMMAND = [sys.executable, "-m", "flourishing"]


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for the person's browser: a program that notes which page it was to open."""
    opened = tmp_path / "opened.txt"
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    program.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{program} %s")
    return opened


def asked(address: str, path: str) -> httpx2.Response:
    """Ask the studio at the address that it printed, as a script does."""
    base, _, token = address.partition("?token=")
    return httpx2.get(base + path, headers={"Authorization": f"Bearer {token}"}, verify=NO_TLS)


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "FLOURISHING_MODEL": "echo"}
    process = subprocess.Popen(
        [*COMMAND, *words], env=environment, text=True, stderr=subprocess.PIPE
    )
    yield process
    process.kill()
    process.communicate()


def wait_for(path: Path) -> str:
    while not path.exists() or not path.read_text().strip():
        time.sleep(0.05)
    return path.read_text().strip()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


def test_alone_it_opens_the_studio_in_the_browser(browser: Path) -> None:
    with running() as process:
        opened = wait_for(browser)
        address = first_line(process).split()[-1]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=.{32}", address)
        # Other accounts see the arguments of the browser; the file is for this account alone.
        assert address.partition("token=")[2] not in opened
        page = Path(unquote(urlsplit(opened).path))
        assert f"url={address}" in page.read_text()
        assert page.stat().st_mode & 0o077 == 0
        assert asked(address, "api/studio").json()["first_visit"] is True
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        assert not page.exists()


def test_an_answer_is_sent_at_once_and_not_gathered_with_the_next() -> None:
    async def accepted() -> int:
        taken: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            its = writer.get_extra_info("socket")
            taken.set_result(its.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = listen("127.0.0.1", 0)
        async with await asyncio.start_server(take, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            writer.close()
            return await taken

    assert asyncio.run(accepted()) == 1


@pytest.mark.slow
def test_it_leaves_in_peace_on_ctrl_c(tmp_path: Path) -> None:
    with running("serve", "--no-browser", "--port", "0") as process:
        address = first_line(process).split()[-1]
        asked(address, "api/beds")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in said


@pytest.mark.slow
def test_no_browser_is_opened_where_none_is_wanted(browser: Path) -> None:
    with running("serve", "--no-browser", "--port", "0") as process:
        asked(first_line(process).split()[-1], "api/beds")
        assert not browser.exists()


@pytest.mark.slow
def test_the_next_port_is_taken_where_ours_is_in_use(tmp_path: Path) -> None:
    with running("serve", "--no-browser") as one:
        first = first_line(one).split()[-1]
        with running("serve", "--no-browser") as other:
            second = first_line(other).split()[-1]
            assert first != second
            assert asked(second, "api/beds").status_code == 200


@pytest.mark.slow
def test_a_named_port_that_is_in_use_is_an_error_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "serve", "--no-browser", "--port", port],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert "--port" in done.stderr


def test_on_all_addresses_it_says_what_is_at_risk_and_wants_its_token(tmp_path: Path) -> None:
    with running("serve", "--no-browser", "--host", "0.0.0.0", "--port", "0") as process:
        risk, address = first_line(process), first_line(process).split()[-1]
        assert "can read and change all" in risk
        port, token = re.findall(r":(\d+)/\?token=(.+)", address)[0]
        here = f"http://127.0.0.1:{port}"
        assert httpx2.get(f"{here}/api/beds").status_code == 401
        with httpx2.Client(follow_redirects=True) as client:
            client.get(f"{here}/api/beds?token={token}")
            assert client.get(f"{here}/api/beds").status_code == 200


@pytest.mark.slow
def test_two_studios_share_a_garden(tmp_path: Path) -> None:
    one, other = Studio(tmp_path, free_port()), Studio(tmp_path, free_port())
    one.start()
    other.start()
    try:
        one.ask("POST", "/api/beds", json={"name": "sea", "parents": ["a gull"]})
        assert [each["name"] for each in other.ask("GET", "/api/beds").json()] == ["sea"]
    finally:
        one.kill()
        other.kill()


@pytest.mark.slow
def test_where_this_machine_is_trusted_it_says_what_that_means() -> None:
    with running("serve", "--no-browser", "--port", "0", "--trust-local") as process:
        risk, address = first_line(process), first_line(process).split()[-1]
        assert "every account" in risk
        assert "token" not in address
        assert httpx2.get(address + "api/beds").status_code == 200


@pytest.mark.parametrize(
    ("words", "token"),
    [(["--host", "0.0.0.0", "--trust-local"], ""), *slow_cases([([], "a b"), ([], "größe")])],
)
def test_what_would_let_in_others_or_nobody_is_refused(words: list[str], token: str) -> None:
    done = subprocess.run(
        [*COMMAND, "serve", "--no-browser", "--port", "0", *words],
        env={**os.environ, "FLOURISHING_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert not token or token not in done.stderr


def test_the_token_of_the_environment_is_used_and_not_shown_to_other_accounts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLOURISHING_TOKEN", "a/token?with&signs")
    with running("serve", "--no-browser", "--port", "0") as process:
        address = first_line(process).split()[-1]
        base, _, token = address.partition("?token=")
        assert unquote(token) == "a/token?with&signs"
        headers = {"Authorization": "Bearer a/token?with&signs"}
        assert httpx2.get(base + "api/beds", headers=headers).status_code == 200
        assert httpx2.get(address).status_code == 303
