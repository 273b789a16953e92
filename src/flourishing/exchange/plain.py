"""Plain files: text with separators, CSV, and JSON in lines or as one list.

What a table says of a text's author, title and year becomes its source. JSON objects have their
text under `content` (as our own export has) or `text`; of an `origin` beside it, what can stand
without its parents is kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from flourishing.errors import InputError
from flourishing.exchange.fields import Object, as_text, at_iso, maybe_list, maybe_object
from flourishing.exchange.fields import maybe_text as told
from flourishing.exchange.loom import Hand, Piece
from flourishing.exchange.nesting import parse_json
from flourishing.exchange.passage import Passage
from flourishing.text import Source, normalize_line_ends

SEPARATOR: Final = "\n---\n"
"""What stands between texts in a plain file, if nothing else is said."""
_TEXT_COLUMNS: Final = ("content", "text", "poem")
_DELIMITERS: Final = ",;\t"


def split_text(words: str, separator: str, file: str) -> Iterator[Passage]:
    """Give the texts of a plain file.

    Args:
        words: The whole file.
        separator: What stands between its texts.
        file: The file's name.
    """
    words = normalize_line_ends(words)
    whole = Passage(pieces=(Piece(words, "person"),), source=Source(published=file))
    return whole.split(separator)


def csv_rows(words: str, column: str | None, file: str) -> Iterator[Passage]:
    """Give the texts of a table with a header.

    Args:
        words: The whole file; between its columns stand commas, semicolons or tabs.
        column: The column with the texts; None takes "content", "text", "poem" or the only one.
        file: The file's name.

    Raises:
        InputError: There is no such column, or the file is no table.
    """
    head = words.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    rows = csv.reader(io.StringIO(words, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        at = _column(header, column)
        for number, row in enumerate((row for row in rows if row), start=1):
            yield _csv_row(row, header, at, number, file)
    except csv.Error as error:
        raise InputError(
            f"{file!r} is no table that can be read: line {rows.line_num} is not.",
            hint="See that every quote is closed, and that no cell has over 131,072 characters.",
        ) from error


def _csv_row(row: list[str], header: list[str], at: int, number: int, file: str) -> Passage:
    named = {
        name.lower(): cell
        for place, (name, cell) in enumerate(zip(header, row, strict=False))
        if place != at
    }
    year = named.get("year", "").strip()
    return Passage(
        pieces=(Piece(row[at] if at < len(row) else "", "person"),),
        source=Source(
            author=named.get("author", ""),
            title=named.get("title", "") or f"row {number}",
            year=int(year) if year.isdecimal() and len(year) <= 4 else None,
            published=file,
        ),
    )


def _column(header: list[str], column: str | None) -> int:
    lower = [name.lower() for name in header]
    wanted = _TEXT_COLUMNS if column is None else (column.strip().lower(),)
    for name in wanted:
        if name in lower:
            return lower.index(name)
    if column is None and len(header) == 1:
        return 0
    listed = ", ".join(repr(name) for name in header) or "none"
    raise InputError(
        "It is not clear which column holds the texts."
        if column is None
        else f"There is no column {column!r}.",
        hint=f"Name one of the columns: {listed}.",
    )


def json_lines(words: str, file: str) -> list[object]:
    """Read JSON, one value to a line; empty lines are skipped.

    Raises:
        InputError: A line is no JSON.
    """
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
    """Say whether a JSON value holds a text: a string, or an object with one."""
    if isinstance(value, dict):
        return isinstance(value.get("content", value.get("text")), str)
    return isinstance(value, str)


def json_rows(values: list[object], file: str) -> Iterator[Passage]:
    """Give the texts of JSON values.

    Args:
        values: Strings, or objects with `content` or `text`.
        file: The file's name.

    Raises:
        InputError: A value holds no text.
    """
    for number, value in enumerate(values, start=1):
        if not is_row(value):
            raise InputError(
                f"Row {number} of {file!r} holds no text.",
                hint="Each must be a string, or an object with `content` or `text`.",
            )
        title = f"row {number}"
        if isinstance(value, dict):
            yield _json_row(value, Source(title=title, published=file))
        else:
            text = as_text(value, title)
            yield Passage(
                pieces=(Piece(text, "person"),), source=Source(title=title, published=file)
            )


def _json_row(row: Object, source: Source) -> Passage:
    content = told(row.get("content", row.get("text")))
    origin = maybe_object(row.get("origin"))
    # Our own export has the source inside of the origin; other files have it beside the text.
    said = maybe_object(origin.get("source")) or row
    year = said.get("year")
    return Passage(
        pieces=_spans(content, origin),
        source=replace(
            source,
            author=told(said.get("author")),
            title=told(said.get("title")) or source.title,
            year=year if isinstance(year, int) and not isinstance(year, bool) else None,
            published=told(said.get("published")) or source.published,
        ),
        at=at_iso(origin.get("at")),
        model=told(origin.get("model")) or None,
    )


def _spans(content: str, origin: Object) -> tuple[Piece, ...]:
    """Give the content by who wrote it, where the origin tells that and it adds up."""
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
