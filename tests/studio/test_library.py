"""The library over the wire: collections, pages of texts, and all about one text."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.core.chain import Chain
from flourishing.garden import Garden
from flourishing.library import library, own_path
from tests.garden.broods import bred

HOSTILE = '</script><img src=x onerror="alert(1)">\u202e\x1b[31m'


def contents(told: list[dict[str, Any]]) -> list[str]:
    return [each["content"] for each in told]


def about(client: TestClient, name: str) -> dict[str, Any]:
    listed = client.get("/api/collections").json()
    return next(each for each in listed if each["name"] == name)


# Likeness.


def test_texts_are_found_by_their_likeness_to_one(client: TestClient, garden: Garden) -> None:
    lamp, *_ = garden.add("the harbour lamps are lit", "green rain falls", "a door of glass")
    near = garden.add("the harbour lamps are lit again")[0]
    told = client.get("/api/texts", params={"like": lamp.id, "limit": 2}).json()
    assert contents(told)[0] == near.content
    assert len(told) == 2
    assert lamp.content not in contents(client.get("/api/texts", params={"like": lamp.id}).json())
    garden.pin(near)
    pinned = client.get("/api/texts", params={"like": lamp.id, "mark": "pin"}).json()
    assert contents(pinned) == [near.content]


def test_what_cannot_be_likened_is_refused(client: TestClient, garden: Garden) -> None:
    (text,) = garden.add("one")
    for more in ({"words": "one"}, {"before": 3}):
        answer = client.get("/api/texts", params={"like": text.id, **more})
        assert (answer.status_code, bool(answer.json()["hint"])) == (422, True)
    assert client.get("/api/texts", params={"like": 4711}).status_code == 404
    assert client.get("/api/texts", params={"like": text.id, "bed": 4711}).status_code == 404


# Collections.


def test_collections_say_what_ships_and_what_grew(client: TestClient, garden: Garden) -> None:
    garden.shelves.put("poems", *garden.add("one", "two"))
    ships = about(client, "imagists")
    assert ships["shipped"] == ships["items"] == len(library("imagists"))
    assert (ships["own"], ships["grown"], ships["chains"]) == (0, 0, False)
    assert about(client, "refinements")["chains"] is True
    grown = about(client, "poems")
    assert (grown["shipped"], grown["grown"], grown["items"]) == (0, 2, 2)


def test_a_file_of_ones_own_is_counted_and_a_damaged_one_hides_nothing(client: TestClient) -> None:
    own_path().mkdir(parents=True)
    (own_path() / "mine.txt").write_text("one\n---\ntwo\n", encoding="utf-8")
    (own_path() / "broken.toml").write_text("= no", encoding="utf-8")
    assert about(client, "mine")["own"] == 2
    assert "broken.toml" in about(client, "broken")["problem"]
    assert about(client, "imagists")["problem"] is None


def test_a_collection_is_shown_page_by_page(client: TestClient) -> None:
    first = client.get("/api/collections/imagists", params={"limit": 3}).json()
    assert [each["index"] for each in first["items"]] == [0, 1, 2]
    assert [each["text"]["content"] for each in first["items"]] == [
        text.content for text in library("imagists").texts[:3]
    ]
    assert {each["text"]["id"] for each in first["items"]} == {0}
    rest = client.get("/api/collections/imagists", params={"after": 3, "limit": 2}).json()
    assert [each["index"] for each in rest["items"]] == [3, 4]


def test_chains_tell_their_versions_and_yields(client: TestClient) -> None:
    told = client.get("/api/collections/refinements", params={"limit": 1}).json()["items"][0]
    chain = library("refinements").chains[0]
    assert contents(told["chain"]["versions"]) == [text.content for text in chain]
    assert (told["offspring"], told["kept"], told["text"]) == (0, 0, None)


def test_yields_count_what_came_of_a_text(client: TestClient, garden: Garden) -> None:
    (parent,) = garden.add("a parent")
    garden.shelves.put("poems", parent)
    garden.keep(garden.save(bred([parent], ["a", "b"]))[0])
    (item,) = client.get("/api/collections/poems").json()["items"]
    assert (item["offspring"], item["kept"], item["grown"]) == (2, 1, True)


def test_texts_are_put_on_a_shelf_and_taken_off(client: TestClient, garden: Garden) -> None:
    one, two = garden.add("one", "two")
    for name in ("sea", "sea/moon", "quotes", 'odd "name"'):
        where = f"/api/collections/{name.replace('/', '%2F')}"
        before = len(library("quotes")) if name == "quotes" else 0
        put = client.post(f"{where}/items", json={"ids": [one.id, two.id]})
        assert put.json()["name"] == name
        assert put.json()["items"] == before + 2
        off = client.delete(f"{where}/items", params={"ids": [one.id]})
        assert off.status_code == 204
        assert about(client, name)["grown"] == 1


def test_on_a_shelf_of_chains_a_text_goes_with_its_versions(
    client: TestClient, garden: Garden
) -> None:
    (draft,) = garden.add("a draft")
    poem = garden.edit(draft, "a poem")
    where = "/api/collections/refinements/items"
    refused = client.post(where, json={"ids": [draft.id]})
    assert refused.status_code == 422
    assert "no earlier versions" in refused.json()["detail"]
    client.post(where, json={"ids": [poem.id]})
    shelf = garden.shelves.get("refinements")
    assert shelf is not None
    assert [text.content for text in shelf.chains[0]] == ["a draft", "a poem"]
    client.delete(where, params={"ids": [poem.id]})
    assert about(client, "refinements")["grown"] == 0


def test_what_ships_cannot_be_taken_off(client: TestClient, garden: Garden) -> None:
    (one,) = garden.add("one")
    refused = client.delete("/api/collections/imagists/items", params={"ids": [one.id]})
    assert refused.status_code == 422
    assert refused.json()["hint"]


def test_either_all_that_were_named_are_taken_off_or_none(
    client: TestClient, garden: Garden
) -> None:
    one, two = garden.add("one", "two")
    garden.shelves.put("sea", one)
    both = client.delete("/api/collections/sea/items", params={"ids": [one.id, two.id]})
    assert both.status_code == 422
    assert about(client, "sea")["grown"] == 1


def test_what_ships_gets_a_number_when_it_is_wanted(client: TestClient, garden: Garden) -> None:
    brought = client.post("/api/collections/imagists/texts", json={"indexes": [2, 0]})
    texts = library("imagists").texts
    assert contents(brought.json()) == [texts[2].content, texts[0].content]
    assert garden.text(brought.json()[0]["id"]).content == texts[2].content
    assert brought.json()[0]["marks"] == []
    best = client.post("/api/collections/refinements/texts", json={"indexes": [0]}).json()
    assert contents(best) == [library("refinements").chains[0].best.content]
    gone = client.post("/api/collections/imagists/texts", json={"indexes": [10**6]})
    assert gone.status_code == 404


def test_a_collection_that_is_not_there_is_not_found(client: TestClient) -> None:
    for name in ("nothing", "../../etc/passwd", "%00"):
        answer = client.get(f"/api/collections/{name.replace('/', '%2F').replace('..', '%2E%2E')}")
        assert answer.status_code == 404, name
        assert answer.headers["content-type"] == "application/problem+json"


# Pages of texts.


def test_texts_are_found_by_words_marks_and_tags(client: TestClient, garden: Garden) -> None:
    fog, feet, moon = garden.add("the fog", "fog on feet", "the moon", keep=False)
    garden.keep(fog, moon)
    garden.tag("grey", feet)
    found = {
        "words=fo": ["fog on feet", "the fog"],
        "words=fog&mark=keep": ["the fog"],
        "mark=keep": ["the moon", "the fog"],
        "words=fog&tag=grey": ["fog on feet"],
        "tag=grey": ["fog on feet"],
        "limit=1": ["the moon"],
        f"before={moon.id}": ["fog on feet", "the fog"],
    }
    for query, expected in found.items():
        assert contents(client.get(f"/api/texts?{query}").json()) == expected, query
    assert client.get("/api/tags").json() == [{"label": "grey", "texts": 1}]


def test_words_without_a_word_are_a_problem_with_a_hint(client: TestClient) -> None:
    answer = client.get("/api/texts", params={"words": '"!?*'})
    assert answer.status_code == 422
    assert answer.json()["hint"]


def test_a_hostile_text_is_told_as_it_is(client: TestClient, garden: Garden) -> None:
    long = f"{HOSTILE} {'word ' * 20_000}"
    (text,) = garden.add(long)
    assert contents(client.get("/api/texts", params={"words": "onerror"}).json()) == [long]
    page = client.get(f"/api/texts/{text.id}/page").json()
    assert page["text"]["content"] == long


# One text.


def test_the_page_of_a_text_tells_its_whole_origin(client: TestClient, garden: Garden) -> None:
    worst, best = garden.add("the worst", "the best")
    (born,) = garden.save(bred([worst, best], ["a child"]))
    edit = garden.edit(born, "a child, edited")
    garden.shelves.put("sea", edit)
    page = client.get(f"/api/texts/{born.id}/page").json()
    assert page["text"]["origin"]["prompt"] == born.origin.prompt
    assert page["text"]["origin"]["raw"] == born.origin.raw
    assert [each["text"]["content"] for each in page["parents"]] == ["the worst", "the best"]
    assert {each["role"] for each in page["parents"]} == {"parent"}
    assert contents(page["children"]) == ["a child, edited"]
    assert page["brood"]["offspring"] == 1
    edited = client.get(f"/api/texts/{edit.id}/page").json()
    assert contents(edited["versions"]) == ["a child", "a child, edited"]
    assert (edited["shelves"], edited["brood"]) == (["sea"], None)
    assert sum(each["length"] for each in edited["text"]["spans"]) == len(edit.content)


def test_a_parent_that_stood_twice_in_a_prompt_is_told_twice(
    client: TestClient, garden: Garden
) -> None:
    one, two = garden.add("one", "two")
    (born,) = garden.save(bred([one, two, one], ["a child"]))
    page = client.get(f"/api/texts/{born.id}/page").json()
    assert [each["text"]["content"] for each in page["parents"]] == ["one", "two", "one"]


def test_children_end_where_the_page_is_full(client: TestClient, garden: Garden) -> None:
    (parent,) = garden.add("a parent")
    garden.save(bred([parent], [f"child {number}" for number in range(30)]))
    page = client.get(f"/api/texts/{parent.id}/page").json()
    assert page["more_children"] is True
    assert contents(page["children"])[0] == "child 29"


def test_a_text_says_where_its_words_also_stand(client: TestClient, garden: Garden) -> None:
    here, _ = garden.add("and the fog comes on little cat feet", "nothing like it")
    (other,) = garden.add("see how The fog\ncomes on little cat feet today")
    edit = garden.edit(here, "and the fog comes on little cat feet, slowly")
    told = client.get(f"/api/texts/{edit.id}/echoes").json()
    stand = {each["text"]["id"]: each for each in told if each["where"] == "garden"}
    assert set(stand) == {other.id}
    assert stand[other.id]["run"] == "the fog comes on little cat feet"
    assert stand[other.id]["words"] == 7


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    for path in ("/api/texts/99/page", "/api/texts/99/echoes"):
        assert client.get(path).status_code == 404


def test_a_chain_of_the_garden_is_taken_off_by_its_best(client: TestClient, garden: Garden) -> None:
    one, two = garden.add("one", "two")
    garden.shelves.put("mine", Chain((one, two)))
    where = "/api/collections/mine/items"
    assert client.delete(where, params={"ids": [one.id]}).status_code == 422
    assert client.delete(where, params={"ids": [two.id]}).status_code == 204
    assert garden.shelves.names() == []


@pytest.mark.slow
def test_pages_tell_who_wrote_what_of_an_edit_of_an_edit(
    client: TestClient, garden: Garden
) -> None:
    (parent,) = garden.add("a parent")
    (born,) = garden.save(bred([parent], ["the fog comes"]))
    garden.edit(garden.edit(born, "the fog comes in"), "the fog comes in now")
    told = client.get("/api/texts", params={"words": "now"}).json()[0]
    assert [each["author"] for each in told["spans"]] == ["model", "person"]
