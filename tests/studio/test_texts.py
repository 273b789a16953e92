"""Texts over the wire: written, marked, tagged, edited, and looked at.

Also: families over the wire: whole both ways, light, and with what is different between two texts.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from flourishing.core.chain import Chain
from flourishing.core.flaws import Flaw, FlawKind
from flourishing.core.text import Origin, Source, Text
from flourishing.garden import Garden
from flourishing.garden.lineage import MOST_RELATIVES
from tests.garden.broods import bred, refined
from tests.marks import first_cases
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


@pytest.mark.parametrize("mark", first_cases(1, ["keep", "drop", "pin", "away"]))
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


def family(client: TestClient, id: int, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/texts/{id}/family", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def ids(told: dict[str, Any]) -> set[int]:
    return {each["id"] for each in told["texts"]}


def pairs(told: dict[str, Any]) -> list[tuple[int, int, int]]:
    return [(each["child"], each["parent"], each["place"]) for each in told["edges"]]


def test_a_family_reaches_both_ways_or_one(client: TestClient, garden: Garden) -> None:
    fog, sea = garden.add("fog", "sea")
    (one,) = garden.save(bred([fog, sea], ["one"]))
    (two,) = garden.save(bred([one, fog], ["two"]))
    both = family(client, one.id)
    assert (both["root"], both["way"], both["whole"]) == (one.id, "both", True)
    assert ids(both) == {fog.id, sea.id, one.id, two.id}
    # The last one: a descendant that comes from an ancestor as well.
    assert pairs(both) == [
        (one.id, fog.id, 0),
        (one.id, sea.id, 1),
        (two.id, one.id, 0),
        (two.id, fog.id, 1),
    ]
    assert [each["layer"] for each in both["texts"]] == [0, 0, 1, 2]
    at = {each["id"]: each for each in both["texts"]}
    assert all(at[child]["y"] > at[parent]["y"] for child, parent, _ in pairs(both))
    assert abs(at[fog.id]["x"] - at[sea.id]["x"]) > both["measures"]["width"]
    assert ids(family(client, one.id, way="ancestors")) == {fog.id, sea.id, one.id}
    assert ids(family(client, one.id, way="descendants")) == {one.id, two.id}


def test_a_text_of_a_family_is_told_by_its_first_words(client: TestClient, garden: Garden) -> None:
    pound = Text(
        "Petals\non a bough", Origin(author="person", source=Source(author="Ezra Pound", year=1913))
    )
    stored, mine = garden.add(pound, "\nmine\nand more")
    (child,) = garden.save(bred([stored, mine], ["a child\nof two"]))
    garden.keep(child)
    told = {each["id"]: each for each in family(client, child.id)["texts"]}
    assert told[stored.id]["name"] == "Petals"
    assert (told[stored.id]["kind"], told[stored.id]["by"]) == ("source", "Ezra Pound, 1913")
    assert (told[mine.id]["name"], told[mine.id]["kind"]) == ("mine", "person")
    assert (told[child.id]["kind"], told[child.id]["by"]) == ("model", "bred here")
    assert told[child.id]["marks"] == ["keep"]
    assert all("content" not in each for each in told.values())


def test_a_text_of_a_family_says_what_it_changed(client: TestClient, garden: Garden) -> None:
    (fog,) = garden.add("the grey fog")
    edit = garden.edit(fog, "the white fog")
    told = {each["id"]: each for each in family(client, fog.id)["texts"]}
    assert [(each["kind"], each["text"]) for each in told[edit.id]["difference"]] == [
        ("same", "the "),
        ("gone", "grey"),
        ("new", "white"),
        ("same", " fog"),
    ]
    assert (told[edit.id]["changes"], told[fog.id]["difference"]) == (1, [])


def test_a_round_is_folded_until_it_is_asked_for(client: TestClient, garden: Garden) -> None:
    (fog,) = garden.add("fog")
    one, two, three, four = garden.save(bred([fog], ["one", "two", "three", "four"]))
    garden.keep(four)
    assert len(family(client, fog.id)["texts"]) == 5
    told = family(client, fog.id, folded=True)
    assert told["count"] == 5
    assert {each["id"]: each["behind"] for each in told["texts"]} == {
        fog.id: [],
        one.id: [two.id, three.id],
        four.id: [],
    }
    assert len(family(client, fog.id, folded=True, unfold=[one.brood])["texts"]) == 5


def test_the_way_to_a_text_says_what_each_step_changed(client: TestClient, garden: Garden) -> None:
    fog, sea = garden.add("fog", "the sea")
    (one,) = garden.save(bred([fog, sea], ["the sea at night"]))
    edit = garden.edit(one, "the sea at noon")
    steps = client.get(f"/api/texts/{edit.id}/way").json()
    assert [each["text"]["id"] for each in steps] == [sea.id, one.id, edit.id]
    assert steps[0]["changes"] == []
    assert {"kind": "new", "text": "noon"} in steps[2]["changes"]
    assert client.get("/api/texts/99/way").status_code == 404


def test_a_flawed_text_is_told_as_one(client: TestClient, garden: Garden) -> None:
    brood = bred(["fog"], ["whole", "cut"])
    object.__setattr__(brood.offspring[1], "flaws", (Flaw(FlawKind.CUT_OFF, "it has no end"),))
    whole, cut = garden.save(brood)
    told = {
        each["id"]: each["flawed"]
        for parent in garden.lineage.ancestors(whole.id).parents(whole.id)
        for each in family(client, parent)["texts"]
    }
    assert (told[whole.id], told[cut.id]) == (False, True)


def test_examples_are_of_the_family_only_where_they_are_asked_for(
    client: TestClient, garden: Garden
) -> None:
    (better,) = garden.save(
        refined(Chain.of(["fog"]), ["the fog"], examples=[Chain.of(["bad", "good"])])
    )
    assert {each["name"] for each in family(client, better.id)["texts"]} == {"fog", "the fog"}
    told = family(client, better.id, examples=True)
    assert {each["name"] for each in told["texts"]} == {"fog", "the fog", "bad", "good"}
    assert [each["role"] for each in told["edges"]] == ["example", "example", "parent"]


def test_a_parent_that_also_showed_the_form_is_only_a_parent(
    client: TestClient, garden: Garden
) -> None:
    (better,) = garden.save(
        refined(Chain.of(["fog"]), ["the fog"], examples=[Chain.of(["fog", "good"])])
    )
    roles = [each["role"] for each in family(client, better.id)["edges"]]
    assert roles == ["parent"]


@pytest.mark.slow
def test_of_a_family_without_an_end_the_nearest_are_given(
    client: TestClient, garden: Garden
) -> None:
    (root,) = garden.add("the root of all")
    (one,) = garden.save(bred([root], ["between"]))
    many = [f"child {number}" for number in range(MOST_RELATIVES)]
    garden.save(bred([one], many))
    told = family(client, one.id)
    assert told["whole"] is False
    assert len(told["texts"]) == MOST_RELATIVES
    assert {root.id, one.id} <= ids(told)


def test_two_texts_are_compared_word_by_word(client: TestClient, garden: Garden) -> None:
    before, after = garden.add("the grey sea", "the wide sea")
    told = client.get(f"/api/texts/{after.id}/diff", params={"to": before.id}).json()
    assert (told["id"], told["to"]) == (after.id, before.id)
    assert [(each["kind"], each["text"]) for each in told["changes"]] == [
        ("same", "the "),
        ("gone", "grey"),
        ("new", "wide"),
        ("same", " sea"),
    ]


def test_a_text_is_compared_with_its_nearest_parent(client: TestClient, garden: Garden) -> None:
    far, near = garden.add("a gull over the harbour", "the wide sea at night")
    (child,) = garden.save(bred([far, near], ["the wide sea at noon"]))
    told = client.get(f"/api/texts/{child.id}/diff").json()
    assert told["to"] == near.id
    assert [each["text"] for each in told["changes"] if each["kind"] == "new"] == ["noon"]
    answer = client.get(f"/api/texts/{far.id}/diff")
    assert answer.status_code == 404
    assert "no parents" in answer.json()["detail"]


def test_the_text_that_was_kept_last_is_known(client: TestClient, garden: Garden) -> None:
    assert client.get("/api/lineage/last").json() == {"id": None}
    one, two = garden.add("one", "two", keep=False)
    garden.keep(two)
    garden.keep(one)
    assert client.get("/api/lineage/last").json() == {"id": one.id}


def test_the_family_of_no_text_is_missing(client: TestClient, garden: Garden) -> None:
    (fog,) = garden.add("fog")
    for path in ("family", f"diff?to={fog.id}"):
        answer = client.get(f"/api/texts/99/{path}")
        assert answer.status_code == 404, path
        assert answer.json()["hint"]
    assert client.get(f"/api/texts/{fog.id}/diff?to=99").status_code == 404
    assert client.get(f"/api/texts/{fog.id}/family?way=sideways").status_code == 422


def test_a_title_stands_for_a_text_and_is_undone_in_its_bed(client: TestClient, bed: Bed) -> None:
    text = bed["parents"][0]
    url = f"/api/texts/{text['id']}/title"
    titled = client.put(url, json={"title": "Gulls", "bed": bed["id"]}).json()
    assert (titled["title"], titled["named"]) == ("Gulls", "Gulls")
    assert titled["content"] == text["content"]
    now = client.get(f"/api/beds/{bed['id']}").json()
    assert (now["parents"][0]["title"], now["undo"]) == ("Gulls", "title")
    client.post(f"/api/beds/{bed['id']}/undo")
    again = client.get(f"/api/texts/{text['id']}").json()
    assert (again["title"], again["named"]) == ("a gull", "")


@pytest.mark.parametrize("title", ["two\nlines", "x" * 201, "nul\0"])
def test_a_title_of_two_lines_or_too_long_is_refused(
    client: TestClient, bed: Bed, title: str
) -> None:
    url = f"/api/texts/{bed['parents'][0]['id']}/title"
    assert client.put(url, json={"title": title}).status_code == 422


def test_a_word_of_the_models_is_put_into_a_place_in_the_bed(client: TestClient, bed: Bed) -> None:
    text = bed["parents"][1]
    assert text["content"] == "the tide"
    url = f"/api/texts/{text['id']}/words"
    words = client.get(url, params={"at": 5, "bed": bed["id"]}).json()
    assert (words["word"], words["begin"]) == ("tide", 4)
    assert words["others"]
    assert 0 < words["others"][0]["probability"] <= 1
    chosen = words["others"][0]["text"]
    put = client.post(url, json={"at": 4, "word": chosen, "bed": bed["id"]}).json()
    assert put["content"] == f"the {chosen}"
    assert put["spans"] == [
        {"author": "person", "length": 4},
        {"author": "model", "length": len(chosen)},
    ]
    now = client.get(f"/api/beds/{bed['id']}").json()
    assert now["parents"][1]["id"] == put["id"]
    assert now["undo"] == "edit"
    typed = client.post(url, json={"at": 4, "word": "unheard-of"}).json()
    assert typed["spans"] == [{"author": "person", "length": len("the unheard-of")}]


@pytest.mark.parametrize(
    "asked", first_cases(1, [{"at": -1}, {"at": 3}, {"at": 0, "k": 0}, {"at": 0, "k": 25}])
)
def test_words_are_bounded(client: TestClient, bed: Bed, asked: dict[str, int]) -> None:
    url = f"/api/texts/{bed['parents'][1]['id']}/words"
    assert client.get(url, params={**asked, "bed": bed["id"]}).status_code == 422


@pytest.mark.slow
def test_who_wrote_which_words_is_the_same_everywhere(client: TestClient, garden: Garden) -> None:
    source = Source(author="Carl Sandburg")
    (fog,) = garden.add(Text("the fog comes", Origin(author="person", source=source)))
    edit = garden.edit(fog, "the fog comes home")
    later = garden.edit(edit, "the fog comes home late")
    chain = garden.lineage.versions(later.id)
    (better, *_) = garden.save(refined(chain))
    bed = garden.beds.open("x", parents=(later.id, better.id), shown=(better.id,))
    garden.keep(later, better)
    parents = client.get(f"/api/beds/{bed.id}").json()["parents"]
    for text in (fog, later, better):
        page = client.get(f"/api/texts/{text.id}/page").json()
        seen = [
            page["text"],
            page["versions"][-1],
            client.get(f"/api/texts/{text.id}").json(),
            *client.get("/api/texts", params={"words": "fog"}).json(),
            *client.get("/api/texts").json(),
            *parents,
        ]
        spans = [each["spans"] for each in seen if each["id"] == text.id]
        assert len(spans) >= 3
        assert all(each == spans[0] for each in spans), text
    assert [(each["author"], each["length"]) for each in parents[0]["spans"]] == [
        ("source", 13),
        ("person", 10),
    ]
