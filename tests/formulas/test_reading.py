"""A formula ends where its syntax says, and only its last brackets are ever added."""

from __future__ import annotations

import pytest

from flourishing.formulas.reading import end_of, gist, head_of

WHOLE = "def pixel(x, y):\n    r = hypot(x, y)\n    return sin(9*r)"


@pytest.mark.parametrize(
    "after",
    [
        "",
        "\n\nprint(pixel(1, 2))",
        "\n    r = 3",
        "\n    return 0",
        "\n\nThe circle is drawn by",
        "\n    # and so on (",
        "\nreturn",
        "\n    if r > 1:\n        retu",
    ],
)
def test_what_comes_after_the_last_return_is_left_out(after: str) -> None:
    ended = end_of(WHOLE + after)
    assert (ended.text, ended.whole) == (WHOLE, True)


def test_a_function_goes_on_after_a_return_that_may_not_be_reached() -> None:
    text = "def pixel(x, y):\n    if x > 0:\n        return 1\n    return y"
    assert end_of(text).text == text
    both = "def pixel(x, y):\n    if x > 0:\n        return 1\n    else:\n        return 0"
    assert end_of(both + "\n    return 5").text == both


@pytest.mark.parametrize("after", ["", "\nwave(t) = cos(t", "\n\nThe next one"])
def test_one_line_ends_with_its_line(after: str) -> None:
    ended = end_of("wave(t) = sin(440*tau*t)" + after)
    assert (ended.text, ended.whole) == ("wave(t) = sin(440*tau*t)", True)


@pytest.mark.parametrize(
    ("broken", "put_right"),
    [
        ("wave(t) = sin(440*(t + 1", "wave(t) = sin(440*(t + 1))"),
        ("def pixel(x, y):\n    return hsv(x, y, 1", "def pixel(x, y):\n    return hsv(x, y, 1)"),
        ("f(t, i, x, y) = sin(t) + cos(x ", "f(t, i, x, y) = sin(t) + cos(x)"),
        ("wave(t) = sin(440t) + 2.5cos(3tau*t)", "wave(t) = sin(440*t) + 2.5*cos(3*tau*t)"),
        ("wave(t) = 0.5(sin(440*t) + 2(t))", "wave(t) = 0.5*(sin(440*t) + 2*(t))"),
        ("wave(t) = sin(440*tau*t)) ", "wave(t) = sin(440*tau*t)"),
        ("f(t, i, x, y) = sin(4*t) if y % 2", "f(t, i, x, y) = sin(4*t) if y % 2 else 0"),
        (
            "def pixel(x, y):\n    return x if y > 0",
            "def pixel(x, y):\n    return x if y > 0 else 0",
        ),
        ("def pixel(x, y):\n    return sin(x))))", "def pixel(x, y):\n    return sin(x)"),
        (
            "def pixel(x, y):\n    r = hypot(x, y)\n    hsv(r, 1, 1)",
            "def pixel(x, y):\n    r = hypot(x, y)\n    return hsv(r, 1, 1)",
        ),
        (
            "def pixel(x, y):\n    h = hsv(x, 1, 1)",
            "def pixel(x, y):\n    h = hsv(x, 1, 1)\n    return h",
        ),
        (
            "def pixel(x, y):\n    h = hsv(x, 1, 1)\n    return hsv(x, 0.5, sin(9*",
            "def pixel(x, y):\n    h = hsv(x, 1, 1)\n    return h",
        ),
    ],
)
def test_brackets_a_return_and_a_product_are_put_right(broken: str, put_right: str) -> None:
    assert end_of(broken).text == put_right
    assert end_of(broken).whole


@pytest.mark.parametrize(
    "broken",
    [
        "wave(t) = sin(440*",
        "wave(t) = sin(440*t, ",
        "wave(t) = sin(t)) + t",
        "wave(t) = sin(math.",
        "wave(t) = ",
        "def pixel(x, y):\n    r = hypot(x, y)",
        "def pixel(x, y):\n    return hsv(x, y,",
        "def pixel(x, y):\n    return sin(x # the sine",
        "def pixel(x, y)",
        "the fog comes\non little cat feet",
        "",
    ],
)
def test_what_is_broken_elsewhere_stays_as_it_is(broken: str) -> None:
    ended = end_of(broken)
    assert (ended.text, ended.whole) == (broken, False)


def test_the_head_of_a_formula_ends_where_its_body_begins() -> None:
    assert head_of(WHOLE) == "def pixel(x, y):"
    assert head_of("f(t, i, x, y) = sin(t)") == "f(t, i, x, y) ="
    assert head_of("the fog comes") == ""
    assert head_of("sin(x) == 3") == ""


def test_a_formula_stands_in_a_list_without_its_head() -> None:
    assert gist(WHOLE) == "r = hypot(x, y); sin(9*r)"
    assert gist("wave(t) = sin(440*tau*t)") == "sin(440*tau*t)"
    assert gist("the fog comes") == "the fog comes"
