"""A formula means what Python means by it; what is not allowed is refused with its name."""

from __future__ import annotations

import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from flourishing.errors import RenderError
from flourishing.formulas.arrays import evaluate
from flourishing.formulas.language import LONGEST
from flourishing.formulas.steps import INPUTS, MOST_STEPS
from flourishing.formulas.tape import tape
from flourishing.formulas.translation import translate
from tests.formulas.meaning import by_python, by_steps

POINTS = [(-1.0, 1.0), (-0.3, 0.7), (0.0, 0.0), (0.4, -0.6), (1.0, 0.25), (0.125, -2.5)]


def means_what_python_means(text: str) -> None:
    formula = translate(text)
    names = INPUTS[formula.form]
    points = [
        point[: len(names)] if len(names) < 3 else (*point, 3.0, 7.0)[: len(names)]
        for point in POINTS
    ]
    wanted = np.array(
        [np.broadcast_to(by_python(text, *each), len(formula.result)) for each in points],
        dtype=float,
    )
    columns = np.array(points).T
    found = evaluate(formula, dict(zip(names, columns, strict=True)))
    arrays = np.array([np.broadcast_to(each, len(points)) for each in found]).T
    np.testing.assert_allclose(arrays, wanted, rtol=1e-9, atol=1e-9)
    # As JSON has it, since that is what the page will be sent.
    form = json.loads(json.dumps(tape(formula)))
    stepped = [by_steps(form, dict(zip(names, each, strict=True))) for each in points]
    np.testing.assert_allclose(np.array(stepped), wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "expression",
    [
        "x + y*2 - 1/(3 + x)",
        "-x**2 + (-y)**3",
        "x // 0.3 + y % 0.3",
        "-7 // 2 + x*0 + -7 % 3",
        "x % -0.4",
        "x < y",
        "0 < x < y <= 1",
        "(x == y) + (x != y)*2 + (x >= 0)*4 + (x > 0)*8",
        "x and y",
        "x or y or 3",
        "not x",
        "y if x > 0 else -y",
        "x if x else y",
        "x ** 0.5",
        "x ** -2",
        "abs(x) ** 2.5",
        "(x + 3) ** y",
        "x ** 12 + x ** 0",
        "sqrt(x) + log(abs(y) + 1)",
        "exp(-(x*x + y*y))",
        "2.718 ** (-(x**2 + y**2))",
        "math.sin(math.pi*x) + cos(tau*y) + tan(x)",
        "atan2(y, x) + atan(x)",
        "asin(x) + acos(y/3)",
        "atan(y, x) + arctan(y, x)*2 + arctan2(x, y)",
        "arcsin(x) + arccos(y/3) + arctan(x)",
        "sec(x) + csc(y + 4) + cot(x + 4)",
        "mod(3*x + 0.05, 0.25)",
        "sinh(x) - cosh(y) + tanh(x*y)",
        "floor(3*x) + ceil(3*y) + trunc(5*x) + int(7*y)",
        "round(2.5*x) + round(0.5)",
        "fabs(x) + abs(y) + fmod(5*x, 0.3)",
        "min(x, y, 0.1) + max(x, y)",
        "hypot(x, y) + dist(x, y, 1, 2)",
        "log(abs(x) + 1, 2) + log2(abs(x) + 1) + log10(abs(y) + 1)",
        "degrees(x) + radians(y)",
        "pow(abs(x), 3) + float(y)",
        "sign(x) + fract(y) + step(0.2, x)",
        "clamp(x) + clamp(y, -0.5, 0.5)",
        "mix(x, y, 0.3) + smoothstep(-0.5, 0.5, x)",
        "noise(3*x) + noise(9*x, 9*y) + noise(x*5, y*5, 0.5)",
        "(x, y, x*y)",
        "rgb(x, 0.5, y)",
        "1e3*x + .5*y + 0x10 + 1_000",
    ],
)
def test_an_expression_means_what_python_means(expression: str) -> None:
    means_what_python_means(f"pixel(x, y) = {expression}")


@pytest.mark.parametrize(
    "body",
    [
        "    return x",
        '    """A slope."""\n    a = x*2\n    a += y\n    a **= 2\n    return a',
        "    a, b = y, x\n    a, b = b, a\n    return a - 2*b",
        "    a = b = x\n    c: float = y\n    return a + b + c",
        "    if x > 0:\n        return 1\n    return y",
        "    if x > 0: v = 1\n    elif y > 0: v = 2\n    else: v = 3\n    return v",
        "    v = 0\n    if x > 0:\n        v = y\n        if y > 0: return 9\n    return v + 1",
        "    if x > 0:\n        if y > 0: return 1\n    if y > 0.5: return 2\n    return 3",
        "    if x > y:\n        pass\n    else:\n        x = y\n    return x",
        "    x = x*x  # changed\n    y = y*y\n\n    return (x, y, 0)",
    ],
)
def test_a_function_means_what_python_means(body: str) -> None:
    means_what_python_means(f"def pixel(x, y):\n{body}")


def test_the_forms_are_told_by_their_parameters() -> None:
    for text, form in [
        ("def pixel(x, y):\n    return x", "picture"),
        ("def pixel(x, y, t):\n    return x*t", "animation"),
        ("f(t, i, x, y) = sin(t + i)", "dots"),
        ("wave(t) = sin(t)", "sound"),
        ("def anything(u, v): return u/2", "picture"),
    ]:
        assert translate(text).form == form
        means_what_python_means(text)


@pytest.mark.parametrize(
    "name", ["float", "main", "vec3", "if_", "gl_FragCoord", "s1", "NO", "out"]
)
def test_a_name_of_ones_own_may_be_a_word_of_other_languages(name: str) -> None:
    own = translate(f"def pixel(x, y):\n    {name} = x*2\n    return {name}")
    assert own == translate("def pixel(x, y):\n    a = x*2\n    return a")


def test_a_number_may_run_into_a_word() -> None:
    assert translate("pixel(x, y) = 1if x>0else 2") == translate("pixel(x, y) = 1 if x>0 else 2")


def test_a_name_of_ones_own_goes_before_ours() -> None:
    means_what_python_means("def pixel(x, y):\n    sin = x\n    pi = 2\n    return sin + pi")
    with pytest.raises(RenderError, match="'sin' is a value of its own"):
        translate("def pixel(x, y):\n    sin = x\n    return sin(y)")


def test_a_colour_and_a_number_are_computed_together() -> None:
    formula = translate("pixel(x, y) = mix((x, 0, 0), 1, 0.5) * 2")
    given = {"x": np.array([0.5]), "y": np.array([0.0])}
    assert [float(each[()].item()) for each in map(np.atleast_1d, evaluate(formula, given))] == [
        1.5,
        1.0,
        1.0,
    ]


@pytest.mark.parametrize(
    ("share", "mixed"), [(-1, 0), (0, 0), (0.25, 5), (0.5, 10), (0.75, 5), (1, 0), (9, 0)]
)
def test_a_mix_of_more_than_two_goes_through_them_all(share: float, mixed: float) -> None:
    formula = translate(f"pixel(x, y) = mix(0, 10, 0, {share!r} + 0*x)")
    (found,) = evaluate(formula, {"x": np.zeros(1), "y": np.zeros(1)})
    assert float(np.ravel(found)[0]) == pytest.approx(mixed)


def test_hsv_gives_the_pure_colours_at_thirds() -> None:
    for hue, colour in [(0, (1, 0, 0)), (1 / 3, (0, 1, 0)), (2 / 3, (0, 0, 1)), (1, (1, 0, 0))]:
        formula = translate(f"pixel(x, y) = hsv({hue!r} + 0*x, 1, 1)")
        found = evaluate(formula, {"x": np.zeros(1), "y": np.zeros(1)})
        assert [float(np.ravel(each)[0]) for each in found] == pytest.approx(colour, abs=1e-9)


def test_a_colour_is_full_where_nothing_else_is_said() -> None:
    assert translate("pixel(x, y) = hsv(x)") == translate("pixel(x, y) = hsv(x, 1, 1)")
    assert translate("pixel(x, y) = hsv(x, y)") == translate("pixel(x, y) = hsv(x, y, 1)")


def test_a_colour_that_is_not_opaque_lies_over_black() -> None:
    formula = translate("pixel(x, y) = hsv(0*x, 1, 0.8, 0.5)")
    red, green, blue = evaluate(formula, {"x": np.zeros(1), "y": np.zeros(1)})
    assert [float(np.ravel(each)[0]) for each in (red, green, blue)] == pytest.approx([0.4, 0, 0])


def test_what_comes_after_the_opacity_of_a_colour_is_left_out() -> None:
    five = translate("pixel(x, y) = hsv(x, 1, 0.8, 0.5, y)")
    assert five == translate("pixel(x, y) = hsv(x, 1, 0.8, 0.5)")


def test_what_is_done_twice_is_one_step_and_what_is_not_needed_none() -> None:
    assert translate("pixel(x, y) = sin(x*2) + sin(x*2)") == translate(
        "def pixel(x, y):\n    unused = cos(y)\n    a = sin(x*2)\n    return a + a"
    )


REFUSED = {
    "an import": ("import os", "an import"),
    "an import inside": ("def pixel(x, y):\n    import os\n    return x", "an import"),
    "a number of hundreds of digits": ("wave(t) = " + "9" * 400, "no finite value"),
    "open": ("wave(t) = open('/etc/passwd')", "'open' is no function"),
    "eval": ("wave(t) = eval('t')", "'eval' is no function"),
    "getattr": ("wave(t) = getattr(t, 'real')", "'getattr' is no function"),
    "a walk over __class__": (
        "def pixel(x, y):\n    return ().__class__.__bases__[0].__subclasses__()",
        "an attribute",
    ),
    "an attribute of a number": ("wave(t) = t.real", r"an attribute \(\.real\)"),
    "more of math": ("wave(t) = math.factorial(9)", "an attribute"),
    "a loop": ("def pixel(x, y):\n    for i in range(9): x += i\n    return x", "a loop"),
    "an endless loop": ("def pixel(x, y):\n    while True: pass", "a loop"),
    "a lambda": ("wave(t) = (lambda a: a(a))(lambda a: a(a))", "a lambda"),
    "a comprehension": ("wave(t) = sum(t for i in range(9**9))", "'sum' is no function"),
    "a list": ("def pixel(x, y):\n    return [x, y, x]", "a list"),
    "a comprehension alone": ("wave(t) = [t for t in t]", "a comprehension"),
    "a terabyte of text": ("wave(t) = 'a' * 10**12", "a string"),
    "a text": ("def pixel(x, y):\n    return 'red'", "a string"),
    "recursion": ("def pixel(x, y):\n    return pixel(x, y)", "'pixel' is no function"),
    "a second function": (
        "def pixel(x, y):\n    return x\ndef other(x):\n    return x",
        "a second function",
    ),
    "a function inside": (
        "def pixel(x, y):\n    def f(a): return a\n    return f(x)",
        "a second function",
    ),
    "a decorator": ("@open\ndef pixel(x, y):\n    return x", "a second function"),
    "a default": ("def pixel(x, y=open):\n    return x", "no plain names"),
    "a star": ("wave(t) = min(*t)", "a star"),
    "a walrus": ("wave(t) = (a := t) + a", ":="),
    "a name that has no value": ("def pixel(x, y):\n    return z", "'z' has no value"),
    "a value of one branch": (
        "def pixel(x, y):\n    if x > 0:\n        a = 1\n    return a",
        "'a' has no value",
    ),
    "a function that is not called": ("wave(t) = sin", "not called"),
    "too many values": ("wave(t) = sin(t, t)", "sin has 2 values"),
    "a named value": ("wave(t) = sin(x=t)", "sin has 1 values"),
    "a pair": ("def pixel(x, y):\n    return x, y", "a tuple of 2"),
    "a colour of colours": ("pixel(x, y) = (hsv(x, 1, 1), 0, 0)", "is a colour"),
    "a colour that is compared": ("pixel(x, y) = hsv(x, 1, 1) < 1", "is a colour"),
    "a sound of three": ("wave(t) = (t, t, t)", "cannot be a colour"),
    "no return": ("def pixel(x, y):\n    x = 1", "returns nothing"),
    "a return too few": ("def pixel(x, y):\n    if x > 0:\n        return 1", "without a return"),
    "an empty return": ("def pixel(x, y):\n    return", "return"),
    "None": ("def pixel(x, y):\n    return None", "None"),
    "a number too large": ("wave(t) = t * 10**13", "1e"),
    "an infinite number": ("wave(t) = 1e999", "no finite value"),
    "a constant division by zero": ("wave(t) = 1/0", "no finite value"),
    "a power of a power": ("pixel(x, y) = x**x**x", "a power in an exponent"),
    "a power too large": ("wave(t) = 10**(10**7)", "An exponent is 10000000"),
    "a power by a function": ("wave(t) = pow(10, 1000)", "An exponent is 1000"),
    "complex numbers": ("wave(t) = 1j*t", "1j"),
    "a shift": ("wave(t) = t << 9", "operator"),
    "a matrix product": ("wave(t) = t @ t", "operator"),
    "in": ("wave(t) = t in t", "`in` or `is`"),
    "no parameters": ("def pixel():\n    return 1", "takes 0 values"),
    "five parameters": ("f(a, b, c, d, e) = a", "takes 5 values"),
    "a name twice": ("def pixel(x, x):\n    return x", "two values of one name"),
    "no names": ("f(1, 2) = 3", "no list of names"),
    "a poem": ("the fog comes\non little cat feet", "does not begin"),
    "nothing": ("", "does not begin as a formula"),
    "a NUL": ("wave(t) = t\0", "does not parse"),
    "half a surrogate": ("wave(t) = t\ud800", "does not parse"),
    "a backslash": ("wave(t) = '\\d'", "a backslash"),
    "brackets without end": ("wave(t) = " + "(" * 900 + "t" + ")" * 900, "does not parse"),
    "signs without end": ("wave(t) = " + "-" * (LONGEST - 20) + "t", "nested"),
    "100,000 nodes": ("wave(t) = " + "+".join("t" * 50_000), "characters"),
    "as many nodes as fit": ("wave(t) = " + "+".join("t" * 990), "terms|nested"),
    "too many steps": (
        "def pixel(x, y):\n"
        + "".join(f"    x=sin(x*{n})+y\n" for n in range(95))
        + "    return hsv(x,x,x)",
        f"{MOST_STEPS} steps|terms",
    ),
}


@pytest.mark.timeout(2)
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_allowed_is_refused_with_its_name_and_a_remedy(name: str) -> None:
    text, said = REFUSED[name]
    with pytest.raises(RenderError, match=said) as refused:
        translate(text)
    assert refused.value.hint


EXPRESSIONS = st.recursive(
    st.sampled_from(["x", "y", "0.5", "2", "-1", "pi"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda e: f"({e[0]} {e[1]} {e[2]})"),
        st.tuples(st.sampled_from(["sin", "abs", "floor", "exp", "sqrt"]), inner).map(
            lambda e: f"{e[0]}({e[1]})"
        ),
        st.tuples(inner, inner, inner).map(lambda e: f"({e[0]} if {e[1]} > 0 else {e[2]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
            lambda e: f"{e[0]}({e[1]}, {e[2]})"
        ),
    ),
    max_leaves=12,
)


@given(EXPRESSIONS)
@example("min(x, sqrt(y))")
@example("max(x, sqrt(y))")
def test_any_expression_gives_the_same_numbers_both_ways(expression: str) -> None:
    try:
        formula = translate(f"pixel(x, y) = {expression}")
    except RenderError:
        reject()  # such as 1/0
    names = {"x": 0.3, "y": -0.7}
    (found,) = evaluate(formula, {name: np.array([value]) for name, value in names.items()})
    (stepped,) = by_steps(tape(formula), names)
    np.testing.assert_allclose(np.ravel(found)[0], stepped, rtol=1e-7)


@given(st.text(max_size=80))
def test_no_text_is_too_odd_for_an_error(text: str) -> None:
    for each in (text, f"wave(t) = {text}", f"def pixel(x, y):\n    return {text}"):
        with suppress(RenderError):
            assert translate(each).steps
