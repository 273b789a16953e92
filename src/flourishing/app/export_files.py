"""Writing texts out: folders, JSONL, preference pairs, plain text and chapbooks.

A brood that its garden cannot store is written as lines that can be imported later. These are
version 1 of our JSONL, in which each text has its whole origin; version 2 describes what a garden
has stored.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from flourishing.breeding.brood import Brood, Offspring
from flourishing.core.text import Span, Text
from flourishing.core.words import quantity
from flourishing.errors import InputError
from flourishing.files import write_whole, writing
from flourishing.formats.chapbook import Chapbook, Poem
from flourishing.formats.jsonl.records import TextRecord, Unreadable
from flourishing.formats.jsonl.transfer import Reader, Rows, find_rows, to_line
from flourishing.formats.markdown.page import update_page, write_page
from flourishing.formats.markdown.vault import find_earlier, listed
from flourishing.formats.plain_text import SEPARATOR
from flourishing.garden import Export, Garden, Stored


def rescue(garden: Garden, broods: Iterable[Brood]) -> Path | None:
    """Write the offspring of broods, with their whole lineage, into a file of their own.

    Args:
        garden: The garden that could not take them. The file is written beside it if possible, or
            else into the current folder, the home folder or the folder for temporary files.
        broods: The broods.

    Returns:
        The path of the file, which `flourishing garden import` reads; None if nothing is to be
        written, or could be written nowhere.
    """
    offspring = [each for brood in broods for each in brood.offspring]
    content = "".join(f"{line}\n" for line in _lines(offspring))
    if not offspring:
        return None
    for path in _places(garden):
        with suppress(OSError):
            _write(path, content)
            return path
    return None


def _lines(offspring: list[Offspring]) -> Iterator[str]:
    """Give texts as lines, each once and after its parents."""
    asked, written = {text.identity for text in offspring}, set[str]()
    for each in offspring:
        waiting: list[Text] = [each]
        while waiting:
            text = waiting[-1]
            before = [one for one in text.origin.parents if one.identity not in written]
            if before and text.identity not in written:
                waiting += before
                continue
            waiting.pop()
            if text.identity not in written:
                written.add(text.identity)
                yield _line(text, asked=text.identity in asked)


def _line(text: Text, *, asked: bool) -> str:
    table = {
        "format": "flourishing/1",
        "identity": text.identity,
        **Text.as_dict(text),
        "parents": [parent.identity for parent in text.origin.parents],
        **({"marks": [], "tags": []} if asked else {}),
    }
    return json.dumps(table, ensure_ascii=False)


def _places(garden: Garden) -> Iterator[Path]:
    beside = Path("garden.db" if "://" in garden.name else garden.name)
    name = f"{beside.name}.unsaved-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
    folders = [beside.parent, Path.cwd()]
    with suppress(RuntimeError):
        folders.append(Path.home())
    for folder in [*folders, Path(tempfile.gettempdir())]:
        for number in range(1, 100):
            path = folder / f"{name}{'' if number == 1 else f'-{number}'}.jsonl"
            if not path.exists():
                yield path.absolute()
                break


def _write(path: Path, content: str) -> None:
    """Write a new file, for its owner alone, whole or not at all."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - a descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


_BEGINNINGS: Final = {
    ".html": b"<!doctype html",
    ".pdf": b"%pdf-",
    ".epub": b"pk",
    ".png": b"\x89png",
}
"""How a document of each form begins, in small letters."""
_LOOKED_AT: Final = 200


def write_folder(garden: Garden, texts: Iterable[Stored], folder: Path) -> list[Path]:
    """Write texts of a garden into a folder as Markdown, one file each.

    In the earlier file of a text only the front matter is brought up to date, and keys that are not
    ours stay in it; no other file is written over. What is
    damaged is left out: it would come back as another text.

    Args:
        garden: Where the texts are.
        texts: The texts.
        folder: The folder, made if need be.

    Returns:
        The file of each text.

    Raises:
        InputError: An earlier file was edited by hand; then nothing is written.
        StorageError: It cannot be written.
    """
    texts = list(texts)
    _require_something(len(texts))
    texts = [text for text in texts if not text.damage]
    earlier = find_earlier(folder)
    pages = [earlier.get((text.id, text.digest)) for text in texts]
    if edited := [page.path.name for page in pages if page is not None and page.changed]:
        raise InputError(
            f"These files in {folder} were edited: {listed(edited)}. Nothing was written.",
            hint=f"Bring the edits in first: flourishing garden import {folder} --sync; "
            "or name another folder.",
        )
    paths = []
    for text, page in zip(texts, pages, strict=True):
        spans = _spans(garden, text)
        if page is not None and update_page(page, text.id, text, tags=text.tags, spans=spans):
            paths.append(page.path)
        else:
            paths.append(write_page(folder, text.id, text, tags=text.tags, spans=spans))
    return paths


def write_jsonl(
    garden: Garden, target: Path, ids: Sequence[int] | None, *, force: bool = False
) -> Export:
    """Write texts with all that belongs to them, or a whole garden, as JSONL.

    Args:
        garden: The garden.
        target: Where to; a file is put in place whole, or left as it was.
        ids: The numbers of the texts; None for everything.
        force: Whether the file may replace one that holds texts which the new one has not.

    Returns:
        What was written and what could not be.

    Raises:
        InputError: There is nothing to write, or what was there would be lost.
        StorageError: It cannot be written.
    """
    export = garden.export(ids)
    with writing(target) as file:
        for line in to_jsonl(export):
            file.write(f"{line}\n".encode())
        _require_something(export.chosen)
        require_no_loss(target, export.identities, force=force, ours=True)
    return export


def write_plain(texts: Sequence[Stored], target: Path, *, force: bool = False) -> int:
    """Write the words of texts as one plain file, and give how many texts it has.

    Args:
        texts: The texts; those that are damaged are left out.
        target: The file, which is replaced as a whole or left as it was.
        force: Whether a file that is there may be replaced. Off by default.

    Raises:
        InputError: There is nothing to write, or a file is there.
        StorageError: The file cannot be written.
    """
    require_no_loss(target, set(), force=force, ours=True)
    sound = [text for text in texts if not text.damage]
    _require_something(len(sound))
    write_whole(target, to_plain(sound).encode())
    return len(sound)


def to_plain(texts: Iterable[Text]) -> str:
    """Give the words of texts as one plain text, which an import reads as the same texts.

    Args:
        texts: The texts, in the order in which they are written.
    """
    return f"{SEPARATOR.join(text.content for text in texts)}\n"


def write_preferences(
    garden: Garden, target: Path, *, passed: bool = False, force: bool = False
) -> int:
    """Write what was chosen over what as lines of JSON; give how many pairs.

    Args:
        garden: The garden.
        target: Where to; a file is put in place whole, or left as it was.
        passed: Also pairs with a text that was neither kept nor dropped.
        force: Whether the file may replace one of texts, or of another program.

    Raises:
        InputError: There is nothing to write, or what was there would be lost.
        StorageError: It cannot be written.
    """
    require_no_loss(target, set(), force=force, ours=True)
    count = 0
    with writing(target) as file:
        for line in to_preferences(garden, passed=passed):
            file.write(f"{line}\n".encode())
            count += 1
        _require_something(count)
    return count


def require_no_loss(
    target: Path, identities: Collection[str], *, force: bool, ours: bool = False
) -> None:
    """Refuse to replace a file that holds texts which the new one has not.

    Args:
        target: The file, which need not be there.
        identities: The identities of the texts that the new one holds.
        force: Whether all may be replaced.
        ours: Whether to refuse also to replace what no garden has written.

    Raises:
        InputError: Something would be lost.
    """
    if force or not target.is_file() or not target.stat().st_size:
        return
    rows = find_rows(target)
    if rows is None:
        if ours and not _is_of_pairs(target):
            raise InputError(
                f"{target} is there already, and no garden has written it.",
                hint="Name another file, or replace it with --force.",
            )
        return
    lost = _identities(rows) - set(identities)
    if lost:
        raise InputError(
            f"{target} holds {quantity(len(lost), 'text')} that would not be in the new file.",
            hint="Name another file; write all of the garden with --everything, if they are in it; "
            "or replace the file with --force.",
        )


def require_same_form(target: Path) -> None:
    """Refuse to write a document over a file that is of another form, such as a garden.

    Args:
        target: The file, which need not be there; its ending says which form it is to have.

    Raises:
        InputError: Something else is there.
    """
    beginning = _BEGINNINGS.get(target.suffix.lower(), _BEGINNINGS[".html"])
    if not target.is_file() or not target.stat().st_size:
        return
    with target.open("rb") as file:
        there = file.read(_LOOKED_AT).lstrip().lower()
    if not there.startswith(beginning):
        raise InputError(
            f"{target} is there already, and is a file of another form.",
            hint="Name another file; this one was left as it is.",
        )


def _identities(rows: Rows) -> set[str]:
    """Give the identities of the texts in a file, those of damaged records too."""
    found = set()
    for _, row in rows:
        try:
            table = json.loads(row) if isinstance(row, str) else row
            if table.get("record", "text") == "text":
                found.add(str(table["identity"]))
        except (ValueError, KeyError, AttributeError, RecursionError):
            continue
    return found


def _is_of_pairs(target: Path) -> bool:
    """Say whether a file holds preference pairs, which a garden can always write again."""
    try:
        with target.open(encoding="utf-8") as file:
            table = json.loads(file.readline())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(table, dict) and {"prompt", "chosen", "rejected", "why"} <= table.keys()


def _require_something(count: int) -> None:
    if not count:
        raise InputError("There is nothing to export.", hint="Keep a text first, or choose some.")


def to_jsonl(export: Export) -> Iterator[str]:
    """Give what a garden exports as lines of JSON.

    Args:
        export: What the garden exports.
    """
    return map(to_line, export)


def preview_jsonl(reader: Reader) -> tuple[list[Text], list[str]]:
    """Give the texts that a file was written for, and what of it cannot be brought in.

    Args:
        reader: The records of the file.
    """
    chosen, problems = list[Text](), list[str]()
    for _, record in reader:
        if isinstance(record, Unreadable):
            problems.append(str(record))
        elif isinstance(record, TextRecord) and record.chosen:
            chosen.append(record.text)
    return chosen, problems


def to_preferences(garden: Garden, *, passed: bool = False) -> Iterator[str]:
    """Give what was chosen over what as lines of JSON.

    Args:
        garden: The garden.
        passed: Whether offspring without a mark count as passed over, beside those that were
            dropped; by default they do not.
    """
    for pair in garden.preferences(passed=passed):
        yield json.dumps(pair.as_dict(), ensure_ascii=False)


def chapbook(
    garden: Garden, texts: Sequence[Stored], *, title: str, by: str = "", note: str = ""
) -> Chapbook:
    """Bind texts as a chapbook, each with the versions that led to it.

    Args:
        garden: The garden with the versions of the texts.
        texts: The texts in the order of the book.
        title: The title of the book.
        by: Whose book it is; "" for nobody.
        note: A note at the end of the book; "" for none.

    Raises:
        InputError: There are no texts, or no title.
    """
    texts = [text for text in texts if not text.damage]
    if not texts:
        raise InputError(
            "There is nothing to bind.", hint="Keep a text first, or name some by their numbers."
        )
    return Chapbook(
        title=title,
        by=by,
        note=note,
        poems=tuple(
            Poem(text, _title(text), garden.lineage.versions(text.id).versions[:-1])
            for text in texts
        ),
    )


def _title(text: Stored) -> str:
    """Give what a person called it, or what it was published as."""
    return text.title or (text.origin.source.heading if text.origin.source else "")


def _spans(garden: Garden, text: Stored) -> tuple[Span, ...]:
    """Give who wrote which stretch of a text; nothing where only one can have."""
    origin = text.origin
    if not (origin.parents or origin.spans or origin.start):
        return ()
    return garden.lineage.spans(text.id)
