"""Importing a file, a folder or a zip archive, whatever it is: the same steps for every caller.

What a file is, is seen from its content: texts that a garden exported, Markdown pages, or the file
of another tool. It is read first, and shown by a caller that asks for a preview; then its texts are
stored as one act, which one undo takes back.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from flourishing.app import collections, export_files, markdown_import
from flourishing.app.markdown_import import Change, find_pages, import_pages
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.formats.detect import Take, read
from flourishing.formats.jsonl.transfer import Reader, Rows, find_rows
from flourishing.formats.markdown.page import decode_page, is_page
from flourishing.formats.markdown.vault import Vault, is_archive, read_archive
from flourishing.garden import Garden, Stored

Kind = Literal["texts", "garden", "pages"]
_PAGES: Final = "Markdown pages"
_GARDEN: Final = "Texts of another garden"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """A file to import, and how it is to be read; `exchange.reading.read` explains each choice.

    Attributes:
        source: The path of a file or of a folder, or the bytes of a file that was sent.
        name: The name of a file that was sent, safe as a file name here; "" where `source` is a
            path.
        form: One of `exchange.reading.FORMS`, to insist on it; None to find it out.
        take: Which paths of a loom become texts: "marked" (the default), "leaves", "current" or
            "split".
        separator: What stands between the texts of a plain file; None for a line of three hyphens.
        column: The column of a table that holds the texts; None to find it out.
        delimiter: What stands between the cells of a table; None to find it out.
        encoding: The encoding of a text file, such as "windows-1252"; None for Unicode.
        unescape: Whether the backslashes of an escaped loom are taken away. Off by default.
        preview: Whether the garden is left as it is, and the result only says what would come of
            the import. Off by default.
        sync: Whether exported pages that were edited get the number of their edit; only for a
            folder or a page on disk. Off by default.
        into: The collection that the texts join as well; None for none.
        by: Who wrote the texts of a plain file that does not say it; "" for what the file says.
        mine: Whether a person here wrote what a person wrote in the garden, or in the pages, from
            which the texts come; else people elsewhere did. None for yes where a garden comes into
            one without texts, as where it is moved, and else for no.
    """

    source: Path | bytes
    name: str = ""
    form: str | None = None
    take: Take = "marked"
    separator: str | None = None
    column: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    unescape: bool = False
    preview: bool = False
    sync: bool = False
    into: str | None = None
    by: str = ""
    mine: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What came of an import, or would come of it.

    Attributes:
        kind: "garden" for texts that a garden exported with their lineage, "pages" for Markdown
            pages, and "texts" for any other file.
        format: What the file is, in words, such as "PyLoom" or "plain text".
        texts: The texts of the file, stored unless it was a preview; of pages, those that changed,
            and none in a preview.
        fresh: The numbers of the texts that were not in the garden before; empty in a preview.
        known: How many of the texts were in the garden before; 0 for pages.
        changes: Of pages, what became of each that changed something.
        written: Of pages, the files that were written back, or would be.
        notes: What a person should know, in words.
        problems: What of the file could not be imported, in words.
        stored: Whether the garden has the texts: False in a preview.
        act: The number of the act, by which the import can be undone; None where nothing changed.
    """

    kind: Kind
    format: str
    texts: tuple[Text, ...] = ()
    fresh: tuple[int, ...] = ()
    known: int = 0
    changes: tuple[Change, ...] = ()
    written: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    stored: bool = False
    act: int | None = None

    @property
    def count(self) -> int:
        """How many texts the file has, or how many pages change something."""
        return len(self.changes) if self.kind == "pages" else len(self.texts)

    def known_in_words(self) -> str:
        """Say how many of the texts were in the garden before; "" where none was."""
        if not self.known:
            return ""
        if self.stored:
            return f"{self.known:,} of them {'was' if self.known == 1 else 'were'} here already."
        return f"{self.known:,} of them {'is' if self.known == 1 else 'are'} here already."


def import_texts(garden: Garden | None, request: ImportRequest) -> ImportResult:
    """Import a file, a folder or an archive, as one act.

    Args:
        garden: The garden that the texts go into; None for one that does not exist yet, which is
            enough for a preview.
        request: What to import, and how.

    Returns:
        What came of it.

    Raises:
        InputError: It cannot be read, nothing of it can be imported, or a choice does not suit it.
        StorageError: The garden or, with `sync`, a page cannot be written.
    """
    if isinstance(request.source, bytes) and not request.source.strip():
        raise InputError("The file is empty.", hint="Choose another one.")
    if garden is None and not request.preview:
        raise InputError(
            "There is no garden to import into.", hint="Open one first, or only preview the import."
        )
    if request.form is None and (rows := find_rows(request.source)) is not None:
        _require_no_sync(request)
        return _import_records(garden, rows, request)
    if (pages := _pages(request)) is not None:
        return _import_pages(garden, pages, request)
    _require_no_sync(request)
    return _import_texts(garden, request)


def _import_texts(garden: Garden | None, request: ImportRequest) -> ImportResult:
    """Import the file of another tool, or a plain one."""
    _require_collection_of_texts(garden, request)
    if request.mine:
        raise InputError(
            "Only texts of another garden, or Markdown pages, can be said to be yours (--mine).",
            hint="Say with --by who wrote the texts of any other file.",
        )
    with _as_path(request) as path:
        found = read(
            path,
            form=request.form,
            take=request.take,
            separator=request.separator,
            column=request.column,
            delimiter=request.delimiter,
            encoding=request.encoding,
            unescape=request.unescape,
        )
    texts = tuple(_signed(text, request.by.strip()) for text in found.texts)
    if garden is None or request.preview:
        return ImportResult(
            kind="texts",
            format=found.format,
            texts=texts,
            known=_known(garden, texts),
            notes=found.notes,
        )
    with garden.one_act("import") as act:
        before = garden.newest()
        stored = markdown_import.bring_in(garden, texts, into=request.into)
    return ImportResult(
        kind="texts",
        format=found.format,
        texts=tuple(stored),
        fresh=_fresh(stored, before),
        known=len(stored) - len(_fresh(stored, before)),
        notes=found.notes,
        stored=True,
        act=act.id if act.used else None,
    )


def _signed(text: Text, by: str) -> Text:
    """Give a person's text with its author, where its file does not name one."""
    source = text.origin.source
    if not by or source is None or source.author or text.origin.author == "model":
        return text
    return Text(text.content, replace(text.origin, source=replace(source, author=by)))


def _import_records(garden: Garden | None, rows: Rows, request: ImportRequest) -> ImportResult:
    """Import what a garden exported, with all that belongs to each text."""
    _require_collection_of_texts(garden, request)
    reader = Reader(rows)
    if garden is None or request.preview:
        found, problems = export_files.preview_jsonl(reader)
        _require_any(found, problems)
        return ImportResult(
            kind="garden",
            format=_GARDEN,
            texts=tuple(found),
            known=_known(garden, found),
            problems=tuple(problems),
        )
    with garden.one_act("import") as act:
        before = garden.newest()
        moved = before == 0 and not rows.shared
        done = garden.bring_in(reader, mine=moved if request.mine is None else request.mine)
        texts = garden.texts(done.ids)
        if request.into is not None and texts:
            garden.shelves.put(request.into, *texts)
        if not act.used:
            _require_any(texts, done.problems)
    return ImportResult(
        kind="garden",
        format=_GARDEN,
        texts=tuple(texts),
        fresh=_fresh(texts, before),
        known=len(texts) - len(_fresh(texts, before)),
        notes=tuple(done.notes),
        problems=tuple(done.problems),
        stored=True,
        act=act.id if act.used else None,
    )


def _import_pages(garden: Garden | None, pages: Vault, request: ImportRequest) -> ImportResult:
    """Import Markdown pages."""
    if request.into is not None:
        raise InputError(
            "Markdown pages join no collection.",
            hint="Leave the collection (--into) out, and put the texts there afterwards.",
        )
    if not pages.on_disk:
        _require_no_sync(request)
    if pages.refused and not pages.pages:
        raise pages.refused[0]
    fresh: tuple[int, ...] = ()
    act = None
    if garden is None or request.preview:
        done = import_pages(garden, pages, preview=True, sync=request.sync)
    else:
        with garden.one_act("import") as together:
            before = garden.newest()
            done = import_pages(garden, pages, sync=request.sync, mine=bool(request.mine))
        fresh = _fresh(done.texts, before)
        act = together.id if together.used else None
    return ImportResult(
        kind="pages",
        format=_PAGES,
        texts=done.texts,
        fresh=fresh,
        changes=done.changes,
        written=done.written,
        notes=done.notes,
        problems=tuple(f"Not read: {error}" for error in done.refused),
        stored=not request.preview,
        act=act,
    )


def _pages(request: ImportRequest) -> Vault | None:
    """Give the Markdown pages of a file; None where it is of another kind, or said to be."""
    source = request.source
    plain = (request.form, request.separator, request.column, request.delimiter)
    is_folder = isinstance(source, Path) and source.is_dir()
    if any(each is not None for each in plain) and not is_folder:
        return None
    if isinstance(source, Path):
        return find_pages(source)
    if is_archive(source):
        return read_archive(source)
    if is_page(request.name, source):
        return Vault(pages=(decode_page(Path(request.name), source),), on_disk=False)
    return None


@contextmanager
def _as_path(request: ImportRequest) -> Iterator[Path]:
    """Give the path of a file; of one that was sent, in a folder that is removed afterwards."""
    if isinstance(request.source, Path):
        yield request.source
        return
    with tempfile.TemporaryDirectory(prefix="flourishing-") as folder:
        path = Path(folder) / request.name
        path.write_bytes(request.source)
        yield path


def _known(garden: Garden | None, texts: Sequence[Text]) -> int:
    known = [] if garden is None else markdown_import.as_known(garden, texts)
    return sum(isinstance(text, Stored) for text in known)


def _fresh(texts: Sequence[Stored], before: int) -> tuple[int, ...]:
    return tuple(text.id for text in texts if text.id > before)


def _require_collection_of_texts(garden: Garden | None, request: ImportRequest) -> None:
    if garden is not None and request.into is not None:
        collections.require_kind(request.into, garden, chains=False)


def _require_no_sync(request: ImportRequest) -> None:
    if request.sync:
        raise InputError(
            "Only Markdown pages in a folder, or one by itself, can be written back into.",
            hint="Leave --sync out.",
        )


def _require_any(texts: Sequence[Text], problems: Sequence[str]) -> None:
    """Refuse a file of which nothing can be imported."""
    if problems and not texts:
        raise InputError(
            f"Nothing of this file can be imported. {problems[0]}",
            hint="It may be cut off or changed: export it again, or copy it again.",
        )
