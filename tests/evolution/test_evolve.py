"""Runs: events, budgets, what is kept, and going on after the end of a process."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import flourishing as fl
from flourishing.core.sampling import Sampling
from flourishing.evolution import opening
from flourishing.evolution.emitters import EMITTERS
from flourishing.evolution.opening import load
from flourishing.garden import Garden
from flourishing.models.echo import EchoModel
from tests.garden.new import new_garden
from tests.marks import slow_cases
from tests.models.cost.served import Served

SEEDS = fl.library("imagists").texts[:12]


def evolve(**settings: Any) -> fl.Run:
    given: dict[str, Any] = {"budget": 24, "seed": 1, "model": "echo", **settings}
    return fl.evolve(given.pop("seeds", SEEDS), **given)


def contents(run: fl.Run) -> list[tuple[int, str, float]]:
    return [(elite.cell, elite.content, elite.quality) for elite in run.archive]


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    return Garden(new_garden(tmp_path / "garden.db"))


class Failing(EchoModel):
    """The echo model, which fails on some of its calls."""

    name = "failing"

    def __init__(self, fails: Callable[[int], bool], error: type[fl.ModelError] = fl.EngineError):
        self.calls = 0
        self._fails = fails
        self._error = error

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: Sampling,
        stop: Sequence[str],
        seed: int,
        reproducible: bool = False,
    ) -> AsyncGenerator[fl.Event]:
        self.calls += 1
        if self._fails(self.calls):
            raise self._error("The engine burst.", hint="Start it again.")
        async for event in super().complete(
            prompt, n=n, sampling=sampling, stop=stop, seed=seed, reproducible=reproducible
        ):
            yield event


# Events, and the archive.


def test_a_run_yields_its_steps_and_ends_with_itself() -> None:
    run = evolve(measures=["lines", "mean-word-length"], quality="distinct-2")
    events = list(run)
    assert events[-1] is run
    assert events[-1].run is run
    steps = [event for event in events if isinstance(event, fl.Step)]
    assert [step.number for step in steps] == [0, 1, 2, 3]
    assert [step.completions for step in steps] == [0, 8, 16, 24]
    assert run.state == "done"
    assert run.archive.qd_score == steps[-1].qd_score >= steps[0].qd_score > 0
    assert 0 < run.archive.coverage < 1
    assert run.archive.best is not None
    assert 0 < run.archive.yield_ <= len(run.archive) == len(run.archive.to_frame())


@pytest.mark.slow
def test_whoever_asks_for_the_archive_at_once_waits_for_the_end() -> None:
    run = evolve()
    assert run.archive.qd_score > 0
    assert (run.completions, run.state) == (24, "done")
    assert list(run) == []


def test_within_the_loop_the_archive_is_as_it_stands() -> None:
    run = evolve()
    for event in run:
        if isinstance(event, fl.Step):
            assert run.archive.qd_score == event.qd_score
            assert run.completions == event.completions
    assert run.completions == 24


def test_it_can_be_awaited() -> None:
    async def last() -> object:
        event: object = None
        async for each in fl.aio.evolve(SEEDS, budget=16, seed=1, model="echo"):
            event = each
        return event

    run = asyncio.run(last())
    assert isinstance(run, fl.Run)
    assert contents(run) == contents(evolve(budget=16))


@pytest.mark.parametrize(
    "emitter",
    [
        *("novelty", "prompts", "random"),
        *slow_cases(name for name in EMITTERS if name not in {"novelty", "prompts", "random"}),
    ],
)
def test_two_runs_of_one_seed_are_the_same(emitter: str) -> None:
    one, same, other = (evolve(emitter=emitter, seed=seed) for seed in (3, 3, 4))
    assert contents(one) == contents(same)
    assert [each.text.content for each in one.texts] == [each.text.content for each in same.texts]
    assert [each.text.content for each in one.texts] != [each.text.content for each in other.texts]


@pytest.mark.parametrize("archive", ["grid", "cvt", "novelty"])
def test_every_archive_is_filled(archive: str) -> None:
    run = evolve(archive=archive)
    assert run.archive.form == archive
    assert len(run.archive) > 1


@pytest.mark.parametrize(("kind", "library"), [("picture", "pictures"), ("sound", "sounds")])
def test_pictures_and_sounds_are_evolved_by_measures_of_their_own(kind: str, library: str) -> None:
    run = evolve(seeds=fl.library(library), kind=kind, budget=8)
    assert run.plan.quality.name in {"symmetry", "loudness"}
    assert len(run.archive) > 1


def test_prompts_are_evolved_by_the_answers_that_they_bring(tmp_path: Path) -> None:
    path = tmp_path / "capitals.toml"
    path.write_text('answers = [["France:", "Paris"]]\n', encoding="utf-8")
    seeds = ["Name the capital of each country.", "What is the capital?", "Say where it lies."]
    run = evolve(seeds=seeds, kind="prompt", quality=str(path), budget=8)
    assert run.archive.best is not None
    assert -10 <= run.archive.best.quality <= 0
    assert run.archive.qd_score >= 0


def test_a_duplicate_is_found_before_it_is_measured() -> None:
    measured: list[str] = []

    def length(text: str) -> float:
        measured.append(text)
        return float(len(text))

    run = evolve(seeds=["red\nblue", "blue\nred"], measures=[length], quality="words", budget=40)
    outcomes = [each.outcome for each in run.finish().texts]
    assert "duplicate" in outcomes or "flawed" in outcomes
    bred = [text for text in measured if text not in {"red\nblue", "blue\nred"}]
    assert len(bred) == len(set(bred))


def test_only_the_best_of_each_step_is_kept_by_best_of_n() -> None:
    run = evolve(emitter="best-of-n", budget=48)
    for step in run.steps[1:]:
        assert sum(each.outcome in {"new", "better"} for each in step.texts) <= 1


# Budgets.


def test_a_budget_of_completions_is_kept_to_exactly() -> None:
    run = evolve(budget=21).finish()
    assert run.completions == 21 == sum(len(step.texts) for step in run.steps[1:])


def test_a_budget_of_tokens_is_kept_to() -> None:
    run = evolve(budget=fl.RunBudget(tokens=6_000))
    assert run.archive.qd_score > 0
    assert 0 < run.tokens <= 6_000
    assert "6,000 tokens" in run.reason


def test_a_budget_of_time_ends_a_run() -> None:
    run = evolve(budget=fl.RunBudget(seconds=0.5))
    run.finish()
    assert run.state == "done"
    assert "0.5 seconds" in run.reason


def test_a_budget_of_money_is_kept_to() -> None:
    answers = [
        f"grey sea {word}\nlow sun" for word in ["one", "two", "three", "four", "five", "six"]
    ]
    money = Decimal("0.05")
    run = evolve(model=Served(answers), budget=fl.RunBudget(money=money), batch=2).finish()
    assert run.state == "done"
    assert "money" in run.reason
    assert 0 < run.completions < 100
    assert Decimal(0) < run.spent["USD"] <= money


def test_money_alone_does_not_bound_a_model_that_is_free() -> None:
    with pytest.raises(fl.InputError, match="costs nothing") as raised:
        evolve(budget=fl.RunBudget(money=Decimal(1))).finish()
    assert "completions" in raised.value.hint


def test_failures_count_and_a_run_goes_on_after_one() -> None:
    run = evolve(model=Failing(lambda call: call == 2)).finish()
    assert (run.completions, run.state) == (24, "done")
    assert [bool(step.error) for step in run.steps] == [False, False, True, False]


def test_a_model_that_always_fails_ends_the_run_with_its_error() -> None:
    model = Failing(lambda _: True)
    run = evolve(model=model, budget=1_000)
    with pytest.raises(fl.EngineError, match="burst"):
        run.finish()
    assert run.state == "failed"
    assert model.calls == 3


def test_a_refused_key_ends_the_run_at_once() -> None:
    model = Failing(lambda call: call == 1, fl.AuthError)
    with pytest.raises(fl.AuthError):
        evolve(model=model).finish()
    assert model.calls == 1


# In a garden.


@pytest.mark.slow
def test_everything_is_in_the_garden_and_chosen_by_a_machine(garden: Garden) -> None:
    run = evolve(garden=garden, name="first").finish()
    stored = load("first", garden)
    assert contents(stored) == contents(run)
    assert stored.as_dict()["completions"] == 24
    assert [each.outcome for each in stored.texts] == [each.outcome for each in run.texts]
    kept = [elite.text.id for elite in run.archive]  # type: ignore[attr-defined]
    assert garden.runs.choices(kept) == dict.fromkeys(kept, ("first",))
    assert not any(text.marks for text in garden.texts(kept))
    assert garden.verify() == []
    assert garden.undo() is None  # it is no act of a person


@pytest.mark.parametrize(
    "emitter", ["prompts", *slow_cases(["near", "novelty", "replace", "bandit"])]
)
def test_a_run_that_was_left_goes_on_to_the_same_archive(garden: Garden, emitter: str) -> None:
    whole = evolve(emitter=emitter, budget=40)
    left = evolve(emitter=emitter, budget=40, garden=garden, name="left")
    for event in left:
        if isinstance(event, fl.Step) and event.number == 2:
            break
    assert load("left", garden).state == "stopped"
    resumed = fl.evolve(resume="left", garden=garden)
    assert contents(resumed) == contents(whole)
    assert (resumed.completions, resumed.state) == (40, "done")
    assert load("left", garden).as_dict()["qd_score"] == whole.archive.qd_score


@pytest.mark.slow
def test_what_is_novel_is_so_after_a_resumption_too(garden: Garden) -> None:
    whole = evolve(quality="novelty", budget=32)
    left = evolve(quality="novelty", budget=32, garden=garden, name="left")
    for event in left:
        if isinstance(event, fl.Step) and event.number == 2:
            break
    resumed = fl.evolve(resume="left", garden=garden)
    assert [elite.content for elite in resumed.archive] == [each.content for each in whole.archive]
    assert resumed.archive.qd_score == pytest.approx(whole.archive.qd_score)


KILLED = """
import json, sys
import flourishing as fl
place, seeds, settings = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
sampling = fl.SamplingOptions(max_tokens=settings.pop("max_tokens", None))
garden = fl.open_garden(place)
for event in fl.evolve(seeds, garden=garden, name="killed", sampling=sampling, **settings):
    print(getattr(event, "number", "end"), flush=True)
"""


def kill(place: Path, step: str, seeds: Sequence[str], settings: dict[str, Any]) -> None:
    """Begin a run in a process of its own, and kill that after a step."""
    words = [sys.executable, "-c", KILLED, str(place), json.dumps(seeds), json.dumps(settings)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == step:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="no process is killed like this")
@pytest.mark.parametrize("step", [*slow_cases(["0"]), "4"])
def test_a_run_that_was_killed_goes_on_to_the_same_archive(tmp_path: Path, step: str) -> None:
    place = tmp_path / "garden.db"
    contents_of_seeds = [text.content for text in SEEDS]
    kill(place, step, contents_of_seeds, {"budget": 80, "seed": 1, "model": "echo"})
    with fl.open_garden(place) as garden:
        assert garden.verify() == []
        left = garden.runs.get("killed")
        assert (left.state, "can go on" in left.reason) == ("interrupted", True)
        resumed = fl.evolve(resume="killed", garden=garden)
        assert contents(resumed) == contents(evolve(budget=80))
        assert garden.verify() == []
    assert [each.name for each in tmp_path.iterdir()] == ["garden.db"]


def test_a_run_on_its_way_is_running_and_carried_by_one_alone(garden: Garden) -> None:
    run = iter(evolve(garden=garden, name="one"))
    next(run)
    assert garden.runs.get("one").state == "running"
    with pytest.raises(fl.InputError, match="goes on somewhere else"):
        fl.evolve(resume="one", garden=garden).finish()
    assert garden.runs.get("one").state == "running"  # that the other is refused is not its end
    assert len(list(run)) == 4
    assert garden.runs.get("one").state == "done"


@pytest.mark.slow
def test_a_larger_budget_goes_on_and_none_is_done_at_once(garden: Garden) -> None:
    evolve(garden=garden, name="more").finish()
    again = fl.evolve(resume="more", garden=garden)
    assert (again.finish().completions, again.state) == (24, "done")
    more = fl.evolve(resume="more", garden=garden, budget=40)
    assert contents(more) == contents(evolve(budget=40))


def test_names_are_given_and_never_twice(garden: Garden) -> None:
    first, second = (evolve(garden=garden, budget=8).finish() for _ in range(2))
    assert [first.name, second.name] == ["poem-1", "poem-2"]
    with pytest.raises(fl.InputError, match="already") as raised:
        evolve(garden=garden, name="poem-1").finish()
    assert "--resume poem-1" in raised.value.hint
    with pytest.raises(fl.InputError, match="The name of a run cannot be 3"):
        evolve(garden=garden, name=3)
    assert [run.name for run in garden.runs.all()] == ["poem-2", "poem-1"]


def test_what_a_person_keeps_stands_in_the_next_prompts(garden: Garden) -> None:
    run = evolve(garden=garden, name="bent", emitter="person", budget=40)
    picked = None
    for event in run:
        if isinstance(event, fl.Step) and event.number == 0:
            picked = event.texts[3].text
            garden.pin(picked.id)  # type: ignore[attr-defined]
    assert picked is not None
    last = run.steps[-1].texts[0].text
    assert last.origin.parents[-1].content == picked.content


def test_what_a_person_marked_is_a_quality_once_it_predicts(garden: Garden) -> None:
    with pytest.raises(fl.InputError, match="do not say yet what is liked"):
        evolve(quality="taste", garden=garden, name="early").finish()
    assert not garden.runs.all()
    liked = garden.add(*(f"the grey sea and the waves {at}" for at in range(10)))
    garden.drop(*garden.add(*(f"warm bread from the oven {at}" for at in range(10))))
    seeds = ["the sea and the grey waves", "bread from the warm oven"]
    run = evolve(seeds=seeds, quality="taste", garden=garden, budget=8)
    sea, bread = run.finish().steps[0].texts
    assert sea.quality is not None
    assert bread.quality is not None
    assert 0 < bread.quality < sea.quality < 1
    assert garden.runs.choices([text.id for text in liked]) == {}


def test_a_run_that_cannot_begin_is_not_in_the_garden(garden: Garden, tmp_path: Path) -> None:
    lost = tmp_path / "lost.toml"
    lost.write_text('judge = "nowhere.toml"', encoding="utf-8")
    with pytest.raises(fl.InputError, match="nowhere"):
        evolve(quality=str(lost), garden=garden).finish()
    with pytest.raises(fl.InputError, match="costs nothing that is known"):
        evolve(budget=fl.RunBudget(money=Decimal(1)), garden=garden).finish()
    with pytest.raises(fl.InputError, match="None of the 12 texts"):
        evolve(quality=lambda text: text, garden=garden).finish()
    assert not garden.runs.all()


def test_a_function_is_given_again_to_go_on(garden: Garden) -> None:
    def vowels(text: str) -> float:
        return float(sum(letter in "aeiou" for letter in text))

    left = evolve(measures=["lines", vowels], budget=40, garden=garden, name="mine")
    for event in left:
        if isinstance(event, fl.Step) and event.number == 1:
            break
    with pytest.raises(fl.InputError, match="function 'vowels'"):
        fl.evolve(resume="mine", garden=garden)
    resumed = fl.evolve(resume="mine", garden=garden, measures=[vowels])
    assert contents(resumed) == contents(evolve(measures=["lines", vowels], budget=40))


def test_a_measure_that_is_given_by_its_path_is_found_again(
    garden: Garden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sea.toml").write_text('words = ["sea", "salt", "wave"]\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    evolve(garden=garden, name="sea", quality="sea.toml", budget=8).finish()
    monkeypatch.chdir("/")
    assert fl.evolve(resume="sea", garden=garden, budget=16).finish().completions == 16


def test_purged_texts_leave_a_run_that_still_goes_on(garden: Garden) -> None:
    run = evolve(garden=garden, name="purged")
    for event in run:
        if isinstance(event, fl.Step) and event.number == 2:
            break
    garden.put_away(*(each.text.id for each in run.texts[-3:]))  # type: ignore[attr-defined]
    garden.empty()
    assert garden.verify() == []
    assert fl.evolve(resume="purged", garden=garden).finish().completions == 24


# What cannot be.


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"budget": 0}, "budget of 0"),
        ({"budget": -3}, "budget of -3"),
        ({"budget": 2.5}, "whole number"),
        ({"measures": []}, "no measures"),
        ({"measures": ["lines", "lines"]}, "named twice"),
        ({"measures": ["lines"], "quality": "lines"}, "the quality as well"),
        ({"measures": ["beauty"]}, "no measure 'beauty'"),
        ({"measures": ["symmetry"]}, "'poem' has no symmetry"),
        ({"kind": "refinement"}, "no measures"),
        ({"kind": "limerick"}, "no kind"),
        ({"bins": 0}, r"into \[0, 0\]"),
        ({"bins": []}, "no bins"),
        ({"archive": "heap"}, "no archive 'heap'"),
        ({"emitter": "luck"}, "no emitter 'luck'"),
        ({"batch": 0}, "batch cannot be 0"),
        ({"parents": 0}, "parents cannot be 0"),
        ({"patience": 0}, "patience cannot be 0"),
        ({"seeds": []}, "nothing to breed from"),
        ({"seeds": [" "]}, "blank"),
        ({"seed": -1}, "seed cannot be -1"),
        ({"name": "\n"}, "cannot be called"),
        ({"resume": "first"}, "in a garden"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_bred(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(fl.FlourishingError, match=message) as raised:
        evolve(**settings)
    assert raised.value.hint


def test_a_budget_without_a_bound_is_refused() -> None:
    with pytest.raises(fl.InputError, match="never end"):
        fl.RunBudget()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: sys.exit(3), "SystemExit: 3"),
        (lambda: float("nan"), "no finite"),
        (lambda: 10**400, "no finite"),
        (lambda: "0.5", "no number"),
        (lambda: 2.0, "2"),
    ],
)
def test_a_measure_that_fails_on_all_seeds_is_an_error_at_once(
    garden: Garden, answer: Callable[[], Any], message: str
) -> None:
    wrong = fl.Measure(name="wrong", of=lambda _: answer())
    with pytest.raises(fl.InputError, match=f"None of the 12.*{message}"):
        evolve(quality=wrong, garden=garden, name="wrong").finish()
    assert garden.runs.get("wrong").state == "failed"


def test_a_measure_that_fails_now_and_then_leaves_these_texts_out() -> None:
    def picky(text: str) -> float:
        if "e" in text.split()[-1]:
            raise ValueError(text)
        return 0.5

    run = evolve(quality=fl.Measure(name="picky", of=picky))
    notes = [each.note for each in run.finish().texts if each.outcome == "unmeasured"]
    assert notes
    assert all("'picky' failed: ValueError" in note for note in notes)
    assert run.state == "done"
    assert run.completions == 24


def test_a_measure_that_hangs_is_left_behind() -> None:
    def slow(text: str) -> float:
        if len(text) % 2:
            time.sleep(60)
        return 0.5

    hanging = fl.Measure(name="slow", of=slow)
    with pytest.raises(fl.InputError, match=r"'slow' gave nothing within 0\.2 s"):
        evolve(quality=hanging, patience=0.2).finish()


def test_a_run_of_another_version_is_named_so(garden: Garden) -> None:
    run = evolve(garden=garden, name="old", budget=8).finish()
    for change in ({"version": 0}, {"axes": [{"title": "x"}]}):
        settings = json.loads(json.dumps(run.plan.as_dict())) | change
        garden.runs.change(garden.runs.get("old").id, settings=settings)
        with pytest.raises(fl.StoredFormError, match="'old'"):
            fl.evolve(resume="old", garden=garden)


def test_a_garden_that_can_only_be_read_is_refused(tmp_path: Path, garden: Garden) -> None:
    garden.add("fog")
    garden.close()
    place = tmp_path / "garden.db"
    place.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        if os.access(place, os.W_OK):
            pytest.skip("whoever runs this may write everything")
        with Garden(place) as readable, pytest.raises(fl.StorageError):
            evolve(garden=readable).finish()
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.slow
def test_a_garden_that_is_replaced_ends_the_run_with_an_error(
    tmp_path: Path, garden: Garden
) -> None:
    run = evolve(garden=garden, name="lost")

    def move_it_meanwhile() -> None:
        for event in run:
            if isinstance(event, fl.Step) and event.number == 1:
                (tmp_path / "garden.db").rename(tmp_path / "moved.db")

    with pytest.raises(fl.FileReplacedError):
        move_it_meanwhile()
    with Garden(tmp_path / "moved.db") as moved:
        assert contents(fl.evolve(resume="lost", garden=moved)) == contents(evolve())


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as Unix does")
def test_a_full_disk_ends_a_run_that_goes_on_once_there_is_room(garden: Garden) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    run = evolve(garden=garden, name="full")

    def fill_the_disk_meanwhile() -> None:
        for event in run:
            if isinstance(event, fl.Step) and event.number == 1:
                resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))

    try:
        with pytest.raises(fl.StorageError) as refused:
            fill_the_disk_meanwhile()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "room" in refused.value.hint
    assert contents(fl.evolve(resume="full", garden=garden)) == contents(evolve())


def test_a_run_waits_while_another_program_writes(tmp_path: Path, garden: Garden) -> None:
    other = sqlite3.connect(tmp_path / "garden.db", isolation_level=None, check_same_thread=False)
    release = threading.Timer(1, other.rollback)
    run = evolve(garden=garden, name="busy")
    for event in run:
        if isinstance(event, fl.Step) and event.number == 1:
            other.execute("BEGIN IMMEDIATE")
            release.start()
    release.join()
    other.close()
    assert contents(run) == contents(evolve())


def test_a_run_that_is_not_there_is_named(garden: Garden) -> None:
    with pytest.raises(fl.InputError, match="no run 'first'"):
        fl.evolve(resume="first", garden=garden)


@pytest.mark.slow
@pytest.mark.engine
def test_the_embedded_model_fills_an_archive(local: fl.BaseModel, garden: Garden) -> None:
    run = evolve(model=local, budget=16, garden=garden, sampling=fl.SamplingOptions(max_tokens=40))
    assert run.archive.qd_score > run.steps[0].qd_score - 1e-9
    assert run.completions == 16


@pytest.mark.engine
@pytest.mark.process
@pytest.mark.slow  # three times forty texts of the embedded model, and a process that loads it
@pytest.mark.skipif(sys.platform == "win32", reason="no process is killed like this")
@pytest.mark.parametrize("kind", ["poem", "picture", "prompt"])
def test_on_the_embedded_model_a_run_that_was_killed_goes_on_to_the_same_archive(
    local: fl.BaseModel, tmp_path: Path, kind: str
) -> None:
    settings: dict[str, Any] = {"kind": kind, "budget": 16, "seed": 1}
    if kind == "prompt":
        answers = tmp_path / "capitals.toml"
        answers.write_text('answers = [["France:", "Paris"]]\n', encoding="utf-8")
        settings |= {"quality": str(answers)}
    seeds = {
        "poem": [text.content for text in fl.library("imagists").texts[:6]],
        "picture": [text.content for text in fl.library("pictures").texts[:6]],
        "prompt": ["Name the capital of each country.", "What is the capital?", "Say its capital."],
    }[kind]
    place = tmp_path / "garden.db"
    kill(place, "1", seeds, {**settings, "model": "local", "max_tokens": 32})
    sampling = fl.SamplingOptions(max_tokens=32)
    whole = evolve(seeds=seeds, model=local, sampling=sampling, **settings).finish()
    with fl.open_garden(place) as garden:
        assert garden.runs.get("killed").state == "interrupted"
        resumed = fl.evolve(resume="killed", garden=garden, model=local)
        assert contents(resumed) == contents(whole)
        assert len(resumed.archive) > 1
        assert resumed.completions == 16
        assert garden.verify() == []


def test_fl_evolve_says_the_defaults_of_a_run() -> None:
    said, its = (inspect.signature(each).parameters for each in (fl.evolve, opening.begin))
    same = (said.keys() & its.keys()) - {"seeds", "budget"}  # a resumed run has its own
    assert {"emitter", "parents", "batch", "archive", "patience"} <= same
    assert [name for name in same if said[name].default != its[name].default] == []


def test_an_archive_spans_what_texts_of_the_kind_are(tmp_path: Path) -> None:
    run = fl.evolve(fl.library("animals").texts, budget=16, seed=1, model="echo")
    assert [(axis.name, axis.high) for axis in run.plan.axes] == [("letters", 16), ("syllables", 8)]
    assert run.archive.coverage > 0.07  # in the range of poems they fill two cells of a hundred
    own = tmp_path / "letters.toml"
    own.write_text('words = ["fox", "owl"]\n', encoding="utf-8")
    run = fl.evolve(
        fl.library("animals").texts,
        measures=[str(own), "syllables"],
        budget=8,
        seed=1,
        model="echo",
    )
    assert [axis.high for axis in run.plan.axes] == [1, 8]
