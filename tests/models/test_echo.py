"""The echo model: a true probabilistic model of its prompt, and always the same."""

from __future__ import annotations

import math
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flourishing as fl
from flourishing import sync
from flourishing.core.sampling import Sampling
from flourishing.errors import PromptTooLongError
from flourishing.models import Completion, Reading
from flourishing.models.echo import EchoModel

ECHO = EchoModel()
TWICE = "the fog comes on little cat feet, the fog comes on little cat feet, "


async def completed(
    prompt: str, sampling: Sampling, stop: tuple[str, ...], n: int, seed: int
) -> list[Completion]:
    events = ECHO.complete(prompt, n=n, sampling=sampling, stop=stop, seed=seed)
    async with aclosing(events):
        return [event async for event in events if isinstance(event, Completion)]


def complete(
    prompt: str,
    sampling: Sampling | None = None,
    stop: tuple[str, ...] = (),
    n: int = 1,
    seed: int = 0,
) -> list[Completion]:
    return sync.run(completed(prompt, sampling or Sampling(max_tokens=40), stop, n, seed))


def test_it_says_its_prompt_again() -> None:
    (said,) = complete("abcabcabc", Sampling(max_tokens=9, temperature=0))
    assert said.text == "abcabcabc"


def test_it_needs_no_loading() -> None:
    sync.run(ECHO.load())
    assert ECHO.ready


def test_it_ends_where_the_texts_of_its_prompt_end() -> None:
    said = complete("|cat|dog|", stop=("|",), n=20)
    assert {each.finish for each in said} == {"stop"}
    assert {each.text for each in said} & {"cat", "dog"}


def test_every_completion_has_a_seed_of_its_own_that_gives_it_again() -> None:
    for each in complete(TWICE, n=4, seed=100):
        (again,) = complete(TWICE, seed=each.seed)
        assert again.text == each.text


def test_of_an_empty_prompt_it_has_nothing_to_say() -> None:
    assert [each.text for each in complete("", n=2)] == ["", ""]


def test_top_k_of_one_takes_the_likeliest() -> None:
    greedy, top = Sampling(max_tokens=30, temperature=0), Sampling(max_tokens=30, top_k=1)
    assert complete(TWICE, greedy)[0].text == complete(TWICE, top)[0].text


def test_a_small_top_p_takes_the_likeliest() -> None:
    greedy, top = Sampling(max_tokens=30, temperature=0), Sampling(max_tokens=30, top_p=0.01)
    assert complete(TWICE, greedy)[0].text == complete(TWICE, top)[0].text


def test_a_high_min_p_is_tamer_than_none() -> None:
    def varieties(min_p: float) -> int:
        sampling = Sampling(max_tokens=1, min_p=min_p)
        return len({each.text for each in complete(TWICE, sampling, n=60)})

    assert varieties(0.5) < varieties(0)


def test_a_higher_temperature_is_wilder() -> None:
    def varieties(temperature: float) -> int:
        sampling = Sampling(max_tokens=1, temperature=temperature, min_p=0)
        return len({each.text for each in complete(TWICE, sampling, n=60)})

    assert varieties(0.2) < varieties(5)


def test_it_tells_that_it_has_read_the_prompt() -> None:
    async def first() -> object:
        events = ECHO.complete("abc", n=1, sampling=Sampling(), stop=(), seed=0)
        async with aclosing(events):
            return await anext(events)

    assert sync.run(first()) == Reading(3, 3)


@given(st.text(min_size=1, max_size=30))
def test_the_chances_of_the_next_character_sum_to_one(prompt: str) -> None:
    tokens = sync.run(ECHO.next_token(prompt, k=1000))
    assert math.fsum(math.exp(token.logprob) for token in tokens) == pytest.approx(1)


def test_a_character_that_the_prompt_does_not_have_is_hardly_likely_but_not_impossible() -> None:
    (score,) = sync.run(ECHO.logprobs("abab", ["z"]))
    assert -20 < score.logprob < -10


def test_the_context_ends_at_its_limit() -> None:
    most = 32_768 - 40
    assert sync.run(ECHO.prompt_room(8, 40)) == most
    assert complete("a" * most)[0].tokens == 40
    with pytest.raises(PromptTooLongError) as refusal:
        complete("a" * (most + 1))
    assert (refusal.value.tokens, refusal.value.limit) == (most + 1, 32_768)


def test_a_setting_that_it_does_not_have_is_said() -> None:
    brood = fl.breed(["a cat", "a dog"], 1, "list", model="echo", sampling=Sampling(dry=0.8))
    assert any("no setting 'dry'" in note for note in brood.notes)
