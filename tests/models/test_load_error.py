"""Why a file cannot be loaded: in llama.cpp's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from flourishing import sync
from flourishing.errors import ModelFileError
from flourishing.models.embedded import EmbeddedModel
from tests.models.test_gguf import write


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"general__architecture": "poem"}, "unknown model architecture: 'poem'"),
        ({}, "architecture"),
    ],
)
def test_llama_cpps_own_reason_is_told(
    tmp_path: Path, values: dict[str, str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    model = EmbeddedModel.from_file(write(tmp_path / "strange.gguf", **values))
    with pytest.raises(ModelFileError) as refusal:
        sync.run(model.load())
    assert "strange.gguf" in str(refusal.value)
    assert said in str(refusal.value)
    assert refusal.value.hint
    assert capfd.readouterr().err == ""


def test_a_truncated_model_is_told_to_be(tmp_path: Path, local_weights: Path) -> None:
    path = tmp_path / "short.gguf"
    with local_weights.open("rb") as whole:
        path.write_bytes(whole.read(20_000_000))
    with pytest.raises(ModelFileError, match="not within the file bounds"):
        sync.run(EmbeddedModel.from_file(path).load())
