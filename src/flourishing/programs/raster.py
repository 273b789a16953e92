"""SVG as pixels, by resvg in a process that is killed when it takes too long.

The SVG is ours: written by `svg.py` of numbers, or rebuilt by `drawing.py` of what is allowed. The
process is there for what those checks do not see, such as a fault in resvg.
"""

from __future__ import annotations

import atexit
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flourishing.errors import RenderError
from flourishing.programs import raster_worker, wall
from flourishing.programs.raster_worker import HEADER
from flourishing.programs.worker_files import folder

Pixels = NDArray[np.uint8]
"""Rows from the top, columns, and red, green and blue from 0 to 255."""

_SECONDS: Final = 1.0
_STARTING: Final = 20.0
"""Seconds to wait until a process has started."""
_PER_PIXEL: Final = 2e-7
"""Seconds more for each pixel."""
_MOST_IDLE: Final = 2
MOST_SECONDS: Final = 10.0
"""How long all pictures of an animation may take together."""


class _Worker:
    """One process that draws, and the pipes to it."""

    def __init__(self) -> None:
        packages = [Path(wall.__file__).parent]
        for name in ("resvg_py", "landlockpy"):
            found = find_spec(name)
            if found and found.origin:
                packages.append(Path(found.origin).parents[1])
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-I", "-S", raster_worker.__file__, *map(str, packages)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder(),
            env={},
            start_new_session=True,
        )
        self.is_late = False
        self._answer(b"", _STARTING)

    def draw(self, svg: bytes, size: int) -> tuple[bool, bytes] | None:
        """Draw an SVG; None where the process ended before it was done."""
        return self._answer(HEADER.pack(size, len(svg)) + svg, _SECONDS + _PER_PIXEL * size * size)

    def _answer(self, request: bytes, seconds: float) -> tuple[bool, bytes] | None:
        late = threading.Timer(seconds, self._end)
        late.start()
        try:
            self._to.write(request)
            self._to.flush()
            head = self._from.read(HEADER.size)
            if len(head) < HEADER.size:
                return None
            drawn, length = HEADER.unpack(head)
            answer = self._from.read(length)
        except OSError:
            return None
        finally:
            late.cancel()
        return (bool(drawn), answer) if len(answer) == length else None

    def _end(self) -> None:
        self.is_late = True
        self._process.kill()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self.leave()

    def leave(self) -> None:
        """Close the pipes alone, and leave the process to the one that started it."""
        self._from.close()
        with suppress(OSError):  # what was not sent yet
            self._to.close()
        self._process.returncode = self._process.returncode or 0

    @property
    def _to(self) -> Any:
        return self._process.stdin

    @property
    def _from(self) -> Any:
        return self._process.stdout


class _Workers:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []

    def take(self) -> _Worker:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Worker()

    def give_back(self, worker: _Worker) -> None:
        with self._lock:
            if len(self._idle) < _MOST_IDLE:
                self._idle.append(worker)
                return
        worker.close()

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.close()

    def forget(self) -> None:
        """Leave the processes to the one that this process was forked off."""
        self._lock = threading.Lock()
        idle, self._idle = self._idle, []
        for worker in idle:
            worker.leave()


_WORKERS: Final = _Workers()
atexit.register(_WORKERS.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_WORKERS.forget)


def png(svg: str, size: int) -> bytes:
    """Draw an SVG as a PNG.

    Args:
        svg: The SVG, of a square.
        size: The side of the picture, in pixels.

    Raises:
        RenderError: It cannot be drawn, or takes too long.
    """
    worker = _WORKERS.take()
    answer = worker.draw(svg.encode(), size)
    if answer is None and not worker.is_late:  # it may have ended before
        worker.close()
        worker = _Worker()
        answer = worker.draw(svg.encode(), size)
    if answer is None:
        worker.close()
        raise RenderError(
            "It takes too long to draw." if worker.is_late else "It ended the process that draws.",
            hint="Draw fewer shapes, or ask for a smaller size.",
        )
    _WORKERS.give_back(worker)
    drawn, data = answer
    if not drawn:
        words = " ".join(data.decode(errors="replace").split())[:120]
        if not words:
            raise RenderError(
                "It cannot be drawn.",
                hint="Take out what is very large or very small, such as one scale in another.",
            )
        raise RenderError(f"It cannot be drawn: {words}.", hint="Write plain SVG.")
    return data


def pixels(svg: str, size: int) -> Pixels:
    """Draw an SVG, what is transparent in white.

    Args:
        svg: The SVG, of a square.
        size: The side of the picture, in pixels.

    Raises:
        RenderError: It cannot be drawn, or takes too long.
    """
    from PIL import Image

    with Image.open(io.BytesIO(png(svg, size))) as image:
        if image.size != (size, size):
            raise RenderError("It cannot be drawn.", hint="Write plain SVG.")
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
    return np.asarray(paper.convert("RGB"))


def pixels_of_frames(
    svgs: Iterable[str], size: int, *, most_seconds: float = MOST_SECONDS
) -> Iterator[Pixels]:
    """Draw the pictures of an animation, which have one limit of time together.

    Args:
        svgs: The SVG of each picture; one that is the same as that before it is not drawn again.
        size: The side of the pictures, in pixels.
        most_seconds: How long drawing may take in all, by default 10; one that is begun is
            finished.

    Raises:
        RenderError: One cannot be drawn, or takes too long, or all of them do.
    """
    spent, last, drawn = 0.0, "", None
    for svg in svgs:
        if drawn is None or svg != last:
            if spent > most_seconds:
                raise RenderError(
                    f"It takes more than {most_seconds:g} seconds to draw all its frames.",
                    hint="Draw fewer or smaller shapes, or fewer frames, or ask for a smaller "
                    "size; or save its middle as PNG.",
                )
            begun = time.monotonic()
            last, drawn = svg, pixels(svg, size)
            spent += time.monotonic() - begun
        yield drawn
