"""Our own JSONL: all that a garden has, or some texts with their lineage, one record to a line.

Parents come before their children and are named by their identities, so that the file can be read
in one go, and what it gives is the same individuals: a garden that has them already takes nothing
twice. Any text's `content` and `origin` read as they do in every other JSON of ours.

A damaged record is named, with those that need it, and the others are read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from flourishing.brood import Offspring
from flourishing.canonical import read_fields
from flourishing.errors import FlourishingError, InputError
from flourishing.exchange.records import (
    KINDS,
    Record,
    TextRecord,
    Told,
    Unreadable,
    as_pattern,
    as_table,
)
from flourishing.exchange.rows import NAMESPACE
from flourishing.flaws import Flaw, FlawKind
from flourishing.sampling import Sampling
from flourishing.text import Origin, Source, Span, Text

FORMAT: Final = f"{NAMESPACE}2"
_FIRST: Final = f"{NAMESPACE}1"
_BROKEN: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_Kinds: TypeAlias = Mapping[str, tuple[type, ...]]
_MOST: Final = 2**63
_WORDS: Final = (str, type(None))
_NUMBER: Final = (int, type(None))
_ORIGIN: Final[_Kinds] = {
    "author": (str,),
    "examples": (int,),
    "prompt": _WORDS,
    "start": (str,),
    "model": _WORDS,
    "seed": _NUMBER,
    "reproducible": (bool,),
    "raw": _WORDS,
    "finish": _WORDS,
}
_SOURCE: Final[_Kinds] = {"author": (str,), "title": (str,), "year": _NUMBER, "published": (str,)}
_SPAN: Final[_Kinds] = {"author": (str,), "length": (int,)}
"""An identity can be made for any origin; a garden takes only what it can also give again."""


def text_table(text: Text, *, brood: int | None = None, chosen: bool = True) -> dict[str, object]:
    """Give a text as the plain data of a record.

    Args:
        text: The text; of its parents the identities alone are needed.
        brood: The key of the brood that names it among its offspring, or None.
        chosen: Whether it was asked for, and is not only what another text came from.
    """
    flaws = text.flaws if isinstance(text, Offspring) else ()
    return {
        "record": "text",
        "identity": text.identity,
        **Text.as_dict(text),
        "parents": [parent.identity for parent in text.origin.parents],
        "flaws": [flaw.as_dict() for flaw in flaws],
        "brood": brood,
        "chosen": chosen,
    }


def to_line(record: Told | dict[str, object]) -> str:
    """Write a record, or the plain data of one, as a line without its end."""
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
                why = f"is no record of Flourishing's own format ({_in_short(error)})."
                yield where, self._unreadable(where, row, why)
            except _DamagedError as error:
                yield where, self._unreadable(where, row, str(error))
            else:
                if record is not None:
                    yield where, record

    def _record(self, row: str | dict[str, Any]) -> Record | None:
        table = json.loads(row) if isinstance(row, str) else row
        version = table["format"]
        if version not in (FORMAT, _FIRST):
            if isinstance(version, str) and version.startswith(NAMESPACE):
                raise InputError(
                    f"The file is of a newer Flourishing: its format is {version[:40]!r}.",
                    hint="Install the newest version; nothing of the file was brought in.",
                )
            raise ValueError("format")
        kind = "text" if version == _FIRST else table["record"]
        if kind == "text":
            return self._text(table, first=version == _FIRST)
        if kind not in KINDS:
            self.unknown[str(kind)[:40]] += 1
            return None
        return KINDS[kind].validate_python(table)

    def _text(self, table: dict[str, Any], *, first: bool) -> TextRecord:
        _require_words(table)
        for parent in table["parents"]:
            if parent not in self._known:
                where = self._broken.get(parent, "")
                raise _DamagedError(
                    f"comes from the text of {where.lower()}, which cannot be read."
                    if where
                    else "comes from a text that is not in the file before it."
                )
        try:
            text = Offspring(table["content"], _origin(table, self._known), _flaws(table))
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
            brood=None if first else _key(table.get("brood")),
            chosen="marks" in table if first else table.get("chosen") is not False,
            complete=not first,
            marks=tuple(table.get("marks", ())) if first else (),
            tags=tuple(table.get("tags", ())) if first else (),
        )

    @property
    def identities(self) -> list[str]:
        """The identities of the texts that were read so far."""
        return list(self._known)

    def known(self, identity: str) -> Text | None:
        """Give a text that was read before, without what it came from; None if there was none."""
        return self._known.get(identity)

    def _unreadable(self, where: str, row: str | dict[str, Any], why: str) -> Unreadable:
        try:
            table = json.loads(row) if isinstance(row, str) else row
            self._broken[table["identity"]] = where
        except _BROKEN:
            pass  # nothing in it can be told from the rest, and what needs it will say so
        return Unreadable(where, why)


class _DamagedError(Exception):
    """A record that is of our format, and cannot be brought in; it says why."""


def _in_short(error: Exception) -> str:
    """Say in a few words what is wrong with a record."""
    if isinstance(error, KeyError):
        return f"it has no {error}"
    words = str(error).splitlines() or [type(error).__name__]
    return " ".join(words[1:3] or words)[:120].strip()


def _require_words(table: dict[str, Any]) -> None:
    for name in ("marks", "tags"):  # which the identity does not vouch for
        words = table.get(name, [])
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError(name)


def _key(brood: object) -> int | None:
    if brood is not None and (type(brood) is not int or not 0 <= brood < _MOST):
        raise ValueError("brood")
    return brood


def _flaws(table: dict[str, Any]) -> tuple[Flaw, ...]:
    found = []
    for flaw in table.get("flaws", ()):
        kind, reason, similarity = flaw["kind"], flaw["reason"], flaw["similarity"]
        if not isinstance(reason, str) or not isinstance(similarity, int | float | None):
            raise TypeError("flaws")
        found.append(Flaw(FlawKind[kind.upper().replace(" ", "_")], reason, similarity))
    return tuple(found)


def _origin(told: dict[str, Any], known: dict[str, Text]) -> Origin:
    origin = read_fields(Origin, told["origin"])
    pattern, sampling, source = (origin.get(each) for each in ("pattern", "sampling", "source"))
    spans = origin.get("spans", ())
    for table, kinds in ((origin, _ORIGIN), (source or {}, _SOURCE), *_each(spans)):
        _require(table, kinds)
    if origin.get("finish") not in {"stop", "length", None}:
        raise ValueError("finish")
    if not 0 <= origin.get("examples", 0) <= len(told["parents"]):
        raise ValueError("examples")
    return Origin(
        **origin
        | {
            "at": datetime.fromisoformat(origin["at"]),
            "parents": tuple(known[each] for each in told["parents"]),
            "pattern": pattern and as_pattern(pattern),
            "sampling": sampling and Sampling(**read_fields(Sampling, sampling)),
            "source": source and Source(**read_fields(Source, source)),
            "spans": tuple(Span(**read_fields(Span, span)) for span in spans),
        }
    )


def _each(spans: list[dict[str, Any]]) -> list[tuple[dict[str, Any], _Kinds]]:
    return [(span, _SPAN) for span in spans]


def _require(table: dict[str, Any], kinds: _Kinds) -> None:
    """Refuse a table of which a value is not of its kind; what is missing is not looked for."""
    for name, value in table.items():
        # The type itself, since True is an int too.
        if name in kinds and type(value) not in kinds[name]:
            raise TypeError(name)
        if isinstance(value, int) and not -_MOST <= value < _MOST:
            raise ValueError(name)
    if kinds is not _SOURCE and table["author"] not in {"person", "model"}:
        raise ValueError("author")
