"""Renders a text: as a picture, an animation or a sound."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, get_args

from flourishing.arguments import as_words
from flourishing.core.text import Text
from flourishing.errors import RenderError
from flourishing.formulas.forms import MEDIA, RenderedMedium
from flourishing.formulas.reading import head_of
from flourishing.formulas.translation import translate
from flourishing.kinds import Kind, usable_kinds
from flourishing.kinds import kind as find_kind

if TYPE_CHECKING:
    from flourishing.formulas.rendering import Rendering


def render(
    text: Text | str,
    kind: str | Kind | None = None,
    *,
    size: int | None = None,
    seconds: float | None = None,
) -> Rendering:
    """Render a text as a picture, an animation or a sound.

    The text is translated, and never executed. What would take too long is refused at once.

    Args:
        text: The text, such as `def pixel(x, y):` with its lines, or `wave(t) = sin(440*tau*t)`.
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
    from flourishing.formulas import rendering  # here, since it imports numpy

    content = text.content if isinstance(text, Text) else as_words(text, "The text")
    medium = None if kind is None else _medium(find_kind(kind))
    return rendering.render(content, medium=medium, size=size, seconds=seconds)


@lru_cache(maxsize=4_096)
def medium_of(content: str) -> RenderedMedium | None:
    """Say what a text can be rendered as, whatever kind of text it was bred as.

    Args:
        content: The text.

    Returns:
        The medium; None for a text that is to be read, and for a formula with a mistake.
    """
    if not head_of(content):
        return None
    try:
        return MEDIA[translate(content).form]
    except RenderError:
        return None


def _medium(kind: Kind) -> RenderedMedium:
    for medium in get_args(RenderedMedium):
        if kind.medium == medium:
            found: RenderedMedium = medium
            return found
    can = [each.name for each in usable_kinds() if each.medium in get_args(RenderedMedium)]
    raise RenderError(
        f"A text of the kind {kind.name!r} cannot be rendered.",
        hint=f"These can: {', '.join(can)}.",
    )
