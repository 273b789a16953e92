"""Prompts over the wire: the tasks, and what a model answers beside the figures of parents."""

from __future__ import annotations

from fastapi.testclient import TestClient

from flourishing.settings import tasks_path

SEEDS = ["the opposite of {input} is", "not {input} but"]


def bred(client: TestClient) -> int:
    asked = {"parents": SEEDS, "kind": "prompt", "n": 1, "seed": 1}
    headers = {"Accept": "application/json"}
    told = client.post("/api/broods", json=asked, headers=headers).json()
    return int(told["offspring"][0]["id"])


def test_the_tasks_are_listed_and_a_wrong_file_hides_none(client: TestClient) -> None:
    tasks_path().mkdir(parents=True)
    (tasks_path() / "mine.tsv").write_text("hot\tcold\nup\tdown\n")
    (tasks_path() / "wrong.tsv").write_text("hot cold\n")
    listed = client.get("/api/tasks").json()
    told = {each["name"]: each["examples"] for each in listed}
    assert told == {"antonyms": 32, "mine": 2, "past-tense": 32, "plurals": 32, "rhymes": 32}
    (tasks_path() / "mine.tsv").write_text("hot\tcold\nup\tbelow\n")
    again = client.get("/api/tasks").json()
    assert [was["name"] for was, now in zip(listed, again, strict=True) if was != now] == ["mine"]


def test_a_prompt_has_answers_and_its_figure_beside_those_of_its_parents(
    client: TestClient,
) -> None:
    url = f"/api/texts/{bred(client)}/answers"
    told = client.get(url, params={"task": "antonyms", "shown": 2}).json()
    assert [each["input"] for each in told["answers"]] == ["hot", "big"]
    assert [each["prompt"] for each in told["parents"]] == SEEDS
    best = max(each["logprob"] for each in told["parents"])
    assert told["gain"] == told["figures"]["logprob"] - best
    assert client.get(url, params={"task": "antonyms", "shown": 2}).json() == told


def test_a_text_without_parents_has_a_figure_and_no_gain(client: TestClient) -> None:
    (written,) = client.post("/api/texts", json={"texts": SEEDS[:1]}).json()
    told = client.get(f"/api/texts/{written['id']}/answers", params={"task": "plurals"}).json()
    assert (told["parents"], told["gain"]) == ([], None)
    assert told["figures"]["inputs"] == 16


def test_no_path_is_opened_that_comes_over_the_wire(client: TestClient) -> None:
    (written,) = client.post("/api/texts", json={"texts": SEEDS[:1]}).json()
    url = f"/api/texts/{written['id']}/answers"
    refused = client.get(url, params={"task": "/etc/passwd"})
    assert refused.status_code == 422
    assert "There is no task" in refused.json()["detail"]
    assert client.get("/api/texts/999/answers", params={"task": "plurals"}).status_code == 404
