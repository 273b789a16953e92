"""A formula as something to look at or to listen to, and as a file.

What it costs is known before it is computed, so what would take too long is refused at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flourishing.errors import RenderError
from flourishing.formulas import pixels, sound
from flourishing.formulas.encoding import Rendering, frame_count, require_room, size_and_seconds
from flourishing.formulas.forms import FRAMES, MEDIA, NAMES, RenderedMedium
from flourishing.formulas.glsl import shader
from flourishing.formulas.steps import INPUTS, Formula
from flourishing.formulas.tape import tape
from flourishing.formulas.translation import translate

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class FormulaRendering(Rendering):
    """A formula as a picture, an animation or a sound.

    Attributes:
        formula: The text, translated.
    """

    formula: Formula

    @property
    def medium(self) -> RenderedMedium:
        """What it is: "image", "animation" or "sound"."""
        return MEDIA[self.formula.form]

    @cached_property
    def image(self) -> Image:
        """The picture, or the middle of an animation, as an image of Pillow.

        Raises:
            RenderError: It is a sound.
        """
        from PIL import Image  # here, since most of the program needs no images

        if self.medium == "sound":
            raise RenderError("A sound has no image.", hint="Save it as .wav, and listen.")
        moment = self.seconds / 2 if self.medium == "animation" else 0.0
        return Image.fromarray(pixels.draw(self.formula, self.size, moment))

    @property
    def frames(self) -> Iterator[pixels.Pixels]:
        """The pictures of an animation, 25 a second.

        Raises:
            RenderError: They are too large, or would take too long.
        """
        count = frame_count(self.seconds)
        require_room(self.size, count)
        pixels.require_work(self.formula, self.size, count)
        return (pixels.draw(self.formula, self.size, at / FRAMES) for at in range(count))

    @property
    def samples(self) -> sound.Samples:
        """The samples of a sound, 44,100 a second, from -1 to 1."""
        return sound.play(self.formula, self.seconds)

    def words(self, form: str) -> str:
        """Give it as a shader or as a tape.

        Args:
            form: "glsl" or "json".
        """
        return shader(self.formula) if form == "glsl" else json.dumps(tape(self.formula))

    @property
    def has_sharp_edges(self) -> bool:
        """Whether it is made of dots."""
        return self.formula.form == "dots"


def render(
    text: str,
    *,
    medium: RenderedMedium | None = None,
    size: int | None = None,
    seconds: float | None = None,
) -> FormulaRendering:
    """Translate a text, and look whether it can be rendered.

    Args:
        text: The text of a formula.
        medium: What it should be; None for what it is, by the number of its parameters.
        size: The side of a picture in pixels, from 1 to 4,096; None for 512, or for 256 of an
            animation.
        seconds: How long an animation or a sound lasts, up to 60; None for 4.

    Raises:
        RenderError: It is no formula, not one of this medium, or would take too long; what is too
            large as an animation is refused when its pictures are asked for.
        InputError: The size or the time is no number.
    """
    formula = translate(text)
    its = MEDIA[formula.form]
    if medium is not None and its != medium:
        raise RenderError(
            f"It is {NAMES[its]}, not {NAMES[medium]}: its values are "
            f"{', '.join(INPUTS[formula.form])}.",
            hint=f"Name another kind, or begin it as {NAMES[medium]} begins.",
        )
    size, lasting = size_and_seconds(its, size, seconds)
    if its == "sound":
        sound.require_sound(formula, lasting)
    else:
        pixels.require_work(formula, size)
    return FormulaRendering(size, lasting, formula)
