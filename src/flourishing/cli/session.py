"""The state of an interactive breeding, and what a typed line does to it.

A state never changes: each act gives a new one, so that undo is going back to the one before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from flourishing.brood import Brood, Offspring
from flourishing.errors import InputError
from flourishing.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Bed:
    """What a person has before them.

    Attributes:
        parents: What the next brood is bred from, worst first.
        offspring: The last brood, each in its numbered place; None where one was dropped.
        kept: What was kept.
        start: What every offspring begins with.
        n: How many offspring the next brood has.
        temperature: Of the next brood; None for the default.
    """

    parents: tuple[Text, ...] = ()
    offspring: tuple[Offspring | None, ...] = ()
    kept: tuple[Text, ...] = ()
    start: str = ""
    n: int = 8
    temperature: float | None = None

    def numbered(self, number: int) -> Offspring:
        """Give the offspring with a number.

        Raises:
            InputError: There is none.
        """
        found = self.offspring[number - 1] if 1 <= number <= len(self.offspring) else None
        if found is None:
            raise InputError(
                f"There is no offspring {number}.", hint="Use the numbers beside the texts above."
            )
        return found

    def with_parent(self, text: Text) -> Bed:
        """Make a text a parent, the best so far; or no longer, if it was one."""
        if text in self.parents:
            return replace(self, parents=tuple(each for each in self.parents if each != text))
        return replace(self, parents=(*self.parents, text))

    def without_parent(self, number: int) -> Bed:
        """Take a parent out of the prompt, by its place."""
        if not 1 <= number <= len(self.parents):
            raise InputError(
                f"There is no parent {number}.", hint="Type p to see them with their numbers."
            )
        left = (*self.parents[: number - 1], *self.parents[number:])
        return replace(self, parents=left)

    def with_kept(self, text: Text) -> Bed:
        """Keep a text."""
        return self if text in self.kept else replace(self, kept=(*self.kept, text))

    def with_edit(self, number: int, content: str) -> Bed:
        """Put a person's edit of an offspring in its place, and among what is kept."""
        before = self.numbered(number)
        edited = before.edited(content)
        child = Offspring(edited.content, edited.origin)
        places = (*self.offspring[: number - 1], child, *self.offspring[number:])
        parents = tuple(child if each == before else each for each in self.parents)
        return replace(self, offspring=places, parents=parents).with_kept(child)

    def without(self, number: int) -> Bed:
        """Drop an offspring from sight, and from the parents if it was one."""
        dropped = self.numbered(number)
        places = (*self.offspring[: number - 1], None, *self.offspring[number:])
        parents = tuple(each for each in self.parents if each != dropped)
        return replace(self, offspring=places, parents=parents)

    def with_brood(self, brood: Brood) -> Bed:
        """Put a new brood in the place of the last."""
        return replace(self, offspring=brood.offspring)


@dataclass(slots=True)
class History:
    """The states of a session, of which one is now."""

    now: Bed
    _before: list[Bed] = field(default_factory=list)
    _after: list[Bed] = field(default_factory=list)

    def act(self, bed: Bed) -> None:
        """Go on to a new state; what was undone before cannot be redone any more."""
        if bed != self.now:
            self._before.append(self.now)
            self._after.clear()
            self.now = bed

    def undo(self) -> bool:
        """Go back one state, if there is one."""
        return self._step(self._before, self._after)

    def redo(self) -> bool:
        """Go forward again, if something was undone."""
        return self._step(self._after, self._before)

    def _step(self, source: list[Bed], target: list[Bed]) -> bool:
        if source:
            target.append(self.now)
            self.now = source.pop()
            return True
        return False


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


_NUMBERED = re.compile(r"([dekx]?)\s*(\d+(?:[\s,]+\d+)*)")
_WORDS = re.compile(r"([npqrtsuw?]|prompt)(?:\s+(.*))?")


def read_command(line: str) -> Command:
    """Take a typed line apart.

    Raises:
        InputError: It is no command.
    """
    line = line.rstrip("\n")
    if not line.strip():
        return Command("breed")
    if match := _NUMBERED.fullmatch(line.strip()):
        numbers = tuple(dict.fromkeys(int(each) for each in re.findall(r"\d+", match[2])))
        return Command(match[1] or "pick", numbers)
    if match := _WORDS.fullmatch(line.strip()):
        return Command(match[1], rest=match[2] or "")
    raise InputError(f"“{line.strip()[:40]}” is no command.", hint="Type ? to see them all.")
