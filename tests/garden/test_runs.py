"""What a garden keeps of runs, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.garden import Garden
from flourishing.garden.runs import Judged
from tests.garden.broods import DOVE, FOG, SEA, bred
from tests.marks import on_both_databases


def test_a_run_is_read_back_as_it_was_written(garden: Garden) -> None:
    (fog, sea) = garden.add(FOG, SEA)
    run = garden.runs.begin("first", {"version": 1, "odd": "\0 ü"}, [fog, sea])
    begun = garden.runs.steps(run.id)
    assert [each.outcome for each in begun[0].judged] == ["seed", "seed"]
    found = [
        Judged(text=fog.id, place=0, outcome="new", quality=0.5, measures=(1.0, -2.5), cell=7),
        Judged(text=sea.id, place=1, outcome="unmeasured", note="it hangs \0"),
    ]
    garden.runs.tell(run.id, 0, found)
    costs = {"emitter": "near", "completions": 8, "tokens": 90, "seconds": 2.5, "writing": 2.0}
    saved = garden.runs.write(run.id, 1, bred([fog, sea]), **costs)  # type: ignore[arg-type]
    assert saved is not None
    garden.runs.write(run.id, 2, None, error="It burst.", **costs)  # type: ignore[arg-type]
    first, second, third = garden.runs.steps(run.id)
    assert list(first.judged) == found
    assert first.texts == (fog, sea)
    assert (first.told, second.told) == (True, False)
    assert second.brood == saved
    assert (third.brood, third.error, third.completions) == (None, "It burst.", 8)
    garden.runs.change(run.id, state="done", reason="All is used up.")
    (stored,) = garden.runs.all()
    assert (stored.state, stored.reason, stored.settings["odd"]) == (
        "done",
        "All is used up.",
        "\0 ü",
    )
    assert garden.runs.choices([fog.id, sea.id]) == {fog.id: ("first",)}
    assert garden.verify() == []


def test_a_step_is_written_once(garden: Garden) -> None:
    run = garden.runs.begin("first", {}, [*garden.add(FOG)])
    costs = {"emitter": "near", "completions": 8, "tokens": 0, "seconds": 0.0, "writing": 0.0}
    garden.runs.write(run.id, 1, None, **costs)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="goes on somewhere else"):
        garden.runs.write(run.id, 1, None, **costs)  # type: ignore[arg-type]


LOCKING = """
import sys
from flourishing.garden import open_garden
garden = open_garden(sys.argv[1])
lock = garden.runs.carry(1)
print("locked", flush=True)
sys.stdin.read()
"""


@on_both_databases
@pytest.mark.process
def test_a_run_is_interrupted_as_soon_as_the_process_that_carries_it_is_killed(
    garden: Garden, place: str
) -> None:
    run = garden.runs.begin("first", {}, [*garden.add(FOG)])
    assert run.state == "interrupted"  # nobody carries it yet
    words = [sys.executable, "-c", LOCKING, place]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        assert garden.runs.get("first").state == "running"
        with pytest.raises(InputError, match="goes on somewhere else"):
            garden.runs.carry(run.id)
        with pytest.raises(InputError, match="goes on in another process"):
            garden.runs.put(run.id, [Text(SEA)], emitter="you")
        process.kill()
    while garden.runs.get("first").state != "interrupted":  # a server notices it a moment later
        time.sleep(0.01)
    garden.runs.carry(run.id).release()


def test_what_a_person_keeps_of_a_run_is_found(garden: Garden) -> None:
    fog, sea = garden.add(FOG, SEA, keep=False)
    run = garden.runs.begin("first", {}, [fog, sea])
    assert garden.runs.picked(run.id) == []
    garden.keep(sea)
    assert [text.id for text in garden.runs.picked(run.id)] == [sea.id]
    assert garden.runs.free_name("poem") == "poem-1"


def test_an_answer_stands_until_another_or_until_a_text_of_it_is_emptied(garden: Garden) -> None:
    fog, sea, dove = garden.add(FOG, SEA, DOVE, keep=False)
    run = garden.runs.begin("first", {}, [fog, sea, dove]).id
    garden.likenesses.add(run, fog.id, sea.id, dove.id)
    garden.likenesses.add(run, dove.id, sea.id, fog.id)
    (answer,) = garden.likenesses.of_run(run)
    assert (answer.one, answer.two, answer.odd) == (dove, sea, fog)
    with pytest.raises(InputError, match="three different texts"):
        garden.likenesses.add(run, fog.id, fog.id, dove.id)
    garden.put_away(sea)
    garden.empty()
    assert garden.likenesses.of_run(run) == []
    assert garden.verify() == []
