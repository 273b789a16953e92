"""Finding the records of our own format in a file: known by what it holds, and by nothing else.

Whatever an editor or a script made of it since (another encoding, blanks, the order of keys, a mark
at the beginning, one array in place of lines), it is still ours.
"""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator
from itertools import islice
from json import JSONDecoder
from pathlib import Path
from typing import Any, BinaryIO, Final

from flourishing.files import MOST_BYTES

NAMESPACE: Final = "flourishing/"
"""With this begins the `format` of every record of ours, whatever its version."""
_LOOKED_AT: Final = 20
"""How many records at the beginning may be damaged in a file that is still known as ours."""
_GLANCE: Final = 65_536
_DECODER: Final = JSONDecoder()
_BOMS: Final = {
    # Longest first: the mark of UTF-32 begins with that of UTF-16.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}


class Rows:
    """The records of a file as they stand in it, each with its place; read anew each time.

    Args:
        source: The file, or what it holds.
        encoding: Its encoding.
        whole: Whether it is one JSON document, and not one to a line.
    """

    def __init__(self, source: Path | bytes, encoding: str, *, whole: bool) -> None:
        self._source = source
        self._encoding = encoding
        self._whole = whole

    def __iter__(self) -> Iterator[tuple[str, str | dict[str, Any]]]:
        with self._open() as words:
            if self._whole:
                yield from _of_document(words.read())
                return
            for number, line in enumerate(words, start=1):
                if line.strip():
                    yield f"Line {number}", line

    def begins_document(self) -> bool:
        """Say whether it may be one JSON document with our records in it."""
        with self._open() as words:
            beginning = words.read(_GLANCE).lstrip()
        return beginning.startswith(("[", "{")) and NAMESPACE in beginning

    def _open(self) -> io.TextIOWrapper:
        # A byte that is wrong must not hide the records without one.
        wrong = "surrogateescape" if self._encoding.startswith("utf-8") else "replace"
        return io.TextIOWrapper(_opened(self._source), encoding=self._encoding, errors=wrong)


def find_rows(source: Path | bytes) -> Rows | None:
    """Give the records of a file of our own format; None where it is of another.

    Args:
        source: The file, or what it holds.
    """
    try:
        if isinstance(source, Path) and not source.is_file():
            return None
        with _opened(source) as file:
            encoding = _encoding(file.read(4))
            small = file.seek(0, io.SEEK_END) <= MOST_BYTES
        for whole in (False, True):
            rows = Rows(source, encoding, whole=whole)
            if whole and not (small and rows.begins_document()):
                break
            if any(_is_ours(row) for _, row in islice(rows, _LOOKED_AT)):
                return rows
    except (OSError, ValueError):
        pass  # reading it as another format says in words what is wrong with it
    return None


def _opened(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _encoding(beginning: bytes) -> str:
    for mark, encoding in _BOMS.items():
        if beginning.startswith(mark):
            return encoding
    if beginning[1:2] == b"\0" != beginning[:1]:
        return "utf-16-le"
    return "utf-16-be" if beginning[:1] == b"\0" != beginning[1:2] else "utf-8"


def _is_ours(row: str | dict[str, Any]) -> bool:
    if isinstance(row, str):
        if NAMESPACE not in row:
            return False
        try:
            row = json.loads(row)
        except (ValueError, RecursionError):
            return False
    return isinstance(row, dict) and str(row.get("format")).startswith(NAMESPACE)


def _of_document(words: str) -> Iterator[tuple[str, str | dict[str, Any]]]:
    """Give the records of one document: of an array, one by one, up to where it is damaged."""
    at, number = _next(words, 0), 1
    array = words[at : at + 1] == "["
    at = _next(words, at + 1) if array else at
    while at < len(words) and words[at] != "]":
        try:
            record, at = _DECODER.raw_decode(words, at)
        except (ValueError, RecursionError):
            yield f"Record {number}", words[at : at + _GLANCE]
            return
        yield f"Record {number}", record
        number += 1
        at = _next(words, at)


def _next(words: str, at: int) -> int:
    """Skip blanks, and the commas between records."""
    while words[at : at + 1] in {" ", "\t", "\n", "\r", ","}:
        at += 1
    return at
