"""A file that comes in: seen for what it is, shown before anything is stored, then brought in.

It is named by a stranger and filled by one. While it is read it has a name and a folder of our own.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flourishing.errors import InputError
from flourishing.exchange.archive import is_archive, read_archive
from flourishing.exchange.markdown import decode_page, is_page
from flourishing.exchange.paths import Take
from flourishing.exchange.reading import read
from flourishing.exchange.rows import Rows, find_rows
from flourishing.exchange.transfer import Reader
from flourishing.exchange.vault import Vault
from flourishing.garden import Garden, Stored
from flourishing.garden.journal import Together
from flourishing.studio.bodies_library import FileChange, FoundBody
from flourishing.studio.telling import tell_texts
from flourishing.text import Text
from flourishing.workshop import imports, passing, shelving
from flourishing.workshop.markdown_import import Imported, import_pages

NO_NAME: Final = re.compile(r'[\x00-\x1f\x7f-\x9f"*/:<>?\\|]+')
"""What stands in the name of no file."""
LONGEST_NAME: Final = 60
_SHOWN: Final = 100
_NAMED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a file is to be read; `flourishing.exchange.reading.read` says what each means."""

    form: str | None = None
    take: Take = "marked"
    separator: str | None = None
    column: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    unescape: bool = False


def bring_in(
    garden: Garden, given: bytes, name: str, *, how: How, preview: bool, into: str | None
) -> FoundBody:
    """Read a file, and bring its texts in.

    Args:
        garden: Where the texts go.
        given: What the file holds.
        name: What it is called, by whoever sent it.
        how: How it is to be read.
        preview: Only say what would come of it.
        into: The collection that the texts join as well.

    Raises:
        InputError: It is empty or damaged, or nothing knows its format.
    """
    if not given.strip():
        raise InputError("The file is empty.", hint="Choose another one.")
    name = _file_name(name)
    if is_archive(given):
        return _pages(garden, read_archive(given), preview=preview, into=into)
    if is_page(name, given):
        vault = Vault(pages=(decode_page(Path(name), given),))
        return _pages(garden, vault, preview=preview, into=into)
    if into is not None:
        shelving.require_kind(into, garden, chains=False)
    with tempfile.TemporaryDirectory(prefix="flourishing-") as made:
        folder = Path(made)
        path = folder / name
        path.write_bytes(given)
        if (rows := find_rows(given)) is not None:
            return _ours(garden, rows, preview=preview, into=into)
        found = read(
            path,
            form=how.form,
            take=how.take,
            separator=how.separator,
            column=how.column,
            delimiter=how.delimiter,
            encoding=how.encoding,
            unescape=how.unescape,
        )
    if preview:
        return _found(found.format, found.texts, found.notes)
    with garden.one_act("import") as act:
        before = garden.newest()
        stored = imports.bring_in(garden, found.texts, into=into)
    return _brought(_found(found.format, stored, found.notes), stored, act, before)


def _pages(garden: Garden, vault: Vault, *, preview: bool, into: str | None) -> FoundBody:
    """Bring in Markdown pages."""
    if into is not None:
        raise InputError("Markdown pages join no collection.", hint="Put them there afterwards.")
    if preview:
        return _read(import_pages(garden, vault, preview=True))
    with garden.one_act("import") as act:
        before = garden.newest()
        done = import_pages(garden, vault)
    return _brought(_read(done), done.texts, act, before)


def _read(done: Imported) -> FoundBody:
    """Say what was read in pages."""
    told = [
        FileChange(kind=each.kind, name=str(each.path), content=each.content)
        for each in done.changes[:_SHOWN]
    ]
    nothing = () if done.changes else ("Nothing in them is new or was changed.",)
    return FoundBody(
        format="Markdown pages",
        count=len(done.changes),
        texts=[],
        fresh=[],
        notes=[*nothing, *done.notes, *(f"Not read: {error}" for error in done.refused)],
        changes=told,
        stored=False,
        act=None,
    )


def _ours(garden: Garden, rows: Rows, *, preview: bool, into: str | None) -> FoundBody:
    """Read what another garden wrote, with all that belongs to each text."""
    reader, kind = Reader(rows), "Texts of another garden"
    notes = ["They bring with them all that they came from."]
    if preview:
        found, problems = passing.preview_jsonl(reader)
        return _found(kind, found, [*notes, *_named(problems, among=found)])
    with garden.one_act("import") as act:
        before = garden.newest()
        done = garden.bring_in(reader)
        texts = garden.texts(done.ids)
        if into is not None and texts:
            garden.shelves.put(into, *texts)
        notes += [*done.notes, *_named(done.problems, among=texts)]
    return _brought(_found(kind, texts, notes), texts, act, before)


def _named(problems: Sequence[str], *, among: Sequence[Text]) -> list[str]:
    """Name the first records that cannot be brought in.

    Raises:
        InputError: No text can be.
    """
    if problems and not among:
        raise InputError(
            f"Nothing of this file can be brought in. {problems[0]}",
            hint="It may be cut off or changed: export it again, or copy it again.",
        )
    if not problems:
        return []
    return [f"{len(problems):,} of its records cannot be brought in:", *problems[:_NAMED]]


def _found(kind: str, texts: Sequence[Text], notes: Sequence[str]) -> FoundBody:
    """Say what was found in a file."""
    return FoundBody(
        format=kind,
        count=len(texts),
        texts=tell_texts(texts[:_SHOWN]),
        fresh=[],
        notes=list(notes),
        changes=[],
        stored=False,
        act=None,
    )


def _brought(found: FoundBody, texts: Sequence[Stored], act: Together, before: int) -> FoundBody:
    """Say that what was found was brought in.

    Args:
        found: What was found.
        texts: Its texts, as they are stored.
        act: The act by which they were.
        before: The number of the newest text before that.
    """
    fresh = [text.id for text in texts if text.id > before]
    brought = act.id if act.used else None
    return found.model_copy(update={"stored": True, "fresh": fresh, "act": brought})


def _file_name(given: str) -> str:
    """Make of a name from outside one that is safe here: only its end and its suffix matter."""
    last = re.split(r"[/\\]", given)[-1]
    path = Path(NO_NAME.sub(" ", last).strip(" ."))
    stem, suffix = path.stem[:LONGEST_NAME].strip(" ."), path.suffix[:10]
    return f"{stem or 'file'}{suffix}"
