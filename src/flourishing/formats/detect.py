"""What a file is, and the texts in it.

A file is known by its content: a loom, a table, JSON or plain text. A path of a loom becomes a text
only if it is chosen: those that are marked, all leaves, the current one, or each node by itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final, Literal, get_args

from flourishing.core.text import Source, Text
from flourishing.errors import InputError
from flourishing.formats.json_values import parse_json
from flourishing.formats.looms import LOOMS, find_format, mikupad, trees
from flourishing.formats.looms.loom import Loom, dropped_keys
from flourishing.formats.looms.mikupad import read_store
from flourishing.formats.passage import Passage, listed, place_in
from flourishing.formats.plain_text import (
    SEPARATOR,
    Opened,
    is_row,
    json_lines,
    json_rows,
    open_file,
    split_text,
)
from flourishing.formats.table import read_table

Take = Literal["marked", "leaves", "current", "split"]
"""Bookmarked paths, all that end, the one where a person stood, or what separators part."""
MOST_CHARACTERS: Final = 2**28
"""The most characters of all paths that are taken: a small tree can hold enormously many."""


def choose(
    looms: tuple[Loom, ...], *, take: Take, separator: str, file: str
) -> tuple[Iterator[Passage], tuple[str, ...]]:
    """Choose the paths that become texts.

    Args:
        looms: The looms of one file.
        take: Which paths; all that end stand in for bookmarked ones where there are none.
        separator: What stands between texts in a path that is to be split.
        file: The file's name.

    Returns:
        The passages, made as they are asked for, and what a person should know, in words.

    Raises:
        InputError: The paths are too long together.
    """
    notes = [_counted_files(looms)]
    if take == "marked" and not any(loom.bookmarked() for loom in looms):
        notes.append("Nothing is bookmarked: every path that ends was taken.")
        take = "leaves"
    if take == "current" and any(loom.current not in loom.nodes for loom in looms if loom.nodes):
        notes.append("The file does not say where its person stood: the first path was taken.")
    chosen = [(loom, _ends(loom, take)) for loom in looms]
    weight = sum(loom.weight(ends) for loom, ends in chosen)
    if weight > MOST_CHARACTERS:
        raise InputError(
            f"The paths in {file!r} have {weight:,} characters together; "
            f"the most that is read is {MOST_CHARACTERS:,}.",
            hint="Take only the bookmarked paths, or the current one.",
        )
    passages = (each for loom, ends in chosen for each in _passages(loom, ends, file))
    if take == "split":
        passages = (part for passage in passages for part in passage.split(separator))
    return passages, tuple(notes)


def _counted_files(looms: tuple[Loom, ...]) -> str:
    """Say what there is to choose from."""
    counts = (
        (len(looms), "tree", "trees"),
        (sum(len(loom.nodes) for loom in looms), "node", "nodes"),
        (sum(len(loom.leaves()) for loom in looms), "path that ends", "paths that end"),
        (sum(len(loom.bookmarked()) for loom in looms), "bookmark", "bookmarks"),
    )
    return ", ".join(f"{n:,} {one if n == 1 else many}" for n, one, many in counts) + "."


def _ends(loom: Loom, take: Take) -> tuple[str, ...]:
    """Give the nodes at which the wanted paths end."""
    if take == "marked":
        return loom.bookmarked()
    if take == "current":
        stood = loom.current is not None and loom.current in loom.nodes
        return (loom.current,) if stood and loom.current else loom.leaves()[:1]
    return loom.leaves()


def _passages(loom: Loom, ends: Iterable[str], file: str) -> Iterator[Passage]:
    # A tree without a name of its own is called as its file.
    name = "" if loom.name == PurePath(file).stem else loom.name
    for end in ends:
        path = loom.path(end)
        place = place_in(name, end if end.startswith("node ") else f"node {end}")
        yield Passage(
            pieces=loom.pieces(end),
            # Where it stands in the tree is a place, and never a title.
            source=Source(published=place_in(file, place)),
            place=place,
            at=path[-1].at,
            model=next((node.model for node in reversed(path) if node.model), None),
        ).with_plain_line_ends()


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
    return _Held(title, passages, notes, escapes=title == trees.LOOMSIDIAN)


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
