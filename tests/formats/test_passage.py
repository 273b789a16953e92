"""Passages: split, mended and unescaped without losing who wrote what."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.text import UNDATED, Source, Span, normalize_line_ends
from flourishing.formats.passage import Hand, Passage, Piece

THEN = datetime(2024, 6, 28, tzinfo=UTC)
PIECES = st.lists(
    st.builds(Piece, st.text("ab\n-\\<", min_size=1), st.sampled_from(["person", "model"]))
).map(tuple)


def passage(*pieces: tuple[str, Hand | None]) -> Passage:
    source = Source(title="Fog", published="a.txt")
    return Passage(pieces=tuple(Piece(*each) for each in pieces), source=source)


def letters(*passages: Passage) -> list[tuple[str, Hand | None]]:
    return [
        (sign, piece.author) for each in passages for piece in each.pieces for sign in piece.text
    ]


def test_spans_tell_who_wrote_what() -> None:
    text = passage(("a poem:\n", "person"), (" the fox", "model")).as_text(THEN)
    assert text.content == "a poem:\n the fox"
    assert text.origin.author == "model"
    assert text.origin.at == UNDATED
    assert not text.origin.dated
    assert text.origin.spans == (Span("person", 8), Span("model", 8))


@pytest.mark.parametrize("author", [None, "mixed"])
def test_where_a_stretch_is_not_told_there_are_no_spans(author: Hand | None) -> None:
    text = passage(("a poem:\n", author), (" the fox", "model")).as_text(THEN)
    assert text.origin.author == "model"
    assert text.origin.spans == ()


def test_what_nobody_signed_is_a_persons_and_says_so() -> None:
    unsigned = passage(("a poem", None))
    assert unsigned.unsigned
    assert unsigned.as_text(THEN).origin.author == "person"
    assert not passage(("a poem", None), ("!", "model")).unsigned


def test_parts_have_their_own_places_and_authors() -> None:
    whole = passage(("cat\n---\nd", "person"), ("og\n---\n", "model"))
    cat, dog, _ = whole.split("\n---\n")
    assert (cat.content, cat.place) == ("cat", "part 1")
    assert cat.source == Source(title="Fog", published="a.txt, part 1")
    assert dog.pieces == (Piece("d", "person"), Piece("og", "model"))


@pytest.mark.parametrize("content", ["---\ncat\n---\ndog\n---", "\n\ncat\n---\n\n\ndog\n"])
def test_a_line_of_hyphens_separates_wherever_it_stands(content: str) -> None:
    parts = [part.content for part in passage((content, "person")).split("\n---\n")]
    assert [part for part in parts if part] == ["cat", "dog"]


@given(PIECES, st.sampled_from(["\n---\n", "\n\n", "-", "a", "ab"]))
def test_parts_are_what_splitting_the_text_gives(pieces: tuple[Piece, ...], separator: str) -> None:
    whole = Passage(pieces=pieces, source=Source())
    parts = [part.content for part in whole.split(separator)]
    padded = f"\n{whole.content}\n"
    if separator == "\n---\n":  # of two in a row, the second begins where the first ends
        assert parts == [part.strip("\n") for part in re.split(r"\n---(?=\n)", padded)]
    else:
        assert parts == [part.strip("\n") for part in padded.split(separator)]


@given(PIECES)
def test_every_letter_of_a_part_keeps_its_author(pieces: tuple[Piece, ...]) -> None:
    whole = Passage(pieces=pieces, source=Source())
    kept = [each for each in letters(*whole.split("-")) if each[0] not in "\n-"]
    assert kept == [each for each in letters(whole) if each[0] not in "\n-"]


def test_unescaping_takes_the_backslashes_away() -> None:
    escaped = passage((r" the \<dove> \[1] \o/", "model"))
    assert escaped.escaped
    assert escaped.unescaped().content == r" the <dove> [1] \o/"


def test_a_character_that_was_cut_in_two_is_whole_again() -> None:
    assert passage(("a\ud83e", "person"), ("\udd8a!", "model")).mended().pieces == (
        Piece("a🦊", "person"),
        Piece("!", "model"),
    )


@given(
    st.lists(
        st.builds(Piece, st.text("a\r\n", min_size=1), st.sampled_from(["person", "model"]))
    ).map(tuple)
)
def test_line_ends_are_plain_and_every_letter_keeps_its_author(pieces: tuple[Piece, ...]) -> None:
    whole = Passage(pieces=pieces, source=Source())
    plain = whole.with_plain_line_ends()
    assert plain.content == normalize_line_ends(whole.content)
    assert [each for each in letters(plain) if each[0] == "a"] == [
        each for each in letters(whole) if each[0] == "a"
    ]


def test_a_line_end_that_was_cut_in_two_is_one() -> None:
    cut = passage(("fog\r", "person"), ("\ncat", "model")).with_plain_line_ends()
    assert cut.pieces == (Piece("fog\n", "person"), Piece("cat", "model"))


def test_half_a_character_is_marked() -> None:
    assert passage(("a\ud83eb", "person")).mended().content == "a\ufffdb"


@given(st.lists(st.text(st.characters(), min_size=1)).map(tuple))
def test_whatever_is_mended_can_be_a_text(texts: tuple[str, ...]) -> None:
    pieces = tuple(Piece(text, ("person", "model")[at % 2]) for at, text in enumerate(texts))
    text = Passage(pieces=pieces, source=Source()).mended().as_text(THEN)
    assert sum(span.length for span in text.origin.spans) == len(text.content)


def test_half_a_character_in_a_name_does_not_stop_a_text() -> None:
    source = Source(title="a\ud83e", author="\udc80", published="\udcff.json")
    text = Passage(pieces=(Piece("fox"),), source=source, model="m\ud800").as_text(THEN)
    assert text.origin.source == Source(title="a\ufffd", author="\ufffd", published="\ufffd.json")
    assert text.origin.model == "m\ufffd"
    assert text.identity
