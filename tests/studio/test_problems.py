"""Errors as problem+json: the status says whose fault it is, and whether to try again."""

from __future__ import annotations

import pytest

from flourishing.errors import (
    FlourishingError,
    GardenError,
    InputError,
    OverloadedError,
    StorageError,
)
from flourishing.studio.problems import MissingError, problem_of


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (InputError, 422),
        (MissingError, 404),
        (StorageError, 507),
        (GardenError, 503),
        (OverloadedError, 503),
        (FlourishingError, 500),
    ],
)
def test_each_error_has_its_status(kind: type[FlourishingError], status: int) -> None:
    problem = problem_of(kind("It went wrong.", hint="Do this."))
    assert (problem.status, problem.detail, problem.hint) == (status, "It went wrong.", "Do this.")
