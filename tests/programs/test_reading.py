"""A program is read back to its end, and put right only where that is safe."""

from __future__ import annotations

import pytest

import flourishing as fl
from flourishing.programs.reading import end_of_program, program_gist

WHOLE = "def draw():\n    for i in range(9):\n        circle(i, i, 1)"


@pytest.mark.parametrize(
    "after",
    [
        "",
        "\n",
        "\nand so on it goes",
        "\n    line(0, 0, ",
        "\n    if i",
        "\n    if i > 3:",
        "\n    for k in range(3):\n",
        "\n        circle('red",
        "\nprint(draw())",
    ],
)
def test_what_comes_after_the_last_whole_statement_is_left_out(after: str) -> None:
    ended = end_of_program(WHOLE + after)
    assert (ended.text, ended.whole) == (WHOLE, True)


def test_brackets_that_are_missing_at_the_end_are_added() -> None:
    assert end_of_program(WHOLE[:-1]).text == WHOLE
    nested = "def draw():\n    polygon([(0, 0), (1, 2), (3, 4"
    assert end_of_program(nested).text == f"{nested})])"


def test_functions_before_and_within_stay() -> None:
    text = "def f(x):\n    return x\ndef draw():\n    def g():\n        dot(0, 0)\n    g()"
    assert end_of_program(text).text == text


@pytest.mark.parametrize("text", ["", "the fog comes", "def draw():", "def draw(:\n    x", "\0"])
def test_what_is_no_program_stays_as_it_is(text: str) -> None:
    ended = end_of_program(text)
    assert (ended.text, ended.whole) == (text, False)


def test_a_program_that_is_async_is_told_so() -> None:
    with pytest.raises(fl.RenderError, match="Line 1 has async") as refused:
        fl.render("async def draw():\n    circle(0, 0, 1)")
    assert "without async" in refused.value.hint


def test_a_program_stands_in_a_list_on_one_line() -> None:
    assert program_gist(WHOLE) == "for i in range(9): circle(i, i, 1)"
