"""Texts as Markdown files, one each, which a person can edit and read back.

A page that we wrote has front matter with the text's number and digest, an empty line, and the text
exactly as it is. What a person changed is found by the digest, so a file may be renamed, and the
number of another garden is no number here. Where the digest is right, the rest of the front matter
is believed: who wrote the text, with which model, and where it was found. Any other Markdown file
is a text by a person; its title, author, year and source become the text's source.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final

from flourishing.core.text import Origin, Span, Text
from flourishing.errors import InputError
from flourishing.files import write_whole
from flourishing.formats.markdown.front_matter import (
    OURS,
    Note,
    as_tags,
    front_of,
    origin_of,
    plain_lines,
    source_of,
    tags_of,
)

_SUFFIXES: Final = (".md", ".markdown")
_PAGE: Final = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*---[ \t]*(?:[\r\n]|\Z)")
_FENCE: Final = "---\n"
_ID: Final = re.compile(r"[1-9][0-9]{0,17}")
_DIGEST: Final = re.compile(r"b2:[0-9a-f]{64}")
_SLUG_WORDS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One Markdown file.

    Attributes:
        path: Where it is, or what it is called in an archive.
        content: The text in it.
        id: The number that our own front matter gives it; None without one.
        digest: The digest that the text had when we wrote it out; empty in a page that we did not.
        tags: Its tags; None where the front matter says nothing of them.
        origin: Where the text came from, as far as the front matter says.
        not_taken: The keys of the front matter that say nothing to us.
        note: The file, taken apart; None for a page that was not read from one.
        encoding: The encoding of the file.
    """

    path: Path
    content: str
    id: int | None = None
    digest: str = ""
    tags: tuple[str, ...] | None = None
    origin: Origin = field(default_factory=lambda: Origin(author="person"))
    not_taken: tuple[str, ...] = ()
    note: Note | None = field(default=None, repr=False)
    encoding: str = "utf-8"

    @property
    def changed(self) -> bool:
        """Whether a person changed the text, or wrote it; ends of lines at its end do not count."""
        return Text(self.content).digest != self.digest

    def as_text(self) -> Text:
        """Make the text; one that a person changed since we wrote it out is that person's."""
        origin = self.origin
        if self.digest and self.changed:
            origin = Origin(author="person", source=origin.source)
        return Text(self.content, origin)


def write_page(
    folder: Path,
    id: int,
    text: Text,
    *,
    tags: tuple[str, ...] = (),
    spans: Sequence[Span] = (),
) -> Path:
    """Write a text into a folder, under a name that no file there has.

    Args:
        folder: The folder, made if need be.
        id: The text's number.
        text: The text.
        tags: Its tags.
        spans: Who wrote which stretch of it.

    Returns:
        The path of the file.

    Raises:
        StorageError: It cannot be written.
    """
    from flourishing.formats.markdown.front_matter import write_front

    path = _free(folder, f"{id:05d}{_slug(text.content)}")
    front = write_front(front_of(id, text, tags, spans))
    page = f"{_FENCE}{front}{_FENCE}\n{text.content}\n"
    write_whole(path, page.encode(), folders=True)
    return path


def update_page(
    page: Page,
    id: int,
    text: Text,
    *,
    tags: tuple[str, ...] | None = None,
    spans: Sequence[Span] = (),
) -> bool:
    """Write into the front matter of a page of ours which text it now is.

    The text itself, the keys that are not ours and the ends of lines stay as they are.

    Args:
        page: The page, as it was read.
        id: The number of the text that it is now.
        text: That text.
        tags: Its tags; None leaves those of the page.
        spans: Who wrote which stretch of it.

    Returns:
        Whether it was written; not if the file was changed since it was read.

    Raises:
        StorageError: It cannot be written.
    """
    if page.note is None or not page.note.head:
        return False
    tagged = tags is not None and set(tags) != set(page.tags or ())
    values = front_of(id, text, (tags or ()) if tagged else (), spans)
    before = f"{page.note.head}{page.note.front}{page.note.rest}".encode(page.encoding)
    ours = OURS if tagged else OURS - {"tags"}
    after = page.note.with_front(values, ours).encode(page.encoding)
    try:
        same = page.path.read_bytes() == before
    except OSError:
        same = False
    if same and after != before:
        write_whole(page.path, after)
    return same


def is_markdown(name: str) -> bool:
    """Say whether this is the name of a Markdown file.

    Args:
        name: The name of the file, with its ending.
    """
    return name.lower().endswith(_SUFFIXES)


def is_page(name: str, raw: bytes) -> bool:
    """Say whether a file is a page: Markdown that begins as front matter does.

    Args:
        name: What the file is called.
        raw: What stands in it, or its beginning.
    """
    return is_markdown(name) and _PAGE.match(raw.replace(b"\0", b"")) is not None


def decode_page(path: Path, raw: bytes) -> Page:
    """Read the bytes of a file as a page.

    Args:
        path: Where it is, for the page and for errors.
        raw: All bytes of it, in UTF-8, or in UTF-16 with a byte order mark.

    Raises:
        InputError: It is no text, or its front matter cannot be read.
    """
    encoding = "utf-8"
    for mark, wide in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        encoding = wide if raw.startswith(mark) else encoding
    try:
        whole = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} cannot be read: it is not in UTF-8 (byte {error.start + 1}).",
            hint="Save it as text in UTF-8.",
        ) from error
    return replace(read_page(path, whole), encoding=encoding)


def read_page(path: Path, whole: str) -> Page:
    """Take a file apart.

    Args:
        path: Where it is, for the page and for errors.
        whole: All that stands in it.

    Raises:
        InputError: Its front matter is too large, or no YAML.
    """
    note = Note.of(whole, str(path))
    table = note.table
    digest = table.get("digest")
    if isinstance(digest, str) and _DIGEST.fullmatch(digest):
        return _page_of_ours(path, note, digest)
    source, used = source_of(table)
    tags, tagged = tags_of(table)
    return Page(
        path=path,
        content=plain_lines(note.body).strip("\n"),
        tags=tags,
        origin=Origin(author="person", source=source),
        not_taken=tuple(key for key in table if key not in {*used, *tagged}),
        note=note,
    )


def _page_of_ours(path: Path, note: Note, digest: str) -> Page:
    """Read a page that we wrote, and that a person may have changed since."""
    table = note.table
    content = _unchanged(note.body, digest)
    changed = content is None
    if content is None:
        content = plain_lines(note.body).removeprefix("\n").rstrip("\n")
    id = table.get("id")
    return Page(
        path=path,
        content=content,
        id=int(id) if isinstance(id, str) and _ID.fullmatch(id) else None,
        digest=digest,
        tags=as_tags(table["tags"], ours=True) if "tags" in table else None,
        origin=origin_of(table, 0 if changed else len(content)),
        not_taken=tuple(key for key in table if key not in OURS),
        note=note,
    )


def _unchanged(body: str, digest: str) -> str | None:
    """Give the text that has this digest, whatever an editor did to the ends of lines."""
    for words in (body, plain_lines(body)):
        whole = words.removeprefix("\n").removesuffix("\n")
        for content in (whole, whole.rstrip("\n")):
            if _digest(content) == digest:
                return content
    return None


def _digest(content: str) -> str:
    return Text(content).digest


def _free(folder: Path, stem: str) -> Path:
    """Give a path that no file has: what is there may be somebody's work."""
    path = folder / f"{stem}.md"
    copies = count(2)
    while os.path.lexists(path):
        path = folder / f"{stem}-{next(copies)}.md"
    return path


def _slug(content: str) -> str:
    """Give the first words of a text as they can stand in a file's name anywhere."""
    words = re.findall(r"[a-z0-9]+", content.casefold())[:_SLUG_WORDS]
    return "".join(f"-{word[:20]}" for word in words)
