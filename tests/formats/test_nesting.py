"""JSON of any depth is read, and read as the standard library would."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.errors import InputError
from flourishing.formats.json_values import MOST_CONTAINERS, MOST_DEPTH, _Reader, parse_json

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


@pytest.mark.parametrize("end", ["", "]"], ids=["open", "closed"])
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
