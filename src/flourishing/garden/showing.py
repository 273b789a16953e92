"""What a bed shows of its brood: each place the offspring that came there, its edit, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from flourishing.garden.beds import Bed
from flourishing.garden.brooding import places_of
from flourishing.garden.lineage import newest_edits


def places(connection: sa.Connection, bed: Bed | None) -> dict[int, int]:
    """Say what a bed shows in the place of each text of its brood: itself, an edit, or nothing."""
    if bed is None or bed.brood is None:
        return {}
    stood = places_of(connection, bed.brood)
    return {stood[place]: now for place, now in enumerate(bed.shown) if place in stood}


def with_again(connection: sa.Connection, bed: Bed, ids: Sequence[int]) -> Bed:
    """Give the bed in which these texts stand in their places of the brood again."""
    if bed.brood is None:
        return bed
    offspring = places_of(connection, bed.brood)
    edits = newest_edits(connection, list(offspring.values()))
    shown = list(bed.shown)
    for place, id in offspring.items():
        if place < len(shown) and not shown[place]:
            here = next((each for each in (id, edits.get(id, 0)) if each in ids), 0)
            shown[place] = here
    return replace(bed, shown=tuple(shown))


def of_brood(connection: sa.Connection, brood: int, showed: Mapping[int, int]) -> tuple[int, ...]:
    """Say what a bed shows of a brood, 0 in a place where nothing came."""
    stand = places_of(connection, brood)
    ids = (stand.get(place, 0) for place in range(max(stand, default=-1) + 1))
    return tuple(showed.get(id, id) for id in ids)
