"""Continuing a raw prompt: where a list was seen, every answer is one item of it.

Also: the same prompt to a base model and to an instruct model.
"""

from __future__ import annotations

import pytest

from flourishing import app, errors, sync
from flourishing.app.complete import contrast
from flourishing.core.sampling import SamplingOptions
from flourishing.errors import EngineError
from flourishing.patterns import PATTERNS
from tests.conftest import ScriptedModel
from tests.talker import describe, talking

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


PROMPT = "1 2 3 4 5"
ANSWER = "It seems like you're listing numbers sequentially."

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def own_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLOURISHING_API_KEY", raising=False)
    monkeypatch.setenv("PLANTED_KEY", "sk-planted")


def test_both_halves_come_as_many_as_were_asked_for() -> None:
    model = ScriptedModel([" 6 7 8", " 6, 7"])
    with talking(lambda *_: [ANSWER]) as talker:
        found = sync.run(contrast(PROMPT, base=model, instruct_model=f"{talker.base}#m", n=2))
    assert found.base == (" 6 7 8", " 6, 7")
    assert found.instruct == (ANSWER, ANSWER)
    assert found.trouble is None
    assert found.base_model == "scripted"
    assert found.instruct_model == f"{talker.base}#m"


def test_the_settings_go_to_both() -> None:
    model = ScriptedModel([" 6"])
    with talking(lambda *_: [ANSWER]) as talker:
        describe("instruct", talker)
        sampling = SamplingOptions(max_tokens=9, temperature=0.25)
        sync.run(contrast(PROMPT, base=model, sampling=sampling, seed=5))
    (body,) = talker.bodies("/chat/completions")
    assert (body["max_tokens"], body["temperature"], body["seed"]) == (9, 0.25, 5)
    assert model.calls[0].sampling.max_tokens == 9
    assert model.calls[0].seed == 5


def test_without_an_instruct_model_the_base_half_still_comes() -> None:
    found = sync.run(contrast(PROMPT, base=ScriptedModel([" 6"])))
    assert found.base == (" 6",)
    assert found.instruct == ()
    assert found.instruct_model == ""
    assert isinstance(found.trouble, errors.NoInstructModelError)
    assert "--instruct" in found.trouble.hint
    assert "[models.instruct]" in found.trouble.hint


def test_an_instruct_model_that_fails_takes_nothing_from_the_base_half() -> None:
    with talking(lambda *_: (402, {"error": "no money"})) as talker:
        found = sync.run(
            contrast(PROMPT, base=ScriptedModel([" 6"]), instruct_model=f"{talker.base}#m")
        )
    assert found.base == (" 6",)
    assert isinstance(found.trouble, errors.NoMoneyError)


def test_a_base_model_that_fails_is_an_error() -> None:
    failing = ScriptedModel([errors.EngineError("It broke.", hint="Try again.")])
    with talking(lambda *_: [ANSWER]) as talker, pytest.raises(errors.EngineError):
        sync.run(contrast(PROMPT, base=failing, instruct_model=f"{talker.base}#m"))
