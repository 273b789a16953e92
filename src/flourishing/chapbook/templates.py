"""The templates of the HTML and EPUB forms, which lie beside this module.

Everything that they show is escaped; none of them marks anything as safe.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER: Final = Path(__file__).parent


def render(template: str, **values: object) -> str:
    """Fill in a template.

    Args:
        template: The name of its file.
        values: What it shows.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
