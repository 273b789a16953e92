"""KoboldLite: one story as a list of stretches, and other branches of it as whole lists.

Branches share their beginnings, so they become one tree. The file tells that a person wrote the
prompt; of the actions it does not tell.
"""

from __future__ import annotations

from flourishing.exchange.fields import Object, as_list, as_object, as_text, maybe_text
from flourishing.exchange.loom import Loom, Node

TITLE = "KoboldLite"
_ASIDE = ("memory", "authorsnote")


def recognise(document: object) -> bool:
    """Say whether this is KoboldLite's."""
    return (
        isinstance(document, dict)
        and "actions" in document
        and ("gamestarted" in document or "prompt" in document)
    )


def read(document: object, name: str) -> tuple[Loom, ...]:
    """Read the story and its branches as one tree.

    Raises:
        InputError: A part of it is not what belongs there.
    """
    whole = as_object(document, "the document")
    story = _texts([whole.get("prompt"), *as_list(whole.get("actions"), "the list of actions")])
    branches = as_list(whole.get("altbranches"), "the list of branches")
    tree = _Branches()
    end: str | None = None
    for branch in branches if None in branches else [*branches, None]:
        last = tree.grow(story if branch is None else _texts(as_list(branch, "a branch")))
        end = last if branch is None else end
    aside = [word for word in _ASIDE if maybe_text(whole.get(word)).strip()]
    return (Loom.of(tree.nodes, name=name, format=TITLE, current=end, dropped=_said(aside, whole)),)


class _Branches:
    """A tree that grows by whole branches."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[tuple[str | None, str], str] = {}

    def grow(self, texts: list[str]) -> str | None:
        """Add a branch where it leaves those that are there, and give its last node."""
        at: str | None = None
        for text in texts:
            if (at, text) not in self._known:
                node = Node(
                    id=str(len(self.nodes) + 1),
                    text=text,
                    author="person" if at is None else None,
                    parent=at,
                )
                self.nodes.append(node)
                self._known[at, text] = node.id
            at = self._known[at, text]
        return at


def _texts(values: list[object]) -> list[str]:
    return [text for value in values if (text := as_text(value, "a stretch of the story"))]


def _said(aside: list[str], whole: Object) -> list[str]:
    if whole.get("worldinfo"):
        aside = [*aside, "world info"]
    return [", ".join(aside)] if aside else []
