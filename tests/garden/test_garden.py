"""The garden: what is saved, kept and said of a text is there, and can be taken back.

Also: the garden for coroutines: reading while another program has it locked, and whole writes.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from flourishing.breeding.brood import Brood
from flourishing.core.chain import Chain
from flourishing.core.operation import Operation
from flourishing.core.text import Origin, Source, Text
from flourishing.errors import InputError, StorageError, TextError
from flourishing.garden import AsyncGarden, Garden, Mark, Stored, StoredBrood, open_garden
from flourishing.garden.garden import WRITERS
from flourishing.garden.schema import acts, bed_states
from flourishing.models import Usage
from tests.garden.broods import DOVE, FOG, SEA, bred, refined
from tests.marks import on_both_databases


def ids_of(found: Iterable[Stored | StoredBrood]) -> list[int]:
    return [each.id for each in found]


def require_same(stored: Brood, brood: Brood) -> None:
    """Hold a brood that was read back against the one that was saved, attribute by attribute."""
    for field in fields(Brood):
        assert getattr(stored, field.name) == getattr(brood, field.name), field.name
    for ours, theirs in zip(stored, brood, strict=True):
        assert ours.content == theirs.content
        assert ours.origin == theirs.origin
        assert ours.flaws == theirs.flaws


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """Note the statements that are executed until the end of the block."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def test_a_page_of_broods_takes_the_queries_of_one(garden: Garden) -> None:
    saved = [garden.save(bred(offspring=[f"{at}", f"{at} again"])) for at in range(3)]
    with counted_queries() as of_one:
        garden.broods(limit=1)
        garden.costs.broods([saved[0].id])
    with counted_queries() as of_all:
        broods = garden.broods()
        garden.costs.broods([each.id for each in saved])
    assert broods == [garden.brood(each.id) for each in reversed(saved)]
    assert len(of_all) == len(of_one) > 0


@on_both_databases
def test_a_brood_is_read_back_as_it_was_saved(garden: Garden) -> None:
    brood = bred([FOG, SEA, FOG], ["a", "b"], aside=["a copy"], left_out=[Text(DOVE)], notes=["!"])
    saved = garden.save(brood)
    require_same(saved, brood)
    require_same(garden.brood(saved.id), brood)
    assert (saved.operation, saved.bed) == (Operation.BREED, None)
    assert [each.flaws[0].reason for each in saved.set_aside] == ["a copy of parent 1"]
    assert garden.verify() == []


def test_a_refined_brood_is_read_back_with_its_chain_and_examples(garden: Garden) -> None:
    examples = [Chain.of(["bad", "good"], Source(author="Sappho")), Chain.of(["x", "y", "z"])]
    brood = refined(Chain.of(["fog", "the fog"]), examples=examples)
    saved = garden.save(brood)
    require_same(saved, brood)
    assert saved.operation is Operation.REFINE
    assert garden.save(refined(Chain.of(["q"]), worse=True)).operation is Operation.WORSEN
    assert garden.verify() == []


def test_where_a_chain_under_work_was_found_is_kept(garden: Garden) -> None:
    example = Chain.of(["bad", "good"], Source(author="Sappho"))
    chain = Chain.of(["fog", "the fog"], Source(author="Sandburg", title="Fog"))
    for offspring in (["better"], []):
        brood = refined(chain, offspring, examples=[example])
        saved = garden.save(brood)
        require_same(saved, brood)
        assert saved.chain is not None
        assert saved.chain.source == chain.source
        assert saved.examples == (example,)
    assert garden.shelves.yields_of_chains([chain])[0].offspring == 0, "it was no example"
    assert garden.verify() == []


def test_a_brood_is_saved_once_however_often_it_is_given(garden: Garden) -> None:
    brood = bred()
    first, again = garden.save(brood), garden.save(brood)
    assert again.id == first.id
    assert ids_of(garden.broods()) == [first.id]
    assert garden.counts()["texts"] == 5


def test_a_brood_is_whole_though_one_of_its_texts_was_kept_before_it_was_saved(
    garden: Garden,
) -> None:
    brood = bred()
    garden.keep(brood[0])
    saved = garden.save(brood)
    require_same(saved, brood)
    assert saved[0].marks == {"keep"}
    assert garden.save(brood).id == saved.id
    assert ids_of(garden.broods()) == [saved.id]
    assert garden.verify() == []


def test_a_brood_is_whole_though_its_last_text_was_a_parent_before_it_was_saved(
    garden: Garden,
) -> None:
    brood = bred()
    garden.save(bred([brood[2]], ["of the third"]))
    saved = garden.save(brood)
    require_same(saved, brood)
    require_same(garden.brood(saved.id), brood)
    assert garden.verify() == []


def test_a_brood_is_saved_while_it_grows(garden: Garden) -> None:
    bed = garden.beds.open("sea")
    whole = bred(offspring=["first", "second", "third"], aside=["a copy"], notes=["!"])
    copy = whole.set_aside[0]
    coming = replace(
        whole,
        offspring=(whole[0], copy),
        set_aside=(),
        notes=(),
        usage=Usage(),
        seed=whole.seed + 1,
    )
    saved = garden.save(coming, bed=bed)
    assert [each.content for each in garden.texts(garden.beds.get(bed.id).shown)] == [
        "first",
        "a copy",
    ]
    edit = garden.edit(saved[0], "the first", bed=bed)
    grown = garden.save(whole, bed=bed)
    assert grown.id == saved.id
    require_same(grown, whole)
    assert grown[0].id == saved[0].id
    shown = garden.beds.get(bed.id).shown
    assert shown == (edit.id, grown[1].id, grown[2].id)
    assert ids_of(garden.broods()) == [saved.id]
    assert garden.verify() == []
    assert [act.kind for act in garden.acts(garden.beds.get(bed.id))] == ["edit", "breed"]
    garden.undo(bed)
    garden.undo(bed)
    assert garden.beds.get(bed.id).shown == ()


@pytest.mark.slow
def test_a_part_of_a_saved_brood_takes_nothing_from_it(garden: Garden) -> None:
    whole = bred(offspring=["first", "second"])
    garden.save(whole)
    garden.save(replace(whole, offspring=whole.offspring[:1], notes=("a part",)))
    require_same(garden.broods()[0], whole)
    assert garden.verify() == []


def test_a_brood_of_which_nothing_came_is_saved(garden: Garden) -> None:
    brood = bred(offspring=[], notes=["3 of 3 never came"])
    assert garden.save(brood).notes == ("3 of 3 never came",)
    assert garden.verify() == []


def test_broods_are_given_newest_first_and_page_by_page(garden: Garden) -> None:
    bed = garden.beds.open("sea")
    numbers = [
        garden.save(bred(offspring=[str(n)]), bed=bed if n % 2 else None).id for n in range(5)
    ]
    garden.edit(garden.add("a text")[0], "edited, which is no brood")
    assert ids_of(garden.broods(limit=3)) == numbers[:1:-1]
    assert ids_of(garden.broods(before=numbers[2])) == numbers[1::-1]
    assert ids_of(garden.broods(bed)) == [numbers[3], numbers[1]]
    assert garden.counts()["broods"] == 5


@pytest.mark.parametrize("mark", ["keep", "drop", "pin", "away"])
def test_a_mark_is_given_and_taken_back(garden: Garden, mark: Mark) -> None:
    one, other = garden.save(bred())[:2]
    give = {"keep": garden.keep, "drop": garden.drop, "pin": garden.pin, "away": garden.put_away}
    give[mark](one, other.id)
    assert [text.marks for text in garden.texts([one.id, other.id])] == [{mark}, {mark}]
    assert sorted(ids_of(garden.search.page(mark))) == [one.id, other.id]
    garden.take_back(mark, one)
    assert [text.marks for text in garden.texts([one.id, other.id])] == [set(), {mark}]
    assert garden.verify() == []


def test_keeping_and_dropping_replace_each_other(garden: Garden) -> None:
    bed = garden.beds.open("winter")
    one, other = garden.save(bred(offspring=["one", "other"]), bed=bed)
    garden.keep(one, bed=bed)
    garden.pin(one, bed=bed)
    garden.drop(one, other, bed=bed)
    assert garden.text(one.id).marks == {"drop", "pin"}
    assert ids_of(garden.search.page("keep")) == []
    garden.undo(bed)
    assert garden.text(one.id).marks == {"keep", "pin"}
    garden.redo(bed)
    garden.keep(one, bed=bed)
    assert garden.text(one.id).marks == {"keep", "pin"}
    assert garden.beds.get(bed.id).shown == (one.id, 0)
    assert garden.verify() == []


def test_marks_stand_beside_each_other_and_fall_back_to_the_one_before(garden: Garden) -> None:
    (text,) = garden.add("fog", keep=False)
    garden.keep(text)
    garden.pin(text)
    garden.keep(text)
    assert garden.text(text.id).marks == {"keep", "pin"}
    garden.undo()
    assert garden.text(text.id).marks == {"keep", "pin"}
    garden.undo()
    garden.undo()
    assert garden.text(text.id).marks == set()


def test_everything_is_counted(garden: Garden) -> None:
    saved = garden.save(bred())
    garden.keep(saved[0], saved[1])
    garden.drop(saved[2])
    garden.pin(saved[0])
    garden.put_away(saved[2])
    assert garden.counts() == {
        "texts": 5,
        "broods": 1,
        "kept": 2,
        "pinned": 1,
        "dropped": 1,
        "away": 1,
    }


def test_a_title_is_given_changed_taken_back_and_no_part_of_the_words(garden: Garden) -> None:
    (text,) = garden.add("grey, and then greyer")
    assert garden.entitle(text, "  Fog over Thebes ").title == "Fog over Thebes"
    assert garden.entitle(text.id, "Fog").title == "Fog"
    entitled = garden.text(text.id)
    assert (entitled.content, entitled.identity) == (text.content, text.identity)
    assert entitled.as_dict()["title"] == "Fog"
    undone = garden.undo()
    assert undone is not None
    assert undone.kind == "title"
    assert garden.text(text.id).title == "Fog over Thebes"
    garden.entitle(text, "")
    assert garden.text(text.id).title == ""
    assert "title" not in garden.text(text.id).as_dict()
    assert garden.verify() == []


@pytest.mark.parametrize("title", ["a\nb", "a\x00b", "a" * 201, "a\u2028b"])
def test_a_title_is_one_short_line(garden: Garden, title: str) -> None:
    (text,) = garden.add("fog")
    with pytest.raises(InputError, match="cannot be called"):
        garden.entitle(text, title)


def test_tags_are_put_on_and_taken_off(garden: Garden) -> None:
    one, other = garden.add("one", "other")
    garden.tag("sea", one, other)
    garden.tag(" Nebel & Nacht ", one)
    assert garden.text(one.id).tags == ("Nebel & Nacht", "sea")
    garden.tag("sea", one, on=False)
    assert garden.text(one.id).tags == ("Nebel & Nacht",)
    assert ids_of(garden.search.page(tag="sea")) == [other.id]
    garden.undo()
    assert garden.text(one.id).tags == ("Nebel & Nacht", "sea")
    with pytest.raises(InputError) as caught:
        garden.tag("  ", one)
    assert caught.value.hint


def test_an_edit_is_a_new_text_and_the_edited_one_stays(garden: Garden) -> None:
    (text,) = garden.save(bred(offspring=["the fog"]))
    edit = garden.edit(text, "the fog!")
    assert (edit.content, edit.origin.author) == ("the fog!", "person")
    assert edit.marks == {"keep"}
    assert edit.origin.parents == (text,)
    assert garden.text(text.id).content == "the fog"
    assert garden.edit(text.id, "the fog!").id == edit.id
    assert garden.edit(text, "the fog").id == text.id
    with pytest.raises(TextError):
        garden.edit(text, "\ud800")
    assert garden.verify() == []


def test_what_is_added_keeps_where_it_came_from(garden: Garden) -> None:
    source = Source(author="H. D.", title="Oread", year=1914, published="The Egoist")
    found = Text(SEA, Origin(author="person", at=datetime(1914, 1, 1, tzinfo=UTC), source=source))
    stored, mine = garden.add(found, "mine")
    assert stored == found
    assert stored.origin == found.origin
    assert stored.marks == {"keep"}
    assert (mine.origin.author, mine.brood) == ("person", None)
    assert garden.add("unmarked", keep=False)[0].marks == set()
    assert garden.add(found)[0].id == stored.id


def test_a_number_that_is_not_there_is_named_and_nothing_is_done(garden: Garden) -> None:
    (text,) = garden.add("fog", keep=False)
    for act in (
        lambda: garden.text(99),
        lambda: garden.keep(text, 99),
        lambda: garden.tag("sea", text, 99),
        lambda: garden.edit(99, "x"),
        lambda: garden.brood(99),
    ):
        with pytest.raises(InputError, match="99") as caught:
            act()
        assert caught.value.hint
    assert garden.acts() == []
    assert garden.text(text.id).marks == set()


def test_marking_nothing_is_no_act(garden: Garden) -> None:
    garden.keep()
    garden.tag("sea")
    garden.add()
    assert garden.acts() == []


@pytest.mark.parametrize("what", ["start", "prompt", "raw", "model", "finish"])
def test_a_lone_surrogate_anywhere_in_an_origin_is_refused_in_words(
    garden: Garden, what: str
) -> None:
    text = Text("fog", Origin(author="model", **{what: "\ud800"}))  # type: ignore[arg-type]
    with pytest.raises(InputError) as caught:
        garden.add(text)
    assert caught.value.hint
    assert garden.counts()["texts"] == 0


@pytest.mark.parametrize("name", ["\ud800", "sea\ud800"])
def test_a_lone_surrogate_in_a_name_is_refused_in_words(garden: Garden, name: str) -> None:
    for act in (
        lambda: garden.tag(name, Text("fog")),
        lambda: garden.beds.open(name),
        lambda: garden.shelves.put(name, Text("fog")),
    ):
        with pytest.raises(InputError):
            act()
    assert garden.acts() == []


def test_accepting_a_chain_feeds_both_collections(garden: Garden) -> None:
    saved = garden.save(refined(Chain.of(["fog", "the fog"])))
    chain = Chain.of(["fog", "the fog", saved[1]])
    best = garden.accept(chain)
    assert best.id == saved[1].id
    assert best.marks == {"keep"}
    poems, refinements = garden.shelves.get("poems"), garden.shelves.get("refinements")
    assert poems is not None
    assert refinements is not None
    assert (list(poems.texts), poems.chains) == ([best], ())
    assert (refinements.chains, refinements.pattern) == ((chain,), "refinements")
    garden.undo()
    assert garden.shelves.names() == []
    assert garden.text(best.id).marks == set()
    garden.redo()
    assert garden.shelves.names() == ["poems", "refinements"]
    assert garden.text(best.id).marks == {"keep"}


def test_accepting_a_single_text_shelves_only_that(garden: Garden) -> None:
    garden.accept(Chain.of(["fog"]), poems="mine", kind="haiku")
    shelf = garden.shelves.get("mine")
    assert shelf is not None
    assert shelf.pattern == "haiku"
    assert garden.shelves.names() == ["mine"]


@on_both_databases
def test_a_garden_is_used_from_several_threads_at_once(garden: Garden) -> None:
    def tend(number: int) -> None:
        saved = garden.save(bred(offspring=[f"{number} a", f"{number} b"]))
        garden.keep(saved[0])
        assert garden.text(saved[0].id).marks == {"keep"}

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(tend, range(24)))
    assert garden.counts()["broods"] == 24
    assert garden.counts()["kept"] == 24
    assert garden.verify() == []


@on_both_databases
def test_what_one_opener_did_another_sees(place: str) -> None:
    with open_garden(place) as one, open_garden(place) as other:
        (text,) = one.add("fog")
        assert other.text(text.id).marks == {"keep"}
        other.undo()
        assert one.text(text.id).marks == set()


def test_the_configured_garden_is_opened_where_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOURISHING_GARDEN", str(tmp_path / "mine.db"))
    with open_garden() as garden:
        assert garden.name == str(tmp_path / "mine.db")


def test_stored_texts_and_broods_are_plain_data(garden: Garden) -> None:
    saved = garden.save(bred())
    garden.keep(saved[0])
    garden.tag("sea", saved[0])
    told = garden.text(saved[0].id).as_dict()
    assert (told["id"], told["brood"], told["marks"], told["tags"]) == (
        saved[0].id,
        saved.id,
        ["keep"],
        ["sea"],
    )
    assert saved.as_dict()["id"] == saved.id
    assert saved.as_dict()["kind"] == "bred"


def test_a_brood_that_grows_is_the_same_as_one_saved_at_once(garden: Garden) -> None:
    bed = garden.beds.open("sea")
    brood = bred([FOG, Text(SEA)], ["a", "b", "c", "d"], aside=["bad b", "bad d"])
    bad_b, bad_d = brood.set_aside
    begun = replace(brood, offspring=(brood[0], bad_b), set_aside=(), notes=())
    saved = garden.save(begun, bed=bed, places=[0, 1])
    grown = garden.grow(saved.id, {3: bad_d, 2: brood[2]}, bed=bed)
    assert {place: text.content for place, text in grown.items()} == {2: "c", 3: "bad d"}
    again = garden.grow(saved.id, {1: brood[1]}, bed=bed)
    shown = garden.beds.get(bed.id).shown
    assert shown == (saved[0].id, again[1].id, grown[2].id, grown[3].id)
    assert [each.content for each in garden.brood(saved.id)] == ["a", "b", "c", "bad d"]
    assert garden.verify() == []
    whole = garden.save(brood, bed=bed)
    assert whole.id == saved.id
    require_same(whole, brood)
    assert garden.counts()["broods"] == 1
    assert garden.verify() == []


@pytest.mark.slow
def test_a_bed_is_written_down_once_however_often_its_brood_grows(garden: Garden) -> None:
    bed = garden.beds.open("sea")
    brood = bred(offspring=[f"line {number}" for number in range(40)])
    saved = garden.save(replace(brood, offspring=brood.offspring[:1]), bed=bed, places=[0])
    before = garden.beds.revision(bed)
    for place in range(1, 40):
        garden.grow(saved.id, {place: brood[place]}, bed=bed)
        assert garden.beds.revision(bed) > before
        before = garden.beds.revision(bed)
    with garden._database.reading() as connection:
        act = sa.select(acts.c.id).where(acts.c.kind == "breed")
        states = sa.select(bed_states.c.id).where(bed_states.c.act_id.in_(act))
        assert len(connection.execute(states).all()) == 1
    assert len(garden.beds.get(bed.id).shown) == 40
    assert len(garden.acts(bed)) == 1
    garden.undo(bed)
    assert garden.beds.get(bed.id).shown == ()


def test_a_brood_that_is_not_there_does_not_grow(garden: Garden) -> None:
    with pytest.raises(InputError, match="no brood 7") as refusal:
        garden.grow(7, {0: bred()[0]})
    assert refusal.value.hint


def test_what_was_kept_while_it_came_stays_itself_when_its_brood_grows(garden: Garden) -> None:
    brood = bred(offspring=["a", "b"])
    saved = garden.save(replace(brood, offspring=brood.offspring[:1]), places=[0])
    garden.keep(brood[1])
    kept = {garden.newest()}
    grown = garden.grow(saved.id, {1: brood[1]})
    assert {each.id for each in grown.values()} == kept
    require_same(garden.save(brood), brood)
    assert garden.verify() == []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "garden.db"


@pytest.fixture
def plain(path: Path) -> Iterator[Garden]:
    with Garden(path) as garden:
        yield garden


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Lock a garden for writing, as another program does that writes for a long time."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_it_calls_methods_and_functions_with_the_garden(plain: Garden) -> None:
    async def tend() -> list[str]:
        garden = AsyncGarden(plain)
        (text,) = await garden.write(Garden.add, "a gull", keep=False)
        await garden.write(Garden.keep, text)
        found = await garden.read(Garden.text, text.id)
        assert await garden.read(lambda its: its.counts()["kept"]) == 1
        await garden.close()
        assert garden.name == plain.name
        return [found.content, *found.marks]

    assert asyncio.run(tend()) == ["a gull", "keep"]


def test_one_reads_while_more_wait_to_write_than_there_are_threads(
    plain: Garden, path: Path
) -> None:
    async def tend() -> int:
        garden = AsyncGarden(plain)
        (text,) = plain.add("a gull")
        with locked(path) as other:
            writes = [
                asyncio.create_task(garden.write(Garden.tag, f"tag {number}", text))
                for number in range(2 * WRITERS)
            ]
            found = [await garden.read(Garden.text, text.id) for _ in range(20)]
            assert {each.content for each in found} == {"a gull"}
            assert not any(each.done() for each in writes)
            other.execute("ROLLBACK")
        await asyncio.gather(*writes)
        return len((await garden.read(Garden.text, text.id)).tags)

    assert asyncio.run(tend()) == 2 * WRITERS


def test_a_write_that_was_begun_is_on_the_disk_when_its_cancelled_caller_goes_on(
    plain: Garden, path: Path
) -> None:
    begun = threading.Event()

    def add(its: Garden) -> list[Stored]:
        begun.set()
        return its.add("the tide")

    async def tend() -> None:
        garden = AsyncGarden(plain)
        with locked(path) as other:
            write = asyncio.create_task(garden.write(add))
            await garden.read(lambda _: begun.wait())
            write.cancel()
            await asyncio.sleep(0)
            assert not write.done()
            other.execute("ROLLBACK")
        with pytest.raises(asyncio.CancelledError):
            await write
        assert plain.counts()["kept"] == 1

    asyncio.run(tend())


def test_a_write_that_was_not_begun_when_its_caller_was_cancelled_is_left_out(
    plain: Garden, path: Path
) -> None:
    async def tend() -> None:
        garden = AsyncGarden(plain)
        with locked(path) as other:
            first = [asyncio.create_task(garden.write(Garden.add, "sea")) for _ in range(WRITERS)]
            last = asyncio.create_task(garden.write(Garden.add, "never"))
            await garden.read(Garden.counts)
            last.cancel()
            with pytest.raises(asyncio.CancelledError):
                await last
            other.execute("ROLLBACK")
        await asyncio.gather(*first)
        await garden.close()
        assert [each.content for each in plain.search.page()] == ["sea"]

    asyncio.run(tend())


def test_which_offspring_are_shown_first_is_noted_and_changes_nothing_else(garden: Garden) -> None:
    bed = garden.beds.begin("b")
    saved = garden.save(bred([FOG], list("abcde")), bed=bed, places=[0, 2, 3, 4, 6])
    before = garden.beds.get(bed.id), garden.acts()
    now = garden.show_first(saved.id, [saved[3].id, saved[1].id], note="why")
    assert now.first == (3, 1)
    assert now.order == (3, 1, 0, 2, 4)
    assert now.notes == ("why",)
    assert now.as_dict()["first"] == [3, 1]
    assert (garden.beds.get(bed.id), garden.acts()) == before
    assert garden.beds.first(before[0]) == (4, 2)
    garden.put_away(saved[3])
    garden.empty()
    assert [now[at].content for at in garden.brood(saved.id).first] == ["b"]
    assert garden.show_first(saved.id, []).first == ()


def test_only_offspring_of_the_brood_can_be_shown_first(garden: Garden) -> None:
    saved = garden.save(bred([FOG], ["a", "b"], aside=["c"]))
    for stranger in (saved.set_aside[0].id, 4711, garden.add("x")[0].id):
        with pytest.raises(InputError, match=f"{stranger} is no offspring of the brood"):
            garden.show_first(saved.id, [saved[0].id, stranger])
    with pytest.raises(InputError):
        garden.show_first(4711, [saved[0].id])
    with pytest.raises(InputError):
        garden.show_first(4711, [])
    assert garden.brood(saved.id) == saved


def test_closing_waits_for_what_was_begun(plain: Garden, path: Path) -> None:
    async def tend() -> None:
        garden = AsyncGarden(plain)
        with locked(path) as other:
            write = asyncio.create_task(garden.write(Garden.add, "salt"))
            await garden.read(Garden.counts)
            closing_it = asyncio.create_task(garden.close())
            await asyncio.sleep(0)
            assert not closing_it.done()
            other.execute("ROLLBACK")
        await closing_it
        assert plain.counts()["texts"] == 1
        await write

    asyncio.run(tend())


def test_a_garden_that_can_only_be_read_says_so_without_waiting(path: Path) -> None:
    with Garden(path) as garden:
        garden.add("a gull")
        copy = path.with_name("copy.db")
        garden.back_up(copy)
    copy.chmod(0o400)
    with Garden(copy) as garden:
        if not garden.read_only:
            pytest.skip("this account may write everything")
        with pytest.raises(StorageError, match="read"):
            AsyncGarden(garden).require_writable()
