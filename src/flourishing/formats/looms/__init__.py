"""The looms that can be read: one list, asked in order which of them knows a document.

A document is known by what stands in it, not by the name of its file: two plugins call theirs
`data.json`, and an export is renamed at will. Those with a mark of their own are asked first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flourishing.formats.looms import kobold, mikupad, miniloom, pyloom, trees
from flourishing.formats.looms.loom import Loom


@dataclass(frozen=True, slots=True)
class LoomFormat:
    """A format of looms.

    Attributes:
        title: What the tool calls itself.
        recognise: Whether a parsed document is one; for JSONL, the list of its rows.
        read: Its looms; the second argument names those that have no name.
    """

    title: str
    recognise: Callable[[object], bool]
    read: Callable[[object, str], tuple[Loom, ...]]


LOOMS = {
    known.title.lower(): known
    for known in (
        LoomFormat(trees.EXOLOOM, trees.recognise_exoloom, trees.read_exoloom),
        LoomFormat(trees.LOGITLOOM, trees.recognise_logitloom, trees.read_logitloom),
        LoomFormat(miniloom.TITLE, miniloom.recognise, miniloom.read),
        LoomFormat(kobold.TITLE, kobold.recognise, kobold.read),
        LoomFormat(trees.WOOL, trees.recognise_wool, trees.read_wool),
        LoomFormat(trees.LOOMSIDIAN, trees.recognise_loomsidian, trees.read_loomsidian),
        LoomFormat(mikupad.TITLE, mikupad.recognise, mikupad.read),
        LoomFormat(pyloom.TITLE, pyloom.recognise, pyloom.read),
    )
}
"""The formats by the names under which a caller can insist on one."""


def find_format(document: object) -> LoomFormat | None:
    """Give the format that knows a document, or None.

    Args:
        document: The parsed JSON document.
    """
    return next((known for known in LOOMS.values() if known.recognise(document)), None)
