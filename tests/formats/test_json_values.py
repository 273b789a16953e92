"""Fields of foreign JSON: wrong ones are named by place and kind, never by value.

Also: JSON of any depth is read, and read as the standard library would.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.errors import InputError
from flourishing.formats.json_values import (
    MOST_CONTAINERS,
    MOST_DEPTH,
    _Reader,
    as_id,
    as_list,
    as_object,
    as_text,
    at_iso,
    at_milliseconds,
    parse_json,
)
from tests.marks import first_cases


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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from([None, 1]))
def test_the_deep_reader_reads_what_the_shallow_one_does(value: object, indent: int | None) -> None:
    assert _Reader(json.dumps(value, indent=indent)).document() == value


@given(JSON, st.integers(0, 200), st.sampled_from(["", "}", "]", ",", ":", '"', "x", "{", "["]))
def test_the_deep_reader_refuses_what_the_shallow_one_does(
    value: object, at: int, instead: str
) -> None:
    words = json.dumps(value)
    at %= len(words)
    words = words[:at] + instead + words[at + 1 :]
    try:
        expected = json.loads(words)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - the places differ, the refusal does not
            _Reader(words).document()
    else:
        assert _Reader(words).document() == expected


def test_a_document_is_read_however_deep_it_is() -> None:
    deep = parse_json('{"children": [' * 50_000 + "1" + "]}" * 50_000)
    depth = 0
    while isinstance(deep, dict):
        deep = deep["children"][0]
        depth += 1
    assert (depth, deep) == (50_000, 1)


@pytest.mark.parametrize(
    "words",
    ["[" * 50_000, "[" * 50_000 + "]" * 49_999, '{"a":' * 50_000],
    ids=["open", "closed but one", "objects"],
)
def test_a_deep_document_that_is_cut_off_is_refused(words: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        parse_json(words)


# Made in the test: the words would stay in memory to the end.
@pytest.mark.parametrize(
    ("begin", "again", "many", "end"),
    [
        ("", "[", 6_000_000, ""),
        ("", '{"":', 6_000_000, ""),
        ("[", "{},", 6_000_000, "{}]"),
        ("[", "0,", 21_000_000, "0]"),
        pytest.param("", "[", 30_000_000, "", marks=pytest.mark.slow),
    ],
    ids=["lists", "objects", "beside", "numbers", "more lists"],
)
def test_a_document_that_would_become_enormous_is_refused_unread(
    begin: str, again: str, many: int, end: str
) -> None:
    with pytest.raises(InputError, match="too many values"):
        parse_json(begin + again * many + end)


@pytest.mark.parametrize("end", first_cases(1, ["", "]"]), ids=["open", "closed"])
def test_a_document_that_is_too_deep_is_refused(end: str) -> None:
    assert MOST_DEPTH < MOST_CONTAINERS
    with pytest.raises(InputError, match="too deep"):
        parse_json("[" * (MOST_DEPTH + 2) + end * (MOST_DEPTH + 2))


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_number_of_a_million_digits_is_refused(sign: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        parse_json(f'[{{"text": "fog", "year": {sign}{"9" * 1_000_000}}}]')


def test_a_fraction_of_a_million_digits_is_read() -> None:
    assert parse_json("0." + "3" * 1_000_000) == pytest.approx(1 / 3)
