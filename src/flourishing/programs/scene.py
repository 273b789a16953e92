"""What a program drew, checked: shapes of numbers and colours, in frames, or the notes of a melody.

Nothing of it is trusted: the number of shapes and points, the type and the size of each value are
looked at here, in the process that asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

from flourishing.errors import RenderError
from flourishing.programs.colours import css_name

Colour: TypeAlias = tuple[float, float, float, float]
"""Red, green, blue and opacity, each from 0 to 1."""
Point: TypeAlias = tuple[float, float]

INK: Final[Colour] = (0.13, 0.14, 0.2, 1.0)
PAPER: Final[Colour] = (0.965, 0.945, 0.9, 1.0)
MOST_SHAPES: Final = 6_000
MOST_POINTS: Final = 60_000
_MOST_FRAMES: Final = 200
_MOST_NOTES: Final = 2_000
_LARGEST: Final = 1e6
LONGEST: Final = 60.0
"""Seconds; a melody is cut there."""
_NOTE: Final = re.compile(r"([A-Ga-g])([#b♯♭]?)(-?\d)")
_ODD: Final = re.compile(r"#([0-9a-fA-F]{5}|[0-9a-fA-F]{7})")
_STEPS: Final = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape.

    Attributes:
        points: The corners of a line or a polygon; the centre of a circle alone.
        colour: Its colour.
        width: How thick its line is, in hundredths of the side of the picture; 0 for a shape that
            is filled.
        closed: Whether it is a polygon.
        radius: Of a circle; None for what is none.
    """

    points: tuple[Point, ...]
    colour: Colour
    width: float
    closed: bool = True
    radius: float | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Attributes:
        pitch: The number of the key, as MIDI counts them: 69 is the A of 440 Hz.
        start: When it begins, in seconds.
        length: How long it lasts, in seconds.
        level: How loud it is, from 0 to 1.
    """

    pitch: float
    start: float
    length: float
    level: float


@dataclass(frozen=True)
class Scene:
    """What a program drew.

    Attributes:
        frames: The pictures, each a sequence of shapes; one for a still.
        ground: The colour behind them.
        notes: The notes of a melody; of what is a picture, none.
    """

    frames: tuple[tuple[Shape, ...], ...]
    ground: Colour
    notes: tuple[Note, ...] = ()

    @cached_property
    def bounds(self) -> tuple[float, float, float]:
        """The square that holds all shapes: its centre, and its side."""
        return bounds(self.frames)


def scene(given: Any) -> Scene:
    """Check what came back from a program.

    Args:
        given: What JSON gave: frames, notes, the background and the tempo.

    Raises:
        RenderError: It draws nothing, too much, or has a value of the wrong type or size.
    """
    if not isinstance(given, list) or len(given) != 4:
        raise _refused("What it draws has no form that is known.")
    frames, notes, ground, tempo = given
    if not isinstance(frames, list) or len(frames) > _MOST_FRAMES + 1:
        raise _refused("It has too many frames.")
    if not isinstance(notes, list) or len(notes) > _MOST_NOTES:
        raise _refused(f"It has more than {_MOST_NOTES:,} notes.")
    if sum(len(each) for each in frames if isinstance(each, list)) > MOST_SHAPES:
        raise _refused(f"It draws more than {MOST_SHAPES:,} shapes.")
    shapes = [tuple(map(_shape, each)) for each in frames if isinstance(each, list)]
    if sum(len(shape.points) for each in shapes for shape in each) > MOST_POINTS:
        raise _refused(f"It has more than {MOST_POINTS:,} points.")
    drawn = tuple(each for each in shapes if each)
    behind = PAPER if ground is None else colour(ground)
    if drawn:
        return Scene(drawn, behind)
    if not notes:
        raise RenderError(
            "It draws nothing.", hint="Call line, circle, polygon, path, forward, cell or note."
        )
    beat = 60 / min(600.0, max(20.0, number(tempo)))
    played = (_note(each, beat) for each in notes)
    return Scene((), behind, tuple(note for note in played if note.start < LONGEST))


def _refused(what: str) -> RenderError:
    return RenderError(what, hint="Give numbers and colours to line, circle, polygon and note.")


def number(given: Any) -> float:
    """Check a number.

    Args:
        given: What should be one.

    Raises:
        RenderError: It is none, is not finite, or is too large.
    """
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise _refused(f"{_shown(given)} stands where a number should.")
    if abs(given) > _LARGEST or not math.isfinite(given):
        raise _refused("A number of it is too large, or none at all.")
    return float(given)


def _shown(given: Any) -> str:
    if isinstance(given, list | dict):
        return f"A {type(given).__name__}"
    return "Nothing" if given is None else f"{str(given)[:30]!r}"


def _points(given: Any) -> tuple[Point, ...]:
    if not isinstance(given, list) or not given:
        raise _refused(f"{_shown(given)} stands where points should.")
    if len(given) > MOST_POINTS:
        raise _refused(f"It has more than {MOST_POINTS:,} points.")
    return tuple(_point(each) for each in given)


def _point(given: Any) -> Point:
    if not isinstance(given, list) or len(given) != 2:
        raise _refused(f"{_shown(given)} stands where a point should.")
    return number(given[0]), number(given[1])


def _shape(given: Any) -> Shape:
    match given:
        case ["path", points, its, width]:
            return Shape(_points(points), _ink(its), max(0.05, _width(width)), closed=False)
        case ["polygon", points, its, width]:
            return Shape(_points(points), _ink(its), _width(width))
        case ["circle", x, y, radius, its, width]:
            centre, radius = (number(x), number(y)), abs(number(radius))
            return Shape((centre,), _ink(its), _width(width), radius=radius)
    raise _refused(f"{_shown(given)} is no shape.")


def _ink(given: Any) -> Colour:
    return INK if given is None else colour(given)


def _width(given: Any) -> float:
    return min(50.0, abs(number(given)))


def colour(given: Any) -> Colour:
    """Read a colour.

    Args:
        given: A name or "#rrggbb"; a grey from 0 to 1; or red, green, blue and perhaps opacity,
            each from 0 to 1, or from 0 to 255 where one is larger than 1.

    Raises:
        RenderError: It is none.
    """
    from PIL import ImageColor

    if isinstance(given, str):
        named = given[:30].strip().replace(" ", "")
        if odd := _ODD.fullmatch(named):  # a digit too many or too few, as models write them
            named = f"#{odd[1]}{odd[1][-1]}"[:7]
        try:
            levels = ImageColor.getrgb(css_name(named))
        except ValueError as error:
            raise RenderError(
                f"There is no colour {given[:30]!r}.",
                hint='Write "#aa3355", a name of CSS such as "teal", or hsv(0.5, 0.6, 0.9).',
            ) from error
        red, green, blue, opacity = (each / 255 for each in (*levels, 255)[:4])
        return red, green, blue, opacity
    if isinstance(given, list) and len(given) in (3, 4):
        parts = [number(each) for each in given]
        if max(parts[:3]) > 1.001 and min(parts[:3]) >= 0:
            parts[:3] = [each / 255 for each in parts[:3]]
        red, green, blue, opacity = (min(1.0, max(0.0, each)) for each in (*parts, 1.0)[:4])
        return red, green, blue, opacity
    grey = min(1.0, max(0.0, number(given)))
    return grey, grey, grey, 1.0


def _note(given: Any, beat: float) -> Note:
    if not isinstance(given, list) or len(given) != 4:
        raise _refused(f"{_shown(given)} is no note.")
    pitch, start, length, level = given
    lasting = min(20.0, max(0.0, number(length) * beat))
    begin = max(0.0, number(start) * beat)
    return Note(_pitch(pitch), begin, lasting, min(1.0, max(0.0, number(level))))


def _pitch(given: Any) -> float:
    if isinstance(given, str):
        named = _NOTE.fullmatch(given.strip()[:4])
        if named is None:
            raise RenderError(
                f"There is no note {given[:20]!r}.", hint='Write "C4" or "F#5", or 60 for C4.'
            )
        letter, sign, octave = named.groups()
        raised = 1 if sign in ("#", "♯") else -1 if sign else 0
        return float(_STEPS[letter.lower()] + raised + 12 * (int(octave) + 1))
    key = number(given)
    if not 0 <= key <= 127:
        raise RenderError(
            f"There is no key {key:g}.", hint="Keys go from 0 to 127; 60 is the C in the middle."
        )
    return key


def bounds(frames: Sequence[Sequence[Shape]]) -> tuple[float, float, float]:
    """Give the square that holds all shapes: its centre, and its side.

    Args:
        frames: The shapes.
    """
    lows: list[Point] = []
    highs: list[Point] = []
    for shape in (each for frame in frames for each in frame):
        more = shape.radius or 0.0
        xs, ys = [x for x, _ in shape.points], [y for _, y in shape.points]
        lows.append((min(xs) - more, min(ys) - more))
        highs.append((max(xs) + more, max(ys) + more))
    left, bottom = min(x for x, _ in lows), min(y for _, y in lows)
    right, top = max(x for x, _ in highs), max(y for _, y in highs)
    side = max(right - left, top - bottom)
    return (left + right) / 2, (bottom + top) / 2, side or 1.0
