"""A contact sheet: many pictures beside each other, as one."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING, Final

from flourishing.app.render import render
from flourishing.core.words import quantity
from flourishing.errors import RenderError
from flourishing.kinds import medium_of

if TYPE_CHECKING:
    from PIL import Image

MOST_PICTURES: Final = 100
"""The most pictures of a sheet."""
LARGEST_PICTURE: Final = 512
"""Pixels; the largest side of one of its pictures."""
MOST_SECONDS: Final = 20.0
"""How long all pictures of a sheet may take together."""
_GROUND: Final = (250, 247, 240)
_GAP: Final = 1 / 16
"""Between two pictures, and around them all, beside the side of one."""


def contact_sheet(
    contents: Sequence[str], *, size: int = 256, most_seconds: float = MOST_SECONDS
) -> bytes:
    """Put pictures beside each other, in the order in which they are given.

    Args:
        contents: The texts; of an animation its middle is shown, and what gives no picture is left
            out. At most the first 100 that are something to look at are taken.
        size: The side of each picture in pixels, from 1 to 512, by default 256.
        most_seconds: How long all pictures may take together, by default 20.

    Returns:
        The sheet as a PNG.

    Raises:
        RenderError: None of the texts is a picture, the size is none, or it takes too long.
    """
    if not 1 <= size <= LARGEST_PICTURE:
        raise RenderError(
            f"A picture of a contact sheet cannot have {size:,} pixels a side.",
            hint=f"Give a size from 1 to {LARGEST_PICTURE}.",
        )
    from PIL import Image  # here, since most of the program needs no images

    seen = [each for each in contents if medium_of(each) not in {None, "sound"}][:MOST_PICTURES]
    found = pictures_of(seen, size, most_seconds=most_seconds)
    shown = [picture for picture in found if picture is not None]
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


def pictures_of(
    contents: Sequence[str], size: int, *, most_seconds: float = MOST_SECONDS
) -> list[Image.Image | None]:
    """Give the pictures of texts, which have one limit of time together.

    Args:
        contents: The texts.
        size: The side of each picture in pixels.
        most_seconds: How long they may take together, by default 20; one that is begun is finished.

    Returns:
        For each text what `picture_of` gives.

    Raises:
        RenderError: They take too long.
    """
    end = time.monotonic() + most_seconds
    pictures: list[Image.Image | None] = []
    for content in contents:
        if time.monotonic() >= end:
            raise RenderError(
                f"To draw {quantity(len(contents), 'text')} takes more than {most_seconds:g} "
                f"seconds: {len(pictures)} were done.",
                hint="Leave out programs that do not end or draw much, or ask for fewer texts or a "
                "smaller size.",
            )
        pictures.append(picture_of(content, size))
    return pictures


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
