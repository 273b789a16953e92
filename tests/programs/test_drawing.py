"""A drawing is built anew of shapes, numbers and colours, and of nothing else."""

from __future__ import annotations

import io
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import flourishing as fl
from flourishing.programs.drawing import sanitised
from flourishing.programs.reading import drawing_gist, end_of_drawing

DISC = '<circle cx="50" cy="50" r="30" fill="#588157"/>'
SVG = f'<svg viewBox="0 0 100 100">\n{DISC}\n</svg>'


def test_a_drawing_is_a_picture_of_its_size_with_its_colours() -> None:
    rendering = fl.render(SVG, size=40)
    assert (rendering.medium, rendering.media_type) == ("image", "image/png")
    image = Image.open(io.BytesIO(rendering.data)).convert("RGB")
    assert image.size == (40, 40)
    assert image.getpixel((20, 20)) == (0x58, 0x81, 0x57)
    assert image.getpixel((1, 1)) == (255, 255, 255)
    assert rendering.encode("svg").startswith(b"<svg")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('<circle r="9" fill="red" class="x" data-y="1"/>', '<circle r="9" fill="red" />'),
        ('<rect width="50%" height="9px"/>', '<rect width="50%" height="9px" />'),
        ('<path d="M0 0 L9,9z" style="fill:none; stroke: red"/>', 'fill="none" stroke="red"'),
        ('<path d="M0 0" stroke-dasharray="3 1"/>', 'stroke-dasharray="3 1"'),
        ('<g transform="rotate(45 50 50)"><circle r="1"/></g>', 'transform="rotate(45 50 50)"'),
        ('<circle r="1" fill="hsl(120, 50%, 50%)"/>', 'fill="hsl(120, 50%, 50%)"'),
        ('<circle r="1" fill="url(#a)"/>', 'fill="url(#a)"'),
        ('<circle r="1" fill="silvergrey" stroke="DarkSlateOrange"/>', 'fill="grey"'),
        ('<circle r="1" fill="silvergrey" stroke="DarkSlateOrange"/>', 'stroke="orange"'),
        ('<circle r="1" fill="nowhere"/>', 'fill="nowhere"'),
        ('<circle r="1" fill="currentColor"/>', 'fill="currentColor"'),
        ('<title>A disc</title><circle r="1"/>', "><circle"),
        ('<circle x="4" y="6" r="1"/>', '<circle cx="4" cy="6" r="1" />'),
        ('<ellipse cx="4" x="6" rx="1"/>', '<ellipse cx="4" x="6" rx="1" />'),
        ('<text x="9">words</text><circle r="1"/>', "><circle"),
    ],
)
def test_what_is_allowed_stays_and_the_rest_goes(written: str, kept: str) -> None:
    assert kept in sanitised(f"<svg>{written}</svg>")


def test_a_drawing_may_have_a_prefix_for_its_namespace() -> None:
    text = '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:circle r="9"/></s:svg>'
    assert sanitised(text) == sanitised(text.replace("s:", "").replace(":s=", "="))
    assert fl.render(text, size=8).medium == "image"
    with pytest.raises(fl.RenderError, match="It is no XML"):
        fl.render('<s:svg><s:circle r="9"/></s:svg>', size=8)


def test_a_gradient_is_drawn() -> None:
    inside = (
        '<defs><linearGradient id="a"><stop offset="0" stop-color="red"/>'
        '<stop offset="1" stop-color="blue"/></linearGradient></defs>'
        '<rect width="100" height="100" fill="url(#a)"/>'
    )
    image = fl.render(f"<svg>{inside}</svg>", size=20).image
    assert image.getpixel((0, 10)) != image.getpixel((19, 10))


@pytest.mark.parametrize(
    ("head", "view"),
    [
        ("", "0 0 100 100"),
        ('width="200" height="100"', "0 0 200 100"),
        ('viewBox="-5,-5,10,10" width="9"', "-5 -5 10 10"),
        ('width="100%" height="100%"', "0 0 100 100"),
    ],
)
def test_what_is_shown_is_what_the_head_says(head: str, view: str) -> None:
    assert fromstring(sanitised(f"<svg {head}>{DISC}</svg>")).get("viewBox") == view


_ALLOWED = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#%().,-+ /:\"'<>=\n")


@given(st.text(st.sampled_from(sorted(_ALLOWED)), max_size=60))
def test_whatever_a_value_is_it_breaks_out_of_nothing(value: str) -> None:
    written = value.replace("<", "&lt;").replace('"', "&quot;")
    try:
        found = sanitised(
            f'<svg><circle r="1" fill="{written}" d="{written}" id="{written}"/></svg>'
        )
    except fl.RenderError:
        return
    (circle,) = fromstring(found)
    assert set(circle.attrib) <= {"r", "fill", "d", "id"}
    assert not set(found) & {"'", "&", ";"}


@pytest.mark.parametrize("after", ["", "\n", "\nand so on", "\n<svg viewBox=", "</svg>"])
def test_a_drawing_is_read_to_its_end(after: str) -> None:
    assert end_of_drawing(SVG + after) == end_of_drawing(SVG)
    assert end_of_drawing(SVG).text == SVG


@pytest.mark.parametrize("tail", ["", '\n<circle cx="3', "\n<", "\n<g", "\n</g></svg>"])
def test_a_drawing_that_is_cut_off_is_closed_after_its_last_element(tail: str) -> None:
    ended = end_of_drawing(f'<svg viewBox="0 0 100 100">\n<g>{DISC}{tail}')
    assert ended.whole
    assert fl.render(ended.text, size=8).image
    assert ended.text.endswith("</svg>")


def test_elements_over_and_over_until_the_end_stand_there_once() -> None:
    two = '<circle cx="1" r="2"/>\n<circle cx="5" r="2"/>\n'
    other = '<rect width="9" height="9"/>\n'
    begun = f'<svg viewBox="0 0 100 100">\n{other}<g>\n'
    ended = end_of_drawing(begun + 5 * two + '<circle cx="1" r="2"/>\n<circ')
    assert (ended.text, ended.whole) == (f"{begun}{two.rstrip()}</g></svg>", True)
    twice = end_of_drawing(begun + 2 * two).text
    assert twice == f"{begun}{(2 * two).rstrip()}</g></svg>"
    closed = end_of_drawing(begun + 5 * two + "</g>\n</svg>\nmore").text
    assert closed == f"{begun}{two.rstrip()}</g></svg>"
    kept = begun + 2 * two + "</g>\n</svg>"
    assert end_of_drawing(kept).text == kept


def test_an_attribute_that_was_written_twice_stands_there_once() -> None:
    ended = end_of_drawing('<svg><circle r="9" fill="red" cx="4" fill=\'blue\' r="2"/></svg>')
    assert ended.text == '<svg><circle r="9" fill="red" cx="4"/></svg>'


@pytest.mark.parametrize("text", ["", "the fog", "<svg>", "<p>words</p", '<svg viewBox="0'])
def test_what_is_no_drawing_stays_as_it_is(text: str) -> None:
    ended = end_of_drawing(text)
    assert (ended.text, ended.whole) == (text, False)


def test_a_drawing_stands_in_a_list_by_its_shapes() -> None:
    assert drawing_gist(f"<svg>{DISC}{DISC}<path/></svg>") == "2 circle, path"
