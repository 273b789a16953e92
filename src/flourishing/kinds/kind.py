"""A kind of text, as data, and its TOML file.

A pattern says how texts become a prompt. A kind says what the texts are: what one of them is
called, which medium shows it, what is wrong with one that is malformed, and when two are the same.
The parts of the program ask the kind, so that a new kind is one file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn, TypeAlias, get_args

from flourishing.core.flaws import DISTINCT, FlawFinder, Key, key_of
from flourishing.errors import InputError, PatternError
from flourishing.patterns import Pattern

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
        distinct: The least share of a text's pairs of neighbouring words that are distinct, from 0
            to 1; 0 for a kind that repeats on purpose.
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
    distinct: float = DISTINCT
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
        """Say how many texts, such as "1 poem" or "1,200 poems".

        Args:
            number: The number of texts.
        """
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

    def flaw_finder(
        self, *, parents: Sequence[str], versions: Sequence[str] = (), start: str = ""
    ) -> FlawFinder:
        """Give what finds the flaws of offspring of this kind.

        Repetition, debris and collages are looked for where texts are compared by their words.

        Args:
            parents: The texts of the prompt, in order, without `versions`.
            versions: The texts of which each offspring is to be another version.
            start: What every offspring begins with.
        """
        return FlawFinder(
            parents=parents,
            versions=versions,
            start=start,
            key=self.key,
            language=self.compare == "words",
            distinct=self.distinct,
            label=self.label,
            form=self._malformed,
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


_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_TEXTS: Final = ("title", "noun", "plural", "library", "finished", "refinements")
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "medium": get_args(Medium),
    "compare": get_args(Compare),
}
_KNOWN: Final = (
    *("title", "noun", "plural", "medium", "pattern", "implied_by", "library", "finished"),
    *("refinements", "compare", "distinct", "most_lines", "same_backwards"),
)
_LONGEST: Final = 200


def read_kind(
    source: str, name: str, *, where: str, find_pattern: Callable[[str], Pattern]
) -> Kind:
    """Read a kind from the TOML of its file.

    Args:
        source: The TOML text.
        name: The name of the kind: that of its file, without the ending.
        where: What to call the file in an error, for example its path.
        find_pattern: Gives the pattern of a name.

    Raises:
        InputError: The name cannot be that of a kind; the text is no TOML, has an unknown key,
            lacks one, or has a value that cannot be used.
    """

    def refuse(what: str, hint: str) -> NoReturn:
        raise InputError(f"The kind file {where}: {what}", hint=hint)

    if not _NAME.fullmatch(name):
        refuse(
            f"{name[:40]!r} cannot be the name of a kind.",
            "Name the file with small letters, digits and hyphens, such as recipe.toml.",
        )
    try:
        table = tomllib.loads(source)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of too many digits
        refuse(f"it is not TOML: {error}.", "Write one key a line, and texts in double quotes.")
    if unknown := sorted(set(table) - set(_KNOWN)):
        refuse(f"it has the unknown key {unknown[0]!r}.", f"A kind has: {', '.join(_KNOWN)}.")
    for required, example in (("medium", '"verse"'), ("pattern", '"poems", or a table [pattern]')):
        if required not in table:
            refuse(f"it has no {required!r}.", f"Add it, such as {required} = {example}.")
    for key, value in table.items():
        if problem := _problem(key, value):
            refuse(f"{key} is {value!r:.60}.", problem)
    noun = table.get("noun", name.replace("-", " "))
    plural = table.get("plural", f"{noun}s")
    usual: dict[str, Any] = {
        "noun": noun,
        "plural": plural,
        "title": plural.capitalize(),
        "finished": plural,
        "refinements": f"{name}-refinements",
    }
    own = {
        "name": name,
        "pattern": _pattern(table["pattern"], name, table["medium"], refuse, find_pattern),
        "implied_by": tuple(table.get("implied_by", ())),
    }
    return Kind(**usual | table | own)


def _problem(key: str, value: object) -> str:
    """Say what a value should be; "" where it is that."""
    if key in _TEXTS:
        sound = isinstance(value, str) and len(value) <= _LONGEST and value.isprintable()
        filled = key == "library" or bool(str(value).strip())
        return "" if sound and filled else f"Write it as a text of 1 to {_LONGEST} characters."
    if key in _CHOICES:
        return "" if value in _CHOICES[key] else f"It is one of: {', '.join(_CHOICES[key])}."
    if key == "distinct":
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return ""
        return "Write a number from 0 to 1, such as 0.8."
    if key == "most_lines":
        return "" if type(value) is int and value >= 1 else "Write a whole number, 1 or more."
    if key == "same_backwards":
        return "" if isinstance(value, bool) else "Write true or false."
    if key == "implied_by":
        sound = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return "" if sound else "Write a list of the names of patterns."
    sound = isinstance(value, str | dict)
    return "" if sound else "Write the name of a pattern, or a table [pattern]."


def _pattern(
    given: str | dict[str, Any],
    name: str,
    medium: Medium,
    refuse: Callable[[str, str], NoReturn],
    find_pattern: Callable[[str], Pattern],
) -> Pattern:
    try:
        if isinstance(given, str):
            pattern = find_pattern(given)
        else:
            pattern = Pattern.from_table({"name": name, **given}, where="[pattern]")
    except PatternError as error:
        refuse(f"{error}", error.hint)
    if bool(pattern.link) != (medium == "chain"):
        lists = "chains" if pattern.link else "single texts"
        refuse(
            f"its medium is {medium!r}, but the pattern {pattern.name!r} lists {lists}.",
            'The medium "chain" needs a pattern with a link, and any other medium one without.',
        )
    return pattern
