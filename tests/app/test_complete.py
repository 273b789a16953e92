"""Continuing a raw prompt: where a list was seen, every answer is one item of it."""

from __future__ import annotations

import pytest

from flourishing import app, sync
from flourishing.errors import EngineError
from flourishing.patterns import PATTERNS
from tests.conftest import ScriptedModel

SEQUENCES = "1:2:3:4,z:y:x:w,ice:water:steam:"
ANALOGY = "drip:gush::dent:destroy, walk:legs::chew:"


def complete(prompt: str, model: ScriptedModel, n: int = 1) -> list[str]:
    return sync.run(app.complete(prompt, n, model=model, seed=1))


@pytest.mark.parametrize("prompt", [SEQUENCES, ANALOGY, "a=1; b=2; c=", "ice -> water\nsun ->"])
def test_where_items_have_links_the_link_stops_too(prompt: str) -> None:
    model = ScriptedModel(["plasma"])
    complete(prompt, model)
    link = next(link for link in (":", "=", "->") if prompt.endswith(link))
    assert link in model.calls[0].stop


def test_a_colon_with_its_blank_does_not_stop_a_time() -> None:
    model = ScriptedModel(["07:30"])
    assert complete("lunch: 12:30\ndinner: 19:00\nbreakfast:", model) == ["07:30"]


def test_an_answer_that_runs_on_over_the_link_is_cut_there() -> None:
    assert complete(SEQUENCES, ScriptedModel(["plasma:gas:ice"])) == ["plasma"]


def test_a_model_that_goes_on_with_a_separator_is_read_behind_it() -> None:
    model = ScriptedModel(["", "", "::\n, teeth::ears:"])
    assert complete(ANALOGY, model) == ["teeth"]
    assert model.calls[-1].stop == ()


def test_a_blank_answer_is_never_given_where_a_list_was_seen() -> None:
    model = ScriptedModel([""])
    with pytest.raises(EngineError, match="nothing in 3 of 3") as refusal:
        complete("|cat|dog|", model, 3)
    assert refusal.value.hint
    assert sum(call.n for call in model.calls) <= 9


def test_what_runs_on_freely_may_be_blank() -> None:
    assert complete("Once upon a time", ScriptedModel([""])) == [""]


@pytest.mark.parametrize(
    ("piped", "prompt"),
    [
        ("|cat|dog|\n", "|cat|dog|"),
        ("|cat|dog|", "|cat|dog|"),
        ("1 2 3 4 5\n", "1 2 3 4 5"),
        ("1 2 3 4 5\n\n", "1 2 3 4 5\n"),
        ("alaska:juneau, ohio:columbus, kansas:\n", "alaska:juneau, ohio:columbus, kansas:"),
        ("alaska:juneau\nohio:columbus\nkansas:\n", "alaska:juneau\nohio:columbus\nkansas:"),
        ("Q: why?\nQ: how?\nQ:\n", "Q: why?\nQ: how?\nQ:"),
        ("- cat\n- dog\n-\n", "- cat\n- dog\n-"),
        ("1. cat\n2. dog\n3.\n", "1. cat\n2. dog\n3."),
        ("cat / dog / bird /\n", "cat / dog / bird /"),
        ("cat\ndog\n", "cat\ndog\n"),
        ("a poem:\nx\n---\n", "a poem:\nx\n---\n"),
        ("a poem:\nx\n---\na poem:\n", "a poem:\nx\n---\na poem:\n"),
        ("a poem:\nx\n---\na poem:\n\n", "a poem:\nx\n---\na poem:\n"),
        ("a\n\nb\n\n", "a\n\nb\n\n"),
        ("x\n***\ny\n***\n", "x\n***\ny\n***\n"),
        ("Once upon a time\n", "Once upon a time"),
        ("\n", ""),
        ("", ""),
    ],
)
def test_of_a_piped_prompt_only_the_line_end_that_echo_adds_is_left_out(
    piped: str, prompt: str
) -> None:
    assert app.piped_prompt(piped) == prompt


def test_a_rendered_prompt_is_the_same_through_a_pipe_with_echo_and_without() -> None:
    items = ["a hen", "the rain"]
    for name in ("list", "poems", "quotes", "stories", "prompts", "lines", "refinements"):
        pattern = PATTERNS[name]
        prompt = pattern.render([["bad", "good"], items] if pattern.link else items)
        assert app.piped_prompt(prompt) == prompt
        if not prompt.endswith("\n"):
            assert app.piped_prompt(prompt + "\n") == prompt
