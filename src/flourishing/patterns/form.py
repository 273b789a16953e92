"""How examples become a prompt, how a completion is read back, and the patterns that ship.

A base model only continues. So a prompt is a list of examples in some regular form that ends where
the next example would begin, and a completion is the next example. A pattern is that form, as data:

    header (prefix text separator)* prefix

and where the examples are chains, versions of one thing joined by a link (analogies, sequences,
refinements), the last chain stays open:

    header (prefix version (link version)* separator)* prefix version (link version)* link

Rendering is exact: `parse` gives back what was rendered, and a text that would break the form is
refused with the place where it does. Nothing is escaped, because a base model would imitate the
escape. A rendered prompt never ends in a blank: with most tokenizers the blank belongs to the first
token of the next word, so that a prompt that already has it asks for an unlikely token.

The patterns that ship are those of the post, and those that its last paragraph names.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Self

from flourishing import stored_form
from flourishing.errors import InputError, PatternError, TextError
from flourishing.files import read_bounded

if TYPE_CHECKING:
    from pathlib import Path


Item = str | Sequence[str]
"""What a pattern lists: a text, or, in a pattern with a link, a chain of versions."""
_DEGREE: Final = re.compile(
    r"(?:(?:even|much|still|the|a) )?(?:better|best|worse|worst)(?: (?:still|yet|version))?\s?\**:"
)
"""How a label begins that says how good a version is."""
_MOST_BYTES: Final = 2**20
"""The largest file of a pattern that is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    r"""A form in which examples are listed, and the next one is asked for.

    Attributes:
        name: What it is called in the library, on the command line and in a text's origin.
        separator: Stands after every example, never inside one.
        header: Stands once, at the beginning.
        prefix: Stands before every example, as a label ("a poem:\n").
        link: Joins the versions of a chain ("" where an example is a single text).
        stop: What ends a completion; by default the separator without the blanks around it.
        start: What every text begins with, as "def" begins a function; part of the text.
        max_tokens: The most tokens that an offspring may have.
        max_parents: The most examples that a prompt should hold; None for as many as fit.
        description: One line that says what it is for.

    Raises:
        PatternError: The separator is empty, or a stop is.
    """

    name: str
    separator: str
    header: str = ""
    prefix: str = ""
    link: str = ""
    stop: tuple[str, ...] = ()
    start: str = ""
    max_tokens: int = 200
    max_parents: int | None = None
    description: str = ""

    def __post_init__(self) -> None:
        if not self.separator:
            raise PatternError(
                f"The pattern {self.name!r} has no separator.",
                hint='Give the text that stands between two examples, as separator = "\\n---\\n".',
            )
        if self.link and (self.link in self.separator or self.separator in self.link):
            raise PatternError(
                f"In the pattern {self.name!r} the link {self.link!r} and the separator "
                f"{self.separator!r} contain one another.",
                hint="Choose two that differ.",
            )
        if self.max_tokens < 1 or (self.max_parents is not None and self.max_parents < 1):
            raise PatternError(
                f"The limits of the pattern {self.name!r} must be 1 or more.",
                hint="Set max_tokens and max_parents to whole numbers above 0, or leave them out.",
            )
        stops = self.stop or (self.separator.rstrip().lstrip(" ") or self.separator,)
        if not all(stops):
            raise PatternError(
                f"The pattern {self.name!r} has an empty stop.",
                hint="An empty stop would end every completion at once; leave it out.",
            )
        object.__setattr__(self, "stop", tuple(stops))

    # Texts to prompt, and back.

    def render(self, items: Sequence[Item]) -> str:
        r"""Write examples as a prompt that asks for the next one.

        Args:
            items: Texts, or chains of texts where the pattern has a link; worst first, best last.
                Of chains, the last is the one that is to be continued.

        Returns:
            The exact prompt.

        Raises:
            TextError: A text contains what separates examples; the message says where.
            InputError: A chain was given where a text is expected, or the other way round.

        Example:
            >>> PATTERNS["list"].render(["cat", "dog"])
            '|cat|dog|'
        """
        whole = [self._join(item, number) for number, item in enumerate(items, start=1)]
        opened = whole.pop() + self.link if self.link and whole else ""
        body = "".join(self.prefix + item + self.separator for item in whole)
        prompt = (self.header + body + self.prefix + opened).rstrip(" ")
        self._check_reads_back(prompt, items)
        return prompt

    def parse(self, prompt: str) -> list[str] | list[list[str]]:
        """Read the examples of a rendered prompt back: the inverse of `render`.

        Args:
            prompt: A prompt in this pattern, as `render` writes it.

        Returns:
            The texts, or the chains where the pattern has a link.

        Raises:
            PatternError: The prompt is not in this pattern.
        """
        if not self.link:
            return self._split(prompt, self.prefix)
        if self._without_header(prompt) == self.prefix.rstrip(" "):
            return []
        *whole, opened = self._split_open(prompt)
        return [chain.split(self.link) for chain in [*whole, opened]]

    def read(self, completion: str) -> str:
        """Take the offspring out of a completion.

        Args:
            completion: What the model wrote, with or without what came after the stop.

        Returns:
            The text up to the first stop, without the blanks around it. Where texts begin on a
            line of their own, the indentation of the first line stays.
        """
        completion = completion.replace("\r\n", "\n")
        ends = [at for stop in self.stop if (at := completion.find(stop)) >= 0]
        text = completion[: min(ends)] if ends else completion
        if not (self.link or self.prefix or self.separator).endswith("\n"):
            return text.strip()  # it stands behind its link or label, or between marks
        lines = text.rstrip().split("\n")
        while len(lines) > 1 and not lines[0].strip():
            lines.pop(0)
        return "\n".join(lines) if any(line.strip() for line in lines) else ""

    def find_label(self, text: str) -> tuple[int, str] | None:
        """Find the first line that begins with a label of the versions or of the examples.

        A stop is exact, and a model often writes a label in other ways: "Better:", "**Best:**",
        "Even worse:". Only a pattern with a link has such labels.

        Args:
            text: What a model wrote.

        Returns:
            Where the line begins, and the line; None where there is none.
        """
        link = self.link.strip().casefold()
        if not link.endswith(":") or not link[:-1].strip():
            return None
        labels = {link, self.prefix.strip().casefold() or link}
        degrees = _DEGREE if _DEGREE.match(link) else None
        at = 0
        for line in text.split("\n"):
            bare = line.strip(" \t*_#>").casefold()
            if bare in labels or (degrees and degrees.match(bare)):
                return at, line.strip()
            at += len(line) + 1
        return None

    # A pattern as a file.

    @classmethod
    def from_toml(cls, source: str, *, where: str = "the pattern") -> Self:
        r"""Read a pattern from TOML, with one key for each attribute.

        Args:
            source: The TOML text, for example 'name = "riddles"\nseparator = "\n***\n"'.
            where: What to call it in an error, for example its path.

        Raises:
            PatternError: It is no TOML, has an unknown key, or a value of the wrong type.
        """
        try:
            table = tomllib.loads(source)
        except (ValueError, RecursionError) as error:  # also a number with too many digits
            raise PatternError(
                f"{where} is not TOML: {error}.",
                hint="Write one key a line, and texts in double quotes.",
            ) from error
        return cls.from_table(table, where=where)

    @classmethod
    def from_table(cls, table: Mapping[str, Any], *, where: str = "the pattern") -> Self:
        """Make a pattern of a table of TOML, with one key for each attribute.

        Args:
            table: The keys and their values.
            where: What to call it in an error, for example the path of its file.

        Raises:
            PatternError: It has an unknown key, lacks one, or has a value of the wrong type.
        """
        known = {field.name: field for field in fields(cls)}
        if unknown := sorted(set(table) - set(known)):
            raise PatternError(
                f"{where} has the unknown key {unknown[0]!r}.",
                hint=f"A pattern has: {', '.join(known)}.",
            )
        required = [name for name, field in known.items() if field.default is MISSING]
        if missing := [name for name in required if name not in table]:
            raise PatternError(f"{where} has no {missing[0]!r}.", hint="Add it.")
        for name, value in table.items():
            _check_type(name, value, where)
        stop = table.get("stop")
        return cls(**{**table, "stop": tuple(stop)} if isinstance(stop, list) else table)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a pattern from a TOML file.

        Args:
            path: The path of the file.

        Raises:
            PatternError: The file cannot be read, or is not a pattern.
        """
        try:
            source = read_bounded(path, most=_MOST_BYTES)[0].decode("utf-8")
        except (InputError, ValueError) as error:  # ValueError: not UTF-8
            raise PatternError(
                f"The pattern file {path} cannot be read: {str(error).rstrip('.')}.",
                hint="Check that it is there, and UTF-8 text.",
            ) from error
        return cls.from_toml(source, where=str(path))

    def as_dict(self) -> dict[str, object]:
        """Give the pattern in the stored form, for JSON and for a text's origin."""
        return stored_form.write_fields(self, stored_form.PATTERN)

    # How.

    def _join(self, item: Item, number: int) -> str:
        if isinstance(item, str):
            if self.link:
                raise InputError(
                    f"Example {number} is a text, but the pattern {self.name!r} lists chains.",
                    hint='Give each example as a list of versions, as ["ice", "water"].',
                )
            self._check_inside(item, f"Text {number}", self.separator, "separator")
            return item
        if not self.link:
            raise InputError(
                f"Example {number} is a chain, but the pattern {self.name!r} lists single texts.",
                hint='Use a pattern with a link, such as "sequence" or "refinements".',
            )
        if not item:
            raise InputError(f"Chain {number} is empty.", hint="Give it at least one version.")
        for place, version in enumerate(item, start=1):
            name = f"Version {place} of chain {number}"
            self._check_inside(version, name, self.separator, "separator")
            self._check_inside(version, name, self.link, "link")
        return self.link.join(item)

    def _check_inside(self, text: str, name: str, mark: str, kind: str) -> None:
        at = text.find(mark)
        if at < 0:
            return
        line = text.count("\n", 0, at) + 1
        raise TextError(
            f"{name} contains the {kind} {mark!r} of the pattern {self.name!r} "
            f"at character {at + 1}, line {line}.",
            hint=f"Change the text there, or use a pattern with another {kind}.",
        )

    def _check_reads_back(self, prompt: str, items: Sequence[Item]) -> None:
        """Refuse what `_check_inside` cannot see: a mark that forms where two pieces meet."""
        given = [item if isinstance(item, str) else list(item) for item in items]
        try:
            back: list[str] | list[list[str]] = self.parse(prompt)
        except PatternError:
            back = []
        if back == given:
            return
        pairs = zip(given, back, strict=False)
        number = next((i for i, (a, b) in enumerate(pairs, start=1) if a != b), len(back) or 1)
        raise TextError(
            f"Example {number} runs into the pattern {self.name!r}: where it meets the next mark, "
            f"the separator {self.separator!r} would be read in another place.",
            hint="Change its first or last characters, or use a pattern with another separator.",
        )

    def _split(self, prompt: str, tail: str) -> list[str]:
        """Split a prompt of whole examples, which ends in the separator and then `tail`."""
        body = self._without_header(prompt)
        if body == tail.rstrip(" "):
            return []
        if not body.endswith((self.separator + tail).rstrip(" ")):
            raise self._not_in(prompt)
        # The blanks that rendering took off the end belong to the last separator and prefix.
        body = body[: len(body) - len((self.separator + tail).rstrip(" "))] + self.separator
        pieces = body.split(self.separator)[:-1]
        if not all(piece.startswith(self.prefix) for piece in pieces):
            raise self._not_in(prompt)
        return [piece[len(self.prefix) :] for piece in pieces]

    def _split_open(self, prompt: str) -> list[str]:
        """Split a prompt of chains into the whole ones and the open one, which comes last."""
        body = self._without_header(prompt)
        if not body.endswith(self.link.rstrip(" ")):
            raise self._not_in(prompt)
        pieces = body[: len(body) - len(self.link.rstrip(" "))].split(self.separator)
        if not all(piece.startswith(self.prefix) for piece in pieces):
            raise self._not_in(prompt)
        return [piece[len(self.prefix) :] for piece in pieces]

    def _without_header(self, prompt: str) -> str:
        if prompt.startswith(self.header):
            return prompt[len(self.header) :]
        # The header of a prompt without examples has lost its own trailing blanks.
        if prompt == self.header.rstrip(" "):
            return ""
        raise self._not_in(prompt)

    def _not_in(self, prompt: str) -> PatternError:
        return PatternError(
            f"The prompt that begins {prompt[:40]!r} is not in the pattern {self.name!r}.",
            hint="Render it with the same pattern, or let infer_pattern read one off it.",
        )


def _check_type(name: str, value: object, where: str) -> None:
    """Check the type of one key of a pattern file."""
    if name == "stop":
        fits = isinstance(value, list) and all(isinstance(each, str) for each in value)
        expected = "a list of texts"
    elif name in {"max_tokens", "max_parents"}:
        fits = isinstance(value, int) and not isinstance(value, bool)
        expected = "a whole number"
    else:
        fits = isinstance(value, str)
        expected = "a text"
    if not fits:
        raise PatternError(f"In {where}, {name} is {value!r}.", hint=f"{name} must be {expected}.")


RULE: Final = "\n---\n"
"""A line of dashes, which the post puts between poems."""


def _titled(name: str, label: str, max_tokens: int, description: str) -> Pattern:
    return Pattern(
        name=name,
        prefix=label + ":\n",
        separator=RULE,
        # A small model now and then forgets the rule, and goes on with the next label.
        stop=("\n---", f"\n{label}:"),
        max_tokens=max_tokens,
        description=description,
    )


def _chained(name: str, word: str, description: str) -> Pattern:
    label = "a poem:"
    return Pattern(
        name=name,
        prefix=f"{label}\n",
        link=f"\n\n{word}:\n",
        separator=RULE,
        # A model that does not end the example goes on with a version after the next one, or with
        # the next poem; a small one now and then forgets the empty line, or the rule.
        stop=("\n---", f"\n\n{word}:", f"\n{word}:\n", f"\n{label}"),
        max_tokens=160,
        description=description,
    )


PATTERNS: Final[dict[str, Pattern]] = {
    pattern.name: pattern
    for pattern in (
        Pattern(
            name="list",
            header="|",
            separator="|",
            stop=("|", "\n"),
            max_tokens=24,
            description="Words or short phrases between bars: |cat|elephant|rabbit|",
        ),
        _titled("poems", "a poem", 160, "Poems of any shape, each under its label, with rules."),
        _titled("quotes", "a quote", 80, "Quotes and aphorisms, each under its label."),
        _titled("stories", "a very short story", 400, "Flash fiction, each under its label."),
        Pattern(
            name="lines",
            separator="\n",
            max_tokens=48,
            description="One text a line, and nothing else.",
        ),
        Pattern(
            name="prompts",
            prefix="Prompt: ",
            separator="\n",
            max_tokens=80,
            description="Prompts for other models, one a line, each after its label.",
        ),
        Pattern(
            name="mapping",
            link=":",
            separator=", ",
            stop=(",", ":", "\n"),
            max_tokens=24,
            description="Pairs, the last one open: alaska:juneau, ohio:columbus, kansas:",
        ),
        Pattern(
            name="sequence",
            link=":",
            separator=",",
            stop=(",", ":", "\n"),
            max_tokens=24,
            description="Sequences, the last one open: 1:2:3,z:y:x,ice:water:",
        ),
        _chained(
            "refinements", "better", "Versions of poems from worst to best, the last one open."
        ),
        _chained("worsenings", "worse", "Versions of poems from best to worst, the last one open."),
        Pattern(
            name="functions",
            separator="\n\n\n",
            start="def",
            stop=("\n\n\n", "\ndef ", "\nclass ", "\n@", "\nif __name__", "\nimport ", "\nfrom "),
            max_tokens=300,
            description="Python functions, two blank lines apart.",
        ),
    )
}
"""The built-in patterns by name."""
