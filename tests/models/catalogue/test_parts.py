"""Which files make up a model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.models.catalogue.hub import quant_of
from flourishing.models.gguf import part_paths


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
