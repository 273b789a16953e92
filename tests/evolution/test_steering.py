"""A person inside a run: what they pin, drop, put in, and towards what they bend it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import flourishing as fl
from flourishing.evolution import opening
from flourishing.evolution.evolve import Evolution
from flourishing.garden import Garden, Stored
from tests.garden.new import new_garden
from tests.marks import slow_cases

SEEDS = fl.library("imagists").texts[:12]


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    return Garden(new_garden(tmp_path / "garden.db"))


def begun(garden: Garden, budget: int = 32, emitter: str = "near") -> Evolution:
    return opening.begin(
        SEEDS, budget=budget, seed=1, model="echo", garden=garden, name="one", emitter=emitter
    )


def go(evolution: Evolution, act: Callable[[fl.Step], None] = lambda _: None) -> None:
    """Go through a run; `act` is what a person does after each step."""

    async def through() -> None:
        async for event in evolution.events():
            if isinstance(event, fl.Step):
                act(event)

    asyncio.run(through())


def prompts(garden: Garden) -> list[list[int]]:
    """Give the numbers of the parents of each step that bred, in order."""
    steps = garden.runs.steps(garden.runs.get("one").id)
    broods = [text.brood for step in steps for text in step.texts if text.brood is not None]
    parents = [garden.brood(id).parents for id in dict.fromkeys(broods)]
    return [[text.id for text in some if isinstance(text, Stored)] for some in parents]


def test_what_is_pinned_stands_last_in_every_prompt_from_then_on(garden: Garden) -> None:
    pinned: list[int] = []

    def pin(step: fl.Step) -> None:
        if step.number == 1:
            pinned.append(step.texts[0].text.id)  # type: ignore[attr-defined]
            garden.pin(*garden.texts(pinned))

    go(begun(garden), pin)
    of_all = prompts(garden)
    assert len(of_all) == 4
    assert [parents[-1] == pinned[0] for parents in of_all] == [False, False, True, True]


def test_what_is_dropped_stands_in_no_prompt_from_then_on(garden: Garden) -> None:
    dropped: set[int] = set()

    def drop(step: fl.Step) -> None:
        if step.number == 0:
            dropped.update(each.text.id for each in step.texts[:9])  # type: ignore[attr-defined]
            garden.drop(*garden.texts(sorted(dropped)))

    go(begun(garden, 24, emitter="fixed"), drop)
    assert all(parents and not dropped & set(parents) for parents in prompts(garden))


def best_of_cells(run: fl.Run, without: set[int]) -> dict[int | None, str]:
    """Give what stands in each cell if the best of all that came does."""
    best: dict[int | None, fl.Evaluated] = {}
    for each in run.texts:
        if each.quality is None or each.text.id in without:  # type: ignore[attr-defined]
            continue
        if each.cell not in best or each.quality > (best[each.cell].quality or 0):
            best[each.cell] = each
    return {cell: each.text.content for cell, each in best.items()}


def in_cells(run: fl.Run) -> dict[int | None, str]:
    return {elite.cell: elite.content for elite in run.archive}


@pytest.mark.parametrize("leave_at", [2, *slow_cases([3, 4])])
def test_what_is_dropped_leaves_its_cell_to_the_next_best_also_after_a_resumption(
    tmp_path: Path, leave_at: int
) -> None:
    dropped: set[int] = set()
    gardens = [Garden(new_garden(tmp_path / name)) for name in ("whole.db", "left.db")]
    its = gardens[0]

    def drop(step: fl.Step) -> None:
        if step.number == 1:
            assert step.best is not None
            dropped.add(step.best.text.id)  # type: ignore[attr-defined]
            its.drop(*its.texts(list(dropped)))

    def drop_and_leave(step: fl.Step) -> None:
        drop(step)
        if step.number == leave_at:
            raise InterruptedError

    ends = []
    for its, act in zip(gardens, (drop, drop_and_leave), strict=True):
        with suppress(InterruptedError):
            go(
                opening.begin(
                    SEEDS, bins=2, budget=40, seed=1, model="echo", garden=its, name="one"
                ),
                act,
            )
        again = opening.resume("one", its)
        go(again)
        assert in_cells(again.run) == in_cells(opening.load("one", its))
        assert in_cells(again.run) == best_of_cells(again.run, dropped)
        assert again.run.completions == 40
        ends.append(in_cells(again.run))
    assert ends[0] == ends[1]
    its.take_back("drop", *its.texts(list(dropped)))
    assert in_cells(opening.load("one", its)) == best_of_cells(again.run, set()) != ends[0]
    more = opening.resume("one", its, budget=48)
    go(more)
    assert in_cells(more.run) == best_of_cells(more.run, set())
    assert [each.outcome for each in more.run.steps[-2].texts] == ["restored"]


def test_a_run_of_which_all_is_dropped_goes_on(garden: Garden) -> None:
    def drop(step: fl.Step) -> None:
        garden.drop(*garden.texts([each.text.id for each in step.texts]))  # type: ignore[attr-defined]

    evolution = begun(garden, 24)
    go(evolution, drop)
    assert evolution.run.completions == 24
    assert len(opening.load("one", garden).archive) == 0


def test_a_text_of_ones_own_is_measured_and_costs_no_completion(garden: Garden) -> None:
    evolution = begun(garden, 24, emitter="bandit")

    def give(step: fl.Step) -> None:
        if step.number == 1:
            evolution.give([fl.Text("one line of seven thousand unlikely words")])

    go(evolution, give)
    (own,) = [step for step in evolution.run.steps if step.emitter == "you"]
    assert own.texts[0].outcome in {"new", "better", "worse"}
    assert own.texts[0].text.origin.author == "person"
    assert evolution.run.completions == 24
    assert evolution.given == ()
    loaded = opening.load("one", garden)
    assert [e.content for e in loaded.archive] == [e.content for e in evolution.run.archive]
    again = opening.resume("one", garden, budget=32)
    go(again)
    assert again.run.completions == 32
    assert [step.number for step in opening.load("one", garden).steps] == [0, 1, 2, 3, 4, 5]


def test_what_is_put_into_a_run_that_rests_is_measured_when_it_goes_on(garden: Garden) -> None:
    go(begun(garden, 8))
    run = garden.runs.get("one").id
    (text,) = garden.runs.put(run, [fl.Text("a gull on seven thousand roofs")], emitter="you")
    again = opening.resume("one", garden, budget=16)
    go(again)
    own = next(step for step in again.run.steps if step.emitter == "you")
    assert [each.text.id for each in own.texts] == [text.id]  # type: ignore[attr-defined]
    assert own.texts[0].quality is not None
    assert again.run.completions == 16


@pytest.mark.slow
def test_a_run_that_is_bent_draws_its_parents_near_there(garden: Garden) -> None:
    evolution = begun(garden, 160)
    lines = {}

    def bend(step: fl.Step) -> None:
        lines.update({each.text.id: each.measures[0] for each in step.texts if each.measures})  # type: ignore[attr-defined]
        if step.number == 0:
            short = min(evolution.run.archive, key=lambda each: each.measures["lines"])
            evolution.bend([list(short.measures.values())])

    go(evolution, bend)
    first, _, *bent = prompts(garden)
    mean = sum(sum(lines[id] for id in each) / len(each) for each in bent) / len(bent)
    everywhere = sum(each for id, each in lines.items() if id <= len(SEEDS)) / len(SEEDS)
    assert mean < everywhere
    assert first
    assert garden.runs.get("one").settings["bends"] == []  # it was changed in this process alone
    evolution.bend([])
    assert evolution.plan.bends == ()


def test_bends_are_stored_with_the_plan(garden: Garden) -> None:
    evolution = begun(garden, 8)
    evolution.bend([[3.0, 4.5]])
    go(evolution)
    assert opening.load("one", garden).plan.bends == ((3.0, 4.5),)


def test_what_is_marked_on_the_way_changes_what_the_run_finds_good(garden: Garden) -> None:
    sea = garden.add(*(f"the grey sea and the waves {at}" for at in range(10)))
    bread = garden.add(*(f"warm bread from the oven {at}" for at in range(10)))
    garden.drop(*bread)
    seeds = ["the sea and the grey waves", "bread from the warm oven"]
    evolution = opening.begin(
        seeds, quality="taste", budget=8, seed=1, model="echo", garden=garden, name="one"
    )
    given = [fl.Text(f"{seed}, again") for seed in seeds]

    def turn(step: fl.Step) -> None:
        if not step.number:
            garden.drop(*sea)
            garden.keep(*bread)
            evolution.give(given)

    go(evolution, turn)
    found = {each.text.content: each.quality for step in evolution.run.steps for each in step.texts}
    before = [found[seed] or 0.0 for seed in seeds]
    after = [found[text.content] or 0.0 for text in given]
    assert before[0] > before[1]
    assert after[0] < after[1]
