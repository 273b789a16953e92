"""The measures that ship, and finding one: by its name, by its file, or as a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from flourishing.arguments import as_words
from flourishing.errors import InputError
from flourishing.evolution import language, rendered
from flourishing.evolution.measure import PICTURES, WORDS, Measure
from flourishing.kinds import Kind


def measures() -> dict[str, Measure]:
    """Give all measures by their names, as `flourishing.measures` does."""
    from flourishing.evolution import own  # here and below, since few need what it imports

    return _shipped() | own.usable()


def measure(name: str | Measure | Callable[[str], float]) -> Measure:
    """Give a measure, as `flourishing.measure` does.

    Args:
        name: A name, the path of a `.toml` file, a function, or a measure.

    Raises:
        InputError: There is none of that name, its file is wrong, or it is no measure.
    """
    if isinstance(name, Measure):
        return name
    if callable(name):
        return _of_function(name)
    from flourishing.evolution import own

    found = own.find(as_words(name, "A measure"))
    if found is None:
        found = _shipped().get(name)
    if found is None:
        raise InputError(
            f"There is no measure {name!r:.60}.",
            hint=f"There are: {', '.join(measures())}; or give the path of a .toml file.",
        )
    return found


def default_axes(kind: Kind) -> tuple[str, ...]:
    """Give the names of the measures that span an archive of a kind where nobody names any.

    Args:
        kind: The kind of text.

    Raises:
        InputError: The kind has none.
    """
    return _defaults(kind)[0]


def default_quality(kind: Kind) -> str:
    """Give the name of the quality of a kind where nobody names one.

    Args:
        kind: The kind of text.

    Raises:
        InputError: The kind has none.
    """
    return _defaults(kind)[1]


_DEFAULTS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "verse": (("lines", "mean-word-length"), "distinct-2"),
    "prose": (("words", "mean-word-length"), "distinct-2"),
    "quote": (("words", "mean-word-length"), "distinct-2"),
    "words": (("letters", "syllables"), "distinct-letters"),
    "answers": (("words", "mean-word-length"), "distinct-2"),
    "image": (("colourfulness", "complexity"), "symmetry"),
    "program": (("colourfulness", "complexity"), "symmetry"),
    "drawing": (("colourfulness", "complexity"), "symmetry"),
    "animation": (("colourfulness", "motion"), "symmetry"),
    "sound": (("brightness", "rhythm"), "loudness"),
}


_HIGHEST: Final[Mapping[str, Mapping[str, float]]] = {
    "words": {"letters": 16, "syllables": 8},
    "quote": {"words": 40},
    "answers": {"words": 20},
    "story": {"words": 200},
    "sentence": {"words": 20},
    "haiku": {"lines": 5, "words": 40, "syllables": 40},
}
"""Where texts of a kind end, by its name or medium: half as far again as nearly all that ship."""


def measure_of_kind(measure: Measure, kind: Kind) -> Measure:
    """Give a measure with the range in which texts of a kind lie, so that they fill an archive.

    Args:
        measure: The measure; one of a person's own keeps its range.
        kind: The kind of text.
    """
    named = _HIGHEST.get(kind.name) or _HIGHEST.get(kind.medium) or {}
    if measure.name not in named or measure is not _shipped().get(measure.name):
        return measure
    return replace(measure, high=float(named[measure.name]))


def _defaults(kind: Kind) -> tuple[tuple[str, ...], str]:
    if kind.medium not in _DEFAULTS:
        raise InputError(
            f"The kind {kind.name!r} has no measures: its texts are lists of versions.",
            hint="Evolve a kind of single texts, such as poem.",
        )
    return _DEFAULTS[kind.medium]


def _of_function(function: Callable[[str], float]) -> Measure:
    name = getattr(function, "name", None) or getattr(function, "__name__", "")
    name = "function" if not name or name == "<lambda>" else str(name)
    low, high = getattr(function, "low", None), getattr(function, "high", None)
    if low is None or high is None:
        low, high = 0.0, 1.0
        has_range = False
    else:
        has_range = True
    doc = (getattr(function, "__doc__", None) or "").strip().split("\n")[0]
    return Measure(
        name=name,
        of=function,
        low=float(low),
        high=float(high),
        about=doc,
        source="a function",
        is_open=not has_range,
        has_range=has_range,
    )


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Measure]:
    from flourishing.evolution import by_model  # here, since it brings the use cases

    return {each.name: each for each in (*_READ, *_RENDERED, *by_model.MEASURES)}


def _read(
    name: str,
    of: Callable[[str], float],
    high: float,
    unit: str,
    about: str,
    source: str = "",
    *,
    low: float = 0.0,
) -> Measure:
    return Measure(
        name=name,
        of=of,
        low=low,
        high=high,
        is_open=bool(unit),
        unit=unit,
        about=about,
        source=source or "this program",
        media=WORDS,
    )


_READ: Final = (
    _read("lines", language.lines, 20, "lines", "How many lines it has that are not blank."),
    _read("words", language.words, 100, "words", "How many words it has."),
    _read("letters", language.letters, 40, "letters", "How many letters it has."),
    _read(
        "syllables",
        language.syllables,
        150,
        "syllables",
        "How many syllables it has, as English is spoken.",
        "CMU Pronouncing Dictionary; else groups of vowels",
    ),
    _read(
        "mean-word-length",
        language.mean_word_length,
        7,
        "letters",
        "The mean number of letters of a word.",
        low=2,
    ),
    _read(
        "distinct-2",
        language.distinct_2,
        1,
        "",
        "The share of its pairs of neighbouring words that are distinct, in windows of 40 pairs.",
        "Li et al. 2016, arXiv:1510.03055; windows by Covington and McFall 2010",
    ),
    _read(
        "distinct-letters",
        language.distinct_letters,
        1,
        "",
        "The share of its letters that are distinct.",
    ),
    Measure(
        name="compressibility",
        of=language.compressibility,
        about="The share of its bytes that DEFLATE saves; 0 where it saves none.",
        source="zlib",
    ),
    _read(
        "rhyme",
        language.rhyme,
        1,
        "",
        "The share of its lines whose last word rhymes with that of a line at most four away.",
        "CMU Pronouncing Dictionary",
    ),
    _read(
        "metre",
        language.metre,
        1,
        "",
        "How regularly stressed syllables come: the mean over its lines of the share that fits the "
        "best of iamb, trochee, anapaest and dactyl.",
        "stresses of the CMU Pronouncing Dictionary",
    ),
    Measure(
        name="sentiment",
        of=language.sentiment,
        low=-1.0,
        high=1.0,
        about="How sad or glad its words are, from -1 to 1, by a lexicon.",
        source="VADER, Hutto and Gilbert 2014, by the package vaderSentiment",
        media=WORDS,
    ),
)


def _drawn(
    name: str,
    of: Callable[[str], float],
    media: tuple[str, ...],
    high: float,
    unit: str,
    about: str,
    source: str = "",
) -> Measure:
    return Measure(
        name=name,
        of=of,
        media=media,
        high=high,
        is_open=high != 1,
        unit=unit,
        about=about,
        source=source or "this program, on a drawing of 48 pixels",
    )


_RENDERED: Final = (
    _drawn(
        "colourfulness",
        rendered.colourfulness,
        PICTURES,
        150,
        "points",
        "How colourful it is: 0 is grey, and 109 is extremely colourful.",
        "Hasler and Süsstrunk 2003, doi:10.1117/12.477378",
    ),
    _drawn(
        "symmetry",
        rendered.symmetry,
        PICTURES,
        1,
        "",
        "How like it is to its own mirror image, left and right or top and bottom.",
    ),
    _drawn(
        "complexity",
        rendered.complexity,
        PICTURES,
        1,
        "",
        "The share of its bytes that DEFLATE leaves.",
    ),
    _drawn(
        "motion",
        rendered.motion,
        ("animation",),
        0.25,
        "",
        "How much of it changes within a tenth of a second, of black to white.",
    ),
    _drawn(
        "brightness",
        rendered.brightness,
        ("sound",),
        4_000,
        "hertz",
        "The frequency around which its power lies (spectral centroid).",
        "this program, on two seconds",
    ),
    _drawn(
        "rhythm",
        rendered.rhythm,
        ("sound",),
        10,
        "beats a second",
        "How often a second it becomes suddenly louder.",
        "this program, on two seconds",
    ),
    _drawn(
        "loudness",
        rendered.loudness,
        ("sound",),
        1,
        "",
        "How loud it is, as the root of the mean square of its samples.",
        "this program, on two seconds",
    ),
)
