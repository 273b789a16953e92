"""The settings of a bed: how many candidates are bred."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flourishing.breeding.bed_settings import BedSettings, require_choice
from flourishing.errors import InputError
from flourishing.patterns import Pattern


def test_candidates_are_off_until_they_are_set_and_stored_only_then() -> None:
    assert BedSettings().candidates is None
    assert "candidates" not in BedSettings().as_dict()
    settings = BedSettings.of({"candidates": 32})
    assert settings.as_dict() == {"candidates": 32}
    assert BedSettings.stored({"candidates": 32}) == settings
    for off in (None, 0):
        assert settings.with_changes({"candidates": off}) == BedSettings()


@pytest.mark.parametrize("given", [100_000, 1_001, -1, 2.5, "many", True])
def test_what_cannot_be_bred_is_refused_and_read_as_unknown(given: Any) -> None:
    with pytest.raises(InputError, match="candidates"):
        BedSettings.of({"candidates": given})
    assert BedSettings.stored({"candidates": given}).unknown == {"candidates": given}


@pytest.mark.parametrize("candidates", [None, 0, 9, 1_000])
def test_more_candidates_than_are_shown_are_a_choice(candidates: int | None) -> None:
    require_choice(candidates, 8)


@pytest.mark.parametrize("candidates", [1, 7, 8])
def test_no_more_candidates_than_are_shown_are_none(candidates: int) -> None:
    with pytest.raises(InputError, match=f"Of {candidates} candidates, 8 cannot be chosen") as told:
        require_choice(candidates, 8)
    assert "such as 32" in told.value.hint


def test_a_pattern_of_a_beds_own_is_a_setting() -> None:
    table = {"name": "mine", "separator": "\n***\n", "stop": ["\n***"], "max_parents": None}
    settings = BedSettings.of({"own_pattern": table})
    assert settings.own_pattern == Pattern(name="mine", separator="\n***\n", stop=("\n***",))
    assert BedSettings.stored(json.loads(json.dumps(settings.as_dict()))) == settings
    assert settings.with_changes({"own_pattern": None}) == BedSettings()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("poems", "cannot be"),
        ({"name": "mine"}, "separator"),
        ({"name": " ", "separator": "\n"}, "no name"),
        ({"name": "mine", "separator": "", "prefix": "a:"}, "no separator"),
        ({"name": "mine", "separator": "\n", "link": ":"}, "chains"),
        ({"name": "mine", "separator": "\n", "max_tokens": 0}, "1 or more"),
    ],
)
def test_what_is_no_pattern_of_a_bed_is_refused(table: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        BedSettings.of({"own_pattern": table})
