"""The calls of the post, as a person makes them at a Python prompt or in a notebook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

import flourishing as fl
from flourishing.core.sampling import Sampling, wave_seed
from flourishing.models import BaseModel, Event
from tests.conftest import ScriptedModel

ANIMALS = "|cat|elephant|rabbit|dog|"
POEMS = ["like the fox\nI run", "sometimes\nhidden from me"]


# Completing a prompt.


def test_without_a_number_one_completion_comes_as_a_string() -> None:
    assert isinstance(fl.base_model(ANIMALS, model="echo"), str)


@pytest.mark.parametrize("n", [1, 3, 20])
def test_with_a_number_exactly_so_many_come_as_a_list(n: int) -> None:
    texts = fl.base_model(ANIMALS, responses=n, model="echo", seed=1)
    assert isinstance(texts, list)
    assert len(texts) == n
    assert all(isinstance(text, str) for text in texts)


def test_the_stop_is_read_off_the_prompt() -> None:
    model = ScriptedModel(["wolf"])
    fl.base_model(ANIMALS, model=model)
    assert model.calls[0].stop == ("|", "\n")
    assert model.calls[0].sampling == Sampling(max_tokens=24)
    assert all("|" not in text for text in fl.base_model(ANIMALS, responses=9, model="echo"))


def test_where_no_pattern_can_be_seen_it_runs_on() -> None:
    model = ScriptedModel([" 6 7 8"])
    assert fl.base_model("1 2 3 4 5", model=model) == " 6 7 8"
    assert model.calls[0].stop == ()
    assert model.calls[0].sampling.max_tokens == 64


def test_an_empty_list_of_stops_lets_it_run_on() -> None:
    text = fl.base_model(ANIMALS, stop=[], model="echo", seed=1, max_tokens=120)
    assert "|" in text
    assert len(text) == 120


@pytest.mark.parametrize("stop", [",", [","], (",", ";")])
def test_a_stop_may_be_given_as_one_text_or_as_many(stop: str | Sequence[str]) -> None:
    model = ScriptedModel(["steam"])
    assert fl.base_model("ice:water:", stop=stop, model=model) == "steam"
    assert model.calls[0].stop == tuple(stop)


@pytest.mark.parametrize("stop", ["", [""], ["|", ""]])
def test_an_empty_stop_is_refused(stop: str | list[str]) -> None:
    with pytest.raises(fl.InputError, match="stop is empty") as refusal:
        fl.base_model(ANIMALS, stop=stop, model="echo")
    assert "stop=[]" in refusal.value.hint


def test_the_same_seed_gives_the_same_texts_and_another_seed_others() -> None:
    def ask(seed: int) -> list[str]:
        return fl.base_model(ANIMALS, responses=5, seed=seed, model="echo")

    assert ask(7) == ask(7)
    assert ask(7) != ask(8)


def test_without_a_seed_texts_differ_from_call_to_call() -> None:
    first, second = (fl.base_model(ANIMALS, responses=9, model="echo") for _ in range(2))
    assert first != second


def test_start_words_are_part_of_the_prompt_and_of_the_result() -> None:
    model = ScriptedModel(["lf"])
    assert fl.base_model(ANIMALS, responses=2, start="wo", model=model) == ["wolf", "wolf"]
    assert model.calls[0].prompt == ANIMALS + "wo"


def test_settings_of_the_sampling_are_passed_on() -> None:
    model = ScriptedModel(["wolf"])
    fl.base_model(
        ANIMALS, max_tokens=9, temperature=0.5, top_p=0.8, top_k=40, min_p=0.1, model=model
    )
    assert model.calls[0].sampling == Sampling(
        max_tokens=9, temperature=0.5, top_p=0.8, top_k=40, min_p=0.1
    )


def test_a_blank_example_is_asked_for_once_more() -> None:
    model = ScriptedModel(["", "wolf", " ", "owl", "frog"])
    assert fl.base_model(ANIMALS, responses=3, seed=4, model=model) == ["owl", "wolf", "frog"]
    assert [(call.n, call.seed) for call in model.calls] == [(3, 4), (2, wave_seed(4, 1))]


class Halving(ScriptedModel):
    """A model that gives half of what it is asked for."""

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: Sampling,
        stop: Sequence[str],
        seed: int,
        reproducible: bool = False,  # noqa: ARG002 - it always is
    ) -> AsyncGenerator[Event]:
        events = super().complete(prompt, n=n // 2, sampling=sampling, stop=stop, seed=seed)
        async for event in events:
            yield event


def test_a_model_that_gives_fewer_than_asked_is_made_up_for_or_is_an_error_in_words() -> None:
    model: BaseModel = Halving(["wolf", "owl", "frog", "hen"])
    try:
        texts = fl.base_model(ANIMALS, responses=4, model=model)
    except fl.FlourishingError:
        return
    assert len(texts) == 4


@pytest.mark.parametrize("responses", [0, -1, 1001])
def test_a_number_of_responses_that_cannot_be_is_refused(responses: int) -> None:
    with pytest.raises(fl.InputError, match=f"{responses:,} responses") as refusal:
        fl.base_model(ANIMALS, responses=responses, model="echo")
    assert refusal.value.hint


@pytest.mark.parametrize(("prompt", "start"), [("", ""), ("fog\ud800", ""), ("fog", "\udc00")])
def test_a_prompt_that_cannot_be_is_refused(prompt: str, start: str) -> None:
    with pytest.raises(fl.InputError) as refusal:
        fl.base_model(prompt, start=start, model="echo")
    assert refusal.value.hint


def test_a_stop_that_no_encoding_can_hold_is_refused() -> None:
    with pytest.raises(fl.InputError):
        fl.base_model("fog", stop=["\ud800"], model="echo")


@pytest.mark.parametrize("name", ["temperature", "top_p", "min_p"])
def test_a_setting_out_of_its_range_is_refused_by_name(name: str) -> None:
    with pytest.raises(fl.InputError, match=f"{name} cannot be -1"):
        fl.base_model(ANIMALS, model="echo", **{name: -1.0})  # type: ignore[call-overload]


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(fl.ModelNotFoundError, match="'gpt'"):
        fl.base_model(ANIMALS, model="gpt")


def test_the_configured_model_is_used_where_none_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLOURISHING_MODEL", "echo")
    assert fl.breed(POEMS, 1).model == "echo"


# In a notebook, whose event loop is running.


def test_everything_works_inside_a_running_event_loop() -> None:
    async def cell() -> tuple[int, int, int]:
        brood = fl.breed(POEMS, 2, model="echo", seed=1)
        texts = fl.base_model(ANIMALS, responses=3, model="echo")
        return len(brood), len(texts), len(fl.next_token("abc abd ab", k=2, model="echo"))

    assert asyncio.run(cell()) == (2, 3, 2)


def test_threads_may_breed_at_once() -> None:
    def ask(seed: int) -> list[str]:
        return [text.content for text in fl.breed(POEMS, 3, model="echo", seed=seed)]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, range(8))) == [ask(seed) for seed in range(8)]


# The prompts of the post.


def test_poems_are_formatted_as_the_post_has_them() -> None:
    assert fl.format_poems(POEMS) == (
        "a poem:\nlike the fox\nI run\n---\na poem:\nsometimes\nhidden from me\n---\na poem:\n"
    )


def test_refinements_put_the_worse_before_the_better_and_leave_the_last_open() -> None:
    prompt = fl.format_refinements([["a big hen", "a hen", "hen"], ["big dove", "dove"]])
    assert prompt == (
        "a poem:\na big hen\n\nbetter:\na hen\n\nbetter:\nhen\n---\n"
        "a poem:\nbig dove\n\nbetter:\ndove\n\nbetter:\n"
    )


def test_formatted_prompts_can_be_completed_at_once() -> None:
    poem = fl.base_model(fl.format_poems(POEMS), model="echo", seed=1)
    assert "---" not in poem
    chains = [["a big hen", "a hen"], ["big dove", "dove"]]
    version = fl.base_model(fl.format_refinements(chains), model="echo", seed=1)
    assert "better:" not in version


def test_a_poem_with_the_rule_in_it_is_refused() -> None:
    with pytest.raises(fl.TextError, match="Text 1"):
        fl.format_poems(["before\n---\nafter"])


# Log-probabilities.


def test_the_likeliest_next_tokens_come_first() -> None:
    tokens = fl.next_token("abababa", k=2, model="echo")
    assert [token.token for token in tokens] == ["b", "a"]
    assert tokens[0].logprob > tokens[1].logprob


def test_continuations_are_scored_in_their_order() -> None:
    scores = fl.logprobs("abababa", ["a", "b", ""], model="echo")
    assert [score.text for score in scores] == ["a", "b", ""]
    assert scores[0].logprob < scores[1].logprob < scores[2].logprob == 0


def test_fewer_than_one_next_token_is_refused() -> None:
    with pytest.raises(fl.InputError) as refusal:
        fl.next_token("abc", k=-1, model="echo")
    assert refusal.value.hint


def test_a_surrogate_is_refused_wherever_text_goes_in() -> None:
    with pytest.raises(fl.TextError):
        fl.next_token("\ud800", model="echo")
    with pytest.raises(fl.TextError):
        fl.logprobs("fog", ["\ud800"], model="echo")
