"""The colophon: how each poem was made, in words.

It states what a poem's origin records: whose words they are, and how to breed such words
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from flourishing.core.diff import of_versions
from flourishing.core.text import Origin, Text
from flourishing.formats.chapbook.book import Poem
from flourishing.formats.chapbook.verse import first_line, in_a_row

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_MOST_NAMED: Final = 24
"""So many parents are named; a prompt may hold hundreds."""
_MOST_QUOTED: Final = 44


def account(poem: Poem) -> tuple[str, ...]:
    """Tell how a poem was made, in whole sentences, each on one line.

    Args:
        poem: The poem with its lineage.
    """
    drafts = poem.drafts
    sentences = [*_beginning(drafts[0]), *_versions(drafts), *_share(drafts)]
    return tuple(in_a_row(sentence) for sentence in sentences)


def _beginning(text: Text) -> Iterator[str]:
    """Tell how the first version came to be."""
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
    """Tell what a text was bred from."""
    parents = origin.parents[origin.examples :]
    if parents:
        poems = "one poem" if len(parents) == 1 else f"{len(parents):,} poems"
        made = "Made better from" if origin.examples else "Bred from"
        yield f"{made} {poems}: {_names(parents)}."
    if origin.examples:
        yield f"{_count(origin.examples, 'example')} stood before, to show the form."


def _versions(drafts: Sequence[Text]) -> Iterator[str]:
    """Tell how many versions there are, and who made those after the first."""
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
    """Tell how much of the last version is a person's, where not all of it or nothing is."""
    spans = drafts[-1].origin.spans or of_versions(drafts)
    whole = sum(span.length for span in spans)
    mine = sum(span.length for span in spans if span.author == "person")
    if 0 < mine < whole:
        share = min(max(round(100 * mine / whole), 1), 99)
        yield f"About {share}% of its letters are a person’s, the rest the model’s."


def _settings(origin: Origin, seeds: Iterable[Origin] = ()) -> str:
    """Tell how a text was drawn: pattern, start words, sampling, and the seeds of some."""
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
        named.append(f"at most {_count(sampling.max_tokens, 'token')}")
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


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
