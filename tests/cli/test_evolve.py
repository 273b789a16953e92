"""`flourishing evolve` and `flourishing runs`."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from flourishing.garden import open_garden
from tests.cli.conftest import Ask, Refuse
from tests.marks import first_cases, slow_cases

AXES = ("--measure", "lines", "--measure", "mean-word-length", "--quality", "distinct-2")
FIRST = ("evolve", "--from", "imagists", *AXES, "--seed", 1, "--model", "echo")


def test_a_run_is_evolved_and_shown(ask: Ask) -> None:
    said = ask(*FIRST, "--budget", 20, "--name", "first")
    assert "first: done. The budget is used up: 20 completions." in said.out
    assert "of 100 cells (lines × mean-word-length), by distinct-2" in said.out
    assert said.err.count("completions") == 4
    assert "QD score" in said.err
    assert "left" in said.err
    shown = ask("runs", "show", "first", "--json").json
    assert shown["completions"] == 20
    assert shown["qd_score"] > 0
    assert 0 < shown["coverage"] < 1
    assert len(shown["texts"]) == shown["kept"]
    assert [step["completions"] for step in shown["history"]] == [0, 8, 16, 20]
    assert "first: done" in ask("runs", "show", "first").out


@pytest.mark.slow
def test_a_text_says_that_a_machine_kept_it(ask: Ask) -> None:
    kept = ask(*FIRST, "--budget", 8, "--name", "first", "--json").json["best"]["id"]
    assert "Kept by a machine, in the run “first”" in ask("garden", "show", kept).out


@pytest.mark.slow
def test_a_run_is_resumed_with_a_larger_budget(ask: Ask) -> None:
    ask(*FIRST, "--budget", 16, "--name", "short")
    whole = ask(*FIRST, "--budget", 32, "--name", "whole", "--json").json
    resumed = ask("evolve", "--resume", "short", "--budget", 32, "--json").json
    assert resumed["completions"] == 32
    for number in ("qd_score", "coverage", "kept"):
        assert resumed[number] == whole[number]


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="no process is killed like this")
@pytest.mark.parametrize("by", ["SIGKILL", *slow_cases(["SIGTERM"])])
def test_a_run_that_is_ended_from_outside_is_resumed(ask: Ask, by: str) -> None:
    words = [sys.executable, "-m", "flourishing", *map(str, FIRST), "--budget", "80"]
    process = subprocess.Popen([*words, "--name", "left"], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("16 completions"):
            process.send_signal(getattr(signal, by))
            break
    rest = process.stderr.read()
    process.wait()
    process.stderr.close()
    if by == "SIGTERM":
        assert "flourishing evolve --resume left" in rest
        assert process.returncode == 128 + signal.SIGTERM
    (listed,) = ask("runs", "list", "--json").json
    state = {"SIGTERM": "stopped", "SIGKILL": "interrupted"}[by]
    assert (listed["state"], ask("runs", "show", "left", "--json").json["state"]) == (state, state)
    whole = ask(*FIRST, "--budget", 80, "--name", "whole", "--json").json
    resumed = ask("evolve", "--resume", "left", "--json").json
    assert resumed["completions"] == 80
    assert resumed["qd_score"] == whole["qd_score"]
    assert resumed["coverage"] == whole["coverage"]


@pytest.mark.slow
def test_runs_are_listed_and_compared(ask: Ask) -> None:
    assert "no runs yet" in ask_after_adding(ask, "runs", "list")
    ask(*FIRST, "--budget", 8, "--name", "near", "--emitter", "near")
    ask(*FIRST, "--budget", 16, "--name", "fixed", "--emitter", "fixed")
    listed = ask("runs", "list", "--json").json
    assert [(run["name"], run["completions"]) for run in listed] == [("fixed", 16), ("near", 8)]
    assert ask("runs", "list").out.splitlines()[0].split()[:3] == ["name", "state", "kind"]
    compared = ask("runs", "compare", "near", "fixed", "--json").json
    assert compared["completions"] == 8
    assert [run["completions"] for run in compared["runs"]] == [8, 8]
    assert "At 8 completions:" in ask("runs", "compare", "near", "fixed").out


def ask_after_adding(ask: Ask, *words: Any) -> str:
    ask("garden", "add", "fog")
    return ask(*words).out


@pytest.mark.slow
def test_archives_that_differ_are_said_to(ask: Ask) -> None:
    ask(*FIRST, "--budget", 8, "--name", "coarse", "--bins", 4)
    ask(*FIRST, "--budget", 8, "--name", "cvt", "--archive", "cvt")
    assert "cannot be compared" in ask("runs", "compare", "coarse", "cvt").err


@pytest.mark.parametrize("form", ["svg", *slow_cases(["png"])])
@pytest.mark.parametrize("archive", ["grid", "novelty"])
def test_a_run_is_drawn_as_a_map(ask: Ask, tmp_path: Path, form: str, archive: str) -> None:
    ask(*FIRST, "--budget", 8, "--name", "drawn", "--archive", archive)
    path = tmp_path / f"map.{form}"
    ask("runs", "plot", "drawn", "-o", path)
    if form == "png":
        with Image.open(path) as image:
            assert image.size == (1800, 920)
            assert len(image.getcolors(2**20) or ()) > 5
    else:
        svg = path.read_text(encoding="utf-8")
        assert svg.startswith("<svg")
        shown = ask("runs", "show", "drawn", "--json").json
        assert svg.count("<title>") == shown["kept"]


def test_texts_of_a_map_are_escaped(ask: Ask, tmp_path: Path) -> None:
    ask("evolve", "<b>a & b</b>", "c\x01d\ne", "--budget", 8, "--name", "odd", "--model", "echo")
    ask("runs", "plot", "odd", "-o", tmp_path / "map.svg")
    svg = (tmp_path / "map.svg").read_text(encoding="utf-8")
    assert "<b>" not in svg
    assert "\x01" not in svg


def test_texts_of_a_file_are_seeds(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "poems.txt"
    path.write_text("red sun\nlow\n---\nblue moon\nhigh\n", encoding="utf-8")
    shown = ask("evolve", "--from", path, "--budget", 8, "--model", "echo", "--json").json
    assert shown["kind"] == "poem"
    with open_garden() as garden:
        seeds = garden.runs.steps(garden.runs.get("poem-1").id)[0].texts
    assert [text.content for text in seeds] == ["red sun\nlow", "blue moon\nhigh"]


def test_measures_are_listed_with_their_ranges(ask: Ask) -> None:
    assert "mean-word-length   2 to 7 letters" in ask("runs", "measures").out
    assert {each["name"] for each in ask("runs", "measures", "--json").json} > {"rhyme", "taste"}


@pytest.mark.parametrize(
    ("words", "message"),
    first_cases(
        4,
        [
            (("evolve", "--measure", "beauty"), "There is no measure 'beauty'"),
            (("evolve", "--budget", 0), "budget of 0"),
            (("evolve", "--minutes", 0), "budget of 0 minutes"),
            (("evolve", "--minutes", "nan"), "--minutes cannot be nan"),
            (("evolve", "--bins", 0), "parts"),
            (("evolve", "--measure", "lines", "--measure", "lines"), "twice"),
            (("evolve", "--kind", "refinement"), "chains"),
            (("evolve", "--resume", "never"), "no run 'never'"),
            (("evolve", "--resume", "a", "--measure", "lines"), "--resume goes on"),
            (("evolve", "fog", "--from", "imagists"), "not both"),
            (("runs", "show", "never"), "no run 'never'"),
        ],
    ),
)
def test_what_cannot_be_is_refused(
    ask: Ask, refuse: Refuse, words: tuple[Any, ...], message: str
) -> None:
    ask("garden", "add", "fog")
    assert message in refuse(*words)


def test_a_name_that_is_taken_is_refused_and_nothing_came_of_it(ask: Ask, refuse: Refuse) -> None:
    named = (*FIRST, "--budget", 1, "--name", "first")
    ask(*named)
    said = refuse(*named)
    assert "There is a run 'first' already" in said
    assert "It came to" not in said


@pytest.mark.slow
def test_a_picture_of_another_form_is_refused(ask: Ask, refuse: Refuse, tmp_path: Path) -> None:
    ask(*FIRST, "--budget", 8, "--name", "first")
    assert ".svg or .png" in refuse("runs", "plot", "first", "-o", tmp_path / "map.gif")
