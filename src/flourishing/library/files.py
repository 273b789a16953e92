"""Collections, named shelves of texts or of chains, and the files in which they are kept.

A TOML file has `texts` or `chains`, which shows which of the two it holds. Each of them is a bare
string (a list of strings for a chain), or a table that says where it comes from; what is said at
the top of the file holds for each that does not say it itself. `drafts` says who wrote the versions
of the chains before the last, which is the published one. A plain file has texts with a rule of
dashes between; a line "better:" in an example makes it a chain, as the pattern "refinements" does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Final, NoReturn, overload

from flourishing.core import markup
from flourishing.core.chain import Chain
from flourishing.core.text import Origin, Source, Text, normalize_line_ends
from flourishing.errors import InputError, TextError
from flourishing.patterns import PATTERNS, Pattern

_SHOWN: Final = 5
"""How many of its items a notebook shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A named shelf; iterates and counts as its chains if it has any, else as its texts.

    Attributes:
        name: What it is called.
        title: What it is, in a few words.
        pattern: The name of the pattern that suits what it holds.
        kind: The name of the kind of text that it holds; "" where it follows from the pattern.
        texts: Its texts, in the order of the file; none in a collection of chains.
        chains: Its chains, in the order of the file; none in a collection of texts.
    """

    name: str
    title: str
    pattern: str
    texts: tuple[Text, ...] = ()
    chains: tuple[Chain, ...] = ()
    kind: str = ""

    @property
    def items(self) -> tuple[Text, ...] | tuple[Chain, ...]:
        """Its chains if it has any, else its texts."""
        return self.chains or self.texts

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where each of its items comes from; for a chain, where its poem does."""
        found = (
            item.origin.source if isinstance(item, Text) else item.source for item in self.items
        )
        return tuple(source or Source() for source in found)

    def __rich_repr__(self) -> Iterator[object]:
        yield self.name
        yield "title", self.title
        yield "pattern", self.pattern
        yield "chains" if self.chains else "texts", len(self)

    def _repr_html_(self) -> str:
        shown = self.items[:_SHOWN]
        poems = [(each if isinstance(each, Text) else each.best)._repr_html_() for each in shown]
        more = len(self) - len(poems)
        notes = [f"and {more:,} more"] if more else []
        return markup.numbered(f"{self.name}: {self.title}", poems, notes)

    def __iter__(self) -> Iterator[Text | Chain]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Text | Chain: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Text, ...] | tuple[Chain, ...]: ...

    def __getitem__(
        self, index: int | slice
    ) -> Text | Chain | tuple[Text, ...] | tuple[Chain, ...]:
        return self.items[index]


_SOURCE: Final = {"author": str, "title": str, "year": int, "published": str}
_ABOUT: Final = {"title": str, "kind": str, "pattern": str, **_SOURCE}
_RULE: Final = re.compile(r"-{3,}\s*")
_BETTER: Final = "better:"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shelf:
    """What one file holds; equal to itself alone, so that it can be looked up at once.

    Attributes:
        path: The file, as it is named to a person.
        title: What the file calls it, or nothing.
        kind: The kind of text that the file names, or nothing.
        pattern: The pattern that the file names, or nothing.
        items: Its texts, or its chains.
        chained: Whether they are chains.
    """

    path: str
    title: str
    kind: str
    pattern: str
    items: tuple[Text | Chain, ...]
    chained: bool

    def require_fit(self, pattern: Pattern) -> None:
        """Refuse what cannot stand in a pattern.

        Args:
            pattern: The pattern.

        Raises:
            InputError: The pattern lists the other kind, or an item would break it.
        """
        if self.chained != bool(pattern.link):
            holds, lists = ("chains", "texts") if self.chained else ("texts", "chains")
            raise InputError(
                f"{self.path} holds {holds}, but the pattern {pattern.name!r} lists {lists}.",
                hint=f"Name a pattern for {holds} in it, or put them into another collection.",
            )
        for number, item in enumerate(self.items, start=1):
            content = item.content if isinstance(item, Text) else [each.content for each in item]
            try:
                pattern.render([content, content])  # twice: as the last and as one before it
            except TextError as error:
                kind = "chain" if self.chained else "text"
                raise InputError(
                    f"In {self.path}, {kind} {number} cannot stand in the pattern "
                    f"{pattern.name!r}: {error}",
                    hint=error.hint,
                ) from error


def read(content: str, *, path: PurePath, at: datetime) -> Shelf:
    """Read a file of texts or of chains.

    Args:
        content: What is in the file.
        path: Where it is; ".toml" is read as TOML, all else as plain text.
        at: When it was written: the time of the texts that have no year.

    Raises:
        InputError: It is not what it should be; the message says where.
    """
    reader = _Toml(path, at) if path.suffix == ".toml" else _Plain(path, at)
    return reader.shelf(content)


class _Reader:
    """What both kinds of files share: what they say when they are wrong, and how texts are made."""

    def __init__(self, path: PurePath, at: datetime) -> None:
        self.path = path
        self.at = at

    def refuse(self, what: str, hint: str) -> NoReturn:
        raise InputError(f"{self.path}: {what}", hint=hint)

    def text(self, content: str, source: Source, name: str) -> Text:
        lines = normalize_line_ends(content).rstrip().split("\n")
        while lines and not lines[0].strip():
            lines.pop(0)
        if not lines:
            self.refuse(f"{name} is blank.", "Write something there, or take it out.")
        # The year is when it was published: what is newest can then be found by the time.
        at = self.at if source.year is None else datetime(source.year, 1, 1, tzinfo=UTC)
        return Text("\n".join(lines), Origin(author="person", at=at, source=source))

    def unsourced(self) -> Source:
        return Source(published=self.path.name)


class _Plain(_Reader):
    """Plain text, with rules of dashes between the texts."""

    def shelf(self, content: str) -> Shelf:
        examples = self._split(content)
        chained = any(len(example) > 1 for example in examples)
        items: list[Text | Chain] = []
        for number, versions in enumerate(examples, start=1):
            if not chained:
                items.append(self.text(versions[0], self.unsourced(), f"text {number}"))
                continue
            if len(versions) < 2:
                self.refuse(
                    f"chain {number} has fewer than two versions.",
                    f'Add a better one after a line "{_BETTER}", or take it out.',
                )
            texts = (
                self.text(version, self.unsourced(), name)
                for version, name in _named(number, versions)
            )
            items.append(Chain(tuple(texts), self.unsourced()))
        return Shelf(
            path=str(self.path), title="", kind="", pattern="", items=tuple(items), chained=chained
        )

    def _split(self, content: str) -> list[list[str]]:
        """Give the examples, each as its versions, without the labels of a prompt."""
        labels = {pattern.prefix.strip() for pattern in PATTERNS.values()} - {""}
        examples: list[list[list[str]]] = [[[]]]
        for line in normalize_line_ends(content).split("\n"):
            if _RULE.fullmatch(line):
                examples.append([[]])
            elif line.rstrip() == _BETTER:
                examples[-1].append([])
            elif line.rstrip() not in labels or any(examples[-1][0]) or len(examples[-1]) > 1:
                examples[-1][-1].append(line)
        joined = [["\n".join(lines) for lines in example] for example in examples]
        # A rule may also stand before the first text and after the last.
        while joined and not any(version.strip() for version in joined[-1]):
            joined.pop()
        while joined and not any(version.strip() for version in joined[0]):
            joined.pop(0)
        if not joined:
            self.refuse("it is empty.", 'Write texts into it, with a line "---" between.')
        return joined


class _Toml(_Reader):
    """TOML, with one entry for each text or chain."""

    def shelf(self, content: str) -> Shelf:
        try:
            table = tomllib.loads(content)
        except (ValueError, RecursionError) as error:
            self.refuse(f"it is no TOML: {error}.", "Compare it with a collection that ships.")
        kinds = [key for key in ("texts", "chains") if key in table]
        if len(kinds) != 1:
            self.refuse(
                "it has both texts and chains." if kinds else "it has neither texts nor chains.",
                "Give a list of one of the two, as [[texts]] or [[chains]].",
            )
        entries = table.pop(kinds[0])
        chained = kinds == ["chains"]
        if not isinstance(entries, list) or not entries:
            self.refuse(f"{kinds[0]} is no list of any.", f"Write each under [[{kinds[0]}]].")
        drafts = self._drafts(table.pop("drafts", {})) if chained else self.unsourced()
        self._check(table, _ABOUT, "it")
        given: dict[str, object] = {
            key: value for key, value in table.items() if key not in {"title", "kind", "pattern"}
        }
        items: list[Text | Chain] = []
        for number, entry in enumerate(entries, start=1):
            if chained:
                items.append(self._chain(entry, given, drafts, number))
            else:
                items.append(self._text(entry, given, f"text {number}"))
        return Shelf(
            path=str(self.path),
            title=table.get("title", ""),
            kind=table.get("kind", ""),
            pattern=table.get("pattern", ""),
            items=tuple(items),
            chained=chained,
        )

    def _text(self, entry: object, given: Mapping[str, object], name: str) -> Text:
        if not isinstance(entry, dict):
            entry = {"text": entry}
        content = entry.pop("text", None)
        if not isinstance(content, str):
            self.refuse(f'{name} has no text = "…".', "Give each text as a string.")
        return self.text(content, self._source(entry, given, name), name)

    def _chain(
        self, entry: object, given: Mapping[str, object], drafts: Source, number: int
    ) -> Chain:
        name = f"chain {number}"
        if not isinstance(entry, dict):
            entry = {"versions": entry}
        versions = entry.pop("versions", None)
        if not isinstance(versions, list) or not all(isinstance(each, str) for each in versions):
            self.refuse(f"{name} has no list of versions.", "Give it as strings, worst first.")
        if len(versions) < 2:
            self.refuse(f"{name} has fewer than two versions.", "Give a worse and a better one.")
        source = self._source(entry, given, name)
        *before, last = _named(number, versions)
        texts = [self.text(version, drafts, place) for version, place in before]
        return Chain((*texts, self.text(last[0], source, last[1])), source)

    def _drafts(self, table: object) -> Source:
        if not isinstance(table, dict):
            self.refuse("drafts is no table.", "Write it as [drafts], with an author.")
        return self._source(table, {}, "drafts")

    def _source(
        self, entry: Mapping[str, object], given: Mapping[str, object], name: str
    ) -> Source:
        """Take a source from an entry, or from what the file says of all of them."""
        self._check(entry, _SOURCE, name)
        fields = {**given, **entry}
        year = fields.get("year")
        if not fields:
            return self.unsourced()
        return Source(
            author=str(fields.get("author", "")),
            title=str(fields.get("title", "")),
            year=year if isinstance(year, int) else None,
            published=str(fields.get("published", "")),
        )

    def _check(self, table: Mapping[str, object], known: Mapping[str, type], name: str) -> None:
        for key, value in table.items():
            if key not in known:
                self.refuse(f"{name} has the unknown key {key!r}.", f"Known: {', '.join(known)}.")
            if type(value) is not known[key]:
                kind = "a whole number" if known[key] is int else "a string"
                self.refuse(f"{key} of {name} is {value!r}.", f"It must be {kind}.")
            if isinstance(value, int) and not 1 <= value <= 9999:
                self.refuse(f"{key} of {name} is {value}.", "It must be from 1 to 9999.")


def _named(number: int, versions: list[str]) -> list[tuple[str, str]]:
    """Give each version of a chain with the words that say which one it is."""
    return [
        (version, f"version {place} of chain {number}")
        for place, version in enumerate(versions, start=1)
    ]
