"""Importing a file, whatever it is: the steps that the terminal and the studio share.

Also: texts that come in from files: each once, and all of a file as one act.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flourishing.app.export_files import write_folder, write_jsonl
from flourishing.app.import_file import ImportRequest, import_texts
from flourishing.app.markdown_import import as_known, bring_in, find_pages, import_pages
from flourishing.core.text import Origin, Source, Span, Text
from flourishing.errors import InputError
from flourishing.formats.detect import read
from flourishing.formats.jsonl.transfer import Reader, find_rows
from flourishing.garden import Garden, Stored, open_garden
from tests.garden.broods import bred
from tests.garden.new import new_garden
from tests.marks import first_cases


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


def sent(content: bytes, name: str = "poems.txt", **more: object) -> ImportRequest:
    return ImportRequest(source=content, name=name, **more)  # type: ignore[arg-type]


def zipped(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.md", content)
    return buffer.getvalue()


def test_a_path_and_bytes_give_the_same(garden: Garden, tmp_path: Path) -> None:
    path = tmp_path / "poems.txt"
    path.write_bytes(b"one\n---\ntwo\n")
    of_path = import_texts(garden, ImportRequest(source=path, preview=True))
    of_bytes = import_texts(garden, sent(path.read_bytes(), preview=True))
    for result in (of_path, of_bytes):
        assert (result.kind, result.format, result.count) == ("texts", "plain text", 2)
        assert [text.content for text in result.texts] == ["one", "two"]


@pytest.mark.parametrize("kind", ["texts", "garden"])
def test_what_was_here_before_is_counted(garden: Garden, tmp_path: Path, kind: str) -> None:
    source: Path | bytes = b"one\n---\ntwo\n---\nthree"
    if kind == "garden":
        with open_garden(new_garden(tmp_path / "other.db")) as other:
            other.add("one", "two", "three")
            write_jsonl(other, tmp_path / "all.jsonl", None)
        source = tmp_path / "all.jsonl"
    name = "" if isinstance(source, Path) else "poems.txt"
    request = ImportRequest(source=source, name=name)
    first = import_texts(garden, request)
    assert (first.kind, first.known, len(first.fresh), first.known_in_words()) == (kind, 0, 3, "")
    preview = import_texts(garden, ImportRequest(source=source, name=name, preview=True))
    again = import_texts(garden, request)
    assert (preview.known, preview.act, preview.stored) == (3, None, False)
    assert preview.known_in_words() == "3 of them are here already."
    assert (again.known, again.fresh, again.act) == (3, (), None)
    assert again.known_in_words() == "3 of them were here already."
    assert all(isinstance(text, Stored) for text in again.texts)


def test_a_preview_needs_no_garden(tmp_path: Path) -> None:
    with open_garden(new_garden(tmp_path / "other.db")) as other:
        other.add("one")
        write_jsonl(other, tmp_path / "all.jsonl", None)
    for request in (
        sent(b"one", preview=True),
        sent(zipped(a="one"), "pages.zip", preview=True),
        ImportRequest(source=tmp_path / "all.jsonl", preview=True),
    ):
        result = import_texts(None, request)
        assert (result.count, result.known, result.stored) == (1, 0, False)
    with pytest.raises(InputError, match="no garden"):
        import_texts(None, sent(b"one"))


def test_pages_are_edits_of_what_was_exported(garden: Garden, tmp_path: Path) -> None:
    (text,) = garden.add("one")
    (path,) = write_folder(garden, [text], tmp_path / "pages")
    path.write_text(path.read_text(encoding="utf-8").replace("\none", "\ntwo"), encoding="utf-8")
    request = ImportRequest(source=tmp_path / "pages", preview=True, sync=True)
    assert import_texts(garden, request).written == (path,)
    result = import_texts(garden, ImportRequest(source=tmp_path / "pages"))
    assert (result.kind, [change.kind for change in result.changes]) == ("pages", ["edited"])
    assert result.act is not None
    garden.undo_act(result.act)
    assert [each.content for each in garden.search.page("keep")] == ["one"]


@pytest.mark.parametrize(
    "request_",
    [
        sent(b" \n"),
        sent(zipped(a="one"), "pages.zip", into="mine"),
        sent(zipped(a="one"), "pages.zip", sync=True),
        sent(b"one", sync=True),
        sent(b"one", into="refinements"),
        sent(b'{"format": "flourishing/2", "record": "text", "identity": "no"}', "a.jsonl"),
        sent(b"one", encoding="no-such-encoding"),
    ],
)
def test_what_does_not_suit_is_refused_with_a_hint(garden: Garden, request_: ImportRequest) -> None:
    with pytest.raises(InputError) as refusal:
        import_texts(garden, request_)
    assert refusal.value.hint
    assert garden.counts()["texts"] == 0


THEN = datetime(2024, 6, 28, tzinfo=UTC)
LOOM = Text(
    "a poem: the sea",
    Origin(
        author="model",
        at=THEN,
        model="davinci-002",
        source=Source(title="node 7", published="loom.json"),
        spans=(Span("person", 7), Span("model", 8)),
    ),
)


@pytest.fixture
def garden_of_imports(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "garden.db")) as garden_of_imports:
        yield garden_of_imports


def loom(folder: Path, *ends: str, name: str = "loom.json", at: int = 0) -> Path:
    """Write a loom of one tree, whose file was last changed so many seconds after 1970."""
    path = folder / name
    children = [
        {"id": f"n{number}", "text": end, "children": [], "meta": {"source": "AI"}}
        for number, end in enumerate(ends)
    ]
    root = {"id": "root", "text": "a poem:", "meta": {"source": "prompt"}, "children": children}
    path.write_text(json.dumps({"root": root}), encoding="utf-8")
    os.utime(path, (at, at))
    return path


def test_a_loom_that_grew_brings_only_what_is_new(
    garden_of_imports: Garden, tmp_path: Path
) -> None:
    first = bring_in(garden_of_imports, read(loom(tmp_path, " sea", " tide", at=100)).texts)
    grown = read(loom(tmp_path, " sea", " tide", " gull", at=200)).texts
    again = bring_in(garden_of_imports, grown)
    assert garden_of_imports.counts()["texts"] == 3
    assert {text.id for text in again} - {text.id for text in first} == {again[2].id}
    garden_of_imports.undo()
    assert sorted(text.content for text in garden_of_imports.search.page("keep")) == [
        "a poem: sea",
        "a poem: tide",
    ]
    garden_of_imports.undo()
    assert garden_of_imports.search.page("keep") == []


def test_nor_does_its_name_make_its_texts_others(garden_of_imports: Garden, tmp_path: Path) -> None:
    bring_in(garden_of_imports, read(loom(tmp_path, " sea", " tide")).texts)
    renamed = read(loom(tmp_path, " sea", " tide", name="loom (1).json")).texts
    bring_in(garden_of_imports, renamed)
    assert garden_of_imports.counts()["texts"] == 2
    assert len(garden_of_imports.acts()) == 1  # nothing was new


def test_what_an_earlier_version_stored_with_the_time_of_its_file_is_known(
    garden_of_imports: Garden, tmp_path: Path
) -> None:
    (text,) = read(loom(tmp_path, " sea")).texts
    (old,) = garden_of_imports.add(Text(text.content, replace(text.origin, at=THEN)))
    assert [each.id for each in bring_in(garden_of_imports, [text])] == [old.id]


@pytest.mark.parametrize(
    ("change", "same"),
    first_cases(
        5,
        [
            ({"at": datetime(2025, 1, 1, tzinfo=UTC)}, True),
            ({"source": Source(published="loom (1).json")}, True),
            ({"source": None}, True),
            ({"spans": ()}, True),
            ({"model": None}, True),
            ({"source": Source(title="Harbour")}, False),
            ({"source": Source(author="A. Reader")}, False),
            ({"source": Source(year=1912)}, False),
            ({"model": "davinci-003"}, False),
            ({"author": "person"}, False),
            ({"spans": (Span("model", 15),)}, False),
            ({"seed": 4}, False),
            ({"parents": (Text("the tide"),)}, False),
        ],
    ),
)
def test_what_says_no_more_is_no_other_text(
    garden_of_imports: Garden, change: dict[str, object], same: bool
) -> None:
    (stored,) = garden_of_imports.add(LOOM)
    text = Text(LOOM.content, replace(LOOM.origin, **change))  # type: ignore[arg-type]
    (known,) = as_known(garden_of_imports, [text])
    assert (known == stored) is same


def test_what_was_bred_here_is_no_text_of_a_file(garden_of_imports: Garden) -> None:
    (born,) = garden_of_imports.save(bred(offspring=["the sea"]))
    (text,) = bring_in(garden_of_imports, [Text("the sea", Origin(author="model", at=THEN))])
    assert text.id != born.id


def test_an_import_is_one_act_with_its_collection(garden_of_imports: Garden) -> None:
    stored = bring_in(garden_of_imports, [Text("one"), Text("two")], into="mine")
    assert all(isinstance(text, Stored) and text.marks == {"keep"} for text in stored)
    assert garden_of_imports.shelves.names() == ["mine"]
    garden_of_imports.undo()
    assert (garden_of_imports.shelves.names(), garden_of_imports.counts()["kept"]) == ([], 0)
    garden_of_imports.redo()
    assert (garden_of_imports.shelves.names(), garden_of_imports.counts()["kept"]) == (["mine"], 2)


def test_what_an_undone_import_brought_is_put_away_and_comes_again(
    garden_of_imports: Garden,
) -> None:
    before = garden_of_imports.add("old gate", keep=False)[0]
    come = bring_in(garden_of_imports, [Text("old gate"), Text("sea fog"), LOOM])
    garden_of_imports.undo()
    assert [text.content for text in garden_of_imports.search.page()] == ["old gate"]
    assert {text.id for text in garden_of_imports.search.page("away")} == {come[1].id, come[2].id}
    again = bring_in(garden_of_imports, [Text("sea fog"), LOOM])
    assert [text.id for text in again] == [come[1].id, come[2].id]
    assert garden_of_imports.search.page("away") == []
    garden_of_imports.undo()
    assert {text.id for text in garden_of_imports.search.page("away")} == {come[1].id, come[2].id}
    garden_of_imports.redo()
    assert {text.id for text in garden_of_imports.search.page("keep")} == {come[1].id, come[2].id}
    assert "away" not in garden_of_imports.text(before.id).marks
    assert garden_of_imports.verify() == []


@pytest.mark.slow
def test_a_whole_garden_comes_again_after_its_import_was_undone(
    garden_of_imports: Garden, tmp_path: Path
) -> None:
    _, away, _ = garden_of_imports.add("one", "two", "three")
    garden_of_imports.put_away(away)
    file = tmp_path / "all.jsonl"
    write_jsonl(garden_of_imports, file, None)
    with open_garden(new_garden(tmp_path / "other.db")) as other:
        for _ in range(2):
            rows = find_rows(file)
            assert rows is not None
            with other.one_act("import"):
                other.bring_in(Reader(rows))
            assert {each.content for each in other.search.page("away")} == {"two"}
            assert {each.content for each in other.search.page("keep")} >= {"one", "three"}
            other.undo()
            assert len(other.search.page("away")) == 3
            assert other.search.page() == []
        other.redo()
        assert {each.content for each in other.search.page("away")} == {"two"}
        assert other.verify() == []


def test_pages_come_again_after_their_import_was_undone(
    garden_of_imports: Garden, tmp_path: Path
) -> None:
    (tmp_path / "note.md").write_text("---\ntitle: Gate\n---\nold gate\n", encoding="utf-8")
    for _ in range(2):
        vault = find_pages(tmp_path)
        assert vault is not None
        assert [each.kind for each in import_pages(garden_of_imports, vault).changes] == ["new"]
        assert [each.content for each in garden_of_imports.search.page("keep")] == ["old gate"]
        garden_of_imports.undo()
        assert garden_of_imports.search.page() == []


def test_a_plain_file_can_be_said_to_be_somebodys(garden: Garden, tmp_path: Path) -> None:
    path = tmp_path / "fog.csv"
    path.write_text("text,author\nthe fog comes,Carl Sandburg\nthe rain,\n", encoding="utf-8")
    done = import_texts(garden, ImportRequest(source=path, by=" Ada "))
    sources = [text.origin.source for text in done.texts]
    assert [source.author for source in sources if source] == ["Carl Sandburg", "Ada"]
    (stretches,) = garden.lineage.stretches([done.texts[1]])
    assert [each.author for each in stretches] == ["source"]
