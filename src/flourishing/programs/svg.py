"""A scene as SVG: a square of 1,000 units, into which everything that is drawn is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flourishing.programs.scene import Colour, Note, Scene, Shape

SIDE: Final = 1_000
"""Units."""
_MARGIN: Final = 0.05
"""The share of the side that stays free on each side."""
_KEY_COLOURS: Final = ("#c8553d", "#e09f3e", "#588157", "#2a6f97", "#6d597a", "#b56576")


def svg(scene: Scene, frame: int | None = None) -> str:
    """Write a scene as SVG.

    Args:
        scene: The scene; of a melody, its notes are drawn as bars.
        frame: The number of the frame, from 0; None for the one in the middle.
    """
    if scene.notes:
        return _document(_fill(scene.ground), _bars(scene.notes))
    shapes = scene.frames[len(scene.frames) // 2 if frame is None else frame]
    x, y, side = scene.bounds
    scale = SIDE * (1 - 2 * _MARGIN) / side
    written = [_shape(shape, x, y, scale) for shape in shapes]
    return _document(_fill(scene.ground), written)


def _document(ground: str, parts: Sequence[str]) -> str:
    whole = f'<rect width="{SIDE}" height="{SIDE}"{ground}/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">'
    return "\n".join([head, whole, *parts, "</svg>"]) + "\n"


def _shape(shape: Shape, x: float, y: float, scale: float) -> str:
    points = [(SIDE / 2 + (px - x) * scale, SIDE / 2 - (py - y) * scale) for px, py in shape.points]
    paint = _stroke(shape.colour, shape.width) if shape.width else _fill(shape.colour)
    if shape.radius is not None:
        (cx, cy), radius = points[0], shape.radius * scale
        return f'<circle cx="{_n(cx)}" cy="{_n(cy)}" r="{_n(radius)}"{paint}/>'
    joined = " ".join(f"{_n(px)},{_n(py)}" for px, py in points)
    return f'<{"polygon" if shape.closed else "polyline"} points="{joined}"{paint}/>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _rgb(colour: Colour) -> str:
    return "#" + "".join(f"{round(255 * each):02x}" for each in colour[:3])


def _fill(colour: Colour) -> str:
    opacity = f' fill-opacity="{colour[3]:.2f}"' if colour[3] < 1 else ""
    return f' fill="{_rgb(colour)}"{opacity}'


def _stroke(colour: Colour, width: float) -> str:
    opacity = f' stroke-opacity="{colour[3]:.2f}"' if colour[3] < 1 else ""
    return (
        f' fill="none" stroke="{_rgb(colour)}" stroke-width="{_n(width * SIDE / 100)}"'
        f' stroke-linecap="round" stroke-linejoin="round"{opacity}'
    )


def _bars(notes: Sequence[Note]) -> list[str]:
    """Draw the notes of a melody as bars, time from left to right and pitch upwards."""
    end = max(note.start + note.length for note in notes) or 1.0
    lowest, highest = min(n.pitch for n in notes), max(n.pitch for n in notes)
    rows = max(12.0, highest - lowest + 1)
    free = SIDE * _MARGIN
    wide, high = (SIDE - 2 * free) / end, (SIDE - 2 * free) / rows
    base = (highest + lowest + 1 - rows) / 2
    return [
        f'<rect x="{_n(free + note.start * wide)}" width="{_n(max(4, note.length * wide - 3))}" '
        f'y="{_n(SIDE - free - (note.pitch + 1 - base) * high)}" height="{_n(high * 0.86)}" '
        f'rx="{_n(min(6, high * 0.3))}" fill="{_KEY_COLOURS[int(note.pitch) % len(_KEY_COLOURS)]}" '
        f'fill-opacity="{0.35 + 0.65 * note.level:.2f}"/>'
        for note in notes
    ]
