"""Runs the examples of a document, and writes down what came.

    python tests/documents.py --write docs/notebook.md

A block marked `python` holds a session: `>>>` lines, each followed by the output. A block marked
`console` holds commands after `$`, each followed by the output; in one marked `terminal` they run
in a terminal, as a person sees them. Models write something else each time, so an output is
compared by its shape: text for text, and a list of n for a list of n.

Between `<!-- settings` and `<!-- /settings -->`, the settings of the sampling are written as a
table, and between `<!-- functions` and `<!-- /functions -->` those that a formula may call.
"""

from __future__ import annotations

import argparse
import ast
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pexpect

from flourishing.core.sampling import SETTINGS
from flourishing.formulas.functions import FUNCTIONS

BLOCK = re.compile(
    r"(?P<head>```(?P<kind>python|console|terminal)\n)(?P<body>.*?)(?P<tail>```)", re.DOTALL
)

TABLE = re.compile(r"(?P<head><!-- settings[^\n]*-->\n).*?(?P<tail><!-- /settings -->)", re.DOTALL)


FUNCTION_TABLE = re.compile(
    r"(?P<head><!-- functions[^\n]*-->\n).*?(?P<tail><!-- /functions -->)", re.DOTALL
)


@dataclass(frozen=True)
class Example:
    """One example: what is typed, what the document shows, and what came."""

    source: str
    shown: str
    came: str

    @property
    def same_shape(self) -> bool:
        """Whether what came has the shape of what is shown."""
        return shape(self.shown) == shape(self.came)


def with_settings(document: str) -> str:
    """Give a document with the table of the settings as they are."""
    rows = ["| setting | option | default | values | what it does |", "|---|---|---|---|---|"]
    for name, setting in SETTINGS.items():
        option = f"`--{name.replace('_', '-')}`"
        off = "" if setting.off is None else f"; {setting.off:g} turns it off"
        source = f" ({setting.source})" if setting.source else ""
        about = setting.about.removesuffix(".")
        default = setting.usual or "by the pattern"
        rows.append(f"| `{name}` | {option} | {default} | {setting.range}{off} | {about}{source} |")
    table = "\n".join(rows)
    return TABLE.sub(lambda found: f"{found['head']}{table}\n{found['tail']}", document)


def with_functions(document: str) -> str:
    """Give a document with the table of the functions of formulas as they are."""
    rows = ["| function | values | what it gives |", "|---|---|---|"]
    for name, function in FUNCTIONS.items():
        least, most = function.least, function.most
        rows.append(
            f"| `{name}` | {least if least == most else f'{least} to {most}'} | {function.about} |"
        )
    table = "\n".join(rows)
    return FUNCTION_TABLE.sub(lambda found: f"{found['head']}{table}\n{found['tail']}", document)


def shape(output: str) -> object:
    """Give the shape of an output: nothing, text, some other value, or how long a list is."""
    if not output.strip():
        return None
    try:
        value = ast.literal_eval(output)
    except (ValueError, SyntaxError):
        return "output"
    return (type(value).__name__, len(value)) if isinstance(value, list | tuple) else type(value)


def run(document: str, program: Sequence[str] = ()) -> tuple[str, list[Example]]:
    """Run every example of a document, in order and in one namespace.

    Args:
        document: The document.
        program: What stands for the word `flourishing` on a command line; by default the program
            that is installed beside this Python.

    Returns:
        The document with what came in the place of what was shown, and the examples.
    """
    namespace: dict[str, object] = {}
    examples: list[Example] = []

    def block(match: re.Match[str]) -> str:
        if match["kind"] == "python":
            pieces = python(match["body"], namespace)
        else:
            pieces = console(match["body"], run_command[match["kind"]], program)
        examples.extend(pieces)
        body = "".join(piece.source + piece.came for piece in pieces)
        return match["head"] + body + match["tail"]

    return BLOCK.sub(block, document), examples


def python(body: str, namespace: dict[str, object]) -> list[Example]:
    """Run a Python session."""
    examples = []
    for source, shown in split(body, ">>> ", "... "):
        code = "".join(line[4:] for line in source.splitlines(keepends=True))
        out = io.StringIO()
        with redirect_stdout(out):
            exec(compile(code, "<document>", "single"), namespace)
        examples.append(Example(source, shown, out.getvalue()))
    return examples


def console(
    body: str, run_words: Callable[[list[str]], str], program: Sequence[str]
) -> list[Example]:
    """Run commands, which must succeed."""
    examples = []
    for source, shown in split(body, "$ ", "> "):
        words = shlex.split("\n".join(line[2:] for line in source.splitlines()))
        here = Path(sys.executable).with_name(words[0])
        if program and words[0] == "flourishing":
            words[:1] = program
        elif here.exists():
            words[0] = str(here)
        examples.append(Example(source, shown, run_words(words)))
    return examples


def piped(words: list[str]) -> str:
    """Run a command, and give what it writes into a pipe."""
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def typed(words: list[str]) -> str:
    """Run a command in a terminal of 88 columns, and give what stands in it afterwards."""
    plain = {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "88"}
    done: tuple[str, int] = pexpect.run(  # type: ignore[assignment]  # its stubs say bytes
        shlex.join(words),
        withexitstatus=True,
        timeout=300,
        dimensions=(60, 88),
        env={**os.environ, **plain},
        encoding="utf-8",
    )
    out, code = done
    assert code == 0, f"{shlex.join(words)} ended with {code}:\n{out}"
    lines = [line.rstrip() for line in out.replace("\r", "").split("\n")]
    return "\n".join(lines).rstrip("\n") + "\n" if any(lines) else ""


run_command: dict[str, Callable[[list[str]], str]] = {"console": piped, "terminal": typed}


def split(body: str, first: str, more: str) -> list[tuple[str, str]]:
    """Split a session into what is typed and what follows it."""
    pairs: list[tuple[str, str]] = []
    for line in body.splitlines(keepends=True):
        if line.startswith(first):
            pairs.append((line, ""))
        elif pairs and not pairs[-1][1] and line.startswith(more.rstrip()):
            pairs[-1] = (pairs[-1][0] + line, "")
        elif pairs:
            pairs[-1] = (pairs[-1][0], pairs[-1][1] + line)
    return pairs


def main() -> None:
    """Run the documents named on the command line, and write them anew if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    for path in [path.resolve() for path in options.documents]:
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            os.environ["FLOURISHING_DATA"] = str(Path(folder, "data"))
            os.environ["FLOURISHING_CONFIG"] = str(Path(folder, "config.toml"))
            text, examples = run(path.read_text(encoding="utf-8"))
        for example in examples:
            print(example.source + example.came, end="")
        if options.write:
            path.write_text(with_functions(with_settings(text)), encoding="utf-8")


if __name__ == "__main__":
    main()
