"""Texts never change, know where they came from, and can be told apart by their digests."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.sampling import Sampling
from flourishing.core.text import Origin, Source, Text, normalize_line_ends, require_unicode
from flourishing.errors import TextError
from flourishing.patterns import PATTERNS


def test_a_text_made_by_hand_was_written_by_a_person_just_now() -> None:
    text = Text("the fog comes")
    assert text.origin.author == "person"
    assert text.origin.at.tzinfo is UTC
    assert text.origin.parents == ()


def test_a_text_cannot_be_changed() -> None:
    text = Text("the fog comes")
    with pytest.raises(FrozenInstanceError):
        text.content = "the cat comes"  # type: ignore[misc]


def test_an_edit_is_a_new_text_whose_parent_is_the_edited_one() -> None:
    fog = Text("the fog comes")
    edit = fog.edited("the fog came")
    assert str(edit) == "the fog came"
    assert edit.origin.author == "person"
    assert edit.origin.parents == (fog,)
    assert fog.content == "the fog comes"


def test_the_digest_is_blake2b_of_the_content_and_named_so() -> None:
    assert Text("abc").digest == (
        "b2:bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
    )


@given(st.text(), st.text())
def test_texts_have_one_digest_exactly_when_they_have_one_content(one: str, other: str) -> None:
    assert (Text(one).digest == Text(other).digest) == (one == other)


def test_where_it_came_from_is_no_part_of_the_digest() -> None:
    fog = Text("fog")
    assert fog.edited("mist").digest == Text("mist").digest


@pytest.mark.parametrize("content", ["a\ud800b", "\udcff", "fog\udc80"])
def test_a_lone_surrogate_is_refused_with_its_place(content: str) -> None:
    at = next(i for i, each in enumerate(content, start=1) if "\ud800" <= each <= "\udfff")
    with pytest.raises(TextError, match=f"at character {at}") as refusal:
        Text(content)
    assert refusal.value.hint


def test_the_refusal_of_a_surrogate_names_what_has_it() -> None:
    with pytest.raises(TextError, match=r"The prompt .*U\+D800"):
        require_unicode("\ud800", "The prompt")


@given(st.text())
def test_any_other_unicode_is_a_text(content: str) -> None:
    assert Text(content).content == content


def test_a_text_as_plain_data_is_json_and_names_its_parents_by_digest() -> None:
    fog = Text("fog")
    origin = Origin(
        author="model",
        parents=(fog,),
        prompt="fog\n",
        pattern=PATTERNS["lines"],
        start="m",
        model="echo",
        sampling=Sampling(),
        seed=3,
        reproducible=True,
        raw="mist",
        finish="stop",
    )
    told = json.loads(json.dumps(Text("mist", origin).as_dict()))
    assert told["content"] == "mist"
    assert told["origin"] | {"at": ""} == {
        "author": "model",
        "at": "",
        "parents": [fog.digest],
        "examples": 0,
        "prompt": "fog\n",
        "pattern": {**PATTERNS["lines"].as_dict(), "stop": ["\n"]},
        "start": "m",
        "model": "echo",
        "sampling": {
            "max_tokens": 200,
            "temperature": 1.0,
            "top_p": 1.0,
            "top_k": 0,
            "min_p": 0.05,
        },
        "seed": 3,
        "reproducible": True,
        "raw": "mist",
        "finish": "stop",
        "source": None,
        "spans": [],
    }


def test_the_same_words_of_a_person_from_the_same_text_are_the_same_text() -> None:
    fog = Text("fog")
    assert Text("fog") == fog
    assert fog.edited("mist") == fog.edited("mist")
    assert len({fog, Text("fog"), fog.edited("mist"), Text("mist")}) == 3


def test_texts_of_a_model_are_the_same_only_if_they_came_at_one_time() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    one = Origin(author="model", at=at, seed=3)
    assert Text("mist", one) == Text("mist", Origin(author="model", at=at, seed=3))
    assert Text("mist", one) != Text("mist", Origin(author="model", at=at, seed=4))
    assert Text("mist", one) != Text("mist", Origin(author="model", seed=3))


def test_an_identity_stands_for_the_whole_lineage() -> None:
    fog, mist = Text("fog"), Text("mist")
    assert fog.edited("rain").edited("snow") != mist.edited("rain").edited("snow")
    assert fog.edited("rain").edited("snow") == Text("fog").edited("rain").edited("snow")


def test_a_lineage_deeper_than_the_stack_has_an_identity() -> None:
    text = Text("0")
    for number in range(1, 20_000):
        text = text.edited(str(number))
    assert text.identity.startswith("b2:")


def test_a_source_reads_as_a_citation() -> None:
    source = Source(author="H.D.", title="Oread", year=1914, published="BLAST")
    assert str(source) == "H.D., “Oread”, BLAST, 1914"
    assert str(Source(published="tree.json")) == "tree.json"


UUID = "2f1c7a64-9f1d-4f0e-8a55-0c3e5b1f7a10"


@pytest.mark.parametrize(
    ("title", "published"),
    [
        ("row 26", "poems.csv"),
        ("part 1", "poems.txt"),
        ("node 2, part 2", "loom.json"),
        ("node 7 (2)", "loom.json"),
        (UUID, "loom.json"),
        (UUID.upper(), "data.txt"),
        (f"{UUID}, part 3", "loom.json"),
        (f"one.md: {UUID}", "data.json"),
        ("one.md: 3, part 2", "data.json"),
        ("fox: 3", "mikupad_db_export.json"),
        ("3", "story.json"),
        ("V1StGXR8_Z5jdHi6B-myT", "loom.json"),
        ("12 (3)", "web-session-storage.db"),
    ],
)
def test_a_place_that_was_stored_as_a_title_is_no_heading(title: str, published: str) -> None:
    source = Source(title=title, published=published)
    assert source.heading == ""
    assert source.place == str(source) == f"{published}, {title}"


@pytest.mark.parametrize(
    "source",
    [
        Source(title="1914", author="Wilfred Owen", published="poems.json"),
        Source(title="1914", published="poems.csv"),
        Source(title="3", year=1916, published="poems.json"),
        Source(title="Part 1", published="poems.csv"),
        Source(title="The third row 3", published="poems.csv"),
        Source(title="Harbour, evening", published="poems.json"),
        Source(title="Four Quartets: Burnt Norton", published="poems.json"),
        Source(title="so much depends", author="W. C. W.", year=1923, published="Spring and All"),
    ],
)
def test_a_title_that_a_person_gave_is_the_heading(source: Source) -> None:
    assert source.heading == source.title
    assert source.place == source.published
    assert f"“{source.title}”" in str(source)


def test_a_source_is_the_same_whatever_is_printed_of_it() -> None:
    source = Source(title="row 26", published="poems.csv")
    assert Text("fog", Origin(author="person", source=source)).origin.as_dict()["source"] == {
        "author": "",
        "title": "row 26",
        "year": None,
        "published": "poems.csv",
    }


@pytest.mark.parametrize(
    ("content", "plain"),
    [
        ("fog\r\ncat\r\n", "fog\ncat\n"),
        ("fog\rcat", "fog\ncat"),
        ("fog\r\r\ncat\r\r\n\r\r\nend", "fog\ncat\n\nend"),
        ("fog\r\r\ncat\r\nend", "fog\n\ncat\nend"),
        ("fog\r\r\ncat\nend", "fog\n\ncat\nend"),
        ("fog\r\r\rcat", "fog\n\n\ncat"),
        ("fog\u2028cat\x85\v\f", "fog\u2028cat\x85\v\f"),
        ("fog\ncat", "fog\ncat"),
    ],
)
def test_a_line_ends_the_same_whatever_system_wrote_it(content: str, plain: str) -> None:
    assert normalize_line_ends(content) == plain


@given(st.text("a\r\n"))
def test_a_normalized_text_has_no_carriage_return_and_stays_so(content: str) -> None:
    plain = normalize_line_ends(content)
    assert "\r" not in plain
    assert normalize_line_ends(plain) == plain


@given(st.lists(st.text("a\n", max_size=3)), st.sampled_from(["\n", "\r", "\r\n", "\r\r\n"]))
def test_lines_come_back_from_every_line_end(lines: list[str], end: str) -> None:
    verse = "\n".join(lines)
    assert normalize_line_ends(verse.replace("\n", end)) == verse
