"""Our JSONL as version 1 wrote it, which is still read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from flourishing.core.text import Text


def to_lines(texts: Iterable[tuple[Text, dict[str, object]]]) -> Iterator[str]:
    """Write texts, each once and after its parents.

    Args:
        texts: Texts with their lineage, and what else is to be said of each, such as its marks.
    """
    given = list(texts)
    # Of all of them at once: one may be written as a parent of another before its own turn.
    of = {text.identity: more for text, more in given}
    said: set[str] = set()
    for text, _ in given:
        waiting = [text]
        while waiting:
            ahead = [each for each in waiting[-1].origin.parents if each.identity not in said]
            if ahead and waiting[-1].identity not in said:
                waiting += ahead
                continue
            each = waiting.pop()
            if each.identity not in said:
                said.add(each.identity)
                yield _line(each, of.get(each.identity, {}))


def _line(text: Text, more: dict[str, object]) -> str:
    told = {
        "format": "flourishing/1",
        "identity": text.identity,
        **text.as_dict(),
        "parents": [parent.identity for parent in text.origin.parents],
        **more,
    }
    return json.dumps(told, ensure_ascii=False)
