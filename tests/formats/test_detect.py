"""Reading: every known file gives its texts, and no key; a damaged one gives a refusal."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import traceback
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flourishing.core.text import Source, Span
from flourishing.errors import FlourishingError, InputError
from flourishing.formats import detect
from flourishing.formats.detect import FORMS, Found, Take, read
from tests.formats.looms.reading import DUSK, FOLDER, FOX
from tests.marks import first_cases

FIXTURES = sorted(path for path in FOLDER.iterdir() if path.suffix in (".json", ".jsonl", ".db"))
DOCUMENTS = [path for path in FIXTURES if path.suffix == ".json"]
MARKED = ("exoloom", "loomsidian", "miniloom", "pyloom_full")
PLANTED = "sk-PLANTED-0123456789"


def contents(found: Found) -> list[str]:
    return [text.content for text in found.texts]


def written(folder: Path, document: object, name: str = "file.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def names(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", FIXTURES, ids=names)
def test_the_current_path_of_every_file_is_the_poem(path: Path) -> None:
    assert contents(read(path, take="current")) == [DUSK]


@pytest.mark.parametrize("path", FIXTURES, ids=names)
def test_the_bookmarked_path_of_every_file_is_found(path: Path) -> None:
    found = read(path)
    if path.name.startswith(MARKED):
        assert contents(found) == [FOX]
    else:
        assert DUSK in contents(found)
        assert "Nothing is bookmarked: every path that ends was taken." in found.notes


@pytest.mark.parametrize("path", FIXTURES, ids=names)
def test_a_file_is_known_by_its_content_and_not_by_its_name(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "data.txt"
    copy.write_bytes(path.read_bytes())
    assert read(copy).format == read(path).format
    assert contents(read(copy)) == contents(read(path))


def test_a_text_tells_where_it_was_found_and_who_wrote_it() -> None:
    (text,) = read(FOLDER / "pyloom_full.json").texts
    assert text.origin.author == "model"
    assert text.origin.model == "davinci-002"
    assert text.origin.at == datetime(2024, 6, 28, 1, 31, 50, tzinfo=UTC)
    assert text.origin.spans == (Span("person", 8), Span("model", 13))
    assert text.origin.start == ""
    assert text.origin.source == Source(
        published="pyloom_full.json, node 00000000-0000-4000-8000-000000000002"
    )


def test_without_a_time_of_its_own_a_text_has_the_files(tmp_path: Path) -> None:
    path = tmp_path / "fox.json"
    path.write_bytes((FOLDER / "pyloom_simple.json").read_bytes())
    os.utime(path, (86_400, 86_400))
    assert read(path).texts[0].origin.at == datetime(1970, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("path", FIXTURES, ids=names)
@pytest.mark.parametrize("take", get_args(Take))
def test_the_time_of_a_file_is_no_part_of_what_its_texts_are(
    path: Path, take: Take, tmp_path: Path
) -> None:
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    identities = []
    for at in (0, 86_400):
        os.utime(copy, (at, at))
        identities.append([text.identity for text in read(copy, take=take).texts])
    assert identities[0] == identities[1] != []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.txt", "the sea\n---\nthe tide"),
        ("a.csv", "poem,author\nthe sea,A\nthe tide,B\n"),
        ("a.json", '["the sea", {"text": "the tide", "author": "B"}]'),
        ("a.jsonl", '{"content": "the sea", "origin": {"author": "model", "model": "m"}}\n'),
    ],
)
def test_nor_is_it_in_plain_files(tmp_path: Path, name: str, words: str) -> None:
    path = tmp_path / name
    path.write_text(words, encoding="utf-8")
    identities = []
    for at in (0, 86_400):
        os.utime(path, (at, at))
        identities.append([text.identity for text in read(path).texts])
    assert identities[0] == identities[1] != []


def test_what_nobody_signed_is_said() -> None:
    note = "Taken as a person's because the file does not say who wrote them: 2."
    assert note in read(FOLDER / "pyloom_simple.json").notes


def test_what_there_is_to_choose_from_is_said() -> None:
    assert read(FOLDER / "exoloom.json").notes[0] == (
        "1 tree, 4 nodes, 2 paths that end, 1 bookmark."
    )


def test_backslashes_are_told_of_and_taken_away_when_asked() -> None:
    escaped = read(FOLDER / "loomsidian_data.json", take="leaves")
    assert contents(escaped)[1] == "a poem:\n the \\<dove> \\[1]"
    assert any("backslash" in note for note in escaped.notes)
    plain = read(FOLDER / "loomsidian_data.json", take="leaves", unescape=True)
    assert contents(plain)[1] == "a poem:\n the <dove> [1]"
    assert not any("backslash" in note for note in plain.notes)


def test_paths_can_be_split_and_what_they_share_comes_once(tmp_path: Path) -> None:
    root = {"text": "cat\n---\n", "children": [{"text": "dog"}, {"text": "d\n---\nfog"}]}
    found = read(written(tmp_path, root), take="split")
    assert contents(found) == ["cat", "dog", "d", "fog"]
    assert found.texts[1].origin.source == Source(published="file.json, node 2, part 2")
    assert "Left out because the same text came before: 1 (node 3, part 1)." in found.notes


def test_trees_of_several_notes_are_told_apart(tmp_path: Path) -> None:
    note = {"current": "gone", "nodes": {"a": {"text": "cat"}, "b": {"text": "dog"}}}
    other = {"current": "a", "nodes": {"a": {"text": "fog"}}}
    vault = {"settings": {}, "state": {"one.md": note, "two.md": other}}
    found = read(written(tmp_path, vault), take="current")
    assert contents(found) == ["cat", "fog"]
    assert [str(text.origin.source) for text in found.texts] == [
        "file.json, one.md, node a",
        "file.json, two.md, node a",
    ]
    assert any("where its person stood" in note for note in found.notes)


def test_a_tree_of_ten_thousand_levels_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text('{"text": "x", "children": [' * 10_000 + "]}" * 10_000, encoding="utf-8")
    assert contents(read(path)) == ["x" * 10_000]


def test_paths_that_are_enormous_together_are_refused_before_they_are_made(tmp_path: Path) -> None:
    long = "x" * 600_000
    root = {"text": long, "children": [{"text": str(n)} for n in range(1_000)]}
    assert len(long) * 1_000 > detect.MOST_CHARACTERS
    with pytest.raises(InputError, match="characters together"):
        read(written(tmp_path, root))


def test_half_a_character_in_a_file_is_marked_and_said(tmp_path: Path) -> None:
    found = read(written(tmp_path, {"text": "fox \ud83e", "children": []}))
    assert contents(found) == ["fox \ufffd"]
    assert any("halves of characters" in note for note in found.notes)


def test_a_file_whose_name_is_not_unicode_is_read(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"f\xfcchse.txt")
    try:
        path.write_bytes(b"fox")
    except OSError:
        pytest.skip("names must be Unicode here")
    (text,) = read(path).texts
    assert text.identity


def test_a_character_cut_in_two_by_nodes_is_whole(tmp_path: Path) -> None:
    root = {"text": "\ud83e", "children": [{"text": "\udd8a"}]}
    assert contents(read(written(tmp_path, root))) == ["🦊"]


@pytest.mark.parametrize("document", [{}, [], {"settings": {}, "state": {"a": 1}}, [1], {"a": "b"}])
def test_an_unknown_file_is_answered_with_the_known_ones(tmp_path: Path, document: object) -> None:
    if document == []:
        with pytest.raises(InputError, match="There is no text"):
            read(written(tmp_path, document))
        return
    with pytest.raises(InputError, match="No format is known") as refusal:
        read(written(tmp_path, document))
    assert "PyLoom" in refusal.value.hint
    assert "CSV" in refusal.value.hint


@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_a_file_that_is_cut_off_is_refused(path: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    cut.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="to its end") as refusal:
        read(cut)
    assert "cut off" in refusal.value.hint


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_is_insisted_on_is_the_only_one(form: str, tmp_path: Path) -> None:
    path = tmp_path / "poem"
    path.write_text('[["neither a table, nor one of the looms"]]', encoding="utf-8")
    if form == "text":
        assert contents(read(path, form=form)) == [path.read_text(encoding="utf-8")]
    else:
        with pytest.raises(InputError):
            read(path, form=form)


@pytest.mark.parametrize(
    "wrong", [{"take": "all"}, {"form": "word"}, {"separator": ""}, {"form": "pyloom"}]
)
def test_what_cannot_be_asked_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(InputError):
        read(FOLDER / "mikupad_server_v3.db", **wrong)  # type: ignore[arg-type]


def planted(value: object) -> object:
    """Give a document with a key in every object that holds no nodes by their ids."""
    if isinstance(value, list):
        return [planted(each) for each in value]
    if not isinstance(value, dict):
        return value
    inner = {name: planted(each) for name, each in value.items()}
    if any(isinstance(each, dict) for each in value.values()) and "root" not in value:
        return inner
    return inner | {"apiKey": PLANTED, "endpointAPIKey": json.dumps(PLANTED)}


def everything(path: Path) -> str:
    """Give all that can come out of a file, in every way of taking it and of failing."""
    said = []
    for take in ("marked", "leaves", "current", "split"):
        for form in (None, *FORMS):
            if form in ("text", "csv"):
                continue  # insisting that it is plain text takes everything as text
            try:
                said.append(repr(read(path, take=take, form=form)))
            except FlourishingError as error:
                said += [*traceback.format_exception(error), error.hint]
    return "\n".join(said)


@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_no_key_ever_comes_out_of_a_document(path: Path, tmp_path: Path) -> None:
    document = json.loads(path.read_bytes())
    for name, each in (("whole", planted(document)), ("wrong", planted([document, 5]))):
        copy = written(tmp_path, each, f"{name}.json")
        assert PLANTED in copy.read_text(encoding="utf-8")
        assert PLANTED not in everything(copy)
    whole = tmp_path / "whole.json"
    assert any("key" in note for note in read(whole).notes)
    whole.write_bytes(whole.read_bytes()[:-5])
    assert PLANTED not in everything(whole)


def test_no_key_ever_comes_out_of_json_lines_or_a_database(tmp_path: Path) -> None:
    row = {"id": "a", "text": "fox", "parent_id": None, "apiKey": PLANTED}
    assert PLANTED not in everything(written(tmp_path, row, "a.jsonl"))
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE sessions (key TEXT PRIMARY KEY, data BLOB)")
        session = {"prompt": [{"content": "fox"}], "endpointAPIKey": PLANTED}
        data = gzip.compress(json.dumps(session).encode())
        database.execute("INSERT INTO sessions VALUES ('0', ?)", (data,))
    assert "fox" in everything(path)
    assert PLANTED not in everything(path)


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 10**20)
    | st.floats()
    | st.text(st.characters(), max_size=3)
    | st.sampled_from(["1", "2", "r", "00000000-0000-4000-8000-000000000002", "mask1"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(document: object) -> list[tuple[Any, Any]]:
    """Give every place at which something stands in a document."""
    found: list[tuple[Any, Any]] = []
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        for name, each in list(value.items() if isinstance(value, dict) else enumerate(value)):
            found.append((value, name))
            if isinstance(each, dict | list):
                waiting.append(each)
    return found


@pytest.mark.parametrize("path", first_cases(3, DOCUMENTS), ids=names)
@given(data=st.data())
def test_a_file_with_anything_in_a_wrong_place_is_read_or_refused(
    path: Path, data: st.DataObject
) -> None:
    document = json.loads(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        if not (open_places := places(document)):
            break
        inside, name = data.draw(st.sampled_from(open_places))
        if data.draw(st.booleans()):
            del inside[name]
        else:
            inside[name] = data.draw(JUNK)
    take: Take = data.draw(st.sampled_from(["marked", "leaves", "current", "split"]))
    with TemporaryDirectory() as folder:
        try:
            found = read(written(Path(folder), document), take=take)
        except FlourishingError as error:
            assert error.hint  # noqa: PT017 - either is right
        else:
            assert all(text.content.strip() for text in found.texts)
            assert all(text.identity for text in found.texts)


@given(raw=st.binary(max_size=60), path=st.sampled_from(FIXTURES), at=st.integers(0, 45_000))
@example(
    raw=b"\x00\x80",  # SQLite's own error is then no UTF-8
    path=next(path for path in FIXTURES if path.suffix == ".db"),
    at=3_782,
)
def test_a_file_with_any_bytes_in_it_is_read_or_refused(raw: bytes, path: Path, at: int) -> None:
    whole = path.read_bytes()
    at %= len(whole)
    with TemporaryDirectory() as folder:
        broken = Path(folder) / "file"
        broken.write_bytes(whole[:at] + raw + whole[at + len(raw) :])
        try:
            read(broken)
        except FlourishingError as error:
            assert error.hint  # noqa: PT017 - either is right
