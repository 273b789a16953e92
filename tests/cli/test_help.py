"""Every command and every option says what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from flourishing.cli import app
from tests.cli.conftest import Ask


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, (*path, name))


def found(path: tuple[str, ...]) -> click.Command:
    command: click.Command = app
    for name in path:
        assert isinstance(command, click.Group)
        inner = command.get_command(click.Context(command), name)
        assert inner is not None
        command = inner
    return command


ALL = list(commands(app))


def test_there_are_the_commands_of_the_garden() -> None:
    there = {path[1] for path in ALL if len(path) == 2 and path[0] == "garden"}
    said = "list search show lineage beds keep drop pin away add edit tag undo redo export import"
    assert there >= {*said.split(), "chapbook", "verify", "empty"}


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_each_command_and_option_has_help(ask: Ask, path: tuple[str, ...]) -> None:
    out = ask(*path, "--help").out
    assert "Usage:" in out
    assert "\\b" not in out  # the mark before examples, which keeps their lines
    command = found(path)
    assert command.help
    assert command.get_short_help_str(200).endswith((".", "…"))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.opts
            assert parameter.opts[0] in out


@pytest.mark.parametrize("width", [62, 71, 80, 97])
def test_no_help_breaks_a_command_that_a_person_may_copy(width: int) -> None:
    for path in ALL:
        words = [*path, "--help"]
        shown = CliRunner().invoke(app, words, terminal_width=width, max_content_width=200).output
        assert not re.search(r"flourishing[ \t]*\n", shown), (path, shown)
        assert not re.search(r"flourishing \w+[ \t]*\n\s+-", shown), (path, shown)
