"""A person inside a run: whose texts stand in its prompts, and near what the others are drawn."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from flourishing.core.text import Text
from flourishing.evolution.archives import Archive

if TYPE_CHECKING:
    from flourishing.garden.runs import Picks

BY_PERSON: Final = "you"
"""In place of an emitter, in a step with texts that a person put into the run."""


def near_bends(
    archive: Archive, bends: Sequence[Sequence[float]], n: int, draw: random.Random
) -> list[Text]:
    """Draw parents near one of the places towards which a run is bent, the nearest last.

    Args:
        archive: What there is, at least one text.
        bends: These places, each with a number for each measure.
        n: How many at most.
        draw: All chance.
    """
    towards = int(archive.index_of([list(draw.choice(bends))])[0])
    there = [archive.elite(towards)] if towards in archive.filled else []
    near = [*there, *archive.near(towards, n - len(there), draw)]
    return [elite.text for elite in reversed(near)]


def with_picks(
    chosen: Sequence[Text], picks: Picks, spare: Sequence[Text], most: int
) -> list[Text]:
    """Give the parents of a step as a person's marks want them.

    What is pinned stands in every prompt, and last; what is dropped in none.

    Args:
        chosen: The parents that were chosen, best last.
        picks: What the person pinned and dropped of the run.
        spare: Texts in place of those that fall away, the best first.
        most: How many parents there are at most.
    """
    pinned = [text for text in picks.pinned if text.id not in picks.dropped][-most:]
    banned = picks.dropped | {text.id for text in pinned}

    def allowed(texts: Sequence[Text]) -> dict[str, Text]:
        return {each.content: each for each in texts if getattr(each, "id", 0) not in banned}

    others = allowed(chosen)
    fill = [each for content, each in allowed(spare).items() if content not in others]
    missing = max(0, min(most, len(chosen)) - len(others) - len(pinned))
    steered = [*fill[:missing], *others.values(), *pinned][-most:]
    return steered or list(chosen)  # a prompt without a text would show nothing of its kind
