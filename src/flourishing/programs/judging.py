"""What is wrong with a program as a picture or a melody, and which two are the same.

It is run and drawn once, in a small form, and looked at as formulas are.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from flourishing.errors import FlourishingError, OverloadedError, RenderError
from flourishing.formulas import judging
from flourishing.formulas.encoding import Rendering
from flourishing.formulas.judging import HEARD, SIDE, Impression
from flourishing.programs import melody, raster
from flourishing.programs.rendering import SceneRendering, render_program
from flourishing.programs.svg import svg

_MOMENTS = 4
"""Frames of an animation that are looked at."""


def problem(text: str) -> str:
    """Say what is wrong with a text as a program.

    Args:
        text: The text.

    Returns:
        What is wrong, as the end of a sentence that begins with the text; "" for nothing.
    """
    found = _impression(text)
    return found if isinstance(found, str) else found.problem


def likeness(text: str, other: str) -> float:
    """Say how like two texts look or sound.

    Args:
        text: The one text.
        other: The other.

    Returns:
        From 0 to 1, which is the same; 0 where one of them cannot be rendered.
    """
    return judging.alike(_impression(text), _impression(other))


def key(text: str) -> tuple[str, ...]:
    """Give what makes two texts the same: what they look or sound like.

    Args:
        text: The text.
    """
    return judging.digest(_impression(text), text)


def _impression(text: str) -> Impression | str:
    """Look at a text, or say why it cannot be rendered."""
    try:
        return _rendered(text)
    except OverloadedError as error:  # which is not kept: it says nothing of the text
        return _as_end(error)


@lru_cache(maxsize=512)
def _rendered(text: str) -> Impression | str:
    try:
        return _look(render_program(text, size=SIDE))
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
