"""Broods that several models shared, in a garden: stored, grown, given to another, and purged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from flourishing.app import export_files
from flourishing.breeding.brood import Brood, Offspring, joined
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.formats.jsonl.transfer import Reader, find_rows
from flourishing.garden import Bed, Garden
from flourishing.models import Usage
from tests.garden.broods import FOG, SEA, bred


def part(model: str, offspring: Sequence[str], parents: Sequence[str] = (FOG, SEA)) -> Brood:
    """Make what one of several models gave."""
    brood = bred(parents, offspring)
    return replace(
        brood,
        model=model,
        offspring=tuple(of(model, each) for each in brood),
        usage=Usage(prompt=100, completion=10),
    )


def of(model: str, offspring: Offspring) -> Offspring:
    return replace(offspring, origin=replace(offspring.origin, model=model))


def shared(notes: Sequence[str] = ()) -> Brood:
    """Make a brood of two models, of which the second had room for one parent alone."""
    parts = [((0, 2), part("a", ["a0", "a2"])), ((1, 3), part("b", ["b1", "b3"], [SEA]))]
    return joined(parts, asked=4, notes=notes)[0]


def contents(brood: Brood) -> list[str]:
    return [each.content for each in brood]


def test_it_is_read_as_it_was_saved(garden: Garden) -> None:
    brood = shared(["b: its 1 place is missing."])
    saved = garden.save(brood)
    again = garden.brood(saved.id)
    for stored in (saved, again):
        assert contents(stored) == ["a0", "b1", "a2", "b3"]
        assert [each.origin.model for each in stored] == ["a", "b", "a", "b"]
        assert stored.models == ("a", "b")
        assert (stored.asked, stored.notes, stored.prompt) == (4, brood.notes, brood.prompt)
        assert stored.usage == brood.usage
        assert [each.identity for each in stored] == [each.identity for each in brood]
    assert garden.verify() == []


def with_nothing_of_one() -> Brood:
    """Make a brood of two models, of which the second gave nothing."""
    parts = [((0, 2), part("a", ["a0", "a2"])), ((), part("b", []))]
    return joined(parts, asked=4, notes=["b: 2 of 2 never came."])[0]


def test_what_a_model_cost_that_gave_nothing_is_stored_once(garden: Garden, tmp_path: Path) -> None:
    bed = garden.beds.begin("sea")
    brood = with_nothing_of_one()
    begun = joined([((0, 2), brood.parts[0])], asked=4, notes=())[0]
    garden.save(begun, bed=bed)
    for _ in range(2):
        saved = garden.save(brood, bed=garden.beds.get(bed.id))
    assert (saved.models, saved.notes, saved.model) == (("a",), brood.notes, "a")
    assert [(each.model, len(each)) for each in saved.parts] == [("a", 2), ("b", 0)]
    assert garden.costs.total() == garden.costs.brood(saved.id)
    assert garden.costs.total().tokens == 220
    assert garden.costs.brood(saved[0].brood or 0).tokens == 110
    assert garden.verify() == []
    rows = find_rows("\n".join(export_files.to_jsonl(garden.export())).encode())
    assert rows is not None
    with Garden(tmp_path / "other.db") as other:
        for _ in range(2):
            assert other.bring_in(Reader(rows)).problems == []
            assert other.costs.total().tokens == 220
            assert other.verify() == []


def test_nothing_is_left_of_a_purged_brood_of_which_a_model_gave_nothing(garden: Garden) -> None:
    saved = garden.save(with_nothing_of_one())
    garden.undo()
    garden.empty()
    assert garden.counts()["broods"] == 0
    with pytest.raises(InputError):
        garden.brood(saved.id)
    assert garden.verify() == []


def test_the_exact_prompt_of_each_offspring_is_found(garden: Garden) -> None:
    brood = shared()
    saved = garden.save(brood)
    for stored, made in zip(saved, brood, strict=True):
        assert stored.origin.prompt == made.origin.prompt
        assert stored.brood is not None
        its = garden.brood(stored.brood)
        assert its.prompt == made.origin.prompt
        assert [each.content for each in its.parents] == [
            each.content for each in made.origin.parents
        ]
    assert saved[0].origin.prompt != saved[1].origin.prompt


def test_it_is_one_brood_however_often_it_is_saved(garden: Garden) -> None:
    bed = garden.beds.begin("sea")
    brood = shared()
    saved = garden.save(brood, bed=bed)
    assert garden.save(brood, bed=garden.beds.get(bed.id)).id == saved.id
    assert [each.id for each in garden.broods()] == [saved.id]
    assert [each.id for each in garden.broods(bed)] == [saved.id]
    assert garden.counts()["broods"] == 1
    assert garden.beds.get(bed.id).brood == saved.id
    assert garden.beds.get(bed.id).shown == tuple(each.id for each in saved)
    spent = garden.costs.brood(saved.id)
    assert (spent.broods, spent.tokens) == (1, 220)
    assert garden.costs.total(bed) == spent
    assert garden.verify() == []


def test_it_grows_while_it_comes(garden: Garden) -> None:
    bed = garden.beds.begin("sea")
    first, second = part("a", ["a0", "a2"]), part("b", ["b1", "b3"], [SEA])
    begun, places = joined(
        [([0], replace(first, offspring=first.offspring[:1]))], asked=4, notes=()
    )
    saved = garden.save(begun, bed=bed, places=places)
    assert saved.models == ("a",)
    begun, places = joined(
        [
            ([0], replace(first, offspring=first.offspring[:1])),
            ([3], replace(second, offspring=second.offspring[1:])),
        ],
        asked=4,
        notes=(),
    )
    grown = garden.save(begun, bed=garden.beds.get(bed.id), places=places)
    assert grown.id == saved.id
    come = {2: first[1], 1: second[0]}
    stored = garden.grow(saved.id, come, bed=garden.beds.get(bed.id))
    assert {place: text.content for place, text in stored.items()} == {1: "b1", 2: "a2"}
    assert contents(garden.brood(saved.id)) == ["a0", "b1", "a2", "b3"]
    assert len(garden.beds.get(bed.id).shown) == 4
    whole, _ = joined([((0, 2), first), ((1, 3), second)], asked=4, notes=["done"])
    final = garden.save(whole, bed=garden.beds.get(bed.id))
    assert (final.id, final.notes) == (saved.id, ("done",))
    assert garden.verify() == []


def test_what_a_refill_replaced_is_set_aside(garden: Garden) -> None:
    saved = garden.save(shared())
    better = of("b", bred([SEA], ["better"])[0])
    garden.grow(saved.id, {1: better})
    brood = garden.brood(saved.id)
    assert contents(brood) == ["a0", "better", "a2", "b3"]
    assert contents(replace(brood, offspring=brood.set_aside)) == ["b1"]


def test_some_of_it_are_shown_first(garden: Garden) -> None:
    saved = garden.save(shared())
    shown = garden.show_first(saved.id, [saved[3].id, saved[0].id], note="chosen")
    assert [shown[at].content for at in shown.order] == ["b3", "a0", "b1", "a2"]
    assert shown.notes == ("chosen",)
    garden.keep(saved[0])
    passed = garden.preferences(passed=True)
    assert [
        pair.rejected_id for pair in passed
    ] == []  # a2 was not shown, and b3 had another prompt


def test_undoing_it_puts_away_what_came(garden: Garden) -> None:
    saved = garden.save(shared())
    garden.undo()
    assert all("away" in garden.text(each.id).marks for each in saved)
    garden.empty()
    with pytest.raises(InputError):
        garden.brood(saved.id)
    assert garden.counts()["broods"] == 0
    assert garden.verify() == []


def test_it_goes_to_another_garden(garden: Garden, tmp_path: Path) -> None:
    bed = garden.beds.begin("sea", parents=[each.id for each in garden.add(Text(FOG))])
    saved = garden.save(shared(["a note"]), bed=bed)
    garden.show_first(saved.id, [saved[1].id])
    lines = export_files.to_jsonl(garden.export())
    rows = find_rows("\n".join(lines).encode())
    assert rows is not None
    with Garden(tmp_path / "other.db") as other:
        for _ in range(2):
            assert other.bring_in(Reader(rows)).problems == []
            (brood,) = other.broods()
            assert contents(brood) == contents(saved)
            assert [each.identity for each in brood] == [each.identity for each in saved]
            assert (brood.models, brood.notes, brood.first) == (("a", "b"), ("a note",), (1,))
            (there,) = other.beds.all()
            assert (there.brood, brood.bed) == (brood.id, there.id)
            assert other.costs.total(there).tokens == 220
            assert other.verify() == []


def counted(garden: Garden, bed: Bed | None = None) -> dict[str, tuple[int, int, int, int]]:
    return {
        each.model: (each.seen, each.kept, each.dropped, each.parents)
        for each in garden.kept_by_model(bed)
    }


def test_what_is_kept_is_counted_by_model(garden: Garden) -> None:
    bed = garden.beds.begin("sea")
    saved = garden.save(shared(), bed=bed)
    garden.save(shared())
    assert counted(garden) == {"a": (4, 0, 0, 0), "b": (4, 0, 0, 0)}
    garden.keep(saved[0], saved[1])
    garden.drop(saved[3])
    edit = garden.edit(saved[0], "by hand")
    child = garden.save(bred([edit, saved[2]], ["child"]))
    found = counted(garden)
    assert found.pop(child.model) == (1, 0, 0, 0)
    assert found == {"a": (4, 1, 0, 2), "b": (4, 1, 1, 0)}
    assert counted(garden, bed) == {"a": (2, 1, 0, 2), "b": (2, 1, 1, 0)}
    (first, *_) = garden.kept_by_model(bed)
    # Wilson (1927), by hand, for 1 of 2.
    assert (first.share.low, first.share.high) == pytest.approx((0.0945, 0.9055), abs=1e-4)
    assert first.as_dict()["share"] == 0.5


def test_what_nobody_saw_is_not_counted(garden: Garden) -> None:
    saved = garden.save(shared())
    garden.show_first(saved.id, [saved[0].id])
    assert counted(garden) == {"a": (1, 0, 0, 0)}
    garden.keep(saved[3])  # all of it was asked for
    assert counted(garden) == {"a": (1, 0, 0, 0), "b": (1, 1, 0, 0)}
    garden.put_away(saved[0])
    assert counted(garden) == {"b": (1, 1, 0, 0)}


def test_what_was_bred_elsewhere_is_not_counted(garden: Garden) -> None:
    garden.add(*shared())
    assert counted(garden) == {}
