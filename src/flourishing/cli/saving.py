"""A brood that is whole goes into the garden, and then to the person.

What was said at once while it came is not said again among its notes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Literal

from flourishing import bridge, workshop
from flourishing.brood import BreedingEvent
from flourishing.cli.show import show_cost, show_json, show_stored, show_texts
from flourishing.cost import prices_of
from flourishing.errors import StorageError
from flourishing.garden import Bed, Garden
from flourishing.loading import tell_visibly
from flourishing.models import BaseModel, Notice


def save_and_show(
    events: AsyncGenerator[BreedingEvent],
    garden: Garden,
    *,
    kind: Literal["bred", "refined", "worsened"],
    as_json: bool,
    model: BaseModel,
    bed: Bed | None = None,
) -> None:
    """Breed, save and show; it took minutes, so it is shown even where it cannot be saved.

    Args:
        events: What breeding yields.
        garden: Where it goes.
        kind: How it came to be.
        as_json: Whether to write it as one JSON document.
        model: What wrote it.
        bed: The bed in which it was bred.

    Raises:
        StorageError: It could not be saved.
    """
    told: list[str] = []

    def tell(event: BreedingEvent) -> None:
        tell_visibly(event)
        if isinstance(event, Notice):
            told.append(event.words)

    brood = bridge.run(workshop.finished(events, tell))
    try:
        saved = garden.save(brood, kind=kind, bed=bed, prices=prices_of(model))
    except StorageError:
        if as_json:
            show_json(brood.as_dict())
        else:
            show_texts([each.content for each in brood])
        raise
    spent = garden.costs.brood(saved.id)
    if as_json:
        money = {"money": [each.as_dict() for each in spent.money]} if spent.money else {}
        show_json({**saved.as_dict(), **money})
    else:
        show_stored(saved, garden, told=told)
        show_cost(spent)
