"""The parts of quotes and stories: who said a quote, the title of a story, where a sentence ends.

Only what is sure is taken apart: a dash and a name count as an attribution after the end of a
sentence or after a closing mark, and a first line is a title where an empty line follows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ATTRIBUTION: Final = re.compile(
    r"(?P<words>.*[.!?…\"”'’»])\s*(?:—|–|―|--?)\s*(?P<by>[^\W\d_].{0,80})", re.DOTALL
)
_QUOTED: Final = re.compile(r"[\"“„«](?P<words>[^\"“”„«»]+)[\"”“»]")
_TITLE: Final = re.compile(r"(?P<title>\S[^\n]{0,79})\n[ \t]*\n(?P<body>.*\S.*)", re.DOTALL)
_END: Final = re.compile(r"[.!?…。！？]+[\"”’'»)\]]*(?=\s|$)")
_CLOSED: Final = re.compile(r"[.!?…。！？:;—–\-][\"”’'»)\]*_]*$|[\"”’»)]$")
_LONGEST_VERSE: Final = 75
"""Lines that are longer, in the mean, are paragraphs."""
_ABBREVIATION: Final = re.compile(r"(?:^|\s)(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Prof|vs|etc|e\.g|i\.e)\.$")


@dataclass(frozen=True, slots=True)
class QuoteParts:
    """A quote and who said it.

    Attributes:
        words: The quote, without quotation marks around all of it.
        by: Who said it, as it is written; "" where nobody is named.
    """

    words: str
    by: str


def quote_parts(content: str) -> QuoteParts:
    """Take a quote apart into its words and who said them.

    Args:
        content: The quote, such as "Wash thy soul with silence. — Tagore".
    """
    words, by = content.strip(), ""
    if attributed := _ATTRIBUTION.fullmatch(words):
        words, by = attributed["words"].strip(), attributed["by"].strip()
    if quoted := _QUOTED.fullmatch(words):
        words = quoted["words"].strip()
    return QuoteParts(words, by)


def attribution_at(content: str) -> int:
    """Give the place in a quote after which nothing but a dash and a name follow.

    Args:
        content: The quote.

    Returns:
        The number of characters before it, without the blanks there; all where nobody is named.
    """
    found = _ATTRIBUTION.fullmatch(content.rstrip())
    return len(found["words"].rstrip()) if found else len(content)


def title_of(content: str) -> str:
    """Give the title of a story: a short first line before an empty one; "" where it has none.

    Args:
        content: The story.
    """
    found = _TITLE.fullmatch(content.strip())
    title = found["title"].rstrip() if found else ""
    return "" if title.endswith((".", ",", ";", ":", "”", '"')) else title


def reads_as_prose(content: str) -> bool:
    """Say whether the lines of a text are as long as paragraphs; a title does not count.

    Args:
        content: The text.
    """
    found = _TITLE.fullmatch(content.strip())
    lines = [line for line in (found["body"] if found else content).splitlines() if line.strip()]
    return sum(map(len, lines)) > _LONGEST_VERSE * len(lines)


def ends_whole(content: str) -> bool:
    """Say whether a text ends with a sentence, and not in the middle of one.

    Args:
        content: The text.
    """
    return bool(_CLOSED.search(content.rstrip()))


def until_last_sentence(content: str) -> str:
    """Give a text up to the end of its last whole sentence; all of it where that is hardly any.

    Args:
        content: A text that was broken off.
    """
    ends = [
        found.end()
        for found in _END.finditer(content)
        if not _ABBREVIATION.search(content[: found.end()])
    ]
    if not ends or 2 * ends[-1] < len(content.rstrip()):
        return content
    return content[: ends[-1]]
