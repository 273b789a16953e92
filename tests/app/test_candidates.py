"""Breeding more than are shown, and choosing by what the marks tell."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flourishing import sync
from flourishing.app.candidates import (
    Plan,
    TasteReport,
    choose,
    plan,
    plan_for_bed,
    taste_of_bed,
    with_note,
)
from flourishing.breeding import BreedRequest, breed
from flourishing.breeding.brood import Brood
from flourishing.core.operation import Operation
from flourishing.errors import EngineError, InputError
from flourishing.garden import AsyncGarden, Bed, Garden, StoredBrood, open_garden
from flourishing.models import BaseModel, Notice
from tests.conftest import ScriptedModel
from tests.garden.broods import LOAVES, SEAS, bred, tended
from tests.garden.new import new_garden
from tests.garden.test_meaning import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEW = (
    "the sea",
    "bread and bread",
    "a sea, a sea, and the sea",
    "bread",
    "bread, a sea of bread",
    "sea after sea, wave after wave",
    "the baker",
    "seas and seas",
)


class Failing(Embedder):
    """A model that embeds what it is asked first, and then no more."""

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if any(text in NEW for text in texts):
            raise EngineError("The engine is gone.", hint="Start it again.")
        return await Embedder.embed(self, texts)


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


def planned(garden: Garden, bed: Bed, model: BaseModel | None = None) -> Plan:
    return sync.run(plan_for_bed(AsyncGarden(garden), bed, model=model or Embedder()))


def set_up(garden: Garden, bed: Bed, n: int = 3, candidates: int | None = 8) -> Bed:
    return garden.beds.set(bed, n=n, settings={"candidates": candidates})


def came(garden: Garden, bed: Bed, offspring: Sequence[str] = NEW) -> StoredBrood:
    return garden.save(bred(garden.texts(bed.parents), offspring), bed=bed)


def chosen(garden: Garden, plan: Plan, brood: StoredBrood) -> StoredBrood:
    return sync.run(choose(AsyncGarden(garden), plan, brood))


def test_it_is_off_until_it_is_set(garden: Garden) -> None:
    bed = tended(garden)
    model = Embedder()
    assert planned(garden, bed, model) == Plan(n=8, shown=8)
    assert model.asked == []
    on = planned(garden, set_up(garden, bed), model)
    assert (on.n, on.shown, on.note) == (8, 3, "")
    assert on.taste is not None
    assert on.taste.can_tell
    off = set_up(garden, bed, candidates=0)
    assert planned(garden, off, model) == Plan(n=3, shown=3)


def test_those_that_suit_the_marks_are_shown_first_and_the_rest_stays_unmarked(
    garden: Garden,
) -> None:
    bed = set_up(garden, tended(garden))
    brood = came(garden, bed)
    before = garden.acts(), garden.beds.get(bed.id)
    its = planned(garden, bed)
    now = chosen(garden, its, brood)
    assert its.taste is not None
    scores = its.taste.score(NEW)
    shown = [scores[at] for at in now.first]
    assert len(shown) == len(set(now.first)) == 3
    assert max(shown) == max(scores)
    assert sum(shown) / 3 > sum(scores) / 8
    assert now.notes[-1].startswith("3 of 8 are shown first")
    assert "unseen pairs" in now.notes[-1]
    assert [text.content for text in now] == list(NEW)
    assert not any(text.marks for text in now)
    assert sorted(now.order) == list(range(8))
    assert now == garden.brood(brood.id) == garden.broods(bed)[0]
    assert (garden.acts(), garden.beds.get(bed.id)) == before
    assert garden.verify() == []


@pytest.mark.slow
def test_the_seed_of_the_brood_gives_the_order_which_does_not_follow_the_score(
    garden: Garden,
) -> None:
    bed = set_up(garden, tended(garden), n=5)
    its = planned(garden, bed)
    assert its.taste is not None
    orders = set()
    for _ in range(6):
        brood = came(garden, bed)
        first = chosen(garden, its, brood).first
        assert chosen(garden, its, brood).first == first
        orders.add(first)
    assert len(orders) > 1
    assert {frozenset(order) for order in orders} == {frozenset(next(iter(orders)))}


def test_flawed_offspring_are_shown_only_where_the_others_are_too_few(garden: Garden) -> None:
    bed = set_up(garden, tended(garden), n=2)
    model = Embedder("embedder")
    texts = [" ", "refused: sea, sea, sea, sea", *NEW[:3]]
    brood = came(garden, bed, texts)
    first = chosen(garden, planned(garden, bed, model), brood).first
    assert not {0, 1} & set(first)  # what is blank, or cannot be embedded, has no score
    bed = set_up(garden, bed, n=4)
    first = chosen(garden, planned(garden, bed, model), brood).first
    assert set(first) == {0, 2, 3, 4}


@pytest.mark.parametrize(
    ("keep", "drop", "words"),
    [
        ((), (), "there are 0 marks"),
        (SEAS, (), "no text was dropped"),
        ((), SEAS, "no text was kept"),
        (SEAS[:2], LOAVES[:2], "there are 4 marks"),
        ((*SEAS[::2], *LOAVES[::2]), (*SEAS[1::2], *LOAVES[1::2]), "not sure to be better"),
    ],
    ids=["none", "kept alone", "dropped alone", "few", "by lot"],
)
def test_where_the_marks_cannot_tell_as_many_are_bred_as_shown_and_it_says_why(
    garden: Garden, keep: Sequence[str], drop: Sequence[str], words: str
) -> None:
    bed = set_up(garden, garden.beds.begin("b", kind="poem"))
    saved = garden.save(bred(["fog"], [*SEAS, *LOAVES]), bed=bed)
    garden.keep(*(text for text in saved if text.content in keep), bed=bed)
    garden.drop(*(text for text in saved if text.content in drop), bed=bed)
    its = planned(garden, bed)
    assert (its.n, its.shown, its.taste) == (3, 3, None)
    assert its.note.startswith("3 were bred and not 8, all of them shown. It cannot tell yet")
    assert words in its.note
    brood = came(garden, bed, NEW[:3])
    assert chosen(garden, its, brood) == brood


def test_marks_that_contradict_each_other_say_nothing_and_keep_nothing_from_being_bred(
    garden: Garden,
) -> None:
    bed = set_up(garden, tended(garden))
    again = garden.save(bred(["another"], [*SEAS, *LOAVES]), bed=bed)
    garden.drop(*again[:10], bed=bed)
    garden.keep(*again[10:], bed=bed)
    its = planned(garden, bed)
    assert its.n == 3
    assert "there are 0 marks" in its.note


def test_a_model_without_embeddings_is_named_and_breeds_all_the_same(garden: Garden) -> None:
    bed = set_up(garden, tended(garden))
    its = planned(garden, bed, ScriptedModel(["x"]))
    assert (its.n, its.taste) == (3, None)
    assert "'scripted' gives no embeddings" in its.note
    report = sync.run(taste_of_bed(AsyncGarden(garden), bed, model=ScriptedModel(["x"])))
    assert report.taste is None
    assert report.words == report.sentence
    assert "gives no embeddings" in report.sentence


def test_where_the_model_fails_at_the_choice_all_are_shown_and_it_says_why(garden: Garden) -> None:
    bed = set_up(garden, tended(garden))
    brood = came(garden, bed)
    now = chosen(garden, planned(garden, bed, Failing()), brood)
    assert now.first == ()
    assert now.order == tuple(range(8))
    assert now.notes[-1].startswith("All 8 are shown, since none could be chosen")
    assert "The engine is gone. Start it again." in now.notes[-1]


def test_no_more_candidates_than_are_shown_are_no_choice(garden: Garden) -> None:
    bed = garden.beds.change(set_up(garden, tended(garden)), n=20)
    its = planned(garden, bed)
    assert (its.n, its.taste) == (20, None)
    assert "8 candidates are no more than the 20 shown" in its.note
    with pytest.raises(InputError, match="Of 8 candidates, 20 cannot be chosen"):
        set_up(garden, bed, n=20)
    with pytest.raises(InputError, match="Of 3 candidates"):
        garden.beds.begin("c", n=3, settings={"candidates": 3})


def test_of_what_came_before_it_was_stopped_is_chosen_too_and_few_are_all_shown(
    garden: Garden,
) -> None:
    bed = set_up(garden, tended(garden))
    its = planned(garden, bed)
    assert len(chosen(garden, its, came(garden, bed, NEW[:5])).first) == 3
    assert chosen(garden, its, came(garden, bed, NEW[:3])).first == ()


def test_a_mark_that_is_undone_changes_the_taste(garden: Garden) -> None:
    bed = set_up(garden, tended(garden, many=3))
    saved = garden.save(bred(["more"], [*SEAS[3:], *LOAVES[3:]]), bed=bed)
    few = planned(garden, bed)
    garden.keep(*saved[:7], bed=bed)
    garden.drop(*saved[7:], bed=bed)
    assert few.n == 3
    assert planned(garden, bed).n == 8
    garden.undo(bed)
    garden.undo(bed)
    assert planned(garden, bed) == few
    garden.redo(bed)
    garden.redo(bed)
    assert planned(garden, bed).n == 8


def test_only_marks_in_beds_of_the_same_kind_count(garden: Garden) -> None:
    tended(garden, "words", kind="word")
    bed = set_up(garden, garden.beds.begin("b", kind="poem"))
    assert "there are 0 marks" in planned(garden, bed).note
    tended(garden, "poems")
    assert planned(garden, bed).n == 8


@pytest.mark.slow
def test_what_is_refined_has_no_candidates(garden: Garden) -> None:
    bed = set_up(garden, tended(garden))
    refining = garden.beds.change(bed, chain=bed.parents[:1])
    assert planned(garden, refining) == Plan(n=3, shown=3)
    breeding = plan_for_bed(
        AsyncGarden(garden), refining, model=Embedder(), operation=Operation.BREED
    )
    assert sync.run(breeding).n == 8


def test_the_report_has_the_accuracy_the_marks_and_the_positions(garden: Garden) -> None:
    bed = tended(garden)

    def told() -> TasteReport:
        return sync.run(taste_of_bed(AsyncGarden(garden), bed, model="echo"))

    assert "unseen pairs" in told().words
    assert "10 kept, 10 dropped" in told().words
    assert "stood in the first half" in told().words  # all that was kept stood there
    assert told().candidates is None


def test_the_note_is_said_at_once_and_stays_with_the_brood() -> None:
    async def events(note: str) -> list[object]:
        following: AsyncGenerator[object] = with_note(
            breed(BreedRequest(parents=["a gull", "the sea"], n=2, seed=1, model="echo")), note
        )
        return [event async for event in following]

    told = sync.run(events("why"))
    assert told[1] == Notice("why")
    assert isinstance(told[-1], Brood)
    assert told[-1].notes[0] == "why"
    plain = sync.run(events(""))
    assert len(plain) == len(told) - 1


@pytest.mark.slow
def test_on_the_embedded_model_the_choice_is_made_and_kept(
    garden: Garden, local: BaseModel
) -> None:
    bed = set_up(garden, tended(garden), n=2, candidates=6)
    its = sync.run(plan(AsyncGarden(garden), n=2, candidates=6, kind="poem", model=local))
    assert (its.n, its.note) == (6, "")
    new = ("waves upon the grey sea", "bread out of the oven", "the sea is grey", "warm new bread")
    now = chosen(garden, its, came(garden, bed, new))
    assert its.taste is not None
    scores = its.taste.score(new)
    assert len(now.first) == 2
    assert max(scores) in {scores[at] for at in now.first}
    assert garden.embeddings.counts(local.name)[0] >= 24
    with open_garden(garden.name) as again:
        assert again.brood(now.id) == now
