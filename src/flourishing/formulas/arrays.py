"""A formula over whole arrays, with numpy.

The inputs may have shapes that broadcast: what depends on x alone is computed once a column, and
what depends on nothing once. Pictures are computed in floats of 32 bits, as a graphics card does,
and sounds in 64, since a phase grows with the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from flourishing.formulas.operations import FARTHEST, HASH_FACTORS, HASH_MIX
from flourishing.formulas.steps import Formula

Floats: TypeAlias = NDArray[np.floating[Any]]


def evaluate(formula: Formula, given: Mapping[str, Floats]) -> tuple[Floats, ...]:
    """Compute a formula.

    Args:
        formula: The formula.
        given: Its inputs by their names, all of one type of floats, of shapes that broadcast.

    Returns:
        Its result: one array, or the three of a colour. An array may have a smaller shape than the
        inputs together, where it does not depend on all of them.
    """
    kind = next(iter(given.values())).dtype.type
    last_use = _last_uses(formula)
    results: list[Any] = []
    with np.errstate(all="ignore"):
        for number, step in enumerate(formula.steps):
            if step.operation == "constant":
                results.append(kind(step.value))
            elif step.operation == "input":
                results.append(given[step.name])
            else:
                results.append(_DONE[step.operation](*(results[each] for each in step.of)))
                for each in step.of:
                    if last_use[each] == number:
                        results[each] = None  # its memory serves the next step
    return tuple(results[number] for number in formula.result)


def _last_uses(formula: Formula) -> list[int]:
    last = [0] * len(formula.steps)
    for number, step in enumerate(formula.steps):
        for each in step.of:
            last[each] = number
    for number in formula.result:
        last[number] = len(formula.steps)
    return last


def _divide(a: Floats, b: Floats) -> Floats:
    quotient = a / b
    zero = b == 0
    return np.where(zero, _nan(b), quotient) if np.any(zero) else quotient


def _modulo(a: Floats, b: Floats) -> Floats:
    return a - b * np.floor(a / b)


def _power(a: Floats, b: Floats) -> Floats:
    return np.where((a == 0) & (b < 0), _nan(b), np.power(a, b))


def _nan(like: Floats) -> Floats:
    return np.asarray(np.nan, like.dtype)


def _select(a: Floats, b: Floats, c: Floats) -> Floats:
    chosen: Floats = np.where(a != 0, b, c)
    return chosen


def _compared(compare: Callable[[Floats, Floats], Any]) -> Callable[[Floats, Floats], Floats]:
    return lambda a, b: compare(a, b).astype(a.dtype)


def _bitwise(join: Callable[..., Any]) -> Callable[[Floats, Floats], Floats]:
    def joined(a: Floats, b: Floats) -> Floats:
        bits: Floats = join(_whole(a), _whole(b)).astype(a.dtype)
        return np.where(np.isnan(a + b), _nan(a), bits)

    return joined


def _whole(a: Floats) -> NDArray[np.int32]:
    # The largest float of 32 bits below 2**31, since that itself is no whole number of 32 bits.
    return np.clip(np.floor(a), -(2.0**31), 2.0**31 - 128).astype(np.int32)


def _noise(*at: Floats) -> Floats:
    """Give smooth noise, as `operations.noise` does for a single point."""
    kind = at[0].dtype.type
    floors = [np.floor(np.clip(each, -FARTHEST, FARTHEST)) for each in at]
    blends = []
    for each in at:
        part = each - np.floor(each)
        blends.append(part * part * (kind(3) - kind(2) * part))
    # One number for each lattice line; a corner is the sum of those that cross in it.
    lines = [
        [_line(floor, factor), _line(floor, factor) + np.uint32(factor)]
        for floor, factor in zip(floors, HASH_FACTORS, strict=False)
    ]
    corners = lines[0]
    for pair in lines[1:]:
        corners = [corner + line for corner in corners for line in pair]
    values = [_hashed(corner, kind) for corner in corners]
    for blend in reversed(blends):
        values = [
            first + (second - first) * blend
            for first, second in zip(values[::2], values[1::2], strict=True)
        ]
    return values[0]


def _line(floor: Floats, factor: int) -> NDArray[np.uint32]:
    return np.asarray(floor, np.float64).astype(np.int64).astype(np.uint32) * np.uint32(factor)


def _hashed(bits: NDArray[np.uint32], kind: Any) -> Floats:
    for shift, factor in HASH_MIX:
        bits = (bits ^ (bits >> np.uint32(shift))) * np.uint32(factor)
    value: Floats = (bits >> np.uint32(8)).astype(kind) * kind(2**-24)
    return value


_DONE: Final[Mapping[str, Callable[..., Floats]]] = MappingProxyType(
    {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "div": _divide,
        "mod": _modulo,
        "pow": _power,
        "neg": np.negative,
        "abs": np.abs,
        "floor": np.floor,
        "round": np.rint,
        "min": np.minimum,
        "max": np.maximum,
        "sqrt": np.sqrt,
        "exp": np.exp,
        "log": lambda a: np.where(a > 0, np.log(a), _nan(a)),
        "sin": np.sin,
        "cos": np.cos,
        "asin": np.arcsin,
        "acos": np.arccos,
        "atan2": np.arctan2,
        "tanh": np.tanh,
        "lt": _compared(np.less),
        "le": _compared(np.less_equal),
        "eq": _compared(np.equal),
        "select": _select,
        "and": _bitwise(np.bitwise_and),
        "or": _bitwise(np.bitwise_or),
        "xor": _bitwise(np.bitwise_xor),
        "noise2": _noise,
        "noise3": _noise,
    }
)
