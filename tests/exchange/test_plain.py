"""Plain files: text with separators, tables, and JSON in lines."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.errors import InputError
from flourishing.exchange.plain import csv_rows
from flourishing.exchange.reading import Found, read
from flourishing.text import Origin, Source, Span, Text


def found(
    tmp_path: Path,
    words: str,
    name: str = "poems.txt",
    *,
    separator: str | None = None,
    column: str | None = None,
    form: str | None = None,
) -> Found:
    path = tmp_path / name
    path.write_bytes(words.encode())
    return read(path, separator=separator, column=column, form=form)


def contents(found: Found) -> list[str]:
    return [text.content for text in found.texts]


def test_a_plain_file_is_split_at_lines_of_hyphens(tmp_path: Path) -> None:
    poems = found(tmp_path, "so much\ndepends\n---\nfog\r\ncomes\r\n---\r\n")
    assert poems.format == "plain text"
    assert contents(poems) == ["so much\ndepends", "fog\ncomes"]
    assert poems.texts[1].origin.source == Source(title="part 2", published="poems.txt")
    assert poems.texts[1].origin.author == "person"


def test_empty_lines_can_separate(tmp_path: Path) -> None:
    assert contents(found(tmp_path, "fog\n\n\n\ncat\n", separator="\n\n")) == ["fog", "cat"]


def test_blank_and_double_texts_are_left_out_and_counted(tmp_path: Path) -> None:
    poems = found(tmp_path, "fog\n---\n \n---\nfog")
    assert contents(poems) == ["fog"]
    assert "Left out because they are blank: 1." in poems.notes
    assert "Left out because the same text came before: 1." in poems.notes


@pytest.mark.parametrize("words", ["", "\n\n"])
def test_a_file_without_a_text_says_so(tmp_path: Path, words: str) -> None:
    assert found(tmp_path, words).texts == ()
    assert "There is no text in it." in found(tmp_path, words).notes


@pytest.mark.parametrize("words", ["[silence]\n---\nfog", "{a brace", '"Hope" is the thing'])
def test_a_poem_that_looks_a_little_like_json_is_a_poem(tmp_path: Path, words: str) -> None:
    assert contents(found(tmp_path, words)) == words.split("\n---\n")


def test_a_hundred_thousand_lines_are_read(tmp_path: Path) -> None:
    poems = found(tmp_path, "\n".join(f"line {n}" for n in range(100_000)), separator="\n")
    assert len(poems.texts) == 100_000


def test_a_table_gives_texts_with_their_sources(tmp_path: Path) -> None:
    table = (
        'Title,Author,Year,Poem\nFog,Carl Sandburg,1916,"The fog comes\non cat feet."\n,,x,wolf\n'
    )
    fog, wolf = found(tmp_path, table, "poems.csv").texts
    assert fog.content == "The fog comes\non cat feet."
    assert fog.origin.source == Source(
        author="Carl Sandburg", title="Fog", year=1916, published="poems.csv"
    )
    assert wolf.origin.source == Source(title="row 2", published="poems.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_has_the_column_that_is_asked_for(tmp_path: Path, delimiter: str) -> None:
    table = delimiter.join(["a", "b"]) + "\n" + delimiter.join(["cat", "dog"]) + "\n"
    assert contents(found(tmp_path, table, column="B")) == ["dog"]


@pytest.mark.parametrize("column", [None, "c"])
def test_a_table_without_that_column_lists_those_it_has(tmp_path: Path, column: str | None) -> None:
    with pytest.raises(InputError) as refusal:
        found(tmp_path, "a,b\ncat,dog\n", "t.csv", column=column)
    assert "'a', 'b'" in refusal.value.hint


@pytest.mark.parametrize("table", ['poem\n"fog', "poem\n" + "x" * 200_000, 'poem\n"a"b\n'])
def test_a_table_that_is_broken_is_refused(tmp_path: Path, table: str) -> None:
    with pytest.raises(InputError, match="no table"):
        found(tmp_path, table, "t.csv")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_what_csv_writes_is_read_back(texts: list[str]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["text"], *([text] for text in texts)])
    back = [row.content for row in csv_rows(written.getvalue(), None, "t.csv")]
    assert back == texts


def test_json_lines_hold_strings_or_objects(tmp_path: Path) -> None:
    lines = '"cat"\n{"text": "dog", "author": "me"}\n\n{"content": "fog\\nand\u2028mist"}\n'
    animals = found(tmp_path, lines, "animals.jsonl")
    assert contents(animals) == ["cat", "dog", "fog\nand\u2028mist"]
    assert animals.texts[1].origin.source == Source(
        author="me", title="row 2", published="animals.jsonl"
    )


@pytest.mark.parametrize("words", ['["cat", {"text": "dog"}]', '{"text": "cat"}\n{"text": "dog"}'])
def test_json_is_seen_whatever_the_file_is_called(tmp_path: Path, words: str) -> None:
    assert contents(found(tmp_path, words)) == ["cat", "dog"]


@pytest.mark.parametrize(
    ("words", "said"),
    [('"cat"\n{"text": ', "Line 2"), ('"cat"\n7', "Row 2"), ("7", "No format"), ('"c', "begins")],
)
def test_json_lines_that_are_wrong_are_refused(tmp_path: Path, words: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        found(tmp_path, words, "animals.jsonl")


def test_our_own_export_keeps_what_can_stand_alone(tmp_path: Path) -> None:
    text = Text(
        "fog and cat",
        Origin(
            author="model",
            at=datetime(2024, 6, 28, tzinfo=UTC),
            model="davinci-002",
            source=Source(author="a", title="b", year=1916, published="c"),
            spans=(Span("person", 3), Span("model", 8)),
        ),
    )
    (back,) = found(tmp_path, json.dumps(text.as_dict()), "garden.jsonl").texts
    assert back == text


def test_what_a_model_had_to_begin_with_is_not_called_its_own(tmp_path: Path) -> None:
    text = Text("fog", Origin(author="model", start="f"))
    (back,) = found(tmp_path, json.dumps(text.as_dict()), "garden.jsonl").texts
    assert (back.origin.author, back.origin.spans) == ("model", ())


@pytest.mark.parametrize(
    "spans",
    [
        [{"author": "model", "length": 2}],
        [{"author": "x", "length": 3}],
        [{"length": -3}],
        "x",
        [9],
    ],
)
def test_spans_that_do_not_add_up_are_not_believed(tmp_path: Path, spans: object) -> None:
    row = {"content": "fog", "origin": {"author": "person", "spans": spans}}
    (back,) = found(tmp_path, json.dumps([row]), "t.json").texts
    assert back.origin.spans == (Span("person", 3),)
