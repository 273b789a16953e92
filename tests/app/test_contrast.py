"""The same prompt to a base model and to an instruct model."""

from __future__ import annotations

import pytest

from flourishing import errors, sync
from flourishing.app.contrast import contrast
from flourishing.core.sampling import SamplingOptions
from tests.conftest import ScriptedModel
from tests.talker import describe, talking

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
