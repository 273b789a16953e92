"""Texts over the wire: written, marked, tagged, edited, and looked at."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from tests.studio.conftest import Bed


def write(client: TestClient, *texts: str, **how: Any) -> list[dict[str, Any]]:
    answer = client.post("/api/texts", json={"texts": list(texts), **how})
    assert answer.status_code == 201, answer.text
    told: list[dict[str, Any]] = answer.json()
    return told


def test_what_a_person_wrote_is_kept_and_on_the_disk(client: TestClient, garden: Garden) -> None:
    one, other = write(client, "a gull", "the tide")
    assert (one["by"], one["marks"]) == ("written by you", ["keep"])
    assert one["spans"] == [{"author": "person", "length": 6}]
    assert garden.text(other["id"]).content == "the tide"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\r\r\n"])
def test_what_a_person_sends_has_plain_line_ends(client: TestClient, end: str) -> None:
    (text,) = write(client, f"the gulls argue{end}{end}and lose")
    assert text["content"] == "the gulls argue\n\nand lose"
    edited = client.post(f"/api/texts/{text['id']}/edits", json={"content": f"fog{end}cat"})
    assert edited.json()["content"] == "fog\ncat"


def test_what_is_pasted_into_a_bed_becomes_its_best_parents(client: TestClient, bed: Bed) -> None:
    write(client, "new", "newest", bed=bed["id"])
    now = client.get(f"/api/beds/{bed['id']}").json()
    assert [each["content"] for each in now["parents"]][-2:] == ["new", "newest"]
    write(client, "new", bed=bed["id"])
    again = client.get(f"/api/beds/{bed['id']}").json()
    assert again["parents"] == now["parents"]


@pytest.mark.parametrize("texts", [[], [""], ["a", " \n"], ["a", "\ud800"]])
def test_blank_texts_and_none_are_refused(
    client: TestClient, garden: Garden, texts: list[str]
) -> None:
    content = json.dumps({"texts": texts})  # which writes a lone surrogate, as no client would
    answer = client.post(
        "/api/texts", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {400, 422}, answer.text
    assert garden.search.page() == []


@pytest.mark.parametrize("mark", ["keep", "drop", "pin", "away"])
def test_a_mark_is_given_and_taken_back(client: TestClient, mark: str) -> None:
    (text,) = write(client, "a gull", keep=False)
    given = {"mark": mark, "ids": [text["id"]]}
    assert client.post("/api/marks", json=given).json()[0]["marks"] == [mark]
    assert client.post("/api/marks", json={**given, "on": False}).json()[0]["marks"] == []


def test_a_tag_is_put_on_and_taken_off(client: TestClient) -> None:
    (text,) = write(client, "a gull")
    given = {"tag": "sea", "ids": [text["id"]]}
    assert client.post("/api/tags", json=given).json()[0]["tags"] == ["sea"]
    assert client.post("/api/tags", json={**given, "on": False}).json()[0]["tags"] == []


def test_an_edit_of_an_edit_knows_who_wrote_which_part(client: TestClient, bed: Bed) -> None:
    answer = client.post(
        "/api/broods",
        json={"bed": bed["id"], "n": 1},
        headers={"Accept": "application/json"},
    )
    bred = answer.json()["offspring"][0]
    content = bred["content"]
    for more in (" one", " two"):
        content += more
        edit = {"content": content, "bed": bed["id"]}
        bred = client.post(f"/api/texts/{bred['id']}/edits", json=edit).json()
    shown = client.get(f"/api/beds/{bed['id']}").json()["shown"][0]
    assert [each["author"] for each in shown["spans"]] == ["model", "person"]
    told = client.get(f"/api/texts/{bred['id']}").json()
    assert told["spans"] == shown["spans"]


def test_an_edit_that_changes_nothing_is_the_text_itself(client: TestClient) -> None:
    (text,) = write(client, "a gull")
    same = client.post(f"/api/texts/{text['id']}/edits", json={"content": "a gull"}).json()
    assert same["id"] == text["id"]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/api/marks", {"mark": "keep", "ids": [4711]}),
        ("/api/marks", {"mark": "keep", "ids": [1], "bed": 4711}),
        ("/api/texts/4711/edits", {"content": "x"}),
        ("/api/texts", {"texts": ["x"], "bed": 4711}),
    ],
)
def test_what_is_not_there_is_a_404(
    client: TestClient, bed: Bed, path: str, asked: dict[str, Any]
) -> None:
    answer = client.post(path, json=asked)
    assert answer.status_code == 404
    assert answer.json()["hint"]


def test_markup_is_data(client: TestClient) -> None:
    hostile = "<script>alert(1)</script>\u202e\x1b[31m"
    (text,) = write(client, hostile)
    answer = client.get(f"/api/texts/{text['id']}")
    assert answer.json()["content"] == hostile
    assert answer.headers["content-type"] == "application/json"
