"""Emptying: what was put away is gone for good, and nothing else is."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flourishing.core.chain import Chain
from flourishing.errors import InputError
from flourishing.garden import Emptied, Garden, Stored, open_garden
from tests.garden.broods import bred, poems, refined
from tests.marks import on_both_databases


def test_what_is_put_away_stays_until_the_garden_is_emptied(garden: Garden) -> None:
    one, other = garden.add("one", "other")
    garden.put_away(one)
    assert garden.text(one.id).content == "one"
    garden.undo()
    assert garden.text(one.id).marks == {"keep"}
    garden.redo()
    assert garden.empty() == Emptied(gone=1, stayed=0)
    with pytest.raises(InputError):
        garden.text(one.id)
    assert garden.text(other.id) == other
    assert garden.empty() == Emptied(gone=0, stayed=0)
    assert garden.verify() == []


@on_both_databases
def test_a_text_goes_together_with_all_that_came_from_it(garden: Garden) -> None:
    (fog,) = garden.add("fog")
    edit = garden.edit(fog, "the fog")
    saved = garden.save(bred([fog, edit], ["one", "two"], aside=["three"]))
    garden.put_away(fog, edit, *saved)
    assert garden.empty() == Emptied(gone=4, stayed=0)
    assert garden.counts()["texts"] == 0
    assert garden.broods() == []
    with pytest.raises(InputError):
        garden.brood(saved.id)
    assert garden.verify() == []


def test_what_something_else_came_from_stays(garden: Garden) -> None:
    fog, sea = garden.add("fog", "sea")
    edit = garden.edit(fog, "the fog")
    last = garden.edit(edit, "the fog!")
    garden.put_away(fog, edit, sea)
    assert garden.empty() == Emptied(gone=1, stayed=2)
    assert garden.lineage.versions(last.id).versions == (fog, edit, last)
    assert garden.verify() == []


def test_parents_of_a_brood_of_which_nothing_came_stay(garden: Garden) -> None:
    fog, sea = garden.add("fog", "sea")
    saved = garden.save(bred([fog], [], left_out=[sea]))
    garden.put_away(fog, sea)
    assert garden.empty().gone == 0
    assert garden.brood(saved.id).parents == (fog,)
    assert garden.verify() == []


def test_what_stands_in_a_bed_on_a_shelf_or_in_a_chain_stays(garden: Garden) -> None:
    parent, version, shelved, link, free = garden.add("1", "2", "3", "4", "5")
    garden.beds.open("sea", parents=(parent.id,), chain=(version.id,))
    garden.shelves.put("mine", shelved)
    garden.shelves.put("ours", Chain.of([link, "its last"]))
    garden.put_away(parent, version, shelved, link, free)
    assert garden.empty() == Emptied(gone=1, stayed=4)
    assert garden.verify() == []


def test_what_was_set_aside_goes_with_the_last_of_its_brood(garden: Garden) -> None:
    saved = garden.save(bred(["fog"], ["one", "two"], aside=["three"]))
    garden.put_away(saved[0])
    assert garden.empty().gone == 1
    assert len(garden.brood(saved.id).set_aside) == 1
    garden.put_away(saved[1])
    assert garden.empty().gone == 1
    assert garden.counts()["texts"] == 1
    assert garden.verify() == []


def test_what_was_set_aside_but_kept_or_bred_from_stays_with_its_parents(garden: Garden) -> None:
    (fog,) = garden.add("fog", keep=False)
    saved = garden.save(bred([fog], ["one"], aside=["two", "three", "four"]))
    kept, parent, _ = saved.set_aside
    garden.keep(kept)
    garden.save(bred([parent], ["five"]))
    garden.put_away(fog, saved[0])
    assert garden.empty() == Emptied(gone=1, stayed=1)
    assert garden.text(kept.id).origin.parents == (fog,)
    assert garden.text(parent.id) == parent
    assert garden.verify() == []


def test_marks_of_what_is_gone_are_undone_and_redone_without_harm(garden: Garden) -> None:
    one, other = garden.add("one", "other", keep=False)
    garden.keep(one, other)
    garden.shelves.put("mine", one)
    garden.undo()
    garden.put_away(one)
    garden.empty()
    while garden.undo():
        pass
    while garden.redo():
        pass
    assert garden.text(other.id).marks == {"keep"}
    assert garden.verify() == []


def test_a_content_that_stands_elsewhere_too_is_still_found_by_its_words(garden: Garden) -> None:
    content = "a dove flies up from the hedgerow"
    (first,) = garden.add(content)
    (second,) = garden.save(bred(offspring=[content]))
    garden.put_away(first)
    garden.empty()
    (echo,) = garden.search.echoes(content)
    assert echo.text == second
    assert garden.search.words("hedgerow") == [second]
    assert garden.verify() == []


def test_nothing_of_what_is_gone_is_left_in_the_file(tmp_path: Path) -> None:
    place = tmp_path / "garden.db"
    with open_garden(place) as garden:
        garden.add(*poems(random.Random(1), 40))
        texts = garden.add(*[f"quetzalcoatl zyxophone {number}" for number in range(40)])
        refinements = garden.save(refined(Chain.of(["quetzalcoatl"]), ["quetzalcoatl!"]))
        garden.put_away(*texts, *refinements, *refinements.parents)
        assert garden.empty().gone == 42
        files = list(tmp_path.glob("garden.db*"))
        assert all(b"quetzalcoatl" not in file.read_bytes().lower() for file in files)
        assert garden.verify() == []


@given(st.randoms(use_true_random=False))
@settings(
    max_examples=settings().max_examples // 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_emptying_any_garden_leaves_a_sound_one(garden: Garden, draw: random.Random) -> None:
    texts = garden.add(*poems(draw, 2), keep=False)
    aside: list[Stored] = []
    for _ in range(draw.randrange(2, 7)):
        act = draw.randrange(4)
        some = draw.sample(texts + aside, draw.randrange(1, 3))
        if act == 0:
            saved = garden.save(
                bred(some, poems(draw, draw.randrange(3)), aside=poems(draw, draw.randrange(3)))
            )
            texts += garden.texts([text.id for text in saved])
            aside += garden.texts([text.id for text in saved.set_aside])
        elif act == 1:
            texts.append(garden.edit(some[0], poems(draw, 1)[0]))
        elif act == 2:
            examples = [Chain(tuple(some))]
            saved = garden.save(refined(Chain((texts[0],)), poems(draw, 1), examples=examples))
            texts += garden.texts([text.id for text in saved])
        else:
            garden.shelves.put("mine", some[0])
    away = set(draw.sample(texts, draw.randrange(len(texts) + 1)))
    garden.put_away(*away)
    staying = [text for text in texts if text not in away]
    lineages = [garden.lineage.ancestors(text.id, examples=True) for text in staying]
    garden.empty()
    assert garden.verify() == []
    assert garden.texts([text.id for text in staying]) == staying
    after = [garden.lineage.ancestors(text.id, examples=True) for text in staying]
    assert [family.edges for family in after] == [family.edges for family in lineages]
    # What stayed of the rest stands in what something else came from.
    left = {text.id for text in garden.search.page("away", limit=1_000)}
    assert garden.empty() == Emptied(gone=0, stayed=len(left))


def test_a_copy_from_before_a_migration_goes_too(tmp_path: Path) -> None:
    with open_garden(tmp_path / "garden.db") as garden:
        copy = tmp_path / "garden.db.before-0002"
        copy.write_bytes(b"the secret one")
        (tmp_path / "other.db.before-0002").touch()
        garden.put_away(*garden.add("fog"))
        garden.empty()
    assert not copy.exists()
    assert (tmp_path / "other.db.before-0002").exists()
