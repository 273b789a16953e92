"""Kinds of text over the wire: which there are, what a bed is of, and what parents bring along."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from flourishing.library import own_path
from tests.kinds.test_kind import write_kind
from tests.studio.conftest import Bed

JSON = {"Accept": "application/json"}


def change(client: TestClient, bed: Bed, **changed: Any) -> Bed:
    answer = client.patch(f"/api/beds/{bed['id']}", json=changed)
    assert answer.status_code == 200, answer.text
    told: Bed = answer.json()
    return told


def stands(bed: Bed) -> tuple[str, str]:
    return bed["kind"]["name"], bed["pattern"]


@pytest.fixture
def empty(client: TestClient) -> Bed:
    told: Bed = client.post("/api/beds", json={"name": "empty", "parents": []}).json()
    assert stands(told) == ("poem", "poems")
    return told


def test_all_kinds_are_listed_with_a_persons_own(client: TestClient) -> None:
    write_kind("recipe")
    write_kind("broken", "medium = 1")
    kinds = client.get("/api/kinds").json()
    assert kinds == client.get("/api/studio").json()["kinds"]
    by_name = {each["name"]: each for each in kinds}
    assert by_name["poem"]["medium"] == "verse"
    assert by_name["recipe"]["plural"] == "recipes"
    assert "broken" not in by_name


def test_a_bed_is_begun_of_a_kind(client: TestClient) -> None:
    words = client.post("/api/beds", json={"name": "words", "kind": "word"}).json()
    assert stands(words) == ("word", "list")
    assert all("\n" not in each["content"] for each in words["parents"])
    own = client.post("/api/beds", json={"parents": ["a"], "kind": "haiku", "pattern": "lines"})
    assert stands(own.json()) == ("haiku", "lines")


def test_a_kind_that_is_chosen_brings_its_pattern_and_a_pattern_its_kind(
    client: TestClient, bed: Bed
) -> None:
    assert stands(change(client, bed, kind="quote")) == ("quote", "quotes")
    assert stands(change(client, bed, pattern="list")) == ("word", "list")
    assert stands(change(client, bed, kind="quote", pattern="list")) == ("quote", "list")
    client.post(f"/api/beds/{bed['id']}/undo")
    assert stands(client.get(f"/api/beds/{bed['id']}").json()) == ("word", "list")


def test_the_parents_of_a_bed_say_what_its_list_is_of(client: TestClient) -> None:
    lines = ["she danced with ease", "the dark clouds parted"]
    told = client.post("/api/texts", json={"texts": lines}).json()
    parents = [each["id"] for each in told]
    bed = client.post("/api/beds", json={"parents": parents, "kind": "poem"}).json()
    assert stands(change(client, bed, pattern="list")) == ("sentence", "list")
    palindromes = ["radar", "never odd or even"]
    told = client.post("/api/texts", json={"texts": palindromes}).json()
    changed = change(client, bed, parents=[each["id"] for each in told], pattern="list")
    assert stands(changed) == ("palindrome", "list")


def test_parents_from_a_collection_bring_their_kind_into_an_empty_bed(
    client: TestClient, empty: Bed
) -> None:
    url = f"/api/beds/{empty['id']}/parents"
    taken = client.post(url, json={"sources": ["palindromes"], "take": 2, "replace": False})
    assert stands(taken.json()) == ("palindrome", "list")
    more = client.post(url, json={"sources": ["quotes"], "take": 1, "replace": False})
    assert stands(more.json()) == ("palindrome", "list")
    other = client.post(url, json={"sources": ["quotes"], "take": 1})
    assert stands(other.json()) == ("quote", "quotes")
    again = client.post(url, json={"take": 2})
    assert stands(again.json()) == ("quote", "quotes")


def test_single_texts_of_a_collection_bring_their_kind_into_an_empty_bed(
    client: TestClient, empty: Bed
) -> None:
    brought = client.post("/api/collections/palindromes/texts", json={"indexes": [0]}).json()
    bed = change(client, empty, parents=[brought[0]["id"]])
    assert stands(bed) == ("palindrome", "list")
    prompt = client.get(f"/api/beds/{bed['id']}/prompt").json()["prompt"]
    assert prompt == f"|{brought[0]['content']}|"


def test_what_a_person_wrote_leaves_the_kind_that_was_chosen(
    client: TestClient, empty: Bed
) -> None:
    chosen = change(client, empty, kind="haiku")
    told = client.post("/api/texts", json={"texts": ["a pond"], "bed": chosen["id"]}).json()
    bed = client.get(f"/api/beds/{chosen['id']}").json()
    assert [each["id"] for each in bed["parents"]] == [told[0]["id"]]
    assert stands(bed) == ("haiku", "haiku")


def test_a_bed_that_is_begun_from_offspring_is_of_their_kind(client: TestClient) -> None:
    asked = {"parents": ["cat", "dog"], "pattern": "list", "n": 1}
    brood = client.post("/api/broods", json=asked, headers={"Accept": "application/json"}).json()
    begun = client.post("/api/beds", json={"parents": [brood["offspring"][0]["id"]]}).json()
    assert stands(begun) == ("word", "list")


def test_a_text_is_refined_and_accepted_as_its_kind_says(
    client: TestClient, garden: Garden, bed: Bed
) -> None:
    change(client, bed, kind="quote")
    url = f"/api/beds/{bed['id']}"
    client.post(f"{url}/refine/{bed['parents'][0]['id']}")
    assert "a quote:\na gull\n\nbetter:\n" in client.get(f"{url}/prompt").json()["prompt"]
    assert client.post(f"{url}/accept", json={}).status_code == 200
    shelf = garden.shelves.get("quotes")
    assert shelf is not None
    assert (shelf.kind, [text.content for text in shelf.texts]) == ("quote", ["a gull"])


def test_a_path_in_a_request_is_not_opened(client: TestClient, bed: Bed) -> None:
    path = str(write_kind("recipe"))
    for kind in (path, "../kinds/recipe", "recipe.toml"):
        refused = client.patch(f"/api/beds/{bed['id']}", json={"kind": kind})
        assert refused.status_code == 422
        assert "There is no kind" in refused.text
        assert client.post("/api/beds", json={"kind": kind}).status_code == 422
    assert stands(change(client, bed, kind="recipe")) == ("recipe", "recipe")


def test_a_collection_tells_its_kind(client: TestClient) -> None:
    kinds = {each["name"]: each["kind"] for each in client.get("/api/collections").json()}
    assert kinds["quotes"] == "quote"
    assert kinds["sequences"] == "sequence"


def test_one_brood_may_be_of_another_kind_than_its_bed(client: TestClient, bed: Bed) -> None:
    told = client.post("/api/broods", json={"bed": bed["id"], "kind": "quote"}, headers=JSON).json()
    assert (told["operation"], told["pattern"]) == ("bred", "quotes")
    assert stands(client.get(f"/api/beds/{bed['id']}").json()) == stands(bed)
    asked = {"parents": ["sea", "fog"], "kind": "word", "n": 2}
    assert client.post("/api/broods", json=asked, headers=JSON).json()["pattern"] == "list"
    refused = client.post("/api/broods", json=asked | {"kind": "./kind.toml"}, headers=JSON)
    assert refused.status_code == 422


def test_a_kind_of_ones_own_brings_its_view_and_its_shelf(client: TestClient) -> None:
    write_kind("recipe", 'medium = "verse"\npattern = "poems"\nlibrary = "recipes"\n')
    own_path().mkdir(parents=True)
    (own_path() / "recipes.txt").write_text("Tea\nWarm the pot.\n---\nToast\nBrown the bread.\n")
    (recipe,) = (each for each in client.get("/api/kinds").json() if each["name"] == "recipe")
    assert (recipe["medium"], recipe["library"]) == ("verse", "recipes")
    items = client.get("/api/collections/recipes").json()["items"]
    assert [item["text"]["title"] for item in items] == ["Tea", "Toast"]


def test_a_length_that_is_set_in_a_bed_is_asked_for(client: TestClient, bed: Bed) -> None:
    told = change(client, bed, kind="story", settings={"words": 6})
    assert told["settings"]["words"] == 6
    client.post("/api/texts", json={"texts": ["It rained. It ended."], "bed": bed["id"]})
    asked = {"bed": bed["id"], "n": 3, "seed": 1}
    brood = client.post("/api/broods", json=asked, headers=JSON).json()
    for text in brood["offspring"]:
        reasons = [flaw["reason"] for flaw in text["flaws"]]
        if 3 <= len(text["content"].split()) <= 9:
            assert not any("were asked for" in reason for reason in reasons)
        else:
            assert reasons  # this one, or what is looked for before it
    assert (
        client.patch(f"/api/beds/{bed['id']}", json={"settings": {"words": 0}}).status_code == 422
    )


def test_the_example_of_a_story_ends_with_words(client: TestClient) -> None:
    by_name = {each["name"]: each for each in client.get("/api/kinds").json()}
    title, *rest = by_name["story"]["example"].splitlines()
    assert title == "The Lighthouse Keeper's Dog"
    assert len(rest) == 2
    assert all(line.strip(" …") for line in rest)
