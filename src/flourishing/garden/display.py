"""What a bed shows of its brood: each place the offspring that came there, its edit, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from flourishing.garden import journal
from flourishing.garden.beds import Bed
from flourishing.garden.brood_writer import places_of
from flourishing.garden.lineage import newest_edits


def places(connection: sa.Connection, bed: Bed | None) -> dict[int, int]:
    """Say what a bed shows in the place of each text of its brood: itself, an edit, or nothing.

    Args:
        connection: A connection to the garden.
        bed: The bed; None for none.
    """
    if bed is None or bed.brood is None:
        return {}
    stood = places_of(connection, bed.brood)
    return {stood[place]: now for place, now in enumerate(bed.shown) if place in stood}


class Grows:
    """A brood that a bed shows, and that is about to grow.

    It grows in every state since the act that bred it: else undoing what was done meanwhile would
    leave the bed as that had made it, or take the offspring away that came since.

    Attributes:
        act: The number of the act that bred the brood that the bed shows; None where none did.
        showed: What the bed shows in the place of each text of it.
    """

    def __init__(self, connection: sa.Connection, bed: Bed | None) -> None:
        self.act: int | None = None
        self.showed = places(connection, bed)
        self._states: dict[int, tuple[dict[str, Any], dict[int, int]]] = {}
        if bed is None or bed.brood is None:
            return
        self.act = journal.last(connection, "breed", bed.id)
        if self.act is None:
            return
        self._bed = bed
        for act, state in journal.states_since(connection, self.act, bed.id).items():
            if state.get("brood") == bed.brood:
                then = replace(bed, shown=tuple(state.get("shown", ())))
                self._states[act] = state, places(connection, then)

    def show(self, connection: sa.Connection, brood: int) -> None:
        """Write down what came since.

        Args:
            connection: The writer's connection.
            brood: The number of the brood.
        """
        for act, (state, showed) in self._states.items():
            shown = of_brood(connection, brood, showed)
            if list(shown) != list(state.get("shown", ())):
                journal.put_state(connection, act, self._bed.id, {**state, "shown": shown})
                journal.forget_superseded(connection, act, self._bed.id)


def with_again(connection: sa.Connection, bed: Bed, ids: Sequence[int]) -> Bed:
    """Give the bed in which these texts stand in their places of the brood again.

    Args:
        connection: A connection to the garden.
        bed: The bed.
        ids: The numbers of the texts.
    """
    if bed.brood is None:
        return bed
    offspring = places_of(connection, bed.brood)
    edits = newest_edits(connection, list(offspring.values()), also=ids)
    shown = list(bed.shown)
    for place, id in offspring.items():
        if place < len(shown) and not shown[place]:
            here = next((each for each in (id, edits.get(id, 0)) if each in ids), 0)
            shown[place] = here
    return replace(bed, shown=tuple(shown))


def of_brood(connection: sa.Connection, brood: int, showed: Mapping[int, int]) -> tuple[int, ...]:
    """Say what a bed shows of a brood, 0 in a place where nothing came.

    Args:
        connection: A connection to the garden.
        brood: The number of the brood.
        showed: What is shown in the place of a text, by the text's number, where it is not itself.
    """
    stand = places_of(connection, brood)
    ids = (stand.get(place, 0) for place in range(max(stand, default=-1) + 1))
    return tuple(showed.get(id, id) for id in ids)
