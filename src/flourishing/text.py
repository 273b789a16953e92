"""Texts: what is bred, and where it came from.

A text is an individual, in the words of evolution. It never changes: an edit is a new text whose
parent is the edited one. Its origin says enough to ask the same model for it again.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from flourishing.errors import TextError

if TYPE_CHECKING:
    from flourishing.pattern import Pattern
    from flourishing.sampling import Sampling

Author = Literal["person", "model"]

DIGEST_PREFIX = "b2:"
"""Names the algorithm (BLAKE2b, 256 bits), so that a later one can stand beside it."""


def require_unicode(content: str, name: str) -> None:
    """Refuse a string with a lone surrogate, which no encoding can hold.

    Such strings come from undecodable bytes in files, arguments and pipes.

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
class Origin:
    """Where a text came from.

    Attributes:
        author: Who wrote it: a person, or a model.
        at: When, in UTC.
        parents: What it came from: all texts of the prompt, in prompt order, worst first; or the
            one text of which it is an edit.
        prompt: The exact prompt that was sent, start words included.
        pattern: The pattern that rendered the prompt and read the completion.
        start: The words that it had to begin with.
        model: The name of the model.
        sampling: How its tokens were drawn.
        seed: The seed of this one completion.
        reproducible: Whether the model was asked to give the same again for the same seed.
        raw: The completion as the model gave it, without the start words.
        finish: Why the model stopped: "stop" (of its own, or at the pattern's stop) or "length".
    """

    author: Author
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    parents: tuple[Text, ...] = ()
    prompt: str | None = None
    pattern: Pattern | None = None
    start: str = ""
    model: str | None = None
    sampling: Sampling | None = None
    seed: int | None = None
    reproducible: bool = False
    raw: str | None = None
    finish: str | None = None

    def as_dict(self) -> dict[str, object]:
        """Give the origin as plain data for JSON, with the parents as their digests."""
        return {
            "author": self.author,
            "at": self.at.isoformat(),
            "parents": [parent.digest for parent in self.parents],
            "prompt": self.prompt,
            "pattern": self.pattern and self.pattern.as_dict(),
            "start": self.start,
            "model": self.model,
            "sampling": self.sampling and asdict(self.sampling),
            "seed": self.seed,
            "reproducible": self.reproducible,
            "raw": self.raw,
            "finish": self.finish,
        }


@dataclass(frozen=True, slots=True)
class Text:
    """A text and where it came from.

    Attributes:
        content: The text itself, exactly.
        origin: Where it came from; by default a person wrote it just now.

    Raises:
        TextError: The content has a lone surrogate.
    """

    content: str
    origin: Origin = field(default_factory=lambda: Origin(author="person"))

    def __post_init__(self) -> None:
        require_unicode(self.content, "The text")

    def __str__(self) -> str:
        return self.content

    @property
    def digest(self) -> str:
        """The BLAKE2b-256 of the content in UTF-8, as "b2:" and 64 hexadecimal digits."""
        digest = hashlib.blake2b(self.content.encode("utf-8"), digest_size=32)
        return DIGEST_PREFIX + digest.hexdigest()

    def edited(self, content: str) -> Text:
        """Make the text that a person's edit of this one gives; this one stays as it is."""
        return Text(content, Origin(author="person", parents=(self,)))

    def as_dict(self) -> dict[str, object]:
        """Give the text as plain data for JSON."""
        return {
            "digest": self.digest,
            "content": self.content,
            "origin": self.origin.as_dict(),
        }
