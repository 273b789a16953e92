"""Our own JSONL: all that a garden has, or some texts with their lineage, one record to a line.

Parents come before their children and are named by their identities, so that the file can be read
in one go, and what it gives is the same individuals: a garden that has them already takes nothing
twice. Any text's `content` and `origin` read as they do in every other JSON of ours.

A damaged record is named, with those that need it, and the others are read.

A file of ours is known by what is in it. Whatever an editor or a script made of it since (another
encoding, blanks, the order of keys, a mark at the beginning, one array in place of lines), it is
still ours.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from json import JSONDecoder
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, Literal, Required

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from flourishing.breeding.brood import Offspring
from flourishing.core.flaws import Flaw, FlawKind
from flourishing.core.sampling import Sampling
from flourishing.core.text import Origin, Source, Span, Text
from flourishing.errors import FlourishingError, InputError
from flourishing.files import MOST_BYTES
from flourishing.formats.family.page import DATA_ID
from flourishing.formats.jsonl.records import (
    KINDS,
    Key,
    Number,
    OtherRecord,
    Record,
    TextRecord,
    Unreadable,
    as_pattern,
    as_table,
)
from flourishing.stored_form import read_fields

NAMESPACE: Final = "flourishing/"
"""With this begins the `format` of every record of ours, whatever its version."""
_LOOKED_AT: Final = 20
"""How many records at the beginning may be damaged in a file that is still known as ours."""
_GLANCE: Final = 65_536
_DATA: Final = re.compile(rf"<script\b[^>]*\bid=[\"']?{DATA_ID}\b[^>]*>", re.IGNORECASE)
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
        shared: Whether a shared page has them, and not a file that a garden was written into.
    """

    def __init__(
        self, source: Path | bytes, encoding: str, *, whole: bool, shared: bool = False
    ) -> None:
        self.shared = shared
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
    """Give the records of a file of our own format, or of a shared page; None for another file.

    Args:
        source: The file, or what it holds.
    """
    try:
        if isinstance(source, Path) and not source.is_file():
            return None
        with _opened(source) as file:
            encoding = _encoding(file.read(4))
            small = file.seek(0, io.SEEK_END) <= MOST_BYTES
        shared = False
        if small and (data := _page_data(source, encoding)) is not None:
            source, encoding, shared = data, "utf-8", True
        for whole in (False, True):
            rows = Rows(source, encoding, whole=whole, shared=shared)
            if whole and not (small and rows.begins_document()):
                break
            if any(_is_ours(row) for _, row in islice(rows, _LOOKED_AT)):
                return rows
    except (OSError, ValueError):
        pass  # reading it as another format says in words what is wrong with it
    return None


def _page_data(source: Path | bytes, encoding: str) -> bytes | None:
    """Give the lines of JSON that a shared page has in it; None for any other file.

    Whatever else the page shows is not looked at: somebody may have changed it.
    """
    wrong = "surrogateescape" if encoding == "utf-8" else "replace"
    with _opened(source) as file:
        beginning = file.read(_GLANCE).decode(encoding, "replace")
        if not beginning.lstrip("\ufeff \t\r\n").startswith("<"):
            return None
        file.seek(0)
        words = file.read().decode(encoding, wrong)
    begun = _DATA.search(words)
    if begun is None:
        return None
    data, _, _ = words[begun.end() :].partition("</")
    return data.encode("utf-8", "surrogateescape")


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


FORMAT: Final = f"{NAMESPACE}2"
_FIRST: Final = f"{NAMESPACE}1"
_LONGEST: Final = 120
_BROKEN: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def _time(at: str) -> str:
    try:
        datetime.fromisoformat(at)
    except ValueError as error:
        raise ValueError("should be a time in the form of ISO 8601") from error
    return at


def _flaw_kind(kind: str) -> str:
    if kind.upper().replace(" ", "_") not in FlawKind.__members__:
        raise ValueError("should be a kind of flaw")
    return kind


class _Checked(TypedDict):
    # Pydantic reads this attribute; mypy allows none in a TypedDict.
    __pydantic_config__ = ConfigDict(strict=True, extra="allow")  # type: ignore[misc]


class _SourceTable(_Checked, total=False):
    author: str
    title: str
    year: Number | None
    published: str


class _SpanTable(_Checked):
    author: Literal["person", "model"]
    length: Number


class _OriginTable(_Checked, total=False):
    author: Required[Literal["person", "model"]]
    at: Required[Annotated[str, AfterValidator(_time)]]
    examples: Number
    prompt: str | None
    pattern: dict[str, Any] | None
    start: str
    model: str | None
    sampling: dict[str, Any] | None
    seed: Number | None
    reproducible: bool
    raw: str | None
    finish: Literal["stop", "length"] | None
    source: _SourceTable | None
    spans: list[_SpanTable]


class _FlawTable(_Checked):
    kind: Annotated[str, AfterValidator(_flaw_kind)]
    reason: str
    similarity: float | None


class _TextTable(_Checked, total=False):
    """What a text's record must have; the identity vouches for content and origin alone."""

    identity: Required[str]
    content: Required[str]
    origin: Required[_OriginTable]
    parents: Required[list[str]]
    flaws: list[_FlawTable]
    mean_logprob: Annotated[float, Field(le=0, allow_inf_nan=False)] | None
    brood: Key | None
    marks: list[str]
    tags: list[str]
    brought_in: bool


_TEXT: Final = TypeAdapter(_TextTable)


def text_table(
    text: Text, *, brood: int | None = None, chosen: bool = True, brought_in: bool = False
) -> dict[str, object]:
    """Give a text as the plain data of a record.

    Args:
        text: The text; of its parents the identities alone are needed.
        brood: The key of the brood that names it among its offspring, or None.
        chosen: Whether it was asked for, and is not only what another text came from.
        brought_in: Whether it came by an import into the garden that writes the file.
    """
    flaws = text.flaws if isinstance(text, Offspring) else ()
    mean = text.mean_logprob if isinstance(text, Offspring) else None
    return {
        "record": "text",
        "identity": text.identity,
        **Text.as_dict(text),
        "parents": [parent.identity for parent in text.origin.parents],
        "flaws": [flaw.as_dict() for flaw in flaws],
        **({} if mean is None else {"mean_logprob": mean}),
        **({"brought_in": True} if brought_in else {}),
        "brood": brood,
        "chosen": chosen,
    }


def to_line(record: OtherRecord | dict[str, object]) -> str:
    """Write a record, or the plain data of one, as a line without its end.

    Args:
        record: The record.
    """
    table = record if isinstance(record, dict) else as_table(record)
    return json.dumps({"format": FORMAT, **table}, ensure_ascii=False)


class Reader:
    """The records of a file of our own format, in their order; what cannot be read is among them.

    Args:
        rows: Where each record stands, such as "Line 12", and the record as JSON, or parsed.

    Attributes:
        unknown: How many records were left out that are of kinds that this version does not know.
    """

    def __init__(self, rows: Iterable[tuple[str, str | dict[str, Any]]]) -> None:
        self._rows = rows
        self._known: dict[str, Text] = {}
        self._broken: dict[str, str] = {}
        self.unknown: Counter[str] = Counter()

    def __iter__(self) -> Iterator[tuple[str, Record | Unreadable]]:
        for where, row in self._rows:
            try:
                record = self._record(row)
            except _BROKEN as error:
                why = f"is no record of Flourishing's own format ({_reason(error)})."
                yield where, self._unreadable(where, row, why)
            except _DamagedError as error:
                yield where, self._unreadable(where, row, str(error))
            else:
                if record is not None:
                    yield where, record

    def _record(self, row: str | dict[str, Any]) -> Record | None:
        table = json.loads(row) if isinstance(row, str) else row
        version = table.get("format") if isinstance(table, dict) else None
        if version not in (FORMAT, _FIRST):
            if isinstance(version, str) and version.startswith(NAMESPACE):
                raise InputError(
                    f"The file is of a newer Flourishing: its format is {version[:40]!r}.",
                    hint="Install the newest version; nothing of the file was brought in.",
                )
            raise ValueError("it does not name the format")
        kind = "text" if version == _FIRST else table.get("record")
        if kind == "text":
            return self._text(table, first=version == _FIRST)
        if kind not in KINDS:
            self.unknown[str(kind)[:40]] += 1
            return None
        return KINDS[kind].validate_python(table)

    def _text(self, table: dict[str, Any], *, first: bool) -> TextRecord:
        _TEXT.validate_python(table)
        for parent in table["parents"]:
            if parent not in self._known:
                where = self._broken.get(parent, "")
                raise _DamagedError(
                    f"comes from the text of {where.lower()}, which cannot be read."
                    if where
                    else "comes from a text that is not in the file before it."
                )
        try:
            text = Offspring(
                table["content"],
                _origin(table, self._known),
                _flaws(table),
                table.get("mean_logprob"),
            )
        except FlourishingError as error:
            raise _DamagedError(f"cannot be read: {error}") from error
        if text.identity != table["identity"]:
            raise _DamagedError("was changed: its text is not the one that it says it is.")
        # Without what it came from: a file of any length is read in little room.
        bare = replace(text.origin, parents=(), prompt=None, pattern=None, raw=None, spans=())
        known = Text(text.content, bare)
        object.__setattr__(known, "_identity", text.identity)
        self._known[text.identity] = known
        return TextRecord(
            text=text,
            brood=None if first else table.get("brood"),
            chosen="marks" in table if first else table.get("chosen") is not False,
            complete=not first,
            marks=tuple(table.get("marks", ())) if first else (),
            tags=tuple(table.get("tags", ())) if first else (),
            brought_in=table.get("brought_in", False),
        )

    @property
    def identities(self) -> list[str]:
        """The identities of the texts that were read so far."""
        return list(self._known)

    def known(self, identity: str) -> Text | None:
        """Give a text that was read before, without what it came from; None if there was none.

        Args:
            identity: The identity of the text, as "b2:" and 64 hexadecimal digits.
        """
        return self._known.get(identity)

    def _unreadable(self, where: str, row: str | dict[str, Any], why: str) -> Unreadable:
        try:
            table = json.loads(row) if isinstance(row, str) else row
            self._broken[table["identity"]] = where
        except _BROKEN:
            pass  # it has no identity, so what needs it is reported as unreadable
        return Unreadable(where, why)


class _DamagedError(Exception):
    """A record that is of our format, and cannot be brought in; it says why."""


def _reason(error: Exception) -> str:
    """Say in a few words what is wrong with a record."""
    match error:
        case ValidationError():
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            if first["type"] == "missing":
                return f"it has no {place!r}"
            words = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
            return f"{place}: {words}"[:_LONGEST]
        case json.JSONDecodeError():
            return "it is not JSON"
        case RecursionError():
            return "it is nested too deeply"
        case KeyError() | TypeError() | AttributeError():
            return "a value in it is not of the type that it should have"
        case _:
            return str(error)[:_LONGEST]


def _flaws(table: dict[str, Any]) -> tuple[Flaw, ...]:
    return tuple(
        Flaw(FlawKind[flaw["kind"].upper().replace(" ", "_")], flaw["reason"], flaw["similarity"])
        for flaw in table.get("flaws", ())
    )


def _origin(table: dict[str, Any], known: dict[str, Text]) -> Origin:
    origin = read_fields(Origin, table["origin"])
    if not 0 <= origin.get("examples", 0) <= len(table["parents"]):
        raise ValueError("origin.examples: should be at most the number of parents")
    pattern, sampling, source = (origin.get(each) for each in ("pattern", "sampling", "source"))
    return Origin(
        **origin
        | {
            "at": datetime.fromisoformat(origin["at"]),
            "parents": tuple(known[each] for each in table["parents"]),
            "pattern": pattern and as_pattern(pattern),
            "sampling": sampling and Sampling(**read_fields(Sampling, sampling)),
            "source": source and Source(**read_fields(Source, source)),
            "spans": tuple(Span(**read_fields(Span, span)) for span in origin.get("spans", ())),
        }
    )
