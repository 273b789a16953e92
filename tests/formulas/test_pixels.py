"""Pixels stand where they should, and what is no number has its colour."""

from __future__ import annotations

import numpy as np
import pytest

from flourishing.errors import RenderError
from flourishing.formulas import palette, pixels
from flourishing.formulas.translation import translate


def drawn(text: str, size: int = 8, time: float = 0.0) -> pixels.Pixels:
    return pixels.draw(translate(text), size, time)


def as_bytes(colour: palette.Colour) -> list[int]:
    return [round(part * 255) for part in colour]


def test_x_runs_to_the_right_and_y_upwards() -> None:
    picture = drawn("pixel(x, y) = (0.5 + x/2, 0.5 + y/2, 0)")
    assert picture.shape == (8, 8, 3)
    assert picture[0, 0].tolist() == [16, 239, 0]  # the middle of the first pixel is at -7/8, 7/8
    assert picture[-1, -1].tolist() == [239, 16, 0]


def test_a_number_is_a_grey_and_what_is_outside_is_black_or_white() -> None:
    assert drawn("pixel(x, y) = 0.5 + 0*x").max(initial=0) == 128
    picture = drawn("pixel(x, y) = 9*x")
    assert picture[3, 0].tolist() == [0, 0, 0]
    assert picture[3, -1].tolist() == [255, 255, 255]


def test_a_formula_without_variables_is_one_colour() -> None:
    assert np.unique(drawn("pixel(x, y) = 0.2").reshape(-1, 3), axis=0).tolist() == [[51, 51, 51]]


@pytest.mark.parametrize("text", ["pixel(x, y) = sqrt(x)", "pixel(x, y) = (1, log(x), 0)"])
def test_what_is_no_number_has_its_colour(text: str) -> None:
    picture = drawn(text)
    assert picture[0, 0].tolist() == as_bytes(palette.NO_NUMBER)
    assert picture[0, -1].tolist() != as_bytes(palette.NO_NUMBER)
    assert drawn("pixel(x, y) = exp(1e4*abs(x))")[0, 0].tolist() == as_bytes(palette.NO_NUMBER)


@pytest.mark.parametrize("size", [1, 7, 130, 600])
def test_a_large_picture_is_the_small_one_at_more_points(size: int) -> None:
    text = "pixel(x, y) = (noise(9*x, 9*y), sin(20*x*y), hypot(x, y))"
    picture = drawn(text, size)
    line = (2 * np.arange(size, dtype=np.float32) + 1 - size) * np.float32(1 / size)
    red, green, blue = pixels.values(translate(text), size)
    assert picture.shape == (size, size, 3)
    np.testing.assert_allclose(blue[0], np.hypot(line, -line[0]), rtol=1e-5)
    for place, channel in enumerate((red, green, blue)):
        wanted = np.clip(channel, 0, 1) * 255
        assert np.abs(picture[..., place] - wanted).max() <= 0.51


def test_an_animation_moves() -> None:
    text = "pixel(x, y, t) = 0.5 + 0.5*sin(t + x)"
    assert (drawn(text, time=0) != drawn(text, time=1)).any()
    assert (drawn(text, time=1) == drawn(text, time=1)).all()


def test_dots_have_a_size_by_their_level_and_a_colour_by_its_sign() -> None:
    picture = drawn(
        "f(t, i, x, y) = 1 if x < 8 else -1 if y < 8 else 0 if x < 12 else log(-1-t)", 160
    )
    assert picture[5, 5].tolist() == as_bytes(palette.POSITIVE)
    assert picture[5, 155].tolist() == as_bytes(palette.NEGATIVE)
    assert picture[155, 105].tolist() == as_bytes(palette.BACKGROUND)
    assert picture[155, 155].tolist() == as_bytes(palette.NO_NUMBER)
    assert picture[0, 0].tolist() == as_bytes(palette.BACKGROUND)
    small, large = (int((drawn(f"f(t, i, x, y) = {level}", 160) > 128).sum()) for level in (0.5, 1))
    assert large == pytest.approx(4 * small, rel=0.1)


def test_dots_of_a_colour_are_as_large_as_it_is_bright() -> None:
    picture = drawn("f(t, i, x, y) = (1, 0, 0) if x < 8 else (0, 0.5, 0) if x < 12 else 0", 160)
    assert picture[5, 5].tolist() == [255, 0, 0]
    assert picture[5, 85].tolist() == [0, 127, 0]
    assert picture[5, 155].tolist() == as_bytes(palette.BACKGROUND)
    red, green = (
        int((picture[:, part, place] > 100).sum())
        for part, place in ((slice(0, 80), 0), (slice(80, 120), 1))
    )
    assert red > 2 * 4 * green * 0.9


def test_dots_count_from_the_top_left() -> None:
    (level,) = pixels.levels(translate("f(t, i, x, y) = i + 1000*x + 100000*y + t/2"), 1)
    assert level[0, 0] == 0.5
    assert level[0, 3] == 3003.5
    assert level[2, 1] == 33 + 1000 + 200_000 + 0.5


def test_what_would_take_too_long_is_refused_with_the_size_that_would_not() -> None:
    terms = "+".join(f"noise(x*{n}, y, {n})" for n in range(2, 14))
    formula = translate(f"pixel(x, y) = {terms}")
    pixels.require_work(formula, 1_000)
    with pytest.raises(RenderError, match="too long at 4,096") as refused:
        pixels.require_work(formula, 4_096)
    most = int(
        refused.value.hint.split("at most ")[1].split(",")[0] + refused.value.hint.split(",")[1][:3]
    )
    pixels.require_work(formula, most)
    with pytest.raises(RenderError):
        pixels.require_work(formula, most + 1)
