"""Importing a file, whatever it is: the steps that the terminal and the studio share."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from flourishing.app.export_files import write_folder, write_jsonl
from flourishing.app.import_file import ImportRequest, import_texts
from flourishing.errors import InputError
from flourishing.garden import Garden, Stored, open_garden


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(tmp_path / "garden.db") as garden:
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
        with open_garden(tmp_path / "other.db") as other:
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
    with open_garden(tmp_path / "other.db") as other:
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
    garden.undo_import(result.act)
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
