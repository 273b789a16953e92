"""A text is rendered by what it is, or as the kind that is named."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import flourishing as fl

PICTURE = "def pixel(x, y):\n    return x*y"


def test_a_text_is_rendered_by_what_it_is(tmp_path: Path) -> None:
    rendering = fl.render(fl.Text(PICTURE), size=16)
    assert rendering.medium == "image"
    assert rendering.save(tmp_path / "a.png").read_bytes() == rendering.data
    assert fl.render("wave(t) = sin(440*tau*t)").medium == "sound"


def test_the_kind_says_what_it_should_be() -> None:
    assert fl.render(PICTURE, kind="picture").medium == "image"
    assert fl.render("f(t, i, x, y) = sin(t)", kind=fl.kind("animation")).medium == "animation"
    with pytest.raises(fl.RenderError, match="a picture, not a sound"):
        fl.render(PICTURE, kind="sound")


def test_a_kind_of_words_cannot_be_rendered() -> None:
    with pytest.raises(fl.RenderError, match="'poem' cannot be rendered") as refused:
        fl.render(PICTURE, kind="poem")
    assert "picture" in refused.value.hint
    with pytest.raises(fl.InputError, match="no kind"):
        fl.render(PICTURE, kind="film")
    with pytest.raises(fl.InputError, match="no text"):
        fl.render(3)  # type: ignore[arg-type]


def test_asynchronous_code_renders_beside_other_things() -> None:
    rendering = asyncio.run(fl.aio.render(PICTURE, size=16))
    assert rendering.data.startswith(b"\x89PNG")
