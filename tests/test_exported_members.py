"""What `import flourishing` offers: sorted, complete, and nothing else."""

from __future__ import annotations

import inspect
import re

import pytest

import flourishing
import flourishing.library
from flourishing import errors

PUBLIC = {
    name
    for name in dir(flourishing)
    if not name.startswith("_") and not inspect.ismodule(getattr(flourishing, name))
} | {"aio"}


def test_the_list_of_names_is_sorted() -> None:
    assert flourishing.__all__ == sorted(flourishing.__all__)


def test_the_list_of_names_is_complete() -> None:
    assert set(flourishing.__all__) == PUBLIC | {"__version__"}


def test_every_error_that_a_person_can_meet_is_offered() -> None:
    named = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}
    assert named <= set(flourishing.__all__)


def test_the_public_contract_is_kept() -> None:
    promised = {"base_model", "breed", "format_poems", "format_refinements", "library"}
    assert promised | {"Text", "Brood", "Pattern", "FlourishingError"} <= set(flourishing.__all__)


def test_a_name_that_is_not_there_is_an_error_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match="'flourishing' has no attribute 'Poem'"):
        flourishing.Poem  # noqa: B018


def test_everything_that_is_offered_is_documented() -> None:
    offered = (getattr(flourishing, name) for name in flourishing.__all__ if name[0] != "_")
    assert all(inspect.getdoc(member) for member in offered)


def test_the_library_is_a_function_though_its_module_has_the_same_name() -> None:
    assert callable(flourishing.library)


def test_the_version_is_a_release() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", flourishing.__version__)
