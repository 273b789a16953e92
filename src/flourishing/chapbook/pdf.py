"""A chapbook as a PDF for A5 paper, set by Typst.

The texts go in as JSON beside the program, `book.typ`, which shows them as strings: nothing in a
text can be a command. Signs that Libertinus lacks are taken from the fonts of this computer.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict
from typing import Final

from flourishing.chapbook.book import Chapbook
from flourishing.chapbook.leaf import leaves
from flourishing.chapbook.templates import FOLDER

_TAB: Final = 4
"""Blanks to the next place at which a tab stops."""
_LONG_WORD: Final = re.compile(r"[^ ]{40,}")
"""What stands between two blanks, where a line breaks; shorter words are left to `book.typ`."""
_PIECE: Final = 8
"""So many wide letters fit into half a line, which the deepest indent leaves."""
_JOINED: Final = ("M", "Sk", "Cf")
"""What belongs to the sign before it: accents, skin tones, joiners."""


def to_pdf(book: Chapbook) -> bytes:
    """Give a chapbook as the bytes of a PDF file, A5.

    Args:
        book: The chapbook.
    """
    import typst

    pdf: bytes = typst.compile(
        (FOLDER / "book.typ").read_bytes(),
        format="pdf",
        sys_inputs=typst_inputs(book),
        timestamp=int(book.date.timestamp()),
    )
    return pdf


def typst_inputs(book: Chapbook) -> dict[str, str]:
    """Give what the program `book.typ` reads: the whole book as JSON.

    Args:
        book: The chapbook.
    """
    return {"book": json.dumps(_settable(asdict(leaves(book))))}


def _settable(value: object) -> object:
    """Prepare every string in a tree of plain data, and count the blanks of indents."""
    match value:
        case dict():
            return {
                key: _width(part) if key == "indent" else _settable(part)
                for key, part in value.items()
            }
        case list() | tuple():
            return [_settable(part) for part in value]
        case str():
            return _LONG_WORD.sub(_breakable, value.expandtabs(_TAB))
    return value


def _width(indent: str) -> int:
    return len(indent.expandtabs(_TAB))


def _breakable(word: re.Match[str]) -> str:
    """Let a word break that is longer than a line, but never inside a sign."""
    pieces, begun = list[str](), 0
    for at, sign in enumerate(word[0]):
        joined = unicodedata.category(sign).startswith(_JOINED) or word[0][at - 1] == "\u200d"
        if at - begun >= _PIECE and not joined:
            pieces.append(word[0][begun:at])
            begun = at
    return "\u200b".join([*pieces, word[0][begun:]])
