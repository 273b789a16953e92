"""Parameters of tests: what runs only with the slow tests, and what runs on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from _pytest.mark import ParameterSet


def slow_cases(cases: Iterable[object]) -> list[ParameterSet]:
    """Leave cases of a parametrized test to the mark `slow`.

    Args:
        cases: The value of each case, or a tuple of values where the test has several parameters.
    """
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)
        for case in cases
    ]


def first_cases(number: int, cases: Sequence[object]) -> list[object]:
    """Give all cases of a parametrized test, of which only the first run by default.

    Args:
        number: How many run by default.
        cases: The cases, as for `slow_cases`.
    """
    return [*cases[:number], *slow_cases(cases[number:])]


on_both_databases = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
"""For a test of what the two may do differently: locks, search, migrations."""
