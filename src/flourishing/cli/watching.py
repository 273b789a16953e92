"""A brood while it is being written, each offspring as one line: its number and latest words."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text as Line

from flourishing import bridge
from flourishing.brood import Again, Arrived, BreedingEvent, Brood, Offspring
from flourishing.cli.show import printable
from flourishing.models import Piece, Reading

_LATEST: Final = 64
"""How much of a text that is being written is shown, in characters."""


def watch(
    events: AsyncGenerator[BreedingEvent], *, start: str, n: int, console: Console
) -> Brood | list[Offspring]:
    """Show a brood as it comes.

    Returns:
        The brood; or, if the person interrupts, the offspring that came whole.
    """
    watched = _Watched(start, n)
    following = bridge.iterate(events)
    try:
        with Live(console=console, transient=True, refresh_per_second=8) as live:
            for event in following:
                if isinstance(event, Brood):
                    return event
                watched.take(event)
                live.update(watched.view())
    except KeyboardInterrupt:
        following.close()
    return [watched.whole[place] for place in sorted(watched.whole)]


@dataclass(slots=True)
class _Watched:
    start: str
    n: int
    reading: str = "Reading the prompt …"
    whole: dict[int, Offspring] = field(default_factory=dict)
    _coming: dict[int, str] = field(default_factory=dict)

    def take(self, event: object) -> None:
        match event:
            case Reading(read, total):
                self.reading = f"Reading the prompt: {read:,} of {total:,} tokens …"
            case Piece(index, text):
                self._coming[index] = self._coming.get(index, self.start) + text
            case Arrived(index, offspring):
                self.whole[index] = offspring
                self._coming.pop(index, None)
            case Again(index, _):
                self.whole.pop(index, None)

    def view(self) -> Group:
        if not self._coming and not self.whole:
            return Group(Line(self.reading, style="dim"))
        lines = [Line(f"{len(self.whole)} of {self.n} so far", style="dim")]
        for index, text in sorted(self._coming.items()):
            latest = " / ".join(printable(text).split("\n"))[-_LATEST:]
            lines.append(Line(f"{index + 1:>3}  {latest}", style="dim"))
        return Group(*lines)
