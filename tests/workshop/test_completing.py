"""Continuing a raw prompt: where a list was seen, every answer is one item of it."""

from __future__ import annotations

import pytest

from flourishing import bridge, workshop
from flourishing.errors import EngineError
from tests.conftest import ScriptedModel

SEQUENCES = "1:2:3:4,z:y:x:w,ice:water:steam:"
ANALOGY = "drip:gush::dent:destroy, walk:legs::chew:"


def complete(prompt: str, model: ScriptedModel, n: int = 1) -> list[str]:
    return bridge.run(workshop.complete(prompt, n, model=model, seed=1))


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
