"""Words that a command is given in a file or through a pipe."""

from __future__ import annotations

import sys
from pathlib import Path

from flourishing.errors import InputError
from flourishing.text import normalize_line_ends


def read_words(path: str) -> str:
    """Read a text file, or stdin for "-"; its ends of lines become ours.

    Raises:
        InputError: It cannot be read, or is not UTF-8.
    """
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        words = data.decode("utf-8-sig")  # some editors put a mark at the beginning
    except (OSError, UnicodeDecodeError) as error:
        name = "What came on stdin" if path == "-" else path
        raise InputError(
            f"{name} cannot be read: {error}.", hint="Give a text file in UTF-8."
        ) from error
    return normalize_line_ends(words)


def is_file(word: str) -> bool:
    """Say whether a word is the path of a file; a long text is none, and no error either."""
    try:
        return Path(word).is_file()
    except OSError:
        return False
