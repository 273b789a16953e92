"""Drawings: SVG as a text, taken apart and built anew of what is allowed.

The text is parsed by defusedxml, which refuses entities and document types, and a new SVG is made
of its shapes: of each element and each attribute only what stands in a list, and of each value only
what has its form. So what is drawn, sent and saved has no script, no link, no image, no style sheet
and nothing of the model but numbers, colours and the data of paths. What tries more is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from flourishing.errors import RenderError
from flourishing.programs.colours import css_name

LONGEST: Final = 12_000
"""Characters; the longest drawing."""
_MOST_ELEMENTS: Final = 1_000
_DEEPEST: Final = 20
_LARGEST: Final = 1e5
_HINT: Final = "Draw with path, circle, ellipse, rect, line, polygon, polyline, g and gradients."
_SVG: Final = "http://www.w3.org/2000/svg"
_SHAPES: Final = frozenset(
    ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
)
_ELEMENTS: Final = _SHAPES | {"svg", "g", "defs", "linearGradient", "radialGradient", "stop"}
_BY_LETTERS: Final = {name.lower(): name for name in _ELEMENTS}
_REFUSED: Final = frozenset(
    (
        *("script", "foreignobject", "image", "feimage", "a", "iframe", "object", "embed", "link"),
        *("style", "audio", "video", "handler", "listener", "set", "use", "animate", "meta"),
        *("animatetransform", "animatemotion", "discard", "mpath"),
    )
)
"""What has no place in a drawing; other elements that are not known are left out."""
_CENTRED: Final = ("circle", "ellipse")
"""Shapes whose place is their centre; what models write as x and y is cx and cy."""
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,2})?")
_COLOUR: Final = re.compile(
    r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,25}|(?:rgb|hsl)a?\([0-9., %/-]{3,40}\)"
    r"|url\(#[A-Za-z][\w-]{0,40}\)"
)
_COLOURS: Final = ("fill", "stroke", "stop-color", "color")
"""Attributes whose value is a colour."""
_WORD: Final = re.compile(r"[a-zA-Z-]{1,20}")
_NAME: Final = re.compile(r"[A-Za-z][\w-]{0,40}")
_PATH: Final = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9eE+\-., \n\t]+")
_LIST: Final = re.compile(r"[0-9eE+\-., \n\t]+")
_TRANSFORM: Final = re.compile(
    r"(?:(?:translate|rotate|scale|skewX|skewY|matrix)\([0-9eE+\-., ]{1,80}\)[ ,]{0,3}){1,8}"
)
_OUTSIDE: Final = re.compile(r"url\s*\(\s*(?!#)|(?:java|vb)script:|data:|https?:|//|@import", re.I)


def _is_number(value: str) -> bool:
    found = _NUMBER.match(value)
    return found is not None and value[found.end() :] in ("", "%", "px") and _within(value)


def _within(value: str) -> bool:
    return all(abs(float(each[0])) <= _LARGEST for each in _NUMBER.finditer(value))


def _of_form(form: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: form.fullmatch(value) is not None


def _numbers(form: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: form.fullmatch(value) is not None and _within(value)


def _is_dashes(value: str) -> bool:
    dashes = [float(each[0]) for each in _NUMBER.finditer(value)]
    return _numbers(_LIST)(value) and 0 < len(dashes) <= 12 and min(dashes) >= 0.2


_ATTRIBUTES: Final[dict[str, Callable[[str], bool]]] = {
    **dict.fromkeys(
        (
            *("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "fx", "fy", "r", "rx", "ry"),
            *("width", "height", "offset", "opacity", "fill-opacity", "stroke-opacity"),
            *("stop-opacity", "stroke-width", "stroke-miterlimit", "stroke-dashoffset"),
        ),
        _is_number,
    ),
    **dict.fromkeys(_COLOURS, _of_form(_COLOUR)),
    **dict.fromkeys(
        ("stroke-linecap", "stroke-linejoin", "fill-rule", "gradientUnits", "spreadMethod"),
        _of_form(_WORD),
    ),
    **dict.fromkeys(("transform", "gradientTransform"), _numbers(_TRANSFORM)),
    "d": _numbers(_PATH),
    "points": _numbers(_LIST),
    "stroke-dasharray": _is_dashes,
    "id": _of_form(_NAME),
}


def sanitised(text: str) -> str:
    """Give a drawing built anew of what is allowed.

    Args:
        text: The SVG.

    Raises:
        RenderError: It is no SVG, too large, draws nothing, or has what no drawing may have.
    """
    if len(text) > LONGEST:
        raise RenderError(
            f"It has {len(text):,} characters, and a drawing has at most {LONGEST:,}.",
            hint="Shorten it.",
        )
    found = _parsed(text)
    if _name(found) != "svg":
        raise RenderError("It is no SVG.", hint="Begin it with <svg and end it with </svg>.")
    _require_small(found)
    built = Element("svg", {"xmlns": _SVG, "viewBox": _view(found)})
    built.attrib.update(
        (name, value)
        for name, value in _allowed(found)
        if name not in ("x", "y", "width", "height", "transform")
    )
    _copy(found, built)
    if not any(each.tag in _SHAPES for each in built.iter()):
        raise RenderError("It draws nothing.", hint=_HINT)
    return tostring(built, encoding="unicode")


def _parsed(text: str) -> Element:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(text.strip(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise RenderError(
            "It has a document type or an entity, which a drawing cannot have.",
            hint="Leave out <!DOCTYPE and <!ENTITY.",
        ) from error
    except ParseError as error:
        line, column = error.position
        raise RenderError(
            f"It is no XML: something is wrong in line {line}, at column {column}.",
            hint="Close each element, and put each value in quotes.",
        ) from error
    except (ValueError, LookupError) as error:  # a character that XML has not, or no encoding
        raise RenderError("It is no XML.", hint="Write it as plain text.") from error


def _name(element: Element) -> str:
    tag = element.tag if isinstance(element.tag, str) else ""
    space, _, name = tag.rpartition("}")
    return name.lower() if space in ("", f"{{{_SVG}") else f"{space}:{name}"


def _require_small(root: Element) -> None:
    level, count, depth = [root], 0, 0
    while level:
        count += len(level)
        depth += 1
        if count > _MOST_ELEMENTS or depth > _DEEPEST:
            most = f"{_MOST_ELEMENTS:,} elements"
            most = most if count > _MOST_ELEMENTS else f"{_DEEPEST} levels"
            raise RenderError(f"It has more than {most}.", hint="Take some of them out.")
        level = [child for element in level for child in element]


def _copy(source: Element, target: Element) -> None:
    for child in source:
        name = _name(child)
        if name in _REFUSED:
            raise RenderError(f"It has <{name}>, which a drawing cannot have.", hint=_HINT)
        if name in _BY_LETTERS and name != "svg":
            _copy(child, SubElement(target, _BY_LETTERS[name], dict(_allowed(child))))


def _allowed(element: Element) -> Iterator[tuple[str, str]]:
    """Give the attributes of an element that are allowed and have the form of their values."""
    for key, given in element.attrib.items():
        name, value = key.rpartition("}")[2], given.strip()
        if name.lower().startswith("on"):
            raise RenderError(f"It has {name[:20]}, which a drawing cannot have.", hint=_HINT)
        if name == "href" or _OUTSIDE.search(value):
            if name == "href" and value.startswith("#"):
                continue
            raise RenderError(
                f"It points to something outside itself, in {name[:20]}.",
                hint="A drawing has shapes and colours, and no links or images.",
            )
        if name in ("x", "y") and _name(element) in _CENTRED and f"c{name}" not in element.attrib:
            name = f"c{name}"
        pairs = _styles(value) if name == "style" else [(name, value)]
        for its, said in pairs:
            if its in _ATTRIBUTES and _ATTRIBUTES[its](said):
                yield its, css_name(said) if its in _COLOURS else said


def _styles(value: str) -> list[tuple[str, str]]:
    parts = (part.partition(":") for part in value.split(";"))
    return [(name.strip(), said.strip()) for name, _, said in parts]


def _view(root: Element) -> str:
    """Give the part of the plane that is shown."""
    given = root.get("viewBox", "").replace(",", " ").split()
    if len(given) != 4:
        sides = [root.get(side, "").removesuffix("px") for side in ("width", "height")]
        given = ["0", "0", *sides]
        if not all(map(_is_number, given)) or any("%" in side for side in sides):
            return "0 0 100 100"
    if not all(each and _is_number(each) for each in given):
        raise RenderError("Its viewBox is no four numbers.", hint='Write viewBox="0 0 100 100".')
    wide, high = (float(_NUMBER.match(each)[0]) for each in given[2:])  # type: ignore[index]
    if not (wide > 0 and high > 0 and 0.01 <= wide / high <= 100):
        raise RenderError("Its viewBox has no area.", hint='Write viewBox="0 0 100 100".')
    return " ".join(given)
