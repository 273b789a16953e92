"""Plain text and JSON as texts, and opening a file from outside.

Before anything is parsed, a file is opened with a limit on its size, and its encoding is found. A
plain text is divided at its separator; JSON has strings, or objects with a text.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from flourishing.core.text import Source, normalize_line_ends
from flourishing.errors import InputError
from flourishing.files import read_bounded
from flourishing.formats.json_values import (
    Object,
    at_iso,
    maybe_list,
    maybe_object,
    maybe_text,
    parse_json,
    require_room,
)
from flourishing.formats.passage import Hand, Passage, Piece, listed, place_in
from flourishing.formats.table import (
    AUTHOR,
    PUBLISHED,
    SOURCE,
    TEXT,
    TITLE,
    YEAR,
    plain_name,
    year_of,
)

_TAPESTRY: Final = b"VersionedTapestryWeave__"
_SQLITE: Final = b"SQLite format 3\x00"
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARIES: Final = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"PK\x03\x04", "an archive, or a document of an office program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an office program"),
    (b"\x1f\x8b", "a packed file"),
)
"""What files of other kinds begin with, so that they are called what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file that was opened.

    Attributes:
        path: Where it is.
        at: When it was last changed, in UTC.
        words: Its text; None for a database, which is opened where it lies.
    """

    path: Path
    at: datetime
    words: str | None

    @property
    def suffix(self) -> str:
        """The end of its name, in small letters."""
        return self.path.suffix.lower()


def open_file(path: Path, *, encoding: str | None = None) -> Opened:
    """Open a file, and decode it unless it is a database.

    Args:
        path: Where it is.
        encoding: The encoding of a text file; by default one of Unicode.

    Raises:
        InputError: It cannot be read, is too large, is a binary of a known or unknown kind, is not
            in this encoding, or there is no such encoding.
    """
    raw, at = read_bounded(path)
    words = None if raw.startswith(_SQLITE) else _decoded(raw, path.name, encoding)
    return Opened(path=path, at=at, words=words)


def _decoded(raw: bytes, name: str, encoding: str | None) -> str:
    if _TAPESTRY in raw[:64]:
        raise InputError(
            f"{name!r} is a weave of Tapestry Loom, in a binary form that only it reads.",
            hint="Save the text in Tapestry Loom as plain text, and import that.",
        )
    for beginning, kind in _BINARIES:
        if raw.startswith(beginning):
            raise InputError(
                f"{name!r} is no text, but {kind}.",
                hint="Save its text as plain text, in UTF-8, and import that.",
            )
    marked = next((known for mark, known in _MARKS if raw.startswith(mark)), "utf-8-sig")
    try:
        words = raw.decode(encoding or marked)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name!r} is not in {encoding or 'UTF-8'}: byte {error.start + 1} cannot be read.",
            hint="Name its encoding, such as windows-1252, or save it as UTF-8; if it is no text, "
            "export it as text first.",
        ) from error
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"There is no encoding of texts {encoding!r}.",
            hint="Known are utf-8, utf-16, windows-1252, latin-1, mac-roman, shift-jis and others.",
        ) from error
    if "\x00" in words:
        raise InputError(
            f"{name!r} is no text: it has zero bytes.",
            hint="Export it as text or JSON first; or, if it is a text, name its encoding, such as "
            "utf-16-le.",
        )
    return words.removeprefix("\ufeff")


SEPARATOR: Final = "\n---\n"
"""What stands between texts in a plain file, if nothing else is said."""
_LAST_YEAR: Final = 9999


def split_text(words: str, separator: str, file: str) -> Iterator[Passage]:
    """Give the texts of a plain file.

    Args:
        words: The whole file.
        separator: What stands between its texts.
        file: The file's name.
    """
    words = normalize_line_ends(words)
    whole = Passage(pieces=(Piece(words, "person"),), source=Source(published=file))
    return whole.split(normalize_line_ends(separator))


def json_lines(words: str, file: str) -> list[object]:
    """Read JSON, one value to a line; empty lines are skipped.

    Args:
        words: The content of the file.
        file: The name of the file in the error message.

    Raises:
        InputError: A line is no JSON, or there are too many values.
    """
    require_room(words)
    values = []
    # Not splitlines(): JSON may hold U+2028 and the like inside of a string.
    for number, line in enumerate(words.split("\n"), start=1):
        if line.strip():
            try:
                values.append(parse_json(line.strip("\r")))
            except ValueError as error:
                raise InputError(
                    f"Line {number} of {file!r} is no JSON.",
                    hint="The file may be cut off; or read it as plain text.",
                ) from error
    return values


def is_row(value: object) -> bool:
    """Say whether a JSON value holds a text: a string, or an object with one.

    Args:
        value: The parsed JSON value.
    """
    if isinstance(value, dict):
        return _named_text(value) is not None
    return isinstance(value, str)


def json_rows(values: list[object], file: str) -> tuple[list[Passage], tuple[str, ...]]:
    """Give the texts of JSON values.

    Args:
        values: Strings, or objects with a text; null and objects without one are blank texts.
        file: The file's name.

    Returns:
        The texts, and what a person should know, in words.

    Raises:
        InputError: A value is something else.
    """
    passages = []
    left_out: dict[str, None] = {}
    for number, value in enumerate(values, start=1):
        place = f"row {number}"
        if isinstance(value, dict):
            passages.append(_json_row(value, file, place))
            left_out |= dict.fromkeys(_unread(value))
        elif value is None or isinstance(value, str):
            content = normalize_line_ends(value or "")
            source = Source(published=place_in(file, place))
            passages.append(Passage(pieces=(Piece(content, "person"),), source=source, place=place))
        else:
            raise InputError(
                f"Row {number} of {file!r} holds no text.",
                hint="Each must be a string, or an object with `content` or `text`.",
            )
    names = (repr(name) for name in left_out)
    return passages, (f"Left out: {listed(names)}.",) if left_out else ()


def _json_row(row: Object, file: str, place: str) -> Passage:
    _, content = _named_text(row) or ("", "")
    ours = isinstance(row.get("origin"), dict)
    origin = maybe_object(row.get("origin"))
    # Our own export has the source inside of the origin; other files have it beside the text.
    said = maybe_object(origin.get("source")) or row
    title = _first(said, TITLE)
    if not ours:
        content = normalize_line_ends(content)
    return Passage(
        pieces=_spans(content, origin),
        source=Source(
            author=_first(said, AUTHOR),
            title=title,
            year=_year(said),
            published=_first(said, PUBLISHED) or place_in(file, "" if title else place),
        ),
        at=at_iso(origin.get("at")),
        model=maybe_text(origin.get("model")) or None,
        place=place,
    )


def _named_text(row: Object) -> tuple[str, str] | None:
    """Give the name and the text under the first of the usual names that has one."""
    plain = {plain_name(name): name for name in row}
    for name in TEXT:
        value = row.get(plain.get(name, ""))
        if isinstance(value, str):
            return plain[name], value
        if isinstance(value, list) and all(isinstance(line, str) for line in value):
            return plain[name], "\n".join(map(str, value))  # as PoetryDB has its lines
    return None


def _first(row: Object, names: Sequence[str]) -> str:
    """Give the first text under one of these names that is not blank."""
    named = {plain_name(name): value for name, value in row.items()}
    values = (maybe_text(named.get(name)) for name in names)
    return next((value for value in values if value.strip()), "")


def _year(row: Object) -> int | None:
    named = {plain_name(name): value for name, value in row.items()}
    for name in YEAR:
        value = named.get(name)
        if isinstance(value, str):
            return year_of(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LAST_YEAR:
            return value
    return None


def _unread(row: Object) -> Iterator[str]:
    """Name what becomes no part of a text; of our own export, that is other lines' matter."""
    if isinstance(row.get("origin"), dict):
        return
    text, _ = _named_text(row) or ("", "")
    for name, value in row.items():
        if value not in (None, "", []) and name != text and plain_name(name) not in SOURCE:
            yield name


def _spans(content: str, origin: Object) -> tuple[Piece, ...]:
    """Give the content by who wrote it, where the origin has it and the lengths add up."""
    pieces = []
    at = 0
    for span in map(maybe_object, maybe_list(origin.get("spans"))):
        author, length = _hand(span.get("author")), span.get("length")
        if author is None or not isinstance(length, int) or length < 1:
            break
        pieces.append(Piece(content[at : at + length], author))
        at += length
    if pieces and at == len(content):
        return tuple(pieces)
    author = _hand(origin.get("author")) or "person"
    # What a model had to begin with was not its own.
    mixed = author == "model" and bool(origin.get("start"))
    return (Piece(content, "mixed" if mixed else author),)


def _hand(value: object) -> Hand | None:
    return "person" if value == "person" else "model" if value == "model" else None
