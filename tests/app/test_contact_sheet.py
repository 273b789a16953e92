"""A contact sheet has its pictures in order, and nothing else."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from flourishing.app.contact_sheet import MOST_PICTURES, contact_sheet, pictures_of
from flourishing.errors import RenderError

RED, GREEN, BLUE = (f"pixel(x, y) = ({colour})" for colour in ("1, 0, 0", "0, 1, 0", "0, 0, 1"))


def test_pictures_stand_in_rows_in_the_order_in_which_they_are_given() -> None:
    data = contact_sheet([RED, "a poem", GREEN, "wave(t) = sin(t)", BLUE], size=16)
    sheet = Image.open(io.BytesIO(data)).convert("RGB")
    assert sheet.size == (35, 35)  # two by two, with a gap of one pixel
    seen = [sheet.getpixel(at) for at in ((8, 8), (25, 8), (8, 25))]
    assert seen == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert sheet.getpixel((25, 25)) == sheet.getpixel((0, 0))


def test_a_sheet_has_no_more_pictures_than_can_be_seen() -> None:
    data = contact_sheet([RED] * (MOST_PICTURES + 1), size=2)
    assert Image.open(io.BytesIO(data)).size == (31, 31)  # ten by ten


@pytest.mark.parametrize(("contents", "size"), [([], 8), (["a poem"], 8), ([RED], 0), ([RED], 513)])
def test_what_makes_no_sheet_is_refused(contents: list[str], size: int) -> None:
    with pytest.raises(RenderError) as refused:
        contact_sheet(contents, size=size)
    assert refused.value.hint


def test_the_pictures_of_a_sheet_have_one_limit_of_time_together() -> None:
    endless = "def draw():\n    while True:\n        pass"
    with pytest.raises(RenderError, match=r"3 texts takes .* 1 were done") as refused:
        contact_sheet([endless, RED, GREEN], size=4, most_seconds=0.1)
    assert "Leave out programs" in refused.value.hint
    assert len(pictures_of([RED, "a poem"], 4)) == 2
