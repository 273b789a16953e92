from __future__ import annotations

import pytest

from flourishing.cli.interactive import HELP
from flourishing.cli.session import Command, read_command
from flourishing.errors import InputError


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("", Command("breed")),
        ("  \n", Command("breed")),
        ("1 3 5", Command("pick", (1, 3, 5))),
        ("1,3", Command("pick", (1, 3))),
        ("3 3", Command("pick", (3,))),
        ("e3", Command("e", (3,))),
        ("k 2 4", Command("k", (2, 4))),
        ("d2", Command("d", (2,))),
        ("f2", Command("f", (2,))),
        ("?", Command("?")),
        ("s the sea", Command("s", rest="the sea")),
        ("s", Command("s")),
        ("n 5", Command("n", rest="5")),
        ("prompt", Command("prompt")),
        *((letter, Command(letter)) for letter in "abvlurwpq"),
    ],
)
def test_reads_what_is_typed(line: str, command: Command) -> None:
    assert read_command(line) == command


@pytest.mark.parametrize("line", ["z9", "hello", "e", "1 x", "s3the", "f", "\x1b[A"])
def test_says_what_is_no_command(line: str) -> None:
    with pytest.raises(InputError, match="no command"):
        read_command(line)


def test_refuses_what_no_text_can_hold() -> None:
    with pytest.raises(InputError, match="lone surrogate"):
        read_command("s \udcff")


def test_the_help_names_only_what_can_be_typed() -> None:
    typed = {line.split()[0] for line in HELP.splitlines()} - {"Enter", "b", "a"}
    for word in typed:
        assert read_command(word.replace("WORDS", "the sea"))
