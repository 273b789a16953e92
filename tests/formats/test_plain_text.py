"""Plain files: text with separators, tables, and JSON in lines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flourishing.core.text import Origin, Source, Span, Text
from flourishing.errors import InputError
from flourishing.formats.detect import Found, read

CASES = Path(__file__).parent / "cases"


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
    assert poems.texts[1].origin.source == Source(published="poems.txt, part 2")
    assert poems.texts[1].origin.author == "person"


def test_empty_lines_can_separate(tmp_path: Path) -> None:
    assert contents(found(tmp_path, "fog\n\n\n\ncat\n", separator="\n\n")) == ["fog", "cat"]


def test_blank_and_double_texts_are_left_out_and_counted(tmp_path: Path) -> None:
    poems = found(tmp_path, "fog\n---\n \n---\nfog")
    assert contents(poems) == ["fog"]
    assert "Left out because they are blank: 1 (part 2)." in poems.notes
    assert "Left out because the same text came before: 1 (part 3)." in poems.notes


@pytest.mark.parametrize("name", ["poems.txt", "poems.csv", "poems.json", "poems.jsonl"])
@pytest.mark.parametrize("words", ["", "\n\n", " \t\r\n", "\ufeff", "---\n---\n"])
def test_a_file_without_a_text_is_refused(tmp_path: Path, words: str, name: str) -> None:
    if name != "poems.txt" and "-" in words:
        return  # no separators there
    with pytest.raises(InputError, match=r"There is no text in 'poems\.") as refusal:
        found(tmp_path, words, name)
    assert refusal.value.hint


@pytest.mark.parametrize("words", ["[silence]\n---\nfog", "{a brace", '"Hope" is the thing'])
def test_a_poem_that_looks_a_little_like_json_is_a_poem(tmp_path: Path, words: str) -> None:
    assert contents(found(tmp_path, words)) == words.split("\n---\n")


def test_a_hundred_thousand_lines_are_read(tmp_path: Path) -> None:
    poems = found(tmp_path, "\n".join(f"line {n}" for n in range(100_000)), separator="\n")
    assert len(poems.texts) == 100_000


def test_json_lines_hold_strings_or_objects(tmp_path: Path) -> None:
    lines = '"cat"\n{"text": "dog", "author": "me"}\n\n{"content": "fog\\nand\u2028mist"}\n'
    animals = found(tmp_path, lines, "animals.jsonl")
    assert contents(animals) == ["cat", "dog", "fog\nand\u2028mist"]
    assert animals.texts[1].origin.source == Source(author="me", published="animals.jsonl, row 2")


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


def test_arrays_of_lines_are_poems_with_title_and_author() -> None:
    poems = read(CASES / "lines-array.json")
    assert contents(poems) == ["the gulls argue\nover a paper boat\n\nand lose", "old gate"]
    assert [text.origin.source for text in poems.texts] == [
        Source(author="A. Reader", title="Harbour", published="lines-array.json"),
        Source(author="A. Reader", title="Gate", published="lines-array.json"),
    ]
    assert "Left out: 'linecount'." in poems.notes


def test_a_row_that_is_null_is_counted_and_stops_nothing() -> None:
    poems = read(CASES / "poem-column.json")
    assert contents(poems) == ["old gate", "new latch"]
    assert "Left out because they are blank: 1 (row 2)." in poems.notes
    assert poems.texts[1].origin.source == Source(
        author="A. Reader", published="poem-column.json, row 3"
    )


@pytest.mark.parametrize("blank", ["null", "{}", '{"poem": null, "lines": []}', '""'])
def test_a_row_without_a_text_is_counted_wherever_it_stands(tmp_path: Path, blank: str) -> None:
    assert contents(found(tmp_path, f'[{blank}, {{"poem": "fog"}}]', "t.json")) == ["fog"]
    assert contents(found(tmp_path, f'{blank}\n{{"poem": "fog"}}\n', "t.jsonl")) == ["fog"]


def test_a_plain_object_is_one_text_with_its_author() -> None:
    poem = read(CASES / "plain-object.json")
    assert poem.format == "JSON"
    assert contents(poem) == ["the gulls argue"]
    assert poem.texts[0].origin.source == Source(
        author="A. Reader", title="Harbour", published="plain-object.json"
    )


@pytest.mark.parametrize("name", ["content", "text", "poem", "Poem", "poem_text", "haiku"])
def test_a_text_is_known_by_every_usual_name(tmp_path: Path, name: str) -> None:
    assert contents(found(tmp_path, json.dumps([{name: "fog", "id": 3}]), "t.json")) == ["fog"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\r\r\n"])
def test_line_ends_in_json_become_plain(tmp_path: Path, end: str) -> None:
    row = json.dumps({"poem": f"fog{end}cat"})
    assert contents(found(tmp_path, row, "t.json")) == ["fog\ncat"]
    assert contents(found(tmp_path, json.dumps(f"fog{end}cat"), "t.jsonl")) == ["fog\ncat"]


def test_our_own_export_keeps_its_line_ends(tmp_path: Path) -> None:
    text = Text("fog\r\ncat", Origin(author="model", at=datetime(2024, 6, 28, tzinfo=UTC)))
    (back,) = found(tmp_path, json.dumps([text.as_dict()]), "garden.json").texts
    assert back.digest == text.digest


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
