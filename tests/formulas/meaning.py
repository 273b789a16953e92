"""What formulas mean: by Python itself, and by an interpreter of their steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flourishing.formulas.operations import apply, noise

PYTHON: dict[str, Any] = {
    **{name: each for name, each in vars(math).items() if not name.startswith("_")},
    "math": math,
    "atan": lambda y, x=1.0: math.atan2(y, x),
    "arctan": lambda y, x=1.0: math.atan2(y, x),
    "arctan2": math.atan2,
    "arcsin": math.asin,
    "arccos": math.acos,
    "sec": lambda a: 1 / math.cos(a),
    "csc": lambda a: 1 / math.sin(a),
    "cot": lambda a: 1 / math.tan(a),
    "mod": lambda a, b: a % b,
    "fract": lambda a: a - math.floor(a),
    "clamp": lambda a, low=0.0, high=1.0: min(max(a, low), high),
    "mix": lambda a, b, share: a + (b - a) * share,
    "step": lambda edge, a: float(a >= edge),
    "smoothstep": lambda low, high, a: (
        (u := min(max((a - low) / (high - low), 0), 1)) * u * (3 - 2 * u)
    ),
    "sign": lambda a: (a > 0) - (a < 0),
    "dist": lambda x, y, a, b: math.hypot(x - a, y - b),
    "rgb": lambda *parts: parts,
    "noise": lambda *at: noise(*at) if len(at) > 1 else noise(at[0], 0.0),
}
"""What our functions are in Python, where Python has them not."""


def by_python(text: str, *given: float) -> Any:
    """Compute a formula of our tests as Python itself does; NaN where it refuses to."""
    names: dict[str, Any] = dict(PYTHON)
    head, _, body = text.partition("=")
    if text.startswith("def"):
        exec(text, names)
        name = text.split("(")[0].removeprefix("def ").strip()
    else:
        name = head.split("(")[0].strip()
        exec(f"def {head.strip()}: return ({body})", names)
    try:
        value = names[name](*given)
    except (ValueError, ZeroDivisionError):
        return math.nan
    return math.nan if isinstance(value, complex) else value


def by_steps(tape: Mapping[str, Any], given: Mapping[str, float]) -> list[float]:
    """Compute a formula from its tape, as an interpreter without `eval` does."""
    numbers: list[float] = []
    for operation, *rest in tape["steps"]:
        if operation == "constant":
            numbers.append(rest[0])
        elif operation == "input":
            numbers.append(given[rest[0]])
        else:
            numbers.append(apply(operation, *(numbers[each] for each in rest)))
    return [numbers[each] for each in tape["result"]]
