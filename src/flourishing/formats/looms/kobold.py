"""KoboldLite: one story as a list of stretches, and other branches of it as whole lists.

Branches share their beginnings, so they become one tree. The file says that a person wrote the
prompt; of the actions it does not say, unless the story is in turns. Then markers such as
`{{[INPUT]}}` stand in the stretches, which KoboldLite replaces by the model's own ones when it
sends them. They say who wrote what follows, and are no part of the text: turns are distinguished by
a line end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from flourishing.formats.json_values import (
    Object,
    as_list,
    as_object,
    as_text,
    maybe_list,
    maybe_text,
)
from flourishing.formats.looms.loom import Loom, Node
from flourishing.formats.passage import Hand

TITLE = "KoboldLite"
_ASIDE = ("memory", "authorsnote")
_MARKER = re.compile(r"\{\{\[(INPUT|OUTPUT|SYSTEM)(_END)?\]\}\}")
_HANDS: dict[str, Hand] = {"INPUT": "person", "OUTPUT": "model", "SYSTEM": "person"}


def recognise(document: object) -> bool:
    """Say whether this is KoboldLite's.

    Args:
        document: The parsed JSON document.
    """
    return (
        isinstance(document, dict)
        and "actions" in document
        and ("gamestarted" in document or "prompt" in document)
    )


def read(document: object, name: str) -> tuple[Loom, ...]:
    """Read the story and its branches as one tree.

    Args:
        document: The parsed JSON document.
        name: The name of the file without its ending.

    Raises:
        InputError: A part of it is not what belongs there.
    """
    whole = as_object(document, "the document")
    story = _stretches([whole.get("prompt"), *as_list(whole.get("actions"), "the list of actions")])
    branches = as_list(whole.get("altbranches"), "the list of branches")
    tree = _Branches()
    end: str | None = None
    for branch in branches if None in branches else [*branches, None]:
        last = tree.grow(story if branch is None else _stretches(as_list(branch, "a branch")))
        end = last if branch is None else end
    dropped = _said(whole)
    if any(_MARKER.search(maybe_text(each)) for each in _spoken(whole)):
        dropped.append("the markers of turns, such as {{[INPUT]}}")
    return (Loom.of(tree.nodes, name=name, format=TITLE, current=end, dropped=dropped),)


Stretch: TypeAlias = tuple[str, Hand | None]
"""What somebody wrote, and who; None where the file does not say."""


class _Branches:
    """A tree that grows by whole branches."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[tuple[str | None, Stretch], str] = {}

    def grow(self, stretches: list[Stretch]) -> str | None:
        """Add a branch where it leaves those that are there, and give its last node."""
        at: str | None = None
        for text, author in stretches:
            key = (at, (text, author))
            if key not in self._known:
                node = Node(id=str(len(self.nodes) + 1), text=text, author=author, parent=at)
                self.nodes.append(node)
                self._known[key] = node.id
            at = self._known[key]
        return at


@dataclass(slots=True)
class _Turns:
    """The stretches of a branch, without the markers between them."""

    stretches: list[Stretch] = field(default_factory=list)
    author: Hand | None = None
    in_turns: bool = False
    is_new_turn: bool = False

    def add(self, text: str) -> None:
        if not text:
            return
        before = self.stretches[-1][0] if self.stretches else "\n"
        if self.is_new_turn and not before.endswith("\n") and not text.startswith("\n"):
            text = "\n" + text
        self.is_new_turn = False
        first = not self.stretches and not self.in_turns
        self.stretches.append((text, "person" if first else self.author))

    def mark(self, marker: re.Match[str]) -> None:
        self.in_turns = self.is_new_turn = True
        self.author = None if marker[2] else _HANDS[marker[1]]


def _stretches(values: list[object]) -> list[Stretch]:
    """Give the stretches of a branch with who wrote each, where the file says so."""
    turns = _Turns()
    for value in values:
        text = as_text(value, "a stretch of the story")
        at = 0
        for marker in _MARKER.finditer(text):
            turns.add(text[at : marker.start()])
            turns.mark(marker)
            at = marker.end()
        turns.add(text[at:])
    return turns.stretches


def _spoken(whole: Object) -> list[object]:
    """Give all stretches of the story and of its branches."""
    spoken = [whole.get("prompt"), *maybe_list(whole.get("actions"))]
    for branch in maybe_list(whole.get("altbranches")):
        spoken += maybe_list(branch)
    return spoken


def _said(whole: Object) -> list[str]:
    aside = [word for word in _ASIDE if maybe_text(whole.get(word)).strip()]
    if whole.get("worldinfo"):
        aside = [*aside, "world info"]
    return [", ".join(aside)] if aside else []
