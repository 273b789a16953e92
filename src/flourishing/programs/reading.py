"""Where a program or a drawing ends in what a model wrote, and what can safely be put right there.

A model runs on after a program, or is cut off in its last line. Of a program, the longest beginning
is taken that parses and has something in `draw()`: what a model left unfinished at the end goes,
and what stands before is whole. Of a drawing, elements that were left open are closed, and a tail
of the same elements over and over, in which a small model is easily caught, stands there once.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from typing import Final, NamedTuple

from flourishing.formulas.reading import Ended
from flourishing.programs.language import LONGEST

_OPEN: Final = {"(": ")", "[": "]"}
_HEAD: Final = re.compile(r"\s*def\s+draw\s*\(\s*\)\s*:")
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][\w:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")
_ATTRIBUTE: Final = re.compile(r"\s+([a-zA-Z][\w:.-]*)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_DRAWING_HEAD: Final = re.compile(r"\s*<svg\b[^<>]*[^/<>]>", re.IGNORECASE)
DRAWING: Final = re.compile(r"\s*(?:<[?!].*?)?<(?:[a-z][\w.-]*:)?svg\b", re.IGNORECASE | re.DOTALL)
"""How an SVG begins, perhaps with an XML declaration, a comment, a document type or a prefix."""
_LONGEST_PERIOD: Final = 4
"""Tags that a model repeats together when it does not come to an end."""
PROGRAM: Final = re.compile(r"^\s*(?:async\s+)?def\s+draw\s*\(", re.MULTILINE)
"""What a program has; one that is async is refused as a program."""


class _Tag(NamedTuple):
    text: str
    end: int
    opened: tuple[str, ...]
    """What is open after it."""


def end_of_program(text: str) -> Ended:
    """Take a program out of what a model wrote.

    Args:
        text: What the model wrote, from the beginning of the program on.

    Returns:
        The program without what comes after its end. Where none can be seen, the text as it is.
    """
    lines = text[:LONGEST].rstrip().split("\n")  # what is longer is no program, and takes long
    for count in range(len(lines), 1, -1):
        part = "\n".join(lines[:count])
        candidates = (part, _closed(part)) if count == len(lines) else (part,)
        for candidate in candidates:
            if candidate and _is_program(candidate):
                return Ended(candidate.rstrip(), True)
    return Ended(text, False)


def head_of(text: str) -> str:
    """Give the head of a program or a drawing, such as "def draw():"; "" where it has none.

    Args:
        text: The text of the program, or the SVG.
    """
    found = _HEAD.match(text) or _DRAWING_HEAD.match(text)
    return found[0].strip() if found else ""


def _is_program(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    last = module.body[-1] if module.body else None
    # What stands in no function any more is not the program's.
    return isinstance(last, ast.FunctionDef) and any(
        isinstance(each, ast.FunctionDef) and each.name == "draw" for each in module.body
    )


def _closed(text: str) -> str:
    """Give a text with the brackets of its last line closed; "" where that is not safe."""
    line = text.rsplit("\n", 1)[-1]
    if "#" in line or '"' in line or "'" in line or not re.search(r"[\w)\]]$", line):
        return ""
    opened: list[str] = []
    for sign in line:
        if sign in _OPEN:
            opened.append(_OPEN[sign])
        elif opened and sign == opened[-1]:
            opened.pop()
    return text + "".join(reversed(opened)) if opened else ""


def end_of_drawing(given: str) -> Ended:
    """Take an SVG out of what a model wrote.

    Args:
        given: What the model wrote, from the beginning of the SVG on.

    Returns:
        The SVG to its last tag; what was left open is closed, and elements that were written over
        and over until the end stand there once. An attribute that an element has twice stands
        there as it was written first, which is how HTML reads it. Where no SVG can be seen, the
        text is as it is.
    """
    text = _TAG.sub(_without_doubles, given)
    opened: list[str] = []
    tags: list[_Tag] = []
    shapes = 0
    for tag in _TAG.finditer(text):
        closing, name, _, alone = tag.groups()
        if closing:
            if not opened or opened[-1] != name:
                break
            opened.pop()
        elif not alone:
            opened.append(name)
        shapes += name.lower() not in ("svg", "g", "defs")
        tags.append(_Tag(tag[0], tag.end(), tuple(opened)))
        if not opened:
            break
    if tags and not opened:
        whole = Ended(text[: tags[-1].end].strip(), True)
        while tags and tags[-1].text.startswith("</"):
            tags.pop()
        if not _repeated(tags):
            return whole
    if not shapes or not tags or tags[0].opened[0].lower() != "svg":
        return Ended(given, False)
    last = tags[len(tags) - _repeated(tags) - 1]
    return Ended(
        text[: last.end].strip() + "".join(f"</{name}>" for name in last.opened[::-1]), True
    )


def _without_doubles(tag: re.Match[str]) -> str:
    """Give a tag with each attribute once, as it was written first."""
    names: set[str] = set()

    def kept(found: re.Match[str]) -> str:
        if found[1] in names:
            return ""
        names.add(found[1])
        return found[0]

    return _ATTRIBUTE.sub(kept, tag[0])


def _repeated(tags: Sequence[_Tag]) -> int:
    """Say how many tags at the end only say again what stands before them, three times or more."""
    for period in range(1, _LONGEST_PERIOD + 1):
        count = 0
        for at in range(len(tags) - 1, period - 1, -1):
            if tags[at].text != tags[at - period].text:
                break
            count += 1
        if count >= 2 * period:
            return count
    return 0


def program_gist(text: str) -> str:
    """Give what stands for a program in a list: it on one line, without its head.

    Args:
        text: The text of the program.
    """
    head = _HEAD.match(text)
    lines = (line.strip() for line in (text[head.end() :] if head else text).splitlines())
    return " ".join(
        line if line.endswith(":") else f"{line};" for line in lines if line
    ).removesuffix(";")


def drawing_gist(text: str) -> str:
    """Give what stands for a drawing in a list: the names of its shapes, each with its number.

    Args:
        text: The SVG.
    """
    counts: dict[str, int] = {}
    for tag in _TAG.finditer(text):
        if not tag[1] and tag[2].lower() not in ("svg", "g", "defs", "stop"):
            counts[tag[2]] = counts.get(tag[2], 0) + 1
    return ", ".join(name if many == 1 else f"{many} {name}" for name, many in counts.items())
