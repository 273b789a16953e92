"""Beds: what a person tends stands as it was left, and every change of it can be taken back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flourishing.breeding.bed_settings import BedSettings
from flourishing.core.chain import Chain
from flourishing.core.sampling import SamplingOptions
from flourishing.core.text import Text
from flourishing.errors import FlourishingError, InputError
from flourishing.garden import Bed, Garden, open_garden
from flourishing.garden.beds import _merged
from flourishing.garden.schema import bed_states, marks
from tests.garden.broods import bred
from tests.garden.gardener import alone, in_a_process
from tests.marks import on_both_databases

WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 5),
        "min_p": st.floats(0, 0.99),
        "top_k": st.integers(0, 2**31 - 1),
        "dry": st.floats(0, 2),
        "model": WORDS,
        "prompt": WORDS,
        "refills": st.integers(0, 1_000),
        "examples": st.fixed_dictionaries(
            {}, optional={"take": st.integers(1, 9), "seed": st.integers(0, 9)}
        ),
        "later": st.lists(st.integers(1, 9), min_size=1),
    },
)


def test_a_bed_is_begun_once_and_found_by_its_name(garden: Garden) -> None:
    bed = garden.beds.open("sea", pattern="haiku", n=3, settings={"temperature": 0.9})
    assert (bed.name, bed.pattern, bed.n) == ("sea", "haiku", 3)
    assert bed.settings == BedSettings(sampling=SamplingOptions(temperature=0.9))
    assert (bed.parents, bed.chain, bed.brood, bed.away) == ((), (), None, False)
    assert garden.beds.open("sea", pattern="quotes") == bed
    assert garden.beds.get(bed.id) == bed


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_name_that_is_blank_or_too_long_is_refused(garden: Garden, name: str) -> None:
    with pytest.raises(InputError) as caught:
        garden.beds.open(name)
    assert caught.value.hint


def test_a_bed_that_is_not_there_is_refused(garden: Garden) -> None:
    with pytest.raises(InputError, match="bed 7"):
        garden.beds.get(7)
    with pytest.raises(InputError, match="bed 7"):
        garden.beds.change(Bed(id=7, name="x", at=garden.beds.open("y").at), n=2)


@given(start=WORDS, n=st.integers(1, 1_000), told=SETTINGS)
@settings(
    max_examples=settings().max_examples // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_set_is_read_back(
    garden: Garden, start: str, n: int, told: dict[str, Any]
) -> None:
    bed = garden.beds.open("sea")
    changed = garden.beds.change(bed, start=start, n=n, settings=told)
    assert (changed.start, changed.n, changed.settings.as_dict()) == (start, n, told)
    assert garden.beds.get(bed.id) == changed


@pytest.mark.parametrize(
    ("state", "said", "hint"),
    [
        ({"n": "eight"}, "n cannot be 'eight'", "whole number"),
        ({"n": 0}, "cannot have 0 offspring", "1 to 1,000"),
        ({"settings": {"temprature": 3}}, "no setting of a bed 'temprature'", "'temperature'"),
        ({"settings": {"temperature": "hot"}}, "temperature cannot be 'hot'", "a number"),
        ({"settings": {"min_p": 1}}, "min_p cannot be 1", "below 1"),
        ({"settings": {"refills": -1}}, "refills cannot be -1", "from 0"),
        ({"settings": {"examples": {"takes": 1}}}, "no setting of examples 'takes'", "'take'"),
        ({"settings": {"examples": {"take": 0}}}, "take cannot be 0", "from 1"),
        ({"settings": {"model": 3}}, "model cannot be 3", "string"),
        ({"start": 3}, "The start cannot be 3", "string"),
        ({"parents": ["one"]}, "cannot be 'one'", "whole number"),
        ({"temperature": 1}, "no attribute of a bed 'temperature'", "settings"),
    ],
)
def test_what_nothing_could_be_bred_with_is_refused_where_it_is_set(
    garden: Garden, state: dict[str, Any], said: str, hint: str
) -> None:
    bed = garden.beds.open("sea")
    doors: list[Callable[[], object]] = [
        lambda: garden.beds.open("sea", **state),
        lambda: garden.beds.begin("moon", **state),
        lambda: garden.beds.change(bed, **state),
        lambda: garden.beds.set(bed, **state),
    ]
    for enter in doors:
        with pytest.raises(InputError, match=said) as refusal:
            enter()
        assert hint in refusal.value.hint
    assert garden.beds.all() == [bed]


def test_a_setting_of_another_version_is_read_kept_and_can_be_taken_back(garden: Garden) -> None:
    bed = garden.beds.open("sea", settings={"temperature": 0.5})
    with garden._database.writing() as connection:
        (told,) = connection.execute(sa.select(bed_states.c.state)).one()
        state = json.loads(told)
        state["settings"] |= {"mirostat": 2, "min_p": "little"}
        state["n"] = "eight"
        connection.execute(bed_states.update().values(state=json.dumps(state)))
    now = garden.beds.get(bed.id)
    assert now.settings.sampling == SamplingOptions(temperature=0.5)
    assert now.settings.unknown == {"mirostat": 2, "min_p": "little"}
    assert now.n == 8
    assert garden.verify() == []
    now = garden.beds.set(now, settings={"temperature": 0.7, "min_p": 0.1})
    assert now.settings.as_dict() == {"mirostat": 2, "temperature": 0.7, "min_p": 0.1}
    with pytest.raises(InputError, match="'mirostat'"):
        garden.beds.set(now, settings={"mirostat": 1})
    assert garden.beds.set(now, settings={"mirostat": None}).settings.unknown == {}


def test_parents_keep_their_order_and_a_change_of_them_is_undone(garden: Garden) -> None:
    one, two, three = (text.id for text in garden.add("one", "two", "three"))
    bed = garden.beds.open("sea", parents=(one,))
    garden.beds.change(bed, parents=(three, one, two))
    garden.beds.change(bed, parents=(two, three))
    assert garden.beds.get(bed.id).parents == (two, three)
    garden.undo(bed)
    assert garden.beds.get(bed.id).parents == (three, one, two)
    garden.undo(bed)
    assert garden.beds.get(bed.id).parents == (one,)
    garden.redo(bed)
    assert [act.kind for act in garden.acts(bed)] == ["parent", "parent"]
    assert garden.verify() == []


def test_what_another_process_changed_meanwhile_stays(place: str) -> None:
    with open_garden(place) as one, open_garden(place) as other:
        bed = one.beds.open("sea")
        other.beds.change(other.beds.open("sea"), n=3)
        assert one.beds.change(bed, start="exiled prophets --").n == 3


def test_a_change_that_changes_nothing_is_no_act(garden: Garden) -> None:
    bed = garden.beds.open("sea", n=3)
    garden.beds.change(bed, n=3)
    assert garden.acts(bed) == []


def test_a_bed_shows_the_brood_that_was_bred_in_it_last(garden: Garden) -> None:
    bed = garden.beds.open("sea")
    first = garden.save(bred(), bed=bed)
    second = garden.save(bred(), bed=bed)
    assert garden.beds.get(bed.id).brood == second.id
    garden.undo(bed)
    assert garden.beds.get(bed.id).brood == first.id
    garden.undo(bed)
    assert garden.beds.get(bed.id).brood is None
    assert garden.brood(second.id).bed == bed.id


def test_an_edit_takes_the_place_of_the_edited_text(garden: Garden) -> None:
    one, two = garden.add("one", "two")
    bed = garden.beds.open("sea", parents=(one.id, two.id), chain=(two.id, one.id))
    edit = garden.edit(one, "one!", bed=bed)
    now = garden.beds.get(bed.id)
    assert (now.parents, now.chain) == ((edit.id, two.id), (two.id, edit.id))
    garden.undo(bed)
    assert garden.beds.get(bed.id).parents == (one.id, two.id)


def test_beds_are_listed_last_changed_first_and_those_put_away_apart(garden: Garden) -> None:
    sea, city, _ = (garden.beds.open(name) for name in ("sea", "city", "moon"))
    garden.beds.change(sea, n=2)
    assert [bed.name for bed in garden.beds.all()] == ["sea", "moon", "city"]
    garden.beds.change(city, away=True)
    assert garden.beds.last() == garden.beds.all()[0]
    assert [bed.name for bed in garden.beds.all()] == ["sea", "moon"]
    assert [bed.name for bed in garden.beds.all(away=True)] == ["city"]
    garden.undo()
    garden.undo()
    assert [bed.name for bed in garden.beds.all()] == ["moon", "city", "sea"]


def test_what_was_emptied_leaves_the_states_of_a_bed(garden: Garden) -> None:
    saved = garden.save(bred(offspring=["a", "b"]))
    bed = garden.beds.open("sea", parents=(saved[0].id,), chain=(saved[1].id,), brood=saved.id)
    garden.beds.change(bed, parents=(), chain=(), brood=None)
    garden.put_away(*saved)
    assert garden.empty().gone == 2
    garden.undo(bed)
    now = garden.beds.get(bed.id)
    assert (now.parents, now.chain, now.brood) == ((), (), None)


def parent_events(garden: Garden) -> list[tuple[int, bool]]:
    """Read which texts became parents, and which no longer are, in the order of the acts."""
    with garden._database.reading() as connection:
        query = sa.select(marks.c.text_id, marks.c.given).where(marks.c.kind == "parent")
        return [(row.text_id, row.given) for row in connection.execute(query.order_by(marks.c.id))]


def test_every_way_to_become_a_parent_or_none_is_an_event(garden: Garden) -> None:
    fog, sea = garden.add("fog", "sea")
    bed = garden.beds.open("city", parents=(fog.id,))
    garden.beds.change(bed, parents=(fog.id, sea.id))
    edit = garden.edit(fog, "fog!", bed=bed)
    garden.drop(sea, bed=bed)
    assert parent_events(garden) == [
        (fog.id, True),
        (sea.id, True),
        (edit.id, True),
        (fog.id, False),
        (sea.id, False),
    ]


def test_what_is_accepted_is_no_longer_under_work_and_one_undo_takes_that_back(
    garden: Garden,
) -> None:
    fog, mist = garden.add("fog", "mist")
    bed = garden.beds.open("city", chain=(fog.id, mist.id))
    garden.accept(Chain((fog, mist)), bed=bed)
    assert garden.beds.get(bed.id).chain == ()
    garden.undo(bed)
    assert garden.beds.get(bed.id).chain == (fog.id, mist.id)
    assert garden.shelves.names() == []


def test_what_is_done_while_a_brood_still_comes_is_undone_alone(garden: Garden) -> None:
    brood = bred(offspring=["one", "two", "three"])
    bed = garden.beds.open("sea", n=3)
    garden.save(replace(brood, offspring=brood.offspring[:1]), bed=bed)
    (fog,) = garden.add("fog")
    garden.beds.set(bed, n=5)
    garden.beds.add_parents(bed, [fog.id])
    garden.drop(garden.beds.get(bed.id).shown[0], bed=bed)
    saved = garden.save(brood, bed=bed)
    others = tuple(text.id for text in saved)[1:]
    for n, parents, first in ((5, (fog.id,), saved[0].id), (5, (), saved[0].id), (3, (), None)):
        garden.undo(bed)
        now = garden.beds.get(bed.id)
        assert (now.n, now.parents) == (n, parents)
        assert now.shown[1:] == others
        assert now.shown[0] == (first or saved[0].id)
    garden.undo(bed)
    assert garden.beds.get(bed.id).brood is None
    for _ in range(4):
        garden.redo(bed)
    now = garden.beds.get(bed.id)
    assert (now.n, now.parents, now.shown) == (5, (fog.id,), (0, *others))
    assert garden.verify() == []


# Without a bed.


def test_a_brood_without_a_bed_is_undone_and_redone(garden: Garden) -> None:
    garden.keep(*garden.add("fog", keep=False))
    saved = garden.save(bred(aside=["no"]))
    before = garden.search.page()
    act = garden.undo()
    assert act is not None
    assert (act.kind, act.bed) == ("breed", None)
    assert all(text.marks == {"away"} for text in garden.texts([text.id for text in saved]))
    assert {text.content for text in garden.search.page()} == {text.content for text in before} - {
        text.content for text in saved
    }
    assert garden.verify() == []
    redone = garden.redo()
    assert redone is not None
    assert redone.id == act.id
    assert garden.search.page() == before
    assert garden.verify() == []


def test_what_was_undone_comes_back_where_it_is_bred_or_brought_back_again(garden: Garden) -> None:
    brood = bred()
    saved = garden.save(brood)
    garden.undo()
    garden.take_back("away", saved[0])
    assert not garden.text(saved[0].id).marks
    again = garden.save(brood)
    assert [text.id for text in again] == [text.id for text in saved]
    assert not any(text.marks for text in garden.texts([text.id for text in saved]))
    act = garden.undo()
    assert act is not None
    assert act.kind == "breed"
    assert garden.verify() == []


def test_a_brood_that_grows_is_one_act_and_saving_it_again_is_none(garden: Garden) -> None:
    brood = bred()
    garden.save(replace(brood, offspring=brood.offspring[:1]))
    garden.save(brood)
    saved = garden.save(brood)
    assert [act.kind for act in garden.acts()] == ["breed"]
    garden.undo()
    assert all(text.marks == {"away"} for text in garden.texts([text.id for text in saved]))


def test_undoing_a_brood_leaves_what_was_there_before(garden: Garden) -> None:
    brood = bred()
    garden.add(brood[0])
    saved = garden.save(brood)
    garden.undo()
    assert [text.marks for text in garden.texts([text.id for text in saved])] == [
        {"keep"},
        {"away"},
        {"away"},
    ]


def test_what_was_undone_is_removed_by_emptying_alone(garden: Garden) -> None:
    garden.save(bred(aside=["no"]))
    garden.undo()
    assert garden.empty().gone == 3
    garden.redo()
    assert garden.verify() == []
    assert garden.counts()["broods"] == 0


# At once.


def at_once(times: int, work: Callable[[int], object]) -> list[Exception]:
    """Do something in several threads, all of which begin at the same moment."""
    begun = threading.Barrier(times)
    failed: list[Exception] = []

    def do(number: int) -> None:
        begun.wait()
        try:
            work(number)
        except FlourishingError as error:
            failed.append(error)

    threads = [threading.Thread(target=do, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


ROUNDS = 20


@pytest.mark.slow
def test_of_changes_at_once_none_is_lost(garden: Garden) -> None:
    texts = [text.id for text in garden.add(*(f"text {number}" for number in range(10)))]
    for number in range(ROUNDS):
        bed = garden.beds.open(f"bed {number}", parents=texts[:2], chain=texts[:1])

        def change(at: int, bed: Bed = bed) -> None:
            (
                lambda: garden.beds.add_parents(bed, texts[2:4]),
                lambda: garden.beds.add_parents(bed, texts[4:5]),
                lambda: garden.beds.remove_parents(bed, texts[:1]),
                lambda: garden.beds.set(bed, settings={"temperature": 0.5}),
                lambda: garden.beds.set(bed, settings={"min_p": 0.1}, n=3),
                lambda: garden.beds.set(bed, lists={"parents": (bed.parents, texts[1:2])}),
                lambda: garden.beds.set(
                    bed, lists={"parents": (bed.parents, (*bed.parents, texts[5]))}
                ),
                lambda: garden.beds.add_version(bed, texts[8]),
                lambda: garden.beds.add_version(bed, texts[9]),
            )[at]()

        assert at_once(9, change) == []
        now = garden.beds.get(bed.id)
        assert sorted(now.parents) == texts[1:6]
        assert now.settings.as_dict() == {"temperature": 0.5, "min_p": 0.1}
        assert now.n == 3
        assert now.chain[0] == texts[0]
        assert sorted(now.chain) == [texts[0], *texts[8:10]]
    assert garden.verify() == []


def _begin(garden: Garden, name: str, _: int) -> Bed:
    return garden.beds.begin(name)


def _put(garden: Garden, name: str, items: Sequence[Text | Chain], at: int) -> None:
    garden.shelves.put(name, items[at])


@on_both_databases
def test_of_beds_of_one_name_one_is_begun(garden: Garden) -> None:
    for number in range(ROUNDS):
        failed = at_once(6, partial(_begin, garden, f"bed {number}"))
        assert len(failed) == 5
        assert all(isinstance(error, InputError) for error in failed)
    assert at_once(6, lambda _: garden.beds.begin(None)) == []
    assert len(garden.beds.all()) == ROUNDS + 6


@on_both_databases
def test_two_processes_lose_no_parent_of_a_bed(place: str) -> None:
    with open_garden(place) as garden:
        garden.add(*(str(number) for number in range(40)))
        bed = garden.beds.open("sea")
        halves = [in_a_process(add_parents, place, bed.id, first) for first in (1, 21)]
        for half in halves:
            alone(half)
        assert sorted(garden.beds.get(bed.id).parents) == list(range(1, 41))


def add_parents(place: str, bed: int, first: int) -> None:
    with open_garden(place) as garden:
        its = garden.beds.get(bed)
        for id in range(first, first + 20):
            garden.beds.add_parents(its, [id])


@on_both_databases
def test_texts_and_chains_are_not_put_on_one_shelf_at_once(garden: Garden) -> None:
    one, two = garden.add("one", "two")
    items = (one, Chain((one, two)))
    for number in range(ROUNDS):
        failed = at_once(2, partial(_put, garden, f"s{number}", items))
        assert [type(error) for error in failed] == [InputError]
        shelf = garden.shelves.get(f"s{number}")
        assert shelf is not None
        assert bool(shelf.texts) != bool(shelf.chains)


@given(st.lists(st.integers(1, 6), unique=True), st.data())
def test_lists_that_two_change_are_merged(seen: list[int], data: st.DataObject) -> None:
    """What either added is there once, what either took out is not, and nothing else changes."""
    one, other = (
        data.draw(st.lists(st.sampled_from([*seen, 7, 8, 9][:9]), unique=True)) for _ in range(2)
    )
    merged = _merged(one, seen, other)
    assert len(set(merged)) == len(merged)
    gone = (set(seen) - set(one)) | (set(seen) - set(other))
    assert set(merged) == ({*seen, *one, *other} - gone)
