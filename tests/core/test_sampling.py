"""How tokens are drawn: ranges, and seeds."""

from __future__ import annotations

import math
from dataclasses import fields

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from flourishing import stored_form
from flourishing.breeding.bed_settings import BedSettings
from flourishing.cli.breed import command
from flourishing.core.sampling import (
    PRESETS,
    SEEDS,
    SETTINGS,
    Sampling,
    SamplingOptions,
    first_seed,
    wave_seed,
)
from flourishing.errors import InputError
from flourishing.studio.schemas.beds import SettingsAsked, SettingsBody
from flourishing.studio.schemas.texts import BroodAsked

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


@pytest.mark.parametrize("top_n_sigma", [-0.1, math.nan])
def test_top_n_sigma_is_not_negative(top_n_sigma: float) -> None:
    with pytest.raises(InputError, match="top_n_sigma"):
        Sampling(top_n_sigma=top_n_sigma)


def test_a_name_from_tame_to_wild_is_a_temperature() -> None:
    heats = [SamplingOptions.of(name).complete(9).temperature for name in PRESETS]
    assert list(PRESETS) == ["tame", "usual", "bold", "wild"]
    assert heats == sorted(set(heats))
    assert Sampling().temperature == heats[1]
    assert SamplingOptions.of("wild", temperature=1).temperature == 1
    with pytest.raises(InputError, match="'mild'") as refusal:
        SamplingOptions.of("mild")
    assert "wild" in refusal.value.hint


@pytest.mark.parametrize("dry", [-1, math.inf])
def test_dry_is_not_negative(dry: float) -> None:
    with pytest.raises(InputError, match="dry cannot be") as refusal:
        Sampling(dry=dry)
    assert refusal.value.hint


@pytest.mark.parametrize("xtc", [-0.1, 1.1])
def test_xtc_is_a_probability(xtc: float) -> None:
    with pytest.raises(InputError, match="xtc cannot be") as refusal:
        Sampling(xtc=xtc)
    assert refusal.value.hint == "Give a number from 0 to 1; 0 turns it off."


def test_the_ends_of_the_ranges_are_in_them() -> None:
    Sampling(max_tokens=1, temperature=0, top_p=1, top_k=0, min_p=0, dry=0, xtc=1)


# What a caller may leave open.


def test_options_leave_open_what_they_do_not_name() -> None:
    options = SamplingOptions(temperature=0.7)
    assert options.as_dict() == {"temperature": 0.7}
    assert options.complete(30) == Sampling(max_tokens=30, temperature=0.7)
    assert SamplingOptions(max_tokens=5).complete(30) == Sampling(max_tokens=5)


def test_options_are_checked_as_the_sampling_is() -> None:
    with pytest.raises(InputError, match="min_p cannot be 1"):
        SamplingOptions(min_p=1)


def test_single_settings_go_before_what_else_is_said() -> None:
    said = SamplingOptions.of(Sampling(temperature=0.5, top_k=3), temperature=0.9, top_p=None)
    assert (said.temperature, said.top_k, said.top_p) == (0.9, 3, 1.0)
    first, second = SamplingOptions(dry=1, xtc=0.5), SamplingOptions(dry=2)
    assert first.with_options(second) == SamplingOptions(dry=2, xtc=0.5)


def test_an_unknown_setting_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(InputError, match="no setting of the sampling 'temprature'") as refusal:
        SamplingOptions.of(None, temprature=1)
    assert "Did you mean 'temperature'?" in refusal.value.hint


def test_what_is_no_sampling_is_refused() -> None:
    with pytest.raises(InputError, match="The sampling cannot be") as refusal:
        SamplingOptions.of({"temperature": 1})  # type: ignore[arg-type]  # a mistake
    assert "SamplingOptions" in refusal.value.hint


# Each setting is written once, and all else follows.


@pytest.mark.parametrize("kind", [Sampling, SamplingOptions])
def test_both_classes_have_each_setting_and_describe_it(kind: type) -> None:
    assert [each.name for each in fields(kind)] == list(SETTINGS)
    for setting in SETTINGS.values():
        assert f"{setting.name}: {setting.about}" in (kind.__doc__ or "")


def test_the_command_line_has_each_setting() -> None:
    options = {each.name: each for each in command.params if isinstance(each, click.Option)}
    for name, setting in SETTINGS.items():
        assert options[name].opts == [f"--{name.replace('_', '-')}"]
        assert setting.about in (options[name].help or "")


@pytest.mark.parametrize("body", [BroodAsked, SettingsAsked, SettingsBody])
def test_the_api_has_each_setting(body: type[BaseModel]) -> None:
    table = body.model_json_schema()["properties"]
    for name, setting in SETTINGS.items():
        assert table[name]["title"] == setting.title
        assert setting.about in table[name]["description"]


def test_a_bed_has_each_setting() -> None:
    told = {name: setting.default for name, setting in SETTINGS.items()}
    assert BedSettings.of(told).as_dict() == told


def test_a_request_to_llamacpp_has_each_setting() -> None:
    given = Sampling(top_n_sigma=1.5, dry=0.8, xtc=0.5).for_llamacpp()
    assert given == {
        "max_tokens": 200,
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": 0,
        "min_p": 0.05,
        "top_n_sigma": 1.5,
        "dry_multiplier": 0.8,
        "dry_base": 2.0,
        "dry_allowed_length": 1,
        "dry_penalty_last_n": 16_384,
        "dry_sequence_breakers": ["\n"],
        "xtc_probability": 0.5,
        "xtc_threshold": 0.1,
    }


@pytest.mark.parametrize(
    ("stop", "breaker"), [(("\n---\n", "\na poem:"), "---"), (("\n", "\n\n"), "\n"), ((" ",), "\n")]
)
def test_what_ends_a_text_may_be_repeated(stop: tuple[str, ...], breaker: str) -> None:
    assert Sampling(dry=1).for_llamacpp(stop=stop)["dry_sequence_breakers"] == [breaker]
    assert "dry_sequence_breakers" not in Sampling().for_llamacpp(stop=stop)


def test_options_without_some_settings_keep_the_others() -> None:
    said = SamplingOptions(temperature=0.9, dry=2, xtc=0.5)
    assert said.only({"dry", "top_k"}) == SamplingOptions(dry=2)


def test_what_is_usual_applies_where_nothing_is_said() -> None:
    usual = SamplingOptions(dry=2, min_p=0.1, max_tokens=9)
    assert SamplingOptions(min_p=0).complete(70, usual) == Sampling(dry=2, min_p=0, max_tokens=9)
    assert SamplingOptions().complete(70) == Sampling(max_tokens=70)


def test_the_later_settings_are_stored_only_where_they_are_used() -> None:
    assert list(Sampling().as_dict()) == list(stored_form.SAMPLING)
    assert Sampling(dry=0.8).as_dict() == Sampling().as_dict() | {"dry": 0.8}


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
