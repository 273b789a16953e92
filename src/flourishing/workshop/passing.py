"""What goes out of a garden, and what comes in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flourishing.chapbook import Chapbook, Poem
from flourishing.errors import InputError
from flourishing.exchange.markdown import Page, put_page, read_pages, write_page
from flourishing.exchange.transfer import from_lines, to_lines
from flourishing.garden import Garden, Stored
from flourishing.text import Text


@dataclass(frozen=True, slots=True)
class Change:
    """What reading a file back would do, or did.

    Attributes:
        kind: "new" for a text that the garden has not, "edited" for one that was changed, "tagged"
            for one whose tags were.
        path: The file.
        content: The text in it.
    """

    kind: Literal["new", "edited", "tagged"]
    path: Path
    content: str


def write_folder(texts: Iterable[Stored], folder: Path) -> list[Path]:
    """Write texts into a folder as Markdown, one file each, over their earlier files.

    Raises:
        StorageError: It cannot be written.
    """
    return [write_page(folder, text.id, text, tags=text.tags) for text in texts]


def read_folder(garden: Garden, folder: Path, *, preview: bool = False) -> list[Change]:
    """Read a folder of Markdown back: what a person changed in it becomes edits and new texts.

    Each file that brought something is written anew, with the number of the new text, so that
    reading the folder twice changes nothing.

    Args:
        garden: Where the texts go.
        folder: The folder.
        preview: Only say what would come of it.

    Raises:
        InputError: It is no folder, or a file in it cannot be read.
        StorageError: A file cannot be written.
    """
    changes = []
    for page in list(read_pages(folder)):
        change = _change(garden, page)
        if change is not None:
            changes.append(change)
            if not preview:
                _take(garden, page, change)
    return changes


def to_jsonl(garden: Garden, ids: Sequence[int]) -> Iterator[str]:
    """Give texts with their whole lineage as lines of JSON."""
    return to_lines(
        (text, {"marks": sorted(stored.marks), "tags": list(stored.tags)})
        for text, stored in garden.lineage.whole(ids)
    )


def from_jsonl(garden: Garden, lines: Iterable[str]) -> list[Stored]:
    """Bring texts in with their lineage; what had been kept elsewhere is kept here.

    Returns:
        The texts that were asked for when they were written, without what they came from.

    Raises:
        InputError: A line is not of our own format, or was changed.
    """
    told = list(from_lines(lines))
    garden.add(*(text for text, _ in told), keep=False)
    if kept := [text for text, more in told if "keep" in more.get("marks", ())]:
        garden.add(*kept)
    for text, more in told:
        for tag in more.get("tags", ()):
            if tag.strip():
                garden.tag(tag, text)
    return garden.add(*(text for text, more in told if "marks" in more), keep=False)


def to_preferences(garden: Garden, *, passed: bool = False) -> Iterator[str]:
    """Give what was chosen over what as lines of JSON."""
    for pair in garden.preferences(passed=passed):
        yield json.dumps(pair.as_dict(), ensure_ascii=False)


def chapbook(
    garden: Garden, texts: Sequence[Stored], *, title: str, by: str = "", note: str = ""
) -> Chapbook:
    """Bind texts as a chapbook, each with the versions that led to it.

    Raises:
        InputError: There are no texts, or no title.
    """
    if not texts:
        raise InputError(
            "There is nothing to bind.", hint="Keep a poem first, or name some by their numbers."
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


def _title(text: Text) -> str:
    return text.origin.source.heading if text.origin.source else ""


def _change(garden: Garden, page: Page) -> Change | None:
    if not page.content.strip():
        return None
    known = _known(garden, page)
    if known is None:
        return Change("new", page.path, page.content)
    if page.changed:
        return Change("edited", page.path, page.content)
    if page.tags is not None and set(page.tags) != set(known.tags):
        return Change("tagged", page.path, page.content)
    return None


def _known(garden: Garden, page: Page) -> Stored | None:
    """Give the text that a file was written from, if it is from this garden."""
    if page.id is None:
        return None
    try:
        text = garden.text(page.id)
    except InputError:
        return None
    return text if text.digest == page.digest else None


def _take(garden: Garden, page: Page, change: Change) -> None:
    known = _known(garden, page)
    if known is None:
        (text,) = garden.add(page.content)
    else:
        text = garden.edit(known, page.content) if change.kind == "edited" else known
    for tag in set(page.tags or ()) - set(text.tags):
        garden.tag(tag, text)
    if known is not None and page.tags is not None:
        for tag in set(text.tags) - set(page.tags):
            garden.tag(tag, text, on=False)
    now = garden.text(text.id)
    put_page(page.path, now.id, now, tags=now.tags)
