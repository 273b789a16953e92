"""Words that a command is given in a file or through a pipe."""

from __future__ import annotations

import sys
from pathlib import Path

from flourishing.errors import InputError
from flourishing.files import read_some


def read_words(path: str) -> str:
    """Read a text file, or stdin for "-"; its ends of lines become ours.

    Raises:
        InputError: It cannot be read, is too large, or is not UTF-8.
    """
    try:
        if path == "-":
            data = read_some(sys.stdin.buffer)
        else:
            with Path(path).open("rb") as file:
                data = read_some(file)
        words = data.decode("utf-8-sig")  # some editors put a mark at the beginning
    except (OSError, ValueError) as error:
        name = "What came on stdin" if path == "-" else path
        raise InputError(
            f"{name} cannot be read: {error}.", hint="Give a text file in UTF-8."
        ) from error
    return words.replace("\r\n", "\n")


def is_there(word: str) -> bool:
    """Say whether there is anything at a path; a long text is none, and no error either."""
    try:
        return Path(word).exists()
    except (OSError, ValueError):
        return False


def is_file(word: str) -> bool:
    """Say whether a word is the path of a file; a long text is none, and no error either."""
    try:
        return Path(word).is_file()
    except OSError:
        return False
