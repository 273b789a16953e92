"""Kinds of text, as data in TOML files; which there are, and which one applies.

A pattern says how texts become a prompt. A kind says what the texts are: what one of them is
called, which medium shows it, what is wrong with one that is malformed, and when two are the same.
The parts of the program ask the kind, so that a new kind is one file.

A person's own kinds and patterns go before those that ship. A path is opened only where a person
typed it: what comes over the wire or out of a file is looked up by name alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path, PurePath
from typing import Any, Final, Literal, NoReturn, TypeAlias, get_args

from flourishing.arguments import as_whole, as_words
from flourishing.core.chain import Chain
from flourishing.core.flaws import DISTINCT, FlawFinder, Key, key_of
from flourishing.core.operation import WORSENINGS, ModelOperation, Operation
from flourishing.core.sampling import COMMON_SETTINGS, Sampling, SamplingOptions
from flourishing.core.text import Text
from flourishing.errors import InputError, PatternError
from flourishing.files import read_bounded
from flourishing.kinds import passages, rendered
from flourishing.kinds.rendered import LookMedium
from flourishing.patterns import PATTERNS, Pattern
from flourishing.settings import kinds_path, own_patterns

Medium: TypeAlias = Literal[
    "verse",
    "prose",
    "words",
    "quote",
    "chain",
    "image",
    "animation",
    "sound",
    "program",
    "drawing",
    "answers",
]
"""How a text is shown: verse keeps its lines, prose and quotes are wrapped, words are short chips,
a chain is a list of versions; a formula is an image, an animation or a sound, a program is run
for what it draws, a drawing is SVG, and a prompt is shown with what a model answers to it."""
Ends: TypeAlias = Literal["anywhere", "sentence"]
"""Where a text may end."""
Compare: TypeAlias = Literal["words", "letters", "lines", "look"]
"""What makes two texts the same: their words, without case and punctuation; their letters, without
blanks too; their lines, exactly but for blanks at the ends; or what they look or sound like."""

MOST_WORDS: Final = 2_000
"""The most words of a text whose length is asked for."""
INPUT: Final = "{input}"
"""What stands in a prompt for the input."""


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
        ends: "sentence" where a text must end with a whole sentence; "anywhere" where it need not.
        words: The fewest and the most words that a text may have; None for any number.
        sampling: How tokens are drawn where nobody says otherwise, as far as the model has such
            settings.
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
    ends: Ends = "anywhere"
    words: tuple[int, int] | None = None
    sampling: SamplingOptions = field(default_factory=SamplingOptions)

    @property
    def rendered(self) -> LookMedium | None:
        """What its texts are rendered as; None where they are words to be read."""
        return self.medium if self.medium in _RENDERED else None  # type: ignore[return-value]

    @property
    def is_slow(self) -> bool:
        """Whether to look for the flaws of a text may take long, since it is run."""
        return bool(self.rendered) and rendered.is_slow(self.rendered or "image")

    @property
    def label(self) -> str:
        """What stands above a text in a prompt of versions, such as "a poem:"."""
        label = self.pattern.prefix.strip()
        if label.endswith(":"):
            return label
        return f"{'an' if self.noun[:1] in set('aeiou') else 'a'} {self.noun}:"

    def of_length(self, words: int) -> Kind:
        """Give the kind with texts of about so many words: from half to half as many again.

        Args:
            words: The number of words, from 1 to 2,000.

        Raises:
            InputError: It is out of range.
        """
        number = length_of(words)
        bounds = max(1, number // 2), number + max(1, number // 2)
        # Room for the most words and for the end of the text, at up to 1.6 tokens a word.
        tokens = 16 + (16 * bounds[1] + 9) // 10
        room = replace(self.sampling, max_tokens=tokens)
        return replace(self, words=bounds, sampling=room)

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
        if self.rendered:
            return rendered.gist(words, self.rendered) or words
        if self.medium == "quote":
            words = passages.quote_parts(words).words
        return words.split("\n", 1)[0].rstrip()

    def set_out(self, content: str) -> str:
        """Give a text as it stands on a page: who said a quote, on a line of their own.

        Args:
            content: The text.
        """
        if self.medium != "quote":
            return content
        at = passages.attribution_at(content)
        by = passages.quote_parts(content).by
        return f"{content[:at]}\n— {by}" if by else content

    def key(self, content: str) -> Key:
        """Give what makes two texts of this kind the same.

        Args:
            content: The text.
        """
        if self.compare == "look" and self.rendered:
            return rendered.key(content, self.rendered)
        if self.compare == "lines":
            return tuple(line.rstrip() for line in content.strip().splitlines())
        if self.compare == "letters":
            return (_letters(content) or content.strip(),)
        # The same words are the same quote, whoever is said to have said them.
        return key_of(passages.quote_parts(content).words if self.medium == "quote" else content)

    def end_of(self, content: str, finish: str) -> tuple[str, str]:
        """Take a text out of what a model wrote, where its form says where it ends.

        A story that ran into the most tokens loses the sentence that was not finished.

        Args:
            content: What was read of a completion, start words included.
            finish: Why the model stopped, such as "stop" or "length".

        Returns:
            The text, and why it ends; "stop" where it was whole before the model was stopped.
        """
        if self.ends == "sentence" and finish == "length":
            # It stays marked as cut off; where no other comes in its place, it reads to an end.
            return passages.until_last_sentence(content), finish
        if not self.rendered:
            return content, finish
        ended = rendered.end_of(content, self.rendered)
        return ended.text, "stop" if ended.whole else finish

    def pattern_after(self, pattern: Pattern, parents: Sequence[Text | Chain]) -> Pattern:
        """Give the pattern of a prompt whose parents are known.

        A formula of this kind may take one thing or another. Where the pattern leaves it open, an
        offspring takes what the last and best of its parents takes.

        Args:
            pattern: The pattern.
            parents: The parents, best last.
        """
        if not self.rendered or pattern.start or not parents or isinstance(parents[-1], Chain):
            return pattern
        head = rendered.head_of(parents[-1].content, self.rendered)
        if not head or any(stop in head for stop in pattern.stop):
            return pattern
        return replace(pattern, start=head)

    def flaw_finder(
        self,
        *,
        parents: Sequence[str],
        versions: Sequence[str] = (),
        start: str = "",
        likeliest: float | None = None,
    ) -> FlawFinder:
        """Give what finds the flaws of offspring of this kind.

        Repetition, debris and collages are looked for where texts are compared by their words; dull
        ones where they are also more than single words, parts of a chain or prompts, which often
        are to be what is likeliest. Near copies are found by what texts look or sound like where
        they are compared so. A prompt needs a place for the input where all of its parents have it.

        Args:
            parents: The texts of the prompt, in order, without `versions`.
            versions: The texts of which each offspring is to be another version.
            start: What every offspring begins with.
            likeliest: The mean log-probability of a token above which a text is dull; None where
                that is not known.
        """
        language = self.compare == "words"
        likely = self.medium in {"words", "chain", "answers"}
        takes_input = self.medium == "answers" and all(INPUT in parent for parent in parents)
        return FlawFinder(
            parents=parents,
            versions=versions,
            start=start,
            key=self.key,
            language=language,
            distinct=self.distinct,
            label=self.label,
            form=self._malformed_prompt if takes_input and parents else self._malformed,
            likeliest=None if likely or not language else likeliest,
            likeness=self._likeness if self.compare == "look" else None,
            title=self.headline,
        )

    def sampling_for(
        self, asked: Sampling | SamplingOptions, pattern: Pattern, has: Collection[str]
    ) -> Sampling:
        """Give the whole sampling for texts of this kind.

        Args:
            asked: What a caller says of it; a whole sampling is kept as it is.
            pattern: Says the most tokens of a text where the caller does not.
            has: Which settings the model has beside the common ones; of the kind's own defaults
                only those are used, and common ones.
        """
        if isinstance(asked, Sampling):
            return asked
        usual = self.sampling.only(COMMON_SETTINGS.union(has))
        return SamplingOptions.of(asked).complete(pattern.max_tokens, usual)

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
            "sampling": self.sampling.as_dict(),
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
        if self.ends == "sentence" and not passages.ends_whole(content):
            return "it stops in the middle of a sentence"
        if self.words and not self.words[0] <= (count := len(content.split())) <= self.words[1]:
            return f"it has {count} words, and {self.words[0]} to {self.words[1]} were asked for"
        if self.rendered:
            return rendered.problem(content, self.rendered)
        return ""

    def _malformed_prompt(self, content: str) -> str:
        wrong = self._malformed(content)
        return wrong or ("" if INPUT in content else f"it has no {INPUT}, as its parents have")

    def _likeness(self, content: str, other: str) -> float:
        return rendered.likeness(content, other, self.rendered) if self.rendered else 0.0


def length_of(words: object) -> int:
    """Take the number of words that a text is to have.

    Args:
        words: The number, from 1 to 2,000.

    Raises:
        InputError: It is no whole number, or out of range.
    """
    number = as_whole(words, "words")
    if not 1 <= number <= MOST_WORDS:
        raise InputError(
            f"A text cannot be asked for with about {number:,} words.",
            hint=f"Ask for 1 to {MOST_WORDS:,}, such as 80.",
        )
    return number


def _letters(content: str) -> str:
    return "".join(filter(str.isalnum, content.casefold()))


_RENDERED: Final = get_args(LookMedium)
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_TEXTS: Final = ("title", "noun", "plural", "library", "finished", "refinements")
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "medium": get_args(Medium),
    "compare": get_args(Compare),
    "ends": get_args(Ends),
}
_KNOWN: Final = (
    *("title", "noun", "plural", "medium", "pattern", "implied_by", "library", "finished"),
    *("refinements", "compare", "distinct", "most_lines", "same_backwards", "ends", "sampling"),
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
        "compare": "look" if table["medium"] in _RENDERED else "words",
    }
    if table.get("compare") == "look" and table["medium"] not in _RENDERED:
        refuse(
            f"compare is 'look', but its medium is {table['medium']!r}.",
            f"Only these have a look or a sound: {', '.join(_RENDERED)}.",
        )
    own = {
        "name": name,
        "pattern": _pattern(table["pattern"], name, table["medium"], refuse, find_pattern),
        "implied_by": tuple(table.get("implied_by", ())),
        "sampling": _sampling(table.get("sampling", {}), refuse),
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
    if key == "sampling":
        return "" if isinstance(value, dict) else "Write a table [sampling], such as dry = 2."
    sound = isinstance(value, str | dict)
    return "" if sound else "Write the name of a pattern, or a table [pattern]."


def _sampling(given: Mapping[str, Any], refuse: Callable[[str, str], NoReturn]) -> SamplingOptions:
    try:
        return SamplingOptions.of(None, **given)
    except InputError as error:
        refuse(f"[sampling]: {error}", error.hint)


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


DEFAULT: Final = "poem"
"""The kind that is bred where nothing says which."""
OTHER: Final = "text"
"""The kind of what no other kind is named or implied for."""
_HERE: Final = resources.files("flourishing.kinds")
_MOST_BYTES: Final = 2**20
"""The largest file of a kind that is read."""


def kinds() -> list[str]:
    """Give the names of all kinds of text: those that ship, then a person's own."""
    shipped = _shipped()
    return [*shipped, *(name for name in own_kinds() if name not in shipped)]


def own_kinds() -> dict[str, Path]:
    """Give the files of a person's own kinds, by the names under which they are found."""
    return {path.stem: path for path in sorted(kinds_path().glob("*.toml"))}


def usable_kinds() -> list[Kind]:
    """Give all kinds but those whose files are wrong, which must not hide the others."""
    own = _usable_own()
    shipped = []
    for name in _shipped().keys() - own_kinds().keys():
        with suppress(InputError):  # a person's own pattern is wrong
            shipped.append(named_kind(name))
    order = kinds()
    return sorted([*shipped, *own], key=lambda each: order.index(each.name))


def kind(name: str | Kind) -> Kind:
    """Give a kind of text.

    Args:
        name: The name of a kind that ships or of a person's own, such as "quote"; the path of a
            `.toml` file; or a kind, which is given back.

    Raises:
        InputError: There is none of that name, or its file is wrong.
    """
    if isinstance(name, Kind):
        return name
    if as_words(name, "The kind").endswith(".toml"):
        return _read(Path(name))
    return named_kind(name, more="; or give the path of a .toml file")


def named_kind(name: str, *, more: str = "") -> Kind:
    """Give a kind by its name alone, for names that come from outside; no path is opened.

    Args:
        name: The name of a kind that ships, or of a person's own.
        more: What else the hint of the error offers.

    Raises:
        InputError: There is none of that name, or its file is wrong.
    """
    own = own_kinds()
    if name in own:
        return _read(own[name])
    if name in _shipped():
        its, named = _shipped()[name], own_patterns().get(_shipped()[name].pattern.name)
        return its if named is None else replace(its, pattern=Pattern.from_file(named))
    raise InputError(
        f"There is no kind of text {name!r:.60}.", hint=f"There are: {', '.join(kinds())}{more}."
    )


def kind_of(pattern: str | Pattern, kind_name: str = "") -> Kind:
    """Give the kind of what has a pattern, and perhaps names a kind; never fails.

    Args:
        pattern: The pattern, or its name.
        kind_name: The name of the kind, or the path of its file; "" where none is named.

    Returns:
        The kind that is named; else the one that the pattern implies; else "text" with this
        pattern.
    """
    if kind_name:
        with suppress(InputError):
            return kind(kind_name)
    name = pattern if isinstance(pattern, str) else pattern.name
    for each in (*_usable_own(), *_shipped().values()):
        if name in each.implied_by or name == each.pattern.name == each.name:
            return each
    other = _shipped()[OTHER]
    with suppress(PatternError):
        form = find_pattern(pattern)
        return replace(other, pattern=form, medium="chain" if form.link else other.medium)
    return other


def kind_of_text(text: Text) -> Kind:
    """Give the kind of a text by itself: the one that the pattern implies with which it was bred.

    Args:
        text: The text; one that a person wrote is of the default kind.
    """
    pattern = text.origin.pattern
    if pattern is None:
        return _shipped()[DEFAULT]
    its = kind_of(pattern)
    if its.name not in {"refinement", OTHER}:
        return its
    # A version of a text is a single text, although its prompt was of chains; and a pattern that
    # a person made of a shipped one may have a name of its own, but says what its texts are.
    label = pattern.prefix.strip()
    there = (*_usable_own(), *_shipped().values())
    default = its if its.name == OTHER else _shipped()[DEFAULT]
    return next((each for each in there if label and each.label == label), default)


def kind_of_versions(pattern: str | Pattern, kind_name: str = "") -> Kind:
    """Give the kind of a single text that is refined where a pattern and perhaps a kind are set.

    Args:
        pattern: The pattern, or its name.
        kind_name: As in `kind_of`.

    Returns:
        As `kind_of` does; but for a kind of chains the default one.
    """
    its = kind_of(pattern, kind_name)
    return _shipped()[DEFAULT] if its.medium == "chain" else its


def set_out(text: Text) -> str:
    """Give a text as it stands on a page: who said a quote, on a line of their own.

    Args:
        text: The text.
    """
    return kind_of_text(text).set_out(text.content)


def headline(text: Text) -> str:
    """Give what stands for a text in a list.

    Args:
        text: The text.
    """
    return kind_of_text(text).headline(text.content)


def counted(texts: Sequence[Text]) -> str:
    """Say how many texts there are, with the noun of their kind: "8 poems".

    Texts of several kinds are "texts".

    Args:
        texts: The texts.
    """
    its = {each.name: each for each in map(kind_of_text, texts)}
    one = next(iter(its.values())) if len(its) == 1 else _shipped()[OTHER]
    return one.count(len(texts))


def find_pattern(name: str | Pattern) -> Pattern:
    """Give a pattern by name.

    Args:
        name: A built-in pattern, one of a person's own (`patterns/NAME.toml` beside the
            configuration), that of a kind, the path of a `.toml` file, or a pattern, which is
            given back.

    Raises:
        PatternError: There is none of that name, or its file is wrong.
    """
    if isinstance(name, Pattern):
        return name
    if as_words(name, "The pattern").endswith(".toml"):
        return Pattern.from_file(Path(name))
    return named_pattern(name, more="; or give the path of a .toml file")


def named_pattern(name: str, *, more: str = "") -> Pattern:
    """Give a pattern by its name alone, for names that come from outside; no path is opened.

    Args:
        name: A built-in pattern, one of a person's own (`patterns/NAME.toml` beside the
            configuration), or that of a kind.
        more: What else the hint of the error offers.

    Raises:
        PatternError: There is none of that name, or its file is wrong.
    """
    own = own_patterns()
    if name in own:
        return Pattern.from_file(own[name])
    if name in PATTERNS:
        return PATTERNS[name]
    of_kinds = {each.pattern.name: each.pattern for each in usable_kinds()}
    if name in of_kinds:
        return of_kinds[name]
    there = dict.fromkeys([*PATTERNS, *of_kinds, *own])
    raise PatternError(
        f"There is no pattern {name!r}.", hint=f"There are: {', '.join(there)}{more}."
    )


def pattern_for(
    kind_name: str | Kind | None,
    pattern: str | Pattern | None,
    *,
    to: ModelOperation = Operation.BREED,
) -> Pattern:
    """Give the pattern of a prompt: the one that is named, or else the one of the kind.

    Args:
        kind_name: The kind, its name or the path of its file; None for the default.
        pattern: The pattern, its name or the path of its file, which goes before the kind; None
            for the pattern of the kind.
        to: What is asked for: another text of the kind, a better version, or a worse one.

    Raises:
        InputError: There is no such kind, or its file is wrong.
        PatternError: There is no such pattern, or its file is wrong.
    """
    if pattern is not None:
        with suppress(InputError):  # a pattern that is named needs no kind
            if kind_name and (its := kind(kind_name)).pattern.name == pattern:
                return its.pattern
        return find_pattern(pattern)
    its = kind(kind_name or DEFAULT)
    if to is Operation.BREED or (its.pattern.link and its.pattern.name != "refinements"):
        return its.pattern
    form = find_pattern("refinements" if to is Operation.REFINE else WORSENINGS)
    usual = _shipped()[DEFAULT].label
    if its.pattern.link or its.label == usual or usual not in form.prefix:
        return form
    return replace(
        form,
        prefix=form.prefix.replace(usual, its.label),
        stop=tuple(stop.replace(usual, its.label) for stop in form.stop),
        max_tokens=its.pattern.max_tokens,
        description=form.description.replace(_shipped()[DEFAULT].plural, its.plural),
    )


def _read(path: Path) -> Kind:
    try:
        source = read_bounded(path, most=_MOST_BYTES)[0].decode("utf-8")
    except (InputError, ValueError) as error:  # ValueError: not UTF-8
        raise InputError(
            f"The kind file {path} cannot be read: {str(error).rstrip('.')}.",
            hint="Check that it is there, and UTF-8 text.",
        ) from error
    return read_kind(source, path.stem, where=str(path), find_pattern=_plain_pattern)


def _plain_pattern(name: str) -> Pattern:
    """Give a built-in pattern or one of a person's own, which a kind may name."""
    own = own_patterns()
    if name in own:
        return Pattern.from_file(own[name])
    if name in PATTERNS:
        return PATTERNS[name]
    raise PatternError(
        f"There is no pattern {name!r}.",
        hint=f"There are: {', '.join([*PATTERNS, *own])}; or write a table [pattern].",
    )


def _usable_own() -> list[Kind]:
    found = []
    for path in own_kinds().values():
        with suppress(InputError):
            found.append(_read(path))
    return found


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Kind]:
    """Give the kinds that ship, by name; the default first, and "text" last."""
    names = [PurePath(each.name).stem for each in _HERE.iterdir() if each.name.endswith(".toml")]
    names.sort(key=lambda name: (name == OTHER, name != DEFAULT, name))
    return {
        name: read_kind(
            (_HERE / f"{name}.toml").read_text(encoding="utf-8"),
            name,
            where=f"{name}.toml",
            find_pattern=PATTERNS.__getitem__,
        )
        for name in names
    }
