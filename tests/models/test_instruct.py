"""Asking an instruct model: the prompt alone goes to it, and exactly n answers come."""

from __future__ import annotations

import time
from typing import Any

import pytest

from flourishing import errors
from flourishing.core.sampling import Sampling, SamplingOptions
from flourishing.notebook.completing import instruct
from tests.models.conftest import KEY, no_pauses, own_keys
from tests.talker import Refusal, Talker, describe, talking

__all__ = ["no_pauses", "own_keys"]  # fixtures, used by name

PROMPT = "alaska:juneau, ohio:columbus, kansas:"
ANSWER = "The capital of Kansas is Topeka."
CHAT = "/chat/completions"

pytestmark = pytest.mark.timeout(60)


def answers(path: str, body: dict[str, Any]) -> list[str] | Refusal:
    """Answer as OpenAI's newer models do: they take no `max_tokens`."""
    assert path == "/v1/chat/completions"
    return [f"{ANSWER} ({body['seed']})" if "seed" in body else ANSWER]


def address(talker: Talker) -> str:
    return f"{talker.base}#m"


def test_the_prompt_goes_alone_and_one_answer_comes_as_a_string() -> None:
    with talking(answers) as talker:
        assert instruct(PROMPT, model=address(talker)) == ANSWER
    (body,) = talker.bodies(CHAT)
    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": PROMPT}],
        "max_tokens": 256,
    }


def test_exactly_n_come_each_with_a_seed_of_its_own() -> None:
    with talking(answers) as talker:
        said = instruct(PROMPT, model=address(talker), responses=5, seed=40, temperature=0.5)
    assert said == [f"{ANSWER} ({seed})" for seed in range(40, 45)]
    assert {body["temperature"] for body in talker.bodies(CHAT)} == {0.5}


def test_the_model_that_the_configuration_calls_instruct_is_asked_by_default() -> None:
    with talking(answers) as talker:
        describe("instruct", talker, "extra_body = {top_p = 0.5}")
        assert instruct(PROMPT, responses=2) == [ANSWER, ANSWER]
    assert set(talker.keys) == {f"Bearer {KEY}"}
    assert talker.bodies(CHAT)[0]["top_p"] == 0.5


def test_no_more_are_under_way_at_once_than_the_configuration_allows() -> None:
    def slowly(*_: object) -> list[str]:
        time.sleep(0.02)  # as long as others could come in between
        return [ANSWER]

    with talking(slowly) as talker:
        describe("instruct", talker, "parallel = 2")
        assert len(instruct(PROMPT, responses=8)) == 8
    assert talker.together == 2


def test_the_key_of_the_environment_is_for_a_model_that_is_named_by_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLOURISHING_API_KEY", "sk-of-the-environment")
    with talking(answers) as talker:
        instruct(PROMPT, model=address(talker))
        describe("instruct", talker, key=False)
        instruct(PROMPT)
    assert talker.keys == ["Bearer sk-of-the-environment", ""]


def test_the_sampling_gives_the_two_settings_that_an_instruct_model_has() -> None:
    sampling = Sampling(max_tokens=9, temperature=0.5)
    with talking(answers) as talker:
        instruct(PROMPT, model=address(talker), sampling=sampling)
        instruct(PROMPT, model=address(talker), sampling=sampling, temperature=0.25)
        first, second = talker.bodies(CHAT)
        assert (first["max_tokens"], first["temperature"]) == (9, 0.5)
        assert (second["max_tokens"], second["temperature"]) == (9, 0.25)
        with pytest.raises(errors.InputError, match=r"cannot be asked with dry 0\.8") as refusal:
            instruct(PROMPT, model=address(talker), sampling=SamplingOptions(dry=0.8))
        assert "max_tokens and temperature" in refusal.value.hint


@pytest.mark.parametrize("refused", ["max_tokens", "temperature", "seed"])
def test_what_newer_models_do_not_take_is_said_otherwise_or_left_out(refused: str) -> None:
    def choosy(path: str, body: dict[str, Any]) -> list[str] | Refusal:
        if refused in body:
            other = " Use 'max_completion_tokens' instead." if refused == "max_tokens" else ""
            return 400, {"error": {"message": f"Unsupported: '{refused}'.{other}"}}
        return [ANSWER]

    with talking(choosy) as talker:
        assert instruct(PROMPT, model=address(talker), seed=1, temperature=1.0) == ANSWER
    last = talker.bodies(CHAT)[-1]
    assert refused not in last
    assert last.get("max_completion_tokens") == (256 if refused == "max_tokens" else None)


def test_other_refusals_are_told() -> None:
    refusing = talking(lambda *_: (400, {"error": {"message": "The moon is wrong"}}))
    with refusing as talker, pytest.raises(errors.EndpointError, match="The moon is wrong"):
        instruct(PROMPT, model=address(talker))


def test_a_server_that_fails_once_or_is_asked_too_often_is_asked_again() -> None:
    for status in (500, 429):

        def failing(path: str, body: dict[str, Any], status: int = status) -> list[str] | Refusal:
            return [ANSWER] if len(talker.asked) > 1 else (status, {"error": "busy"})

        with talking(failing) as talker:
            assert instruct(PROMPT, model=address(talker)) == ANSWER


def test_a_wait_is_said_where_a_person_sees_it(capsys: pytest.CaptureFixture[str]) -> None:
    def limiting(*_: object) -> list[str] | Refusal:
        return [ANSWER] if len(talker.asked) > 1 else (429, {"error": "busy"})

    with talking(limiting) as talker:
        assert instruct(PROMPT, model=address(talker)) == ANSWER
    assert "answered 429: busy. 1 s …" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"choices": []}, "conversations"),
        ({"choices": [{"text": "a completion"}]}, "conversations"),
        ({"choices": [{"message": {"content": None}}]}, "conversations"),
        ({"choices": [{"message": {"content": ""}, "finish_reason": "length"}]}, "max_tokens"),
        ([], "conversations"),
    ],
)
def test_an_answer_without_words_is_an_error(body: Any, hint: str) -> None:
    wordless = talking(lambda *_: (200, body))
    with wordless as talker, pytest.raises(errors.AnswerError) as caught:
        instruct(PROMPT, model=address(talker))
    assert hint in caught.value.hint


def test_a_server_that_keeps_one_waiting_is_too_slow() -> None:
    def slowly(*_: object) -> list[str]:
        time.sleep(1)
        return [ANSWER]

    with talking(slowly) as talker:
        describe("instruct", talker, "timeouts = {first_token = 0.1}")
        with pytest.raises(errors.TooSlowError) as caught:
            instruct(PROMPT)
    assert "first_token" in caught.value.hint


def test_an_answer_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "To"}, {"type": "image"}, {"type": "text", "text": "peka"}]
    with talking(lambda *_: (200, {"choices": [{"message": {"content": parts}}]})) as talker:
        assert instruct(PROMPT, model=address(talker)) == "Topeka"


@pytest.mark.parametrize("name", ["local", "echo"])
def test_a_model_without_an_address_is_none_to_talk_to(name: str) -> None:
    with pytest.raises(errors.InputError, match="not behind an address"):
        instruct(PROMPT, model=name)


def test_a_name_that_nobody_gave_is_told_with_what_to_do() -> None:
    with pytest.raises(errors.ModelNotFoundError) as caught:
        instruct(PROMPT)
    assert "configuration" in caught.value.hint


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompt": " "},
        {"prompt": "\ud800"},
        {"responses": 0},
        {"responses": 101},
        {"max_tokens": 0},
        {"temperature": -1},
        {"temperature": float("nan")},
        {"seed": -1},
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_sent(wrong: dict[str, Any]) -> None:
    with talking(answers) as talker:
        given = {"prompt": PROMPT, "model": address(talker)} | wrong
        with pytest.raises(errors.InputError):
            instruct(given.pop("prompt"), **given)
    assert talker.asked == []


def test_a_key_that_the_server_repeats_is_not_shown() -> None:
    refusing = talking(lambda *_: (401, {"error": {"message": f"wrong: {talker.keys[-1]}"}}))
    with refusing as talker:
        describe("instruct", talker)
        with pytest.raises(errors.AuthError) as caught:
            instruct(PROMPT)
    assert "wrong: Bearer …" in str(caught.value)
    assert KEY not in f"{caught.value}{caught.value.hint}"


def test_an_error_instead_of_an_answer_is_told_as_what_it_is() -> None:
    body = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    with talking(lambda *_: (200, body)) as talker:
        with pytest.raises(errors.NoMoneyError, match="exceeded your current quota"):
            instruct(PROMPT, model=address(talker))
        assert len(talker.asked) == 1
