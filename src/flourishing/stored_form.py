"""The stored form: how values are written into identities, gardens and files.

The form is separate from the classes, so that a class can grow. Version 1 lists, for each class,
the fields that are always written. A field that is added to a class later has a default, and is
written only where it differs from that default. So a value that does not use the new field has the
same bytes, and the same identity, as before.

Reading is the inverse. A field that is absent has the default of its class. A field that the class
does not have is refused: the identity of the text could not be checked without it.

`docs/stored-form.md` describes the form with an example; `tests/golden/identities.json` holds
values with their bytes and their digests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, Final

from flourishing.errors import StoredFormError

VERSION: Final = 1
"""The version of the form. It changes only if version 1 cannot express a value."""

SAMPLING: Final = ("max_tokens", "temperature", "top_p", "top_k", "min_p")
PATTERN: Final = (
    *("name", "separator", "header", "prefix", "link", "stop", "start"),
    *("max_tokens", "max_parents", "description"),
)
SOURCE: Final = ("author", "title", "year", "published")
SPAN: Final = ("author", "length")
USAGE: Final = ("prompt", "cached", "completion", "first_token", "seconds")
BED: Final = ("parents", "pattern", "start", "n", "settings", "brood", "shown", "chain", "away")
ORIGIN: Final = (
    *("author", "at", "parents", "examples", "prompt", "pattern", "start", "model", "sampling"),
    *("seed", "reproducible", "raw", "finish", "source", "spans"),
)


def encode(value: object) -> str:
    """Write plain data as canonical JSON: sorted keys, one blank after marks, no escapes of words.

    Args:
        value: Data of dictionaries, lists, strings, numbers, booleans and None.

    Returns:
        The JSON text; in UTF-8, its bytes are what a digest is made of.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def write_fields(
    value: Any,
    always: tuple[str, ...],
    convert: Mapping[str, Callable[[Any], object]] | None = None,
) -> dict[str, object]:
    """Write a value of a dataclass in the stored form.

    Args:
        value: The value.
        always: The fields of version 1, which are written whatever they hold.
        convert: For fields that hold no plain data, by their names, how each is written.

    Returns:
        The fields of version 1, and of the later ones those that differ from their defaults.
    """
    names = [
        field.name
        for field in fields(value)
        if field.init and (field.name in always or getattr(value, field.name) != default_of(field))
    ]
    convert = convert or {}
    return {
        name: convert[name](getattr(value, name)) if name in convert else getattr(value, name)
        for name in names
    }


def read_fields(kind: type, table: Mapping[str, Any]) -> dict[str, Any]:
    """Take the stored form of a dataclass apart, for its constructor.

    Args:
        kind: The dataclass.
        table: The stored form; absent fields have the defaults of the class.

    Returns:
        The arguments for the constructor.

    Raises:
        StoredFormError: A field is not of this class, or one without a default is absent.
    """
    known = {field.name: field for field in fields(kind) if field.init}
    name = kind.__name__.lower()
    if unknown := sorted(table.keys() - known.keys()):
        raise StoredFormError(
            f"A stored {name} has the unknown field {unknown[0]!r}.",
            hint="It was written by a newer Flourishing; install the newest version.",
        )
    required = {name for name, field in known.items() if default_of(field) is MISSING}
    if absent := sorted(required - table.keys()):
        raise StoredFormError(
            f"A stored {name} lacks the field {absent[0]!r}.",
            hint="The file or the garden is damaged; restore it from a copy.",
        )
    return dict(table)


def default_of(field: Field[Any]) -> Any:
    """Give the default of a dataclass's field, or `MISSING` where it has none.

    Args:
        field: The field of the dataclass.
    """
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
