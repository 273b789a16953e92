"""What a formula can be rendered as, and the forms of the files; without what takes long to import.

The layers above ask here, so that a help text or the description of the API waits for no numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from flourishing.formulas.steps import Form

RenderedMedium: TypeAlias = Literal["image", "animation", "sound"]
"""What a text can be rendered as."""

MEDIA: Final[Mapping[Form, RenderedMedium]] = MappingProxyType(
    {"picture": "image", "animation": "animation", "dots": "animation", "sound": "sound"}
)
"""What a formula of each form is rendered as."""
NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"image": "a picture", "animation": "an animation", "sound": "a sound"}
)
"""What each medium is called in a sentence."""
USUAL: Final[Mapping[RenderedMedium, str]] = MappingProxyType(
    {"image": "png", "animation": "webp", "sound": "wav"}
)
"""The form of file of each medium where nobody names one."""
LARGEST: Final = 4_096
"""Pixels; the longest side of a picture."""
LONGEST: Final = 60.0
"""Seconds; the longest animation and the longest sound."""
FRAMES: Final = 25
"""Pictures a second in an animation."""
SECONDS: Final = 4.0
"""How long an animation or a sound lasts where nobody says."""


@dataclass(frozen=True, slots=True)
class FileForm:
    """A form of file.

    Attributes:
        media_type: Its media type.
        media: What of a formula can be written so; programs and drawings say it themselves.
    """

    media_type: str
    media: tuple[RenderedMedium, ...]


FILE_FORMS: Final[Mapping[str, FileForm]] = MappingProxyType(
    {
        "png": FileForm("image/png", ("image", "animation")),
        "webp": FileForm("image/webp", ("image", "animation")),
        "gif": FileForm("image/gif", ("animation",)),
        "mp4": FileForm("video/mp4", ("animation",)),
        "webm": FileForm("video/webm", ("animation",)),
        "wav": FileForm("audio/wav", ("sound",)),
        "flac": FileForm("audio/flac", ("sound",)),
        "glsl": FileForm("text/plain; charset=utf-8", ("image", "animation")),
        "json": FileForm("application/json", ("image", "animation", "sound")),
        "svg": FileForm("image/svg+xml", ()),
        "mid": FileForm("audio/midi", ()),
    }
)
"""The forms of files, by the ends of their names; `glsl` and `json` are for live play of
formulas, `svg` is for programs and drawings, `mid` for melodies."""
