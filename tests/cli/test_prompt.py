"""`flourishing prompt`."""

from __future__ import annotations

from pathlib import Path

import pytest

import flourishing as fl
from flourishing.garden import open_garden
from tests.cli.conftest import Ask, Refuse

ECHO = ("--model", "echo")
OPPOSITE = "The opposite of {input} is"


def test_it_lists_the_tasks(ask: Ask) -> None:
    told = ask("prompt", "tasks")
    assert "antonyms    Opposites: hot is to cold as up is to down (32)" in told.out
    assert "Your own go into" in told.err
    table = ask("prompt", "tasks", "--json").json
    assert table[0]["examples"][0] == ["hot", "cold"]


def test_it_prints_a_figure_and_answers_for_each_prompt(ask: Ask) -> None:
    told = ask("prompt", "measure", OPPOSITE, "", "--task", "antonyms", "--show", 2, *ECHO).out
    assert OPPOSITE in told
    assert "(no prompt)" in told
    assert " a token; the right answer first for " in told
    assert told.count("hot → ") == 2


def test_the_best_comes_first_and_held_out_inputs_are_others(ask: Ask) -> None:
    words = ("prompt", "measure", OPPOSITE, "{input}?", "--task", "antonyms", *ECHO, "--json")
    training, held_out = ask(*words).json, ask(*words, "--held-out").json
    figures = [each["logprob"] for each in training]
    assert figures == sorted(figures, reverse=True)
    shown = {each["input"] for each in training[0]["inputs"]}
    assert shown.isdisjoint(each["input"] for each in held_out[0]["inputs"])


def test_hand_written_prompts_and_numbers_of_texts_are_measured(ask: Ask, tmp_path: Path) -> None:
    with open_garden() as garden:
        stored = garden.add("{input} and not")
    task = tmp_path / "mine.tsv"
    task.write_text("hot\tcold\nup\tdown\n")
    told = ask("prompt", "measure", str(stored[0].id), "--task", task, *ECHO).out
    assert told.startswith("{input} and not\n")
    by_hand = ask("prompt", "measure", "--task", "plurals", "--by-hand", *ECHO, "--json").json
    assert {each["prompt"] for each in by_hand} == set(fl.prompt_task("plurals").by_hand)


def test_a_prompt_that_gives_answers_away_is_said_to(ask: Ask, tmp_path: Path) -> None:
    task = tmp_path / "mine.tsv"
    task.write_text("hot\tcold\nup\tdown\nin\tout\n")
    told = ask("prompt", "measure", "hot: cold, {input}:", "--task", task, *ECHO)
    assert "gives the answer away: hot" in told.err
    told = ask("prompt", "measure", "hot cold in out {input}", "--task", task, *ECHO)
    assert "It gives all answers away." in told.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--task", "antonyms"), "There is no prompt to measure."),
        (("{input}", "--task", "opposites"), "There is no task 'opposites'."),
        (("{input}", "--task", "none.tsv"), "There is no file at 'none.tsv'."),
    ],
)
def test_what_cannot_be_measured_is_refused(
    refuse: Refuse, words: tuple[str, ...], message: str
) -> None:
    assert message in refuse("prompt", "measure", *words, *ECHO)
