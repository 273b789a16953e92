"""Beds and collections have a kind of text, which is stored and carried by JSONL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flourishing.app.export_files import write_jsonl
from flourishing.core.chain import Chain
from flourishing.formats.jsonl.transfer import Reader, find_rows
from flourishing.garden import Garden


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Garden]:
    with Garden(tmp_path / "other.db") as garden:
        yield garden


def carry(garden: Garden, other: Garden, path: Path, **changed: str) -> list[str]:
    """Carry all of a garden into another as JSONL, with these fields of its beds changed."""
    write_jsonl(garden, path, None)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [line | changed if line["record"] == "bed" else line for line in lines]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    rows = find_rows(path)
    assert rows is not None
    return list(other.bring_in(Reader(rows)).notes)


def test_the_kind_of_a_bed_is_stored_and_can_be_undone(garden: Garden) -> None:
    bed = garden.beds.open("words", kind="palindrome", pattern="list")
    assert garden.beds.get(bed.id).kind == "palindrome"
    garden.beds.set(bed, kind="word")
    garden.undo(bed)
    assert garden.beds.get(bed.id).kind == "palindrome"


def test_texts_bring_a_kind_into_an_empty_bed_alone(garden: Garden) -> None:
    one, two = garden.add("one", "two")
    bed = garden.beds.open("bed")
    suiting = {"kind": "word", "pattern": "list"}
    bed = garden.beds.add_parents(bed, [one.id], if_empty=suiting)
    assert (bed.kind, bed.pattern) == ("word", "list")
    bed = garden.beds.add_parents(bed, [two.id], if_empty={"kind": "quote", "pattern": "quotes"})
    assert (bed.kind, bed.pattern) == ("word", "list")


def test_a_collection_gets_its_kind_from_its_texts_or_when_it_is_made(garden: Garden) -> None:
    garden.shelves.put("mine", garden.add("x")[0])
    garden.shelves.put("maxims", garden.add("y")[0], kind="quote")
    garden.shelves.put("rows", garden.add("z")[0], pattern="lines")
    garden.shelves.put("drafts", Chain.of(["bad", "good"]))
    told = {name: garden.shelves.get(name) for name in garden.shelves.names()}
    kinds = {name: (shelf.kind, shelf.pattern) for name, shelf in told.items() if shelf}
    assert kinds == {
        "mine": ("poem", "poems"),
        "maxims": ("quote", "quotes"),
        "rows": ("line", "lines"),
        "drafts": ("refinement", "refinements"),
    }


def test_kinds_are_carried_into_another_garden(
    garden: Garden, other: Garden, tmp_path: Path
) -> None:
    (text,) = garden.add("radar")
    garden.beds.open("words", parents=(text.id,), kind="palindrome", pattern="list")
    garden.shelves.put("maxims", text, kind="quote")
    assert carry(garden, other, tmp_path / "all.jsonl") == []
    (bed,) = other.beds.all()
    assert (bed.kind, bed.pattern) == ("palindrome", "list")
    shelf = other.shelves.get("maxims")
    assert shelf is not None
    assert shelf.kind == "quote"


@pytest.mark.parametrize("kind", ["/etc/kind.toml", "mine.toml", "..\\kind"])
def test_a_file_does_not_choose_which_kind_file_is_opened(
    garden: Garden, other: Garden, tmp_path: Path, kind: str
) -> None:
    (text,) = garden.add("radar")
    garden.beds.open("words", parents=(text.id,), pattern="list")
    (note,) = carry(garden, other, tmp_path / "all.jsonl", kind=kind)
    assert "kind file" in note
    assert "poems" in note
    (bed,) = other.beds.all()
    assert (bed.kind, bed.pattern) == ("poem", "poems")
