"""What is wrong with a program or a drawing as a picture or a melody, and which two are the same.

It is run and drawn once, in a small form, and looked at as formulas are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np

from flourishing.errors import FlourishingError, OverloadedError, RenderError
from flourishing.formulas import judging
from flourishing.formulas.encoding import Rendering
from flourishing.formulas.judging import HEARD, SIDE, Impression
from flourishing.programs import melody, raster
from flourishing.programs.rendering import SceneRendering, render_drawing, render_program
from flourishing.programs.svg import svg

RunMedium: TypeAlias = Literal["program", "drawing"]
"""In which of the two languages a text is."""

_MOMENTS = 4
"""Frames of an animation that are looked at."""


def problem(text: str, medium: RunMedium) -> str:
    """Say what is wrong with a text as a program or a drawing.

    Args:
        text: The text.
        medium: What it should be.

    Returns:
        What is wrong, as the end of a sentence that begins with the text; "" for nothing.
    """
    found = _impression(text, medium)
    return found if isinstance(found, str) else found.problem


def likeness(text: str, other: str, medium: RunMedium) -> float:
    """Say how like two texts look or sound.

    Args:
        text: The one text.
        other: The other.
        medium: What they should be.

    Returns:
        From 0 to 1, which is the same; 0 where one of them cannot be rendered.
    """
    return judging.alike(_impression(text, medium), _impression(other, medium))


def key(text: str, medium: RunMedium) -> tuple[str, ...]:
    """Give what makes two texts the same: what they look or sound like.

    Args:
        text: The text.
        medium: What it should be.
    """
    return judging.digest(_impression(text, medium), text)


def _impression(text: str, medium: RunMedium) -> Impression | str:
    """Look at a text, or say why it cannot be rendered."""
    try:
        return _rendered(text, medium)
    except OverloadedError as error:  # which is not kept: it says nothing of the text
        return _as_end(error)


@lru_cache(maxsize=512)
def _rendered(text: str, medium: RunMedium) -> Impression | str:
    try:
        render = render_program if medium == "program" else render_drawing
        return _look(render(text, size=SIDE))
    except RenderError as error:
        return _as_end(error)


def _as_end(error: FlourishingError) -> str:
    words = str(error).rstrip(".")
    return words[:1].lower() + words[1:]


def _look(its: Rendering) -> Impression:
    if not isinstance(its, SceneRendering):
        drawn = [np.asarray(its.image)]
    elif its.scene.notes:
        return judging.heard(melody.play(its.scene.notes, HEARD))
    else:
        there = len(its.scene.frames)
        numbers = dict.fromkeys(at * there // _MOMENTS for at in range(_MOMENTS))
        drawn = [raster.pixels(svg(its.scene, number), SIDE) for number in numbers]
    return judging.seen(np.stack(drawn).astype(np.float32) / np.float32(255))
