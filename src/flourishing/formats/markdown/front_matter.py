"""Front matter: YAML at the head of a Markdown file, of ours or of other programs.

All values are read as strings, lists and tables: what looks like a date or a number is a string,
and tags of YAML have no effect. An alias is refused, since a few lines of them could stand for
billions, and so is what is nested deeper than front matter ever is. A string that is written always
reads back as itself.

The fields of a page that we exported are read exactly. Of foreign front matter, title, author,
year, source and tags are taken under their usual names, and other keys are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import yaml

from flourishing.core.sampling import Sampling
from flourishing.core.text import UNDATED, Author, Origin, Source, Span, Text
from flourishing.errors import FlourishingError
from flourishing.formats.json_values import at_iso
from flourishing.patterns import PATTERNS

_BREAKS: Final = re.compile(r"[\x85\u2028\u2029]")
"""Ends of lines to YAML, which it would fold, and to nobody else."""
_DEEPEST: Final = 20
"""Lists and tables within each other; more is a mistake, or made to take long."""


def write_front(table: Mapping[str, object]) -> str:
    """Write a table as YAML, in lines that end with a line break.

    Args:
        table: The table of plain data.
    """
    return yaml.dump(table, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


def read_front(front: str) -> dict[str, Any]:
    """Read a table; what is of another kind says nothing.

    Args:
        front: The YAML text between the two lines of dashes.

    Raises:
        ValueError: It is no YAML, too deep, or has an alias.
    """
    try:
        table = yaml.load(front, Loader=_Loader)  # noqa: S506 - it makes less than the safe one
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return table if isinstance(table, dict) else {}


class _Loader(yaml.BaseLoader):
    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise yaml.YAMLError("nested too deep")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Dumper(yaml.SafeDumper):
    def represent_words(self, words: str) -> yaml.ScalarNode:
        style = '"' if _BREAKS.search(words) else None
        return self.represent_scalar("tag:yaml.org,2002:str", words, style=style)


_Dumper.add_representer(str, _Dumper.represent_words)


OURS: Final = frozenset(
    [
        *("id", "digest", "tags", "author", "at", "source", "model", "pattern", "start", "seed"),
        *("sampling", "temperature", "parents", "written"),
    ]
)
"""All keys that stand in front matter of our own, those of earlier versions too."""
_SEED: Final = re.compile(r"[0-9]{1,18}")
_SPAN: Final = re.compile(r"(person|model) ([1-9][0-9]{0,11})")
_YEAR: Final = re.compile(r"[0-9]{1,4}")
_LINK: Final = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
"""A link of Obsidian's, to a note, and what it shows."""
_TITLES: Final = ("title",)
_AUTHORS: Final = ("author", "authors", "poet", "poets", "creator", "writer")
_PUBLISHED: Final = ("source", "book", "publication")
_YEARS: Final = ("year",)
_TAGS: Final = ("tags", "tag", "keywords")


def front_of(
    id: int, text: Text, tags: tuple[str, ...], spans: Sequence[Span]
) -> dict[str, object]:
    """Give what our own front matter says of a text; what is empty is left out.

    Args:
        id: The text's number.
        text: The text.
        tags: Its tags.
        spans: Who wrote which stretch of it.
    """
    origin = text.origin
    both = len({span.author for span in spans}) > 1
    given = {
        "id": id,
        "digest": text.digest,
        "tags": list(tags),
        "author": origin.author,
        "at": origin.at.isoformat(),
        "source": origin.source and dict(_full(asdict(origin.source))),
        "model": origin.model,
        "pattern": origin.pattern and origin.pattern.name,
        "start": origin.start,
        "seed": origin.seed,
        "sampling": origin.sampling and asdict(origin.sampling),
        "written": [f"{span.author} {span.length}" for span in spans] if both else [],
        "parents": [parent.digest for parent in origin.parents],
    }
    return dict(_full(given))


def _full(table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    return ((key, value) for key, value in table.items() if value not in (None, "", [], {}))


def origin_of(table: Mapping[str, Any], length: int) -> Origin:
    """Read where a text came from off front matter of our own, which anybody may have changed.

    Args:
        table: What the front matter says.
        length: How many characters the text has; 0 where a person changed it.
    """
    author: Author = "model" if table.get("author") == "model" else "person"
    at = at_iso(table.get("at"))
    if at is None and author == "model":
        at = UNDATED
    seed = table.get("seed")
    start = table.get("start")
    pattern = table.get("pattern")
    model = table.get("model")
    given: dict[str, Any] = {} if at is None else {"at": at}
    return Origin(
        author=author,
        source=_source_of_ours(table.get("source")),
        model=model if isinstance(model, str) and model else None,
        pattern=PATTERNS.get(pattern) if isinstance(pattern, str) else None,
        start=start if isinstance(start, str) else "",
        seed=int(seed) if isinstance(seed, str) and _SEED.fullmatch(seed) else None,
        sampling=_sampling(table.get("sampling")),
        spans=_spans(table.get("written"), length),
        **given,
    )


def _source_of_ours(given: object) -> Source | None:
    if isinstance(given, str) and given:  # as earlier versions wrote it
        return Source(published=given)
    if not isinstance(given, dict):
        return None
    words = {name: _words(given.get(name)) for name in ("author", "title", "published")}
    year = _words(given.get("year"))
    found = Source(**words, year=int(year) if _YEAR.fullmatch(year) else None)
    return found if found != Source() else None


def _sampling(given: object) -> Sampling | None:
    """Read how tokens were drawn; None where that is not all there, or wrong."""
    if not isinstance(given, dict):
        return None
    try:
        return Sampling(
            **{
                name: type(value)(given[name])
                for name, value in asdict(Sampling()).items()
                if name in given
            }
        )
    except (FlourishingError, TypeError, ValueError):
        return None


def _spans(given: object, length: int) -> tuple[Span, ...]:
    spans = []
    for each in given if isinstance(given, list) else ():
        match = _SPAN.fullmatch(each) if isinstance(each, str) else None
        if match is None:
            return ()
        spans.append(Span("model" if match[1] == "model" else "person", int(match[2])))
    return tuple(spans) if sum(span.length for span in spans) == length else ()


def source_of(table: Mapping[str, Any]) -> tuple[Source | None, set[str]]:
    """Give the source that foreign front matter names, and the keys that name it.

    Args:
        table: The front matter as a mapping.
    """
    named = _in_small_letters(table)
    used: set[str] = set()

    def first(keys: Sequence[str], form: re.Pattern[str] | None = None) -> str:
        for key in keys:
            words = _words(table.get(named.get(key, "")))
            if words and (form is None or form.fullmatch(words)):
                used.add(named[key])
                return words
        return ""

    year = first(_YEARS, _YEAR)
    source = Source(
        author=first(_AUTHORS),
        title=first(_TITLES),
        published=first(_PUBLISHED),
        year=int(year) if year else None,
    )
    return (source if used else None), used


def tags_of(table: Mapping[str, Any]) -> tuple[tuple[str, ...] | None, set[str]]:
    """Give the tags of foreign front matter, None where it has no such key, and their keys.

    Args:
        table: The front matter as a mapping.
    """
    named = _in_small_letters(table)
    used = [named[key] for key in _TAGS if key in named]
    tags = (each for key in used for each in as_tags(table[key], ours=False))
    return (tuple(dict.fromkeys(tags)) if used else None), set(used)


def _in_small_letters(table: Mapping[str, Any]) -> dict[str, str]:
    """Give the keys of a table by how they are in small letters; the first of several counts."""
    return {key.casefold(): key for key in reversed(list(table))}


def _words(given: object) -> str:
    """Give what a value says on one line; a list with commas, links as what they show."""
    if isinstance(given, list):
        return ", ".join(words for each in given if (words := _words(each)))
    return _LINK.sub(r"\1", " ".join(given.split())) if isinstance(given, str) else ""


def as_tags(given: object, *, ours: bool) -> tuple[str, ...]:
    """Read tags: a list; or one line, with commas between them, or with a # before each.

    Args:
        given: What stands under the key.
        ours: Whether a list is our own, in which a # or a comma is part of a tag.
    """
    listed = isinstance(given, list)
    words = [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
    if isinstance(given, str):
        hashed = "," not in given and given.lstrip().startswith("#")
        words = given.split() if hashed else given.split(",")
    if not (listed and ours):
        words = [each.strip().removeprefix("#") for each in words]
    return tuple(each.strip() for each in words if each.strip())
