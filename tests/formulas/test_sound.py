"""A sound is limited in level and band, and what is no number is silence."""

from __future__ import annotations

import numpy as np
import pytest

from flourishing.errors import RenderError
from flourishing.formulas import sound
from flourishing.formulas.translation import translate


def played(text: str, seconds: float = 0.5) -> sound.Samples:
    return sound.play(translate(text), seconds)


def loudness(samples: sound.Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def strongest(samples: sound.Samples) -> float:
    """Give the frequency that is strongest, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum) * sound.RATE / len(samples))


def test_a_tone_is_heard_at_its_pitch_as_loud_as_it_is() -> None:
    samples = played("wave(t) = 0.4*sin(440*tau*t)")
    assert samples.dtype == np.float32
    assert len(samples) == sound.RATE / 2
    assert strongest(samples) == pytest.approx(440, abs=2)
    assert loudness(samples) == pytest.approx(0.4 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize(
    "text",
    [
        "wave(t) = 0.5",
        "wave(t) = t",
        "wave(t) = sin(tau*t)",
        "wave(t) = 0.5*sin(20000*tau*t)",
        "wave(t) = log(-1 - t)",
        "wave(t) = 1/floor(t/9)",
        "wave(t) = exp(1e6*t + 1e5)",
    ],
)
def test_what_nobody_hears_or_is_no_number_is_silence(text: str) -> None:
    # But for the click where a steady level begins and ends, far below a tone.
    assert loudness(played(text)) < 0.02


@pytest.mark.parametrize("text", ["wave(t) = 1e9*sin(440*tau*t)", "wave(t) = sign(sin(99*tau*t))"])
def test_nothing_is_too_loud(text: str) -> None:
    samples = played(text)
    assert np.abs(samples).max() <= sound.LOUDEST + 1e-6
    assert loudness(samples) > 0.3
    assert abs(float(samples.mean())) < 5e-3


def test_the_ends_are_faded() -> None:
    samples = played("wave(t) = 0.5*cos(440*tau*t)")
    assert samples[0] == 0
    assert abs(samples[-1]) < 0.01


def test_what_would_take_too_long_is_refused() -> None:
    formula = translate(f"wave(t) = {'+'.join(f'noise(t*{n}, {n}, t)' for n in range(1, 40))}")
    sound.require_sound(formula, 10)
    with pytest.raises(RenderError, match="too long") as refused:
        sound.require_sound(formula, 60)
    assert "seconds" in refused.value.hint
