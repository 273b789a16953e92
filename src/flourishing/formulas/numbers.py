"""The numbers that are written in a formula: where each stands, and how far it may be moved.

Whoever moves one sees at once what it does, so a formula is also translated with its numbers as
inputs (`translate(text, numbers=True)`), which a shader and an interpreter take while they play.
"""

from __future__ import annotations

import ast
import io
import math
import tokenize
from dataclasses import dataclass
from typing import Final

from flourishing.errors import RenderError
from flourishing.formulas.language import Source, constants_of, parse
from flourishing.formulas.translation import number_name, translate

_WIDER: Final = 3
"""A number may be moved from 0 to so many times itself."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text.

    Attributes:
        name: The input that has its value in the formula that is translated with its numbers.
        begin: Its first character in the text, from 0.
        end: The character after its last.
        value: What it is.
        least: The least that it may be moved to.
        most: The most that it may be moved to.
        step: How far one step moves it.
    """

    name: str
    begin: int
    end: int
    value: float
    least: float
    most: float
    step: float


def numbers_of(text: str) -> tuple[Number, ...]:
    """Give the numbers of a formula that can be moved, in the order in which they stand.

    Args:
        text: The text of the formula.

    Returns:
        Those that its result depends on; none where one of them has to be known beforehand, as in a
        test that is always true.

    Raises:
        RenderError: It is no formula.
    """
    translate(text)
    try:
        inputs = translate(text, numbers=True).numbers
    except RenderError:
        return ()
    source = parse(text)
    nodes, places = constants_of(source), _places(text)
    if len(nodes) != len(places):
        return ()
    exponents = _exponents(source)
    return tuple(
        _number(number_name(order), place, float(node.value), text, node in exponents)
        for order, (node, place) in enumerate(zip(nodes, places, strict=True))
        if number_name(order) in inputs and isinstance(node.value, int | float)
    )


def _places(text: str) -> list[tuple[int, int]]:
    """Give where numbers begin and end."""
    starts, at = [], 0
    for line in text.splitlines(keepends=True):
        starts.append(at)
        at += len(line)
    try:
        return [
            (starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1])
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.NUMBER
        ]
    except (tokenize.TokenError, SyntaxError, IndexError):
        return []


def _exponents(source: Source) -> set[ast.expr]:
    body = [source.body] if isinstance(source.body, ast.expr) else source.body
    return {
        node.right
        for part in body
        for node in ast.walk(part)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
    }


def _number(name: str, place: tuple[int, int], value: float, text: str, exponent: bool) -> Number:
    begin, end = place
    if exponent and value == int(value):
        return Number(name, begin, end, value, 0.0, max(4.0, value + 2), 1.0)
    written = text[begin:end]
    decimals = len(written.partition(".")[2]) if written.replace(".", "").isdigit() else 0
    # In steps of whole numbers, of tenths or of hundredths; as fine as it is written.
    step = min(1.0, 10.0 ** (math.floor(math.log10(value)) - 1)) if value else 0.01
    step = float(f"{min(step, 10.0**-decimals):.0e}")
    most = math.ceil(round(_WIDER * value / step, 6)) * step if value else 1.0
    return Number(name, begin, end, value, 0.0, round(most, 12), step)
