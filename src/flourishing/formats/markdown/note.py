"""Notes: a Markdown file taken apart into front matter and body, and put together again.

Between two lines of dashes at the head of a file stands front matter, or verse. The lines decide,
before any YAML is parsed: front matter is `key: value` lines with a key that such files have
(title, tags, date …), or with values that are no prose. Anything else is verse and stays in the
text, so that in doubt nothing is lost. Line ends may be those of any system.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from flourishing.errors import InputError

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
        from flourishing.formats.markdown.front_matter import read_front, write_front

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
    from flourishing.formats.markdown.front_matter import read_front  # here: YAML is slow to import

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
    from flourishing.formats.markdown.front_matter import write_front

    return write_front({key: value}).replace("\n", end)
