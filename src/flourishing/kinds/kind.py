"""A kind of text, as data.

A pattern says how texts become a prompt. A kind says what the texts are: what one of them is
called, which medium shows it, what is wrong with one that is malformed, and when two are the same.
The parts of the program ask the kind, so that a new kind is one file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from flourishing.arguments import as_whole
from flourishing.core.chain import Chain
from flourishing.core.flaws import DISTINCT, FlawFinder, Key, key_of
from flourishing.core.sampling import COMMON_SETTINGS, Sampling, SamplingOptions
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.kinds import passages, rendered
from flourishing.kinds.rendered import RENDERED, LookMedium
from flourishing.patterns import Pattern

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
        return self.medium if self.medium in RENDERED else None  # type: ignore[return-value]

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
        offspring takes what the last and best of its parents takes, and a version what the version
        before it takes.

        Args:
            pattern: The pattern.
            parents: The parents, best last; of chains, the last is the one under work.
        """
        if not self.rendered or pattern.start or not parents:
            return pattern
        last = parents[-1].best if isinstance(parents[-1], Chain) else parents[-1]
        head = rendered.head_of(last.content, self.rendered)
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
        stray_label: Callable[[str], str] | None = None,
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
            stray_label: Gives a line that is a label of the prompt; "" for none. None where that is
                not looked for.
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
            stray_label=stray_label,
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
