"""Measures: a number for each text, with its range, its unit and where it comes from.

A measure is an axis of an archive, or the quality by which texts in one cell compete. It gives the
same for the same text, on this machine. The range spans an archive. What a measure gives outside of
it is an error and not a value, unless the measure is open, as counts are: what lies beyond an end
of their range belongs to the outermost cell.

Some need more than the text: a model, the texts that a run began with, or a garden. These are
prepared once for a run (`Setting`), and then take many texts at a time.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from flourishing.arguments import as_number, as_words
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.kinds import Kind

if TYPE_CHECKING:
    from flourishing.garden import Garden
    from flourishing.models import BaseModel

Evaluate: TypeAlias = Callable[[Sequence[str]], Awaitable[Sequence[float]]]
"""What gives a number for each of some texts."""

WORDS: Final = ("verse", "prose", "words", "quote", "answers")
"""The media of texts that are read."""
PICTURES: Final = ("image", "animation", "program", "drawing")
"""The media of texts that are looked at."""
PATIENCE: Final = 10.0
"""Seconds that the measures of a run may take for one text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a measure may need beside the text.

    Attributes:
        kind: The kind of text.
        seeds: The texts that the run began with.
        model: The base model.
        garden: The garden of the run; None where it has none.
    """

    kind: Kind
    seeds: tuple[str, ...]
    model: BaseModel
    garden: Garden | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number that says something of a text.

    Attributes:
        name: What it is called.
        of: Gives the number for the content of a text; None for one that has to be prepared.
        low: The low end of its range; by default 0.
        high: The high end of its range; by default 1.
        unit: What the number counts; "" for a share or a degree.
        about: What it says of a text, in one sentence.
        source: Where it comes from: a paper, a package, or this program.
        media: The media of the kinds of text that have it; empty for all.
        prepare: Gives, for a run, what gives the numbers of many texts; None where `of` does.
        is_open: Whether it may give numbers beyond the ends of its range; by default False.
        has_range: Whether `low` and `high` were given. Of a function without a range they were not,
            and a run takes them from the texts that it begins with.

    Raises:
        InputError: The name is blank, the range is empty or not finite, or there is nothing that
            gives the number.
    """

    name: str
    of: Callable[[str], float] | None = None
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    about: str = ""
    source: str = "this program"
    media: tuple[str, ...] = ()
    prepare: Callable[[Setting], Awaitable[Evaluate]] | None = field(default=None, repr=False)
    is_open: bool = False
    has_range: bool = True

    def __post_init__(self) -> None:
        if not as_words(self.name, "The name of a measure").strip():
            raise InputError("A measure has no name.", hint='Name it, such as "lines".')
        for end, number in (("low", self.low), ("high", self.high)):
            if not isinstance(number, int | float):
                as_number(number, f"{end} of the measure {self.name!r}")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise InputError(
                f"The measure {self.name!r} cannot have the range {self.low:g} to {self.high:g}.",
                hint="Give a low and a higher high, both finite numbers.",
            )
        if (self.of is None) == (self.prepare is None):
            raise InputError(
                f"The measure {self.name!r} has nothing that gives its number.",
                hint="Give `of`, a function from the content of a text to a number.",
            )

    def __call__(self, text: str | Text) -> float:
        """Give the number for one text, where nothing has to be prepared.

        Args:
            text: The text, or its content.

        Raises:
            InputError: It needs a run, or gave no number within its range.
        """
        if self.of is None:
            raise InputError(
                f"The measure {self.name!r} needs a model, and is not to be had of a text alone.",
                hint="Name it among the measures of fl.evolve.",
            )
        content = text.content if isinstance(text, Text) else as_words(text, "The text")
        return self.checked(self.of(content))

    def checked(self, value: object) -> float:
        """Take what it gave, if that is a number within its range.

        Args:
            value: What was given.

        Raises:
            InputError: It is no finite number, or outside of the range.
        """
        if isinstance(value, str | bytes):
            raise self._wrong(f"{value!r:.40}, which is no number")
        try:
            number = float(value)  # type: ignore[arg-type]  # what has none is refused
        except (TypeError, ValueError) as error:
            raise self._wrong(f"{value!r:.40}, which is no number") from error
        except OverflowError:  # a whole number of hundreds of digits
            number = math.inf
        if not math.isfinite(number):
            raise self._wrong(f"{number}, which is no finite number")
        if not self.is_open and not self.low <= number <= self.high:
            raise self._wrong(f"{number:g}, outside of its range {self.low:g} to {self.high:g}")
        return number

    def suits(self, kind: Kind) -> bool:
        """Say whether texts of a kind have it.

        Args:
            kind: The kind of text.
        """
        return not self.media or kind.medium in self.media

    def as_dict(self) -> dict[str, object]:
        """Give what it is as plain data for JSON."""
        return {
            "name": self.name,
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "about": self.about,
            "source": self.source,
            "media": list(self.media),
        }

    def _wrong(self, what: str) -> InputError:
        return InputError(
            f"The measure {self.name!r} gave {what}.",
            hint="Have it give a finite number within its range, or give it another range.",
        )
