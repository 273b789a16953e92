"""What changed between two texts, word by word, and so who wrote which words.

Words are compared, since single letters would mark parts of a word as changed. The comparison is a
longest common subsequence, found in bit-parallel time and, by Hirschberg's division (1975), in
memory that grows with the length of the texts only.

A text that was edited has the words of the text before, which keep their author; what was added is
the editor's. The start words of an offspring are the person's. What was published or brought in is
its author's, and stays so in an edit of it: "source" says that. Every face shows these writers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from typing import Final, Literal, TypeAlias

from rapidfuzz.distance import LCSseq

from flourishing.core.text import Author, Span, Text, Writer

_TOKEN: Final = re.compile(
    r"\r\n?|\n"
    r"|[^\S\r\n]+"
    # Scripts without blanks between words: each sign is compared by itself.
    r"|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
    # A word, with its apostrophes, and with the accents and vowel signs that combine with letters.
    r"|(?:[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[\u0300-\u036f\u0900-\u0dff])+"
    r"(?:['’]\w+)*"
    # A mark, or a picture made of several characters.
    r"|[^\w\s](?:[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[^\w\s])*"
)
_AT_ONCE: Final = 10**8
"""Texts are compared at once when the product of their tokens is below: that takes 12 MB."""

_Pair: TypeAlias = tuple[int, int]
"""The places of one token in the text before and in the text after."""


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch that two texts share, or that only one of them has.

    Attributes:
        kind: "same" is in both, "gone" only in the one before, "new" only in the one after.
        text: The stretch; never empty.
    """

    kind: Literal["same", "gone", "new"]
    text: str


def word_diff(before: str, after: str) -> tuple[Change, ...]:
    """Compare two texts by words, punctuation marks, blanks and line breaks.

    What is the same and what is gone give the text before, joined in order; what is the same and
    what is new the text after. Where words were replaced, what is gone stands before what is new;
    and blanks between two changed words belong to the change.

    Args:
        before: The earlier text.
        after: The later one.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    changes: list[Change] = []
    read, written = 0, 0
    same: list[str] = []
    for here, there in [*_pairs(old, new), (len(old), len(new))]:
        if here > read or there > written or here == len(old):
            changes += (
                Change("same", "".join(same)),
                Change("gone", "".join(old[read:here])),
                Change("new", "".join(new[written:there])),
            )
            same = []
        same += old[here : here + 1]
        read, written = here + 1, there + 1
    return tuple(change for change in changes if change.text)


def _pairs(old: list[str], new: list[str]) -> Iterator[_Pair]:
    """Give the places of the tokens that both texts have: the words first, then their blanks.

    Blanks alone hold nothing in place, or they would be kept at the expense of words; a line break
    does, so that changed lines stand beside each other.
    """
    solid, others = ([at for at, token in enumerate(each) if _holds(token)] for each in (old, new))
    numbers: dict[str, int] = {}
    left = [numbers.setdefault(old[at], len(numbers)) for at in solid]
    right = [numbers.setdefault(new[at], len(numbers)) for at in others]
    held = [(solid[here], others[there]) for here, there in _common(left, right)]
    read, written = 0, 0
    for here, there in [*held, (len(old), len(new))]:
        if read < here and written < there and old[read] == new[written]:
            yield read, written
            read, written = read + 1, written + 1
        if read < here and written < there and old[here - 1] == new[there - 1]:
            yield here - 1, there - 1
        if here < len(old):
            yield here, there
        read, written = here + 1, there + 1


def _holds(token: str) -> bool:
    return not token.isspace() or token in {"\n", "\r", "\r\n"}


def _common(left: list[int], right: list[int]) -> Iterator[_Pair]:
    """Give the places of a longest common subsequence of two sequences, in order."""
    shorter = min(len(left), len(right))
    head = next((at for at in range(shorter) if left[at] != right[at]), shorter)
    most = shorter - head
    tail = next((at for at in range(most) if left[-1 - at] != right[-1 - at]), most)
    ends = len(left) - tail, len(right) - tail
    yield from ((at, at) for at in range(head))
    for here, there in _divided(left[head : ends[0]], right[head : ends[1]]):
        yield here + head, there + head
    yield from ((ends[0] + at, ends[1] + at) for at in range(tail))


def _divided(left: list[int], right: list[int]) -> Iterator[_Pair]:
    """Compare at once what is small enough; cut in two what is not."""
    if not left or not right:
        return
    if len(left) * len(right) <= _AT_ONCE or len(right) == 1:
        for match in LCSseq.editops(left, right).as_matching_blocks():
            yield from ((match.a + at, match.b + at) for at in range(match.size))
        return
    half = len(right) // 2
    forward = _lengths(left, right[:half])
    backward = _lengths(left[::-1], right[half:][::-1])[::-1]
    cut = max(range(len(left) + 1), key=lambda at: forward[at] + backward[at])
    yield from _common(left[:cut], right[:half])
    for here, there in _common(left[cut:], right[half:]):
        yield here + cut, there + half


def _lengths(left: list[int], right: list[int]) -> list[int]:
    """Give the length of the longest common subsequence of `right` and each beginning of `left`.

    A row of the table is one long integer, in which a bit is 0 where the length grows (Hyyrö 2004).
    """
    places: dict[int, int] = dict.fromkeys(right, 0)
    for at, token in enumerate(left):
        if token in places:
            places[token] |= 1 << at
    every = (1 << len(left)) - 1
    row = every
    for token in right:
        shared = row & places[token]
        row = ((row + shared) | (row - shared)) & every
    grown = f"{row:0{len(left)}b}"[::-1]
    return list(accumulate((bit == "0" for bit in grown), initial=0))


_SIGN: Final[dict[Writer, str]] = {"person": "p", "model": "m", "source": "s"}
"""Authorship is worked out as one letter for each character of the text."""
_WRITER: Final[dict[str, Writer]] = {sign: writer for writer, sign in _SIGN.items()}
_AUTHOR: Final[dict[str, Author]] = {"p": "person", "m": "model", "s": "person"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a text, and whose words it is.

    Attributes:
        author: "person" for a person here, "model", or "source" for people elsewhere.
        length: How many characters it has.
    """

    author: Writer
    length: int


def spans(text: Text) -> tuple[Span, ...]:
    """Say who wrote which stretch of a text.

    Args:
        text: A text with its lineage, which may be long.

    Returns:
        The stretches in order, which cover the content exactly; two neighbours differ in author.
    """
    return of_versions(_versions(text))


def stretches(text: Text) -> tuple[Stretch, ...]:
    """Say whose words each stretch of a text is, and tell people here from those elsewhere.

    Args:
        text: A text with its lineage, which may be long.

    Returns:
        The stretches in order, which cover the content exactly; two neighbours differ in writer.
    """
    return stretches_of(_versions(text))


def _versions(text: Text) -> list[Text]:
    """Give the versions from which a text was edited or refined, oldest first, and itself."""
    versions = [text]
    while earlier := kept_from(versions[-1]):
        versions.append(earlier)
    return versions[::-1]


def stretches_of(
    versions: Sequence[Text], *, before: tuple[Text, Sequence[Stretch]] | None = None
) -> tuple[Stretch, ...]:
    """Say whose words each stretch of the last of some versions is.

    Args:
        versions: The versions of one text, oldest first, as in `of_versions`.
        before: A version before all of these, and whose words it has, where that is known already;
            None where the first of them was made from nothing.

    Returns:
        As `stretches` does; nothing for no versions.
    """
    known = None
    if before is not None:
        known = (before[0].content, "".join(_SIGN[e.author] * e.length for e in before[1]))
    runs = ((sign, len(list(run))) for sign, run in groupby(_written(versions, known)))
    return tuple(Stretch(_WRITER[sign], length) for sign, length in runs)


_SAID: Final[dict[Writer, str]] = {
    "person": "a person’s",
    "model": "the model’s",
    "source": "of its source",
}


def said_shares(written: Sequence[Stretch]) -> Iterator[str]:
    """Say in a sentence how much of a text is whose; nothing where all of it is of one hand.

    Args:
        written: Whose words its stretches are.
    """
    lengths = {each.author: 0 for each in written}
    for each in written:
        lengths[each.author] += each.length
    *some, last = sorted(lengths, key=list(_SAID).index) or ["person"]
    if some:
        whole = sum(lengths.values())
        shares = ((_percent(lengths[each], whole), _SAID[each]) for each in some)
        parts = ", ".join(f"{share}% of its letters are {whose}" for share, whose in shares)
        yield f"About {parts}, the rest {_SAID[last]}."


def _percent(part: int, whole: int) -> int:
    return min(max(round(100 * part / whole), 1), 99)


def of_versions(versions: Sequence[Text]) -> tuple[Span, ...]:
    """Say who wrote which stretch of the last of some versions.

    Args:
        versions: The versions of one text, oldest first, each made from the one before it by a
            person's edit or by a refinement; their own parents are not looked at.

    Returns:
        As `spans` does; nothing for no versions.
    """
    runs = groupby(_AUTHOR[sign] for sign in _written(versions, None))
    return tuple(Span(author, len(list(run))) for author, run in runs)


def _written(versions: Sequence[Text], known: tuple[str, str] | None) -> str:
    """Write who wrote each character of the last of some versions."""
    before, signs = known or ("", "")
    for place, version in enumerate(versions):
        made_from = before if (place or known) and _keeps(version) else None
        signs, before = _signs(version, made_from, signs), version.content
    return signs


def cut_spans(written: Iterable[Span], begin: int, end: int) -> tuple[Span, ...]:
    """Give the stretches of a part of a text.

    Args:
        written: The stretches of the whole text.
        begin: Where the part begins, in characters.
        end: Where it ends.
    """
    at, part = 0, []
    for span in written:
        length = min(at + span.length, end) - max(at, begin)
        if length > 0:
            part.append(Span(span.author, length))
        at += span.length
    return tuple(part)


def joined_spans(written: Iterable[Span]) -> tuple[Span, ...]:
    """Join neighbouring stretches of one author.

    Args:
        written: The stretches, in order.
    """
    merged: list[Span] = []
    for span in written:
        if merged and merged[-1].author == span.author:
            merged[-1] = replace(span, length=merged[-1].length + span.length)
        else:
            merged.append(span)
    return tuple(merged)


def begun_spans(content: str, start: str, written: Sequence[Span]) -> tuple[Span, ...]:
    """Say who wrote which stretch of a text that a model went on with, from words of several.

    Args:
        content: The content of the text.
        start: The words that it had to begin with.
        written: Who wrote which stretch of these words.

    Returns:
        The stretches of the whole text; nothing where it does not begin with these words.
    """
    begun = _begun_with(content, start)
    if not begun:
        return ()
    lead = start.index(begun)
    of_start = cut_spans(written, lead, lead + len(begun))
    rest = len(content) - len(begun)
    return joined_spans((*of_start, Span("model", rest)) if rest else of_start)


def _signs(text: Text, before: str | None, signs: str) -> str:
    """Write who wrote each character of a text that was made from another, or from nothing."""
    if given := _given_spans(text):
        return given
    own = _SIGN[text.writer]
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
    return _SIGN["source" if text.from_elsewhere else "person"] * typed + written[typed:]


def _given_spans(text: Text) -> str:
    """Write out the spans that came with a text, if they cover it."""
    written = "".join(_SIGN[span.author] * span.length for span in text.origin.spans)
    if len(written) != len(text.content):
        return ""
    return written.replace("p", "s") if text.from_elsewhere else written


def kept_from(text: Text) -> Text | None:
    """Give the text of which this one is an edit or a refinement; None where it is of none.

    Args:
        text: The text.
    """
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
    return _begun_with(text.content, origin.start)


def _begun_with(content: str, start: str) -> str:
    """Give the start words as a text has them: reading a completion takes off the blanks around."""
    ways = (start, start.rstrip(), start.strip())
    return next((words for words in ways if content.startswith(words)), "")
