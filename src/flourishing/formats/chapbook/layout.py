"""The texts of a chapbook as they stand on their pages, and the colophon, the same in every form.

The colophon states what the origin of each text records: whose words they are, and how to breed
such words again. Signs for which no font is here are found, so that a PDF does not show boxes in
their place.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from flourishing.core.diff import said_shares, stretches_of
from flourishing.core.text import Origin, Text
from flourishing.core.words import quantity
from flourishing.errors import InputError
from flourishing.formats.chapbook.book import (
    Chapbook,
    Poem,
    Stanza,
    first_line,
    in_a_row,
    leftward,
    script,
    stanzas,
)
from flourishing.kinds import is_prose, set_out

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_MOST_NAMED: Final = 24
"""So many parents are named; a prompt may hold hundreds."""
_MOST_QUOTED: Final = 44


def account(poem: Poem) -> tuple[str, ...]:
    """Say how a poem was made, in whole sentences, each on one line.

    Args:
        poem: The poem with its lineage.
    """
    drafts = poem.drafts
    sentences = [*_beginning(drafts[0]), *_versions(drafts), *_share(drafts)]
    return tuple(in_a_row(sentence) for sentence in sentences)


def _beginning(text: Text) -> Iterator[str]:
    """Say how the first version came to be."""
    origin = text.origin
    if origin.source and str(origin.source):
        yield f"From {origin.source}."
    if origin.author == "person":
        if not origin.source:
            yield f"Written by a person on {_day(origin.at)}."
    else:
        dated = f" on {_day(origin.at)}" if origin.dated else ""
        yield f"Written by {_model(origin)}{dated}."
    yield from _descent(origin)
    if settings := _settings(origin, seeds=[origin]):
        yield f"Drawn {settings}."


def _descent(origin: Origin) -> Iterator[str]:
    """Say what a text was bred from."""
    parents = origin.parents[origin.examples :]
    if parents:
        poems = "one poem" if len(parents) == 1 else f"{len(parents):,} poems"
        made = "Made better from" if origin.examples else "Bred from"
        yield f"{made} {poems}: {_names(parents)}."
    if origin.examples:
        yield f"{quantity(origin.examples, 'example')} stood before, to show the form."


def _versions(drafts: Sequence[Text]) -> Iterator[str]:
    """Say how many versions there are, and who made those after the first."""
    if len(drafts) == 1:
        return
    yield f"It went through {len(drafts):,} versions, of which this is the last."
    edits = [at for at, draft in enumerate(drafts, 1) if draft.origin.author == "person" and at > 1]
    if edits:
        last = _day(drafts[edits[-1] - 1].origin.at)
        dated = f", the last of them on {last}" if len(edits) > 1 else f" on {last}"
        yield f"A person edited {_numbers(edits)}{dated}."
    ways: dict[str, list[int]] = {}
    for at, draft in enumerate(drafts[1:], 2):
        if draft.origin.author == "model":
            ways.setdefault(_model(draft.origin) + _settings(draft.origin), []).append(at)
    for places in ways.values():
        origins = [drafts[at - 1].origin for at in places]
        drawn = _settings(origins[0], seeds=origins)
        dated = f" on {_day(origins[-1].at)}" if origins[-1].dated else ""
        yield f"{_model(origins[0], first=True)} wrote {_numbers(places)}{dated}, drawn {drawn}."


def _share(drafts: Sequence[Text]) -> Iterator[str]:
    """Say how much of the last version is a person's, where not all of it or nothing is."""
    yield from said_shares(stretches_of(drafts))


def _settings(origin: Origin, seeds: Iterable[Origin] = ()) -> str:
    """Say how a text was drawn: pattern, start words, sampling, and the seeds of some."""
    parts = []
    if origin.pattern:
        parts.append(f"in the pattern “{origin.pattern.name}”")
    if origin.start.strip():
        parts.append(f"from the start words “{in_a_row(origin.start)}”")
    if origin.sampling:
        sampling = origin.sampling
        shown = dict.fromkeys(("temperature", "min_p", *sampling.in_use()))
        named = [
            f"{name.replace('_', '-')} {getattr(sampling, name):g}"
            for name in shown
            if name != "max_tokens"
        ]
        named.append(f"at most {quantity(sampling.max_tokens, 'token')}")
        parts.append("at " + ", ".join(named))
    drawn_by = [str(each.seed) for each in seeds if each.seed is not None]
    if drawn_by:
        parts.append(("with seed " if len(drawn_by) == 1 else "with seeds ") + _list(drawn_by))
    return ", ".join(parts)


def _names(texts: Sequence[Text]) -> str:
    named = []
    for text in texts[:_MOST_NAMED]:
        source = text.origin.source
        cited = f" ({source})" if source and str(source) else ""
        named.append(f"“{in_a_row(first_line(text), _MOST_QUOTED)}”{cited}")
    more = len(texts) - len(named)
    return "; ".join(named) + (f"; and {more:,} more" if more else "")


def _numbers(places: Sequence[int]) -> str:
    """Name versions by their numbers, those in a row by the first and the last."""
    starts = [at for before, at in pairwise([-1, *places]) if at != before + 1]
    ends = [at for at, after in pairwise([*places, -1]) if after != at + 1]
    runs = [f"{a}" if a == b else f"{a}–{b}" for a, b in zip(starts, ends, strict=True)]
    return ("version " if len(places) == 1 else "versions ") + _list(runs)


def _model(origin: Origin, *, first: bool = False) -> str:
    name = in_a_row(origin.model or "")
    return f"{'The' if first else 'the'} model {name}" if name else f"{'A' if first else 'a'} model"


def _day(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


MOST_WITHOUT_CONTENTS = 3
"""A book of more poems than that has a table of contents."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One poem on its page.

    Attributes:
        number: Its place in the book, from 1.
        title: Its title, or "".
        name: What it is listed by: its title, or its first line.
        stanzas: Its stanzas.
        prose: Whether it is prose, of which a line that does not fit is not turned in.
        account: How it was made, sentence by sentence.
        leftward: Whether what it is listed by is written from right to left.
        script: The language tag of the script of most of its letters, or "".
    """

    number: int
    title: str
    name: str
    stanzas: tuple[Stanza, ...]
    prose: bool
    account: tuple[str, ...]
    leftward: bool
    script: str


@dataclass(frozen=True, slots=True)
class Leaves:
    """A whole chapbook as it stands on its pages.

    Attributes:
        title: Its title.
        by: Who made it, or "".
        note: The note before the poems, as verse.
        poems: The poems.
        contents: Whether it has a table of contents.
        year: The year of its newest text.
        leftward: Whether its title is written from right to left, and so its pages are turned.
        by_leftward: Whether that is so of who made it.
    """

    title: str
    by: str
    note: tuple[Stanza, ...]
    poems: tuple[Leaf, ...]
    contents: bool
    year: int
    leftward: bool
    by_leftward: bool


def leaves(book: Chapbook) -> Leaves:
    """Set out a chapbook, ready for any form.

    Args:
        book: The chapbook.
    """
    poems = []
    for number, poem in enumerate(book.poems, 1):
        title = in_a_row(poem.title)
        name = title or first_line(poem.text)
        poems.append(
            Leaf(
                number=number,
                title=title,
                name=name,
                stanzas=stanzas(set_out(poem.text)),
                prose=is_prose(poem.text),
                account=account(poem),
                leftward=leftward(name),
                script=script(poem.text.content),
            )
        )
    return Leaves(
        title=in_a_row(book.title),
        by=in_a_row(book.by),
        note=stanzas(book.note),
        poems=tuple(poems),
        contents=len(poems) > MOST_WITHOUT_CONTENTS,
        year=book.date.year,
        leftward=leftward(book.title),
        by_leftward=leftward(book.by),
    )


_NOWHERE: Final = "\U0010fffd"
"""A sign that no font has: the last of those that are for private use."""
_PROGRAM: Final = b"""
#set page(width: 60pt, height: 40pt, margin: 5pt)
#set text(font: "Libertinus Serif", size: 10pt)
#for sign in json(bytes(sys.inputs.signs)) { page(text(sign)) }
"""
_DRAWN: Final = re.compile(rb'href="#([^"]+)"')
_UNDRAWN: Final = ("C", "Z")
"""Control signs, joiners and blanks are never drawn."""
_NAMED: Final = 40


def without_font(book: Chapbook) -> dict[str, str]:
    """Give the signs of a chapbook for which no font is here, by the poem in which they stand.

    Args:
        book: The chapbook.

    Returns:
        For each poem, by its title or first line, its signs without a font; likewise for "the
        title page" and "the note". Empty where a PDF shows everything.
    """
    set_out = leaves(book)
    stand = {"the title page": f"{set_out.title}{set_out.by}", "the note": _words(set_out.note)}
    for leaf in set_out.poems:
        stand[f"“{leaf.name}”"] = leaf.title + _words(leaf.stanzas) + "".join(leaf.account)
    return _signs_without_font(stand)


def _signs_without_font(stand: Mapping[str, str]) -> dict[str, str]:
    lacking = _lacking(tuple(sorted({sign for words in stand.values() for sign in words})))
    found = {where: _in_order(words, lacking) for where, words in stand.items()}
    return {where: signs for where, signs in found.items() if signs}


def lacking_in_words(
    lacking: dict[str, str], then: str = "the PDF shows a box for each"
) -> list[str]:
    """Say which signs have no font, one sentence for each poem.

    Args:
        lacking: The characters without a font, by the poem, as `without_font` returns them.
        then: What follows from it.
    """
    return [
        f"No font here has {_listed(signs)}, in {where}: {then}."
        for where, signs in lacking.items()
    ]


def require_fonts(book: Chapbook) -> None:
    """Refuse a book of which a PDF would show boxes in place of signs.

    Args:
        book: The chapbook.

    Raises:
        InputError: There are such signs; they are named, and their poems.
    """
    _refuse(
        without_font(book),
        hint="Print it as EPUB or HTML, which are shown with the reader's fonts; or install a "
        "font for that script, such as one of the Noto fonts.",
    )


def require_signs(words: Mapping[str, str], *, hint: str) -> None:
    """Refuse words of which the typesetter would show boxes in place of signs.

    Args:
        words: The words, by what they are called in the message.
        hint: What a person can do instead.

    Raises:
        InputError: There are such signs; they are named.
    """
    _refuse(_signs_without_font(words), hint=hint)


def _refuse(lacking: dict[str, str], *, hint: str) -> None:
    if lacking:
        stand = "; ".join(f"{_listed(signs)} in {where}" for where, signs in lacking.items())
        raise InputError(f"No font on this computer has {stand}.", hint=hint)


def _listed(signs: str) -> str:
    shown = " ".join(signs[:_NAMED])
    more = len(signs) - _NAMED
    return shown if more <= 0 else f"{shown} and {more:,} more"


def _words(stanzas: Iterable[Stanza]) -> str:
    return "".join(line.words for stanza in stanzas for line in stanza.lines)


def _in_order(words: str, lacking: frozenset[str]) -> str:
    return "".join(dict.fromkeys(sign for sign in words if sign in lacking))


@lru_cache(maxsize=64)
def _lacking(signs: tuple[str, ...]) -> frozenset[str]:
    """Give those of these signs that no font has."""
    import typst

    asked = [
        sign
        for sign in signs
        if not sign.isascii() and not unicodedata.category(sign).startswith(_UNDRAWN)
    ]
    asked += [sign for sign in signs if unicodedata.category(sign) == "Co"]
    if not asked:
        return frozenset()
    inputs = {"signs": json.dumps([_NOWHERE, *asked])}
    made = typst.compile(_PROGRAM, format="svg", sys_inputs=inputs)
    pages: list[bytes] = made if isinstance(made, list) else [made]
    drawn = [set(_DRAWN.findall(page)) for page in pages]
    return frozenset(sign for sign, its in zip(asked, drawn[1:], strict=True) if its & drawn[0])
