"""Renders a text: as a picture, an animation or a sound."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from flourishing.arguments import as_words
from flourishing.core.text import Text
from flourishing.errors import FlourishingError, RenderError
from flourishing.formulas.forms import MEDIA
from flourishing.formulas.reading import head_of
from flourishing.formulas.translation import translate
from flourishing.kinds import Kind, LookMedium, usable_kinds
from flourishing.kinds import kind as find_kind
from flourishing.programs.reading import DRAWING, PROGRAM

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
    medium = _guess(content) if kind is None else _medium(find_kind(kind))
    if medium == "program" or medium == "drawing":
        from flourishing.programs.rendering import render_drawing, render_program

        of_its = render_program if medium == "program" else render_drawing
        return of_its(content, size=size, seconds=seconds)
    from flourishing.formulas import rendering  # here, since it imports numpy

    return rendering.render(content, medium=medium, size=size, seconds=seconds)


@lru_cache(maxsize=4_096)
def medium_of(content: str) -> LookMedium | None:
    """Say what a text can be rendered as, whatever kind of text it was bred as.

    Args:
        content: The text.

    Returns:
        The medium; None for a text that is to be read, and for one with a mistake in its form.
    """
    its = _guess(content)
    if its is None and not head_of(content):
        return None
    try:
        if its is None:
            return MEDIA[translate(content).form]
        _check(content, its)
    except RenderError:
        return None
    return its


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


def _check(content: str, medium: Literal["program", "drawing"]) -> None:
    """Refuse what has not the form of a program or a drawing; nothing is run or drawn."""
    from flourishing.programs.drawing import sanitised  # here, since most texts are only read
    from flourishing.programs.language import parse

    if medium == "program":
        parse(content)
    else:
        sanitised(content)


def _guess(content: str) -> Literal["program", "drawing"] | None:
    """Say in which language a text is; None for that of formulas, which say themselves."""
    if DRAWING.match(content):
        return "drawing"
    return "program" if PROGRAM.search(content) else None


def _medium(kind: Kind) -> LookMedium:
    if kind.rendered is not None:
        return kind.rendered
    can = [each.name for each in usable_kinds() if each.rendered]
    raise RenderError(
        f"A text of the kind {kind.name!r} cannot be rendered.",
        hint=f"These can: {', '.join(can)}.",
    )
