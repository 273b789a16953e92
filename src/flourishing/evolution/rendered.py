"""What can be measured of pictures, animations and sounds, each drawn or played in a small form.

A picture is looked at with 48 pixels a side, an animation at four moments, and a sound is listened
to for two seconds: enough to tell them apart, and a few milliseconds each.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_SIDE: Final = 48
"""Pixels."""
_MOMENTS: Final = (0.4, 1.1, 2.3, 3.7)
"""Seconds; when an animation is looked at."""
_STEP: Final = 0.1
"""Seconds between two pictures that are compared."""
_HEARD: Final = 2.0
"""Seconds; how long is listened to a sound."""
_WINDOW: Final = 1024
"""Samples of one window, a fortieth of a second."""
_SUDDEN: Final = 1.5
"""So many times louder than the quarter of a second before is a beat."""


def colourfulness(text: str) -> float:
    """Give how colourful a picture is, in points: 0 is grey, and 109 extremely colourful.

    Args:
        text: The text of a formula, a program or a drawing.

    Raises:
        RenderError: It cannot be drawn.
    """
    import numpy as np  # here and below, since importing us must not load it

    red, green, blue = np.moveaxis(_frames(text)[0].astype(np.float64), -1, 0)
    across, along = red - green, (red + green) / 2 - blue
    spread = np.hypot(across.std(), along.std())
    middle = np.hypot(across.mean(), along.mean())
    return float(spread + 0.3 * middle)


def symmetry(text: str) -> float:
    """Give how like a picture is to its mirror image, from 0 to 1.

    It is one minus the mean difference of a pixel from its mirror image, in parts of the mean
    difference of any two pixels. The better of the two mirrors counts.

    Args:
        text: The text of a formula, a program or a drawing.

    Raises:
        RenderError: It cannot be drawn.
    """
    import numpy as np

    grey = _frames(text)[0].mean(axis=2)
    ordered = np.sort(grey.ravel())
    many = len(ordered)
    # The mean difference of all pairs, from the order alone.
    apart = 2 * (ordered * (2 * np.arange(many) - many + 1)).sum() / many**2
    if apart == 0:
        return 1.0
    differences = [np.abs(grey - mirrored).mean() for mirrored in (grey[:, ::-1], grey[::-1])]
    return float(np.clip(1 - min(differences) / apart, 0, 1))


def complexity(text: str) -> float:
    """Give the share of the bytes of a picture that DEFLATE leaves, from 0 to 1.

    Args:
        text: The text of a formula, a program or a drawing.

    Raises:
        RenderError: It cannot be drawn.
    """
    raw = _frames(text)[0].tobytes()
    return min(1.0, len(zlib.compress(raw, 6)) / len(raw))


def motion(text: str) -> float:
    """Give how much of an animation changes within a tenth of a second, from 0 to 1.

    Args:
        text: The text of a formula, a program or a drawing.

    Raises:
        RenderError: It cannot be drawn.
    """
    import numpy as np

    frames = [frame.astype(np.float64) for frame in _frames(text)]
    pairs = zip(frames[::2], frames[1::2], strict=True)
    return float(np.mean([np.abs(one - other).mean() / 255 for one, other in pairs]))


def brightness(text: str) -> float:
    """Give the frequency around which the power of a sound lies, in hertz.

    Args:
        text: The text of a formula.

    Raises:
        RenderError: It cannot be played.
    """
    import numpy as np

    from flourishing.formulas import sound

    samples = _samples(text)
    power = np.square(np.abs(np.fft.rfft(samples)))
    if not power.sum():
        return 0.0
    frequencies = np.fft.rfftfreq(len(samples), 1 / sound.RATE)
    return float((frequencies * power).sum() / power.sum())


def rhythm(text: str) -> float:
    """Give how often a second a sound becomes suddenly louder.

    Args:
        text: The text of a formula.

    Raises:
        RenderError: It cannot be played.
    """
    import numpy as np

    samples = _samples(text)
    windows = samples[: len(samples) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    loud = np.sqrt(np.square(windows).mean(axis=1))
    floor = 0.02 * max(float(loud.max(initial=0.0)), 1e-9)
    beats, last = 0, -10
    for at in range(1, len(loud)):
        before = loud[max(0, at - 10) : at].mean()
        if loud[at] > _SUDDEN * before + floor and at - last > 3:
            beats, last = beats + 1, at
    return beats / _HEARD


def loudness(text: str) -> float:
    """Give how loud a sound is, from 0 to 1.

    Args:
        text: The text of a formula.

    Raises:
        RenderError: It cannot be played.
    """
    import numpy as np

    return float(min(1.0, np.sqrt(np.square(_samples(text)).mean())))


@lru_cache(maxsize=64)
def _frames(text: str) -> list[NDArray[np.uint8]]:
    """Draw a picture; of an animation, pairs of pictures a tenth of a second apart."""
    import numpy as np

    from flourishing.app.render import render
    from flourishing.errors import RenderError
    from flourishing.formulas import pixels, rendering
    from flourishing.kinds import medium_of

    if medium_of(text) in {"program", "drawing"}:
        return [np.asarray(render(text, size=_SIDE).image.convert("RGB"))]
    its = rendering.render(text)
    if its.medium == "sound":
        raise RenderError("It is a sound, and no picture.", hint="Measure it as a sound.")
    if its.medium == "image":
        return [pixels.draw(its.formula, _SIDE)]
    moments = [moment + later for moment in _MOMENTS for later in (0.0, _STEP)]
    return [pixels.draw(its.formula, _SIDE, moment) for moment in moments]


@lru_cache(maxsize=16)
def _samples(text: str) -> Floats:
    import numpy as np

    from flourishing.formulas import rendering

    its = rendering.render(text, medium="sound", seconds=_HEARD)
    return its.samples.astype(np.float64)
