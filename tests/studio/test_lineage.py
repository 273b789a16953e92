"""Families over the wire: whole both ways, light, and with what is different between two texts."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from flourishing.core.chain import Chain
from flourishing.core.flaws import Flaw, FlawKind
from flourishing.core.text import Origin, Source, Text
from flourishing.garden import Garden
from flourishing.garden.lineage import MOST_RELATIVES
from tests.garden.broods import bred, refined


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


def test_a_family_is_taken_away_as_one_file(client: TestClient, garden: Garden) -> None:
    hostile, fog = garden.add("<script>alert(1)</script>", "fog")
    (child,) = garden.save(bred([hostile, fog], ["mist"]))
    answer = client.get(f"/api/texts/{child.id}/family.html")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="family-of-{child.id}.html"'
    )
    assert "mist" in answer.text
    assert "<script>alert" not in answer.text
    assert f'id="t{fog.id}"' in answer.text
    below = client.get(f"/api/texts/{child.id}/family.html?way=descendants")
    assert f'id="t{fog.id}"' not in below.text


def test_the_text_that_was_kept_last_is_known(client: TestClient, garden: Garden) -> None:
    assert client.get("/api/lineage/last").json() == {"id": None}
    one, two = garden.add("one", "two", keep=False)
    garden.keep(two)
    garden.keep(one)
    assert client.get("/api/lineage/last").json() == {"id": one.id}


def test_the_family_of_no_text_is_missing(client: TestClient, garden: Garden) -> None:
    (fog,) = garden.add("fog")
    for path in ("family", "family.html", f"diff?to={fog.id}"):
        answer = client.get(f"/api/texts/99/{path}")
        assert answer.status_code == 404, path
        assert answer.json()["hint"]
    assert client.get(f"/api/texts/{fog.id}/diff?to=99").status_code == 404
    assert client.get(f"/api/texts/{fog.id}/family?way=sideways").status_code == 422
