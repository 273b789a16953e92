"""A Markdown file taken apart into front matter and text, and put together again.

Between two lines of dashes at the head of a file stands front matter, or verse. The lines decide,
before any YAML is parsed: front matter is `key: value` lines with a key that such files have
(title, tags, date …), or with values that are no prose. Anything else is verse and stays in the
text, so that in doubt nothing is lost. Line ends may be those of any system.

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
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import yaml

from flourishing.core.sampling import Sampling
from flourishing.core.text import UNDATED, Author, Origin, Source, Span, Text
from flourishing.errors import FlourishingError, InputError
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


MOST_FRONT: Final = 64 * 2**10
"""The most characters of a front matter that is parsed; YAML takes long for more."""
_BOM: Final = "\ufeff"
_MOST_BLANKS: Final = 20
"""Blank lines that may stand before the first line of dashes."""
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_LINE_END: Final = re.compile(r"\r\r\n|\r\n|\n|\r")
_CLOSING: Final = re.compile(r"(?:(?<=\n)|(?<=\r))(?:---|\.\.\.)[ \t]*(?=[\r\n]|\Z)")
_KEY: Final = re.compile(
    r"""(?:(?P<quote>["'])(?P<quoted>[^"'\r\n]{1,60})(?P=quote)"""
    r"""|(?P<plain>[^\W\d_][\w.-]*(?:[ ][\w.-]+){0,3}))[ \t]*:(?:[ \t]+(?P<value>.*))?$"""
)
_LONGEST_KEY: Final = 60
_CONTINUES: Final = (" ", "\t", "- ", "]", "}")
_PROSE: Final = 3
"""Words from which on a value is taken for prose."""
_ENOUGH: Final = 200
"""Characters of a value that show whether it is prose."""
_USUAL: Final = frozenset(
    [
        *("abstract", "alias", "aliases", "author", "authors", "category", "categories"),
        *("created", "creator", "cssclass", "cssclasses", "date", "datecreated", "datemodified"),
        *("description", "digest", "draft", "id", "keywords", "lang", "language", "lastmod"),
        *("layout", "license", "modified", "permalink", "poet", "poets", "published", "publish"),
        *("publisher", "rating", "rights", "slug", "source", "status", "subtitle", "summary"),
        *("tag", "tags", "title", "translator", "uid", "updated", "url", "uuid", "writer", "year"),
    ]
)
"""Keys of front matter, in small letters and without what may stand between their words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A Markdown file, taken apart; its three parts in a row are the whole file.

    Attributes:
        head: What stands before the front matter, with its opening line; empty without any.
        front: The lines of the front matter, as they are in the file.
        rest: The rest of the file; with front matter, from its closing line on.
    """

    head: str
    front: str
    rest: str
    _table: dict[str, Any] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, whole: str, name: str) -> Note:
        """Take a file apart.

        Args:
            whole: All that stands in it, a byte order mark too.
            name: What it is called, for the message.

        Raises:
            InputError: Its front matter is too large, or is no YAML that can be read.
        """
        opened = _opening_end(whole)
        closing = _CLOSING.search(whole, opened) if opened else None
        if closing is None:
            return cls(head="", front="", rest=whole)
        note = cls(
            head=whole[:opened],
            front=whole[opened : closing.start()],
            rest=whole[closing.start() :],
        )
        if not _is_front(note.front, followed=bool(note.body.strip())):
            return cls(head="", front="", rest=whole)
        table = _parsed(note.front, name)
        return replace(note, _table=table) if table else cls(head="", front="", rest=whole)

    @property
    def table(self) -> Mapping[str, Any]:
        """What the front matter says: strings, lists and tables; nothing without any."""
        return self._table or {}

    @property
    def body(self) -> str:
        """What stands after the front matter, or in all of the file without one."""
        if not self.head:
            return self.rest.removeprefix(_BOM)
        line = _LINE.match(self.rest)
        return self.rest[line.end() :] if line else ""

    def with_front(self, values: Mapping[str, object], ours: frozenset[str]) -> str:
        """Give the whole file with some keys of its front matter changed.

        Every other line stays as it is, and so does a key that says the same already.

        Args:
            values: The keys and what they are to say; new ones are put at the end.
            ours: All keys that may be changed; those of them without a value are taken out.
        """
        end = "\r\n" if self.head.endswith("\r\n") else "\r" if self.head.endswith("\r") else "\n"
        left = dict(values)
        lines = []
        for key, entry in _entries(self.front):
            if key in left:
                value = left.pop(key)
                lines.append(entry if self._says(key, value) else _written(key, value, end))
            elif key not in ours:
                lines.append(entry)
        lines += [_written(key, value, end) for key, value in left.items()]
        return self.head + "".join(lines) + self.rest

    def _says(self, key: str, value: object) -> bool:

        return key in self.table and read_front(write_front({key: value}))[key] == self.table[key]


def plain_lines(words: str) -> str:
    r"""Give a text with \n at the end of each line, whatever system its file came from.

    Args:
        words: The text of the file.
    """
    return _LINE_END.sub("\n", words) if "\r" in words else words


def _opening_end(whole: str) -> int:
    """Give where the line after the first line of dashes begins; 0 where there is no such line."""
    at = len(_BOM) if whole.startswith(_BOM) else 0
    for _ in range(_MOST_BLANKS):
        line = _LINE.match(whole, at)
        if line is None or line.end() == at:
            return 0
        words = line[0].rstrip("\r\n \t")
        if words == "---":
            return line.end()
        if words:
            return 0
        at = line.end()
    return 0


def _is_front(front: str, *, followed: bool) -> bool:
    """Say whether lines between two lines of dashes are front matter, and not verse.

    Args:
        front: The lines.
        followed: Whether a text comes after them: where none does, they may be the text.
    """
    values: dict[str, str] = {}
    key = ""
    for line in _LINE_END.split(front):
        words = line.rstrip()
        if not words or words.startswith("#"):
            continue
        if line.startswith(_CONTINUES) or words == "-":
            if not key:
                return False
            if len(values[key]) < _ENOUGH:  # of a long value all would be the square
                values[key] = f"{values[key]} {words.strip()}".strip()
            continue
        match = _KEY.match(words)
        key = (match["quoted"] or match["plain"]) if match else ""
        if match is None or len(key) > _LONGEST_KEY:
            return False
        values[key] = match["value"] or ""
    if any(_plain_key(key) in _USUAL for key in values):
        return True
    present = [value for value in values.values() if value]
    return (
        followed
        and bool(present)
        and not any(" " in key for key in values)
        and not _any_prose(present)
    )


def _any_prose(values: list[str]) -> bool:
    data = ("[", "{", "- ", "|", ">")
    prose = (each for each in values if not each.startswith(data))
    return any(len(each.split(None, _PROSE)) >= _PROSE for each in prose)


def _plain_key(key: str) -> str:
    return re.sub(r"[ ._-]", "", key).casefold()


def _parsed(front: str, name: str) -> dict[str, Any]:
    # DROPPED  # here: YAML is slow to import

    if len(front) > MOST_FRONT:
        raise InputError(
            f"The front matter of {name} has {len(front):,} characters; "
            f"the most that is read is {MOST_FRONT:,}.",
            hint="Move what is long from between the lines of dashes into the text.",
        )
    try:
        return read_front(plain_lines(front))
    except ValueError as error:
        raise InputError(
            f"The front matter of {name} cannot be read: it is no YAML.",
            hint="Put values with a colon or a quote in them between quotes, one “key: value” "
            "a line; or remove the lines of dashes.",
        ) from error


def _entries(front: str) -> Iterator[tuple[str, str]]:
    """Give each key with its lines, and what stands before the first key under an empty one."""
    key, entry = "", ""
    for line in _LINE.findall(front):
        match = None if line.startswith(_CONTINUES) else _KEY.match(line.rstrip("\r\n \t"))
        if match or line.startswith("#"):
            if entry:
                yield key, entry
            key, entry = (match["quoted"] or match["plain"]) if match else "", ""
        entry += line
    if entry:
        yield key, entry


def _written(key: str, value: object, end: str) -> str:

    return write_front({key: value}).replace("\n", end)
