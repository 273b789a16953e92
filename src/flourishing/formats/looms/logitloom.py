"""logitloom: a tree of single tokens, each with its likelihood.

Of a base model the prompt stands at the root of every text; of a chat model only the beginning
that was put into its mouth does, as the rest is talk about the text.
"""

from __future__ import annotations

from flourishing.formats.json_values import (
    Object,
    as_id,
    as_list,
    as_object,
    as_text,
    maybe_object,
    maybe_text,
)
from flourishing.formats.looms.loom import Loom, Node, own_id

TITLE = "logitloom"
_MARK = "isLogitLoomTreeVersion"
_ROOT = "prompt"


def recognise(document: object) -> bool:
    """Say whether this is logitloom's.

    Args:
        document: The parsed JSON document.
    """
    return isinstance(document, dict) and _MARK in document


def read(document: object, name: str) -> tuple[Loom, ...]:
    """Read the tree.

    Args:
        document: The parsed JSON document.
        name: The name of the file without its ending.

    Raises:
        InputError: A part of it is not what belongs there.
    """
    whole = as_object(document, "the document")
    model = maybe_text(whole.get("modelName")) or None
    settings = maybe_object(whole.get("modelSettings"))
    nodes = [Node(id=_ROOT, text=_beginning(settings), author="person")]
    waiting: list[tuple[object, str]] = [
        (root, _ROOT) for root in reversed(as_list(whole.get("roots"), "the list of roots"))
    ]
    known = {_ROOT}
    while waiting:
        value, parent = waiting.pop()
        raw = as_object(value, "a token")
        own = own_id(as_id(raw.get("id")), known)
        text = as_text(raw.get("text"), "a token's text")
        nodes.append(Node(id=own, text=text, author="model", parent=parent, model=model))
        children = as_list(raw.get("children"), "a token's children")
        waiting += [(child, own) for child in reversed(children)]
    return (Loom.of(nodes, name=name, format=TITLE),)


def _beginning(settings: Object) -> str:
    prefill = maybe_text(settings.get("prefill"))
    if settings.get("kind") == "chat":
        return prefill
    return maybe_text(settings.get("prompt")) + prefill
