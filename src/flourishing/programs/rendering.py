"""Programs and drawings as pictures, animations and melodies, and as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from flourishing.formulas import sound
from flourishing.formulas.encoding import Rendering, frame_count, require_room, size_and_seconds
from flourishing.formulas.forms import RenderedMedium
from flourishing.programs import melody, raster, sandbox
from flourishing.programs.drawing import sanitised
from flourishing.programs.scene import Scene, scene
from flourishing.programs.svg import svg

if TYPE_CHECKING:
    from PIL.Image import Image

_A_SECOND: Final = 12
"""Frames of a program a second, where nobody says how long it lasts."""
_FORMS: Final[dict[RenderedMedium, tuple[str, ...]]] = {
    "image": ("png", "webp", "svg"),
    "animation": ("webp", "gif", "mp4", "webm", "png", "svg"),
    "sound": ("wav", "flac", "mid", "png", "svg"),
}


@dataclass(frozen=True)
class SceneRendering(Rendering):
    """What a program drew or played.

    Attributes:
        scene: It, checked.
    """

    scene: Scene

    @property
    def medium(self) -> RenderedMedium:
        """What it is: "image", "animation" or "sound"."""
        if self.scene.notes:
            return "sound"
        return "animation" if len(self.scene.frames) > 1 else "image"

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms of files in which it can be written, such as "png"."""
        return _FORMS[self.medium]

    @cached_property
    def image(self) -> Image:
        """The picture, the middle of an animation, or the notes of a melody as bars."""
        return _drawn(svg(self.scene), self.size if self.medium != "sound" else 512)

    @property
    def frames(self) -> Iterator[raster.Pixels]:
        """The pictures of an animation, 25 a second."""
        count, there = frame_count(self.seconds), len(self.scene.frames)
        require_room(self.size, count)
        numbers = (at * there // count for at in range(count))
        yield from raster.pixels_of_frames((svg(self.scene, each) for each in numbers), self.size)

    @property
    def samples(self) -> sound.Samples:
        """The samples of a melody, 44,100 a second, from -1 to 1."""
        return melody.play(self.scene.notes, self.seconds)

    def words(self, form: str) -> str:  # noqa: ARG002 - SVG is all there is
        """Give it as SVG; of an animation, the frame in the middle.

        Args:
            form: "svg".
        """
        return svg(self.scene)

    def midi(self) -> bytes:
        """Give a melody as a MIDI file."""
        return melody.midi(self.scene.notes)


@dataclass(frozen=True)
class DrawingRendering(Rendering):
    """An SVG as a picture.

    Attributes:
        svg: It, built anew of what is allowed.
    """

    svg: str

    @property
    def medium(self) -> RenderedMedium:
        """What it is: "image"."""
        return "image"

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms of files in which it can be written, such as "png"."""
        return _FORMS["image"]

    @cached_property
    def image(self) -> Image:
        """The picture, on white."""
        return _drawn(self.svg, self.size)

    def words(self, form: str) -> str:  # noqa: ARG002 - SVG is all there is
        """Give it as SVG, built anew of what is allowed.

        Args:
            form: "svg".
        """
        return self.svg


def render_program(
    text: str, *, size: int | None = None, seconds: float | None = None
) -> SceneRendering:
    """Run a program in the sandbox, and check what it drew.

    Args:
        text: The text of the program.
        size: The side of a picture in pixels, from 1 to 4,096; None for 512, or for 256 of an
            animation.
        seconds: How long an animation or a melody lasts, up to 60; None for what it has.

    Raises:
        RenderError: It is no program, fails, takes too much, or draws what cannot be shown.
        InputError: The size or the time is no number.
        OverloadedError: Too many programs run already.
    """
    size_and_seconds("image", size, seconds)  # before anything is run
    drawn = scene(sandbox.run(text))
    medium = SceneRendering(1, 1.0, drawn).medium
    usual = melody.duration(drawn.notes) if drawn.notes else len(drawn.frames) / _A_SECOND
    return SceneRendering(*size_and_seconds(medium, size, seconds, usual), drawn)


def render_drawing(
    text: str, *, size: int | None = None, seconds: float | None = None
) -> DrawingRendering:
    """Build an SVG anew of what is allowed, and look whether it can be drawn.

    Args:
        text: The SVG.
        size: The side of the picture in pixels, from 1 to 4,096; None for 512.
        seconds: Not used, since a drawing does not move.

    Raises:
        RenderError: It is no SVG, draws nothing, takes too much, or has what no drawing may have.
        InputError: The size or the time is no number.
    """
    size, lasting = size_and_seconds("image", size, seconds)
    its = DrawingRendering(size, lasting, sanitised(text))
    _ = its.image  # which is kept
    return its


def _drawn(text: str, size: int) -> Image:
    from PIL import Image

    return Image.fromarray(raster.pixels(text, size))
