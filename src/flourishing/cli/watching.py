"""A brood while it is being written, each offspring as one line: its number and latest words."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text as Line

from flourishing import bridge
from flourishing.brood import Arrived, Asked, BreedingEvent, Brood
from flourishing.cli.saving import why_stopped
from flourishing.cli.show import printable
from flourishing.errors import FlourishingError
from flourishing.loading import tell_visibly
from flourishing.models import Notice, Piece, Reading, Waiting
from flourishing.workshop.partial_brood import PartialBrood

_LATEST: Final = 64
"""How much of a text that is being written is shown, in characters."""


def watch(
    events: AsyncGenerator[BreedingEvent], *, start: str, n: int, console: Console
) -> tuple[Brood | None, BaseException | None]:
    """Show a brood as it comes.

    Args:
        events: The events of a breeding.
        start: The words with which each offspring begins.
        n: The number of offspring asked for.
        console: Where the brood is shown.

    Returns:
        The brood. If the person interrupts it, or it fails: one of the offspring that came whole,
        or None if none of them did, and what stopped it. A terminal that is gone stops it too.
    """
    watched = _Watched(start, n)
    following = bridge.iterate(events)
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


def show_prompt_of(events: AsyncGenerator[BreedingEvent]) -> None:
    """Write the prompt that a breeding is about to send to stdout, and breed nothing.

    Args:
        events: The events of a breeding, of which only those before the prompt are used.
    """
    prompt = exact_prompt(events)
    print(printable(prompt) if sys.stdout.isatty() else prompt)


def exact_prompt(events: AsyncGenerator[BreedingEvent]) -> str:
    """Give the prompt that a breeding is about to send, and breed nothing.

    Args:
        events: The events of a breeding, of which only those before the prompt are used.
    """
    following = bridge.iterate(events)
    try:
        for event in following:
            if isinstance(event, Asked):
                return event.prompt
            tell_visibly(event)
    finally:
        following.close()
    raise AssertionError("a breeding begins with its prompt")


@dataclass(slots=True)
class _Watched:
    start: str
    n: int
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
        for index, text in sorted(self._coming.items()):
            latest = " / ".join(printable(text).split("\n"))[-_LATEST:]
            lines.append(Line(f"{index + 1:>3}  {latest}", style="dim"))
        return Group(*lines)
