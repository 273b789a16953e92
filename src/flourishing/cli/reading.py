"""Words that a command is given in a file or through a pipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from flourishing.errors import InputError
from flourishing.regular_file import read_bounded
from flourishing.text import normalize_line_ends

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
