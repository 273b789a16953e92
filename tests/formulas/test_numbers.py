"""The numbers of a formula are found where they stand, and can be inputs."""

from __future__ import annotations

import re

import numpy as np
import pytest

from flourishing.errors import RenderError
from flourishing.formulas.arrays import evaluate
from flourishing.formulas.glsl import shader
from flourishing.formulas.numbers import numbers_of
from flourishing.formulas.tape import tape
from flourishing.formulas.translation import translate
from flourishing.library import library

SHIPPED = [
    text.content for name in ("pictures", "animations", "sounds") for text in library(name).texts
]
SUN = """def pixel(x, y):
    # 3 suns are 2 too many
    sun = hypot(x, y - 0.1) < .35
    é = 1e-1 if sun else 0x10
    return hsv(0.08, é, 2.5)"""


def test_each_number_is_found_where_it_stands() -> None:
    written = [SUN[each.begin : each.end] for each in numbers_of(SUN)]
    assert written == ["0.1", ".35", "1e-1", "0x10", "0.08", "2.5"]


def test_a_number_can_be_moved_up_and_down_in_steps() -> None:
    half, forty, squared, none = numbers_of("pixel(x, y) = 0.5*sin(40*x)**2 + 0*y")
    assert (half.least, half.most, half.step) == (0, 1.5, 0.01)
    assert (forty.least, forty.most, forty.step) == (0, 120, 1)
    assert (squared.most, squared.step) == (4, 1)
    assert (none.value, none.most, none.step) == (0, 1, 0.01)


@pytest.mark.parametrize("text", SHIPPED, ids=range(len(SHIPPED)))
def test_with_its_own_numbers_a_formula_is_the_same(text: str) -> None:
    formula = translate(text, numbers=True)
    numbers = numbers_of(text)
    assert {each.name for each in numbers} == set(formula.numbers)
    at = np.linspace(-1, 1, 9)
    given = dict.fromkeys("xyti", at)
    moved = {each.name: np.full_like(at, each.value) for each in numbers}
    for one, other in zip(
        evaluate(translate(text), given), evaluate(formula, given | moved), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)


def test_a_number_that_is_moved_is_another_number_in_the_text() -> None:
    text = "wave(t) = 0.3*sin(220*tau*t)"
    pitch = numbers_of(text)[1]
    other = f"{text[: pitch.begin]}221{text[pitch.end :]}"
    at = np.linspace(0, 1, 99)
    (moved,) = evaluate(
        translate(text, numbers=True), {"t": at, "n0": np.full(99, 0.3), "n1": np.full(99, 221.0)}
    )
    (written,) = evaluate(translate(other), {"t": at})
    np.testing.assert_allclose(moved, written)


def test_a_shader_and_a_tape_name_the_numbers() -> None:
    source = shader(translate("pixel(x, y) = sin(3*x) + 0.5", numbers=True))
    assert re.findall(r"uniform float (n\d+);", source) == ["n0", "n1"]
    told = tape(translate("wave(t) = sin(3*t)", numbers=True))
    assert told["inputs"] == ["t", "n0"]


def test_many_numbers_are_more_than_can_be_moved() -> None:
    text = f"wave(t) = {' + '.join(f'sin({n}*t)' for n in range(1, 40))}"
    assert len(numbers_of(text)) == 24


def test_a_number_that_must_be_known_beforehand_cannot_be_moved() -> None:
    assert numbers_of("def wave(t):\n    if 1:\n        return t") == ()


def test_what_is_no_formula_has_no_numbers() -> None:
    with pytest.raises(RenderError):
        numbers_of("three gulls")
