"""A file that comes in: seen for what it is, shown before anything is stored, then brought in.

It is named by a stranger and filled by one. While it is read it has a name and a folder of our own,
and of an archive only the pages are taken, under names of our own, up to the size of any import.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flourishing.errors import InputError
from flourishing.exchange.paths import Take
from flourishing.exchange.reading import read
from flourishing.exchange.rows import Rows, find_rows
from flourishing.exchange.transfer import Reader
from flourishing.garden import Garden, Stored
from flourishing.studio.bodies_library import FileChange, FoundBody
from flourishing.studio.guard import LARGEST_BODY
from flourishing.studio.telling import tell_texts
from flourishing.text import Text
from flourishing.workshop import passing, shelving

NO_NAME: Final = re.compile(r'[\x00-\x1f\x7f-\x9f"*/:<>?\\|]+')
"""What stands in the name of no file."""
LONGEST_NAME: Final = 60
_SHOWN: Final = 100
_NAMED: Final = 20
_MOST_FILES: Final = 50_000
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a file is to be read; `flourishing.exchange.reading.read` says what each means."""

    form: str | None = None
    take: Take = "marked"
    separator: str | None = None
    column: str | None = None
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
    if into is not None:
        shelving.require_kind(into, garden, chains=False)
    with tempfile.TemporaryDirectory(prefix="flourishing-") as made:
        folder = Path(made)
        if given.startswith(_ZIP):
            _unzip(given, folder)
            return _pages(garden, folder, preview=preview, into=into)
        path = folder / name
        path.write_bytes(given)
        if path.suffix.lower() in {".md", ".markdown"} and _is_page(given):
            path.rename(path.with_suffix(".md"))
            return _pages(garden, folder, preview=preview, into=into)
        if (rows := find_rows(given)) is not None:
            return _ours(garden, rows, preview=preview, into=into)
        found = read(
            path,
            form=how.form,
            take=how.take,
            separator=how.separator,
            column=how.column,
            unescape=how.unescape,
        )
    texts: Sequence[Text] = found.texts
    before = garden.newest()
    if not preview:
        texts = garden.add(*texts)
        if into is not None and texts:
            garden.shelves.put(into, *texts)
    return _found(found.format, texts, list(found.notes), None if preview else before)


def _pages(garden: Garden, folder: Path, *, preview: bool, into: str | None) -> FoundBody:
    """Read Markdown pages back."""
    if into is not None:
        raise InputError(
            "Pages that are read back join no collection.", hint="Put them there afterwards."
        )
    changes = passing.read_folder(garden, folder, preview=preview)
    told = [
        FileChange(kind=each.kind, name=each.path.name, content=each.content)
        for each in changes[:_SHOWN]
    ]
    return FoundBody(
        format="Markdown pages",
        count=len(changes),
        texts=[],
        fresh=[],
        notes=[] if changes else ["Nothing in them is new or was changed."],
        changes=told,
        stored=not preview,
    )


def _ours(garden: Garden, rows: Rows, *, preview: bool, into: str | None) -> FoundBody:
    """Read what another garden wrote, with all that belongs to each text."""
    reader = Reader(rows)
    texts: Sequence[Text]
    before = garden.newest()
    notes = ["They bring with them all that they came from."]
    if preview:
        texts, problems = passing.preview_jsonl(reader)
    else:
        done = garden.bring_in(reader)
        problems = done.problems
        texts = garden.texts(done.ids)
        notes += done.notes
        if into is not None and texts:
            garden.shelves.put(into, *texts)
    if problems and not texts:
        raise InputError(
            f"Nothing of this file can be brought in. {problems[0]}",
            hint="It may be cut off or changed: export it again, or copy it again.",
        )
    if problems:
        notes.append(f"{len(problems):,} of its records cannot be brought in:")
        notes += problems[:_NAMED]
    return _found("Texts of another garden", texts, notes, None if preview else before)


def _found(
    kind: str, texts: Sequence[Text], notes: list[str], before: int | None = None
) -> FoundBody:
    """Say what was found; `before` is the newest text before it was stored, None if it was not."""
    stored = [] if before is None else [each.id for each in texts if isinstance(each, Stored)]
    return FoundBody(
        format=kind,
        count=len(texts),
        texts=tell_texts(texts[:_SHOWN]),
        notes=notes,
        fresh=[id for id in stored if before is not None and id > before],
        changes=[],
        stored=before is not None,
    )


def _is_page(given: bytes) -> bool:
    return given.removeprefix(_BOM).startswith((b"---\n", b"---\r\n"))


def _unzip(given: bytes, folder: Path) -> None:
    """Take the Markdown pages out of an archive, under names of our own making.

    Raises:
        InputError: It is damaged, locked or too large, or there is no such page in it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(given)) as archive:
            pages = [each for each in archive.infolist() if each.filename.lower().endswith(".md")]
            pages = [each for each in pages if "__MACOSX/" not in each.filename]
            if sum(each.file_size for each in pages) > LARGEST_BODY or len(pages) > _MOST_FILES:
                raise InputError(
                    "There is too much in this archive.", hint="Bring it in in several parts."
                )
            for number, each in enumerate(pages):
                (folder / f"{number:05d} {_file_name(each.filename)}").write_bytes(
                    archive.read(each)
                )
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError) as error:
        raise InputError(
            "This archive cannot be read: it is damaged, or locked.",
            hint="Export or pack it again, without a password.",
        ) from error
    if not pages:
        raise InputError(
            "There are no Markdown pages in this archive.",
            hint="Unpack it, and bring in a file that stood in it.",
        )


def _file_name(given: str) -> str:
    """Make of a name from outside one that is safe here: only its end and its suffix matter."""
    last = re.split(r"[/\\]", given)[-1]
    path = Path(NO_NAME.sub(" ", last).strip(" ."))
    stem, suffix = path.stem[:LONGEST_NAME].strip(" ."), path.suffix[:10]
    return f"{stem or 'file'}{suffix}"
