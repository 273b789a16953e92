"""Memory: what a model needs, and whether it fits."""

from __future__ import annotations

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.models.catalogue.entries import embedded_entry, entries
from flourishing.models.catalogue.overview import fits, machine_memory, needed, warning


def test_the_machines_memory_is_what_the_system_says_or_a_containers_limit() -> None:
    memory = machine_memory()
    assert memory is not None
    assert 1e8 < memory <= psutil.virtual_memory().total


def test_a_cache_counts_by_layers_heads_and_width() -> None:
    mistral = next(entry for entry in entries() if entry.name == "mistral-7b-v0.1")
    cache = needed(mistral.size, mistral) - needed(0, None) - mistral.size
    assert cache == 2 * 32 * 8 * 128 * 2 * 16_384  # 2 GiB


def test_a_short_context_needs_a_small_cache() -> None:
    pythia = next(entry for entry in entries() if entry.name == "pythia-1.4b")
    assert needed(0, pythia) - needed(0) == 2 * 24 * 16 * 128 * 2 * 2_048


def test_the_embedded_model_needs_less_than_a_gigabyte() -> None:
    assert needed(embedded_entry().size, embedded_entry()) < 1e9


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_what_fits_with_less_memory_fits_with_more(need: int, memory: int) -> None:
    order = ("no", "tight", "yes")
    less, more = fits(need, memory), fits(need, memory * 2)
    assert less is not None
    assert more is not None
    assert order.index(less) <= order.index(more)


@pytest.mark.parametrize(("need", "said"), [(8, "yes"), (9, "tight"), (10, "tight"), (11, "no")])
def test_a_fifth_is_left_to_others(need: int, said: str) -> None:
    assert fits(need, 10) == said


def test_what_does_not_fit_is_said_in_words() -> None:
    assert "more than the 8.0 GB" in warning(int(9e9), int(8e9))
    assert "nearly all of the 8.0 GB" in warning(int(7e9), int(8e9))
    assert warning(int(1e9), int(8e9)) == warning(int(9e9), None) == ""


def test_where_the_memory_is_unknown_nothing_is_promised() -> None:
    assert fits(1, None) is None
