"""A garden of which a row was damaged on the disk: the damage is named, and all else is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flourishing.core.chain import Chain
from flourishing.errors import GardenError
from flourishing.garden import Garden
from tests.garden.broods import bred, refined
from tests.marks import first_cases

DAMAGE = {
    "bytes that are no words": "UPDATE texts SET content = CAST(x'666f67ff' AS TEXT) WHERE id = {}",
    "a blob": "UPDATE texts SET content = x'666f67ff' WHERE id = {}",
    "a source that is cut off": 'UPDATE texts SET source = \'{{"author": "me\' WHERE id = {}',
    "a source of something else": "UPDATE texts SET source = '{{\"author\": 5}}' WHERE id = {}",
    "spans of something else": "UPDATE texts SET spans = '[[1]]' WHERE id = {}",
    "flaws of a kind that is none": 'UPDATE texts SET flaws = \'[{{"kind": "x"}}]\' WHERE id = {}',
    "a raw completion": "UPDATE texts SET raw = CAST(x'ff' AS TEXT) WHERE id = {}",
    "no time": "UPDATE texts SET at = 'yesterday' WHERE id = {}",
}
OF_BROOD = {
    "a pattern that is cut off": "UPDATE broods SET pattern = '{{\"name' WHERE id = {}",
    "a pattern that is wrong": "UPDATE broods SET pattern = '{{\"stop\": []}}' WHERE id = {}",
    "a sampling of something else": "UPDATE broods SET sampling = '[]' WHERE id = {}",
    "a prompt": "UPDATE broods SET prompt = CAST(x'ff' AS TEXT) WHERE id = {}",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "garden.db"


@pytest.fixture
def garden(path: Path) -> Iterator[Garden]:
    with Garden(path) as garden:
        yield garden


def damage(path: Path, statement: str, id: int | None) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement.format(id))


@pytest.mark.parametrize("statement", first_cases(3, list(DAMAGE.values())), ids=DAMAGE)
def test_a_damaged_text_is_named_and_hides_no_other(
    garden: Garden, path: Path, statement: str
) -> None:
    brood = garden.save(bred(["the fog comes", "the sea"], ["one sea", "two seas", "three seas"]))
    parent, child = brood.parents[0], brood[1]
    edit = garden.edit(child, "two seas, by hand")
    garden.keep(*brood)
    garden.tag("sea", child)
    for id in (parent.id, child.id):  # type: ignore[attr-defined]  # they are stored
        damage(path, statement, id)
    page = {text.id: text for text in garden.search.page()}
    assert {each.id for each in (*brood, edit)} <= page.keys()
    assert f"Text {child.id} cannot be read" in page[child.id].damage
    assert (sorted(page[child.id].marks), page[child.id].tags) == (["keep"], ("sea",))
    assert [each.content for each in garden.search.page("keep") if not each.damage] == [
        "three seas",
        "one sea",
        "two seas, by hand",
    ]
    assert not page[edit.id].damage
    assert page[edit.id].origin.parents == (child,)
    assert garden.text(brood[0].id).origin.parents == brood.parents
    saved = garden.brood(brood.id)
    assert [bool(each.damage) for each in saved] == [False, True, False]
    assert [each.id for each in garden.broods()[0]] == [each.id for each in brood]
    assert garden.lineage.versions(edit.id)[-1] == edit
    assert edit.id in garden.lineage.descendants(child.id).texts
    assert garden.lineage.ancestors(edit.id).texts.keys() >= {edit.id, child.id}
    list(garden.preferences(passed=True))
    garden.search.words("seas")
    garden.search.echoes("one sea and then it is two seas")
    assert {each.where for each in garden.verify()} >= {f"text {child.id}"}


@pytest.mark.parametrize("statement", first_cases(1, list(OF_BROOD.values())), ids=OF_BROOD)
def test_a_damaged_brood_hides_no_other(garden: Garden, path: Path, statement: str) -> None:
    first = garden.save(bred(offspring=["one", "two"]))
    edit = garden.edit(first[0], "one, by hand")
    second = garden.save(bred([edit], ["three"]))
    damage(path, statement, first.id)
    assert [each.id for each in garden.broods()] == [second.id]
    with pytest.raises(GardenError, match=f"Brood {first.id} is damaged") as refusal:
        garden.brood(first.id)
    assert "verify" in refusal.value.hint
    page = {text.id: text for text in garden.search.page()}
    assert [page[each.id].content for each in first] == ["one", "two"]
    assert all(page[each.id].damage for each in first)
    assert not page[edit.id].damage
    assert not page[second[0].id].damage
    garden.costs.total()
    list(garden.preferences(passed=True))


@pytest.mark.parametrize("column", first_cases(1, ["usage", "notes"]))
def test_what_a_damaged_brood_cost_is_not_known(garden: Garden, path: Path, column: str) -> None:
    first, second = garden.save(bred()), garden.save(bred(offspring=["four"]))
    damage(path, f"UPDATE broods SET {column} = '{{{{' WHERE id = {{}}", first.id)
    assert garden.costs.total().broods == (1 if column == "usage" else 2)
    assert [each.id for each in garden.broods()] == [second.id]
    assert not any(text.damage for text in garden.search.page())


def test_a_damaged_bed_stands_as_it_stood_before(garden: Garden, path: Path) -> None:
    one, two = garden.add("one", "two")
    bed = garden.beds.open("winter", parents=(one.id,))
    garden.beds.change(bed, parents=(one.id, two.id))
    other = garden.beds.open("summer")
    statement = "UPDATE bed_states SET state = '{{' WHERE id = {}"
    damage(path, statement, 2)
    found = {bed.name: bed.parents for bed in garden.beds.all()}
    assert found == {"winter": (one.id,), "summer": other.parents}


def test_a_damaged_chain_hides_no_shelf(garden: Garden, path: Path) -> None:
    chain = Chain.of(["worse", "better"])
    garden.save(refined(Chain.of(["bad", "good"]), examples=[chain]))
    garden.shelves.put("mine", chain)
    damage(path, "UPDATE chains SET source = '{{' WHERE id > 0", None)
    damage(path, DAMAGE["bytes that are no words"], garden.search.page()[-1].id)
    shelf = garden.shelves.get("mine")
    assert shelf is not None
    assert len(shelf.chains[0]) == 2


def test_a_mean_that_cannot_be_does_not_hide_its_text(tmp_path: Path) -> None:
    with Garden(tmp_path / "garden.db") as garden:
        text = garden.save(bred())[0]
    for wrong in ("words", 0.5, b"?"):
        with closing(sqlite3.connect(tmp_path / "garden.db")) as connection:
            connection.execute("UPDATE texts SET mean_logprob = ? WHERE id = ?", (wrong, text.id))
            connection.commit()
        with Garden(tmp_path / "garden.db") as garden:
            (again,) = garden.texts([text.id])
            assert (again.content, again.damage, again.mean_logprob) == (text.content, "", None)


@pytest.mark.parametrize("written", first_cases(1, ["{", '{"a": 1}', '["x"]', "7"]))
def test_a_damaged_choice_shows_all(garden: Garden, path: Path, written: str) -> None:
    bed = garden.beds.begin("b")
    saved = garden.save(bred(offspring=["one", "two"]), bed=bed)
    garden.show_first(saved.id, [saved[1].id])
    damage(
        path,
        "UPDATE broods SET shown_first = '"
        + written.replace("{", "{{").replace("}", "}}")
        + "' WHERE id = {}",
        saved.id,
    )
    assert garden.brood(saved.id) == saved
    assert garden.beds.first(garden.beds.get(bed.id)) == ()
    garden.keep(saved[1], bed=bed)
    assert garden.opinion(bed).picks == ((2, 2),)
    assert list(garden.export())
