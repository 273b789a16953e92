"""Texts with a label each: a table, JSON, or the `labelled` of a judge's TOML file.

The texts stand under one of the names that are usual for them ("text", "poem", …), the labels under
"answer", "label", "class" or "category".
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from flourishing.errors import InputError
from flourishing.formats.json_values import maybe_object, parse_json
from flourishing.formats.plain_text import Opened, json_lines, json_rows, open_file
from flourishing.formats.table import TEXT, plain_name, read_table

LABEL: Final = ("answer", "label", "class", "category")
"""What the column or the key with the labels may be called, in any case."""
_HINT: Final = (
    f"Call the column with the texts {TEXT[1]!r}, and the one with their answers {LABEL[0]!r}; "
    'or write labelled = [["…", "yes"], ["…", "no"]] into the TOML file of a judge.'
)


def read_labelled(path: Path) -> list[tuple[str, str]]:
    """Read texts with their labels.

    Args:
        path: A table with any delimiter, a JSON file of objects or of one object a line, or a TOML
            file with `labelled`, a list of pairs. Where a text or its label is blank, both are left
            out.

    Returns:
        Pairs of a text and its label, in the order of the file.

    Raises:
        InputError: The file cannot be read, or has no texts with labels.
    """
    opened = open_file(path)
    if opened.words is None:
        raise InputError(f"{path.name!r} is a database.", hint=_HINT)
    if opened.suffix == ".toml":
        pairs: Iterable[tuple[str, str]] = _of_toml(opened)
    elif opened.suffix in (".json", ".jsonl", ".ndjson") or opened.words.lstrip()[:1] in ("{", "["):
        pairs = _of_json(opened)
    else:
        pairs = _of_table(opened)
    found = [(text.strip(), label.strip()) for text, label in pairs]
    found = [pair for pair in found if all(pair)]
    if not found:
        raise InputError(f"{path.name!r} has no texts with labels.", hint=_HINT)
    return found


def _of_toml(opened: Opened) -> Iterator[tuple[str, str]]:
    try:
        given = tomllib.loads(opened.words or "").get("labelled", [])
    except (ValueError, RecursionError) as error:
        raise InputError(f"{opened.path.name!r} is no TOML: {error}.", hint=_HINT) from error
    for number, pair in enumerate(given if isinstance(given, list) else [given], start=1):
        if not isinstance(pair, list) or [type(each) for each in pair] != [str, str]:
            raise InputError(
                f"Labelled text {number} of {opened.path.name!r} is no pair of a text and its "
                "label.",
                hint=_HINT,
            )
        yield pair[0], pair[1]


def _of_json(opened: Opened) -> Iterator[tuple[str, str]]:
    words, file = opened.words or "", opened.path.name
    try:
        document = parse_json(words)
    except ValueError:
        document = json_lines(words, file)
    values = document if isinstance(document, list) else [document]
    passages, _ = json_rows(values, file)
    for value, passage in zip(values, passages, strict=True):
        yield passage.content, _label(maybe_object(value))


def _label(row: dict[str, object]) -> str:
    named = {plain_name(name): value for name, value in row.items()}
    label = next((named[name] for name in LABEL if name in named), "")
    return label if isinstance(label, str) else json.dumps(label)


def _of_table(opened: Opened) -> Iterable[tuple[str, str]]:
    texts = _column(opened, TEXT)
    labels = _column(opened, LABEL)
    return ((text, labels.get(place, "")) for place, text in texts.items())


def _column(opened: Opened, names: Sequence[str]) -> dict[str, str]:
    """Give the cells of the first column with one of these names, by their rows."""
    words, file = opened.words or "", opened.path.name
    read_table(words, file=file, column="1")  # raises what is wrong with the table itself
    for name in names:
        with suppress(InputError):
            rows, _ = read_table(words, file=file, column=name)
            return {row.place: row.content for row in rows}
    raise InputError(f"{file!r} has no column called {', '.join(names)}.", hint=_HINT)
