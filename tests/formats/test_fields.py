"""Fields of foreign JSON: wrong ones are named by place and kind, never by value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from flourishing.errors import InputError
from flourishing.formats.json_values import (
    as_id,
    as_list,
    as_object,
    as_text,
    at_iso,
    at_milliseconds,
)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (as_object, "sk-PLANTED"),
        (as_object, None),
        (as_list, "sk-PLANTED"),
        (as_text, {"k": "sk-PLANTED"}),
    ],
)
def test_what_is_needed_and_wrong_is_refused_without_its_value(
    read: Callable[[object, str], object], value: object
) -> None:
    with pytest.raises(InputError, match="the root") as refusal:
        read(value, "the root")
    assert "sk-PLANTED" not in str(refusal.value) + refusal.value.hint


def test_what_may_be_missing_may_be() -> None:
    assert as_list(None, "it") == []
    assert as_text(None, "it") == ""


@pytest.mark.parametrize(
    ("value", "id_"), [("a", "a"), (7, "7"), ("", None), (True, None), ([], None)]
)
def test_an_id_is_a_text_or_a_whole_number(value: object, id_: str | None) -> None:
    assert as_id(value) == id_


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, -(10**30), True, "1", None])
def test_a_time_that_is_none_is_not_known(value: object) -> None:
    assert at_milliseconds(value) is None


@pytest.mark.parametrize(
    "value",
    ["2025-12-17T01:00:00Z", "2025-12-17T02:00:00+01:00", "2025-12-17T01:00:00"],
)
def test_a_time_is_in_utc(value: str) -> None:
    at = at_iso(value)
    assert at == datetime(2025, 12, 17, 1, tzinfo=UTC)
    assert at.tzinfo is UTC


@pytest.mark.parametrize("value", ["yesterday", "0001-01-01T00:00:00+23:00", 5])
def test_a_date_that_is_none_is_not_known(value: object) -> None:
    assert at_iso(value) is None
