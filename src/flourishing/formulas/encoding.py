"""What has been rendered, whatever it was written in: as a file, as pixels, in a notebook.

Files are written by Pillow and libsndfile, and films by ffmpeg where it is installed.
"""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from flourishing.arguments import as_number, as_whole
from flourishing.errors import RenderError
from flourishing.files import write_whole
from flourishing.formulas import pixels, sound
from flourishing.formulas.forms import (
    FILE_FORMS,
    FRAMES,
    LARGEST,
    LONGEST,
    NAMES,
    SECONDS,
    USUAL,
    RenderedMedium,
)

if TYPE_CHECKING:
    from PIL.Image import Image

_USUAL_SIZE: Final[Mapping[RenderedMedium, int]] = MappingProxyType(
    {"image": 512, "animation": 256, "sound": 1}
)
_LIVE: Final = ("glsl", "json")
"""The forms that play a formula live, which are no files for a person."""
_MOST_PIXELS: Final = 2**25
"""The most pixels of all pictures of an animation together: they are held at once."""


@dataclass(frozen=True)  # without slots, since its data are computed once, when they are asked for
class Rendering(ABC):
    """A text as a picture, an animation or a sound; each language has its own class of them.

    Attributes:
        size: The side of a picture, in pixels.
        seconds: How long an animation or a sound lasts.
    """

    size: int
    seconds: float

    @property
    @abstractmethod
    def medium(self) -> RenderedMedium:
        """What it is: "image", "animation" or "sound"."""

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms of files in which it can be written, such as "png"."""
        return tuple(name for name, each in FILE_FORMS.items() if self.medium in each.media)

    @property
    def file_forms(self) -> tuple[str, ...]:
        """The forms of files for a person to save, on this machine; the usual one first."""
        usual = USUAL[self.medium]
        missing = () if shutil.which("ffmpeg") else tuple(_FILMS)
        others = [each for each in self.forms if each not in (usual, *_LIVE, *missing)]
        return usual, *others

    @property
    def media_type(self) -> str:
        """The media type of `data`, such as "image/png"."""
        return FILE_FORMS[USUAL[self.medium]].media_type

    @cached_property
    def data(self) -> bytes:
        """It as a file: PNG for a picture, WebP for an animation, WAV for a sound."""
        return self.encode(USUAL[self.medium])

    @cached_property
    @abstractmethod
    def image(self) -> Image:
        """The picture, or the middle of an animation, as an image of Pillow.

        Raises:
            RenderError: It is a sound of which there is no picture.
        """

    @property
    def frames(self) -> Iterator[pixels.Pixels]:
        """The pictures of an animation, 25 a second.

        Raises:
            RenderError: It has none.
        """
        raise RenderError("It is no animation.", hint="Take its image.")

    @property
    def samples(self) -> sound.Samples:
        """The samples of a sound, 44,100 a second, from -1 to 1.

        Raises:
            RenderError: It has none.
        """
        raise RenderError("It is no sound.", hint="Take its image.")

    @abstractmethod
    def words(self, form: str) -> str:
        """Give it in a form that is a text, such as "svg" or "glsl".

        Args:
            form: The form, one of `forms`.
        """

    def midi(self) -> bytes:
        """Give a melody as a MIDI file.

        Raises:
            RenderError: It is none.
        """
        raise RenderError("It is no melody.", hint="Take another form of file.")

    @property
    def has_sharp_edges(self) -> bool:
        """Whether it has few colours and sharp edges, which a lossy form would blur."""
        return False

    def encode(self, form: str) -> bytes:
        """Give it as a file.

        Args:
            form: The form of the file, such as "png"; one of `forms`.

        Raises:
            RenderError: It is not one of `forms`, or ffmpeg is missing.
        """
        form = form.lower().removeprefix(".")
        if form not in self.forms:
            raise RenderError(
                f"{NAMES[self.medium].capitalize()} cannot be written as {form[:20]!r}.",
                hint=f"Choose one of: {', '.join(self.forms)}.",
            )
        return _ENCODERS[form](self)

    def save(self, path: str | Path) -> Path:
        """Write it to a file.

        Args:
            path: Where to; the end of its name says in which form, such as ".png" or ".wav".

        Returns:
            The path.

        Raises:
            RenderError: The end of the name is no form that its medium has.
            StorageError: The file cannot be written; one that was there is as it was.
        """
        path = Path(path)
        write_whole(path, self.encode(path.suffix))
        return path

    def _repr_png_(self) -> bytes | None:
        return self.data if self.medium == "image" else None

    def _repr_html_(self) -> str | None:
        if self.medium == "image":
            return None
        address = f"data:{self.media_type};base64,{base64.b64encode(self.data).decode()}"
        if self.medium == "sound":
            return f'<audio controls src="{address}"></audio>'
        return f'<img src="{address}" width="{self.size}" height="{self.size}">'


def size_and_seconds(
    medium: RenderedMedium, size: int | None, seconds: float | None, usual: float = SECONDS
) -> tuple[int, float]:
    """Check how large a picture shall be, and how long an animation or a sound.

    Args:
        medium: What it is.
        size: The side of a picture in pixels, from 1 to 4,096; None for 512, or for 256 of an
            animation.
        seconds: How long it lasts, up to 60; None for what is usual.
        usual: How long it lasts where nobody says, in seconds.

    Raises:
        RenderError: It would be too large or too long.
        InputError: The size or the time is no number.
    """
    size = _USUAL_SIZE[medium] if size is None else as_whole(size, "size")
    if not 1 <= size <= LARGEST:
        raise RenderError(
            f"The size cannot be {size:,}.",
            hint=f"Give the side in pixels, from 1 to {LARGEST:,}.",
        )
    lasting = float(usual if seconds is None else as_number(seconds, "seconds"))
    if not 0 < lasting <= LONGEST:
        raise RenderError(
            f"It cannot last {lasting:,g} seconds.",
            hint=f"Give the time in seconds, up to {LONGEST:g}.",
        )
    return size, lasting


def frame_count(seconds: float) -> int:
    """Give how many pictures an animation has.

    Args:
        seconds: How long it lasts.
    """
    return max(1, round(seconds * FRAMES))


def require_room(size: int, frames: int) -> None:
    """Refuse an animation whose pictures are too many for their size; one of them may be larger.

    Args:
        size: The side of a picture, in pixels.
        frames: How many pictures.

    Raises:
        RenderError: They are too many; the hint has the largest size.
    """
    if frames > 1 and size * size * frames > _MOST_PIXELS:
        most = int((_MOST_PIXELS / frames) ** 0.5)
        raise RenderError(
            f"An animation of {frames:,} pictures cannot have {size:,} pixels a side.",
            hint=f"Give a size of at most {most:,}, or fewer seconds; or save its middle as PNG.",
        )


def _png(its: Rendering) -> bytes:
    buffer = io.BytesIO()
    # What a better compression saves is little beside the time that it takes.
    its.image.save(buffer, "PNG", compress_level=1 if its.size > 1_024 else 6)
    return buffer.getvalue()


def _webp(its: Rendering) -> bytes:
    return _animated(its, "WEBP", quality=80, method=0, lossless=its.has_sharp_edges)


def _gif(its: Rendering) -> bytes:
    return _animated(its, "GIF", optimize=False)


def _animated(its: Rendering, form: str, **options: object) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    if its.medium == "image":
        its.image.save(buffer, form, **options)
        return buffer.getvalue()
    first, *others = (Image.fromarray(frame) for frame in its.frames)
    first.save(
        buffer,
        form,
        save_all=True,
        append_images=others,
        duration=1000 // FRAMES,
        loop=0,
        **options,
    )
    return buffer.getvalue()


def _written(form: str) -> Callable[[Rendering], bytes]:
    return lambda its: its.words(form).encode()


_FILMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "mp4": ("-c:v", "libx264", "-crf", "20", "-movflags", "+faststart"),
        "webm": ("-c:v", "libvpx-vp9", "-crf", "32", "-b:v", "0", "-deadline", "realtime"),
    }
)
_FILM_SECONDS: Final = 120
"""How long ffmpeg may take."""


def _film(form: str) -> Callable[[Rendering], bytes]:
    return lambda its: _by_ffmpeg(its, form)


def _by_ffmpeg(its: Rendering, form: str) -> bytes:
    program = shutil.which("ffmpeg")
    if program is None:
        raise RenderError(
            f"To write {form}, ffmpeg is needed, and it is not installed.",
            hint="Install ffmpeg, or choose webp or gif.",
        )
    with tempfile.TemporaryDirectory(prefix="flourishing-") as folder:
        target = Path(folder, f"film.{form}")
        size = f"{its.size}x{its.size}"
        command = [
            *(program, "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size),
            *("-r", str(FRAMES), "-i", "-", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2"),
            *("-pix_fmt", "yuv420p", *_FILMS[form], str(target)),
        ]
        frames = b"".join(frame.tobytes() for frame in its.frames)
        try:
            subprocess.run(  # noqa: S603 - our own command, with nothing of the text in it
                command, input=frames, capture_output=True, check=True, timeout=_FILM_SECONDS
            )
        except (subprocess.SubprocessError, OSError) as error:
            said = getattr(error, "stderr", b"") or b""
            raise RenderError(
                f"ffmpeg could not write {form}: {said.decode(errors='replace')[-200:].strip()}",
                hint="Choose webp or gif, or install an ffmpeg with this codec.",
            ) from error
        return target.read_bytes()


def _audio(form: str) -> Callable[[Rendering], bytes]:
    return lambda its: _by_sndfile(its, form)


def _by_sndfile(its: Rendering, form: str) -> bytes:
    import soundfile  # here, since it loads a library of the system's kind

    buffer = io.BytesIO()
    soundfile.write(buffer, its.samples, sound.RATE, format=form.upper(), subtype="PCM_16")
    return buffer.getvalue()


_ENCODERS: Final[Mapping[str, Callable[[Rendering], bytes]]] = MappingProxyType(
    {
        "png": _png,
        "webp": _webp,
        "gif": _gif,
        "mp4": _film("mp4"),
        "webm": _film("webm"),
        "wav": _audio("wav"),
        "flac": _audio("flac"),
        "mid": lambda its: its.midi(),
        **{form: _written(form) for form in ("svg", "glsl", "json")},
    }
)
