"""A formula is judged by what is seen or heard of it, not by its words."""

from __future__ import annotations

import pytest

from flourishing.core.flaws import LOOKS_NEAR
from flourishing.formulas.forms import RenderedMedium
from flourishing.formulas.judging import key, likeness, problem

GOOD: dict[RenderedMedium, str] = {
    "image": "def pixel(x, y):\n    return 0.5 + 0.5*sin(9*x)*cos(7*y)",
    "animation": "f(t, i, x, y) = sin(t + x/3)",
    "sound": "wave(t) = 0.5*sin(440*tau*t)*exp(-2*t)",
}


@pytest.mark.parametrize("medium", GOOD)
def test_nothing_is_wrong_with_what_can_be_seen_or_heard(medium: RenderedMedium) -> None:
    assert problem(GOOD[medium], medium) == ""


@pytest.mark.parametrize(
    ("text", "medium", "said"),
    [
        ("the fog comes", "image", "does not begin"),
        ("pixel(x, y) = [x]", "image", "a list"),
        (GOOD["sound"], "image", "it is a sound, not a picture"),
        ("pixel(x, y) = 0.5", "image", "the same everywhere"),
        ("pixel(x, y) = 5 + x", "image", "the same everywhere"),
        ("pixel(x, y) = hypot(x - 1, y - 1) < 0.1", "image", "100% of it has one colour"),
        ("pixel(x, y) = log(-1 - x*x)", "image", "no finite number anywhere"),
        ("pixel(x, y) = sqrt(x - 0.3)", "image", "has no finite number"),
        ("pixel(x, y, t) = x", "animation", "does not move"),
        ("pixel(x, y, t) = sin(t)", "animation", "the same everywhere"),
        ("f(t, i, x, y) = 0", "animation", "the same everywhere"),
        ("wave(t) = 0", "sound", "nothing of it can be heard"),
        ("wave(t) = sin(t)", "sound", "nothing of it can be heard"),
        ("wave(t) = log(-1 - t)", "sound", "no finite number anywhere"),
    ],
)
def test_what_is_wrong_is_said_in_words(text: str, medium: RenderedMedium, said: str) -> None:
    assert said in problem(text, medium)


def test_what_is_too_slow_is_said_without_trying() -> None:
    terms = "+".join(f"noise(x*{n}, y, x)" for n in range(1, 12))
    assert "too slow" in problem(f"pixel(x, y) = {terms}", "image")


@pytest.mark.parametrize(
    ("text", "same", "medium"),
    [
        ("pixel(x, y) = sin(9*x)", "def pixel(a, b):\n    c = a*9\n    return sin(c)", "image"),
        ("pixel(x, y, t) = sin(x + t)", "pixel(x, y, t) = sin(t + x)", "animation"),
        ("wave(t) = 0.5*sin(tau*440*t)", "wave(t) = sin(880*pi*t)/2", "sound"),
    ],
)
def test_what_looks_or_sounds_the_same_has_one_key(
    text: str, same: str, medium: RenderedMedium
) -> None:
    assert key(text, medium) == key(same, medium)
    assert likeness(text, same, medium) > 0.999


@pytest.mark.parametrize(
    ("text", "near", "far", "medium"),
    [
        ("pixel(x, y) = sin(9*x)", "pixel(x, y) = sin(9.02*x)", "pixel(x, y) = sin(7*x)", "image"),
        (
            "wave(t) = sin(440*tau*t)*exp(-2*t)",
            "wave(t) = sin(440*tau*t)*exp(-2.05*t)",
            "wave(t) = sin(660*tau*t)*exp(-2*t)",
            "sound",
        ),
    ],
)
def test_one_sign_may_make_another_picture_or_hardly_change_it(
    text: str, near: str, far: str, medium: RenderedMedium
) -> None:
    assert LOOKS_NEAR < likeness(text, near, medium) < 1
    assert likeness(text, far, medium) < LOOKS_NEAR
    assert key(text, medium) != key(far, medium)


def test_what_cannot_be_rendered_is_like_nothing_and_has_its_lines_for_a_key() -> None:
    assert likeness("a poem", "a poem", "image") == 0
    assert key(" a\nb ", "image") == ("a", "b")
