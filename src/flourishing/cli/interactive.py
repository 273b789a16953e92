"""`flourishing breed --interactive`: the loop of the post, at a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text as Line

from flourishing import bridge, workshop
from flourishing.breeding import MOST_OFFSPRING
from flourishing.brood import Again, Arrived, Brood, Offspring
from flourishing.cli.kept import KeptFile
from flourishing.cli.session import Bed, Command, History, read_command
from flourishing.cli.show import printable, show_notes, show_numbered
from flourishing.errors import FlourishingError, InputError
from flourishing.loading import open_visibly
from flourishing.models import BaseModel, Piece, Reading
from flourishing.pattern import Pattern
from flourishing.sampling import Sampling
from flourishing.text import Text
from flourishing.workshop import Draw

_LATEST: Final = 64
"""How much of a text that is being written is shown, in characters."""

HELP: Final = """\
Enter      breed from the parents
1 3 5      make these offspring parents, best last; again to take them back
k2         keep number 2        e3  edit number 3 in your editor
d4         drop number 4        x1  take parent 1 out of the prompt
p          show the parents     prompt  show the exact prompt
s WORDS    begin every offspring with these words; s alone: with none
n 5        breed five at a time; t 0.8  set the temperature
u  r       undo, redo           w  where what you keep is written
q          leave (Ctrl-C too; what was kept stays kept)"""


@dataclass(slots=True)
class Interactive:
    """One interactive breeding.

    Attributes:
        history: The state of the bed, and those before.
        pattern: How parents become a prompt.
        draw: How tokens are drawn; the bed's temperature goes before it.
        seed: The seed of the first brood; each next brood has the next one. None for fresh ones.
        model: The base model.
        kept: Where what is kept goes.
        console: Where all is shown.
    """

    history: History
    pattern: Pattern
    draw: Draw
    seed: int | None
    model: BaseModel
    kept: KeptFile
    console: Console = field(default_factory=lambda: Console(highlight=False))

    def run(self) -> None:
        """Read lines and do what they say, until the person leaves."""
        self._show_parents()
        if not self.model.ready:
            bridge.start(self.model.load())  # now: loading holds up the interpreter for a moment
        self.console.print("Press Enter to breed from these; type ? for help.", style="dim")
        try:
            while self._step():
                pass
        except (EOFError, KeyboardInterrupt, click.Abort):
            self.console.print()
        finally:
            if len(self.kept):
                self.console.print(f"Kept {len(self.kept)} in {self.kept.path}", markup=False)

    def _step(self) -> bool:
        """Read one line and do it; False to leave."""
        line = self.console.input("[bold green]> [/]")
        try:
            command = read_command(line)
            if command.name == "q":
                return False
            self._acts()[command.name](command)
        except FlourishingError as error:
            self.console.print(printable(f"{error} {error.hint}"), style="red", markup=False)
        return True

    def _acts(self) -> dict[str, Callable[[Command], None]]:
        return {
            "breed": self._breed,
            "pick": self._pick,
            "k": self._keep,
            "e": self._edit,
            "d": self._drop,
            "x": self._take_out,
            "p": lambda _: self._show_parents(),
            "prompt": self._show_prompt,
            "s": lambda command: self._set(replace(self._bed, start=command.rest)),
            "n": lambda command: self._set(replace(self._bed, n=_count(command.rest))),
            "t": lambda command: self._set(replace(self._bed, temperature=_heat(command.rest))),
            "u": lambda _: self._travel(self.history.undo, "Nothing to undo."),
            "r": lambda _: self._travel(self.history.redo, "Nothing to redo."),
            "w": lambda _: self._say(f"{len(self.kept)} kept; they go to {self.kept.path}"),
            "?": lambda _: self._say(HELP),
        }

    # What a person does.

    def _breed(self, _: Command) -> None:
        brood = self._watch()
        if brood is not None:
            self.history.act(self._bed.with_brood(brood))
            self._show_offspring()
            show_notes(brood)

    def _pick(self, command: Command) -> None:
        bed = self._bed
        for number in command.numbers:
            bed = bed.with_parent(bed.numbered(number))
        for parent in bed.parents:
            if parent not in self._bed.parents:
                self.kept.add(parent.content)
        self.history.act(bed)
        self._list_parents()

    def _keep(self, command: Command) -> None:
        bed = self._bed
        for number in command.numbers:
            self.kept.add(bed.numbered(number).content)
            bed = bed.with_kept(bed.numbered(number))
        self.history.act(bed)
        self._say(f"Kept. {len(bed.kept)} so far.")

    def _edit(self, command: Command) -> None:
        for number in command.numbers:
            before = self._bed.numbered(number)
            content = click.edit(before.content + "\n", extension=".txt", require_save=False)
            content = (content or "").rstrip("\n")
            if not content.strip() or content == before.content:
                self._say(f"Number {number} stays as it is.")
                continue
            self.kept.add(content)
            self.history.act(self._bed.with_edit(number, content))
            show_numbered(
                self.console, number, self._bed.numbered(number), marks=["edited", "kept"]
            )

    def _drop(self, command: Command) -> None:
        bed = self._bed
        for number in command.numbers:
            bed = bed.without(number)
        self.history.act(bed)
        self._show_offspring()

    def _take_out(self, command: Command) -> None:
        bed = self._bed
        for number in sorted(command.numbers, reverse=True):
            bed = bed.without_parent(number)
        self.history.act(bed)
        self._list_parents()

    def _set(self, bed: Bed) -> None:
        self.history.act(bed)
        begun = f", each beginning “{printable(bed.start)}”" if bed.start else ""
        heat = "" if bed.temperature is None else f", temperature {bed.temperature:g}"
        self._say(f"The next brood: {bed.n} offspring{heat}{begun}.")

    def _travel(self, step: Callable[[], bool], otherwise: str) -> None:
        if not step():
            self._say(otherwise)
            return
        self._show_offspring()
        self._list_parents()

    # What a person sees.

    @property
    def _bed(self) -> Bed:
        return self.history.now

    def _watch(self) -> Brood | None:
        """Breed, and show the offspring as they are written; None if interrupted."""
        bed, seed = self._bed, self.seed
        draw = (
            self.draw
            if bed.temperature is None
            else replace(self.draw, temperature=bed.temperature)
        )
        if seed is not None:
            self.seed = seed + 1
        events = workshop.breed(
            bed.parents,
            bed.n,
            pattern=self.pattern,
            start=bed.start,
            draw=draw,
            seed=seed,
            model=open_visibly(self.model),
        )
        nursery = _Watched(bed.start, bed.n)
        following = bridge.iterate(events)
        try:
            with Live(console=self.console, transient=True, refresh_per_second=8) as live:
                for event in following:
                    if isinstance(event, Brood):
                        return event
                    nursery.take(event)
                    live.update(nursery.view())
        except KeyboardInterrupt:
            following.close()
            self._say("Enough. What came whole:")
            whole = tuple(nursery.whole[place] for place in sorted(nursery.whole))
            self.history.act(replace(bed, offspring=whole))
            self._show_offspring()
        return None

    def _show_offspring(self) -> None:
        bed = self._bed
        for number, offspring in enumerate(bed.offspring, start=1):
            if offspring is not None:
                marks = [
                    name
                    for name, shelf in (("parent", bed.parents), ("kept", bed.kept))
                    if offspring in shelf
                ]
                show_numbered(self.console, number, offspring, marks=marks)

    def _show_parents(self) -> None:
        parents = self._bed.parents
        self.console.print(f"Parents, worst first ({len(parents)}):", style="bold", markup=False)
        for number, parent in enumerate(parents, start=1):
            show_numbered(self.console, number, parent, style="magenta")

    def _list_parents(self) -> None:
        """Show the first line of each parent, for orientation after a change."""
        self.console.print(f"Parents, worst first ({len(self._bed.parents)}):", style="bold")
        for number, parent in enumerate(self._bed.parents, start=1):
            first, *more = parent.content.strip().split("\n")
            line = Line(f"{number:>3}  ", style="magenta")
            line.append(printable(first) + (" …" if more else ""), style="default")
            self.console.print(line)

    def _show_prompt(self, _: Command) -> None:
        if not self._bed.parents:
            raise InputError("There are no parents.", hint="Pick some by their numbers.")
        prompt = self.pattern.render([each.content for each in self._bed.parents])
        prompt += self._bed.start.rstrip(" ")
        tokens = bridge.run(open_visibly(self.model).count_tokens(prompt))
        self.console.print(Line(printable(prompt)))
        self._say(f"[{tokens:,} tokens]")

    def _say(self, words: str) -> None:
        self.console.print(words, style="dim", markup=False)


@dataclass(slots=True)
class _Watched:
    """Offspring while they are being written, each as one line: its number and latest words."""

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


def begin(
    parents: list[Text],
    *,
    n: int,
    start: str,
    pattern: Pattern,
    draw: Draw,
    seed: int | None,
    model: BaseModel,
    kept: KeptFile,
) -> None:
    """Begin an interactive breeding from parents, and stay until the person leaves."""
    bed = Bed(parents=tuple(parents), n=n, start=start)
    Interactive(History(bed), pattern, draw, seed, model, kept).run()


def _count(words: str) -> int:
    if not words.isdecimal() or not 1 <= int(words) <= MOST_OFFSPRING:
        raise InputError(
            f"“{words}” offspring cannot be bred.", hint=f"Give 1 to {MOST_OFFSPRING:,}, as in: n 5"
        )
    return int(words)


def _heat(words: str) -> float:
    try:
        return Sampling(temperature=float(words)).temperature
    except ValueError as error:
        raise InputError(f"“{words}” is no temperature.", hint="As in: t 0.8") from error
