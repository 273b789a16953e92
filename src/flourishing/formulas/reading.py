"""Where a formula ends in what a model wrote, and what can safely be put right at its end.

A model runs on after a function, or is cut off in its last line. What stands after the last
statement that a function can reach is not part of it. Four things are put right, where the text
parses then: closing brackets at the end are added or taken away, a value that the last line of a
function has and does not return is returned, and a colour that it only names, too, a number
before a name or a bracket is multiplied with it (`2t`), and an `if` at the end that has no `else`
gets `else 0`. What is broken elsewhere stays as it is, and is marked as one that does not parse.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Final

from flourishing.errors import RenderError
from flourishing.formulas.language import ONE_LINE, parse

_BRACKETS: Final = {"(": ")", "[": "]"}
_HEAD: Final = re.compile(r"\s*(?:def\s+)?\w+\s*\([^()]*\)\s*[:=](?!=)\s*")
_NUMBER_BEFORE_BRACKET: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\(")
_NUMBER_BEFORE_NAME: Final = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)(?!(?:e\d|x[\da-f]|and|else|if|in|is|or|not)\b)(?=[a-z]\w*)"
)
_IF: Final = re.compile(r"\bif\b")


@dataclass(frozen=True, slots=True)
class Ended:
    """A formula, as far as it goes.

    Attributes:
        text: Its text.
        whole: Whether it came to its end, whatever came after it.
    """

    text: str
    whole: bool


def end_of(text: str) -> Ended:
    """Take a formula out of what a model wrote.

    Args:
        text: What the model wrote, from the beginning of the formula on.

    Returns:
        The formula without what comes after its end. Where no formula can be seen, the text as it
        is.
    """
    text = _NUMBER_BEFORE_BRACKET.sub(r"\1*(", text)  # which parses, as a call of the number
    found = _end_of(text) or _end_of(_NUMBER_BEFORE_NAME.sub(r"\1*", text))
    return Ended(found, True) if found else Ended(text, False)


def _end_of(text: str) -> str:
    """Give a formula as far as it goes; "" where none can be seen."""
    lines = text.rstrip().split("\n")
    if ONE_LINE.fullmatch(lines[0]):
        return _parsed(lines[0]) or _closed(lines[0])
    for count in range(len(lines), 1, -1):
        part = "\n".join(lines[:count])
        found = _parsed(part) or (_closed(part) if count == len(lines) else "")
        if found and (ended := _to_return(found)):
            return ended
    return ""


def head_of(text: str) -> str:
    """Give the head of a formula, such as "def pixel(x, y):"; "" where it has none.

    Args:
        text: The text of the formula.
    """
    found = _HEAD.match(text)
    return found[0].strip() if found else ""


def gist(text: str) -> str:
    """Give what stands for a formula in a list: it on one line, without the words of its head.

    Args:
        text: The text of the formula.
    """
    head = _HEAD.match(text)
    body = text[head.end() :] if head else text
    lines = (line.strip().removeprefix("return ") for line in body.strip().splitlines())
    return "; ".join(line for line in lines if line)


def _parsed(text: str) -> str:
    """Give a text that parses as a formula; "" for one that does not."""
    try:
        parse(text)
    except RenderError:
        return ""
    return text


def _closed(text: str) -> str:
    """Give a text with the right brackets at its end, if it parses so; "" where it does not."""
    line = text.rsplit("\n", 1)[-1]
    if "#" in line:
        return ""
    if found := next(filter(None, map(_parsed, _shorter(text.rstrip()))), ""):
        return found
    if _IF.search(line) and (found := _parsed(f"{text.rstrip()} else 0")):
        return found
    opened: list[str] = []
    for sign in text:
        if sign in _BRACKETS:
            opened.append(_BRACKETS[sign])
        elif opened and sign == opened[-1]:
            opened.pop()
    if not opened or not re.search(r"[\w)\]]\s*$", text) or text.rstrip().endswith("."):
        return ""
    return _parsed(text.rstrip() + "".join(reversed(opened)))


def _shorter(text: str) -> list[str]:
    """Give a text with one, two and three closing brackets less at its end."""
    return [text[:-count] for count in (1, 2, 3) if text.endswith(")" * count)]


def _to_return(text: str) -> str:
    """Give a function up to its last reachable line; "" where it returns nothing there."""
    lines = text.strip().split("\n")
    function = ast.parse(text.strip()).body[0]
    if not isinstance(function, ast.FunctionDef):
        return ""
    for statement in function.body:
        if _ends(statement):
            return "\n".join(lines[: statement.end_lineno])
    last = function.body[-1]
    if isinstance(last, ast.Expr) and not isinstance(last.value, ast.Constant):
        at = last.lineno - 1
        lines[at] = f"{lines[at][: last.col_offset]}return {lines[at][last.col_offset :]}"
        return "\n".join(lines[: last.end_lineno])
    match last:
        case ast.Assign(
            targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="hsv" | "rgb"))
        ):
            end = f"{' ' * last.col_offset}return {name}"
            return "\n".join([*lines[: last.end_lineno], end])
    return ""


def _ends(statement: ast.stmt) -> bool:
    """Say whether nothing after a statement can be reached."""
    if isinstance(statement, ast.If):
        return all(
            bool(body) and any(map(_ends, body)) for body in (statement.body, statement.orelse)
        )
    return isinstance(statement, ast.Return)
