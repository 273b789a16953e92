"""The form of a program: Python with a function `draw()`, and what it may not name.

This is no wall, since the sandbox knows no files and no network anyway. It says early, with the
number of the line, what would fail, and it leaves nothing at the top of a program but functions,
assignments and imports, so that no value of it comes back but what `draw()` drew.
"""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from importlib import resources
from typing import Final

from flourishing.errors import RenderError

LONGEST: Final = 4_000
"""Characters; the longest program."""
_MOST_NODES: Final = 3_000
_DEEPEST: Final = 60
MODULES: Final = frozenset({"math", "random"})
"""What a program may import."""
_BANNED: Final = frozenset(
    (
        *("eval", "exec", "open", "compile", "input", "breakpoint", "globals", "locals", "vars"),
        *("getattr", "setattr", "delattr", "memoryview", "exit", "quit", "help", "dir"),
    )
)
_HINT: Final = "Write def draw(): and call line, circle, polygon, path, forward, cell or note."


@lru_cache(maxsize=1)
def helpers() -> str:
    """Give the source of the functions that a program is given."""
    return (resources.files(__package__) / "helpers.txt").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def helper_names() -> tuple[str, ...]:
    """Give the names of what a program is given, functions of `math` included."""
    names: list[str] = []
    for statement in ast.parse(helpers()).body:
        if isinstance(statement, ast.FunctionDef):
            names.append(statement.name)
        elif isinstance(statement, ast.ImportFrom):
            names.extend(alias.name for alias in statement.names)
    return tuple(name for name in names if not name.startswith("_"))


def parse(text: str) -> ast.Module:
    """Parse a program, and look whether it is small enough and has the right form.

    Args:
        text: The text of the program.

    Raises:
        RenderError: It does not parse, has no `draw()`, is too large, or names what it may not.
    """
    if len(text) > LONGEST:
        raise RenderError(
            f"It has {len(text):,} characters, and a program has at most {LONGEST:,}.",
            hint="Shorten it.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as of a backslash in a string
            module = ast.parse(text)
    except SyntaxError as error:
        where = f" in line {error.lineno}" if error.lineno else ""
        raise RenderError(f"It does not parse{where}: {error.msg}.", hint=_HINT) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise RenderError("It does not parse.", hint=_HINT) from error
    _require_small(module)
    for each in module.body:
        if isinstance(each, ast.AsyncFunctionDef):
            raise RenderError(
                f"Line {each.lineno} has async, which a program cannot have.",
                hint="Write def draw(): without async.",
            )
    if not any(isinstance(each, ast.FunctionDef) and each.name == "draw" for each in module.body):
        raise RenderError("It has no function draw().", hint=_HINT)
    for statement in module.body:
        _require_top(statement)
    for node in ast.walk(module):
        _require_allowed(node)
    return module


def _require_small(module: ast.Module) -> None:
    level: list[ast.AST] = [module]
    count = depth = 0
    while level:
        count += len(level)
        depth += 1
        if count > _MOST_NODES or depth > _DEEPEST:
            what = f"more than {_MOST_NODES:,} terms"
            what = what if count > _MOST_NODES else f"more than {_DEEPEST} levels"
            raise RenderError(f"It has {what}.", hint="Take some of them out.")
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def _require_top(statement: ast.stmt) -> None:
    if isinstance(statement, ast.FunctionDef | ast.Assign | ast.Import | ast.ImportFrom):
        return
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant | ast.Call):
        return
    raise RenderError(
        f"Line {statement.lineno} has what cannot stand outside a function.",
        hint="Put it into draw(), which is called once.",
    )


def _require_allowed(node: ast.AST) -> None:
    if isinstance(node, ast.Import | ast.ImportFrom):
        from_ = node.module if isinstance(node, ast.ImportFrom) else None
        names = [from_ or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        for name in names:
            if name not in MODULES:
                raise RenderError(
                    f"Line {node.lineno} imports {name[:40] or '.'}, which a program cannot.",
                    hint=f"A program can import {' and '.join(sorted(MODULES))} alone; it has "
                    f"{', '.join(helper_names()[:8])} and more without an import.",
                )
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            raise RenderError(
                f"Line {node.lineno} imports everything of {from_}.",
                hint="Leave the line out: sin, cos, pi and the like are there without it.",
            )
    name = getattr(node, "id", getattr(node, "attr", ""))
    if isinstance(node, ast.Name | ast.Attribute) and (name in _BANNED or name.startswith("__")):
        raise RenderError(
            f"Line {node.lineno} names {name[:40]}, which a program cannot.",
            hint="A program can draw and play, and nothing else.",
        )
    if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.ClassDef | ast.Global):
        what = {"ClassDef": "a class", "Global": "global"}.get(type(node).__name__, "async")
        raise RenderError(
            f"Line {node.lineno} has {what}, which a program cannot have.",
            hint="Use functions, lists and loops.",
        )
