"""Showing a brood while it comes, saving it, and showing what was saved.

If the person interrupts, or the model fails, what came is saved. What was shown while it came is
not repeated among its notes.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text as Line

from flourishing import sync
from flourishing.app.candidates import Plan, choose
from flourishing.app.export_files import rescue
from flourishing.app.progress import PartialBrood, notify_visibly
from flourishing.breeding import BreedRequest, breed, finished
from flourishing.breeding.brood import Arrived, Asked, BreedingEvent, Brood
from flourishing.cli.show import printable, say, show_cost, show_json, show_stored, show_texts
from flourishing.cli.terminal import undisturbed
from flourishing.errors import FlourishingError, StorageError
from flourishing.garden import AsyncGarden, Bed, Garden, StoredBrood
from flourishing.models import BaseModel, Notice, Piece, Reading, Waiting
from flourishing.models.cost import prices_of


def save_and_show(
    events: AsyncGenerator[BreedingEvent],
    garden: Garden,
    *,
    plan: Plan,
    as_json: bool,
    model: BaseModel,
    bed: Bed | None = None,
) -> None:
    """Breed, save and show; it took minutes, so it is shown even where it cannot be saved.

    Where it is stopped, or fails, what came whole until then is saved and shown.

    Args:
        events: What breeding yields.
        garden: Where it goes.
        plan: How many offspring are bred, and what chooses those that are shown.
        as_json: Whether to write it as one JSON document.
        model: What wrote it; of several models, the first.
        bed: The bed in which it was bred.

    Raises:
        StorageError: It could not be saved.
        KeyboardInterrupt: It was stopped.
        FlourishingError: It failed before all of it came.
    """
    garden.require_writable()
    partial_brood = PartialBrood(plan.n)
    told: list[str] = []

    def notify(event: BreedingEvent) -> None:
        notify_visibly(event)
        partial_brood.take(event)
        if isinstance(event, Notice):
            told.append(event.words)

    stopped: KeyboardInterrupt | FlourishingError | None = None
    came: Brood | None
    try:
        came = sync.run(finished(events, notify))
    except (KeyboardInterrupt, FlourishingError) as error:
        stopped = error
        came = partial_brood.brood(note=why_stopped(error, partial_brood))
    if came is not None:
        with undisturbed():
            saved = save(garden, came, model=model, bed=bed, as_json=as_json)
        if stopped is None:
            saved = choose_visibly(garden, plan, saved)
        with undisturbed():
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
        model: What wrote it; of several models, the first.
        bed: The bed in which it was bred.
        as_json: Whether it is shown as one JSON document.

    Raises:
        StorageError: It could not be saved.
    """
    try:
        prices = None if brood.parts else prices_of(model)
        return garden.save(brood, bed=bed, prices=prices)
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


def choose_visibly(garden: Garden, plan: Plan, brood: StoredBrood) -> StoredBrood:
    """Choose which offspring of a saved brood are shown first, and say so while it takes a moment.

    Whoever does not want to wait, and interrupts it, sees all of them.

    Args:
        garden: The garden in which the brood is.
        plan: The plan by which it was bred.
        brood: The brood.
    """
    if plan.taste is not None:
        say(f"Choosing {plan.shown:,} of {len(brood):,} …")
    try:
        return sync.run(choose(AsyncGarden(garden), plan, brood))
    except KeyboardInterrupt:
        return brood


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


_LATEST: Final = 64
"""How much of a text that is being written is shown, in characters."""


def watch(
    events: AsyncGenerator[BreedingEvent], *, start: str, plan: Plan, console: Console
) -> tuple[Brood | None, BaseException | None]:
    """Show a brood as it comes.

    Args:
        events: The events of a breeding.
        start: The words with which each offspring begins.
        plan: How many offspring are bred; where some are to be chosen, none is seen before.
        console: Where the brood is shown.

    Returns:
        The brood. If the person interrupts it, or it fails: one of the offspring that came whole,
        or None if none of them did, and what stopped it. A terminal that is gone stops it too.
    """
    watched = _Watched(start, plan.n, words=plan.taste is None)
    following = sync.iterate(events)
    try:
        with Live(console=console, transient=True, refresh_per_second=8) as live:
            for event in following:
                if isinstance(event, Brood):
                    return event, None
                watched.take(event)
                live.update(watched.view())
    except (KeyboardInterrupt, FlourishingError, OSError) as error:
        following.close()
        return watched.partial_brood.brood(note=why_stopped(error, watched.partial_brood)), error
    raise AssertionError("a breeding ends with its brood")


def show_prompts_of(request: BreedRequest) -> None:
    """Write the prompt that is about to be sent to stdout, and breed nothing.

    Of several models, each one's, with its name before it on stderr.

    Args:
        request: What is asked for.
    """
    models = request.models()
    requests = request.shared_out(models) if len(models) > 1 else [request]
    for model, each in zip(models, requests, strict=True):
        prompt = exact_prompt(breed(each))
        if len(models) > 1:
            say(f"{model.name}:")
        print(printable(prompt) if sys.stdout.isatty() else prompt, flush=True)


def exact_prompt(events: AsyncGenerator[BreedingEvent]) -> str:
    """Give the prompt that a breeding is about to send, and breed nothing.

    Args:
        events: The events of a breeding, of which only those before the prompt are used.
    """
    following = sync.iterate(events)
    try:
        for event in following:
            if isinstance(event, Asked):
                return event.prompt
            notify_visibly(event)
    finally:
        following.close()
    raise AssertionError("a breeding begins with its prompt")


@dataclass(slots=True)
class _Watched:
    start: str
    n: int
    words: bool = True
    reading: str = "Reading the prompt …"
    waiting: str = ""
    partial_brood: PartialBrood = field(init=False)
    _coming: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.partial_brood = PartialBrood(self.n)

    def take(self, event: BreedingEvent) -> None:
        self.partial_brood.take(event)
        match event:
            case Reading(read, total):
                self.reading = f"Reading the prompt: {read:,} of {total:,} tokens …"
            case Waiting(seconds, why):
                self.waiting = f"{why} {seconds:.0f} s …" if seconds > 0 else ""
            case Notice(words):
                self.waiting = words
            case Piece(index, text):
                self.waiting = ""
                self._coming[index] = self._coming.get(index, self.start) + text
            case Arrived(index):
                self._coming.pop(index, None)

    def view(self) -> Group:
        if not self._coming and not self.partial_brood.whole:
            return Group(Line(printable(self.waiting) or self.reading, style="dim"))
        lines = [Line(f"{len(self.partial_brood.whole)} of {self.n} so far", style="dim")]
        if self.waiting:
            lines.append(Line(printable(self.waiting), style="yellow"))
        for index, text in sorted(self._coming.items()) if self.words else ():
            latest = " / ".join(printable(text).split("\n"))[-_LATEST:]
            lines.append(Line(f"{index + 1:>3}  {latest}", style="dim"))
        return Group(*lines)
