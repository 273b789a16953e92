"""Plain files: text with separators, tables, and JSON in lines.

Also: opening a file from outside: what cannot be read is refused with a remedy.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flourishing.core.text import Origin, Source, Span, Text
from flourishing.errors import InputError
from flourishing.files import MOST_BYTES, read_bounded
from flourishing.formats.detect import Found, read
from flourishing.formats.plain_text import open_file

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


@pytest.mark.parametrize("lines", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_very_many_lines_are_read(tmp_path: Path, lines: int) -> None:
    poems = found(tmp_path, "\n".join(f"line {n}" for n in range(lines)), separator="\n")
    assert len(poems.texts) == lines


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


def written(tmp_path: Path, raw: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_unicode_with_its_mark_is_read(tmp_path: Path, encoding: str) -> None:
    assert open_file(written(tmp_path, "füchse 🦊".encode(encoding))).words == "füchse 🦊"


def test_it_tells_when_the_file_was_changed(tmp_path: Path) -> None:
    path = written(tmp_path, b"fox")
    os.utime(path, (86_400, 86_400))
    assert open_file(path).at == datetime(1970, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("füchse".encode("latin-1"), "byte 2"),
        (b"fox\x00", "zero bytes"),
        (b"VersionedTapestryWeave__\x01\x00\xff", "Tapestry Loom"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, raw: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as refusal:
        open_file(written(tmp_path, raw))
    assert refusal.value.hint


def test_another_encoding_is_named_where_it_is_missed_and_read_where_it_is_given() -> None:
    path = Path(__file__).parent / "cases" / "windows-1252.txt"
    with pytest.raises(InputError, match="not in UTF-8") as refusal:
        open_file(path)
    assert "encoding, such as windows-1252" in refusal.value.hint
    words = open_file(path, encoding="windows-1252").words
    assert words == "café — the “gulls”\r\n\r\nover a boat\r\n"


def test_utf_16_without_a_mark_is_read_where_it_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "fox".encode("utf-16-le"))
    with pytest.raises(InputError, match="zero bytes") as refusal:
        open_file(path)
    assert "encoding, such as utf-16-le" in refusal.value.hint
    assert open_file(path, encoding="utf-16-le").words == "fox"


def test_a_mark_is_no_part_of_the_text_in_an_encoding_that_was_named(tmp_path: Path) -> None:
    path = written(tmp_path, "fox".encode("utf-8-sig"))
    assert open_file(path, encoding="utf-8").words == "fox"


@pytest.mark.parametrize(
    "encoding", ["klingon", "base64", "rot13", "hex", "zlib", "a\x00b", "x" * 5000]
)
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(InputError, match="no encoding") as refusal:
        open_file(written(tmp_path, b"fox"), encoding=encoding)
    assert "windows-1252" in refusal.value.hint


@pytest.mark.parametrize("encoding", [None, "latin-1"])
@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PNG picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG picture"),
        (b"%PDF-1.7\n", "PDF document"),
        (b"{\\rtf1\\ansi fox}", "RTF document"),
        (b"PK\x03\x04\x14\x00", "archive"),
    ],
)
def test_a_file_of_another_kind_is_called_what_it_is(
    tmp_path: Path, raw: bytes, kind: str, encoding: str | None
) -> None:
    with pytest.raises(InputError, match=kind):
        open_file(written(tmp_path, raw), encoding=encoding)


def test_a_pipe_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(InputError, match="pipe or a device"):
        open_file(path)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_refused_unread(device: str) -> None:
    if not Path(device).exists():
        pytest.skip("there is no such device here")
    with pytest.raises(InputError, match="pipe or a device"):
        open_file(Path(device))


def test_a_file_that_never_ends_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = written(tmp_path, b"x" * 101)
    assert read_bounded(path, most=101)[0] == b"x" * 101
    with pytest.raises(InputError, match="larger than"):
        read_bounded(path, most=100)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # sparse: it takes no room
    with pytest.raises(InputError, match="512 MB"):
        open_file(path)


@pytest.mark.parametrize("name", ["missing", ".", "a\x00b", "x" * 5000])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        open_file(tmp_path / name)
