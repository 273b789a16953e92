"""A brood goes into the garden, and then to the person: all of it, or what came before it stopped.

What was said at once while it came is not said again among its notes.
"""

from __future__ import annotations

import shlex
from collections.abc import AsyncGenerator, Sequence

from flourishing import bridge
from flourishing.breeding import finished
from flourishing.brood import BreedingEvent, Brood
from flourishing.cli.show import show_cost, show_json, show_stored, show_texts
from flourishing.cli.stopping import undisturbed
from flourishing.cost import prices_of
from flourishing.errors import FlourishingError, StorageError
from flourishing.garden import Bed, Garden, StoredBrood
from flourishing.loading import tell_visibly
from flourishing.models import BaseModel, Notice
from flourishing.workshop.partial_brood import PartialBrood
from flourishing.workshop.rescuing import rescue


def save_and_show(
    events: AsyncGenerator[BreedingEvent],
    garden: Garden,
    *,
    n: int,
    as_json: bool,
    model: BaseModel,
    bed: Bed | None = None,
) -> None:
    """Breed, save and show; it took minutes, so it is shown even where it cannot be saved.

    Where it is stopped, or fails, what came whole until then is saved and shown.

    Args:
        events: What breeding yields.
        garden: Where it goes.
        n: How many offspring were asked for.
        as_json: Whether to write it as one JSON document.
        model: What wrote it.
        bed: The bed in which it was bred.

    Raises:
        StorageError: It could not be saved.
        KeyboardInterrupt: It was stopped.
        FlourishingError: It failed before all of it came.
    """
    garden.require_writable()
    partial_brood = PartialBrood(n)
    told: list[str] = []

    def tell(event: BreedingEvent) -> None:
        tell_visibly(event)
        partial_brood.take(event)
        if isinstance(event, Notice):
            told.append(event.words)

    stopped: KeyboardInterrupt | FlourishingError | None = None
    came: Brood | None
    try:
        came = bridge.run(finished(events, tell))
    except (KeyboardInterrupt, FlourishingError) as error:
        stopped = error
        came = partial_brood.brood(note=why_stopped(error, partial_brood))
    with undisturbed():
        if came is not None:
            saved = save(garden, came, model=model, bed=bed, as_json=as_json)
            _show(saved, garden, told=told, as_json=as_json)
    if stopped is not None:
        raise stopped


def save(
    garden: Garden,
    brood: Brood,
    *,
    model: BaseModel,
    bed: Bed | None = None,
    as_json: bool = False,
) -> StoredBrood:
    """Save a brood; where that fails, show it, and write it into a file that can be imported.

    Args:
        garden: Where it goes.
        brood: The brood.
        model: What wrote it.
        bed: The bed in which it was bred.
        as_json: Whether it is shown as one JSON document.

    Raises:
        StorageError: It could not be saved.
    """
    try:
        return garden.save(brood, bed=bed, prices=prices_of(model))
    except StorageError as error:
        if as_json:
            show_json(brood.as_dict())
        else:
            show_texts([each.content for each in brood])
        if (path := rescue(garden, [brood])) is None:
            raise
        words = f"What came is in {path}; bring it in with: flourishing garden import"
        raise type(error)(
            str(error), hint=f"{error.hint}\n{words} {shlex.quote(str(path))}"
        ) from error


def why_stopped(error: BaseException, partial_brood: PartialBrood) -> str:
    """Say beside what came why it is not more.

    Args:
        error: What ended the breeding.
        partial_brood: What had come until then.
    """
    if isinstance(error, FlourishingError):
        return str(error)
    return f"You stopped it after {len(partial_brood.places)} of {partial_brood.n}."


def _show(saved: StoredBrood, garden: Garden, *, told: Sequence[str], as_json: bool) -> None:
    spent = garden.costs.brood(saved.id)
    if as_json:
        money = {"money": [each.as_dict() for each in spent.money]} if spent.money else {}
        show_json({**saved.as_dict(), **money})
    else:
        show_stored(saved, garden, told=told)
        show_cost(spent)
