"""A brood that is whole goes into the garden, and then to the person."""

from __future__ import annotations

from typing import Literal

from flourishing.brood import Brood
from flourishing.cli.show import show_cost, show_json, show_stored, show_texts
from flourishing.cost import prices_of
from flourishing.errors import StorageError
from flourishing.garden import Bed, Garden
from flourishing.models import BaseModel


def save_and_show(
    brood: Brood,
    garden: Garden,
    *,
    kind: Literal["bred", "refined", "worsened"],
    as_json: bool,
    model: BaseModel,
    bed: Bed | None = None,
) -> None:
    """Save a brood and show it; it took minutes, so it is shown even where it cannot be saved.

    Args:
        brood: The brood.
        garden: Where it goes.
        kind: How it came to be.
        as_json: Whether to write it as one JSON document.
        model: What wrote it.
        bed: The bed in which it was bred.

    Raises:
        StorageError: It could not be saved.
    """
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
        show_stored(saved, garden)
        show_cost(spent)
