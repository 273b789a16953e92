"""Chains: versions of one text, worst to best."""

from __future__ import annotations

import pytest

from flourishing.core.chain import Chain
from flourishing.core.text import Source, Text
from flourishing.errors import InputError


def test_a_chain_counts_and_iterates_as_its_versions() -> None:
    chain = Chain.of(["a dove jumps", Text("a dove flies")])
    assert [str(each) for each in chain] == ["a dove jumps", "a dove flies"]
    assert (len(chain), chain[0], chain.best) == (2, Text("a dove jumps"), Text("a dove flies"))


def test_a_new_version_goes_to_the_end_of_another_chain() -> None:
    chain = Chain.of(["worse"], Source(title="Dove"))
    longer = chain.with_version(Text("better"))
    assert [str(each) for each in longer] == ["worse", "better"]
    assert longer.source == chain.source
    assert len(chain) == 1


def test_a_chain_without_versions_is_refused() -> None:
    with pytest.raises(InputError, match="no versions"):
        Chain.of([])
