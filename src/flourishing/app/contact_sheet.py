"""A contact sheet: many pictures beside each other, as one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING, Final

from flourishing.app.render import render
from flourishing.errors import RenderError
from flourishing.kinds import medium_of

if TYPE_CHECKING:
    from PIL import Image

MOST_PICTURES: Final = 100
"""The most pictures of a sheet."""
LARGEST_PICTURE: Final = 512
"""Pixels; the largest side of one of its pictures."""
_GROUND: Final = (250, 247, 240)
_GAP: Final = 1 / 16
"""Between two pictures, and around them all, beside the side of one."""


def contact_sheet(contents: Sequence[str], *, size: int = 256) -> bytes:
    """Put pictures beside each other, in the order in which they are given.

    Args:
        contents: The texts; of an animation its middle is shown, and what gives no picture is left
            out. At most the first 100 that are something to look at are taken.
        size: The side of each picture in pixels, from 1 to 512, by default 256.

    Returns:
        The sheet as a PNG.

    Raises:
        RenderError: None of the texts is a picture, or the size is none.
    """
    if not 1 <= size <= LARGEST_PICTURE:
        raise RenderError(
            f"A picture of a contact sheet cannot have {size:,} pixels a side.",
            hint=f"Give a size from 1 to {LARGEST_PICTURE}.",
        )
    from PIL import Image  # here, since most of the program needs no images

    seen = [each for each in contents if medium_of(each) not in {None, "sound"}][:MOST_PICTURES]
    shown = [picture for each in seen if (picture := picture_of(each, size)) is not None]
    if not shown:
        raise RenderError(
            "There is no picture for a contact sheet.",
            hint="Keep pictures or animations first, or name others.",
        )
    columns = ceil(sqrt(len(shown)))
    gap = max(1, round(size * _GAP))
    across, down = (count * (size + gap) + gap for count in (columns, ceil(len(shown) / columns)))
    sheet = Image.new("RGB", (across, down), _GROUND)
    for place, picture in enumerate(shown):
        row, column = divmod(place, columns)
        at = (gap + column * (size + gap), gap + row * (size + gap))
        sheet.paste(picture, at)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def picture_of(content: str, size: int) -> Image.Image | None:
    """Give the picture of a text; None for one to be read or heard, and for a program that fails.

    Args:
        content: The text; of an animation its middle is shown.
        size: The side of the picture in pixels.
    """
    if medium_of(content) in {None, "sound"}:
        return None
    try:
        return render(content, size=size).image
    except RenderError:
        return None
