"""A poem and a family as pictures: the size that was asked for, set as text, whole or refused."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from flourishing.core.text import Text
from flourishing.errors import InputError, TextError
from flourishing.formats.family import Family
from flourishing.formats.picture import SIZES, Caption, Look, Size, family_picture, poem_picture
from flourishing.patterns import PATTERNS
from tests.formats.chapbook.conftest import bred as bred_by
from tests.formats.family.conftest import HOSTILE, bred, family  # noqa: F401 - a fixture

FOG = Text("the fog comes\non little cat feet.\n\n    It sits looking")
TOKENS = Path(__file__).parents[3] / "frontend" / "src" / "styles" / "tokens.css"


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def inked(image: Image.Image) -> tuple[int, int, int, int]:
    """Give the box of all that is not paper."""
    paper = Image.new("RGB", image.size, image.getpixel((0, 0)))
    box = ImageChops.difference(image, paper).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("size", list(SIZES))
def test_a_poem_has_the_size_that_was_asked_for_and_room_around_it(size: Size) -> None:
    image = opened(poem_picture(FOG, size=size, caption=Caption("Fog", ("Ada",))))
    width, height = SIZES[size]
    assert image.width == width
    assert image.height == height or (height is None and image.height > 300)
    left, top, right, bottom = inked(image)
    assert min(left, top, image.width - right, image.height - bottom) >= 80


def test_a_short_poem_is_set_larger_than_a_long_one() -> None:
    one, many = Text("the fog"), Text("the fog\n" * 20 + "the fog")
    short, long = (inked(opened(poem_picture(text, size="square"))) for text in (one, many))
    assert short[2] - short[0] > long[2] - long[0]


def test_a_line_of_verse_that_is_broken_is_turned_in_and_a_paragraph_is_not() -> None:
    words = "n" + 40 * " nn"
    edges = []
    for pattern in ("stories", "poems"):
        text = bred_by(words, pattern=PATTERNS[pattern])
        image = opened(poem_picture(text, size="long"))
        left, _, right, bottom = inked(image)
        edges.append(inked(image.crop((0, bottom - 20, right, bottom)))[0] - left)
    story, poem = edges
    assert story < 10 < poem


@pytest.mark.parametrize("look", ["day", "night"])
def test_its_colours_are_those_of_the_page(look: Look) -> None:
    paper = re.search(r"--paper: light-dark\((#\w+), (#\w+)\)", TOKENS.read_text("utf-8"))
    assert paper is not None
    shown = opened(poem_picture(FOG, look=look)).getpixel((2, 2))
    assert isinstance(shown, tuple)
    assert "#{:02x}{:02x}{:02x}".format(*shown) == paper[1 if look == "day" else 2]


def test_what_does_not_fit_is_refused_and_never_cut() -> None:
    long = Text("\n".join(f"line {number} of a long poem" for number in range(80)))
    with pytest.raises(InputError, match="too long") as refused:
        poem_picture(long, size="square")
    assert "long" in refused.value.hint
    assert opened(poem_picture(long, size="long")).height > 4_000
    for words in ("a\n" * 9_000, "word " * 20_000):
        with pytest.raises(InputError, match="too long"):
            poem_picture(Text(words), size="long")


@pytest.mark.parametrize(
    "words",
    [
        '#panic("x") $x^2$ *bold* _it_ `raw` <label> @ref \\ // /* "',
        HOSTILE,
        "</script><script>alert(1)</script>",
        "\u202egreen\u202c sea \u2066x",
        "שלום עולם\nthe sea",
        "a" * 500,
        "  " * 200 + "far in",
        "\x07\x1b[31m \u2028",
    ],
)
def test_a_hostile_text_is_only_ever_set_as_text(words: str) -> None:
    image = opened(poem_picture(Text(words), size="square", caption=Caption(words, (words,))))
    left, top, right, bottom = inked(image)
    assert min(left, top, 1080 - right, 1080 - bottom) >= 60


def test_what_cannot_be_shown_is_said() -> None:
    with pytest.raises(InputError, match="No font on this computer has \U0010fffd"):
        poem_picture(Text("a sign \U0010fffd of nobody"))
    with pytest.raises(InputError, match="blank"):
        poem_picture(Text(" \n "))
    with pytest.raises(InputError, match="no size 'huge'"):
        poem_picture(FOG, size="huge")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no look 'dusk'"):
        poem_picture(FOG, look="dusk")  # type: ignore[arg-type]
    with pytest.raises(TextError, match="title"):
        Caption("\ud800")


@pytest.mark.parametrize("size", ["long", "square", "wide"])
def test_a_family_is_drawn_within_its_picture(family: Family, size: Size) -> None:  # noqa: F811
    image = opened(family_picture(family, size=size, caption=Caption("", ("Ada",))))
    width, height = SIZES[size]
    assert height is None or image.size == (width, height)
    left, top, right, bottom = inked(image)
    assert min(left, top, image.width - right, image.height - bottom) >= 10


def test_a_large_family_is_drawn_in_dots() -> None:
    texts = {id: bred(f"mist {id}") for id in range(1, 301)}
    image = opened(family_picture(Family(1, texts), look="night"))
    assert max(image.size) <= 8_192
