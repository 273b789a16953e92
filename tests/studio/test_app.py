"""The page is served under each of its addresses, and what belongs to it is kept or asked anew."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from flourishing.studio.app import STATIC

HTML = {"Accept": "text/html,application/xhtml+xml"}
PAGES = [
    "/",
    "/refine",
    "/library",
    "/library/poems",
    "/texts/1",
    "/lineage",
    "/lineage/1",
    "/finished/1",
    "/beds",
]


@pytest.mark.parametrize("path", PAGES)
def test_each_address_gives_the_page_and_is_asked_anew(client: TestClient, path: str) -> None:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    assert client.head(path).status_code == 200


def test_nothing_on_the_page_is_inline_or_from_elsewhere(client: TestClient) -> None:
    page = client.get("/").text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert links
    assert all(link.startswith("/") and not link.startswith("//") for link in links)


def test_parts_named_after_their_contents_are_kept_for_ever(client: TestClient) -> None:
    (script,) = re.findall(r'type="module"[^>]* src="(/assets/[^"]+)"', client.get("/").text)
    answer = client.get(script)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in answer.headers["content-type"]


@pytest.mark.parametrize("wants", ["gzip", "identity"])
def test_a_part_comes_whole_in_the_coding_that_was_asked_for(
    client: TestClient, wants: str
) -> None:
    page = client.get("/").text
    for kind in ("js", "css", "woff2"):
        path = re.findall(rf'"(/assets/[^"]+\.{kind})"', page)[0]
        answer = client.get(path, headers={"Accept-Encoding": wants})
        packed = wants == "gzip" and kind != "woff2"
        assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
        assert answer.content == (STATIC / path.removeprefix("/")).read_bytes()
        head = client.head(path, headers={"Accept-Encoding": wants})
        assert (head.content, head.headers["content-length"]) == (
            b"",
            answer.headers["content-length"],
        )


@pytest.mark.parametrize("path", ["/assets/../index.html", "/assets/..%2f..%2fapp.py", "/assets/"])
def test_only_parts_of_the_page_are_given(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "*/*"})
    assert "import" not in answer.text
    assert "immutable" not in answer.headers.get("cache-control", "")


def test_who_goes_astray_finds_the_page_which_says_so(client: TestClient) -> None:
    astray = client.get("/nowhere", headers=HTML)
    assert (astray.status_code, astray.headers["content-type"][:9]) == (404, "text/html")
    for path, headers in (("/api/nowhere", HTML), ("/assets/none.js", {})):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
