"""A picture of a run: its archive as a map, and how the QD score grew; as SVG or PNG.

Both are made from the same few shapes. Colours go from dark blue to yellow with the quality, so
that they can be told apart in grey too.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final, TypeAlias

from flourishing.core.words import quantity
from flourishing.errors import InputError
from flourishing.evolution.archives import Archive, GridArchive
from flourishing.evolution.run import Run
from flourishing.files import write_whole

Point: TypeAlias = tuple[float, float]

_WIDTH: Final = 900
_HEIGHT: Final = 460
_MAP: Final = (70.0, 50.0, 430.0, 350.0)
"""Left, top, width and height of the map."""
_CURVE: Final = (580.0, 50.0, 290.0, 350.0)
_INK: Final = "#22262e"
_EMPTY: Final = "#f1f2f5"
_SCALE: Final = ("#30346d", "#2f6690", "#2a9d8f", "#8ab17d", "#f4d35e")
_MOST_LABEL: Final = 60


@dataclass(slots=True)
class _Drawing:
    """Shapes on a white sheet."""

    boxes: list[tuple[float, float, float, float, str, str]] = field(default_factory=list)
    """Left, top, width, height, colour, and words that show where a pointer rests."""
    dots: list[tuple[float, float, float, str, str]] = field(default_factory=list)
    lines: list[tuple[list[Point], str]] = field(default_factory=list)
    labels: list[tuple[float, float, str, str]] = field(default_factory=list)
    """Left or middle or right, the line on which it stands, words, and which of the three."""


def plot(run: Run, path: Path) -> Path:
    """Write a picture of a run: the map of its archive, and the QD score by completions.

    Args:
        run: The run.
        path: The file; its name ends in .svg or .png.

    Returns:
        The path.

    Raises:
        InputError: The name ends otherwise.
        StorageError: The file cannot be written.
    """
    form = path.suffix.lower()
    if form not in {".svg", ".png"}:
        raise InputError(
            f"A run cannot be drawn as {path.name[-20:]!r}.",
            hint="End the name of the file in .svg or .png.",
        )
    drawing = _drawing(run)
    write_whole(path, _svg(drawing) if form == ".svg" else _png(drawing))
    return path


def _drawing(run: Run) -> _Drawing:
    drawing, archive = _Drawing(), run.archive
    name = run.name or "A run"
    drawing.labels.append(
        (
            _MAP[0],
            20,
            f"{name}: {quantity(len(archive), 'text')}, QD score {archive.qd_score:.2f}, coverage "
            f"{archive.coverage:.0%} after {quantity(run.completions, 'completion')}"[:120],
            "start",
        )
    )
    if isinstance(archive, GridArchive) and len(archive.names) <= 2:
        _draw_grid(drawing, archive)
    else:
        _draw_points(drawing, archive)
    _draw_axes(drawing, archive)
    _draw_curve(drawing, run)
    return drawing


def _draw_grid(drawing: _Drawing, archive: GridArchive) -> None:
    left, top, width, height = _MAP
    across = int(archive.bins[0])
    up = int(archive.bins[1]) if len(archive.names) == 2 else 1
    wide, high = width / across, height / up
    drawing.boxes.append((left, top, width, height, _EMPTY, ""))
    colours = _Colours(archive)
    for elite in archive:
        column, *others = archive.parts_of(elite.cell)
        row = others[0] if others else 0
        drawing.boxes.append(
            (
                left + column * wide,
                top + height - (row + 1) * high,
                wide,
                high,
                colours.of(elite.quality),
                f"{elite.quality:.3f}\n{elite.content}",
            )
        )


def _draw_points(drawing: _Drawing, archive: Archive) -> None:
    left, top, width, height = _MAP
    drawing.boxes.append((left, top, width, height, _EMPTY, ""))
    colours = _Colours(archive)
    for elite in archive:
        values = list(elite.measures.values())
        parts = [
            min(1.0, max(0.0, (value - low) / (high - low)))
            for value, (low, high) in zip(values, archive.ranges.tolist(), strict=True)
        ]
        rise = parts[1] if len(parts) > 1 else 0.5
        words = f"{elite.quality:.3f}\n{elite.content}"
        place = (left + parts[0] * width, top + height - rise * height)
        drawing.dots.append((*place, 5.0, colours.of(elite.quality), words))


def _draw_axes(drawing: _Drawing, archive: Archive) -> None:
    left, top, width, height = _MAP
    low, high = archive.ranges[0].tolist()
    drawing.labels += [
        (left, top + height + 20, f"{low:g}", "start"),
        (left + width / 2, top + height + 38, archive.names[0][:_MOST_LABEL], "middle"),
        (left + width, top + height + 20, f"{high:g}", "end"),
    ]
    if len(archive.names) > 1:
        low, high = archive.ranges[1].tolist()
        drawing.labels += [
            (left - 8, top + height, f"{low:g}", "end"),
            (left, top - 8, archive.names[1][:_MOST_LABEL], "start"),
            (left - 8, top + 12, f"{high:g}", "end"),
        ]


def _draw_curve(drawing: _Drawing, run: Run) -> None:
    left, top, width, height = _CURVE
    drawing.boxes.append((left, top, width, height, _EMPTY, ""))
    steps = run.steps
    most = max((step.qd_score for step in steps), default=0.0) or 1.0
    last = max((step.completions for step in steps), default=0) or 1
    points = [
        (left + step.completions / last * width, top + height - step.qd_score / most * height)
        for step in steps
    ]
    if len(points) > 1:
        drawing.lines.append((points, _SCALE[1]))
    drawing.labels += [
        (left, top - 8, "QD score", "start"),
        (left + width, top - 8, f"{most:.4g}", "end"),
        (left, top + height + 20, "0", "start"),
        (left + width, top + height + 20, f"{last:,}", "end"),
        (left + width / 2, top + height + 38, "completions", "middle"),
    ]


class _Colours:
    """The colours of qualities: from the least in the archive to the highest."""

    def __init__(self, archive: Archive) -> None:
        qualities = [elite.quality for elite in archive]
        self._low, self._high = min(qualities, default=0.0), max(qualities, default=1.0)

    def of(self, quality: float) -> str:
        """Give the colour of a quality."""
        if self._high <= self._low:
            return _SCALE[-1]
        place = (quality - self._low) / (self._high - self._low) * (len(_SCALE) - 1)
        at = min(int(place), len(_SCALE) - 2)
        below, above = _rgb(_SCALE[at]), _rgb(_SCALE[at + 1])
        mixed = (
            round(one + (place - at) * (other - one))
            for one, other in zip(below, above, strict=True)
        )
        return "#" + "".join(f"{each:02x}" for each in mixed)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _svg(drawing: _Drawing) -> bytes:
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            f'font-family="sans-serif" font-size="13" fill="{_INK}">'
        ),
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
    ]
    for left, top, width, height, colour, words in drawing.boxes:
        title = f"<title>{_safe(words)}</title>" if words else ""
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'fill="{colour}" stroke="#ffffff" stroke-width="0.5">{title}</rect>'
        )
    for left, top, radius, colour, words in drawing.dots:
        parts.append(
            f'<circle cx="{left:.1f}" cy="{top:.1f}" r="{radius}" fill="{colour}">'
            f"<title>{_safe(words)}</title></circle>"
        )
    for points, colour in drawing.lines:
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for left, line, words, anchor in drawing.labels:
        parts.append(
            f'<text x="{left:.1f}" y="{line:.1f}" text-anchor="{anchor}">{_safe(words)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""]).encode()


def _safe(words: str) -> str:
    """Escape words, without the characters that XML cannot have."""
    return escape("".join(each if each >= " " or each in "\n\t" else " " for each in words))


def _png(drawing: _Drawing) -> bytes:
    from PIL import Image, ImageDraw, ImageFont  # here, since most of the program needs no images

    scale = 2
    sheet = Image.new("RGB", (_WIDTH * scale, _HEIGHT * scale), "#ffffff")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13 * scale)

    def scaled(values: Sequence[float]) -> list[float]:
        return [value * scale for value in values]

    for left, top, width, height, colour, _ in drawing.boxes:
        pen.rectangle(scaled([left, top, left + width, top + height]), colour, "#ffffff")
    for left, top, radius, colour, _ in drawing.dots:
        pen.ellipse(scaled([left - radius, top - radius, left + radius, top + radius]), fill=colour)
    for points, colour in drawing.lines:
        pen.line([(x * scale, y * scale) for x, y in points], colour, 2 * scale)
    for left, line, words, anchor in drawing.labels:
        place = (left * scale, line * scale)
        shown = "".join(each if each.isprintable() else " " for each in words)
        pen.text(
            place, shown, _INK, font, anchor={"start": "ls", "middle": "ms", "end": "rs"}[anchor]
        )
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()
