"""Tables of texts: CSV and its kin, with any delimiter, with or without a header.

Data sets of poems have no common form, so delimiter, header and the column with the texts are found
by looking; the ending of a file's name shows none of them. Each part of a text is known by the
names that are usual for it, also as keys of JSON. What is joined, left out or guessed is reported
with the numbers of its rows.
"""

from __future__ import annotations

import csv
import io
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

from flourishing.core.text import Source, normalize_line_ends
from flourishing.errors import InputError
from flourishing.formats.passage import Passage, Piece, listed, place_in

TEXT: Final = (
    "content",
    "text",
    "poem",
    "haiku",
    "verse",
    "lines",
    "poem text",
    "poem content",
    "poem body",
    "full text",
    "body",
    "lyrics",
    "story",
    "quote",
)
AUTHOR: Final = ("author", "poet", "writer", "author name", "poet name")
TITLE: Final = ("title", "name", "poem title", "poem name")
YEAR: Final = ("year", "published year", "publication year")
PUBLISHED: Final = ("published", "book", "source")
SOURCE: Final = (*AUTHOR, *TITLE, *YEAR, *PUBLISHED)

_APART: Final = re.compile(r"[\s_.-]+")


def plain_name(name: str) -> str:
    """Give a name without case and with blanks between its words: "Poem_Text" as "poem text".

    Args:
        name: The name of a column as the file has it.
    """
    return _APART.sub(" ", name).strip().lower()


def year_of(words: str) -> int | None:
    """Give the year that a cell holds, from 1 to 9999; None where it holds something else.

    Args:
        words: The content of the cell.
    """
    words = words.strip()
    return int(words) if words.isdecimal() and len(words) <= 4 and int(words) else None


DELIMITERS: Final = (",", ";", "\t", "|")
_NONE: Final = "\x1f"
"""Stands for the delimiter of a table with a single column; no file has it."""
_NAMED: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_LONGEST_CELL: Final = 2**29
_SAMPLE: Final = 2**16
"""Characters that are looked at to find the delimiter."""
_LOOKED_AT: Final = 1_000
"""Rows that are looked at to find the column with the texts."""
_ALIKE: Final = 0.8
"""The share of rows that must have the same number of cells for a delimiter to be one."""
_LONGER: Final = 1.5
"""How much longer texts must be than the cells of any other column to be found by that."""
_NO_WORDS: Final = re.compile(r"[\d\s.,:/+%$€£-]*(?:[TZ][\d:.]*)?")
"""Numbers, dates and times."""
_SEP_LINE: Final = re.compile(r"sep=(.)\r?\n")
_LIMIT: Final = threading.Lock()

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class _Table:
    """A table that was taken apart.

    Attributes:
        header: The names of its columns; empty where it has no header.
        rows: Its rows below the header, without those in which nothing stands.
        at: The column with the texts.
        delimiter: What stands between its cells.
        width: How many cells a row has: as the header, or as most rows.
    """

    header: list[str]
    rows: Rows
    at: int
    delimiter: str
    width: int


def read_table(
    words: str, *, file: str, column: str | None = None, delimiter: str | None = None
) -> tuple[list[Passage], tuple[str, ...]]:
    """Read the texts of a table.

    Args:
        words: The whole file.
        file: The file's name.
        column: The column with the texts, by its name in the header or by its number from 1; by
            default it is found.
        delimiter: What stands between cells, as one character or as "tab"; by default it is
            found among commas, semicolons, tabs and vertical lines.

    Returns:
        The texts, and what a person should know, in words.

    Raises:
        InputError: There is no such column, it is not clear which one it is, or a row cannot be
            read.
    """
    if excel := _SEP_LINE.match(words):
        words = words[excel.end() :]
        delimiter = delimiter or excel[1]
    given = None if delimiter is None else _as_delimiter(delimiter)
    rows, delimiter = _parsed(words, given, file)
    table = _understood(rows, delimiter, column)
    notes = [_about(table)] if _about(table) else []
    passages, joined, beyond = [], [], []
    for number, row in enumerate(table.rows, start=1):
        extra = any(cell.strip() for cell in row[table.width :])
        if extra and table.at == table.width - 1:
            joined.append(f"row {number}")
            row = [*row[: table.at], table.delimiter.join(row[table.at :])]
        elif extra:
            beyond.append(f"row {number}")
            continue
        passages.append(_passage(row, table, number, file))
    if joined:
        notes.append(
            "Joined to the text because there is no further column: the last cells of "
            f"{len(joined):,} ({listed(joined)})."
        )
    if beyond:
        notes.append(
            f"Left out because they have more cells than there are columns: {len(beyond):,} "
            f"({listed(beyond)})."
        )
    return passages, (*notes, *_left_out(table))


def _as_delimiter(given: str) -> str:
    delimiter = _NAMED.get(given.strip().lower(), given)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise InputError(
            f"{given!r} cannot stand between the cells of a table.",
            hint='Give one character, such as ";" or "|", or the word "tab".',
        )
    return delimiter


def _parsed(words: str, delimiter: str | None, file: str) -> tuple[Rows, str]:
    """Take a file apart into rows of cells; where no delimiter is given, find it."""
    if delimiter is not None:
        return _rows(words, delimiter, file), delimiter
    found = _find_delimiter(words)
    if found is None:
        try:
            return _rows(words, _NONE, file), _NONE
        except InputError:
            found = ","  # a quoted cell with others behind it, though there is one column
    try:
        return _rows(words, found, file), found
    except InputError:
        if found != "\t":
            raise
        # Between tabs, many programs write quotes as they are.
        return _rows(words, found, file, quoted=False), found


def _rows(words: str, delimiter: str, file: str, *, quoted: bool = True) -> Rows:
    reader = csv.reader(
        io.StringIO(words, newline=""),
        delimiter=delimiter,
        strict=True,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
    )
    rows: Rows = []
    begun = 1
    # The limit is the whole process's, and so low that a story does not fit into a cell.
    with _LIMIT:
        before = csv.field_size_limit(_LONGEST_CELL)
        try:
            for row in reader:
                begun = reader.line_num + 1
                if any(cell.strip() for cell in row) or len(row) > 1:
                    rows.append(row)
        except csv.Error as error:
            raise InputError(
                f"{file!r} is no table that can be read: the row that begins in line {begun} has a "
                "quote that is not closed, or more behind a closed one.",
                hint='Close the quote, and write a quote inside of a cell as "". If each line is a '
                "text, read it as plain text.",
            ) from error
        finally:
            csv.field_size_limit(before)
    return rows


def _find_delimiter(words: str) -> str | None:
    """Find what stands between cells; None where there is a single column."""
    sample = words[:_SAMPLE]
    if len(words) > _SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    candidates = []
    for delimiter in DELIMITERS:
        # Not strict: the sample may end inside of a cell.
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        rows = [row for row in reader if row]
        if not rows:
            return None
        known = _known_names(rows[0]) if len(rows[0]) > 1 else 0
        width, count = Counter(map(len, rows)).most_common(1)[0]
        if known or (width > 1 and count / len(rows) >= _ALIKE):
            candidates.append((known, count / len(rows), width, delimiter))
    if not candidates:
        return None
    known, _, _, delimiter = max(candidates, key=lambda each: each[:3])
    single = known == 0 and plain_name(words.lstrip("\r\n").split("\n", 1)[0]) in TEXT
    return None if single else delimiter


def _known_names(row: Sequence[str]) -> int:
    return sum(plain_name(cell) in TEXT or plain_name(cell) in SOURCE for cell in row)


def _understood(rows: Rows, delimiter: str, column: str | None) -> _Table:
    """Find the header and the column with the texts."""
    if not any(cell.strip() for row in rows for cell in row):
        return _Table([], rows, 0, delimiter, 1)
    first = [cell.strip() for cell in rows[0]]
    names = [plain_name(cell) for cell in first]
    if column is not None and plain_name(column) in names:
        return _Table(first, rows[1:], names.index(plain_name(column)), delimiter, len(first))
    headed = _is_header(names, rows)
    header, below = (first, rows[1:]) if headed else ([], rows)
    width = len(first) if headed else Counter(map(len, rows)).most_common(1)[0][0]
    if column is not None:
        wanted = column.strip()
        if wanted.isdecimal() and len(wanted) < 6 and 1 <= int(wanted) <= width:
            return _Table(header, below, int(wanted) - 1, delimiter, width)
        raise InputError(f"There is no column {column!r}.", hint=_name_one(first))
    for name in TEXT if headed else ():
        if name in names:
            return _Table(header, below, names.index(name), delimiter, width)
    at = 0 if width == 1 else _by_length(below)
    if at is None:
        raise InputError("It is not clear which column holds the texts.", hint=_name_one(first))
    return _Table(header, below, at, delimiter, width)


def _name_one(first: Sequence[str]) -> str:
    names = listed(repr(name) for name in first)
    return (
        f"Name one of the columns, or give its number: {names}. "
        "If each line is a text, read it as plain text."
    )


def _is_header(names: list[str], rows: Rows) -> bool:
    """Say whether the first row names the columns, and is none of the texts."""
    if len(names) == 1:
        return names[0] in TEXT
    if any(name in TEXT or name in SOURCE for name in names):
        return True
    below = rows[1:_LOOKED_AT]
    return bool(below) and any(
        not _is_number(name) and all(_is_number(row[at]) for row in below if at < len(row))
        for at, name in enumerate(names)
        if name and any(at < len(row) and row[at].strip() for row in below)
    )


def _is_number(cell: str) -> bool:
    return _NO_WORDS.fullmatch(cell.strip()) is not None


def _by_length(rows: Rows) -> int | None:
    """Find the column with the texts by their length; None where no column stands out."""
    looked = rows[:_LOOKED_AT]
    width = max(map(len, looked), default=0)
    lengths = []
    for at in range(width):
        cells = [row[at].strip() for row in looked if at < len(row) and row[at].strip()]
        texts = [cell for cell in cells if " " in cell and not _is_number(cell)]
        wordy = 2 * len(texts) >= len(cells) and bool(cells)
        lengths.append((mean(map(len, cells)) if cells else 0.0, wordy))
    if not lengths:
        return None
    at = max(range(len(lengths)), key=lambda each: lengths[each][0])
    longest, wordy = lengths[at]
    others = max((length for each, (length, _) in enumerate(lengths) if each != at), default=0.0)
    return at if wordy and longest >= _LONGER * others else None


def _about(table: _Table) -> str:
    """Say what was taken for a header, where a person might see it otherwise."""
    if not table.rows:
        return ""
    if not table.header:
        where = "" if table.width == 1 else f" The texts are in column {table.at + 1}."
        return f"No header was found: the first row is read like the others.{where}"
    if len(table.header) == 1:
        return f"The first row, {table.header[0]!r}, was taken for a header."
    return ""


def _passage(row: Sequence[str], table: _Table, number: int, file: str) -> Passage:
    title = _cell(row, table, TITLE)
    place = f"row {number}"
    text = row[table.at] if table.at < len(row) else ""
    return Passage(
        pieces=(Piece(normalize_line_ends(text), "person"),),
        source=Source(
            author=_cell(row, table, AUTHOR),
            title=title,
            year=year_of(_cell(row, table, YEAR)),
            published=_cell(row, table, PUBLISHED) or place_in(file, "" if title else place),
        ),
        place=place,
    )


def _cell(row: Sequence[str], table: _Table, names: Sequence[str]) -> str:
    """Give the first cell that has one of these names and is not blank, in one line."""
    cells = _cells(row, table, names)
    return next((" ".join(cell.split()) for cell in cells if cell.strip()), "")


def _cells(row: Sequence[str], table: _Table, names: Sequence[str]) -> Iterator[str]:
    plain = [plain_name(name) for name in table.header]
    for wanted in names:
        for at, (name, cell) in enumerate(zip(plain, row, strict=False)):
            if name == wanted and at != table.at:
                yield cell


def _left_out(table: _Table) -> tuple[str, ...]:
    """Name the columns that become no part of a text."""
    used = {*SOURCE} if table.header else set()
    seen: set[str] = set()
    names = []
    for at in range(table.width):
        if at == table.at or not any(at < len(row) and row[at].strip() for row in table.rows):
            continue
        plain = plain_name(table.header[at]) if table.header else ""
        if plain in used and plain not in seen:
            seen.add(plain)
        else:
            names.append(repr(table.header[at]) if plain else f"column {at + 1}")
    return (f"Left out: {listed(names)}.",) if names else ()
