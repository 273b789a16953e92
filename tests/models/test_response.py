"""Bytes to objects, and objects to texts: the same however they are cut into parts."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing import sync
from flourishing.errors import AnswerError
from flourishing.library import library
from flourishing.models import BaseModel
from flourishing.models.endpoint import ServerCapabilities
from flourishing.models.endpoint.answer import Increments, TextStream
from flourishing.models.endpoint.refusals import refusal, retry_after, server_words
from flourishing.models.endpoint.response import JsonStream
from flourishing.models.endpoint.tokens import estimate

OBJECTS = st.lists(
    st.dictionaries(st.text(max_size=5), st.text() | st.integers(), max_size=3), max_size=4
)


def cut(content: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({0, len(content), *(place % (len(content) + 1) for place in places)})
    return [content[start:end] for start, end in pairwise(ends)]


def read(parts: list[bytes]) -> list[dict[str, Any]]:
    lines = JsonStream("http://h/v1")
    found = [each for part in parts for each in lines.feed(part)]
    return found + lines.close()


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\n"])
@given(objects=OBJECTS, places=st.lists(st.integers(0, 10**6)), ascii_only=st.booleans())
def test_events_are_read_however_they_are_cut(
    objects: list[dict[str, Any]], places: list[int], ascii_only: bool, end: str
) -> None:
    lines = [f"data: {json.dumps(each, ensure_ascii=ascii_only)}{end}" for each in objects]
    content = ("".join([f": hello{end}", *lines]) + "data: [DONE]" + end).encode()
    assert read(cut(content, places)) == objects


@given(objects=OBJECTS, places=st.lists(st.integers(0, 10**6)))
def test_lines_of_json_and_a_whole_answer_are_read_too(
    objects: list[dict[str, Any]], places: list[int]
) -> None:
    plain = "".join(json.dumps(each) + "\n" for each in objects).encode()
    assert read(cut(plain, places)) == objects
    for each in objects:
        assert read(cut(json.dumps(each, indent=1).encode(), places)) == [each]


@given(st.binary(max_size=200), st.lists(st.integers(0, 10**6)))
def test_any_bytes_are_read_or_refused_in_words(content: bytes, places: list[int]) -> None:
    refused: AnswerError | None = None
    try:
        read(cut(content, places))
    except AnswerError as error:
        refused = error
    assert refused is None or (refused.hint and len(str(refused)) < 500)


def test_nothing_that_comes_after_the_end_is_read() -> None:
    assert read([b'data: {"a": 1}\n\ndata: [DONE]\n\ndata: {"b": 2}\n\nnonsense']) == [{"a": 1}]


def test_an_error_that_is_a_field_of_the_stream_is_read() -> None:
    assert read([b'error: {"message": "full"}\n\n']) == [{"error": {"message": "full"}}]


# Texts.


@given(
    text=st.text(max_size=60),
    places=st.lists(st.integers(0, 10**6)),
    stops=st.lists(st.text(min_size=1, max_size=4), max_size=3),
)
def test_a_text_ends_at_its_first_stop_however_it_is_cut(
    text: str, places: list[int], stops: list[str]
) -> None:
    ends = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    growing = TextStream((), stops)
    through = [growing.feed(text[a:b]) for a, b in pairwise(ends)]
    through.append(growing.end())
    found = [at for stop in stops if (at := text.find(stop)) >= 0]
    assert "".join(through) == growing.text == text[: min(found, default=len(text))]
    assert growing.stopped == bool(found)


@given(
    prompt=st.text(min_size=1, max_size=20),
    text=st.text(max_size=20),
    places=st.lists(st.integers(0, 10**6)),
)
def test_a_prompt_that_comes_first_is_taken_off_however_it_is_cut(
    prompt: str, text: str, places: list[int]
) -> None:
    whole = prompt + text
    ends = sorted({0, len(whole), *(place % len(whole) for place in places)})
    growing = TextStream((prompt,), ())
    through = [growing.feed(whole[a:b]) for a, b in pairwise(ends)]
    assert "".join([*through, growing.end()]) == text
    assert growing.echoed


@given(st.lists(st.text(st.characters(), max_size=6)))
def test_what_comes_through_can_always_be_written(pieces: list[str]) -> None:
    growing = TextStream((), ())
    through = "".join([growing.feed(each) for each in [*pieces, "\ud83c"]] + [growing.end()])
    through.encode("utf-8")
    assert through.endswith("\ufffd")


# Refusals.


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "No such model.", "type": "oops"}}', "No such model. (oops)"),
        (b'{"error": "plain"}', "plain"),
        (b'{"detail": [{"loc": ["body", "n"], "msg": "too big"}]}', "body.n: too big"),
        (b'{"detail": {"msg": "Server is busy"}}', "Server is busy"),
        (b'[{"error": {"message": "in a list"}}]', "in a list"),
        (b"just words.", "just words"),
        (b"<html><title>\n504 </title></html>", "a web page, '504'"),
        (b"<p>", "a web page"),
        (b"\xff\x00\x1b[31m", "\ufffd [31m"),
        (b"", ""),
        (b"[" * 100_000, "[" * 300 + "\u2026"),
    ],
)
def test_what_a_server_said_is_found_in_whatever_it_sent(body: bytes, words: str) -> None:
    assert server_words(body) == words


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3), ("0.5", 0.5), ("-1", 0), ("", None), ("soon", None), ("nan?", None)],
)
def test_how_long_to_wait_is_read(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}) == seconds


def test_a_date_to_wait_for_that_has_passed_is_no_wait() -> None:
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0


@given(status=st.integers(300, 599), body=st.binary(max_size=300))
def test_any_refusal_becomes_an_error_with_a_hint(status: int, body: bytes) -> None:
    error = refusal(status, body, {}, where="http://h/v1", model="m")
    assert error.hint
    assert str(status) in str(error)
    assert "\n" not in str(error)


# Tokens.


@given(st.text(), st.text())
def test_an_estimate_grows_with_the_text(text: str, more: str) -> None:
    assert 1 <= estimate(text) <= estimate(text + "\n" + more)


def test_an_estimate_is_never_under_by_much(local: BaseModel) -> None:
    texts = [
        text.content for name in ("imagists", "haiku", "quotes") for text in library(name).texts
    ]
    texts += ["水の音" * 20, "שלום עולם " * 20, "def f(x):\n    return x**2\n" * 9, "1234567 " * 20]
    for text in texts:
        counted = sync.run(local.count_tokens(text))
        assert 0.9 * counted <= estimate(text) <= 4 * counted, text


@pytest.mark.parametrize(
    ("cumulative", "last"), [(False, "wl"), (True, "owl")], ids=["new words", "the whole text"]
)
def test_words_keep_their_order_when_another_completion_decides(
    cumulative: bool, last: str
) -> None:
    known = ServerCapabilities()
    increments = Increments(known)
    assert increments.feed("o", last=False) == ""
    known.cumulative = cumulative
    assert increments.feed(last, last=True) + increments.end() == "owl"
