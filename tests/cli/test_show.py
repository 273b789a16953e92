from __future__ import annotations

import io

import pytest
from rich.console import Console

from flourishing.cli.show import Numbered, printable, show_all
from flourishing.core.text import Text
from flourishing.kinds import Medium


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "\x07", "\r", "\x9b31m", "\u202e", "\u2066", "\u061c", "\x7f"]
)
def test_what_would_act_on_a_terminal_is_shown_instead(hostile: str) -> None:
    shown = printable(f"a{hostile}b")
    assert shown.isprintable()
    assert shown.startswith("a")
    assert shown.endswith("b")


def test_verse_stays_as_it_is() -> None:
    verse = "the “sea” —\n\tשלום 🌊 é"
    assert printable(verse) == verse


def shown(*words: str, medium: Medium | None, terminal: bool = True) -> list[str]:
    file = Terminal() if terminal else io.StringIO()
    console = Console(file=file, width=60, highlight=False, color_system=None)
    texts = [
        Numbered(at, Text(content=word), marks=["kept"] if at == 2 else [])
        for at, word in enumerate(words, start=1)
    ]
    show_all(console, texts, medium=medium)
    return [line.rstrip() for line in file.getvalue().splitlines() if line.strip()]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_single_words_stand_side_by_side() -> None:
    (line,) = shown("cat", "dog", "sea\x1b[2J", medium="words")
    assert line.split() == ["1", "cat", "2", "dog", "kept", "3", "sea␛[2J"]


@pytest.mark.parametrize(("medium", "terminal"), [("verse", True), (None, True), ("words", False)])
def test_all_others_stand_below_each_other(medium: Medium | None, terminal: bool) -> None:
    lines = shown("cat", "dog", medium=medium, terminal=terminal)
    assert [line.split() for line in lines] == [["1", "cat"], ["2", "dog"], ["kept"]]
