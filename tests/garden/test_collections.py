"""Shelves: collections grow and shrink, and each example tells what came of it."""

from __future__ import annotations

import pytest

from flourishing.core.chain import Chain
from flourishing.core.text import Source, Text
from flourishing.errors import InputError
from flourishing.garden import Garden, Shelf, Yield
from tests.garden.broods import bred, refined


def shelf(garden: Garden, name: str) -> Shelf:
    found = garden.shelves.get(name)
    assert found is not None
    return found


def test_texts_stand_on_a_shelf_in_the_order_in_which_they_came(garden: Garden) -> None:
    garden.shelves.put("mine", Text("b"), Text("a"), pattern="haiku", title="My haiku")
    garden.shelves.put("mine", Text("c"), Text("b"), pattern="quotes", title="another title")
    stands = shelf(garden, "mine")
    assert [text.content for text in stands.texts] == ["b", "a", "c"]
    assert (stands.name, stands.pattern, stands.title, stands.chains) == (
        "mine",
        "haiku",
        "My haiku",
        (),
    )
    assert garden.shelves.names() == ["mine"]
    assert garden.shelves.get("other") is None


def test_chains_stand_on_a_shelf_with_their_sources(garden: Garden) -> None:
    chains = (Chain.of(["bad", "good"], Source(author="Sappho")), Chain.of(["bad", "good", "best"]))
    garden.shelves.put("ours", *chains, chains[0])
    stands = shelf(garden, "ours")
    assert (stands.chains, stands.texts, stands.pattern) == (chains, (), "refinements")
    assert garden.verify() == []


def test_what_is_taken_off_stays_in_the_garden(garden: Garden) -> None:
    one, other = garden.add("one", "other")
    garden.shelves.put("mine", one, other)
    garden.shelves.take_off("mine", one)
    assert shelf(garden, "mine").texts == (other,)
    assert garden.text(one.id) == one
    garden.shelves.put("mine", one)
    assert shelf(garden, "mine").texts == (other, one)
    garden.undo()
    garden.undo()
    assert shelf(garden, "mine").texts == (one, other)


def test_an_empty_shelf_is_not_named(garden: Garden) -> None:
    garden.shelves.put("mine", Text("one"))
    garden.undo()
    assert garden.shelves.names() == []
    garden.shelves.take_off("never", Text("two"))
    assert garden.shelves.names() == []


@pytest.mark.parametrize("name", ["", " ", "x" * 201])
def test_a_shelf_needs_a_name_of_some_length(garden: Garden, name: str) -> None:
    with pytest.raises(InputError) as caught:
        garden.shelves.put(name, Text("one"))
    assert caught.value.hint
    assert garden.acts() == []


def test_texts_and_chains_are_not_mixed(garden: Garden) -> None:
    with pytest.raises(InputError):
        garden.shelves.put("mine", Text("one"), Chain.of(["a", "b"]))
    with pytest.raises(InputError):
        garden.shelves.put("mine")
    assert garden.shelves.names() == []
    assert garden.counts()["texts"] == 0


def test_what_was_put_there_twice_stays_when_one_of_both_is_undone(garden: Garden) -> None:
    bed = garden.beds.open("sea")
    (text,) = garden.add("fog")
    garden.accept(Chain.of([text]), bed=bed)
    garden.shelves.put("poems", text)
    garden.undo(bed)
    assert shelf(garden, "poems").texts == (text,)


def test_each_example_tells_what_it_helped_to_give_and_how_many_were_kept(
    garden: Garden,
) -> None:
    fog, sea, unused = garden.add("fog", "sea", "unused")
    first = garden.save(bred([fog, sea, fog], ["a", "b", "c"], aside=["not counted"]))
    second = garden.save(bred([fog], ["d"], left_out=[sea]))
    garden.keep(first[0], first[1], second[0])
    garden.drop(first[2])
    asked = [fog, sea, unused, Text("not here")]
    assert garden.shelves.yields_of_texts(asked) == [Yield(4, 3), Yield(3, 2), Yield(), Yield()]
    garden.undo()
    garden.undo()
    assert garden.shelves.yields_of_texts([fog]) == [Yield(4, 0)]


def test_an_edit_is_nothing_that_an_example_helped_to_give(garden: Garden) -> None:
    (fog,) = garden.add("fog")
    garden.edit(fog, "the fog")
    assert garden.shelves.yields_of_texts([fog]) == [Yield()]


def test_each_chain_tells_what_it_helped_to_give(garden: Garden) -> None:
    one, other = Chain.of(["bad", "good", "best"]), Chain.of(["x", "y"])
    saved = garden.save(refined(Chain.of(["fog", "the fog"]), ["1", "2"], examples=[one, other]))
    garden.save(refined(Chain.of(["dew"]), ["3"], examples=[other]))
    garden.keep(saved[1])
    asked = [one, other, Chain.of(["fog", "the fog"]), Chain.of(["bad", "good"])]
    assert garden.shelves.yields_of_chains(asked) == [Yield(2, 1), Yield(3, 1), Yield(), Yield()]
    assert garden.shelves.yields_of_texts([one[0]]) == [Yield(2, 1)]
