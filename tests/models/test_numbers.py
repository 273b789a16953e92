"""Log-probabilities that are none: left out, or one clear error, and never a failure of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing import errors, sync
from flourishing.core.sampling import Sampling
from flourishing.models import probing
from flourishing.models.endpoint import Endpoint
from flourishing.models.endpoint.openai import OPENAI
from flourishing.models.endpoint.tokens import _logprob, top_logprobs, written_tokens
from flourishing.models.protocol import Completion, TokenLogprob
from flourishing.settings import NamedModel
from tests.models.conftest import KEY
from tests.talker import Refusal, Talker, talking

BAD: dict[str, Any] = {
    "null": None,
    "text": "-0.5",
    "nan": float("nan"),
    "infinite": float("-inf"),
    "truth": True,
    "list": [-0.5],
    "share": 0.5,
    "huge": 10**400,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda each: (
        st.lists(each, max_size=3)
        | st.dictionaries(
            st.sampled_from(["content", "top_logprobs", "token", "logprob", "bytes", "x"]), each
        )
    ),
    max_leaves=20,
)


def model(talker: Talker) -> Endpoint:
    return Endpoint(NamedModel(endpoint=talker.base, model="m"))


def saying(logprobs: Any) -> Callable[[str, dict[str, Any]], Refusal]:
    return lambda *_: (200, {"choices": [{"index": 0, "text": "", "logprobs": logprobs}]})


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
def test_a_next_token_without_a_number_is_left_out(bad: Any) -> None:
    for logprobs in (
        {"top_logprobs": [{" 6": -0.25, " 7": bad}]},
        {
            "content": [
                {
                    "top_logprobs": [
                        {"token": " 6", "logprob": -0.25, "bytes": [32, 54]},
                        {"token": " 7", "logprob": bad},
                    ]
                }
            ]
        },
    ):
        with talking(saying(logprobs)) as talker:
            found = sync.run(model(talker).next_token("1 2 3 4 5", k=5))
        assert found == (TokenLogprob(" 6", -0.25),)


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
def test_a_text_of_which_a_token_has_no_number_is_an_error_that_says_so(bad: Any) -> None:
    logprobs = {"tokens": ["1 2", " 3"], "token_logprobs": [None, bad]}
    with talking(saying(logprobs)) as talker:
        asked = model(talker)
        with pytest.raises(errors.EngineError, match="log-probability of ' 3'"):
            sync.run(asked.logprobs("1 2", [" 3"]))
        # It does echo: one bad number says nothing of the next text.
        assert asked.capabilities.scores_echo is not False


@pytest.mark.parametrize(
    "raw", [[256], [-1], ["a"], [None], 5, 10**9, "ab", {"a": 1}, [32, 0xF0, 0x9F]]
)
def test_broken_bytes_of_a_token_are_no_failure(raw: Any) -> None:
    entry = {"token": " 6", "logprob": -0.25, "bytes": raw}
    with talking(saying({"content": [{"top_logprobs": [entry]}]})) as talker:
        (found,) = sync.run(model(talker).next_token("1 2 3 4 5", k=5))
    assert found.logprob == -0.25
    assert found.token.startswith(" ")


@pytest.mark.parametrize(
    "logprobs",
    [None, [], {}, "no", {"content": [None]}, {"content": [{}]}, {"top_logprobs": [None]}, 7],
)
def test_no_numbers_at_all_are_a_clear_error(logprobs: Any) -> None:
    with talking(saying(logprobs)) as talker:
        with pytest.raises(errors.EngineError, match="no log-probabilities"):
            sync.run(model(talker).next_token("1 2 3", k=5))
        with pytest.raises(errors.EngineError, match="log-probabilit"):
            sync.run(model(talker).logprobs("1 2", [" 3"]))


@given(JSON)
def test_whatever_stands_where_numbers_should_is_read_or_left_out(value: Any) -> None:
    for found in top_logprobs({"logprobs": value}):
        assert isinstance(found.token, str)
        assert found.logprob <= 0


@given(st.floats(max_value=0, allow_nan=False, allow_infinity=False))
def test_a_log_probability_is_read_as_it_is(value: float) -> None:
    assert _logprob(json.loads(json.dumps(value))) == value


def test_a_key_among_the_next_tokens_is_hidden() -> None:
    tops = {f" {KEY}": -0.5, " 6": -0.25}
    with talking(saying({"top_logprobs": [tops]})) as talker:
        keyed = Endpoint(NamedModel(endpoint=talker.base, model="m", key_env="PLANTED_KEY"))
        found = sync.run(keyed.next_token("1 2 3 4 5", k=5))
    assert [each.token for each in found] == [" 6", " …"]


def test_a_text_that_comes_in_half_is_asked_for_again() -> None:
    def half_at_first(_path: str, body: dict[str, Any]) -> Refusal:
        whole = {"tokens": ["1 2", " 3"], "token_logprobs": [None, -0.5]}
        return 200, {"choices": [{"index": 0, "text": "", "logprobs": whole}]}

    with talking(half_at_first, halves=1) as talker:
        (score,) = sync.run(model(talker).logprobs("1 2", [" 3"]))
    assert score.logprob == -0.5
    assert len(talker.asked) == 2


@pytest.mark.parametrize("fails", [(500, {"error": "x"}), (418, {"error": "a teapot"})])
def test_a_probe_ends_with_what_it_has(
    fails: Refusal, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOURISHING_CACHE", str(tmp_path))

    def from_the_third(_path: str, _body: dict[str, Any]) -> list[str] | Refusal:
        return fails if len(talker.asked) > 2 else ["wolf|", "owl|"][: _body.get("n", 1)]

    with talking(from_the_third) as talker:
        found = sync.run(probing.probe(model(talker)))
    assert found.findings["n"].holds is True
    assert found.findings["seed"].holds is None
    assert "it failed" in found.findings["seed"].saw
    assert found.nature is None


def test_an_error_instead_of_numbers_is_told_as_what_it_is() -> None:
    body = {"error": {"message": "CUDA error", "type": "server_error"}}
    with talking(lambda *_: (200, body)) as talker:
        for work in (model(talker).next_token("1 2", k=3), model(talker).logprobs("1 2", [" 3"])):
            with pytest.raises(errors.ServerError, match="CUDA error"):
                sync.run(work)


def test_a_count_of_tokens_that_no_request_has_is_not_believed() -> None:
    usage = {"prompt_tokens": 10**30, "completion_tokens": 7}
    counts = OPENAI.read({"choices": [], "usage": usage}).counts
    assert counts is not None
    assert (counts.prompt, counts.completion) == (0, 7)


# Of what is written.


def write(talker: Talker) -> Completion:
    """Have one completion written, and give it."""
    asked = model(talker)

    async def completed() -> Completion:
        events = asked.complete("1 2", n=1, sampling=Sampling(max_tokens=9), stop=("|",), seed=1)
        async with aclosing(events):
            (found,) = [event async for event in events if isinstance(event, Completion)]
            return found

    return sync.run(completed())


def whole(text: str, logprobs: Any) -> Callable[[str, dict[str, Any]], Refusal]:
    choice = {"index": 0, "text": text, "logprobs": logprobs, "finish_reason": "stop"}
    return lambda *_: (200, {"choices": [choice]})


FORMS: list[Any] = [
    {"tokens": [" 3", " 4", "|", " 5"], "token_logprobs": [-0.5, -1, -2, -3]},
    {
        "content": [
            {"token": word, "logprob": number}
            for word, number in ((" 3", -0.5), (" 4", -1), ("|", -2), (" 5", -3))
        ]
    },
]


@pytest.mark.parametrize("form", FORMS, ids=["tokens", "content"])
def test_the_numbers_of_what_is_written_are_taken_up_to_its_end(form: Any) -> None:
    with talking(whole(" 3 4| 5", form)) as talker:
        completion = write(talker)
    assert completion.text == " 3 4"
    assert completion.logprobs == (TokenLogprob(" 3", -0.5), TokenLogprob(" 4", -1))


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
def test_a_written_token_without_a_number_leaves_them_open(bad: Any) -> None:
    form = {"tokens": [" 3"], "token_logprobs": [bad]}
    with talking(whole(" 3", form)) as talker:
        assert write(talker).logprobs is None


@given(JSON)
def test_whatever_stands_there_is_no_failure(value: Any) -> None:
    assert all(token.logprob <= 0 for token in written_tokens({"logprobs": value}))
