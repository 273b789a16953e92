"""The few operations that every formula is made of, each with its meaning for single numbers.

A formula is translated into a list of steps, and a step is one of these operations on the results
of earlier steps. All that a person can write (`hsv`, `mix`, `hypot`, `//`) is built of them
(`functions.py`). So there is little that has to mean the same in numpy (`arrays.py`), on a graphics
card (`glsl.py`) and in an audio worklet (`tape.py`), and what it means is written down here.

Truth is a number: 0 is false, anything else is true, and what is compared gives 0 or 1. What has no
result is not a number (NaN): a division by zero, the root of a negative number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

HASH_FACTORS: Final = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
"""Odd factors for the coordinates of a lattice point: the golden ratio's, and two of xxHash."""
HASH_MIX: Final = ((15, 0x2C1B3C6D), (12, 0x297A2D39), (15, 1))
"""Shifts and factors that spread the bits of a hash (Wellons 2018, hash-prospector)."""
FARTHEST: Final = 2.0**30
"""Lattice points of noise are within this; a float of 32 bits holds it exactly."""
_MASK: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        arity: How many numbers it takes.
        cost: How long it takes beside an addition, roughly.
        scalar: What it gives for single numbers.
    """

    arity: int
    cost: float
    scalar: Callable[..., float]


def _divide(a: float, b: float) -> float:
    return a / b if b else math.nan


def _modulo(a: float, b: float) -> float:
    return a - b * math.floor(a / b) if b else math.nan


def _min(a: float, b: float) -> float:
    return math.nan if math.isnan(a) or math.isnan(b) else min(a, b)


def _max(a: float, b: float) -> float:
    return math.nan if math.isnan(a) or math.isnan(b) else max(a, b)


def _power(a: float, b: float) -> float:
    if b == 0:
        return 1.0
    if a == 0:
        return 0.0 if b > 0 else math.nan
    if a < 0 and b != math.floor(b):
        return math.nan
    return math.pow(a, b)


def _whole(a: float) -> int:
    """Give the 32 bits of a number without its fraction, as two's complement has them."""
    return int(max(-(2.0**31), min(2.0**31 - 1, math.floor(a)))) & _MASK


def _signed(bits: int) -> float:
    return float(bits - 2**32 if bits >= 2**31 else bits)


def hash_of(point: tuple[int, ...]) -> float:
    """Give the value of noise at a lattice point, from 0 to below 1.

    Args:
        point: Its whole coordinates, two or three.
    """
    bits = sum(each * factor for each, factor in zip(point, HASH_FACTORS, strict=False)) & _MASK
    for shift, factor in HASH_MIX:
        bits ^= bits >> shift
        bits = bits * factor & _MASK
    return (bits >> 8) / 2**24


def noise(*at: float) -> float:
    """Give smooth noise at a point: the values at the lattice around it, blended.

    Value noise with the blending of Perlin (1985): 3u² - 2u³.

    Args:
        *at: Its coordinates, two or three.
    """
    floors = [math.floor(max(-FARTHEST, min(FARTHEST, each))) for each in at]
    parts = [each - math.floor(each) for each in at]
    blends = [part * part * (3 - 2 * part) for part in parts]
    corners: list[tuple[int, ...]] = [()]
    for floor in floors:
        corners = [(*corner, floor + step) for corner in corners for step in (0, 1)]
    values = [hash_of(corner) for corner in corners]
    for blend in reversed(blends):
        values = [
            first + (second - first) * blend
            for first, second in zip(values[::2], values[1::2], strict=True)
        ]
    return values[0]


OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "add": Operation(2, 1, lambda a, b: a + b),
        "sub": Operation(2, 1, lambda a, b: a - b),
        "mul": Operation(2, 1, lambda a, b: a * b),
        "div": Operation(2, 2, _divide),
        "mod": Operation(2, 4, _modulo),
        "pow": Operation(2, 20, _power),
        "neg": Operation(1, 1, lambda a: -a),
        "abs": Operation(1, 1, abs),
        "floor": Operation(1, 1, math.floor),
        "round": Operation(1, 1, lambda a: float(round(a))),
        "min": Operation(2, 1, _min),
        "max": Operation(2, 1, _max),
        "sqrt": Operation(1, 3, math.sqrt),
        "exp": Operation(1, 6, math.exp),
        "log": Operation(1, 6, math.log),
        "sin": Operation(1, 6, math.sin),
        "cos": Operation(1, 6, math.cos),
        "asin": Operation(1, 10, math.asin),
        "acos": Operation(1, 10, math.acos),
        "atan2": Operation(2, 20, math.atan2),
        "tanh": Operation(1, 10, math.tanh),
        "lt": Operation(2, 2, lambda a, b: float(a < b)),
        "le": Operation(2, 2, lambda a, b: float(a <= b)),
        "eq": Operation(2, 2, lambda a, b: float(a == b)),
        "select": Operation(3, 3, lambda a, b, c: b if a != 0 else c),
        "and": Operation(2, 6, lambda a, b: _signed(_whole(a) & _whole(b))),
        "or": Operation(2, 6, lambda a, b: _signed(_whole(a) | _whole(b))),
        "xor": Operation(2, 6, lambda a, b: _signed(_whole(a) ^ _whole(b))),
        "noise2": Operation(2, 80, noise),
        "noise3": Operation(3, 180, noise),
    }
)
"""All operations by their names."""


def apply(name: str, *numbers: float) -> float:
    """Do an operation on single numbers.

    Args:
        name: The name of the operation.
        *numbers: As many numbers as it takes.

    Returns:
        The result; NaN where there is none, and infinity where it is too large.
    """
    try:
        return float(OPERATIONS[name].scalar(*numbers))
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan
