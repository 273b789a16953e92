"""Texts that mean to break a page, or to take it over."""

from __future__ import annotations

from typing import Final

HOSTILE: Final = {
    "script": "<script>window.pwned = 'script'</script>",
    "image": "<img src=nowhere onerror=\"window.pwned = 'image'\">",
    "drawing": "<svg onload=\"window.pwned='drawing'\">"
    "<a href='javascript:window.pwned=1'>x</a></svg>",
    "closing": "</textarea></title></p></style><script>window.pwned = 'closing'</script>",
    "template": "{{constructor.constructor('window.pwned=1')()}} ${window.pwned = 1} {@html '<b>'}",
    "turned": "the \u202egnp.exe\u202c and \u2066left open \u202eto the end",
    "terminal": "\x1b[31mred\x1b[0m\x07 \x1b]0;a title\x07 \x1b[2J gone",
    "unbroken": "a" * 3_000,
    "towers": "".join(letter + "\u0301\u0489\u033f\u0359" * 40 for letter in "towers of accents"),
    "long": "word after word " * 6_250,
}
"""By what they try; "long" has 100,000 characters."""
