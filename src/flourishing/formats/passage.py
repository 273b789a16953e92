"""Passages: what a file holds of one text, before it becomes one.

Between the formats and the texts, because all that is done to either is done here: unescaping,
splitting, and mending what no encoding can hold, each without losing who wrote what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise
from typing import Final, Literal

from flourishing.core.text import UNDATED, Origin, Source, Span, Text, line_end_of

_ESCAPES: Final = ("\\<", "\\[")
"""As Loomsidian writes them, so that Obsidian shows completions as they are."""


Hand = Literal["person", "model", "mixed"]
"""Who wrote a stretch; "mixed" where a person changed what a model wrote, or the other way."""

_MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text.

    Attributes:
        text: The stretch itself.
        author: Who wrote it; None where the file does not say.
    """

    text: str
    author: Hand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What a file holds of one text.

    Attributes:
        pieces: The text, in stretches that each have one author.
        source: The file, and the place in it.
        at: When it was written, in UTC, where the file says so.
        model: The model's name, where the file says so.
        place: Where it stands in the file, in words: "row 26", "part 2".
    """

    pieces: tuple[Piece, ...]
    source: Source
    at: datetime | None = None
    model: str | None = None
    place: str = ""

    @property
    def content(self) -> str:
        """The text itself."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def escaped(self) -> bool:
        """Whether it has what Loomsidian escapes."""
        content = self.content
        return any(escape in content for escape in _ESCAPES)

    @property
    def unsigned(self) -> bool:
        """Whether the file leaves open who wrote it, or some of it, and names no model."""
        authors = {piece.author for piece in self.pieces}
        return None in authors and not authors & {"model", "mixed"}

    def unescaped(self) -> Passage:
        """Give it without the backslashes that Loomsidian puts before `<` and `[`."""
        return self._with(
            replace(piece, text=piece.text.replace("\\<", "<").replace("\\[", "["))
            for piece in self.pieces
        )

    def mended(self) -> Passage:
        """Give it with characters whole that were cut in two, and � for halves without another."""
        content = self.content
        if content.isascii() or _is_whole(content):
            return self
        pieces = list(self.pieces)
        for index, (one, other) in enumerate(pairwise(self.pieces)):
            if "\ud800" <= one.text[-1:] <= "\udbff" and "\udc00" <= other.text[:1] <= "\udfff":
                pieces[index] = replace(one, text=pieces[index].text + other.text[0])
                pieces[index + 1] = replace(other, text=other.text[1:])
        return self._with(replace(piece, text=_whole(piece.text)) for piece in pieces)

    def with_plain_line_ends(self) -> Passage:
        """Give it with "\\n" at the end of each line, and who wrote what as it was."""
        content = self.content
        if "\r" not in content:
            return self
        end = line_end_of(content)
        return self._with(
            replace(piece, text=end.sub("\n", piece.text))
            for piece in _with_whole_line_ends(self.pieces)
        )

    def split(self, separator: str) -> Iterator[Passage]:
        """Give what stands between the separators, each without empty lines around it.

        Which part it is goes to the place where it was found; a title is what a person gave.

        Args:
            separator: The line that stands between two texts.
        """
        cuts = bounds(self.content, separator)
        for number, pieces in enumerate(_sliced(self.pieces, cuts), start=1):
            part = f"part {number}"
            published = place_in(self.source.published, part)
            yield replace(
                self,
                pieces=pieces,
                source=replace(self.source, published=published),
                place=place_in(self.place, part),
            )

    def as_text(self, otherwise: datetime) -> Text:
        """Make the text.

        Args:
            otherwise: When a person wrote it, if the file does not say. When a model did is then
                not known: it is a part of what the text is, and a file's time changes.
        """
        content = self.content
        authors = {piece.author for piece in self.pieces}
        spans = [
            Span(piece.author, len(piece.text))
            for piece in self.pieces
            if piece.author in ("person", "model")
        ]
        by_model = bool(authors & {"model", "mixed"})
        return Text(
            content,
            Origin(
                author="model" if by_model else "person",
                at=self.at or (UNDATED if by_model else otherwise),
                model=self.model and _whole(self.model),
                # Names of files and nodes may hold halves of characters too.
                source=replace(
                    self.source,
                    author=_whole(self.source.author),
                    title=_whole(self.source.title),
                    published=_whole(self.source.published),
                ),
                spans=tuple(spans) if len(spans) == len(self.pieces) else (),
            ),
        )

    def _with(self, pieces: Iterable[Piece]) -> Passage:
        return replace(self, pieces=joined(pieces))


def place_in(file: str, *places: str) -> str:
    """Name a place in a file, from the largest to the smallest: "poems.csv, row 26".

    Args:
        file: The name of the file.
        places: The places within it, from the largest to the smallest; empty ones are left out.
    """
    return ", ".join(part for part in (file, *places) if part)


def bounds(content: str, separator: str) -> Iterator[tuple[int, int]]:
    """Give where each part between separators begins and ends, empty lines around it left out.

    Args:
        content: The whole text; a separator of lines may stand at its very beginning or end.
        separator: What stands between parts; not blank.
    """
    # A line break more on either side lets "\n---\n" be found in the first and last line.
    padded = f"\n{content}\n"
    # Of two lines of hyphens in a row, the first ends where the second begins.
    shared = bool(separator.strip("\n")) and separator[0] == separator[-1] == "\n"
    at = 0
    while at <= len(padded):
        found = padded.find(separator, at)
        end = len(padded) if found < 0 else found
        start = at
        while start < end and padded[start] == "\n":
            start += 1
        last = end
        while last > start and padded[last - 1] == "\n":
            last -= 1
        yield (start - 1, last - 1) if start < last else (0, 0)
        if found < 0:
            return
        at = end + len(separator) - shared


def _sliced(
    pieces: tuple[Piece, ...], cuts: Iterable[tuple[int, int]]
) -> Iterator[tuple[Piece, ...]]:
    """Give the pieces between each two places, which come in order."""
    index, before = 0, 0
    for start, end in cuts:
        part = []
        at = start
        while at < end:
            while before + len(pieces[index].text) <= at:
                before += len(pieces[index].text)
                index += 1
            piece = pieces[index]
            upto = min(end, before + len(piece.text))
            part.append(Piece(piece.text[at - before : upto - before], piece.author))
            at = upto
        yield tuple(part)


def _with_whole_line_ends(pieces: tuple[Piece, ...]) -> Iterator[Piece]:
    """Give each line end that was cut in two to the piece in which it begins."""
    before = Piece("")
    for piece in pieces:
        rest = piece.text
        if before.text.endswith("\r"):
            rest = piece.text.lstrip("\r\n")
            cut = piece.text[: len(piece.text) - len(rest)]
            before = replace(before, text=before.text + cut)
        if rest:
            yield before
            before = replace(piece, text=rest)
    yield before


def _is_whole(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _whole(text: str) -> str:
    """Join the halves of characters, and put � for those without another."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Join neighbours of one author, and drop what is empty.

    Args:
        pieces: The pieces in the order of the text.
    """
    full = (piece for piece in pieces if piece.text)
    runs = groupby(full, key=lambda piece: piece.author)
    return tuple(Piece("".join(each.text for each in run), author) for author, run in runs)


def listed(names: Iterable[str], of: int | None = None) -> str:
    """Name things, at most ten, and say how many more there are.

    Args:
        names: The names, in order.
        of: How many things there are, if the names are only the first; by default as many.
    """
    known = list(names)
    shown = known[:_MOST_NAMED]
    more = (len(known) if of is None else of) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")
