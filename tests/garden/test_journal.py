"""The journal: every act can be undone and redone, one after the other, across restarts."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from flourishing.core.chain import Chain
from flourishing.errors import InputError
from flourishing.garden import Garden, open_garden
from tests.garden.broods import bred, poems


def looks(garden: Garden) -> tuple[object, ...]:
    """Tell all that can be done and undone."""
    ids = sorted(text.id for text in garden.search.page(limit=1_000))
    away = sorted(text.id for text in garden.search.page("away", limit=1_000))
    shelves = [garden.shelves.get(name) for name in garden.shelves.names()]
    return (
        [
            (text.id, sorted(text.marks), text.tags, text.title)
            for text in garden.texts(sorted(ids + away))
        ],
        [(shelf.name, shelf.texts, shelf.chains) for shelf in shelves if shelf],
        [garden.beds.get(bed.id) for bed in (*garden.beds.all(), *garden.beds.all(away=True))],
    )


def test_every_act_is_undone_and_redone_one_after_the_other_across_restarts(place: str) -> None:
    with open_garden(place) as garden:
        bed = garden.beds.open("sea")
        saved = garden.save(bred(), bed=bed)
        acts: list[Callable[[], object]] = [
            lambda: garden.keep(saved[0], bed=bed),
            lambda: garden.drop(saved[1], saved[2]),
            lambda: garden.pin(saved[0]),
            lambda: garden.put_away(saved[2]),
            lambda: garden.take_back("drop", saved[1]),
            lambda: garden.tag("sea", saved[0], saved[1]),
            lambda: garden.entitle(saved[0], "The sea"),
            lambda: garden.beds.change(bed, parents=(saved[0].id, saved[1].id), n=3),
            lambda: garden.edit(saved[0], "one, edited", bed=bed),
            lambda: garden.save(bred(list(saved)), bed=bed),
            lambda: garden.add("a text from outside"),
            lambda: garden.shelves.put("mine", saved[0], saved[1]),
            lambda: garden.accept(Chain.of([saved[0], saved[1]]), bed=bed),
            lambda: garden.shelves.take_off("mine", saved[0]),
            lambda: garden.beds.change(bed, away=True),
        ]
        seen = []
        for act in acts:
            seen.append(looks(garden)[1:])
            act()
        last = looks(garden)
        texts = [text.id for text in garden.search.page(limit=100)]
    kinds = []
    for before in reversed(seen):
        with open_garden(place) as garden:
            undone = garden.undo()
            assert undone is not None
            assert undone.undone
            kinds.append(undone.kind)
            assert looks(garden)[1:] == before
    with open_garden(place) as garden:
        assert all(not text.marks and not text.tags for text in garden.texts(texts))
        assert garden.verify() == []
    for kind in reversed(kinds):
        with open_garden(place) as garden:
            redone = garden.redo()
            assert redone is not None
            assert (redone.kind, redone.undone) == (kind, False)
    with open_garden(place) as garden:
        assert looks(garden) == last
        assert garden.redo() is None
        assert garden.verify() == []


def test_undo_says_when_there_is_nothing_left(garden: Garden) -> None:
    assert garden.undo() is None
    assert garden.redo() is None
    (text,) = garden.add("fog")
    assert garden.undo() is not None
    assert garden.undo() is None
    assert garden.text(text.id).content == "fog"


def test_a_new_act_ends_what_could_be_redone(garden: Garden) -> None:
    one, other = garden.add("one", "other", keep=False)
    garden.keep(one)
    garden.keep(other)
    garden.undo()
    garden.undo()
    garden.pin(one)
    assert garden.redo() is None
    assert garden.text(one.id).marks == {"pin"}
    undone = garden.undo()
    assert undone is not None
    assert undone.kind == "pin"
    assert garden.undo() is None


def test_what_was_undone_before_a_new_act_stays_undone_when_that_is_redone(
    garden: Garden,
) -> None:
    (text,) = garden.add("fog", keep=False)
    garden.keep(text)
    garden.undo()
    garden.pin(text)
    garden.undo()
    redone = garden.redo()
    assert redone is not None
    assert garden.text(text.id).marks == {redone.kind}
    assert garden.redo() is None


def test_the_journal_of_a_bed_is_a_line_of_its_own(garden: Garden) -> None:
    sea, city = garden.beds.open("sea"), garden.beds.open("city")
    one, other = garden.add("one", "other", keep=False)
    garden.keep(one, bed=sea)
    garden.keep(other, bed=city)
    garden.pin(one)
    garden.undo(sea)
    assert [text.marks for text in garden.texts([one.id, other.id])] == [{"pin"}, {"keep"}]
    assert garden.undo(sea) is None
    garden.redo(sea)
    assert garden.text(one.id).marks == {"keep", "pin"}


def test_undo_in_a_bed_does_not_reach_behind_its_start(garden: Garden) -> None:
    bed = garden.beds.open("sea", n=5)
    assert garden.undo(bed) is None
    assert garden.beds.get(bed.id).n == 5


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(each, marks=pytest.mark.slow) for each in range(1, 4))]
)
def test_any_walk_of_undo_and_redo_comes_back_to_where_it_was(place: str, seed: int) -> None:
    draw = random.Random(seed)
    with open_garden(place) as garden:
        texts = garden.add(*poems(draw, 4), keep=False)
        states = [looks(garden)]
        for _ in range(8):
            act = draw.choice([garden.keep, garden.drop, garden.pin, garden.put_away])
            act(draw.choice(texts))
            states.append(looks(garden))
        at = len(states) - 1
        for _ in range(40):
            if draw.random() < 0.5:
                assert (garden.undo() is None) == (at == 0)
                at = max(0, at - 1)
            else:
                assert (garden.redo() is None) == (at == len(states) - 1)
                at = min(len(states) - 1, at + 1)
            assert looks(garden) == states[at]
        assert garden.verify() == []


def test_acts_are_told_newest_first_with_kind_time_and_bed(garden: Garden) -> None:
    began = datetime.now(UTC)
    bed = garden.beds.open("sea")
    (text,) = garden.add("fog")
    garden.pin(text, bed=bed)
    garden.drop(text)
    garden.undo()
    acts = garden.acts()
    assert [(act.kind, act.bed, act.undone) for act in acts] == [
        ("drop", None, True),
        ("pin", bed.id, False),
        ("add", None, False),
        ("set", None, False),
    ]
    assert began <= acts[-1].at <= acts[0].at <= datetime.now(UTC)
    assert [act.kind for act in garden.acts(bed)] == ["pin"]
    assert len(garden.acts(limit=2)) == 2


class TestTogether:
    """Several acts made one."""

    def test_all_that_is_done_is_undone_and_redone_as_one(self, garden: Garden) -> None:
        (old,) = garden.add("an old text")
        before = looks(garden)[1:], garden.counts()["kept"], garden.text(old.id).tags
        with garden.one_act("import"):
            texts = garden.add("one", "two")
            edit = garden.edit(texts[0], "uno")
            garden.tag("sea", old, edit)
            garden.shelves.put("mine", edit)
            assert garden.text(edit.id).tags == ("sea",)  # what was just done is seen
        after = looks(garden)
        assert [act.kind for act in garden.acts()] == ["import", "add"]
        act = garden.undo()
        assert act is not None
        assert act.kind == "import"
        assert before == (
            looks(garden)[1:],
            garden.counts()["kept"],
            garden.text(old.id).tags,
        )
        garden.redo()
        assert looks(garden) == after
        assert garden.verify() == []

    def test_it_is_stored_whole_or_not_at_all(self, garden: Garden) -> None:
        with pytest.raises(InputError), garden.one_act("import"):
            garden.tag("sea", *garden.add("one"), 99)
        assert (garden.counts()["texts"], garden.acts()) == (0, [])
        garden.add("two")
        assert [act.kind for act in garden.acts()] == ["add"]

    def test_a_part_that_fails_and_is_caught_takes_no_other_with_it(self, garden: Garden) -> None:
        with garden.one_act("import"):
            with pytest.raises(InputError):
                garden.keep(garden.add("one", keep=False)[0].id, 99)
            (two,) = garden.add("two")
        assert garden.text(two.id).marks == {"keep"}
        assert garden.verify() == []

    def test_where_nothing_is_done_there_is_no_act(self, garden: Garden) -> None:
        with garden.one_act("import"):
            garden.counts()
        assert garden.acts() == []

    def test_one_within_another_is_part_of_it(self, garden: Garden) -> None:
        with garden.one_act("import"):
            garden.add("one")
            with garden.one_act("add"):
                garden.add("two")
            garden.add("three")
        assert [act.kind for act in garden.acts()] == ["import"]
        assert garden.counts()["kept"] == 3

    def test_what_another_thread_does_meanwhile_is_an_act_of_its_own(self, garden: Garden) -> None:
        with ThreadPoolExecutor() as pool:
            with garden.one_act("import"):
                garden.add("one")
                seen = pool.submit(garden.counts).result()
                waiting = pool.submit(garden.add, "two")
            waiting.result()
        assert seen["texts"] == 0
        assert [act.kind for act in garden.acts()] == ["add", "import"]

    def test_an_import_is_taken_back_from_among_others(self, garden: Garden) -> None:
        with garden.one_act("import") as together:
            (one,) = garden.add("one")
        (two,) = garden.add("two")
        act = garden.undo_act(together.id)
        assert (act.id, act.undone) == (together.id, True)
        assert [sorted(text.marks) for text in garden.texts([one.id, two.id])] == [
            ["away"],
            ["keep"],
        ]
        bed = garden.beds.open("sea")
        garden.keep(two, bed=bed)
        for wrong in (together.id, garden.acts()[0].id, 99):
            with pytest.raises(InputError, match="no act"):
                garden.undo_act(wrong)
        assert garden.verify() == []
