"""Counts of the code's structure: modules, function bodies, and what is documented.

Run `python benchmarks/structure.py [FOLDER]`; by default of `src/flourishing`, migrations left out.
The body of a function is counted in lines without its docstring. A public name is a function, a
class or a method without a leading underscore; `Args` are asked for where a public function or
method has parameters besides `self` and `cls`. Commands and routes are left out there: their
parameters are described where they are declared, and the docstring is a help text.
"""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """Give all functions and methods of a module."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """Count the lines of a function's body without its docstring."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def public(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    """Give the public functions, classes and methods of a module."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    each
                    for each in node.body
                    if isinstance(each, Function) and not each.name.startswith("_")
                )


def parameters(function: Function) -> list[str]:
    """Give the names of a function's parameters besides `self` and `cls`."""
    arguments = function.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    names += [each.arg for each in (arguments.vararg, arguments.kwarg) if each]
    return [name for name in names if name not in {"self", "cls"}]


def is_command_or_route(function: Function) -> bool:
    """Say whether a function is a command of click or a route of FastAPI."""
    decorators = (ast.unparse(each) for each in function.decorator_list)
    return any(
        re.search(r"\.(command|group|get|post|put|patch|delete)\(", each) for each in decorators
    )


def main(folder: Path) -> None:
    """Print the counts of a folder's modules."""
    paths = [path for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts]
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in paths]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    bodies = sorted(body_lines(each) for tree in trees for each in functions(tree))
    names = [each for tree in trees for each in public(tree)]
    documented = [each for each in names if ast.get_docstring(each)]
    with_parameters = [
        each
        for each in documented
        if isinstance(each, Function) and parameters(each) and not is_command_or_route(each)
    ]
    described = [each for each in with_parameters if "Args:" in (ast.get_docstring(each) or "")]
    print(
        f"modules: {len(paths)}; median {statistics.median(lines):.0f}, longest {max(lines)} lines"
    )
    print(
        f"function body: median {statistics.median(bodies):.0f}, "
        f"90th percentile {bodies[int(len(bodies) * 0.9)]}, longest {bodies[-1]} lines"
    )
    print(f"public names documented: {len(documented) / len(names):.0%} of {len(names):,}")
    print(
        f"of those with parameters, have Args: "
        f"{len(described) / max(len(with_parameters), 1):.0%} of {len(with_parameters):,}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("src/flourishing"))
