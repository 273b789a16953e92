"""What a formula sounds like, made safe to listen to.

A formula gives the level at a time t, in seconds, from -1 to 1. What is no finite number is
silence. What is louder is limited softly; what nobody hears and what hurts (below 30 Hz, above
14 kHz) is taken out; the beginning and the end are faded; and no sample is above 0.8. A quiet sound
stays quiet.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from flourishing.errors import RenderError
from flourishing.formulas.arrays import evaluate
from flourishing.formulas.pixels import MOST_WORK
from flourishing.formulas.steps import Formula

Samples: TypeAlias = NDArray[np.float32]
"""The levels of a sound, one after the other, from -1 to 1."""

RATE: Final = 44_100
"""Samples a second."""
LOUDEST: Final = 0.8
"""The highest level of a sample, out of 1."""
_LOUDEST_GIVEN: Final = 8.0
_BAND: Final = (20.0, 40.0, 12_000.0, 16_000.0)
"""Hertz: up to where nothing is left, from where all is left, up to where, and where nothing is."""
_FADE: Final = 0.01
"""Seconds of the fade at either end."""
_PIECE: Final = 2**15
"""Samples that are computed at once."""


def require_sound(formula: Formula, seconds: float) -> None:
    """Refuse a sound that is too long, or would take too long to compute.

    Args:
        formula: The formula of a sound.
        seconds: How long it lasts.

    Raises:
        RenderError: It is or would.
    """
    if formula.cost * seconds * RATE > MOST_WORK:
        most = int(MOST_WORK / formula.cost / RATE)
        raise RenderError(
            f"It would take too long: one sample takes {formula.cost:,.0f} additions.",
            hint=f"Ask for at most {most} seconds, or take some of its terms out.",
        )


def play(formula: Formula, seconds: float) -> Samples:
    """Compute a sound, made safe to listen to.

    Args:
        formula: The formula of a sound.
        seconds: How long it lasts, up to 60.
    """
    level = np.empty(max(1, round(seconds * RATE)))
    for begin in range(0, len(level), _PIECE):
        end = min(len(level), begin + _PIECE)
        (piece,) = evaluate(formula, {"t": np.arange(begin, end) / RATE})
        level[begin:end] = piece
    level[~np.isfinite(level)] = 0
    return make_safe(level)


def make_safe(level: NDArray[np.float64]) -> Samples:
    """Limit a sound in level and band, and fade both ends.

    Args:
        level: Its levels, all finite; they are changed.
    """
    np.clip(level, -_LOUDEST_GIVEN, _LOUDEST_GIVEN, out=level)
    soft = np.where(np.abs(level) > 0.5, np.sign(level) * _limited(np.abs(level)), level)
    # With silence behind it, since the filter joins the end to the beginning.
    padded = _fast_length(len(soft) + RATE // 10)
    filtered = np.fft.irfft(np.fft.rfft(soft, padded) * _response(padded), padded)[: len(soft)]
    fade = min(len(filtered) // 2, round(_FADE * RATE))
    ramp = np.linspace(0, 1, fade, endpoint=False)
    filtered[:fade] *= ramp
    filtered[len(filtered) - fade :] *= ramp[::-1]
    highest = np.max(np.abs(filtered), initial=0.0)
    if highest > LOUDEST:
        filtered *= LOUDEST / highest
    return filtered.astype(np.float32)


def _fast_length(least: int) -> int:
    """Give a length whose only factors are 2 and perhaps one 3, which are transformed fast."""
    power = 1 << (least - 1).bit_length()
    return power * 3 // 4 if power * 3 // 4 >= least else power


def _limited(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bend levels above a half, so that none reaches 1."""
    return 0.5 + 0.5 * np.tanh(2 * (level - 0.5))


def _response(length: int) -> NDArray[np.float64]:
    """Give how much of each frequency is left, with slopes of half a cosine."""
    frequency = np.fft.rfftfreq(length, 1 / RATE)
    nothing, low, high, end = _BAND
    rising = np.clip((frequency - nothing) / (low - nothing), 0, 1)
    falling = np.clip((end - frequency) / (end - high), 0, 1)
    slopes: list[NDArray[np.float64]] = [
        0.5 - 0.5 * np.cos(np.pi * each) for each in (rising, falling)
    ]
    return slopes[0] * slopes[1]
