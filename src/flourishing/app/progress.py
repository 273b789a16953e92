"""What can be seen while work goes on: a brood as far as it came; warnings, waits and loading."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from flourishing import sync
from flourishing.breeding.brood import (
    Again,
    Arrived,
    Asked,
    BreedingEvent,
    Brood,
    Offspring,
    joined,
)
from flourishing.models import BaseModel, Notice, Usage, Waiting, open_model
from flourishing.models.waiting import print_plain, print_wait, report_waits_to


@dataclass(slots=True)
class PartialBrood:
    """What has come of a brood.

    Attributes:
        n: How many offspring were asked for.
        asked: What was sent; of several models, to each. Empty before that.
        whole: The offspring that came whole, by their places.
    """

    n: int
    asked: list[Asked] = field(default_factory=list)
    whole: dict[int, Offspring] = field(default_factory=dict)
    _flawed: dict[int, list[Offspring]] = field(default_factory=dict)

    def take(self, event: BreedingEvent) -> None:
        """Take an event of the breeding.

        Args:
            event: The event.
        """
        match event:
            case Asked():
                self.asked.append(event)
            case Arrived(index, offspring):
                self.whole[index] = offspring
            case Again(index, _) if index in self.whole:  # not so after an answer that broke off
                self._flawed.setdefault(index, []).append(self.whole.pop(index))

    @property
    def places(self) -> list[int]:
        """The places in which something stands, flawed or not, in order: those of `brood`."""
        return sorted(self._flawed.keys() | self.whole.keys())

    def brood(self, *, note: str = "", usage: Usage | None = None) -> Brood | None:
        """Give what came so far, flawed offspring where no other came yet; None for nothing.

        Args:
            note: What a person should know of it.
            usage: What it cost, as far as that is known.
        """
        notes = (note,) if note else ()
        places = self.places
        if not places or not self.asked:
            return None
        if not self.asked[0].model:
            return self._of_model(self.asked[0], places, self.n, notes, usage or Usage())
        parts = []
        for asked in sorted(self.asked, key=lambda each: each.places.start):
            its = [place for place in places if place in asked.places]
            part = self._of_model(asked, its, len(asked.places), (), Usage()) if its else None
            if part is not None:
                parts.append((its, part))
        return joined(parts, asked=self.n, notes=notes)[0] if parts else None

    def _of_model(
        self, asked: Asked, places: list[int], n: int, notes: tuple[str, ...], usage: Usage
    ) -> Brood | None:
        """Give what came from one model, in these of its places."""
        standing = {place: some[-1] for place, some in self._flawed.items()} | self.whole
        came = tuple(standing[place] for place in places)
        origin = came[0].origin
        if origin.pattern is None or origin.sampling is None:
            return None
        replaced = (
            each
            for place in places
            for each in self._flawed.get(place, ())[: None if place in self.whole else -1]
        )
        return Brood(
            operation=asked.operation,
            offspring=came,
            asked=n,
            parents=asked.parents,
            left_out=asked.left_out,
            set_aside=tuple(replaced),
            notes=notes,
            prompt=asked.prompt,
            pattern=origin.pattern,
            start=origin.start,
            model=origin.model or "",
            sampling=origin.sampling,
            seed=origin.seed or 0,
            reproducible=origin.reproducible,
            usage=usage,
            examples=asked.examples,
            chain=asked.chain,
        )


def notify_visibly(event: object) -> None:
    """Say on stderr what a person should know at once: a warning, or a wait for a server.

    Args:
        event: Any event of a model; others than notices and waits are ignored.
    """
    if isinstance(event, Waiting):
        print_wait(event)
    elif isinstance(event, Notice):
        print_plain(event.words)
    elif isinstance(event, str):
        print_plain(event)


def open_visibly(model: str | Path | BaseModel | None) -> BaseModel:
    """Open a model, and load it with a spinner on stderr if that is a terminal.

    Args:
        model: The model by its name or itself; None for the configured one.

    Raises:
        ModelError: It cannot be found or loaded.
    """
    opened = open_model(model)
    if sys.stderr.isatty() and not opened.ready:
        # Here, since most imports of us never load a model.
        from rich.console import Console
        from rich.text import Text as Line

        loading = f"Loading the base model ({opened.name}) …"
        with Console(stderr=True).status(loading) as status:

            def notify(wait: Waiting) -> None:
                words = f"{wait.why} {wait.seconds:.0f} s …" if wait.seconds > 0 else loading
                status.update(Line(words))

            with report_waits_to(notify):
                sync.run(opened.load())
    return opened
