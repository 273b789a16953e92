"""How texts look in a terminal.

What a model wrote is hostile until shown otherwise: to a terminal its control characters go as
visible pictures, so that it cannot move the cursor, set colours or turn the direction of what
follows. To a pipe or a file a text goes exactly as it is, and no line of it is broken or cut.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text as Line

from flourishing.app import collections
from flourishing.breeding.brood import Brood, Offspring
from flourishing.core.diff import word_diff
from flourishing.core.originality import CERTAIN
from flourishing.core.text import Text
from flourishing.core.words import quantity
from flourishing.garden import Garden, Stored, StoredBrood
from flourishing.garden.costs import Spent
from flourishing.kinds import Medium, kind_of_text
from flourishing.models.cost import Money

_ESCAPED: Final = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x80, 0xA0),
        *(0x061C, 0x200E, 0x200F),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
} | {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"}
_ESCAPED.update(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))  # of a file's name not in UTF-8
_ESCAPED[0x7F] = "\u2421"
_IN_JSON: Final = {code: f"\\u{code:04x}" for code in _ESCAPED if code >= 0x7F}
"""JSON itself escapes what comes before; all that comes after stands within its strings."""
_RULE: Final = "---"
_MARGIN: Final = " " * 5
_PLAIN: Final = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
_STYLES: Final = {"same": "", "gone": "red strike dim", "new": "green"}


def printable(text: str) -> str:
    """Make the control and direction characters of a text visible instead of effective.

    Args:
        text: The text.
    """
    return text.translate(_ESCAPED)


def messages() -> Console:
    """Give the console for everything that is not a result: stderr."""
    return Console(stderr=True, highlight=False)


def say(words: str, *, console: Console | None = None, style: str = "dim") -> None:
    """Say something beside the texts, in lines that only the terminal itself breaks.

    A command, a path or an address that a person is to copy must not have line ends in it, however
    long it is; those that rich puts in are copied with the rest.

    Args:
        words: What is said; control characters are made visible.
        console: Where; by default stderr.
        style: How it looks.
    """
    where = messages() if console is None else console
    where.print(printable(words), style=style, markup=False, soft_wrap=True)


def show_json(data: object) -> None:
    """Write data to stdout as JSON, one document.

    To a terminal, what could act on it is escaped: the document stays the same JSON.

    Args:
        data: Plain data that JSON can hold.
    """
    words = json.dumps(data, ensure_ascii=False, indent=2)
    print(words.translate(_IN_JSON) if sys.stdout.isatty() else words)


def show_texts(texts: Sequence[str]) -> None:
    """Write texts to stdout: one a line, or with rules between where any has several lines.

    Args:
        texts: The contents in the order in which they are shown.
    """
    shown = [printable(text) for text in texts] if sys.stdout.isatty() else list(texts)
    several = any("\n" in text for text in shown)
    print(f"\n{_RULE}\n".join(shown) if several else "\n".join(shown))


def show_stored(brood: StoredBrood, garden: Garden, *, told: Sequence[str] = ()) -> None:
    """Write a saved brood to stdout: with the texts' numbers for a terminal, else texts alone.

    Where some are shown first, the others are only named.

    Args:
        brood: The brood.
        garden: Where it is.
        told: Those of its notes that the person has read already.
    """
    texts = [brood[at] for at in brood.first] or brood.offspring
    if not sys.stdout.isatty():
        show_texts([each.content for each in texts])
    else:
        console = Console(highlight=False)
        numbered = [Numbered(each.id, each, echoes=_echoes(each, brood, garden)) for each in texts]
        show_all(console, numbered, medium=kind_of_text(texts[0]).medium if texts else None)
    show_notes(brood, told=told)
    if brood.offspring:
        ids = sorted(text.id for text in brood)
        numbers = f"{ids[0]} to {ids[-1]}" if len(ids) > 1 else str(ids[0])
        say(f"Saved as {numbers}.")
    if brood.first:
        rest = len(brood) - len(brood.first)
        say(f"The other {rest:,} too: flourishing garden show {texts[0].id} --brood")


def _echoes(text: Stored, brood: StoredBrood, garden: Garden) -> list[str]:
    """Say where runs of a text's words stand that are long enough to be no accident."""
    siblings = [each.id for each in (*brood.offspring, *brood.set_aside)]
    found = collections.echoes(text.content, garden, parents=brood.parents, but=siblings)
    if brood.operation.continues:  # versions are meant to be like their own kind
        found = tuple(echo for echo in found if echo.where == "library")
    return [str(echo) for echo in found if echo.words >= CERTAIN or echo.near_copy][:1]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A text that is shown beside its number.

    Attributes:
        number: The number that stands before it.
        text: The text.
        marks: The words that stand beside the number, such as "kept".
        echoes: Sentences about words that it shares with other texts.
    """

    number: int
    text: Text
    marks: Sequence[str] = ()
    echoes: Sequence[str] = ()


def show_all(
    console: Console,
    numbered: Sequence[Numbered],
    *,
    medium: Medium | None = None,
    style: str = "bold cyan",
) -> None:
    """Show texts beside their numbers: single words side by side, all others below each other.

    Args:
        console: Where they are shown.
        numbered: The texts in their order.
        medium: How their kind is shown; None where it is not known.
        style: The style of the numbers, as rich names it.
    """
    if medium != "words" or not console.file.isatty():
        for each in numbered:
            show_numbered(
                console, each.number, each.text, marks=each.marks, echoes=each.echoes, style=style
            )
        return
    words, reasons = [], []
    for each in numbered:
        flaws = each.text.flaws if isinstance(each.text, Offspring) else ()
        word = Line(f"{each.number}  ", style=style)
        word.append(printable(each.text.content), style="dim" if flaws else "default")
        if each.marks:
            word.append(f"  {printable(', '.join(each.marks))}", style="green")
        words.append(word)
        why = "; ".join(flaw.reason for flaw in flaws) or "; ".join(each.echoes)
        if why:
            reasons.append(Line(f"{each.number}: {printable(why)}", style="yellow"))
    console.print(Columns(words, padding=(0, 4)))
    for reason in reasons:
        console.print(reason)
    console.print()


def show_numbered(
    console: Console,
    number: int,
    text: Text,
    *,
    marks: Sequence[str] = (),
    echoes: Sequence[str] = (),
    style: str = "bold cyan",
) -> None:
    """Show a text in full beside its number; a flawed offspring dimmed, with the reason below.

    Args:
        console: Where the text is shown.
        number: The number that stands before it.
        text: The text.
        marks: The words that stand beside the number, such as "kept".
        echoes: Sentences about words that it shares with other texts.
        style: The style of the number, as rich names it.
    """
    flaws = text.flaws if isinstance(text, Offspring) else ()
    if not console.file.isatty():
        told = [", ".join(marks)] if marks else []
        told += ["; ".join(flaw.reason for flaw in flaws)] if flaws else echoes
        _write_plain(console, number, text.content, *told)
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", width=max(3, len(str(number))), style=style)
    grid.add_column(overflow="fold")
    grid.add_row(str(number), Line(printable(text.content), style="dim" if flaws else ""))
    if marks:
        grid.add_row("", Line(printable(", ".join(marks)), style="green"))
    if flaws:
        grid.add_row("", Line(printable("; ".join(flaw.reason for flaw in flaws)), style="yellow"))
    for echo in () if flaws else echoes:
        grid.add_row("", Line(printable(echo), style="yellow"))
    console.print(grid)
    console.print()


def _write_plain(console: Console, number: int, content: str, *told: str) -> None:
    """Write a text beside its number, and what is said of it below, with every line whole."""
    lines = "\n".join((content, *told)).replace("\n", f"\n{_MARGIN}")
    console.file.write(f"{number:>3}  {lines}\n\n")


def show_changes(console: Console, versions: Sequence[Text]) -> None:
    """Show versions one after the other, each with what changed: new words marked, old struck.

    Args:
        console: Where the versions are shown.
        versions: The versions, worst first.
    """
    before = ""
    for number, version in enumerate(versions, start=1):
        changes = word_diff(before, version.content) if before else ()
        if not console.file.isatty():
            marked = "".join(_PLAIN[each.kind].format(each.text) for each in changes)
            _write_plain(console, number, marked or version.content)
            before = version.content
            continue
        line = Line()
        for change in changes:
            words = printable(change.text)
            if console.color_system is None:  # as wdiff does, where there are no colours
                words = _PLAIN[change.kind].format(words)
            line.append(words, style=_STYLES[change.kind])
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(justify="right", width=3, style="magenta")
        grid.add_column(overflow="fold")
        grid.add_row(str(number), line if before else Line(printable(version.content)))
        console.print(grid)
        console.print()
        before = version.content


def show_notes(brood: Brood, *, told: Sequence[str] = ()) -> None:
    """Say on stderr what a person should know about a brood, and was not told already.

    Args:
        brood: The brood.
        told: Sentences that were shown already, and are not repeated.
    """
    for note in brood.notes:
        if note not in told:
            say(note, style="yellow")


def show_cost(spent: Spent) -> None:
    """Say on stderr what a brood cost; of one that was stopped, nobody has said.

    Args:
        spent: What the brood cost.
    """
    words = cost_in_words(spent) if spent.tokens else "What it cost is not known."
    say(words)


def cost_in_words(spent: Spent) -> str:
    """Say what was spent: tokens, time, and money where there are prices.

    Args:
        spent: What was spent.
    """
    usage = spent.usage
    cached = f" ({usage.cached:,} cached)" if usage.cached else ""
    said = [f"{quantity(usage.prompt, 'token')} in{cached}, {usage.completion:,} out"]
    if usage.first_token is not None:
        said.append(f"the first after {usage.first_token:.1f} s")
    if usage.seconds and usage.completion:
        said.append(f"{usage.completion / usage.seconds:,.0f} a second")
    return ", ".join(said + ([money_in_words(spent.money)] if spent.money else [])) + "."


def money_in_words(money: Sequence[Money]) -> str:
    """Say amounts of several currencies.

    Args:
        money: The amounts, one for each currency.
    """
    return " and ".join(map(str, money))
