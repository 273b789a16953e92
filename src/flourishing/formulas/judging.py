"""What is wrong with a formula as a picture or a sound, and which two look or sound the same.

Each is drawn or played in a small form, and that is looked at: words say little, since `x*2` and
`2*x` differ in them and `sin(9*x)` and `sin(2*x)` hardly do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flourishing.errors import RenderError
from flourishing.formulas import pixels, sound
from flourishing.formulas.forms import MEDIA, RenderedMedium
from flourishing.formulas.rendering import render
from flourishing.formulas.steps import Formula

SIDE: Final = 48
"""Pixels; the side of what is looked at."""
_MOMENTS: Final = (0.4, 1.1, 2.3, 3.7)
"""Seconds; when an animation is looked at."""
HEARD: Final = 2.0
"""Seconds; how long is listened to a sound."""
_MOST_COST: Final = 1_500
"""Additions for one point; what costs more is no fun to see move."""
_FLAT: Final = 0.02
"""The least standard deviation of the pixels of a picture, black being 0 and white 1."""
_BLANK: Final = 0.985
"""The largest share of the pixels that may have one colour."""
_STILL: Final = 0.004
"""The least mean difference between two moments of an animation."""
_SILENT: Final = 0.01
"""The least loudness of a sound, as the root of the mean square."""
_NO_NUMBERS: Final = 0.5
"""The largest share of points without a finite number."""
_BANDS: Final = np.geomspace(40, 12_000, 25)
"""Hertz; the edges of the bands in which sounds are compared."""
_WINDOWS: Final = 32
"""In so many pieces a sound is compared."""


@dataclass(frozen=True, slots=True)
class Impression:
    """What a formula looks or sounds like, small.

    Attributes:
        features: Numbers from 0 to 1; two that look the same have the same.
        problem: What is wrong with it, in words; "" for nothing.
    """

    features: NDArray[np.float32]
    problem: str


def problem(text: str, medium: RenderedMedium) -> str:
    """Say what is wrong with a text as a picture, an animation or a sound.

    Args:
        text: The text.
        medium: What it should be.

    Returns:
        What is wrong, as the end of a sentence that begins with the text; "" for nothing.
    """
    found = _impression(text, medium)
    return found if isinstance(found, str) else found.problem


def likeness(text: str, other: str, medium: RenderedMedium) -> float:
    """Say how like two texts look or sound.

    Args:
        text: The one text.
        other: The other.
        medium: What they should be.

    Returns:
        From 0 to 1, which is the same; 0 where one of them cannot be rendered.
    """
    return alike(_impression(text, medium), _impression(other, medium))


def key(text: str, medium: RenderedMedium) -> tuple[str, ...]:
    """Give what makes two texts the same: what they look or sound like.

    Args:
        text: The text.
        medium: What it should be.

    Returns:
        A digest of what it looks like; the lines of one that cannot be rendered.
    """
    return digest(_impression(text, medium), text)


def alike(first: Impression | str, second: Impression | str) -> float:
    """Say how like two impressions are.

    Args:
        first: The one, or why there is none.
        second: The other, or why there is none.

    Returns:
        From 0 to 1, which is the same; 0 where there is none of one.
    """
    if isinstance(first, str) or isinstance(second, str):
        return 0.0
    if first.features.shape != second.features.shape:
        return 0.0
    return float(1 - np.abs(first.features - second.features).mean())


def digest(found: Impression | str, text: str) -> tuple[str, ...]:
    """Give what two texts share that look or sound the same.

    Args:
        found: The impression of the text, or why there is none.
        text: The text, whose lines stand for it where there is none.
    """
    if isinstance(found, str):
        return tuple(line.rstrip() for line in text.strip().splitlines())
    coarse = np.round(found.features * 63).astype(np.uint8)
    return (blake2b(coarse.tobytes(), digest_size=16).hexdigest(),)


@lru_cache(maxsize=512)
def _impression(text: str, medium: RenderedMedium) -> Impression | str:
    """Look at a text, or say why it cannot be rendered."""
    try:
        formula = render(text, medium=medium).formula
    except RenderError as error:
        words = str(error).rstrip(".")
        return words[:1].lower() + words[1:]
    if formula.cost > _MOST_COST:
        return f"it is too slow: one point takes {formula.cost:,.0f} additions"
    return _heard(formula) if MEDIA[formula.form] == "sound" else _seen(formula)


def _seen(formula: Formula) -> Impression:
    moves = MEDIA[formula.form] == "animation"
    moments = _MOMENTS if moves else (0.0,)
    drawn = np.stack([pixels.draw(formula, SIDE, at) for at in moments])
    shown = drawn.astype(np.float32) / np.float32(255)
    return seen(shown, _unfinite(formula, moments))


def seen(shown: NDArray[np.float32], problem: str = "") -> Impression:
    """Look at pictures.

    Args:
        shown: The pictures of 48 pixels a side, with red, green and blue from 0 to 1; one of a
            still, and several moments of an animation.
        problem: What is wrong with them already; "" for nothing.
    """
    problem = problem or _flat(shown)
    if not problem and len(shown) > 1 and not _moves(shown):
        problem = "it does not move"
    small = shown.reshape(len(shown), SIDE // 2, 2, SIDE // 2, 2, 3).mean(axis=(2, 4))
    return Impression(small.astype(np.float32), problem)


def _unfinite(formula: Formula, moments: tuple[float, ...]) -> str:
    """Say how much of a picture has no finite number, where that is too much."""
    shares: list[float] = []
    for at in moments:
        wrong: Any = False
        for channel in pixels.values(formula, SIDE, at):
            wrong = wrong | ~np.isfinite(channel)
        shares.append(float(np.mean(wrong)))
    if min(shares) == 1:
        return "it gives no finite number anywhere"
    if max(shares) > _NO_NUMBERS:
        return f"{max(shares):.0%} of it has no finite number"
    return ""


def _flat(shown: NDArray[np.float32]) -> str:
    if max(float(frame.std(axis=(0, 1)).max()) for frame in shown) < _FLAT:
        return "it is the same everywhere"
    shares = []
    for frame in shown:
        _, counts = np.unique(np.round(frame.reshape(-1, 3) * 40), axis=0, return_counts=True)
        shares.append(counts.max() / counts.sum())
    return f"{min(shares):.0%} of it has one colour" if min(shares) > _BLANK else ""


def _moves(shown: NDArray[np.float32]) -> bool:
    return max(float(np.abs(frame - shown[0]).mean()) for frame in shown[1:]) > _STILL


def _heard(formula: Formula) -> Impression:
    found = heard(sound.play(formula, HEARD))
    if found.problem and not np.isfinite(_levels(formula)).any():
        return Impression(found.features, "it gives no finite number anywhere")
    return found


def heard(samples: sound.Samples) -> Impression:
    """Listen to the beginning of a sound.

    Args:
        samples: Its first two seconds.
    """
    loudness = float(np.sqrt(np.mean(np.square(samples))))
    problem = "nothing of it can be heard" if loudness < _SILENT else ""
    windows = samples[: len(samples) // _WINDOWS * _WINDOWS].reshape(_WINDOWS, -1)
    power = np.square(np.abs(np.fft.rfft(windows, axis=1)))
    edges = np.searchsorted(np.fft.rfftfreq(windows.shape[1], 1 / sound.RATE), _BANDS)
    bands = [power[:, low : max(low + 1, high)].mean(axis=1) for low, high in pairwise(edges)]
    decibels = 10 * np.log10(np.stack(bands, axis=1) + 1e-6)
    return Impression(np.clip((decibels + 60) / 120, 0, 1).astype(np.float32), problem)


def _levels(formula: Formula) -> NDArray[Any]:
    from flourishing.formulas.arrays import evaluate

    (levels,) = evaluate(formula, {"t": np.arange(0, HEARD, 0.01)})
    return np.asarray(levels)
