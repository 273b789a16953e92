"""A lineage as one HTML page, which needs no other file, and all that it says of each text.

Small families are drawn as cards that can be read; of large ones each text is a dot, and only the
lines of the lineage that the page is about are drawn, since tens of thousands of lines show nothing
and take a browser minutes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from markupsafe import Markup

from flourishing.core.diff import Change, Stretch, stretches, stretches_of, word_diff
from flourishing.core.text import Origin, Text, Writer
from flourishing.formats.family.cards import version_before
from flourishing.formats.family.graph import (
    MOST_CARDS,
    Edge,
    Family,
    Measures,
    Role,
    arrange,
    measures_for,
)
from flourishing.kinds import headline

if TYPE_CHECKING:
    from jinja2 import Environment


_NAME: Final = 70


@dataclass(frozen=True, slots=True)
class Step:
    """What an edit or a refinement changed.

    Attributes:
        made: "edit" or "refinement".
        before: The id of the version before, or None if it is not of the family.
        changes: The words that stayed, went and came.
    """

    made: Literal["edit", "refinement"]
    before: int | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of one text.

    Attributes:
        id: Its id.
        name: Its first words.
        kind: Who wrote it: a person, a model, or someone whose book it was found in.
        marks: What a person said of it.
        stretches: The text cut by who wrote what; in order, nothing left out.
        came_from: The edges to what it came from.
        elsewhere: How many more it came from that are not in the family.
        children: What came from it.
        step: What it changed of the version before it, if there is one.
        facts: How it was made, as pairs of a label and a value.
        prompt: The exact prompt; None where there is none, or an entry before has the same.
        prompt_at: The id of the entry that has the same prompt.
        raw: What the model wrote, where that is more or other than the text.
    """

    id: int
    name: str
    kind: Writer
    marks: tuple[str, ...]
    stretches: tuple[tuple[Writer, str], ...]
    came_from: tuple[Edge, ...]
    elsewhere: int
    children: tuple[int, ...]
    step: Step | None
    facts: tuple[tuple[str, str], ...]
    prompt: str | None
    prompt_at: int | None
    raw: str | None


def entries(family: Family, order: Sequence[int]) -> dict[int, Entry]:
    """Write the entries of a family.

    Args:
        family: The family.
        order: All its ids, each after those that it came from.
    """
    written: dict[int, Entry] = {}
    known: dict[int, tuple[Stretch, ...]] = {}
    prompts: dict[str, int] = {}
    for id in order:
        text = family.texts[id]
        origin = text.origin
        before_id, before = version_before(family, id)
        known[id] = _written(text, before, known.get(before_id) if before_id is not None else None)
        first = prompts.setdefault(origin.prompt, id) if origin.prompt else id
        came_from = family.came_from(id)
        written[id] = Entry(
            id=id,
            name=name(text),
            kind=text.writer,
            marks=family.marks.get(id, ()),
            stretches=tuple(_stretches(text, known[id])),
            came_from=came_from,
            elsewhere=max(len(origin.parents) - len(came_from), 0),
            children=family.children(id),
            step=_step(text, before_id, before),
            facts=tuple(_facts(origin)),
            prompt=origin.prompt if first == id else None,
            prompt_at=first if first != id else None,
            raw=origin.raw if (origin.raw or "").strip() != text.content.strip() else None,
        )
    return written


def name(text: Text) -> str:
    """Give the first words of a text, or what stands for them.

    Args:
        text: The text.
    """
    row = " ".join(headline(text).split()) or "(blank)"
    return row if len(row) <= _NAME else row[: _NAME - 1] + "…"


def _written(
    text: Text, before: Text | None, known: tuple[Stretch, ...] | None
) -> tuple[Stretch, ...]:
    """Say who wrote what, from what is known of the version before.

    So each step is compared once; going back to the first version from every version of a long
    chain would compare each of them again and again.
    """
    if before is None or known is None:
        return stretches(text)
    return stretches_of([text], before=(before, known))


def _stretches(text: Text, found: Sequence[Stretch]) -> Iterator[tuple[Writer, str]]:
    at = 0
    for stretch in found:
        yield stretch.author, text.content[at : at + stretch.length]
        at += stretch.length


def _step(text: Text, before_id: int | None, before: Text | None) -> Step | None:
    if before is None:
        return None
    made: Literal["edit", "refinement"] = "edit" if text.origin.author == "person" else "refinement"
    return Step(made, before_id, word_diff(before.content, text.content))


def _facts(origin: Origin) -> Iterator[tuple[str, str]]:
    """Say how a text was made."""
    if origin.source:
        yield "source", str(origin.source)
    if origin.source is None or origin.author == "model":
        yield "written by", "a person" if origin.author == "person" else "a model"
    if (origin.source is None or origin.prompt is not None) and origin.dated:
        yield "date", f"{origin.at:%Y-%m-%d %H:%M} {origin.at.tzname() or ''}".strip()
    if origin.model:
        yield "model", origin.model
    if origin.pattern:
        yield "pattern", origin.pattern.name
    if origin.examples:
        yield "examples", f"{origin.examples:,}, which only showed the form"
    if origin.start:
        yield "start words", origin.start
    if origin.sampling:
        for label, value in origin.sampling.as_dict().items():
            yield label.replace("_", " "), f"{value:g}" if isinstance(value, float) else str(value)
    if origin.seed is not None:
        yield "seed", f"{origin.seed}{' (reproducible)' if origin.reproducible else ''}"
    if origin.finish:
        yield "stopped", "at the most tokens" if origin.finish == "length" else "of its own"


MOST_LINES = 1_500
"""Of a family with more lines, only those of the root's own lineage are drawn."""

_CARDS: Final = Measures(cards=True, width=148, height=62, across=14, down=58, between=12, most=6)
_DOTS: Final = Measures(cards=False, width=22, height=22, across=8, down=40, between=12, most=36)
_MARGIN: Final = 16


@dataclass(frozen=True, slots=True)
class Node:
    """Where the upper left corner of a text stands, in CSS pixels from that of the sheet."""

    id: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line from a parent down to a child, as an SVG path."""

    child: int
    parent: int
    role: Role
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing.

    Attributes:
        cards: Whether texts are cards; else they are dots.
        width: How wide it is, in CSS pixels, like all that follows.
        height: How high it is.
        node_width: How wide a text is.
        node_height: How high a text is.
        places: Where the texts stand, by generations.
        lines: The lines.
        all_lines: Whether these are all there are.
    """

    cards: bool
    width: int
    height: int
    node_width: int
    node_height: int
    places: tuple[Node, ...]
    lines: tuple[Line, ...]
    all_lines: bool


def draw(
    family: Family, generations: Sequence[Sequence[int]], *, pictures: bool = False
) -> Drawing:
    """Draw a family.

    Args:
        family: The family.
        generations: Its ids in layers, parents above their children.
        pictures: Whether its cards are pictures, which are as high as wide, by default False.
    """
    size = _CARDS if len(family.texts) <= MOST_CARDS else _DOTS
    if pictures and size is _CARDS:
        size = measures_for(family, generations, pictures=True)
    middles = arrange(family, generations, size).places
    left = min(place.x for place in middles.values()) - _MARGIN
    places = {
        id: Node(id, round(place.x - left), round(place.y) + _MARGIN)
        for id, place in middles.items()
    }
    lines, all_lines = _lines(family, places, size)
    return Drawing(
        cards=size.cards,
        width=max(place.x for place in places.values()) + size.width + _MARGIN,
        height=max(place.y for place in places.values()) + size.height + _MARGIN,
        node_width=size.width,
        node_height=size.height,
        places=tuple(places.values()),
        lines=lines,
        all_lines=all_lines,
    )


def _lines(
    family: Family, places: dict[int, Node], size: Measures
) -> tuple[tuple[Line, ...], bool]:
    edges = own = [edge for id in places for edge in family.came_from(id)]
    if len(edges) > MOST_LINES:
        # From the root outwards, so that it is the nearest that are drawn.
        up = {id: far for far, id in enumerate((family.root, *family.ancestors(family.root)))}
        down = {id: far for far, id in enumerate((family.root, *family.descendants(family.root)))}
        own = [edge for edge in edges if edge.child in up or edge.parent in down]
        far_off = len(places)
        own.sort(key=lambda e: min(up.get(e.child, far_off), down.get(e.parent, far_off)))
    lines = []
    for edge in own[:MOST_LINES]:
        above, below = places[edge.parent], places[edge.child]
        x1, y1 = above.x + size.width // 2, above.y + size.height
        x2, y2 = below.x + size.width // 2, below.y
        bend = max((y2 - y1) // 2, 14)
        path = f"M{x1} {y1}C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2}"
        lines.append(Line(edge.child, edge.parent, edge.role, path))
    return tuple(lines), len(lines) == len(edges)


DATA_ID: Final = "flourishing-data"
"""The id of the element with the texts as data, by which an import knows such a page."""
_UNSHOWABLE: Final = (*range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_PICTURES: Final = dict.fromkeys(_UNSHOWABLE, 0xFFFD) | {
    code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"
}
"""Control characters are shown as their pictures; NUL and some more could not stand in a page."""


def to_html(
    family: Family,
    title: str = "",
    *,
    credit: Sequence[str] = (),
    records: Sequence[Mapping[str, object]] = (),
) -> str:
    """Give the lineage of a text as one self-contained HTML page.

    Args:
        family: The family; its root is the text that is shown first.
        title: What the page is called; by default the first words of the root.
        credit: Lines below the title that name people; by default none.
        records: The records of our own JSONL that another garden takes in from the page; by
            default none, and the page is only looked at.
    """
    generations = family.generations()
    environment = _environment()
    script = environment.get_template("family.js").render()
    written = entries(family, [id for layer in generations for id in layer])
    return environment.get_template("family.html.jinja").render(
        title=title.strip() or name(family.texts[family.root]),
        credit=credit,
        lines=[_line(record) for record in records],
        carried=sum(record.get("record") == "text" for record in records),
        data_id=DATA_ID,
        root=family.root,
        generations=[[written[id] for id in layer] for layer in generations],
        entries=written,
        drawing=draw(family, generations),
        named=len(written) <= MOST_CARDS,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _line(record: Mapping[str, object]) -> Markup:
    """Write a record so that nothing in it can end the element that it stands in.

    All but ASCII is escaped, so that no change of encoding changes a text, and no sign in it turns
    the direction of what is read.
    """
    from jinja2.utils import htmlsafe_json_dumps

    words = htmlsafe_json_dumps(record, ensure_ascii=True)
    return Markup(words.replace("\x7f", "\\u007f"))  # noqa: S704 - it has neither < nor &


def _visible(shown: object) -> object:
    return shown.translate(_PICTURES) if isinstance(shown, str) else shown
