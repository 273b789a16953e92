"""What files call the parts of a text: the names of columns in tables and of keys in JSON.

Data sets of poems have no common form, so each part is known by the names that are usual for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

TEXT: Final = (
    "content",
    "text",
    "poem",
    "haiku",
    "verse",
    "lines",
    "poem text",
    "poem content",
    "poem body",
    "full text",
    "body",
    "lyrics",
    "story",
    "quote",
)
AUTHOR: Final = ("author", "poet", "writer", "author name", "poet name")
TITLE: Final = ("title", "name", "poem title", "poem name")
YEAR: Final = ("year", "published year", "publication year")
PUBLISHED: Final = ("published", "book", "source")
SOURCE: Final = (*AUTHOR, *TITLE, *YEAR, *PUBLISHED)

_MOST_NAMED: Final = 10
_APART: Final = re.compile(r"[\s_.-]+")


def plain_name(name: str) -> str:
    """Give a name without case and with blanks between its words: "Poem_Text" as "poem text".

    Args:
        name: The name of a column as the file has it.
    """
    return _APART.sub(" ", name).strip().lower()


def year_of(words: str) -> int | None:
    """Give the year that a cell holds, from 1 to 9999; None where it holds something else.

    Args:
        words: The content of the cell.
    """
    words = words.strip()
    return int(words) if words.isdecimal() and len(words) <= 4 and int(words) else None


def listed(names: Iterable[str], of: int | None = None) -> str:
    """Name things, at most ten, and say how many more there are.

    Args:
        names: The names, in order.
        of: How many things there are, if the names are only the first; by default as many.
    """
    known = list(names)
    shown = known[:_MOST_NAMED]
    more = (len(known) if of is None else of) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")
