"""Front matter: a little YAML at the head of a file, which people and other programs write too.

Read, all values are strings, lists and tables: what looks like a date or a number is a word like
any other, and no tag of the language makes anything else. An alias is refused, since a few lines of
them could stand for billions, and so is what is nested deeper than front matter ever is. Written, a
string always reads back as itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

_BREAKS: Final = re.compile(r"[\x85\u2028\u2029]")
"""Ends of lines to YAML, which it would fold, and to nobody else."""
_DEEPEST: Final = 20
"""Lists and tables within each other; more is a mistake, or made to take long."""


def write_front(table: Mapping[str, object]) -> str:
    """Write a table as YAML, in lines that end with a line break.

    Args:
        table: The table of plain data.
    """
    return yaml.dump(table, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


def read_front(front: str) -> dict[str, Any]:
    """Read a table; what is of another kind says nothing.

    Args:
        front: The YAML text between the two lines of dashes.

    Raises:
        ValueError: It is no YAML, too deep, or has an alias.
    """
    try:
        table = yaml.load(front, Loader=_Loader)  # noqa: S506 - it makes less than the safe one
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return table if isinstance(table, dict) else {}


class _Loader(yaml.BaseLoader):
    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise yaml.YAMLError("nested too deep")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Dumper(yaml.SafeDumper):
    def represent_words(self, words: str) -> yaml.ScalarNode:
        style = '"' if _BREAKS.search(words) else None
        return self.represent_scalar("tag:yaml.org,2002:str", words, style=style)


_Dumper.add_representer(str, _Dumper.represent_words)
