"""Texts with their whole lineage as JSON, one to a line: from one garden to another.

Parents come before their children and are named by their identities, so that the file can be read
in one go, and what it gives is the same individuals: a garden that has them already takes nothing
twice. Any line's `content` and `origin` read as they do in every other JSON of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from flourishing.errors import FlourishingError, InputError
from flourishing.pattern import Pattern
from flourishing.sampling import Sampling
from flourishing.text import Origin, Source, Span, Text

FORMAT: Final = "flourishing/1"
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


def to_lines(texts: Iterable[tuple[Text, dict[str, object]]]) -> Iterator[str]:
    """Write texts, each once and after its parents.

    Args:
        texts: Texts with their lineage, and what else is to be said of each, such as its marks.
    """
    given = list(texts)
    # Of all of them at once: one may be written as a parent of another before its own turn.
    of = {text.identity: more for text, more in given}
    said: set[str] = set()
    for text, _ in given:
        waiting = [text]
        while waiting:
            ahead = [each for each in waiting[-1].origin.parents if each.identity not in said]
            if ahead and waiting[-1].identity not in said:
                waiting += ahead
                continue
            each = waiting.pop()
            if each.identity not in said:
                said.add(each.identity)
                yield _line(each, of.get(each.identity, {}))


def from_lines(lines: Iterable[str]) -> Iterator[tuple[Text, dict[str, Any]]]:
    """Read texts back, with all that was said of each.

    Raises:
        InputError: A line is not what `to_lines` writes, or was changed since.
    """
    known: dict[str, Text] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            told = _ours(json.loads(line))
            text = Text(told["content"], _origin(told, known))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(
                f"Line {number} is no text of Flourishing's own format.",
                hint="The file may be cut off, or of another format.",
            ) from error
        except FlourishingError as error:
            raise InputError(f"Line {number}: {error}", hint=error.hint) from error
        if text.identity != told["identity"]:
            raise InputError(
                f"Line {number} was changed: its text is not the one that it says it is.",
                hint="To bring in a changed text, give it as plain text or as a list of strings.",
            )
        known[text.identity] = text
        yield text, told


def _line(text: Text, more: dict[str, object]) -> str:
    told = {
        "format": FORMAT,
        "identity": text.identity,
        **text.as_dict(),
        "parents": [parent.identity for parent in text.origin.parents],
        **more,
    }
    return json.dumps(told, ensure_ascii=False)


def _ours(told: dict[str, Any]) -> dict[str, Any]:
    if told["format"] != FORMAT:
        raise ValueError(told["format"])
    for name in ("marks", "tags"):  # which the identity does not vouch for
        words = told.get(name, [])
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError(name)
    return told


def _origin(told: dict[str, Any], known: dict[str, Text]) -> Origin:
    origin = dict(told["origin"])
    pattern, sampling, source = origin["pattern"], origin["sampling"], origin["source"]
    for table, kinds in ((origin, _ORIGIN), (source or {}, _SOURCE), *_each(origin["spans"])):
        _require(table, kinds)
    if origin["finish"] not in {"stop", "length", None}:
        raise ValueError("finish")
    if not 0 <= origin["examples"] <= len(told["parents"]):
        raise ValueError("examples")
    return Origin(
        **origin
        | {
            "at": datetime.fromisoformat(origin["at"]),
            "parents": tuple(known[each] for each in told["parents"]),
            "pattern": pattern and Pattern(**pattern | {"stop": tuple(pattern["stop"])}),
            "sampling": sampling and Sampling(**sampling),
            "source": source and Source(**source),
            "spans": tuple(Span(**span) for span in origin["spans"]),
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
