"""A kind of text, as data: what every part of the program has to know about it.

A pattern says how texts become a prompt. A kind says what the texts are: what one of them is
called, which medium shows it, what is wrong with one that is malformed, and when two are the same.
The parts of the program ask the kind, so that a new kind is one file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from flourishing.flaws import Flaw, Key, find_flaws, key_of
from flourishing.pattern import Pattern

Medium: TypeAlias = Literal["verse", "prose", "words", "quote", "chain"]
"""How a text is shown: verse keeps its lines, prose and quotes are wrapped, words are short chips,
and a chain is a list of versions."""
Compare: TypeAlias = Literal["words", "letters", "lines"]
"""What makes two texts the same: their words, without case and punctuation; their letters, without
blanks too; or their lines, exactly but for blanks at the ends."""

_ATTRIBUTION: Final = re.compile(
    r"(?P<words>.*[.!?…\"”'’»])\s*(?:—|–|―|--?)\s*[^\W\d_].{0,80}", re.DOTALL
)
_QUOTED: Final = re.compile(r"[\"“„«](?P<words>[^\"“”„«»]+)[\"”“»]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of text.

    Attributes:
        name: What it is called in Python, on the command line and in a bed.
        title: What its texts are, in a few words.
        noun: What one of its texts is called in a sentence.
        plural: What several of them are called.
        medium: How a text of it is shown.
        pattern: How its texts become a prompt.
        implied_by: The names of the patterns whose texts are of this kind where none is named.
        library: The collection from which it is bred where no parents are named; "" for none.
        finished: The collection that an accepted text of it joins.
        refinements: The collection that the versions of an accepted text join.
        compare: What makes two texts of it the same.
        most_lines: The most lines that a text may have; None for any number.
        same_backwards: Whether a text must read the same backwards.
    """

    name: str
    title: str
    noun: str
    plural: str
    medium: Medium
    pattern: Pattern
    implied_by: tuple[str, ...] = ()
    library: str = ""
    finished: str = ""
    refinements: str = ""
    compare: Compare = "words"
    most_lines: int | None = None
    same_backwards: bool = False

    @property
    def label(self) -> str:
        """What stands above a text in a prompt of versions, such as "a poem:"."""
        label = self.pattern.prefix.strip()
        if label.endswith(":"):
            return label
        return f"{'an' if self.noun[:1] in set('aeiou') else 'a'} {self.noun}:"

    @property
    def keeps_lines(self) -> bool:
        """Whether the line ends of a text mean something, so that it is not wrapped."""
        return self.medium in {"verse", "chain"}

    def count(self, number: int) -> str:
        """Say how many texts, such as "1 poem" or "1,200 poems"."""
        return f"{number:,} {self.noun if number == 1 else self.plural}"

    def headline(self, content: str) -> str:
        """Give what stands for a text in a list: its first line; of a quote, its words alone.

        Args:
            content: The text.
        """
        words = content.strip()
        if self.medium == "quote":
            if attributed := _ATTRIBUTION.fullmatch(words):
                words = attributed["words"].strip()
            if quoted := _QUOTED.fullmatch(words):
                words = quoted["words"].strip()
        return words.split("\n", 1)[0].rstrip()

    def key(self, content: str) -> Key:
        """Give what makes two texts of this kind the same.

        Args:
            content: The text.
        """
        if self.compare == "lines":
            return tuple(line.rstrip() for line in content.strip().splitlines())
        if self.compare == "letters":
            return (_letters(content) or content.strip(),)
        return key_of(content)

    def find_flaws(
        self,
        content: str,
        *,
        finish: str,
        parents: Sequence[str],
        versions: Sequence[str] = (),
    ) -> tuple[Flaw, ...]:
        """Say what is wrong with an offspring of this kind.

        Args:
            content: The offspring.
            finish: Why the model stopped; "length" is a cut-off.
            parents: The texts of the prompt, in order, without `versions`.
            versions: The texts of which it is to be another version.

        Returns:
            Its flaws, the worst first; nothing for an offspring without any.
        """
        return find_flaws(
            content,
            finish=finish,
            parents=parents,
            versions=versions,
            key=self.key,
            malformed=self._malformed(content),
        )

    def as_dict(self) -> dict[str, object]:
        """Give the kind as plain data for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "noun": self.noun,
            "plural": self.plural,
            "medium": self.medium,
            "pattern": self.pattern.name,
            "library": self.library,
            "finished": self.finished,
            "refinements": self.refinements,
        }

    def _malformed(self, content: str) -> str:
        """Say in what a text does not have the form of its kind; "" where it has."""
        lines = sum(bool(line.strip()) for line in content.splitlines())
        if self.most_lines is not None and lines > self.most_lines:
            most = "1 line" if self.most_lines == 1 else f"{self.most_lines} lines"
            return f"it has {lines} lines, and a {self.noun} has at most {most}"
        letters = _letters(content)
        if self.same_backwards and letters != letters[::-1]:
            return "it does not read the same backwards"
        return ""


def _letters(content: str) -> str:
    return "".join(filter(str.isalnum, content.casefold()))
