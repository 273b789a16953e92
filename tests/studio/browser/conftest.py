"""The page in the system's Chromium, against the real server.

A request to another host, an error on the console and an exception on the page each fail the test
in which they happen.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from flourishing.studio.app import STATIC
from tests.models.server import Server
from tests.studio.browser.places import grow_all
from tests.studio.browser.walk import GULL, SALT, TIDE, bed_of, begin, mark
from tests.studio.conftest import TOKEN, ForkedStudio, Studio, free_port

_NAMES = (
    "chromium-headless-shell",  # without windows: a new page costs a third of the others' time
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
)
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

Open = Callable[..., Page]


@pytest.fixture(scope="package", autouse=True)
def built() -> None:
    """Fail where the page was not built, in words that say how it is."""
    if not (STATIC / "index.html").is_file():
        pytest.fail(
            f"The studio's page is not built: {STATIC} has no index.html. "
            "Build it with: pip install -e .",
            pytrace=False,
        )


# Not for the whole session: while Playwright runs, no other test of its thread can run a loop.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Give the system's Chromium."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        wanted = os.environ.get("FLOURISHING_TEST_BROWSER")
        (pytest.fail if wanted else pytest.skip)("There is no Chromium on this machine.")
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        # Root, as which containers run, may not use Chromium's sandbox; the pages are our own.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Open]:
    """Give what opens a page; what must not happen on it fails the test at its end."""
    wrong: list[str] = []
    contexts = []

    def open_(url: str, *, viewport: ViewportSize = WIDE, **how: Any) -> Page:
        context = chromium.new_context(viewport=viewport, **{"reduced_motion": "reduce", **how})
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=_origin(url))
        # The session that opening the address with the token gives.
        context.request.get(f"{_origin(url)}/?token={TOKEN}", headers={"Accept": "text/html"})
        page = context.new_page()
        page.set_default_timeout(30_000)

        def look_at(request: Request) -> None:
            if request.url.startswith(("data:", "blob:")):
                return
            if _origin(request.url) != _origin(url):
                wrong.append(f"a request to {request.url}")

        def hear(message: ConsoleMessage) -> None:
            if message.type == "error" and "Failed to load resource" not in message.text:
                wrong.append(f"on the console: {message.text}")

        context.on("request", look_at)
        page.on("console", hear)
        page.on("pageerror", lambda error: wrong.append(f"an exception: {error}"))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def slow_studio(tmp_path: Path, talkers: Server) -> Iterator[Studio]:
    """Give a running studio whose model takes its time."""
    studio = ForkedStudio(tmp_path, free_port(), model=f"{talkers.base('slow')}#m")
    studio.start()
    yield studio
    studio.kill()


@pytest.fixture
def silent_studio(tmp_path: Path, talkers: Server) -> Iterator[Studio]:
    """Give a running studio whose model never says its first word."""
    studio = ForkedStudio(tmp_path, free_port(), model=f"{talkers.base('silent')}#m")
    studio.start()
    yield studio
    studio.kill()


@pytest.fixture(scope="module")
def full_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio with a bed of three, two of them kept."""
    studio = ForkedStudio(tmp_path_factory.mktemp("full"), free_port())
    studio.start()
    bed = begin(studio, GULL, TIDE, SALT)
    mark(studio, bed, "keep", *bed_of(studio, bed)["parents"][:2])
    yield studio
    studio.kill()


@pytest.fixture(scope="module")
def grown_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Give a studio with all that stands in the places."""
    studio = ForkedStudio(tmp_path_factory.mktemp("grown"), free_port())
    studio.start()
    grow_all(studio)
    yield studio
    studio.kill()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
