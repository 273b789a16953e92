"""A shader has nothing of the text's own words; that it compiles and agrees is tested in a browser
(`tests/studio/browser/test_shaders.py`)."""

from __future__ import annotations

import re

import pytest

from flourishing.errors import RenderError
from flourishing.formulas.glsl import shader
from flourishing.formulas.operations import OPERATIONS
from flourishing.formulas.translation import translate


def test_no_word_of_the_text_is_in_the_shader() -> None:
    source = shader(
        translate("def gl_Position(secret, y):\n    float = secret*2\n    return float")
    )
    assert "secret" not in source
    assert "gl_Position" not in source
    assert "float s1 = 2.0;" in source


def test_numbers_are_written_as_floats() -> None:
    source = shader(translate("pixel(x, y) = 3*x + 1e-9*y + -4 + 1e11*x"))
    constants = re.findall(r"float s\d+ = (-?[\d.e+-]+);", source)
    assert set(constants) == {"3.0", "1e-09", "-4.0", "100000000000.0"}


def test_each_helper_is_there_once_and_only_where_it_is_used() -> None:
    assert "f_noise" not in shader(translate("pixel(x, y) = sin(x)"))
    source = shader(translate("pixel(x, y) = cos(x) + sin(y) + noise(x, y) + noise(x, y, 1)"))
    for name in ("f_turned", "f_noise2", "f_noise3", "f_corner"):
        assert len(re.findall(rf"^(?:float|uint) {name}\(", source, re.MULTILINE)) == 1


def test_every_operation_can_be_written() -> None:
    inputs = "xyt"
    for name, operation in OPERATIONS.items():
        text = {
            "select": "x if y else t",
            "neg": "-x",
            "abs": "abs(x)",
            "noise2": "noise(x, y)",
            "noise3": "noise(x, y, t)",
            "and": "x & y",
            "or": "x | y",
            "xor": "x ^ y",
            "lt": "x < y",
            "le": "x <= y",
            "eq": "x == y",
            "add": "x + y",
            "sub": "x - y",
            "mul": "x * y",
            "div": "x / y",
            "mod": "x % y",
            "pow": "x ** y",
        }.get(name, f"{name}({', '.join(inputs[: operation.arity])})")
        formula = translate(f"pixel(x, y, t) = {text}")
        assert name in {step.operation for step in formula.steps}
        assert "formula(" in shader(formula)


def test_a_sound_has_no_shader() -> None:
    with pytest.raises(RenderError, match="sound") as refused:
        shader(translate("wave(t) = sin(t)"))
    assert refused.value.hint
