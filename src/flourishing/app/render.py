"""Renders a text: as a picture, an animation or a sound."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from flourishing.arguments import as_words
from flourishing.core.text import Text
from flourishing.errors import FlourishingError, RenderError
from flourishing.kinds import Kind, LookMedium, medium_of, usable_kinds
from flourishing.kinds import kind as find_kind
from flourishing.kinds.rendered import language_of

if TYPE_CHECKING:
    from flourishing.formulas.encoding import Rendering

_SMALL: Final = 96
"""Pixels; the side of a picture beside its text."""
_FORMS: Final = {"image": "png", "animation": "webp", "sound": "flac"}


def render(
    text: Text | str,
    kind: str | Kind | None = None,
    *,
    size: int | None = None,
    seconds: float | None = None,
) -> Rendering:
    """Render a text as a picture, an animation or a sound.

    A formula is translated, and never executed; what would take too long is refused at once. A
    program is run in a sandbox, for less than a second, and a drawing is built anew of the shapes
    in it.

    Args:
        text: The text, such as `def pixel(x, y):` with its lines, `wave(t) = sin(440*tau*t)`, a
            program with `def draw():`, or an SVG.
        kind: The kind of text, such as "picture"; None for what it is, by what it takes.
        size: The side of a picture in pixels, from 1 to 4,096; None for 512, or for 256 of an
            animation.
        seconds: How long an animation or a sound lasts, up to 60; None for 4.

    Returns:
        What can be saved (`save`), looked at (`image`) and sent (`media_type`, `data`); a notebook
        shows it.

    Raises:
        RenderError: It cannot be rendered, not as this kind, or not so large or so long.
        InputError: There is no such kind, or the size or the time is no number.

    Example:
        >>> import flourishing as fl
        >>> fl.render("pixel(x, y) = hypot(x, y)", size=64).media_type
        'image/png'
    """
    content = text.content if isinstance(text, Text) else as_words(text, "The text")
    medium = language_of(content) if kind is None else _medium(find_kind(kind))
    if medium == "program" or medium == "drawing":
        from flourishing.programs.rendering import render_drawing, render_program

        of_its = render_program if medium == "program" else render_drawing
        return of_its(content, size=size, seconds=seconds)
    from flourishing.formulas import rendering  # here, since it imports numpy

    return rendering.render(content, medium=medium, size=size, seconds=seconds)


def look(content: str) -> str:
    """Give what a text looks or sounds like, small, as HTML that fetches nothing.

    Args:
        content: The text.

    Returns:
        An image or a player with its data in it, and no word of the text; "" for a text that is to
        be read, and for one that cannot be rendered.
    """
    if medium_of(content) is None:
        return ""
    try:
        its = render(content, size=_SMALL)
        form = _FORMS[its.medium]
        data = base64.b64encode(its.encode(form)).decode()
    except FlourishingError:
        return ""
    if its.medium == "sound":
        return f'<audio controls preload="none" src="data:audio/{form};base64,{data}"></audio>'
    side = f'width="{_SMALL}" height="{_SMALL}"'
    return f'<img src="data:image/{form};base64,{data}" {side}>'


def _medium(kind: Kind) -> LookMedium:
    if kind.rendered is not None:
        return kind.rendered
    can = [each.name for each in usable_kinds() if each.rendered]
    raise RenderError(
        f"A text of the kind {kind.name!r} cannot be rendered.",
        hint=f"These can: {', '.join(can)}.",
    )
