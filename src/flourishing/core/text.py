"""Texts: what is bred, and where it came from.

A text is an individual, in the words of evolution. It never changes: an edit is a new text whose
parent is the edited one. Its origin says enough to ask the same model for it again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from flourishing import stored_form
from flourishing.core import markup
from flourishing.core.operation import WORSENINGS, ModelOperation, Operation
from flourishing.errors import TextError

if TYPE_CHECKING:
    from flourishing.core.sampling import Sampling
    from flourishing.patterns import Pattern

Author = Literal["person", "model"]
Writer = Literal["person", "model", "source"]
"""Whose words they are: of a person here, of a model, or of people elsewhere, as in a book."""

DIGEST_PREFIX = "b2:"
"""Names the algorithm (BLAKE2b, 256 bits), so that a later one can stand beside it."""

_COUNTED: Final = re.compile(r"(?:row|part|node) [0-9]+(?: \([0-9]+\))?")
"""Places that earlier versions counted themselves."""
_UUID: Final = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?: \([0-9]+\))?")
_ID: Final = re.compile(r"(?:[0-9]+|(?=[^0-9]*[0-9])[0-9A-Za-z_-]{10,})(?: \([0-9]+\))?")
"""Names of nodes in looms that are no UUIDs: a number, or a long run of letters and digits."""
_LOOMS: Final = (".json", ".jsonl", ".ndjson", ".db")
_LINE_END: Final = re.compile(r"\r\n?")
_DOUBLED_LINE_END: Final = re.compile(r"\r\r\n")


def normalize_line_ends(content: str) -> str:
    """Give a text with "\\n" at the end of each line, whatever system its file came from.

    Every text of a person goes through this on its way in. A text of our own export and the raw
    completion of a model do not: they stay exactly what they were.

    Args:
        content: The text. "\\r\\n" and "\\r" end a line. "\\r\\r\\n", which programs on Windows
            write by mistake, ends one line where all line ends are so, and otherwise two. Other
            characters that separate lines, such as U+2028, stay: somebody put them there.
    """
    return line_end_of(content).sub("\n", content) if "\r" in content else content


def line_end_of(content: str) -> re.Pattern[str]:
    """Give the pattern of what ends a line in a text, as `normalize_line_ends` reads it.

    Args:
        content: The content of the text.
    """
    doubled = content.count("\r\r\n")
    all_doubled = content.count("\r") == 2 * doubled and content.count("\n") == doubled
    return _DOUBLED_LINE_END if all_doubled else _LINE_END


def require_unicode(content: str, name: str) -> None:
    """Refuse a string with a lone surrogate, which no encoding can hold.

    Such strings come from undecodable bytes in files, arguments and pipes.

    Args:
        content: The string to be checked.
        name: What the string is called in the error message.

    Raises:
        TextError: There is one; the message says where.
    """
    try:
        content.encode("utf-8")
    except UnicodeEncodeError as error:
        raise TextError(
            f"{name} has a lone surrogate (U+{ord(content[error.start]):04X}) "
            f"at character {error.start + 1}.",
            hint="It was probably read in the wrong encoding; read it as UTF-8.",
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a text was found that nobody wrote here: in a book, or in another tool's file.

    Attributes:
        author: Who wrote it.
        title: What it is called, or its first words. Imports of earlier versions put a place
            there, such as "row 26"; `heading` is what can be printed above the text.
        year: When it was first published.
        published: Where it was published, or the file that it was read from, with the place in it:
            "poems.csv, row 26".
    """

    author: str = ""
    title: str = ""
    year: int | None = None
    published: str = ""

    def as_dict(self) -> dict[str, object]:
        """Give the source in the stored form."""
        return stored_form.write_fields(self, stored_form.SOURCE)

    @property
    def heading(self) -> str:
        """The title, unless it is only a place in a file."""
        return "" if self._is_place(self.title) else self.title

    @property
    def place(self) -> str:
        """Where it was published, or the file that it was read from with the place in it."""
        place = self.title if self._is_place(self.title) else ""
        return ", ".join(part for part in (self.published, place) if part)

    def _is_place(self, title: str) -> bool:
        """Say whether a title is what an import of an earlier version made of a place."""
        before, _, part = title.rpartition(", ")
        if _COUNTED.fullmatch(part):
            return not before or self._is_place(before)
        id_ = title.rpartition(": ")[2]
        if _UUID.fullmatch(id_) or (id_ != title and _COUNTED.fullmatch(id_)):
            return True
        # Poems are called "1914" too; so these are places only where a loom may have given them.
        signed = bool(self.author) or self.year is not None
        return not signed and self.published.lower().endswith(_LOOMS) and bool(_ID.fullmatch(id_))

    def __str__(self) -> str:
        named = (
            self.author,
            self.heading and f"“{self.heading}”",
            self.place,
            "" if self.year is None else str(self.year),
        )
        return ", ".join(part for part in named if part)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, and who wrote it.

    Attributes:
        author: Who wrote it.
        length: How many characters it has.
    """

    author: Author
    length: int

    def as_dict(self) -> dict[str, object]:
        """Give the span in the stored form."""
        return stored_form.write_fields(self, stored_form.SPAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a text came from.

    Attributes:
        author: Who wrote it: a person, or a model.
        at: When, in UTC; for a published text, the beginning of its year.
        parents: What it came from: all texts of the prompt, in prompt order, worst first; or the
            one text of which it is an edit.
        examples: How many of the parents, from the first, only showed the form; those after them
            are the chain that was to be continued. 0 in plain breeding, where all are parents.
        prompt: The exact prompt that was sent, start words included.
        pattern: The pattern that rendered the prompt and read the completion.
        start: The words that it had to begin with.
        model: The name of the model.
        sampling: How its tokens were drawn.
        seed: The seed of this one completion. The request that it was part of gives it again: that
            of the brood, with the brood's seed and number of offspring. Alone, with a request for
            one, it comes again from a server that is asked for each by itself; where several were
            written side by side, as the embedded engine does, mostly, but not to the letter.
        reproducible: Whether the model was asked to give the same again for the same seed, and is
            not known to ignore seeds.
        raw: The completion as the model gave it, without the start words.
        finish: Why the model stopped: "stop" (of its own, or at the pattern's stop) or "length".
        source: The book or file in which it was found; None for what was written here.
        spans: Who wrote which stretch of it, from its beginning, where that does not follow from
            the rest (`diff.spans`): as its source says; where a person chose a word of a model's;
            where it was regrown from words of both. Else nothing.
    """

    author: Author
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    parents: tuple[Text, ...] = ()
    examples: int = 0
    prompt: str | None = None
    pattern: Pattern | None = None
    start: str = ""
    model: str | None = None
    sampling: Sampling | None = None
    seed: int | None = None
    reproducible: bool = False
    raw: str | None = None
    finish: str | None = None
    source: Source | None = None
    spans: tuple[Span, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether it is known when the text was written."""
        return self.at != UNDATED

    @property
    def operation(self) -> Operation:
        """How a text came to be of which only this origin is known.

        EDIT for what a person wrote; IMPORT for what came from elsewhere without parents; else what
        the model was asked for.
        """
        if self.author == "person":
            return Operation.EDIT
        return self.asked_for if self.parents else Operation.IMPORT

    @property
    def asked_for(self) -> ModelOperation:
        """What a model was asked for, by the pattern and the examples of its prompt."""
        if self.pattern is not None and self.pattern.name == WORSENINGS:
            return Operation.WORSEN
        if self.examples or (self.pattern is not None and self.pattern.link):
            return Operation.REFINE
        return Operation.BREED

    def as_dict(self) -> dict[str, object]:
        """Give the origin in the stored form, with the parents as their digests."""
        return stored_form.write_fields(
            self,
            stored_form.ORIGIN,
            {
                "at": lambda at: at.astimezone(UTC).isoformat(),
                "parents": lambda parents: [parent.digest for parent in parents],
                "pattern": lambda pattern: pattern and pattern.as_dict(),
                "sampling": lambda sampling: sampling and sampling.as_dict(),
                "source": lambda source: source and source.as_dict(),
                "spans": lambda spans: [span.as_dict() for span in spans],
            },
        )


UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a model wrote a text of which nothing says when.

The time that a file was last changed would make the same text another one with every export.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A text and where it came from.

    Two texts are equal when they are the same individual: when their identities are.

    Attributes:
        content: The text itself, exactly.
        origin: Where it came from; by default a person wrote it just now.

    Raises:
        TextError: The content has a lone surrogate.
    """

    content: str
    origin: Origin = field(default_factory=lambda: Origin(author="person"), repr=False)
    _identity: str = field(default="", init=False, repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)

    def __post_init__(self) -> None:
        require_unicode(self.content, "The text")

    def __str__(self) -> str:
        return self.content

    @property
    def operation(self) -> Operation:
        """How it came to be: bred, refined, made worse, edited, or imported."""
        return self.origin.operation

    @property
    def from_elsewhere(self) -> bool:
        """Whether what a person wrote in it is a person's elsewhere, and not one's here."""
        return self.origin.source is not None

    @property
    def writer(self) -> Writer:
        """Who wrote it as a whole; every face asks this, and colours its words by it."""
        if self.origin.author == "model":
            return "model"
        return "source" if self.from_elsewhere else "person"

    @property
    def digest(self) -> str:
        """The BLAKE2b-256 of the content in UTF-8, as "b2:" and 64 hexadecimal digits."""
        return _digest(self.content)

    @property
    def identity(self) -> str:
        """The BLAKE2b-256 of the content and of the whole origin, written like the digest.

        Parents enter by their own identities, so that one stands for the whole lineage. When a
        person wrote it does not enter: the same words from the same text are the same text.
        """
        # Ancestors first, without recursion: a lineage may be deeper than Python's stack.
        waiting = [self]
        while waiting:
            text = waiting[-1]
            unknown = [each for each in text.origin.parents if not each._identity]
            if unknown and not text._identity:
                waiting += unknown
                continue
            waiting.pop()
            if not text._identity:
                object.__setattr__(text, "_identity", _digest(text._told()))
        return self._identity

    def _told(self) -> str:
        """Give all that makes this text the one it is, as canonical JSON."""
        fields = self.origin.as_dict() | {
            "parents": [each.identity for each in self.origin.parents]
        }
        if self.origin.author == "person":
            fields["at"] = None
        return stored_form.encode([self.content, fields])

    def __rich_repr__(self) -> Iterator[object]:
        yield self.content
        yield "operation", str(self.operation)
        yield "author", self.origin.author
        yield "model", self.origin.model, None

    def _repr_html_(self) -> str:
        return markup.poem(self.content, str(self.origin.source or self.origin.model or ""))

    def edited(self, content: str, *, spans: tuple[Span, ...] = ()) -> Text:
        """Make the text that a person's edit of this one gives; this one stays as it is.

        Args:
            content: The content after the edit.
            spans: Who wrote which stretch of it, where not all that is new is the person's.
        """
        return Text(content, Origin(author="person", parents=(self,), spans=spans))

    def as_dict(self) -> dict[str, object]:
        """Give the text as plain data for JSON."""
        return {
            "digest": self.digest,
            "content": self.content,
            "origin": self.origin.as_dict(),
        }


def _digest(words: str) -> str:
    return DIGEST_PREFIX + hashlib.blake2b(words.encode("utf-8"), digest_size=32).hexdigest()
