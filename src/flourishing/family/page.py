"""The page of a family: one HTML file that shows a lineage and needs nothing else.

It is whole without its script: every text stands below the drawing, and each card of the drawing
is a link to its text. The script, which the page admits by its hash, puts text and drawing side
by side and lets the arrow keys walk the lineage. Texts are escaped; nothing marks them as safe.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flourishing.family.drawing import draw
from flourishing.family.entries import entries, name
from flourishing.family.graph import Family
from flourishing.family.layout import MOST_CARDS

if TYPE_CHECKING:
    from jinja2 import Environment

_UNSHOWABLE: Final = (*range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_PICTURES: Final = dict.fromkeys(_UNSHOWABLE, 0xFFFD) | {
    code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"
}
"""Control characters are shown as their pictures; NUL and some more could not stand in a page."""


def to_html(family: Family, title: str = "") -> str:
    """Give the lineage of a text as one self-contained HTML page.

    Args:
        family: The family; its root is the text that is shown first.
        title: What the page is called; by default the first words of the root.
    """
    generations = family.generations()
    environment = _environment()
    script = environment.get_template("family.js").render()
    written = entries(family, [id for layer in generations for id in layer])
    return environment.get_template("family.html.jinja").render(
        title=title.strip() or name(family.texts[family.root]),
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


def _visible(shown: object) -> object:
    return shown.translate(_PICTURES) if isinstance(shown, str) else shown
