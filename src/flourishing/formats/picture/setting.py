"""Setting a poem or a family as a PNG, by typst.

One point of the typesetter is one pixel. A poem is set as large as it fits; where it does not fit
even at the smallest size that can be read on a telephone, it is refused, and never cut.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from flourishing.core.text import Text, require_unicode
from flourishing.errors import InputError
from flourishing.formats.chapbook.book import first_line, in_a_row, leftward, stanzas
from flourishing.formats.chapbook.layout import require_signs
from flourishing.formats.chapbook.output import settable, typst_program
from flourishing.formats.family.graph import Family
from flourishing.formats.family.page import Drawing, draw
from flourishing.kinds import is_prose, set_out

if TYPE_CHECKING:
    import typst

Size: TypeAlias = Literal["square", "portrait", "story", "wide", "long"]
Look: TypeAlias = Literal["day", "night"]

SIZES: Final[dict[Size, tuple[int, int | None]]] = {
    "square": (1080, 1080),
    "portrait": (1080, 1350),
    "story": (1080, 1920),
    "wide": (1600, 900),
    "long": (1080, None),
}
"""Width and height in pixels; None for as high as it becomes."""
_COLOURS: Final[dict[Look, dict[str, Any]]] = {
    # Those of the page and of a family's page.
    "day": {
        "paper": "#faf7f0",
        "ink": "#29251f",
        "soft": "#5f584d",
        "line": "#b9af9f",
        "tones": {
            "person": ("#fbe7d6", "#9a4a16"),
            "model": ("#e2ecf7", "#2f5d8f"),
            "source": ("#e8f0dc", "#4c6b2f"),
        },
    },
    "night": {
        "paper": "#1a1916",
        "ink": "#e9e2d4",
        "soft": "#b3aa9a",
        "line": "#5b564e",
        "tones": {
            "person": ("#46301f", "#f0a878"),
            "model": ("#20344a", "#93bdec"),
            "source": ("#2c3a1e", "#afcf8b"),
        },
    },
}
_FONTS: Final = Path(__file__).parent
_LARGEST_TYPE: Final = 84
_READABLE_TYPE: Final = 39
"""Above it, letters become smaller before a line is broken; below it, lines are broken first."""
_SMALLEST_TYPE: Final = 24
_LONG_TYPE: Final = 40
_SMALL_TYPE: Final = 26
_MARGIN: Final = 96
_MOST_HEIGHT: Final = 16_384
"""Of the size "long", in pixels; more than that few programs show."""
_MOST_LETTERS: Final = 50_000
"""Longer texts fit into no picture, and measuring them takes minutes."""
_HEAD: Final = 130
_SIDE: Final = 8_192
"""The longest side of a family's picture, in pixels."""
_LEAST_WIDTH: Final = 1080
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands beside the texts of a picture.

    Attributes:
        title: A title above; "" for none.
        credit: Lines below, in small letters; none where nobody is to be named.

    Raises:
        TextError: The title or a line has a lone surrogate.
    """

    title: str = ""
    credit: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_unicode(self.title, "The title")
        for line in self.credit:
            require_unicode(line, "The credit")


def poem_picture(
    text: Text,
    *,
    size: Size = "portrait",
    look: Look = "day",
    caption: Caption | None = None,
    picture: bytes | None = None,
) -> bytes:
    """Give a text as the bytes of a PNG picture.

    Args:
        text: The text.
        size: One of `SIZES`: "square" (1080 by 1080 pixels), "portrait" (1080 by 1350, the
            default), "story" (1080 by 1920), "wide" (1600 by 900) or "long" (1080, and as high as
            the text becomes).
        look: "day" for dark letters on light paper, which is the default, or "night".
        caption: The title above it and the lines below it; None for neither.
        picture: What the text looks like, as PNG, shown in the place of its words; None for a text
            that is to be read.

    Raises:
        InputError: There is no such size or look, the text does not fit, or no font here has its
            signs.
    """
    caption = caption or Caption()
    width, height = _measures(size)
    if len(text.content) > _MOST_LETTERS:
        raise _too_long(size)
    words = set_out(text) if picture is None else ""
    lines = [asdict(stanza) for stanza in stanzas(words)]
    if not lines and picture is None:
        raise InputError("There is no picture of a blank text.", hint="Choose another text.")
    title = in_a_row(caption.title)
    _require_signs(words, title, *caption.credit)
    sizes = list(range(_LARGEST_TYPE, _SMALLEST_TYPE - 1, -3)) if height else [_LONG_TYPE]
    poem = {
        **_colours(look),
        "width": width,
        "height": height,
        "margin": _MARGIN,
        "sizes": sizes,
        "readable": _READABLE_TYPE,
        "small": _SMALL_TYPE,
        "most": _MOST_HEIGHT - 2 * _MARGIN,
        "title": title,
        "title_leftward": leftward(title),
        "stanzas": lines,
        "credit": _lines(caption.credit),
    }
    inputs = {
        "poem": json.dumps(settable(poem)),
        "room": str(width - 2 * _MARGIN),
        "look": "" if picture is None else _as_svg(picture),
        "hang": "0" if is_prose(text) else "2",
    }
    made = _set(typst_program(_FONTS / "poem.typ"), inputs)
    if made is None:
        raise _too_long(size)
    return made


def family_picture(
    family: Family,
    *,
    size: Size = "long",
    look: Look = "day",
    caption: Caption | None = None,
    pictures: Mapping[int, bytes] | None = None,
) -> bytes:
    """Give the drawing of a family as the bytes of a PNG picture.

    Args:
        family: The family.
        size: One of `SIZES`, into which the drawing is made to fit; "long", the default, is as wide
            and as high as the drawing, up to 8,192 pixels.
        look: "day" for dark letters on light paper, which is the default, or "night".
        caption: The title above it, by default the first words of its root, and the lines below.
        pictures: What its texts look like, by their ids, as PNG; such a text is shown by its
            picture, and the others by their first words. None for no pictures.

    Raises:
        InputError: There is no such size or look, or no font here has a sign of it.
    """
    caption = caption or Caption()
    generations = family.generations()
    pictures = pictures or {}
    drawing = draw(family, generations, pictures=bool(pictures))
    title = in_a_row(caption.title) or first_line(family.texts[family.root])
    names = {id: first_line(text) for id, text in family.texts.items()} if drawing.cards else {}
    names = {id: name for id, name in names.items() if id not in pictures}
    _require_signs(title, *names.values(), *caption.credit)
    below = _MARGIN // 2 + 30 * len(caption.credit)
    width, height, scale = _fit(drawing, size, below)
    inputs = {
        **_colours(look),
        "width": width,
        "height": height,
        "scale": scale,
        "below": below,
        "head": _HEAD,
        "margin": _MARGIN // 2,
        "size": 34,
        "cards": drawing.cards,
        "letters": 11 if pictures else 15,
        "drawn": {
            "width": drawing.width,
            "height": drawing.height,
            "node_width": drawing.node_width,
            "node_height": drawing.node_height,
        },
        "nodes": [
            {
                "id": f"{place.id}",
                "x": place.x,
                "y": place.y,
                "kind": family.texts[place.id].writer,
                "root": place.id == family.root,
                "name": names.get(place.id, ""),
                "leftward": leftward(names.get(place.id, "")),
            }
            for place in drawing.places
        ],
        "lines": [
            {"points": _points(line.path), "example": line.role == "example"}
            for line in drawing.lines
        ],
        "title": title,
        "title_leftward": leftward(title),
        "about": _counted(len(family.texts), len(generations)),
        "legend": [
            ("person", "written by a person"),
            ("model", "written by a model"),
            ("source", "published"),
        ],
        "credit": _lines(caption.credit),
    }
    program = (_FONTS / "family.typ").read_bytes()
    # Not with the rest, which is prepared for setting: it is data, and no words.
    images = {f"{id}": _as_svg(image) for id, image in pictures.items()} if drawing.cards else {}
    given = {"family": json.dumps(settable(inputs)), "pictures": json.dumps(images)}
    picture = _set(program, given)
    if picture is None:
        raise _too_long(size)
    return picture


def _measures(size: Size) -> tuple[int, int | None]:
    if size not in SIZES:
        raise InputError(
            f"There is no size {size!r} of a picture.", hint=f"Say one of {', '.join(SIZES)}."
        )
    return SIZES[size]


def _colours(look: Look) -> dict[str, Any]:
    if look not in _COLOURS:
        raise InputError(
            f"There is no look {look!r} of a picture.", hint=f"Say one of {', '.join(_COLOURS)}."
        )
    return _COLOURS[look]


def _too_long(size: Size) -> InputError:
    other = (
        "Share it as a page or as text." if size == "long" else 'Choose the size "long", or a page.'
    )
    return InputError("The text is too long for a picture of this size.", hint=other)


def _require_signs(*words: str) -> None:
    require_signs(
        {"the text": "".join(words)},
        hint="Share it as a page or as text, which are shown with the reader's fonts; or install a "
        "font for that script, such as one of the Noto fonts.",
    )


def _lines(credit: Sequence[str]) -> list[dict[str, object]]:
    rows = [in_a_row(line) for line in credit]
    return [{"words": row, "leftward": leftward(row)} for row in rows if row]


def _fit(drawing: Drawing, size: Size, below: int) -> tuple[int, int, float]:
    """Give the width and the height of a family's picture, and the scale of its drawing."""
    width, height = _measures(size)
    margin = _MARGIN // 2
    if height is None:
        scale = min(1.0, (_SIDE - _HEAD - below) / drawing.height, _SIDE / drawing.width)
        width = max(_LEAST_WIDTH, round(drawing.width * scale) + 2 * margin)
        return width, round(drawing.height * scale) + _HEAD + below, scale
    scale = min(
        (width - 2 * margin) / drawing.width, (height - _HEAD - below) / drawing.height, 1.6
    )
    return width, height, scale


def _as_svg(png: bytes) -> str:
    """Give a picture as SVG, since the typesetter takes images as text or from files alone."""
    data = base64.b64encode(png).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
        f'<image width="1" height="1" href="data:image/png;base64,{data}"/></svg>'
    )


def _points(path: str) -> list[tuple[float, float]]:
    numbers = [float(each) for each in _NUMBER.findall(path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _counted(texts: int, generations: int) -> str:
    return (
        f"{texts:,} {'text' if texts == 1 else 'texts'} in {generations:,} "
        f"{'generation' if generations == 1 else 'generations'}"
    )


def _set(program: bytes, inputs: dict[str, str]) -> bytes | None:
    """Set a picture; None where its program says that the text is too long."""
    import typst

    try:
        made = typst.compile(
            program, format="png", ppi=72.0, sys_inputs=inputs, font_paths=_fonts()
        )
    except typst.TypstError as error:
        if error.message == "panicked with: too long":
            return None
        raise
    return made if isinstance(made, bytes) else None


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(font_paths=[str(_FONTS)])
