"""Reads a kind from the TOML of its file, and says what is wrong in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, get_args

from flourishing.core.sampling import SamplingOptions
from flourishing.errors import InputError, PatternError
from flourishing.kinds.kind import Compare, Ends, Kind, Medium
from flourishing.kinds.rendered import RENDERED
from flourishing.patterns import Pattern

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_TEXTS: Final = ("title", "noun", "plural", "library", "finished", "refinements")
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "medium": get_args(Medium),
    "compare": get_args(Compare),
    "ends": get_args(Ends),
}
_KNOWN: Final = (
    *("title", "noun", "plural", "medium", "pattern", "implied_by", "library", "finished"),
    *("refinements", "compare", "distinct", "most_lines", "same_backwards", "ends", "sampling"),
)
_LONGEST: Final = 200


def read_kind(
    source: str, name: str, *, where: str, find_pattern: Callable[[str], Pattern]
) -> Kind:
    """Read a kind from the TOML of its file.

    Args:
        source: The TOML text.
        name: The name of the kind: that of its file, without the ending.
        where: What to call the file in an error, for example its path.
        find_pattern: Gives the pattern of a name.

    Raises:
        InputError: The name cannot be that of a kind; the text is no TOML, has an unknown key,
            lacks one, or has a value that cannot be used.
    """

    def refuse(what: str, hint: str) -> NoReturn:
        raise InputError(f"The kind file {where}: {what}", hint=hint)

    if not _NAME.fullmatch(name):
        refuse(
            f"{name[:40]!r} cannot be the name of a kind.",
            "Name the file with small letters, digits and hyphens, such as recipe.toml.",
        )
    try:
        table = tomllib.loads(source)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of too many digits
        refuse(f"it is not TOML: {error}.", "Write one key a line, and texts in double quotes.")
    if unknown := sorted(set(table) - set(_KNOWN)):
        refuse(f"it has the unknown key {unknown[0]!r}.", f"A kind has: {', '.join(_KNOWN)}.")
    for required, example in (("medium", '"verse"'), ("pattern", '"poems", or a table [pattern]')):
        if required not in table:
            refuse(f"it has no {required!r}.", f"Add it, such as {required} = {example}.")
    for key, value in table.items():
        if problem := _problem(key, value):
            refuse(f"{key} is {value!r:.60}.", problem)
    noun = table.get("noun", name.replace("-", " "))
    plural = table.get("plural", f"{noun}s")
    usual: dict[str, Any] = {
        "noun": noun,
        "plural": plural,
        "title": plural.capitalize(),
        "finished": plural,
        "refinements": f"{name}-refinements",
        "compare": "look" if table["medium"] in RENDERED else "words",
    }
    if table.get("compare") == "look" and table["medium"] not in RENDERED:
        refuse(
            f"compare is 'look', but its medium is {table['medium']!r}.",
            f"Only these have a look or a sound: {', '.join(RENDERED)}.",
        )
    own = {
        "name": name,
        "pattern": _pattern(table["pattern"], name, table["medium"], refuse, find_pattern),
        "implied_by": tuple(table.get("implied_by", ())),
        "sampling": _sampling(table.get("sampling", {}), refuse),
    }
    return Kind(**usual | table | own)


def _problem(key: str, value: object) -> str:
    """Say what a value should be; "" where it is that."""
    if key in _TEXTS:
        sound = isinstance(value, str) and len(value) <= _LONGEST and value.isprintable()
        filled = key == "library" or bool(str(value).strip())
        return "" if sound and filled else f"Write it as a text of 1 to {_LONGEST} characters."
    if key in _CHOICES:
        return "" if value in _CHOICES[key] else f"It is one of: {', '.join(_CHOICES[key])}."
    if key == "distinct":
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return ""
        return "Write a number from 0 to 1, such as 0.8."
    if key == "most_lines":
        return "" if type(value) is int and value >= 1 else "Write a whole number, 1 or more."
    if key == "same_backwards":
        return "" if isinstance(value, bool) else "Write true or false."
    if key == "implied_by":
        sound = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return "" if sound else "Write a list of the names of patterns."
    if key == "sampling":
        return "" if isinstance(value, dict) else "Write a table [sampling], such as dry = 2."
    sound = isinstance(value, str | dict)
    return "" if sound else "Write the name of a pattern, or a table [pattern]."


def _sampling(given: Mapping[str, Any], refuse: Callable[[str, str], NoReturn]) -> SamplingOptions:
    try:
        return SamplingOptions.of(None, **given)
    except InputError as error:
        refuse(f"[sampling]: {error}", error.hint)


def _pattern(
    given: str | dict[str, Any],
    name: str,
    medium: Medium,
    refuse: Callable[[str, str], NoReturn],
    find_pattern: Callable[[str], Pattern],
) -> Pattern:
    try:
        if isinstance(given, str):
            pattern = find_pattern(given)
        else:
            pattern = Pattern.from_table({"name": name, **given}, where="[pattern]")
    except PatternError as error:
        refuse(f"{error}", error.hint)
    if bool(pattern.link) != (medium == "chain"):
        lists = "chains" if pattern.link else "single texts"
        refuse(
            f"its medium is {medium!r}, but the pattern {pattern.name!r} lists {lists}.",
            'The medium "chain" needs a pattern with a link, and any other medium one without.',
        )
    return pattern
