"""Marks as people type them: what stands at the end of a prompt, and what it separates or joins.

Nearly any mark may separate a list: " / ", " -- ", "~~~", "%%". To name them all is not possible,
and not needed: a prompt that asks for one more ends in its separator or link. So the mark is read
there, and the rest of the prompt has to bear it out. The more ordinary the mark is in prose and in
code, the more is asked of it: marks that end sentences, quotation marks and brackets are never
taken, and a single mark without blanks only where none of its neighbours is a blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_LONGEST: Final = 8
"""Characters that a mark may have."""
_NEVER: Final = frozenset(".,;:!?…\"'`“”‘’«»()[]{}")
"""Marks that end sentences, quote or enclose; a comma or a colon is looked for by itself."""
_TIGHT: Final = frozenset("~·•¦|/\\*+^&#%@→§")
"""Single marks that may separate without blanks; a hyphen joins words, and < > enclose tags."""
_SHORT: Final = 3
"""Shorter marks separate examples of one line alone."""
_QUOTES: Final = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "„": "“", "`": "`"}
_BRACKETS: Final = {"(": ")", "[": "]"}
_WORDS: Final = 3
"""So many words may make a link, such as "is to"."""
_OPENINGS: Final = ("", "[", "(", "{", "[ ", "( ", "{ ")


def separators_of(prompt: str) -> Iterator[str]:
    """Give separators in whose mark a prompt ends, and which it has used before.

    Args:
        prompt: The prompt; a last separator may lack its trailing blank.
    """
    body = prompt.rstrip(" ")
    mark = _mark_at_end(body)
    if not mark or set(mark) & _NEVER or "://" in mark:
        return
    if "\n" in body and len(mark) < _SHORT:
        return
    for separator in (f" {mark} ", f"{mark} ", mark):
        given = body + separator[len(separator.rstrip(" ")) :]
        *whole, tail = given.split(separator)
        if len(whole) < 2 or tail or not all(piece.strip() for piece in whole):
            continue
        tight = separator == mark and len(mark) == 1
        if tight and (mark not in _TIGHT or any(each != each.strip() for each in whole)):
            continue
        if separator == f"{mark} " and len(mark) == 1:
            continue  # as in "10% and 20% and 30%"
        yield separator


def link_of(tail: str, whole: Sequence[str]) -> str | None:
    """Give the link in which the last of several chains ends, and which all others have as often.

    Args:
        tail: The last chain, which ends in the link, with or without its trailing blank.
        whole: The chains before it.
    """
    opened = tail.rstrip(" ")
    if not whole or not opened:
        return None
    mark = _mark_at_end(opened)
    if mark and not set(mark) & _NEVER:
        for link in (f" {mark} ", mark):
            joined = opened + link[len(link.rstrip(" ")) :]
            if joined.endswith(link) and _as_often(link, joined, whole):
                return link
        return None
    words = opened.rsplit(" ", _WORDS)
    for count in range(min(_WORDS, len(words) - 1), 0, -1):
        link = f" {' '.join(words[-count:])} "
        if len(whole) > 1 and link.strip().isascii() and _as_often(link, opened + " ", whole):
            return link
    return None


def quotes_of(prompt: str) -> Iterator[tuple[str, str, str, str]]:
    """Give how a list of quoted examples is written that ends in an open quotation mark.

    Args:
        prompt: The prompt.

    Yields:
        What stands before the list, the opening mark, the separator (with the closing mark of the
        example before it), and the closing mark.
    """
    for header in _OPENINGS:
        opening = prompt[len(header) : len(header) + 1]
        closing = (_QUOTES | _BRACKETS).get(opening)
        if not closing or not prompt.startswith(header) or not prompt.endswith(opening):
            continue
        o, c = re.escape(opening), re.escape(closing)
        between = re.match(f"{o}[^{c}]+({c}\\s*[,;|/]?\\s*){o}", prompt[len(header) :])
        if between and (between[1] != closing or opening in _BRACKETS):
            yield header, opening, between[1], closing


def _mark_at_end(text: str) -> str:
    """Give the characters at the end of a text that are neither letters, digits nor blanks."""
    begin = len(text)
    while begin > max(0, len(text) - _LONGEST) and _is_mark(text[begin - 1]):
        begin -= 1
    return text[begin:]


def _is_mark(character: str) -> bool:
    return not (character.isalnum() or character.isspace() or character == "_")


def _as_often(link: str, opened: str, whole: Sequence[str]) -> bool:
    """Say whether all chains have a link equally often, and the open one not more often."""
    often = whole[0].count(link)
    return 0 < opened.count(link) <= often and all(each.count(link) == often for each in whole)
