"""The looms that can be read: one list, asked in order which of them knows a document.

A document is known by what stands in it, not by the name of its file: two plugins call theirs
`data.json`, and an export is renamed at will. Those with a mark of their own are asked first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flourishing.formats.looms import flat, kobold, logitloom, loomsidian, mikupad, miniloom, pyloom
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
        LoomFormat(flat.EXOLOOM, flat.recognise_exoloom, flat.read_exoloom),
        LoomFormat(logitloom.TITLE, logitloom.recognise, logitloom.read),
        LoomFormat(miniloom.TITLE, miniloom.recognise, miniloom.read),
        LoomFormat(kobold.TITLE, kobold.recognise, kobold.read),
        LoomFormat(flat.WOOL, flat.recognise_wool, flat.read_wool),
        LoomFormat(loomsidian.TITLE, loomsidian.recognise, loomsidian.read),
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
