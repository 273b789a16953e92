"""Help texts in which no command is broken over two lines, since a person copies it from there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import click

_COMMAND: Final = re.compile(r"flourishing(?: [a-z]+){1,2}(?: --?[a-z][a-z-]*)*")
_GLUE: Final = "\xa0"
"""Stands for the blanks of a command while lines are broken, where a no-break blank is none."""


class _Formatter(click.HelpFormatter):
    def write(self, string: str) -> None:
        super().write(string.replace(_GLUE, " "))

    def write_text(self, text: str) -> None:
        super().write_text(_glued(text))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        super().write_dl([(name, _glued(about)) for name, about in rows], col_max, col_spacing)


class _Context(click.Context):
    formatter_class = _Formatter


def with_whole_commands(command: click.Command) -> click.Command:
    """Have a command, and all commands in it, write help texts in which commands stay whole.

    Args:
        command: The command or group; it is changed in place.
    """
    command.context_class = _Context
    if isinstance(command, click.Group):
        for each in command.commands.values():
            with_whole_commands(each)
    return command


def _glued(text: str) -> str:
    # A command may be broken in the source already; there the line end is only one more blank.
    text = re.sub(r"flourishing\n\s*(?=[a-z])", "flourishing ", text)
    return _COMMAND.sub(lambda found: found[0].replace(" ", _GLUE), text)
