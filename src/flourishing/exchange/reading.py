"""Reading other tools' files and plain ones: what is in them, before anything is stored.

A path of a loom is no individual until a person says which paths are: the bookmarked ones, all
that end in leaves, the current one, or what stands between separators. What was found is shown
first, with everything that was left out, and only then put anywhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args

from flourishing.errors import InputError
from flourishing.exchange.columns import listed
from flourishing.exchange.keys import dropped_keys
from flourishing.exchange.looms import LOOMS, find_format, loomsidian, mikupad
from flourishing.exchange.looms.mikupad_store import read_store
from flourishing.exchange.nesting import parse_json
from flourishing.exchange.opening import Opened, open_file
from flourishing.exchange.passage import Passage
from flourishing.exchange.paths import Take, choose
from flourishing.exchange.plain import (
    SEPARATOR,
    is_row,
    json_lines,
    json_rows,
    split_text,
)
from flourishing.exchange.table import read_table
from flourishing.text import Text

PLAIN: Final = ("text", "csv", "jsonl")
FORMS: Final = (*LOOMS, *PLAIN)
"""The forms on which a caller can insist."""
_KNOWN: Final = (
    "Known are "
    + ", ".join(known.title for known in LOOMS.values())
    + ", JSON with `content` or `text`, CSV, and plain text."
)
_NOTES: Final = {
    "blank": "Left out because they are blank:",
    "double": "Left out because the same text came before:",
    "unsigned": "Taken as a person's because the file does not say who wrote them:",
    "escaped": "With a backslash before < or [, which reading with unescape takes away:",
    "broken": "With halves of characters, each now a \ufffd:",
}
_LEFT_OUT: Final = ("blank", "double")
_PLACES: Final = 5
"""How many places are named in a note."""
_TABLES: Final = (".csv", ".tsv", ".tab", ".psv")
_JSON: Final = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]])")


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds; nothing of it is stored yet.

    Attributes:
        format: What the file is, in words: "PyLoom", "plain text".
        texts: Its texts, in the file's order, none blank and none twice.
        notes: What a person should know about them, in words.
    """

    format: str
    texts: tuple[Text, ...]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Give it as plain data for JSON."""
        return {
            "format": self.format,
            "texts": [text.as_dict() for text in self.texts],
            "notes": list(self.notes),
        }


@dataclass(slots=True)
class _Places:
    """How many texts something is true of, and where the first of them stand."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, place: str) -> None:
        self.count += 1
        if len(self.first) < _PLACES:
            self.first.append(place)

    def __str__(self) -> str:
        return listed(self.first, of=self.count)


@dataclass(frozen=True, slots=True)
class _Held:
    """What a file holds, before it is looked through."""

    format: str
    passages: Iterable[Passage]
    notes: tuple[str, ...] = ()
    escapes: bool = False


def read(
    path: Path,
    *,
    take: Take = "marked",
    separator: str | None = None,
    column: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    unescape: bool = False,
    form: str | None = None,
) -> Found:
    r"""Read the texts of a file of another tool, or of a plain one.

    Args:
        path: The file; what it is, is seen from its content where that shows it.
        take: Which paths of a loom: "marked" are the bookmarked ones, or all leaves if there are
            none; "leaves" all that end; "current" where its person stood last; "split" what
            stands between separators, over all leaves.
        separator: What stands between the texts of a plain file, or of a path that is split; by
            default a line of three hyphens.
        column: The column of a table that holds the texts, by its name or by its number from 1;
            by default it is found.
        delimiter: What stands between the cells of a table, as one character or as "tab"; by
            default it is found.
        encoding: The encoding of a text file, such as "windows-1252"; by default one of Unicode.
        unescape: Whether `\<` and `\[` in a loom are to become `<` and `[`.
        form: One of `FORMS`, to insist on it; by default it is seen.

    Raises:
        InputError: The file cannot be read, nothing knows its format, it is damaged, or it has no
            text.
    """
    separator = SEPARATOR if separator is None else separator
    _require_known(take, form, separator)
    opened = open_file(path, encoding=encoding)
    if opened.words is not None and not opened.words.strip():
        raise InputError(f"There is no text in {path.name!r}.", hint="The file is blank.")
    if form is None:
        form = _plain_form(opened, is_table=column is not None or delimiter is not None)
    document = None if form in PLAIN or opened.words is None else _document(opened)
    held = _loom(opened, document, form=form, take=take, separator=separator)
    if held is not None:
        return _found(held, opened, unescape=unescape)
    held = _plain(
        opened, document, form=form, separator=separator, column=column, delimiter=delimiter
    )
    return _found(held, opened, unescape=False)


def _require_known(take: Take, form: str | None, separator: str) -> None:
    if take not in get_args(Take):
        known = ", ".join(get_args(Take))
        raise InputError(f"There is no way {take!r} to take texts.", hint=f"Say one of {known}.")
    if form is not None and form not in FORMS:
        raise InputError(f"There is no form {form!r}.", hint=f"Say one of {', '.join(FORMS)}.")
    if not separator:
        raise InputError("The separator is empty.", hint="Give what stands between two texts.")


def _plain_form(opened: Opened, *, is_table: bool) -> str | None:
    """See whether a file is plain text or a table; None where it must be parsed to be known."""
    if opened.words is None:
        return None
    if is_table or opened.suffix in _TABLES:
        return "csv"
    json = opened.suffix in (".json", ".jsonl", ".ndjson") or _JSON.match(opened.words)
    return None if json else "text"


def _loom(
    opened: Opened, document: object, *, form: str | None, take: Take, separator: str
) -> _Held | None:
    """Give what a loom holds; None for a plain file."""
    file = opened.path.name
    if opened.words is None:
        if form not in (None, mikupad.TITLE):
            raise InputError(f"{file!r} is a database, not {form}.", hint="Leave the form open.")
        title = mikupad.TITLE
        looms, dropped = read_store(opened.path)
    else:
        known = find_format(document) if form is None else LOOMS.get(form)
        if known is None:
            return None
        if not known.recognise(document):
            raise InputError(f"{file!r} is not in the form of {known.title}.", hint=_KNOWN)
        title = known.title
        looms, dropped = known.read(document, opened.path.stem), dropped_keys(document)
    passages, notes = choose(looms, take=take, separator=separator, file=file)
    left_out = dict.fromkeys([*dropped, *(each for loom in looms for each in loom.dropped)])
    if left_out:
        notes = (*notes, f"Left out: {'; '.join(left_out)}.")
    return _Held(title, passages, notes, escapes=title == loomsidian.TITLE)


def _document(opened: Opened) -> object:
    """Parse a file that is to be JSON, as one document or in lines."""
    words = opened.words or ""
    try:
        return parse_json(words)
    except ValueError as error:
        first, _, others = words.lstrip().partition("\n")
        if others.strip() and (opened.suffix in (".jsonl", ".ndjson") or _is_json(first)):
            return json_lines(words, opened.path.name)
        raise InputError(
            f"{opened.path.name!r} begins like JSON, but cannot be read as such to its end.",
            hint="The file may be cut off: export it again. If it is plain text, say so.",
        ) from error


def _is_json(line: str) -> bool:
    try:
        parse_json(line)
    except ValueError:
        return False
    return True


def _plain(
    opened: Opened,
    document: object,
    *,
    form: str | None,
    separator: str,
    column: str | None,
    delimiter: str | None,
) -> _Held:
    """Give what a plain file holds; `document` is its JSON where it was parsed to see its form."""
    words = opened.words or ""
    file = opened.path.name
    if form == "csv":
        rows, notes = read_table(words, file=file, column=column, delimiter=delimiter)
        return _Held("CSV", rows, notes)
    if form == "text":
        return _Held("plain text", split_text(words, separator, file))
    if form == "jsonl":
        document = json_lines(words, file)
    values = document if isinstance(document, list) else [document]
    if values and not any(map(is_row, values)):
        raise InputError(f"No format is known that {file!r} is in.", hint=_KNOWN)
    rows, notes = json_rows(values, file)
    return _Held("JSON", rows, notes)


def _found(held: _Held, opened: Opened, *, unescape: bool) -> Found:
    """Make the texts, and say what was not made one.

    Raises:
        InputError: There is no text.
    """
    texts: dict[str, Text] = {}
    seen: defaultdict[str, _Places] = defaultdict(_Places)
    for each in held.passages:
        passage = each.mended()
        passage = passage.unescaped() if unescape else passage
        content = passage.content
        if not content.strip():
            seen["blank"].add(each.place)
        elif content in texts:
            seen["double"].add(each.place)
        else:
            for kind, is_so in (
                ("unsigned", passage.unsigned),
                ("escaped", held.escapes and passage.escaped),
                ("broken", passage is not each and "\ufffd" in content),
            ):
                if is_so:
                    seen[kind].add(each.place)
            texts[content] = passage.as_text(opened.at)
    counted = tuple(_counted(kind, seen[kind]) for kind in _NOTES if kind in seen)
    if not texts:
        raise InputError(
            f"There is no text in {opened.path.name!r}.",
            hint=" ".join((*held.notes, *counted)) or "Choose another file.",
        )
    return Found(held.format, tuple(texts.values()), (*held.notes, *counted))


def _counted(kind: str, places: _Places) -> str:
    """Say how many texts something is true of, and of those that were left out, where they were."""
    where = f" ({places})" if kind in _LEFT_OUT else ""
    return f"{_NOTES[kind]} {places.count:,}{where}."
