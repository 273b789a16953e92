"""Beds over the wire: what is changed shows, can be undone, and is there on another day."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.garden import Garden
from tests.marks import first_cases
from tests.studio.conftest import Bed


def contents(texts: list[dict[str, Any]]) -> list[str]:
    return [text["content"] for text in texts]


def breed(client: TestClient, bed: int, **how: Any) -> dict[str, Any]:
    answer = client.post(
        "/api/broods", json={"bed": bed, **how}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def get(client: TestClient, bed: Bed) -> Bed:
    told: Bed = client.get(f"/api/beds/{bed['id']}").json()
    return told


def test_the_first_visit_finds_a_bed_with_the_imagists(client: TestClient) -> None:
    first = client.get("/api/studio").json()
    assert first["first_visit"] is True
    bed = first["bed"]
    assert bed == client.get(f"/api/beds/{bed['id']}").json()
    assert len(bed["parents"]) == 6
    assert bed["pattern"] == "poems"
    assert all(text["origin"]["source"]["author"] for text in bed["parents"])
    assert breed(client, bed["id"], n=2)["parents"] == [each["id"] for each in bed["parents"]]
    again = client.get("/api/studio").json()
    assert (again["first_visit"], again["bed"]["id"]) == (False, bed["id"])


def test_a_bed_is_begun_from_given_texts(bed: Bed) -> None:
    assert contents(bed["parents"]) == ["a gull", "the tide", "salt"]
    assert (bed["name"], bed["n"], bed["brood"], bed["running"]) == ("sea", 8, None, None)
    assert bed["undo"] is None


def test_a_bed_is_named_after_the_time_if_nobody_names_it(client: TestClient) -> None:
    names = [client.post("/api/beds", json={"parents": ["a"]}).json()["name"] for _ in range(2)]
    assert len(set(names)) == 2
    assert client.post("/api/beds", json={"name": names[0]}).status_code == 422


def test_parents_are_put_in_another_order_and_that_is_undone(client: TestClient, bed: Bed) -> None:
    ids = [each["id"] for each in bed["parents"]]
    url = f"/api/beds/{bed['id']}"
    changed = client.patch(url, json={"parents": ids[::-1]}).json()
    assert contents(changed["parents"]) == ["salt", "the tide", "a gull"]
    assert changed["undo"] == "parent"
    turned = client.post(f"{url}/undo").json()
    assert turned["act"] == "parent"
    assert contents(turned["bed"]["parents"]) == ["a gull", "the tide", "salt"]
    assert (turned["bed"]["undo"], turned["bed"]["redo"]) == (None, "parent")
    redone = client.post(f"{url}/redo").json()
    assert contents(redone["bed"]["parents"]) == ["salt", "the tide", "a gull"]
    assert client.post(f"{url}/redo").json()["act"] is None


def test_settings_are_set_and_taken_back_one_by_one(client: TestClient, bed: Bed) -> None:
    url = f"/api/beds/{bed['id']}"
    client.patch(url, json={"settings": {"temperature": 0.7, "min_p": 0.1}, "n": 3, "start": "so"})
    changed = client.patch(url, json={"settings": {"min_p": None}}).json()
    assert changed["settings"]["temperature"] == 0.7
    assert changed["settings"]["min_p"] is None
    assert (changed["n"], changed["start"]) == (3, "so")
    brood = breed(client, bed["id"])
    assert len(brood["offspring"]) == 3
    assert all(each["content"].startswith("so") for each in brood["offspring"])
    assert brood["offspring"][0]["origin"]["sampling"]["temperature"] == 0.7


@pytest.mark.parametrize(
    "change",
    first_cases(
        4,
        [
            {"settings": {"temperature": -1}},
            {"settings": {"top_p": 2}},
            {"settings": {"temprature": 3}},
            {"settings": {"xtc": 1.5}},
            {"n": "eight"},
            {"pattern": "sonnet"},
            {"parents": [4711]},
            {"n": 0},
            {"n": 1001},
            {"colour": "blue"},
            {"name": " "},
        ],
    ),
)
def test_what_cannot_be_set_is_refused_and_changes_nothing(
    client: TestClient, bed: Bed, change: dict[str, Any]
) -> None:
    answer = client.patch(f"/api/beds/{bed['id']}", json=change)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["hint"]
    assert get(client, bed) == bed


def test_a_bed_is_renamed_but_not_after_another(client: TestClient, bed: Bed) -> None:
    url = f"/api/beds/{bed['id']}"
    client.post("/api/beds", json={"name": "moor", "parents": ["heath"]})
    assert client.patch(url, json={"name": "the sea"}).json()["name"] == "the sea"
    assert client.patch(url, json={"name": "moor"}).status_code == 422
    assert get(client, bed)["name"] == "the sea"


def test_a_bed_says_what_it_has_cost_and_for_how_many_kept(client: TestClient, bed: Bed) -> None:
    url = f"/api/beds/{bed['id']}/cost"
    assert (client.get(url).json()["broods"], client.get(url).json()["tokens_each_kept"]) == (
        0,
        None,
    )
    broods = [breed(client, bed["id"], n=2) for _ in range(2)]
    kept = [each["id"] for each in broods[1]["offspring"]]
    client.post("/api/marks", json={"mark": "keep", "ids": kept, "bed": bed["id"]})
    cost = client.get(url).json()
    tokens = cost["prompt"] + cost["completion"]
    assert (cost["broods"], cost["kept"], cost["tokens_each_kept"]) == (2, 2, round(tokens / 2))
    assert tokens == sum(each["cost"]["prompt"] + each["cost"]["completion"] for each in broods)
    assert client.get("/api/beds/4711/cost").status_code == 404


def test_beds_are_listed_and_put_away(client: TestClient, bed: Bed) -> None:
    breed(client, bed["id"], n=2)
    (listed,) = client.get("/api/beds").json()
    assert (listed["name"], listed["parents"], listed["broods"]) == ("sea", 3, 1)
    assert len(listed["last"]) == 2
    client.patch(f"/api/beds/{bed['id']}", json={"away": True})
    assert client.get("/api/beds").json() == []
    assert [each["name"] for each in client.get("/api/beds?away=true").json()] == ["sea"]


def test_a_brood_shows_in_its_places_and_a_dropped_one_leaves_its_own(
    client: TestClient, bed: Bed
) -> None:
    brood = breed(client, bed["id"], n=3)
    ids = [each["id"] for each in brood["offspring"]]
    client.post("/api/marks", json={"mark": "drop", "ids": [ids[1]], "bed": bed["id"]})
    now = get(client, bed)
    assert [each and each["id"] for each in now["shown"]] == [ids[0], None, ids[2]]
    assert now["brood"]["offspring"][1]["marks"] == ["drop"]
    client.post(f"/api/beds/{bed['id']}/undo")
    assert [each and each["id"] for each in get(client, bed)["shown"]] == ids


def test_an_edit_is_a_child_that_takes_the_place_of_the_edited_one(
    client: TestClient, bed: Bed
) -> None:
    first = breed(client, bed["id"], n=2)["offspring"][0]
    edit = client.post(
        f"/api/texts/{first['id']}/edits",
        json={"content": first["content"] + " and foam", "bed": bed["id"]},
    ).json()
    assert edit["origin"]["parents"] == [first["id"]]
    assert edit["by"] == "edited by you"
    assert {each["kind"] for each in edit["changes"]} == {"same", "new"}
    assert [each["author"] for each in edit["spans"]] == ["model", "person"]
    assert get(client, bed)["shown"][0]["id"] == edit["id"]


def test_a_text_is_refined_step_by_step_and_accepted(
    client: TestClient, bed: Bed, garden: Garden
) -> None:
    url = f"/api/beds/{bed['id']}"
    first = breed(client, bed["id"], n=1)["offspring"][0]
    under_work = client.post(f"{url}/refine/{first['id']}").json()
    assert [each["id"] for each in under_work["chain"]] == [first["id"]]
    assert len(under_work["examples"]) == 6
    candidates = breed(client, bed["id"], n=2, operation="refined")
    assert candidates["operation"] == "refined"
    better = candidates["offspring"][0]["id"]
    client.patch(url, json={"chain": [first["id"], better]})
    back = client.patch(url, json={"chain": [first["id"]], "later": [better]}).json()
    assert [each["id"] for each in back["later"]] == [better]
    client.patch(url, json={"chain": [first["id"], better], "later": []})
    accepted = client.post(f"{url}/accept", json={}).json()
    assert (accepted["chain"], accepted["undo"]) == ([], "accept")
    poems, chains = garden.shelves.get("poems"), garden.shelves.get("refinements")
    assert poems is not None
    assert [each.id for each in poems.texts] == [better]
    assert chains is not None
    assert len(chains.chains[0]) == 2
    grown = client.post(f"{url}/parents", json={}).json()
    assert grown["parents"][-1]["id"] == better
    client.post(f"{url}/undo")
    client.post(f"{url}/undo")
    assert [each["id"] for each in get(client, bed)["chain"]] == [first["id"], better]


def test_a_worsened_brood_comes_from_the_text_under_work(client: TestClient, bed: Bed) -> None:
    text = bed["parents"][0]["id"]
    client.post(f"/api/beds/{bed['id']}/refine/{text}")
    brood = breed(client, bed["id"], n=1, operation="worsened")
    assert brood["operation"] == "worsened"
    assert brood["pattern"] == "worsenings"


def test_other_examples_are_drawn_and_stay(client: TestClient, bed: Bed) -> None:
    url = f"/api/beds/{bed['id']}"
    client.post(f"{url}/refine/{bed['parents'][0]['id']}")
    drawn = {"settings": {"examples": {"seed": 5, "take": 3}}}
    changed = client.patch(url, json=drawn).json()["examples"]
    assert len(changed) == 3
    assert get(client, bed)["examples"] == changed


def test_the_exact_prompt_is_given_and_can_be_fixed(client: TestClient, bed: Bed) -> None:
    url = f"/api/beds/{bed['id']}"
    told = client.get(f"{url}/prompt").json()
    assert (
        told["prompt"]
        == "a poem:\na gull\n---\na poem:\nthe tide\n---\na poem:\nsalt\n---\na poem:\n"
    )
    assert told["tokens"] == len(told["prompt"])
    assert told["parents"] == [each["id"] for each in bed["parents"]]
    client.patch(url, json={"settings": {"prompt": "a poem:\nmy own\n---\na poem:\n"}})
    fixed = client.get(f"{url}/prompt").json()
    assert (fixed["prompt"], fixed["fixed"]) == ("a poem:\nmy own\n---\na poem:\n", True)
    brood = breed(client, bed["id"], n=1)
    told = client.get(f"/api/texts/{brood['offspring'][0]['id']}").json()
    assert told["origin"]["prompt"] == "a poem:\nmy own\n---\na poem:\n"
    client.patch(url, json={"settings": {"prompt": None}})
    assert client.get(f"{url}/prompt").json()["fixed"] is False


def test_a_prompt_is_sent_once_only(client: TestClient, bed: Bed) -> None:
    once = breed(client, bed["id"], n=1, prompt="a poem:\nonce\n---\na poem:\n")
    then = breed(client, bed["id"], n=1)
    prompts = [
        client.get(f"/api/texts/{brood['offspring'][0]['id']}").json()["origin"]["prompt"]
        for brood in (once, then)
    ]
    assert prompts[0] == "a poem:\nonce\n---\na poem:\n"
    assert "a gull" in prompts[1]


@pytest.mark.slow
def test_earlier_broods_are_listed_page_by_page(client: TestClient, bed: Bed) -> None:
    numbers = [breed(client, bed["id"], n=1)["id"] for _ in range(4)]
    url = f"/api/beds/{bed['id']}/broods"
    page = client.get(f"{url}?before={numbers[-1]}&limit=2").json()
    assert [each["id"] for each in page] == [numbers[2], numbers[1]]
    assert get(client, bed)["brood"]["id"] == numbers[-1]


def test_a_bed_that_is_not_there_is_a_problem_in_words(client: TestClient) -> None:
    answer = client.get("/api/beds/4711")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no bed 4711."


@pytest.mark.slow
def test_what_is_taken_back_stands_in_its_place_again(client: TestClient, bed: Bed) -> None:
    ids = [each["id"] for each in breed(client, bed["id"], n=3)["offspring"]]
    edit = client.post(
        f"/api/texts/{ids[1]}/edits", json={"content": "edited", "bed": bed["id"]}
    ).json()["id"]
    mark = {"mark": "drop", "ids": [ids[0], edit], "bed": bed["id"]}
    client.post("/api/marks", json=mark)
    assert [each and each["id"] for each in get(client, bed)["shown"]] == [None, None, ids[2]]
    client.post("/api/marks", json={**mark, "on": False})
    assert [each and each["id"] for each in get(client, bed)["shown"]] == [ids[0], edit, ids[2]]


@pytest.mark.slow
def test_earlier_broods_show_the_edits_that_stand(client: TestClient, bed: Bed) -> None:
    first = breed(client, bed["id"], n=2)
    one, other = (each["id"] for each in first["offspring"])
    edited = {"content": "edited", "bed": bed["id"]}
    edit = client.post(f"/api/texts/{one}/edits", json=edited).json()["id"]
    again = client.post(f"/api/texts/{edit}/edits", json={**edited, "content": "again"}).json()
    breed(client, bed["id"], n=1)
    (_, earlier) = client.get(f"/api/beds/{bed['id']}/broods").json()
    assert [each["id"] for each in earlier["offspring"]] == [again["id"], other]


def test_a_fixed_prompt_needs_no_parents(client: TestClient) -> None:
    bed = client.post("/api/beds", json={"parents": ["a gull"]}).json()
    url = f"/api/beds/{bed['id']}"
    client.patch(
        url, json={"parents": [], "settings": {"prompt": "a poem:\nmy own\n---\na poem:\n"}}
    )
    brood = breed(client, bed["id"], n=2)
    assert len(brood["offspring"]) == 2
    assert brood["parents"] == []


def test_a_bed_of_pictures_is_listed_with_what_shows_them(client: TestClient) -> None:
    picture = "def pixel(x, y):\n    return sin(9*x)"
    client.post("/api/beds", json={"name": "waves", "kind": "picture", "parents": [picture]})
    (listed,) = client.get("/api/beds").json()
    (last,) = listed["last"]
    assert (last["content"], last["medium"]) == (picture, "image")
    assert client.get(f"/api/texts/{last['id']}/render?size=64&format=png").status_code == 200


def test_the_prompt_of_another_kind_is_given(client: TestClient, bed: Bed) -> None:
    url = f"/api/beds/{bed['id']}"
    client.post(f"{url}/refine/{bed['parents'][0]['id']}")
    prompts = {
        kind: client.get(f"{url}/prompt?operation={kind}").json()["prompt"]
        for kind in ("bred", "refined", "worsened")
    }
    assert len(set(prompts.values())) == 3
    assert client.get(f"{url}/prompt").json()["prompt"] == prompts["refined"]


@pytest.mark.slow
def test_drafts_made_worse_are_not_the_face_of_a_bed(client: TestClient, bed: Bed) -> None:
    def face() -> list[str]:
        listed: list[Bed] = client.get("/api/beds").json()
        (last,) = (each["last"] for each in listed if each["id"] == bed["id"])
        return contents(last)

    client.post(f"/api/beds/{bed['id']}/refine/{bed['parents'][0]['id']}")
    breed(client, bed["id"], n=2, operation="worsened")
    assert face() == ["a gull", "the tide", "salt"]
    client.patch(f"/api/beds/{bed['id']}", json={"chain": []})
    bred = contents(breed(client, bed["id"], n=2)["offspring"])
    client.post(f"/api/beds/{bed['id']}/refine/{bed['parents'][0]['id']}")
    breed(client, bed["id"], n=2, operation="worsened")
    assert face() == bred


def test_accepting_leaves_the_parents_as_they_are(client: TestClient, bed: Bed) -> None:
    client.post(f"/api/beds/{bed['id']}/refine/{bed['parents'][1]['id']}")
    after = client.post(f"/api/beds/{bed['id']}/accept", json={}).json()
    assert contents(after["parents"]) == contents(bed["parents"])
    assert after["chain"] == []


def test_a_text_is_regrown_from_a_word_and_is_no_parent_of_that(
    client: TestClient, bed: Bed
) -> None:
    first = breed(client, bed["id"])["offspring"][0]
    text = client.post(
        f"/api/texts/{first['id']}/edits", json={"content": "the cold sea", "bed": bed["id"]}
    ).json()
    client.patch(
        f"/api/beds/{bed['id']}",
        json={"parents": [*(each["id"] for each in bed["parents"]), text["id"]]},
    )
    brood = breed(client, bed["id"], n=2, regrow={"text": text["id"], "at": 9})
    assert brood["start"] == "the cold"
    assert text["id"] not in brood["parents"]
    assert all(each["content"].startswith("the cold") for each in brood["offspring"])
    assert client.get(f"/api/beds/{bed['id']}").json()["start"] == ""
    words = client.get(f"/api/texts/{text['id']}/words", params={"at": 4, "k": 3}).json()
    chosen = words["others"][0]["text"]
    grown = breed(client, bed["id"], n=1, regrow={"text": text["id"], "at": 4, "word": chosen})
    (one,) = grown["offspring"]
    assert one["content"].startswith(f"the {chosen}")


@pytest.mark.parametrize(
    "wrong",
    first_cases(1, [{"at": 0}, {"at": 3}, {"at": 4, "word": " "}, {"text": 99_999, "at": 0}]),
)
def test_what_cannot_be_regrown_is_refused(
    client: TestClient, bed: Bed, wrong: dict[str, Any]
) -> None:
    text = client.post("/api/texts", json={"texts": ["the cold sea"]}).json()[0]
    answer = client.post(
        "/api/broods", json={"bed": bed["id"], "regrow": {"text": text["id"], **wrong}}
    )
    assert answer.status_code in {404, 422}


FORM = {"name": "mine", "separator": "\n***\n", "prefix": "a line:\n", "stop": ["\n***"]}


def test_the_form_of_a_bed_is_shown_part_by_part(bed: Bed) -> None:
    assert bed["form"]["name"] == bed["pattern"] == "poems"
    assert (bed["form"]["prefix"], bed["form"]["separator"]) == ("a poem:\n", "\n---\n")


def test_a_pattern_is_tried_without_being_stored(client: TestClient, bed: Bed) -> None:
    told = client.post(f"/api/beds/{bed['id']}/pattern", json=FORM).json()
    assert told["problems"] == []
    assert told["prompt"] == (
        "a line:\na gull\n***\na line:\nthe tide\n***\na line:\nsalt\n***\na line:\n"
    )
    assert get(client, bed) == bed


@pytest.mark.parametrize(
    ("part", "value"),
    first_cases(
        2,
        [
            ("separator", ""),
            ("name", " "),
            ("stop", [""]),
            ("max_tokens", 0),
            ("separator", "tide"),
        ],
    ),
)
def test_what_is_wrong_with_a_pattern_is_said_of_its_part(
    client: TestClient, bed: Bed, part: str, value: object
) -> None:
    told = client.post(f"/api/beds/{bed['id']}/pattern", json={**FORM, part: value}).json()
    assert told["prompt"] == ""
    assert [each["part"] for each in told["problems"]] == [part]
    assert told["problems"][0]["words"]


def test_a_pattern_of_its_own_is_stored_with_a_bed_and_bred_by(
    client: TestClient, bed: Bed
) -> None:
    url = f"/api/beds/{bed['id']}"
    changed = client.patch(url, json={"settings": {"own_pattern": FORM}}).json()
    assert (changed["form"]["name"], changed["pattern"]) == ("mine", "poems")
    assert changed["kind"]["name"] == bed["kind"]["name"]
    prompt = client.get(f"{url}/prompt").json()["prompt"]
    assert prompt.startswith("a line:\na gull\n***\n")
    (offspring,) = breed(client, bed["id"], n=1)["offspring"]
    assert offspring["origin"]["pattern"] == "mine"
    other = breed(client, bed["id"], n=1, pattern="list")["offspring"][0]
    assert other["origin"]["pattern"] == "list"


@pytest.mark.slow
def test_another_kind_or_pattern_takes_the_place_of_a_beds_own(
    client: TestClient, bed: Bed
) -> None:
    url = f"/api/beds/{bed['id']}"
    client.patch(url, json={"settings": {"own_pattern": FORM}})
    assert client.patch(url, json={"pattern": "lines"}).json()["form"]["name"] == "lines"
    assert client.post(f"{url}/undo").json()["bed"]["form"]["name"] == "mine"
    undone = client.post(f"{url}/undo").json()["bed"]
    assert undone["form"] == bed["form"]


def test_a_change_that_asks_for_no_answer_gives_none(client: TestClient, bed: Bed) -> None:
    url, minimal = f"/api/beds/{bed['id']}", {"Prefer": "return=minimal"}
    answer = client.patch(url, json={"n": 3}, headers=minimal)
    assert (answer.status_code, answer.content) == (204, b"")
    assert get(client, bed)["n"] == 3
    assert client.patch(url, json={"n": 0}, headers=minimal).status_code == 422
    assert client.patch(url, json={"n": 4}).json()["n"] == 4
