"""`flourishing image`."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from flourishing.garden import open_garden
from tests.cli.conftest import Ask, Refuse
from tests.talker import Talker, describe, talking


@pytest.fixture
def painter() -> Iterator[Talker]:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(file, "PNG")
    entry = {"b64_json": base64.b64encode(file.getvalue()).decode()}
    with talking(lambda _, __: (200, {"data": [entry]})) as talker:
        describe("image", talker, key=False)
        yield talker


def test_a_picture_is_kept_with_the_text_and_written(
    ask: Ask, painter: Talker, tmp_path: Path
) -> None:
    with open_garden() as garden:
        (text,) = garden.add("an owl of glass")
    told = ask("image", str(text.id), "-o", tmp_path / "owl.png").err
    assert f"Picture 1 of 8 by 6 pixels is with text {text.id}" in told
    with Image.open(tmp_path / "owl.png") as opened:
        assert opened.size == (8, 6)
    with open_garden() as garden:
        (kept,) = garden.pictures.of_text(text.id)
        assert garden.pictures.get(kept.id).prompt == "an owl of glass"
    assert painter.bodies("/images/generations")[0]["prompt"] == "an owl of glass"


def test_a_file_needs_a_place_for_the_picture(
    ask: Ask, refuse: Refuse, painter: Talker, tmp_path: Path
) -> None:
    (tmp_path / "owl.txt").write_text("an owl")
    ask("image", tmp_path / "owl.txt", "-o", tmp_path / "owl.png")
    assert (tmp_path / "owl.png").is_file()
    refuse("image", str(tmp_path / "none.txt"), "-o", str(tmp_path / "none.png"))
    assert len(painter.asked) == 1
