"""Texts as HTML for a notebook: every word of them is escaped, and nothing else is fetched.

What a model wrote is hostile until shown otherwise, in a notebook as anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from typing import Final

_POEM: Final = "font-family: serif; white-space: pre-wrap; margin: 0.3em 0"
_SMALL: Final = "color: gray; font-size: 85%"


_LOOKS: Final[list[Callable[[str], str]]] = []


def show_looks(look: Callable[[str], str]) -> None:
    """Show with each text what it looks or sounds like.

    Args:
        look: Gives that as HTML in which nothing is the text's own; "" for a text to be read.
    """
    _LOOKS[:] = [look]


def poem(content: str, caption: str = "") -> str:
    """Give a text with its line ends, what it looks or sounds like, and a caption below it.

    Args:
        content: The text, escaped here.
        caption: What is said below it, escaped here; "" for nothing.
    """
    below = f'<div style="{_SMALL}">{escape(caption)}</div>' if caption else ""
    looks = "".join(look(content) for look in _LOOKS)
    return f'<div><div style="{_POEM}">{escape(content)}</div>{looks}{below}</div>'


def numbered(heading: str, poems: Iterable[str], notes: Iterable[str] = ()) -> str:
    """Give poems in a numbered list.

    Args:
        heading: What stands above them, escaped here.
        poems: What `poem` gave.
        notes: What stands below them, escaped here.
    """
    items = "".join(f"<li>{each}</li>" for each in poems)
    said = "".join(f'<div style="{_SMALL}">{escape(note)}</div>' for note in notes)
    return f'<div><div>{escape(heading)}</div><ol start="0">{items}</ol>{said}</div>'
