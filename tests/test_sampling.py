"""How tokens are drawn: ranges, and seeds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.errors import InputError
from flourishing.sampling import SEEDS, Sampling, first_seed, wave_seed

SOME_SEEDS = st.integers(0, SEEDS - 1)


@pytest.mark.parametrize("max_tokens", [0, -1])
def test_there_must_be_a_token_to_write(max_tokens: int) -> None:
    with pytest.raises(InputError, match=f"max_tokens cannot be {max_tokens}") as refusal:
        Sampling(max_tokens=max_tokens)
    assert refusal.value.hint


@pytest.mark.parametrize("temperature", [-0.1, math.nan, math.inf])
def test_the_temperature_is_a_number_from_0(temperature: float) -> None:
    with pytest.raises(InputError, match="temperature"):
        Sampling(temperature=temperature)


@pytest.mark.parametrize("top_p", [0, -0.5, 1.01, math.nan])
def test_top_p_is_above_0_and_at_most_1(top_p: float) -> None:
    with pytest.raises(InputError, match="top_p"):
        Sampling(top_p=top_p)


def test_top_k_is_not_negative() -> None:
    with pytest.raises(InputError, match="top_k cannot be -1"):
        Sampling(top_k=-1)


@pytest.mark.parametrize("min_p", [-0.1, 1, math.nan])
def test_min_p_is_from_0_to_below_1(min_p: float) -> None:
    with pytest.raises(InputError, match="min_p"):
        Sampling(min_p=min_p)


def test_the_ends_of_the_ranges_are_in_them() -> None:
    Sampling(max_tokens=1, temperature=0, top_p=1, top_k=0, min_p=0)


@pytest.mark.parametrize("seed", [-1, SEEDS])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(InputError, match=str(seed)) as refusal:
        first_seed(seed)
    assert str(SEEDS - 1) in refusal.value.hint


@given(SOME_SEEDS)
def test_a_given_seed_is_used_as_it_is(seed: int) -> None:
    assert first_seed(seed) == seed


def test_without_a_seed_each_call_has_a_fresh_one_in_range() -> None:
    drawn = {first_seed(None) for _ in range(20)}
    assert len(drawn) > 1
    assert all(0 <= seed < SEEDS for seed in drawn)


@given(SOME_SEEDS, st.integers(1, 50))
def test_later_waves_have_seeds_of_their_own_that_the_first_seed_decides(
    seed: int, wave: int
) -> None:
    assert wave_seed(seed, 0) == seed
    assert wave_seed(seed, wave) == wave_seed(seed, wave)
    assert 0 <= wave_seed(seed, wave) < SEEDS
    assert wave_seed(seed, wave) != wave_seed(seed, wave + 1)
