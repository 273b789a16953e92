"""The interactive session: what a typed line means, and how a bed is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text as Line

from flourishing.cli.show import cost_in_words, printable, say, show_changes, show_numbered
from flourishing.core.chain import Chain
from flourishing.core.text import require_unicode
from flourishing.errors import InputError
from flourishing.garden import Bed, Garden
from flourishing.kinds import headline


@dataclass(frozen=True, slots=True)
class Command:
    """A typed line, taken apart.

    Attributes:
        name: What to do: a letter, or "pick" for bare numbers and "breed" for an empty line.
        numbers: The numbers that it names.
        rest: The words behind the letter.
    """

    name: str
    numbers: tuple[int, ...] = ()
    rest: str = ""


_NUMBERED = re.compile(r"([dekxf]?)\s*(\d+(?:[\s,]+\d+)*)")
_WORDS = re.compile(r"([abnpqrstuvwl?]|prompt)(?:\s+(.*))?")


def read_command(line: str) -> Command:
    """Take a typed line apart.

    Args:
        line: The line as the person typed it.

    Raises:
        InputError: It is no command.
    """
    require_unicode(line, "The line")
    line = line.rstrip("\n")
    if not line.strip():
        return Command("breed")
    if match := _NUMBERED.fullmatch(line.strip()):
        numbers = tuple(dict.fromkeys(int(each) for each in re.findall(r"\d+", match[2])))
        return Command(match[1] or "pick", numbers)
    if match := _WORDS.fullmatch(line.strip()):
        return Command(match[1], rest=match[2] or "")
    raise InputError(f"“{line.strip()[:40]}” is no command.", hint="Type ? to see them all.")


@dataclass(frozen=True, slots=True)
class BedView:
    """Shows a bed of a garden on a console.

    Attributes:
        garden: Where the bed stands.
        console: Where all is shown.
    """

    garden: Garden
    console: Console = field(default_factory=lambda: Console(highlight=False))

    def offspring(self, bed: Bed) -> None:
        """Show what stands in the places of its brood.

        Args:
            bed: The bed as it is stored now.
        """
        shown = {id: place for place, id in enumerate(bed.shown, start=1) if id}
        for text in self.garden.texts(list(shown)):
            marks = ["parent"] if text.id in bed.parents else []
            marks += ["kept"] if "keep" in text.marks else []
            show_numbered(self.console, shown[text.id], text, marks=marks)

    def parents(self, bed: Bed) -> None:
        """Show the parents whole.

        Args:
            bed: The bed as it is stored now.
        """
        parents = self.garden.texts(bed.parents)
        self.console.print(f"Parents, worst first ({len(parents)}):", style="bold", markup=False)
        for number, parent in enumerate(parents, start=1):
            show_numbered(self.console, number, parent, style="magenta")

    def list_parents(self, bed: Bed) -> None:
        """Show the first line of each parent, for orientation after a change.

        Args:
            bed: The bed as it is stored now.
        """
        self.console.print(f"Parents, worst first ({len(bed.parents)}):", style="bold")
        for number, parent in enumerate(self.garden.texts(bed.parents), start=1):
            first = headline(parent)
            more = first != parent.content.strip()
            line = Line(f"{number:>3}  ", style="magenta")
            line.append(printable(first) + (" …" if more else ""), style="default")
            self.console.print(line, soft_wrap=True)

    def cost(self, bed: Bed) -> None:
        """Say what it has cost so far.

        Args:
            bed: The bed as it is stored now.
        """
        spent = self.garden.costs.total(bed)
        if spent.broods:
            broods = "1 brood" if spent.broods == 1 else f"{spent.broods:,} broods"
            self.say(f"The bed so far: {broods}, {cost_in_words(spent)}")

    def versions(self, chain: Chain) -> None:
        """Show the versions under work, each with what changed.

        Args:
            chain: The chain under work.
        """
        self.console.print(f"Versions, worst first ({len(chain)}):", style="bold")
        show_changes(self.console, chain.versions)

    def say(self, words: str) -> None:
        """Say something beside the texts.

        Args:
            words: A sentence, which may have several lines.
        """
        say(words, console=self.console)
