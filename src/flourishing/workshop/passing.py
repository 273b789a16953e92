"""What goes out of a garden, and what comes in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from flourishing.chapbook import Chapbook, Poem
from flourishing.errors import InputError
from flourishing.exchange.markdown import update_page, write_page
from flourishing.exchange.transfer import from_lines, to_lines
from flourishing.exchange.vault import find_earlier, listed
from flourishing.garden import Garden, Stored
from flourishing.text import Span, Text


def write_folder(garden: Garden, texts: Iterable[Stored], folder: Path) -> list[Path]:
    """Write texts of a garden into a folder as Markdown, one file each.

    In the earlier file of a text only the front matter is brought up to date, and keys that are not
    ours stay in it; no other file is written over.

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
    return text.origin.source.title if text.origin.source else ""


def _spans(garden: Garden, text: Stored) -> tuple[Span, ...]:
    """Give who wrote which stretch of a text; nothing where only one can have."""
    origin = text.origin
    if not (origin.parents or origin.spans or origin.start):
        return ()
    return garden.lineage.spans(text.id)
