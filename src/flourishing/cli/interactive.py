"""`flourishing breed --interactive`: the loop of the post, on a bed of the garden."""

from __future__ import annotations

import re
import shlex
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import click
from rich.console import Console
from rich.text import Text as Line

from flourishing import sync
from flourishing.app import bed_operations, fresh_parents
from flourishing.app.act_words import act_words
from flourishing.app.bed_operations import begin_bed, change_bed, find_bed
from flourishing.app.candidates import Plan, plan_for_bed, taste_of_bed
from flourishing.app.collections import Suiting
from flourishing.app.progress import open_visibly
from flourishing.breeding.brood import MOST_OFFSPRING, BreedingEvent
from flourishing.cli.saving import choose_visibly, exact_prompt, save, watch
from flourishing.cli.show import (
    Numbered,
    cost_in_words,
    printable,
    say,
    show_all,
    show_changes,
    show_cost,
    show_notes,
    show_numbered,
)
from flourishing.cli.terminal import Terminated, edit_by_hand, undisturbed
from flourishing.core.chain import Chain
from flourishing.core.sampling import PRESETS, Sampling
from flourishing.core.text import Text, require_unicode
from flourishing.core.words import quantity
from flourishing.errors import FlourishingError, InputError
from flourishing.garden import Act, AsyncGarden, Bed, Garden, Stored
from flourishing.kinds import headline, kind_of, kind_of_versions
from flourishing.models import BaseModel, open_model
from flourishing.models.cost import Budget
from flourishing.models.waiting import report_waits_to


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
_WORDS = re.compile(r"([abcmnopqrstuvwl?]|prompt)(?:\s+(.*))?")


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


@dataclass(slots=True)
class BedView:
    """Shows a bed of a garden on a console.

    Attributes:
        garden: Where the bed stands.
        console: Where all is shown.
        all_of: The number of the brood that is shown whole, also where some come first.
    """

    garden: Garden
    console: Console = field(default_factory=lambda: Console(highlight=False))
    all_of: int | None = None

    def offspring(self, bed: Bed) -> None:
        """Show what stands in the places of its brood.

        Args:
            bed: The bed as it is stored now.
        """
        shown, rest = self.places(bed)
        numbers = {id: number for number, id in enumerate(shown, start=1) if id}
        numbered = []
        for text in self.garden.texts(list(numbers)):
            marks = ["parent"] if text.id in bed.parents else []
            marks += ["kept"] if "keep" in text.marks else []
            numbered.append(Numbered(numbers[text.id], text, marks=marks))
        show_all(self.console, numbered, medium=kind_of(bed.pattern, bed.kind).medium)
        if rest:
            self.say(f"{len(shown):,} of {len(shown) + len(rest):,}; m shows the rest.")

    def places(self, bed: Bed) -> tuple[list[int], list[int]]:
        """Give the numbers of the texts that are shown, in their order, and of those that are not.

        Args:
            bed: The bed as it is stored now.

        Returns:
            Both lists, with 0 for an empty place; the second is empty where all are shown.
        """
        first = self.garden.beds.first(bed)
        if not first:
            return list(bed.shown), []
        rest = [at for at in range(len(bed.shown)) if at not in first]
        shown, others = ([bed.shown[at] for at in each] for each in (first, rest))
        return (shown + others, []) if self.all_of == bed.brood else (shown, others)

    def parents(self, bed: Bed) -> None:
        """Show the parents whole.

        Args:
            bed: The bed as it is stored now.
        """
        parents = self.garden.texts(bed.parents)
        self.console.print(f"Parents, worst first ({len(parents)}):", style="bold", markup=False)
        numbered = [Numbered(number, parent) for number, parent in enumerate(parents, start=1)]
        medium = kind_of(bed.pattern, bed.kind).medium
        show_all(self.console, numbered, medium=medium, style="magenta")

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


HELP: Final = """\
Enter      breed from the parents; or, while refining, write the next version
1 3 5      make these offspring parents, best last; again to take them back
k2         keep number 2        e3  edit number 3 in your editor
d4         drop number 4        x1  take parent 1 out of the prompt
p          show the parents     prompt  show the exact prompt
o          other parents for those that the last broods repeat; it shows them and asks first
s WORDS    begin every offspring with these words; s alone: with none
n 5        breed five at a time; t 0.8 or t wild  how freely words are drawn
c 32       breed 32 and show those that suit your marks best and differ; m  show the rest too
           c 0  no longer; c  what your marks say, and how sure that is
f2         refine number 2: its versions become the prompt, a number adds the next one
  v  show the versions          b  back to the version before
  a  accept: finished           l  leave it as it is, back to breeding
u  r       undo, redo           w  where all of it is kept, and what it cost
q          leave (Ctrl-C too): everything stays as it is, for the next time"""


@dataclass(slots=True)
class Interactive:
    """One interactive session.

    Attributes:
        garden: Where everything goes.
        bed: How the bed stands now.
        seed: The seed of the first brood; each next brood has the next one. None for fresh ones.
        models: The base models; the first one does what is asked of one model.
        budget: Bounds what the session may cost.
    """

    garden: Garden
    bed: Bed
    seed: int | None
    models: Sequence[BaseModel]
    budget: Budget
    _view: BedView = field(init=False)

    def __post_init__(self) -> None:
        self._view = BedView(self.garden)

    @property
    def model(self) -> BaseModel:
        """The first of the models."""
        return self.models[0]

    def run(self) -> None:
        """Read lines and do what they say, until the person leaves."""
        self._view.say(f"The bed “{self.bed.name}”:")
        self._view.parents(self.bed)
        self._view.offspring(self.bed)
        if not self.model.ready:
            with report_waits_to(lambda _: None):  # nobody waits for it yet
                sync.start(self.model.load())  # now: it holds up the interpreter for a moment
        self._view.say("Press Enter to breed from these; type ? for help.")
        try:
            while self._step():
                pass
        except (EOFError, KeyboardInterrupt, click.Abort):
            self._view.console.print()
        finally:
            again = f"flourishing breed -i --bed {shlex.quote(self.bed.name)}"
            kept = self.garden.counts()["kept"]
            self._view.cost(self.bed)
            self._view.say(f"{kept} kept in {self.garden.name}. To go on another day: {again}")

    def _step(self) -> bool:
        """Read one line and do it; False to leave."""
        line = self._view.console.input("[bold green]> [/]")
        try:
            command = read_command(line)
            if command.name == "q":
                return False
            self._acts()[command.name](command)
        except FlourishingError as error:
            say(f"{error} {error.hint}", console=self._view.console, style="red")
        return True

    def _acts(self) -> dict[str, Callable[[Command], None]]:
        return {
            "breed": self._breed,
            "pick": self._pick,
            "k": self._keep,
            "e": self._edit,
            "d": self._drop,
            "x": self._take_out,
            "f": self._refine,
            "a": self._accept,
            "b": self._back,
            "l": self._leave,
            "v": lambda _: self._view.versions(self._chain()),
            "p": lambda _: self._view.parents(self.bed),
            "o": self._exchange,
            "prompt": self._show_prompt,
            "s": lambda command: self._set(start=command.rest),
            "n": lambda command: self._set(n=_count(command.rest)),
            "c": self._choose,
            "m": self._show_rest,
            "t": lambda command: self._set(settings={"temperature": _heat(command.rest)}),
            "u": lambda _: self._travel(self.garden.undo, "Undone", "Nothing to undo."),
            "r": lambda _: self._travel(self.garden.redo, "Redone", "Nothing to redo."),
            "w": lambda _: self._show_place(),
            "?": lambda _: self._view.say(HELP),
        }

    # What a person does.

    def _breed(self, _: Command) -> None:
        try:
            plan = self._plan()
        except KeyboardInterrupt:
            self._view.say("Enough. Nothing had come whole.")
            return
        came, stopped = watch(
            self._events(plan), start=self.bed.start, plan=plan, console=self._view.console
        )
        if came is not None:
            with undisturbed():
                if self.seed is not None:
                    self.seed += 1
                saved = save(self.garden, came, bed=self.bed, model=self.model)
            if not isinstance(stopped, (Terminated, OSError)):
                saved = choose_visibly(self.garden, plan, saved)
            with undisturbed():
                self._renew()
                self._view.offspring(self.bed)
                show_notes(saved)
                show_cost(self.garden.costs.brood(saved.id))
        elif not isinstance(stopped, FlourishingError):
            self._view.say("Enough. Nothing had come whole.")
        if isinstance(stopped, (Terminated, FlourishingError, OSError)):
            raise stopped

    def _pick(self, command: Command) -> None:
        if self.bed.chain:
            text = self._numbered(command.numbers[-1])
            self.bed = self.garden.beds.add_version(self.bed, text.id)
            self._view.versions(self._chain())
            return
        ids = [self._numbered(number).id for number in command.numbers]
        self.bed = self.garden.beds.alter_parents(
            self.bed,
            add=[id for id in ids if id not in self.bed.parents],
            remove=[id for id in ids if id in self.bed.parents],
            seen=self._view.places(self.bed)[0],
        )
        self._view.list_parents(self.bed)
        if notice := fresh_parents.too_many(self.bed):
            self._view.say(f"{notice} x1 takes the first one out, o suggests others.")

    def _keep(self, command: Command) -> None:
        seen = self._view.places(self.bed)[0]
        self.garden.keep(*self._all_numbered(command.numbers), bed=self.bed, seen=seen)
        self._view.say(f"Kept. {self.garden.counts()['kept']} in the garden.")

    def _edit(self, command: Command) -> None:
        for number in command.numbers:
            before = self._numbered(number)
            content = edit_by_hand(before.content)
            if content is None:
                self._view.say(f"Number {number} stays as it is.")
                continue
            edit = self.garden.edit(before, content, bed=self.bed)
            self._renew()
            show_numbered(self._view.console, number, edit, marks=["edited", "kept"])

    def _drop(self, command: Command) -> None:
        seen = self._view.places(self.bed)[0]
        self.garden.drop(*self._all_numbered(command.numbers), bed=self.bed, seen=seen)
        self._renew()
        self._view.offspring(self.bed)

    def _take_out(self, command: Command) -> None:
        for number in command.numbers:
            if not 1 <= number <= len(self.bed.parents):
                raise InputError(
                    f"There is no parent {number}.", hint="Type p to see them with their numbers."
                )
        gone = [self.bed.parents[number - 1] for number in command.numbers]
        self.bed = self.garden.beds.remove_parents(self.bed, gone)
        self._view.list_parents(self.bed)

    def _exchange(self, _: Command) -> None:
        """Show which parents could be exchanged for which texts, ask, and do it."""
        model = open_visibly(self.model)
        suggested = sync.run(fresh_parents.suggest(AsyncGarden(self.garden), self.bed, model=model))
        if not suggested:
            self._view.say("The last broods repeat none of the parents that are not pinned.")
            return
        for each in suggested:
            number = self.bed.parents.index(each.out.id) + 1
            self._view.say(f"Parent {number} “{headline(each.out)}”: {each.reason}")
            show_numbered(self._view.console, number, each.into, style="magenta")
        if not click.confirm("Exchange them?", default=False):
            self._view.say("The parents stay as they are.")
            return
        exchanges = {each.out.id: each.into.id for each in suggested}
        self.bed = fresh_parents.exchange(self.garden, self.bed, exchanges)
        self._view.list_parents(self.bed)

    def _set(self, **changes: Any) -> None:
        self._change(**changes)
        bed, heat = self.bed, self.bed.settings.sampling.temperature
        begun = f", each beginning “{bed.start}”" if bed.start else ""
        warm = "" if heat is None else f", temperature {heat:g}"
        many = f"{bed.n} offspring"
        if bed.settings.candidates:
            many += f", chosen out of {bed.settings.candidates:,} by your marks"
        self._view.say(f"The next brood: {many}{warm}{begun}.")

    def _choose(self, command: Command) -> None:
        """Set how many candidates are bred, and say what the marks tell."""
        if command.rest:
            self._set(settings={"candidates": _candidates(command.rest)})
        model = open_visibly(self.model)
        told = sync.run(taste_of_bed(AsyncGarden(self.garden), self.bed, model=model))
        self._view.say(told.words)

    def _show_rest(self, _: Command) -> None:
        if not self._view.places(self.bed)[1]:
            self._view.say("All of the brood is shown.")
            return
        self._view.all_of = self.bed.brood
        self._view.offspring(self.bed)

    def _travel(self, step: Callable[[Bed], Act | None], done: str, otherwise: str) -> None:
        act = step(self.bed)
        if act is None:
            self._view.say(otherwise)
            return
        self._renew()
        self._view.say(f"{done}: {act_words(self.garden, act)}.")
        self._view.offspring(self.bed)
        if self.bed.chain:
            self._view.versions(self._chain())
        else:
            self._view.list_parents(self.bed)

    # Refining.

    def _refine(self, command: Command) -> None:
        text = self._numbered(command.numbers[-1])
        self.bed = bed_operations.refine_text(self.garden, self.bed, text.id)
        self._view.versions(self._chain())
        self._view.say("Enter writes the next version; a number adds it; a accepts; l leaves.")

    def _accept(self, _: Command) -> None:
        chain = self._chain()
        its = kind_of_versions(self.bed.pattern, self.bed.kind, chain)
        text = self.garden.accept(chain, bed=self.bed)
        self._renew()
        self._view.say(
            f"Accepted: {text.id} is in the collection “{its.finished}”"
            + (f", its versions in “{its.refinements}”." if len(chain) > 1 else ".")
        )

    def _back(self, _: Command) -> None:
        self._chain()
        self.bed = self.garden.beds.go_back(self.bed)
        self._view.versions(self._chain())

    def _leave(self, _: Command) -> None:
        self._chain()
        self._change(chain=())
        self._view.list_parents(self.bed)

    def _chain(self) -> Chain:
        return bed_operations.under_work(self.garden, self.bed)

    # What a person sees.

    def _plan(self) -> Plan:
        """Say how many offspring the next brood has, and what chooses among them."""
        model = open_visibly(self.model)
        return sync.run(plan_for_bed(AsyncGarden(self.garden), self.bed, model=model))

    def _events(
        self, plan: Plan | None = None, *, models: Sequence[BaseModel] | None = None
    ) -> AsyncGenerator[BreedingEvent]:
        """Begin the next brood: of the parents, or of the chain under work."""
        return bed_operations.next_brood(
            AsyncGarden(self.garden),
            self.bed,
            model=[open_visibly(model) for model in models or self.models],
            seed=self.seed,
            budget=self.budget,
            plan=plan,
        )

    def _numbered(self, number: int) -> Stored:
        shown, _ = self._view.places(self.bed)
        id = shown[number - 1] if 1 <= number <= len(shown) else 0
        if not id:
            raise InputError(
                f"There is no offspring {number}.", hint="Use the numbers beside the texts above."
            )
        return self.garden.text(id)

    def _all_numbered(self, numbers: Sequence[int]) -> list[Stored]:
        return [self._numbered(number) for number in numbers]

    def _change(self, **changes: Any) -> None:
        self.bed = self.garden.beds.set(self.bed, **changes)

    def _renew(self) -> None:
        self.bed = self.garden.beds.get(self.bed.id)

    def _show_prompt(self, _: Command) -> None:
        prompt = exact_prompt(self._events(models=self.models[:1]))
        tokens = sync.run(open_visibly(self.model).count_tokens(prompt))
        self._view.console.print(Line(printable(prompt)), soft_wrap=True)
        self._view.say(f"[{quantity(tokens, 'token')}]")

    def _show_place(self) -> None:
        self._view.say(f"Everything is in {self.garden.name}")
        self._view.cost(self.bed)


def begin(
    garden: Garden,
    find_parents: Callable[[str | None, str | None], tuple[list[Text], Suiting]],
    *,
    bed_name: str | None,
    n: int,
    start: str,
    pattern: str | None,
    kind: str | None,
    given: Collection[str],
    settings: Mapping[str, Any],
    seed: int | None,
    models: Sequence[str],
    budget: Budget,
) -> None:
    """Begin a bed, or go on with one, and stay until the person leaves.

    Args:
        garden: Where it stands.
        find_parents: Finds the texts to breed from, given the pattern and the kind of a bed that
            is there.
        bed_name: What it is called; None for the date.
        n: How many offspring a brood has.
        start: What each of them begins with.
        pattern: How parents become a prompt; None for what suits them, or for the bed's.
        kind: The kind of text, by its name or the path of its file; None as with the pattern.
        given: What of "parents", "n" and "start" the person said: only that changes a bed that is
            there.
        settings: What the person said of how tokens are drawn: it is set in the bed.
        seed: The seed of the first brood.
        models: The base models, which share each brood; none for those of the bed.
        budget: Bounds what the session may cost.

    Raises:
        InputError: What is said of the bed cannot be.
    """
    bed = find_bed(garden, bed_name)
    if bed is not None:
        parents = None
        if "parents" in given:
            stands = (bed.pattern, bed.kind) if bed.parents else (None, None)
            parents, its = find_parents(*stands)
            if not bed.parents:  # they bring what suits them
                pattern, kind = its.pattern, its.kind
        bed = change_bed(
            garden,
            bed,
            parents=parents,
            pattern=pattern,
            kind=kind,
            n=n if "n" in given else None,
            start=start if "start" in given else None,
            settings=settings,
        )
    else:
        texts, its = find_parents(None, None)
        bed = begin_bed(
            garden,
            bed_name,
            texts,
            its.pattern,
            n=n,
            start=start,
            kind=its.kind,
            settings=settings,
        )
    opened = [open_model(name) for name in models or bed_operations.models_of(bed)]
    Interactive(garden, bed, seed, opened, budget).run()


def _count(words: str) -> int:
    if not words.isdecimal() or not 1 <= int(words) <= MOST_OFFSPRING:
        raise InputError(
            f"“{words}” offspring cannot be bred.", hint=f"Give 1 to {MOST_OFFSPRING:,}, as in: n 5"
        )
    return int(words)


def _candidates(words: str) -> int:
    if not words.isdecimal():
        raise InputError(
            f"“{words}” candidates cannot be bred.", hint="As in: c 32; or c 0 for no choice."
        )
    return int(words)


def _heat(words: str) -> float | None:
    if words in PRESETS:
        return PRESETS[words].options.temperature
    try:
        return Sampling(temperature=float(words)).temperature
    except ValueError as error:
        hint = f"As in: t 0.8, or one of {', '.join(PRESETS)}."
        raise InputError(f"“{words}” is no temperature.", hint=hint) from error
