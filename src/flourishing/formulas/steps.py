"""A formula as a list of steps, each an operation on the results of earlier steps.

The same step is never done twice, steps on constants are done at once, and what the result does not
need is left out. So a formula costs what it says, and its cost is known: no step is a loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from flourishing.errors import RenderError
from flourishing.formulas.operations import OPERATIONS, apply

Form: TypeAlias = Literal["picture", "animation", "dots", "sound"]
"""What a formula is one of: brightness or colour of a point (x, y), of a point at a time (x, y, t),
of a dot in a grid at a time (t, i, x, y), or the level of a sound at a time (t)."""
INPUTS: Final[dict[Form, tuple[str, ...]]] = {
    "picture": ("x", "y"),
    "animation": ("x", "y", "t"),
    "dots": ("t", "i", "x", "y"),
    "sound": ("t",),
}
"""What a formula of each form is given, in the order of its parameters."""
MOST_STEPS: Final = 400
"""The most steps of a formula."""
LARGEST: Final = 1e12
"""The largest number that may stand in a formula, or that its constants may give."""

Value: TypeAlias = tuple[int, ...]
"""The steps that give a number, or the three numbers of a colour."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        operation: The name of an operation; "input" for what the formula is given, and "constant".
        of: The numbers of the earlier steps on whose results it is done, from 0.
        value: Of a constant, its value; else 0.
        name: Of an input, its name; else "".
    """

    operation: str
    of: tuple[int, ...] = ()
    value: float = 0.0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, translated.

    Attributes:
        form: What it is a formula of.
        steps: Its steps, each after those that it needs.
        result: The numbers of the steps that give its result: one, or the three of a colour.
    """

    form: Form
    steps: tuple[Step, ...]
    result: Value

    @property
    def cost(self) -> float:
        """How many additions take as long as it does for one point, roughly."""
        known = OPERATIONS
        return sum(known[step.operation].cost for step in self.steps if step.operation in known)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The names of its inputs that are numbers of its text, where it was translated so."""
        own = INPUTS[self.form]
        return tuple(
            step.name for step in self.steps if step.operation == "input" and step.name not in own
        )


class Steps:
    """Puts a formula together."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._known: dict[Step, int] = {}

    def constant(self, value: float) -> int:
        """Give the step of a constant.

        Args:
            value: The constant.

        Raises:
            RenderError: It is not finite, or too large.
        """
        try:
            value = float(value)
        except OverflowError:  # a whole number of hundreds of digits
            value = math.inf
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise RenderError(
                f"A number in it is {value:.4g}."
                if math.isfinite(value)
                else "A part of it without variables has no finite value.",
                hint=f"Keep numbers within {LARGEST:.0e}, and divide by nothing that is 0.",
            )
        return self._put(Step("constant", value=value + 0.0))

    def given(self, name: str) -> int:
        """Give the step of an input.

        Args:
            name: The name of the input, such as "x".
        """
        return self._put(Step("input", name=name))

    def add(self, operation: str, *of: int) -> int:
        """Give the step of an operation; on constants it is done at once.

        Args:
            operation: The name of the operation.
            *of: The steps on whose results it is done.

        Raises:
            RenderError: There are too many steps, or constants give no finite number.
        """
        values = [self.value(each) for each in of]
        if operation == "select" and values[0] is not None:
            return of[1] if values[0] else of[2]
        if operation == "select" and of[1] == of[2]:
            return of[1]
        if all(value is not None for value in values):
            return self.constant(
                apply(operation, *(value for value in values if value is not None))
            )
        return self._put(Step(operation, of))

    def value(self, step: int) -> float | None:
        """Give the value of a constant; None for any other step.

        Args:
            step: The number of the step.
        """
        found = self._steps[step]
        return found.value if found.operation == "constant" else None

    def formula(self, form: Form, result: Value) -> Formula:
        """Give the formula, without the steps that its result does not need.

        Args:
            form: What it is a formula of.
            result: The steps that give its result.
        """
        needed = set(result)
        for number in range(len(self._steps) - 1, -1, -1):
            if number in needed:
                needed.update(self._steps[number].of)
        order = {number: place for place, number in enumerate(sorted(needed))}
        steps = tuple(
            Step(step.operation, tuple(order[each] for each in step.of), step.value, step.name)
            for step in (self._steps[number] for number in order)
        )
        return Formula(form, steps, tuple(order[each] for each in result))

    def _put(self, step: Step) -> int:
        if step in self._known:
            return self._known[step]
        if len(self._steps) == MOST_STEPS:
            raise RenderError(
                f"It has more than {MOST_STEPS} steps.", hint="Take some of its terms out."
            )
        self._steps.append(step)
        self._known[step] = len(self._steps) - 1
        return len(self._steps) - 1


def either(steps: Steps, test: int, first: Value, second: Value) -> Value:
    """Choose between two values; a number beside a colour is a grey.

    Args:
        steps: The formula that is put together.
        test: Chooses the first where it is true.
        first: The one value.
        second: The other.
    """
    return spread(lambda a, b: steps.add("select", test, a, b), first, second)


def spread(make: Callable[..., int], *values: Value) -> Value:
    """Do something with numbers, or with each of the three numbers of colours.

    Args:
        make: Gives the step for single numbers.
        *values: Numbers, or colours; a number beside a colour counts for each of its three.
    """
    width = max(map(len, values))
    wide: Sequence[Value] = [value if len(value) == width else value * width for value in values]
    return tuple(make(*parts) for parts in zip(*wide, strict=True))
