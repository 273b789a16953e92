"""A person's own measures: a few lines of TOML in the folder `measures` beside the configuration.

    about = "How much of the sea is in it"
    words = ["sea", "salt", "wave"]

The name of the file is the name of the measure. One of these keys says what it is: `words`, the
share of the words of a text that are among them; `judge`, the file of a judge; `more` and `less`,
lists of texts to learn it from; `alike`, triples of two texts that are alike and one that is not,
or the name of another file with them (`axis = 2` is a second axis of the same triples); `answers`,
questions with the answers that a prompt should bring.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from flourishing.core.words import words_of
from flourishing.errors import InputError
from flourishing.evolution import by_model
from flourishing.evolution.measure import WORDS, Measure
from flourishing.files import read_bounded, write_whole
from flourishing.settings import config_path

_FORMS: Final = ("words", "judge", "more", "alike", "answers")
_KEYS: Final = (*_FORMS, "less", "axis", "about", "unit", "high")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")


def measures_path() -> Path:
    """Give the folder of a person's own measures, beside the configuration file."""
    return config_path().parent / "measures"


def usable() -> dict[str, Measure]:
    """Give a person's own measures by their names; one whose file is wrong is left out."""
    found = {}
    for path in sorted(measures_path().glob("*.toml")):
        with suppress(InputError):
            found[path.stem] = read(path)
    return found


def find(name: str) -> Measure | None:
    """Give a person's own measure, by its name or the path of its file; None if there is none.

    Args:
        name: The name, or a path that ends in ".toml".

    Raises:
        InputError: Its file is wrong.
    """
    if name.endswith(".toml"):
        return read(Path(name))
    if not _NAME.fullmatch(name):
        return None
    path = measures_path() / f"{name}.toml"
    return read(path) if path.is_file() else None


def read(path: Path) -> Measure:
    """Read a measure from its file.

    Args:
        path: The TOML file.

    Raises:
        InputError: It cannot be read, is no TOML, or is no measure.
    """
    try:
        table = tomllib.loads(read_bounded(path, most=2**20)[0].decode("utf-8"))
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"The measure file {path} is not TOML: {error}.",
            hint="Write one key a line, such as: words = ['sea', 'salt']",
        ) from error

    def refuse(what: str, hint: str) -> NoReturn:
        raise InputError(f"The measure file {path}: {what}", hint=hint)

    if "question" in table:  # the file of a judge itself
        return by_model.judged(path.stem, path)
    if not _NAME.fullmatch(path.stem):
        refuse(
            f"{path.stem[:40]!r} cannot be the name of a measure.",
            "Name the file with small letters, digits and hyphens, such as sea.toml.",
        )
    if unknown := sorted(set(table) - set(_KEYS)):
        refuse(f"it has the unknown key {unknown[0]!r}.", f"A measure has: {', '.join(_KEYS)}.")
    forms = [form for form in _FORMS if form in table]
    if len(forms) != 1:
        refuse(
            f"it says {' and '.join(forms) or 'nothing'} of what is measured.",
            f"Give one of: {', '.join(_FORMS)}.",
        )
    return _READERS[forms[0]](path, table, refuse)


def write_alike(
    name: str, triples: Sequence[Sequence[str]], about: str, taken: Collection[str]
) -> Measure:
    """Write the file of a measure that is learned from which two of three texts are alike.

    Args:
        name: What it is called.
        triples: At least three, each of two texts that are alike and, last, of one that is not.
        about: What it says of a text.
        taken: The names that other measures have.

    Returns:
        The measure.

    Raises:
        InputError: There are too few triples, or a measure has that name.
        StorageError: The file cannot be written.
    """
    by_model.alike(name, triples)  # says what is wrong with them
    path = measures_path() / f"{name}.toml"
    if name in taken or path.exists():
        raise InputError(f"There is a measure {name!r} already.", hint="Give another name.")
    rows = ",\n".join(f"    [{', '.join(map(_quoted, triple))}]" for triple in triples)
    words = f"about = {_quoted(about)}\nalike = [\n{rows},\n]\n"
    write_whole(path, words.encode("utf-8"), folders=True)
    return read(path)


def _quoted(words: str) -> str:
    """Write a string of TOML, which is one of JSON but for the character DEL."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")


def _by_words(path: Path, table: Mapping[str, Any], refuse: Any) -> Measure:
    given = _texts("words", table, refuse)
    words = frozenset(word for each in given for word in words_of(each))
    for each in given:
        if not words_of(each):
            refuse(f"words has {each!r:.40}, in which there is no word.", "Take it out.")
    high = table.get("high", 1.0)
    if isinstance(high, bool) or not isinstance(high, int | float) or not 0 < high <= 1:
        refuse(f"high is {high!r:.40}.", "Give a share above 0, and 1 at the most.")

    def share(text: str) -> float:
        found = words_of(text)
        return min(float(high), sum(word in words for word in found) / max(1, len(found)))

    return Measure(
        name=path.stem,
        of=share,
        high=float(high),
        unit=str(table.get("unit", "")),
        about=str(table.get("about", f"The share of its words among {len(words)}.")),
        source=path.name,
        media=WORDS,
    )


def _by_judge(path: Path, table: Mapping[str, Any], refuse: Any) -> Measure:
    judge = table["judge"]
    if not isinstance(judge, str):
        refuse(f"judge is {judge!r:.40}.", 'Give the path of a judge, such as "sea-judge.toml".')
    return by_model.judged(path.stem, path.parent / judge)


def _by_labels(path: Path, table: Mapping[str, Any], refuse: Any) -> Measure:
    more, less = _texts("more", table, refuse), _texts("less", table, refuse)
    for each in (*more, *less):
        if not each.strip():
            refuse(f"more or less has the blank text {each!r:.40}.", "Take it out.")
    return by_model.labelled(path.stem, more, less, str(table.get("about", "")))


def _by_triples(path: Path, table: Mapping[str, Any], refuse: Any) -> Measure:
    given = table["alike"]
    if isinstance(given, str):
        with_triples = by_model.table_of(path.parent / given)
        given = with_triples.get("alike")
    if not isinstance(given, list) or not all(
        isinstance(each, list) and all(isinstance(text, str) for text in each) for each in given
    ):
        refuse(
            f"alike is {given!r:.40}.",
            'Give a list of triples, the odd one last, such as [["sea", "tide", "barn"], …].',
        )
    axis = table.get("axis", 1)
    if isinstance(axis, bool) or not isinstance(axis, int):
        refuse(f"axis is {axis!r:.40}.", "Give 1, or 2 for a second axis.")
    return by_model.alike(path.stem, given, axis=axis, about=str(table.get("about", "")))


def _by_answers(path: Path, table: Mapping[str, Any], refuse: Any) -> Measure:
    del table, refuse
    return by_model.answered(path.stem, path)


def _texts(key: str, table: Mapping[str, Any], refuse: Any) -> list[str]:
    given = table.get(key)
    texts = given if isinstance(given, list) else []
    if not texts or not all(isinstance(each, str) for each in texts):
        refuse(f"{key} is {given!r:.40}.", f'Give a list of texts, such as {key} = ["sea"].')
    return [str(each) for each in texts]


_READERS: Final = {
    "words": _by_words,
    "judge": _by_judge,
    "more": _by_labels,
    "alike": _by_triples,
    "answers": _by_answers,
}
