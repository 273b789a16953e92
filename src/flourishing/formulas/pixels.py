"""What a formula looks like: pixels of a picture, or of a moment of an animation.

x runs from -1 on the left to 1 on the right, and y from -1 at the bottom to 1 at the top. A number
is a brightness from 0, black, to 1, white; a colour has three such numbers. What is outside is
taken to the nearest end, and what is no finite number has a colour of its own.

In a grid of dots, x and y run from 0 to 15, y from the top down, and i counts the dots. The level
of a dot, from -1 to 1, is its size; its sign is its colour. A dot that is given a colour has it,
and is as large as the colour is bright.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from flourishing.errors import RenderError
from flourishing.formulas.arrays import Floats, evaluate
from flourishing.formulas.palette import (
    BACKGROUND,
    DOT_SIZE,
    DOTS,
    NEGATIVE,
    NO_NUMBER,
    POSITIVE,
    Colour,
)
from flourishing.formulas.steps import Formula

Pixels: TypeAlias = NDArray[np.uint8]
"""Rows from the top, columns from the left, and red, green and blue."""

MOST_WORK: Final = 1e10
"""Additions; what one picture, animation or sound may take, some seconds of one processor."""
_BAND: Final = 2**15
"""Points that are computed at once, so that all that is computed of them stays in the cache."""
_ALONE: Final = 2**18
"""Pixels; a smaller picture is computed by one thread."""
_THREADS: Final = min(4, os.cpu_count() or 1)


def require_work(formula: Formula, size: int, frames: int = 1) -> None:
    """Refuse what would take too long.

    Args:
        formula: The formula.
        size: The side of a picture, in pixels.
        frames: How many pictures, by default 1.

    Raises:
        RenderError: It would; the hint has the largest size that would not.
    """
    if formula.form == "dots":
        return
    if formula.cost * size * size * frames > MOST_WORK:
        most = math.isqrt(int(MOST_WORK / formula.cost / frames))
        raise RenderError(
            f"It would take too long at {size:,} pixels: one pixel takes {formula.cost:,.0f} "
            "additions.",
            hint=f"Give a size of at most {most:,}, or take some of its terms out.",
        )


def draw(formula: Formula, size: int, time: float = 0.0) -> Pixels:
    """Draw a picture, or a moment of an animation.

    Args:
        formula: The formula; not that of a sound.
        size: Its side, in pixels, from 1 to 4,096.
        time: The moment, in seconds, by default 0.
    """
    if formula.form == "dots":
        return _draw_dots(levels(formula, time), size)
    pixels = np.empty((size, size, 3), np.uint8)
    height = max(1, _BAND // size)
    tops = range(0, size, height)
    band = partial(_draw_band, formula, pixels, height, np.float32(time))
    if size * size < _ALONE or _THREADS == 1:
        for top in tops:
            band(top)
        return pixels
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="flourishing-pixels") as threads:
        for _ in threads.map(band, tops):
            pass
    return pixels


def values(formula: Formula, size: int, time: float = 0.0) -> tuple[Floats, ...]:
    """Give what a formula gives for the pixels of a picture, before it is made a colour of.

    Args:
        formula: The formula; not that of a sound.
        size: The side of the picture, in pixels.
        time: The moment, in seconds, by default 0.

    Returns:
        One array of rows from the top, or three.
    """
    if formula.form == "dots":
        return levels(formula, time)
    shape = (size, size)
    return tuple(
        np.broadcast_to(each, shape) for each in _evaluate(formula, size, 0, size, np.float32(time))
    )


def levels(formula: Formula, time: float) -> tuple[Floats, ...]:
    """Give the levels of a grid of dots, or the three channels of their colours.

    Args:
        formula: The formula of dots.
        time: The moment, in seconds.

    Returns:
        Arrays of 16 rows from the top.
    """
    line = np.arange(DOTS, dtype=np.float32)
    x, y = line[None, :], line[:, None]
    given: dict[str, Floats] = {"t": np.float32(time) * np.ones((1, 1), np.float32)}
    found = evaluate(formula, {**given, "i": y * DOTS + x, "x": x, "y": y})
    return tuple(np.broadcast_to(each, (DOTS, DOTS)) for each in found)


def _draw_band(formula: Formula, pixels: Pixels, height: int, time: Any, top: int) -> None:
    size = pixels.shape[0]
    band = pixels[top : top + height]
    channels = _evaluate(formula, size, top, top + band.shape[0], time)
    no_number: Any = False
    for place in range(3):
        if place < len(channels):
            channel = channels[place]
            wrong = ~np.isfinite(channel)
            if wrong.any():
                no_number = no_number | wrong
                channel = np.where(wrong, np.float32(0), channel)
            shown = np.clip(channel, 0, 1) * np.float32(255) + np.float32(0.5)
        band[..., place] = shown
    if np.any(no_number):
        band[np.broadcast_to(no_number, band.shape[:2])] = _bytes(NO_NUMBER)


def _evaluate(formula: Formula, size: int, top: int, bottom: int, time: Any) -> tuple[Floats, ...]:
    """Compute rows of a picture; the centre of a pixel is where it is computed."""
    columns = np.arange(size, dtype=np.float32)[None, :]
    rows = np.arange(top, bottom, dtype=np.float32)[:, None]
    scale = np.float32(1 / size)
    x = (columns * 2 + 1 - size) * scale
    y = (size - 1 - rows * 2) * scale
    return evaluate(formula, {"x": x, "y": y, "t": np.full((1, 1), time, np.float32)})


def _draw_dots(given: tuple[Floats, ...], size: int) -> Pixels:
    """Draw the dots of a grid, with edges one pixel wide."""
    cell, away = _cells(size)
    parts = np.stack(given, axis=-1)
    wrong = ~np.isfinite(parts).all(axis=-1)
    if len(given) == 1:
        level = parts[..., 0]
        ink = np.where((level < 0)[..., None], _floats(NEGATIVE), _floats(POSITIVE))
    else:
        ink = np.clip(parts, 0, 1)
        level = ink.max(axis=-1)
    ink[wrong] = NO_NUMBER
    radius = np.where(wrong, 1, np.minimum(np.abs(np.where(wrong, 0, level)), 1)) * DOT_SIZE
    radius = radius.astype(np.float32)
    place = np.ix_(cell, cell)
    cover = np.clip((radius[place] - away) * (size / DOTS) + 0.5, 0, 1)
    cover *= radius[place] >= 0.001
    ground = _floats(BACKGROUND)
    shown = ground + (ink[place] - ground) * cover[..., None]
    return (shown * 255 + 0.5).astype(np.uint8)


@lru_cache(maxsize=4)
def _cells(size: int) -> tuple[NDArray[np.intp], Floats]:
    """Give the cell of each row or column, and how far pixels are from the middle of theirs."""
    at = (np.arange(size, dtype=np.float32) + 0.5) * np.float32(DOTS / size)
    cell = np.minimum(at.astype(np.intp), DOTS - 1)
    offset = at - cell - np.float32(0.5)
    return cell, np.hypot(offset[None, :], offset[:, None])


def _bytes(colour: Colour) -> Pixels:
    return (_floats(colour) * 255 + 0.5).astype(np.uint8)


def _floats(colour: Colour) -> NDArray[np.float32]:
    return np.array(colour, np.float32)
