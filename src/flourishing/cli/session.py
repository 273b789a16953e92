"""What a typed line means in an interactive session."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flourishing.errors import InputError
from flourishing.text import require_unicode


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
