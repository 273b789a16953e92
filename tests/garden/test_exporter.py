"""What was chosen over what, with the prompts."""

from __future__ import annotations

from dataclasses import replace

import pytest

import flourishing as fl
from flourishing.breeding.brood import Brood
from flourishing.garden import Garden
from tests.garden.broods import bred

POEMS = ["the fog comes\non little cat feet", "the cat sits\nlooking over harbor"]


def said(garden: Garden, *, passed: bool = False) -> list[tuple[str, int, int]]:
    pairs = garden.preferences(passed=passed)
    return [(pair.why, pair.chosen_id, pair.rejected_id) for pair in pairs]


def echoed(start: str = "", *, pattern: str = "poems", seed: int = 1) -> Brood:
    return fl.breed(POEMS, 3, pattern, start, seed=seed, model="echo")


def test_kept_goes_over_dropped(garden: Garden) -> None:
    one, two, three = garden.save(bred())
    assert said(garden) == []
    garden.keep(one, two)
    garden.drop(three)
    assert said(garden) == [
        ("kept over dropped", one.id, three.id),
        ("kept over dropped", two.id, three.id),
    ]
    garden.undo()
    assert said(garden) == []


def test_what_was_not_shown_was_not_passed_by(garden: Garden) -> None:
    saved = garden.save(bred(["fog"], ["one", "two", "three", "four"]))
    garden.show_first(saved.id, [saved[2].id, saved[1].id])
    garden.keep(saved[1])
    garden.drop(saved[3])
    assert said(garden, passed=True) == [
        ("kept over passed by", saved[1].id, saved[2].id),
        ("kept over dropped", saved[1].id, saved[3].id),
    ]


def test_kept_goes_over_what_was_passed_by_if_one_asks(garden: Garden) -> None:
    one, two, three = garden.save(bred())
    garden.keep(two)
    garden.drop(one)
    assert said(garden) == [("kept over dropped", two.id, one.id)]
    assert said(garden, passed=True) == [
        ("kept over dropped", two.id, one.id),
        ("kept over passed by", two.id, three.id),
    ]


def test_kept_and_then_dropped_is_not_chosen(garden: Garden) -> None:
    one, two, _ = garden.save(bred())
    garden.keep(one, two)
    garden.drop(one)
    assert said(garden, passed=True) == [
        ("kept over dropped", two.id, one.id),
        ("kept over passed by", two.id, two.id + 1),
    ]


def test_broods_are_not_mixed(garden: Garden) -> None:
    first, second = garden.save(bred()), garden.save(bred(offspring=["a", "b"]))
    garden.keep(first[0])
    garden.drop(second[0])
    assert said(garden) == []


def test_an_edit_goes_over_what_was_edited(garden: Garden) -> None:
    one, _, _ = garden.save(bred())
    edit = garden.edit(one, "one, by hand")
    (pair,) = garden.preferences()
    assert (pair.why, pair.chosen_id, pair.rejected_id) == ("edited", edit.id, one.id)
    assert (pair.chosen, pair.rejected) == (" one, by hand\n", " one\n")
    garden.drop(edit)
    assert said(garden) == []


def test_what_a_person_wrote_or_edits_of_it_are_no_pairs(garden: Garden) -> None:
    (own,) = garden.add("my own")
    garden.edit(own, "my own, again")
    one, _, _ = garden.save(bred())
    edit = garden.edit(one, "one, by hand")
    garden.edit(edit, "one, by hand, again")
    assert said(garden) == [("edited", edit.id, one.id)]


def test_what_was_put_away_is_in_none(garden: Garden) -> None:
    one, two, three = garden.save(bred())
    edit = garden.edit(three, "three, by hand")
    garden.keep(one)
    garden.drop(two)
    for text in (two, three):
        garden.put_away(text)
    assert said(garden, passed=True) == []
    garden.take_back("away", two, three)
    garden.put_away(edit)
    assert said(garden) == [("kept over dropped", one.id, two.id)]


def test_two_that_read_the_same_are_none(garden: Garden) -> None:
    one, two = garden.save(bred(offspring=["one", "one"]))
    garden.keep(one)
    garden.drop(two)
    assert said(garden, passed=True) == []


def test_what_was_set_aside_is_in_none(garden: Garden) -> None:
    brood = garden.save(bred(aside=["a copy"]))
    garden.keep(brood[0])
    assert len(said(garden, passed=True)) == 2


@pytest.mark.parametrize("start", ["", "the sea", "the sea "])
@pytest.mark.parametrize("pattern", ["poems", "list", "lines"])
def test_prompt_and_continuation_join_to_what_the_model_wrote(
    garden: Garden, start: str, pattern: str
) -> None:
    texts = ["the fog", "the cat"] if pattern != "poems" else POEMS
    saved = garden.save(fl.breed(texts, 4, pattern, start, seed=1, model="echo"))
    one = saved[0]
    garden.keep(one)
    edit = garden.edit(one, one.content + " by hand")
    pairs = garden.preferences(passed=True)
    for pair in pairs:
        chosen, rejected = garden.text(pair.chosen_id), garden.text(pair.rejected_id)
        assert pair.prompt == saved.prompt
        for text, continuation in ((chosen, pair.chosen), (rejected, pair.rejected)):
            read = saved.pattern.read(start.rstrip(" ") + continuation)
            # Breeding puts a blank of the start words back where the model wrote none.
            assert "".join(read.split()) == "".join(text.content.split())
    assert pairs[-1].chosen_id == edit.id


def test_an_edit_that_begins_otherwise_follows_no_prompt(garden: Garden) -> None:
    saved = garden.save(echoed("the sea"))
    garden.edit(saved[0], "a sea by hand")
    assert said(garden) == []
    edit = garden.edit(saved[0], "the sea falls")
    (pair,) = garden.preferences()
    assert (pair.chosen_id, pair.chosen) == (edit.id, " falls")


def test_a_start_that_comes_again_in_the_text_does_no_harm(garden: Garden) -> None:
    brood = bred(offspring=["sea sea sea"])
    (text,) = brood.offspring
    origin = replace(text.origin, start="sea", raw=" sea sea", prompt=brood.prompt + "sea")
    text = replace(text, origin=origin)
    brood = replace(brood, offspring=(text,), start="sea", prompt=brood.prompt + "sea")
    (saved,) = garden.save(brood)
    garden.edit(saved, "sea sea sea, by hand")
    (pair,) = garden.preferences()
    assert (pair.chosen, pair.rejected) == (" sea sea, by hand", " sea sea")


def test_a_pair_is_plain_data(garden: Garden) -> None:
    one, two, _ = garden.save(bred())
    garden.keep(one)
    garden.drop(two)
    (pair,) = garden.preferences()
    assert pair.as_dict() == {
        "prompt": pair.prompt,
        "chosen": " one\n",
        "rejected": " two\n",
        "why": "kept over dropped",
        "chosen_id": one.id,
        "rejected_id": two.id,
    }
