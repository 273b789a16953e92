"""What a formula may call: functions of `math` and of Python, and a few helpers for pictures.

Each is put together of the operations, here and nowhere else, so that it means the same wherever a
formula is computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from flourishing.formulas.steps import Steps, Value, spread

Build: TypeAlias = Callable[..., int]
"""Gives the step of a function for the steps of single numbers."""

CONSTANTS: Final[Mapping[str, float]] = MappingProxyType(
    {"pi": math.pi, "tau": math.tau, "e": math.e, "True": 1.0, "False": 0.0}
)
"""The numbers that have names."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that a formula may call.

    Attributes:
        least: The fewest arguments.
        most: The most arguments.
        build: Gives the step of single numbers; of colours, it is done for each of the three.
        about: What it gives, in a few words.
        colour: Whether it gives a colour, as a tuple of three steps.
    """

    least: int
    most: int
    build: Callable[..., Any]
    about: str
    colour: bool = False

    def call(self, steps: Steps, *values: Value) -> Value:
        """Call it.

        Args:
            steps: The formula that is put together.
            *values: Its arguments.
        """
        if self.colour:
            colour: Value = self.build(steps, *(value[0] for value in values))
            return colour
        return spread(lambda *numbers: self.build(steps, *numbers), *values)


def power(steps: Steps, a: int, b: int) -> int:
    """Give a power; of a small whole exponent by multiplying.

    Args:
        steps: The formula that is put together.
        a: The base.
        b: The exponent.
    """
    exponent = steps.value(b)
    if exponent == 0.5:
        return steps.add("sqrt", a)
    if exponent is None or exponent != int(exponent) or abs(exponent) > 8:
        return steps.add("pow", a, b)
    product = steps.constant(1.0)
    for _ in range(abs(int(exponent))):
        product = a if steps.value(product) == 1 else steps.add("mul", product, a)
    return product if exponent >= 0 else steps.add("div", steps.constant(1.0), product)


def negated(steps: Steps, a: int) -> int:
    """Give 1 for what is false, and 0 for what is true.

    Args:
        steps: The formula that is put together.
        a: What is negated.
    """
    return steps.add("eq", a, steps.constant(0.0))


def _plain(operation: str) -> Build:
    return lambda steps, *numbers: steps.add(operation, *numbers)


def _folded(operation: str) -> Build:
    return lambda steps, *numbers: reduce(lambda a, b: steps.add(operation, a, b), numbers)


def _scaled(operation: str, factor: float) -> Build:
    """Give an operation whose result is multiplied."""
    return lambda s, a: s.add("mul", s.add(operation, a), s.constant(factor))


def _times(factor: float) -> Build:
    return lambda s, a: s.add("mul", a, s.constant(factor))


def _ceil(s: Steps, a: int) -> int:
    return s.add("neg", s.add("floor", s.add("neg", a)))


def _trunc(s: Steps, a: int) -> int:
    return s.add("select", s.add("lt", a, s.constant(0.0)), _ceil(s, a), s.add("floor", a))


def _sign(s: Steps, a: int) -> int:
    zero = s.constant(0.0)
    return s.add("sub", s.add("lt", zero, a), s.add("lt", a, zero))


def _hypot(s: Steps, *numbers: int) -> int:
    squares = [s.add("mul", each, each) for each in numbers]
    return s.add("sqrt", reduce(lambda a, b: s.add("add", a, b), squares))


def _dist(s: Steps, x: int, y: int, to_x: int, to_y: int) -> int:
    return _hypot(s, s.add("sub", x, to_x), s.add("sub", y, to_y))


def _log(s: Steps, a: int, base: int | None = None) -> int:
    natural = s.add("log", a)
    return natural if base is None else s.add("div", natural, s.add("log", base))


def _exponentials(s: Steps, a: int) -> tuple[int, int]:
    return s.add("exp", a), s.add("exp", s.add("neg", a))


def _sinh(s: Steps, a: int) -> int:
    up, down = _exponentials(s, a)
    return s.add("mul", s.constant(0.5), s.add("sub", up, down))


def _cosh(s: Steps, a: int) -> int:
    up, down = _exponentials(s, a)
    return s.add("mul", s.constant(0.5), s.add("add", up, down))


def _fmod(s: Steps, a: int, b: int) -> int:
    return s.add("sub", a, s.add("mul", b, _trunc(s, s.add("div", a, b))))


def _fract(s: Steps, a: int) -> int:
    return s.add("sub", a, s.add("floor", a))


def _clamp(s: Steps, a: int, low: int | None = None, high: int | None = None) -> int:
    low = s.constant(0.0) if low is None else low
    high = s.constant(1.0) if high is None else high
    return s.add("min", s.add("max", a, low), high)


def _mix(s: Steps, a: int, b: int, share: int) -> int:
    return s.add("add", a, s.add("mul", s.add("sub", b, a), share))


def _gradient(s: Steps, *given: int) -> int:
    """Give what is between two values, or on the way through more than two."""
    *stops, share = given
    if len(stops) == 2:
        return _mix(s, stops[0], stops[1], share)
    along = s.add("mul", share, s.constant(len(stops) - 1))
    mixed = stops[0]
    for passed, stop in enumerate(stops[1:]):
        mixed = _mix(s, mixed, stop, _clamp(s, s.add("sub", along, s.constant(passed))))
    return mixed


def _step(s: Steps, edge: int, a: int) -> int:
    return s.add("le", edge, a)


def _smoothstep(s: Steps, low: int, high: int, a: int) -> int:
    u = _clamp(s, s.add("div", s.add("sub", a, low), s.add("sub", high, low)))
    return s.add("mul", s.add("mul", u, u), s.add("sub", s.constant(3.0), s.add("add", u, u)))


def _noise(s: Steps, *at: int) -> int:
    if len(at) == 3:
        return s.add("noise3", *at)
    return s.add("noise2", at[0], at[1] if len(at) == 2 else s.constant(0.0))


def _tan(s: Steps, a: int) -> int:
    return s.add("div", s.add("sin", a), s.add("cos", a))


def _atan(s: Steps, a: int, b: int | None = None) -> int:
    return s.add("atan2", a, s.constant(1.0) if b is None else b)


def _reciprocal(build: Build) -> Build:
    return lambda s, a: s.add("div", s.constant(1.0), build(s, a))


def _hsv(s: Steps, hue: int, *more: int) -> Value:
    """Give a colour by Smith's HSV (1978): each channel is the value less what the hue takes."""
    full = s.constant(1.0)
    strength = _clamp(s, more[0]) if more else full
    # What is not opaque lies over black. What a model writes after the opacity means nothing.
    bright = reduce(lambda a, b: s.add("mul", a, b), more[1:3]) if more[1:] else full

    def channel(shift: float) -> int:
        turned = _fract(s, s.add("add", hue, s.constant(shift)))
        six = s.add("sub", s.add("mul", turned, s.constant(6.0)), s.constant(3.0))
        pure = _clamp(s, s.add("sub", s.add("abs", six), s.constant(1.0)))
        return s.add("mul", bright, _mix(s, full, pure, strength))

    return channel(0.0), channel(2 / 3), channel(1 / 3)


def _rgb(_: Steps, red: int, green: int, blue: int) -> Value:
    return red, green, blue


FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "sin": Function(1, 1, _plain("sin"), "the sine"),
        "cos": Function(1, 1, _plain("cos"), "the cosine"),
        "tan": Function(1, 1, _tan, "the tangent"),
        "sec": Function(1, 1, _reciprocal(_plain("cos")), "1 / the cosine"),
        "csc": Function(1, 1, _reciprocal(_plain("sin")), "1 / the sine"),
        "cot": Function(1, 1, _reciprocal(_tan), "1 / the tangent"),
        "asin": Function(1, 1, _plain("asin"), "the angle of a sine"),
        "acos": Function(1, 1, _plain("acos"), "the angle of a cosine"),
        "atan": Function(1, 2, _atan, "the angle of a tangent, or of a point, its y first"),
        "atan2": Function(2, 2, _plain("atan2"), "the angle of a point, its y first"),
        "arcsin": Function(1, 1, _plain("asin"), "asin, as numpy calls it"),
        "arccos": Function(1, 1, _plain("acos"), "acos, as numpy calls it"),
        "arctan": Function(1, 2, _atan, "atan, as numpy calls it"),
        "arctan2": Function(2, 2, _plain("atan2"), "atan2, as numpy calls it"),
        "sinh": Function(1, 1, _sinh, "the hyperbolic sine"),
        "cosh": Function(1, 1, _cosh, "the hyperbolic cosine"),
        "tanh": Function(1, 1, _plain("tanh"), "the hyperbolic tangent"),
        "exp": Function(1, 1, _plain("exp"), "e to a power"),
        "log": Function(1, 2, _log, "the logarithm, natural or to a base"),
        "log2": Function(1, 1, _scaled("log", 1 / math.log(2)), "the logarithm to 2"),
        "log10": Function(1, 1, _scaled("log", 1 / math.log(10)), "the logarithm to 10"),
        "sqrt": Function(1, 1, _plain("sqrt"), "the square root"),
        "pow": Function(2, 2, power, "a power"),
        "hypot": Function(1, 3, _hypot, "the length of a vector"),
        "degrees": Function(1, 1, _times(180 / math.pi), "an angle in degrees"),
        "radians": Function(1, 1, _times(math.pi / 180), "an angle in radians"),
        "floor": Function(1, 1, _plain("floor"), "the whole number below"),
        "ceil": Function(1, 1, _ceil, "the whole number above"),
        "trunc": Function(1, 1, _trunc, "the whole number towards 0"),
        "int": Function(1, 1, _trunc, "the whole number towards 0"),
        "float": Function(1, 1, lambda _, a: a, "the number itself"),
        "round": Function(1, 1, _plain("round"), "the nearest whole number"),
        "fabs": Function(1, 1, _plain("abs"), "the number without its sign"),
        "abs": Function(1, 1, _plain("abs"), "the number without its sign"),
        "mod": Function(2, 2, _plain("mod"), "the remainder with the sign of the second, as %"),
        "fmod": Function(2, 2, _fmod, "the remainder with the sign of the first"),
        "min": Function(2, 8, _folded("min"), "the smallest"),
        "max": Function(2, 8, _folded("max"), "the largest"),
        "sign": Function(1, 1, _sign, "-1, 0 or 1"),
        "fract": Function(1, 1, _fract, "what is behind the point"),
        "clamp": Function(1, 3, _clamp, "the number kept within two bounds, 0 and 1"),
        "mix": Function(3, 8, _gradient, "between two or more numbers or colours, by a share"),
        "step": Function(2, 2, _step, "1 from an edge on, before it 0"),
        "smoothstep": Function(3, 3, _smoothstep, "from 0 to 1 between two edges, smoothly"),
        "noise": Function(1, 3, _noise, "smooth noise from 0 to 1, at a point of 1 to 3 numbers"),
        "dist": Function(4, 4, _dist, "how far x, y is from another point"),
        "hsv": Function(
            1,
            8,
            _hsv,
            "a colour by hue, saturation, value, opacity, each 0 to 1; more is left out",
            True,
        ),
        "rgb": Function(3, 3, _rgb, "a colour by red, green and blue, each 0 to 1", True),
    }
)
"""The functions that a formula may call, by their names."""
MATH: Final = frozenset(FUNCTIONS).intersection(dir(math))
"""Those that may be written as `math.sin`, too."""
