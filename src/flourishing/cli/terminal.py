"""The terminal: help texts, signals, the person's editor, and text from files and pipes.

In help texts no command is broken over two lines, since a person copies it from there.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import click

from flourishing.core.text import normalize_line_ends
from flourishing.errors import InputError
from flourishing.files import read_bounded

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


_SOON: Final = 0.01
"""Seconds."""
_ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Terminated(KeyboardInterrupt):
    """The process was asked to end: by the system, or since its terminal was closed.

    Attributes:
        signal: The number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = number


def stop_on_signals() -> None:
    """Let SIGTERM and SIGHUP do what Ctrl-C does, unless they are ignored (as under nohup)."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)
    if sys.platform != "win32":  # where a process cannot send a signal to itself
        sys.unraisablehook = _stop_again


def _stop_again(lost: sys.UnraisableHookArgs) -> None:
    """Stop anew where Python lost the exception, since it came while garbage was collected."""
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    if not isinstance(lost.exc_value, Terminated):
        number: int = signal.SIGINT
    else:
        number = lost.exc_value.signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for each in _ENDING:
            signal.signal(each, _stop)
    # Later: what is raised in here is lost as well.
    threading.Timer(_SOON, os.kill, [os.getpid(), number]).start()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off Ctrl-C and its like until something short is done, such as saving."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGINT, *_ENDING)
        if callable(signal.getsignal(number))
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for number in came[:1]:
        signal.raise_signal(number)


def _stop(number: int, _: FrameType | None) -> None:
    for each in (signal.SIGINT, *_ENDING):  # once: what came is being saved
        signal.signal(each, signal.SIG_IGN)
    raise Terminated(number)


def edit_by_hand(content: str) -> str | None:
    """Let a person edit a text in their editor.

    Args:
        content: The text.

    Returns:
        The text as they left it, without empty lines at its end; None if they changed nothing, or
        left nothing.

    Raises:
        InputError: The editor cannot be run, or what it wrote is not UTF-8.
    """
    given = content + "\n"
    try:
        edited = click.edit(given, extension=".txt", require_save=False) or ""
    except (click.ClickException, UnicodeDecodeError) as error:
        why = error.message if isinstance(error, click.ClickException) else str(error)
        raise InputError(
            f"The editor gave no text: {why}.", hint="Name one that works in EDITOR."
        ) from error
    # An editor's file keeps neither carriage returns before ends of lines nor a leading mark.
    if edited == given.replace("\r\n", "\n").removeprefix("\ufeff") or not edited.strip():
        return None
    edited = edited.rstrip("\n")
    return None if edited == content else edited


MOST_WORDS: Final = 64 * 2**20
"""The most bytes of a prompt, or of a file of texts to breed from."""


def read_words(path: str) -> str:
    """Read a text file, or stdin for "-"; its ends of lines become ours.

    Args:
        path: The path of the file, or "-" for stdin.

    Raises:
        InputError: It cannot be read, is no regular file, is larger than a prompt or a file of
            texts can be, or is not UTF-8.
    """
    try:
        data = _read_stdin() if path == "-" else read_bounded(Path(path), most=MOST_WORDS)[0]
        words = data.decode("utf-8-sig")  # some editors put a mark at the beginning
    except (OSError, ValueError) as error:
        name = "What came on stdin" if path == "-" else path
        raise InputError(
            f"{name} cannot be read: {error}.", hint="Give a text file in UTF-8."
        ) from error
    return normalize_line_ends(words)


def _read_stdin() -> bytes:
    """Read what comes on stdin; a pipe may never end."""
    data = sys.stdin.buffer.read(MOST_WORDS + 1)
    if len(data) > MOST_WORDS:
        raise InputError(
            f"More than {MOST_WORDS // 2**20} MB come on stdin, the most that is read.",
            hint="Give less, or import a file: flourishing garden import.",
        )
    return data


def is_there(word: str) -> bool:
    """Say whether there is anything at a path; a long text is none, and no error either.

    Args:
        word: An argument of the command line, which may be a path or a text.
    """
    try:
        return Path(word).exists()
    except (OSError, ValueError):
        return False


def is_file(word: str) -> bool:
    """Say whether a word is the path of a file; a long text is none, and no error either.

    Args:
        word: An argument of the command line, which may be a path or a text.
    """
    try:
        return Path(word).is_file()
    except OSError:
        return False
