"""A formula as plain data, for an interpreter that runs where no code may be made.

An audio worklet computes 44,100 samples a second and may not use `eval`. It reads this list once,
and then, for each sample, does the steps in order into an array of numbers. The operations are
those of `operations.py`, for single numbers of 64 bits; a result that is not finite is silence.
"""

from __future__ import annotations

from flourishing.formulas.steps import INPUTS, Formula

VERSION = 1
"""The version of the form."""


def tape(formula: Formula) -> dict[str, object]:
    """Give a formula as plain data for JSON.

    Args:
        formula: The formula.

    Returns:
        `version`; `form`; `inputs`, the names of what it is given; `steps`, each `["input", name]`,
        `["constant", number]`, or the name of an operation and the numbers of the steps that it is
        done on, from 0; and `result`, the numbers of the steps that give the result.
    """
    steps: list[list[object]] = []
    for step in formula.steps:
        if step.operation == "constant":
            steps.append(["constant", step.value])
        elif step.operation == "input":
            steps.append(["input", step.name])
        else:
            steps.append([step.operation, *step.of])
    return {
        "version": VERSION,
        "form": formula.form,
        "inputs": [*INPUTS[formula.form], *formula.numbers],
        "steps": steps,
        "result": list(formula.result),
    }
