"""Acts by their numbers: named in the answer, and taken back one by one in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from flourishing.garden import Garden
from flourishing.studio.acts import ACT_HEADER
from tests.marks import first_cases
from tests.studio.conftest import Bed

Act = Callable[[TestClient, list[int]], Response]


def mark(client: TestClient, ids: list[int]) -> Response:
    return client.post("/api/marks", json={"mark": "pin", "ids": ids})


def put_away(client: TestClient, ids: list[int]) -> Response:
    return client.post("/api/marks", json={"mark": "away", "ids": ids})


def tag(client: TestClient, ids: list[int]) -> Response:
    return client.post("/api/tags", json={"tag": "sea", "ids": ids})


def shelve(client: TestClient, ids: list[int]) -> Response:
    return client.post("/api/collections/mine/items", json={"ids": ids})


def take_off(client: TestClient, ids: list[int]) -> Response:
    return client.delete("/api/collections/mine/items", params={"ids": ids})


def undo(client: TestClient, answer: Response) -> Response:
    return client.post(f"/api/acts/{answer.headers[ACT_HEADER]}/undo")


def standing(garden: Garden, ids: list[int]) -> Any:
    shelf = garden.shelves.get("mine")
    texts = garden.texts(ids)
    return (
        [(sorted(text.marks), sorted(text.tags)) for text in texts],
        [text.content for text in shelf.texts] if shelf else [],
    )


@pytest.mark.parametrize("act", first_cases(1, [mark, put_away, tag, shelve]))
def test_one_is_taken_back_from_among_others(client: TestClient, garden: Garden, act: Act) -> None:
    ids = [text.id for text in garden.add("a gull", "the tide")]
    before = standing(garden, ids)
    answer = act(client, ids)
    assert answer.is_success
    assert standing(garden, ids) != before
    garden.add("salt")
    undone = undo(client, answer).json()
    assert [text["id"] for text in undone["texts"]] in (ids, [])
    assert standing(garden, ids) == before
    assert garden.verify() == []


def test_acts_are_taken_back_in_any_order(client: TestClient, garden: Garden) -> None:
    ids = [text.id for text in garden.add("a gull", "the tide")]
    before = standing(garden, ids)
    answers = [mark(client, ids), shelve(client, ids), tag(client, ids), take_off(client, ids[:1])]
    for at in (1, 3, 0, 2):
        assert undo(client, answers[at]).is_success
    assert standing(garden, ids) == before


def test_one_is_not_taken_back_twice(client: TestClient, garden: Garden) -> None:
    ids = [text.id for text in garden.add("a gull")]
    answer = mark(client, ids)
    assert undo(client, answer).is_success
    again = undo(client, answer)
    assert (again.status_code, bool(again.json()["hint"])) == (422, True)


def test_what_is_done_in_a_bed_is_undone_there(
    client: TestClient, garden: Garden, bed: Bed
) -> None:
    asked = {"mark": "keep", "ids": [bed["parents"][0]["id"]], "bed": bed["id"]}
    answer = client.post("/api/marks", json=asked)
    assert answer.is_success
    assert ACT_HEADER not in answer.headers
    last = garden.acts(limit=1)[0]
    assert client.post(f"/api/acts/{last.id}/undo").status_code == 422
