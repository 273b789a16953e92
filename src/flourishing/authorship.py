"""Authorship: who wrote which stretch of a text, a person or a model.

A text knows who made it, and from what; the stretches follow. What a person's edit kept of a
model's text is still the model's, what a refinement kept of the version before is still its
author's, and the start words of any text were typed by a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from flourishing.diff import word_diff
from flourishing.text import Author, Span, Text

_SIGN: Final[dict[Author, str]] = {"person": "p", "model": "m"}
"""Authorship is worked out as one letter for each character of the text."""
_AUTHOR: Final[dict[str, Author]] = {sign: author for author, sign in _SIGN.items()}


def spans(text: Text) -> tuple[Span, ...]:
    """Say who wrote which stretch of a text.

    Args:
        text: A text with its lineage, which may be long.

    Returns:
        The stretches in order, which cover the content exactly; two neighbours differ in author.
    """
    versions = [text]
    while earlier := _kept_from(versions[-1]):
        versions.append(earlier)
    return of_versions(versions[::-1])


def of_versions(versions: Sequence[Text]) -> tuple[Span, ...]:
    """Say who wrote which stretch of the last of some versions.

    Args:
        versions: The versions of one text, oldest first, each made from the one before it by a
            person's edit or by a refinement; their own parents are not looked at.

    Returns:
        As `spans` does; nothing for no versions.
    """
    signs, before = "", ""
    for place, version in enumerate(versions):
        made_from = before if place and _keeps(version) else None
        signs, before = _signs(version, made_from, signs), version.content
    runs = ((sign, len(list(run))) for sign, run in groupby(signs))
    return tuple(Span(_AUTHOR[sign], length) for sign, length in runs)


def _signs(text: Text, before: str | None, signs: str) -> str:
    """Write who wrote each character of a text that was made from another, or from nothing."""
    if told := _told(text):
        return told
    own = _SIGN[text.origin.author]
    if before is None:
        written = own * len(text.content)
    else:
        written, at = "", 0
        for change in word_diff(before, text.content):
            size = len(change.text)
            if change.kind == "new":
                written += own * size
                continue
            if change.kind == "same":
                written += signs[at : at + size]
            at += size
    typed = len(_start_words(text))
    return _SIGN["person"] * typed + written[typed:]


def _told(text: Text) -> str:
    """Write out the spans that came with a text, if they cover it."""
    written = "".join(_SIGN[span.author] * span.length for span in text.origin.spans)
    return written if len(written) == len(text.content) else ""


def _kept_from(text: Text) -> Text | None:
    """Give the text of which this one is an edit or a refinement."""
    parents = text.origin.parents
    if text.origin.author == "person":
        return parents[0] if len(parents) == 1 else None
    return parents[-1] if parents and _keeps(text) else None


def _keeps(text: Text) -> bool:
    """Whether a text that was made from another version is meant to keep some of it."""
    origin = text.origin
    return origin.author == "person" or origin.asked_for.continues


def _start_words(text: Text) -> str:
    """Give the words that a person had a model begin with; not those of the pattern itself."""
    origin = text.origin
    of_the_pattern = origin.pattern is not None and origin.start == origin.pattern.start
    if origin.author == "person" or of_the_pattern:
        return ""
    # Reading a completion takes off the blanks around it.
    ways = (origin.start, origin.start.rstrip(), origin.start.strip())
    return next((words for words in ways if text.content.startswith(words)), "")
