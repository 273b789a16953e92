"""The form of a formula: Python's own grammar, within limits, and how the rest is refused.

A text is `def pixel(x, y):` with assignments, `if` and `return`, or one line `wave(t) = …`. It is
parsed to a tree, which `translation.py` translates; nothing is compiled or executed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from flourishing.errors import RenderError
from flourishing.formulas.functions import FUNCTIONS
from flourishing.formulas.steps import Form

T = TypeVar("T")

LONGEST: Final = 2_000
"""Characters; the longest text of a formula."""
_MOST_NODES: Final = 1_000
"""The most nodes of its tree."""
_DEEPEST: Final = 60
"""How many levels its tree may have."""
ONE_LINE: Final = re.compile(
    r"\s*(?P<head>[^\W\d]\w*\s*\((?P<given>[^()]*)\)\s*)=(?!=)(?P<body>.+)", re.DOTALL
)
"""The form of one line, such as `wave(t) = sin(440*tau*t)`."""
_DEFINITION: Final = re.compile(r"def\b")
_NUMBER_BEFORE_WORD: Final = re.compile(
    r"(?<![\w.])(\d[\d.]*(?:[eE][+-]?\d+)?)(?=(?:and|else|if|in|is|or|not)\b)"
)
"""Python warns of a number that runs into a word, as in `1if x else 2`."""
HEADS: Final[dict[Form, str]] = {
    "picture": "def pixel(x, y):",
    "animation": "def pixel(x, y, t):",
    "dots": "f(t, i, x, y) =",
    "sound": "wave(t) =",
}
"""How a formula of each form begins."""
ALLOWED: Final = (
    "A formula has numbers, + - * / // % **, comparisons, and/or/not, a if b else c, if, "
    f"assignments, and: {', '.join(FUNCTIONS)}."
)
_NAMED: Final[dict[type[ast.AST], str]] = {
    ast.For: "a loop",
    ast.While: "a loop",
    ast.AsyncFor: "a loop",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Attribute: "an attribute",
    ast.Import: "an import",
    ast.ImportFrom: "an import",
    ast.JoinedStr: "a string",
    ast.List: "a list",
    ast.Set: "a set",
    ast.Dict: "a dictionary",
    ast.Subscript: "an index",
    ast.Starred: "a star",
    ast.NamedExpr: "a := within an expression",
    ast.FunctionDef: "a second function",
    ast.AsyncFunctionDef: "an async function",
    ast.ClassDef: "a class",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.Try: "try",
    ast.With: "with",
    ast.Global: "global",
    ast.Delete: "del",
    ast.Raise: "raise",
    ast.Assert: "assert",
    ast.Match: "match",
    ast.Tuple: "a tuple here",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A text, parsed.

    Attributes:
        parameters: The names of what it is given.
        body: Its statements; of one line, its expression alone.
    """

    parameters: tuple[str, ...]
    body: Sequence[ast.stmt] | ast.expr


def parse(text: str) -> Source:
    """Parse a text, and look whether it is small enough; what it uses is not looked at.

    Args:
        text: The text.

    Raises:
        RenderError: It does not parse, is no single function, or is too large.
    """
    if len(text) > LONGEST:
        raise RenderError(
            f"It has {len(text):,} characters, and a formula has at most {LONGEST:,}.",
            hint="Shorten it.",
        )
    if "\\" in text:
        raise RenderError("It has a backslash.", hint="Leave it out; put brackets around lines.")
    text = _NUMBER_BEFORE_WORD.sub(r"\1 ", text.strip())
    one = ONE_LINE.fullmatch(text)
    source = _one_line(one) if one else _function(text)
    _require_size(
        source.body if isinstance(source.body, ast.expr) else ast.Module([*source.body], [])
    )
    if len(set(source.parameters)) < len(source.parameters):
        raise RenderError("It takes two values of one name.", hint="Give each its own name.")
    return source


def constants_of(source: Source) -> list[ast.Constant]:
    """Give the numbers that are written in a formula, in the order in which they stand.

    Args:
        source: The formula, parsed.
    """
    body = [source.body] if isinstance(source.body, ast.expr) else source.body
    found = [
        node
        for part in body
        for node in ast.walk(part)
        if isinstance(node, ast.Constant) and type(node.value) in {int, float}
    ]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _one_line(found: re.Match[str]) -> Source:
    names = tuple(name.strip() for name in found["given"].split(","))
    if not all(map(str.isidentifier, names)):
        raise RenderError(
            f"{found['given'][:60]!r} is no list of names.", hint="Write such as f(t, i, x, y) = …"
        )
    return Source(names, _parsed(lambda: ast.parse(found["body"].strip(), mode="eval")).body)


def _function(text: str) -> Source:
    try:
        tree = _parsed(lambda: ast.parse(text))
    except RenderError as error:
        if _DEFINITION.match(text):
            raise
        raise refusal(None, begin=True) from error  # such as a poem
    first = tree.body[0] if tree.body else None
    if not isinstance(first, ast.FunctionDef) or first.decorator_list:
        raise refusal(first, begin=True)
    if len(tree.body) > 1:
        raise refusal(tree.body[1])
    given = first.args
    if given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults:
        raise RenderError("Its parameters are no plain names.", hint="Write such as (x, y).")
    return Source(tuple(each.arg for each in given.args), first.body)


def _parsed(parse: Callable[[], T]) -> T:
    try:
        return parse()
    except SyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        raise RenderError(
            f"It does not parse: {line}{error.msg}.", hint="Correct it; it is written in Python."
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:  # ValueError: also half a surrogate
        raise RenderError(
            "It does not parse: it is nested too deeply, or has signs that no program can have.",
            hint="Shorten it, and leave such signs out.",
        ) from error


def _require_size(tree: ast.AST) -> None:
    count, level = 0, [tree]
    for _ in range(_DEEPEST):
        count += len(level)
        if count > _MOST_NODES:
            raise RenderError(
                f"It has more than {_MOST_NODES:,} terms.", hint="Take some of them out."
            )
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise RenderError(
        f"Its terms are nested more than {_DEEPEST} deep.", hint="Give some of them names."
    )


def refusal(node: ast.AST | None, *, begin: bool = False) -> RenderError:
    """Give the error for what is not allowed, with its name and its line.

    Args:
        node: What is refused; None for nothing at all.
        begin: Whether it stands where a formula begins.
    """
    if node is None or (begin and isinstance(node, ast.stmt) and type(node) not in _NAMED):
        what = "It does not begin as a formula does"
    else:
        name = _NAMED.get(type(node), type(node).__name__.lower())
        if isinstance(node, ast.Constant):
            name = "a string" if isinstance(node.value, str) else repr(node.value)[:20]
        if isinstance(node, ast.Attribute):
            name += f" (.{node.attr[:40]})"
        line = getattr(node, "lineno", 1)
        what = f"Line {line} has {name}, which a formula cannot have"
    hint = f"Begin with one of: {'  '.join(HEADS.values())}" if begin else ALLOWED
    return RenderError(f"{what}.", hint=hint)
