"""Texts that come in from files: each once, and all of a file as one act."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flourishing.app.export_files import write_jsonl
from flourishing.app.markdown_import import as_known, bring_in, find_pages, import_pages
from flourishing.core.text import Origin, Source, Span, Text
from flourishing.formats.detect import read
from flourishing.formats.jsonl.rows import find_rows
from flourishing.formats.jsonl.transfer import Reader
from flourishing.garden import Garden, Stored, open_garden
from tests.garden.broods import bred

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
def garden(tmp_path: Path, empty_garden: Path) -> Iterator[Garden]:
    with open_garden(shutil.copy(empty_garden, tmp_path / "garden.db")) as garden:
        yield garden


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


def test_a_loom_that_grew_brings_only_what_is_new(garden: Garden, tmp_path: Path) -> None:
    first = bring_in(garden, read(loom(tmp_path, " sea", " tide", at=100)).texts)
    grown = read(loom(tmp_path, " sea", " tide", " gull", at=200)).texts
    again = bring_in(garden, grown)
    assert garden.counts()["texts"] == 3
    assert {text.id for text in again} - {text.id for text in first} == {again[2].id}
    garden.undo()
    assert sorted(text.content for text in garden.search.page("keep")) == [
        "a poem: sea",
        "a poem: tide",
    ]
    garden.undo()
    assert garden.search.page("keep") == []


def test_nor_does_its_name_make_its_texts_others(garden: Garden, tmp_path: Path) -> None:
    bring_in(garden, read(loom(tmp_path, " sea", " tide")).texts)
    renamed = read(loom(tmp_path, " sea", " tide", name="loom (1).json")).texts
    bring_in(garden, renamed)
    assert garden.counts()["texts"] == 2
    assert len(garden.acts()) == 1  # nothing was new


def test_what_an_earlier_version_stored_with_the_time_of_its_file_is_known(
    garden: Garden, tmp_path: Path
) -> None:
    (text,) = read(loom(tmp_path, " sea")).texts
    (old,) = garden.add(Text(text.content, replace(text.origin, at=THEN)))
    assert [each.id for each in bring_in(garden, [text])] == [old.id]


@pytest.mark.parametrize(
    ("change", "same"),
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
)
def test_what_says_no_more_is_no_other_text(
    garden: Garden, change: dict[str, object], same: bool
) -> None:
    (stored,) = garden.add(LOOM)
    text = Text(LOOM.content, replace(LOOM.origin, **change))  # type: ignore[arg-type]
    (known,) = as_known(garden, [text])
    assert (known == stored) is same


def test_what_was_bred_here_is_no_text_of_a_file(garden: Garden) -> None:
    (born,) = garden.save(bred(offspring=["the sea"]))
    (text,) = bring_in(garden, [Text("the sea", Origin(author="model", at=THEN))])
    assert text.id != born.id


def test_an_import_is_one_act_with_its_collection(garden: Garden) -> None:
    stored = bring_in(garden, [Text("one"), Text("two")], into="mine")
    assert all(isinstance(text, Stored) and text.marks == {"keep"} for text in stored)
    assert garden.shelves.names() == ["mine"]
    garden.undo()
    assert (garden.shelves.names(), garden.counts()["kept"]) == ([], 0)
    garden.redo()
    assert (garden.shelves.names(), garden.counts()["kept"]) == (["mine"], 2)


def test_what_an_undone_import_brought_is_put_away_and_comes_again(garden: Garden) -> None:
    before = garden.add("old gate", keep=False)[0]
    come = bring_in(garden, [Text("old gate"), Text("sea fog"), LOOM])
    garden.undo()
    assert [text.content for text in garden.search.page()] == ["old gate"]
    assert {text.id for text in garden.search.page("away")} == {come[1].id, come[2].id}
    again = bring_in(garden, [Text("sea fog"), LOOM])
    assert [text.id for text in again] == [come[1].id, come[2].id]
    assert garden.search.page("away") == []
    garden.undo()
    assert {text.id for text in garden.search.page("away")} == {come[1].id, come[2].id}
    garden.redo()
    assert {text.id for text in garden.search.page("keep")} == {come[1].id, come[2].id}
    assert "away" not in garden.text(before.id).marks
    assert garden.verify() == []


def test_a_whole_garden_comes_again_after_its_import_was_undone(
    garden: Garden, tmp_path: Path
) -> None:
    _, away, _ = garden.add("one", "two", "three")
    garden.put_away(away)
    file = tmp_path / "all.jsonl"
    write_jsonl(garden, file, None)
    with open_garden(tmp_path / "other.db") as other:
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


def test_pages_come_again_after_their_import_was_undone(garden: Garden, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("---\ntitle: Gate\n---\nold gate\n", encoding="utf-8")
    for _ in range(2):
        vault = find_pages(tmp_path)
        assert vault is not None
        assert [each.kind for each in import_pages(garden, vault).changes] == ["new"]
        assert [each.content for each in garden.search.page("keep")] == ["old gate"]
        garden.undo()
        assert garden.search.page() == []
