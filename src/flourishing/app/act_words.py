"""What a person did, in words: what undoing takes back, and redoing does again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flourishing.garden import Garden
from flourishing.garden.journal import Act, Event
from flourishing.kinds import counted, headline

_FIRST_WORDS: Final = 40
_DONE: Final[dict[str, tuple[str, str]]] = {
    "keep": ("kept {}", "no longer kept {}"),
    "drop": ("dropped {}", "no longer dropped {}"),
    "pin": ("pinned {}", "no longer pinned {}"),
    "away": ("put {} away", "brought {} back"),
    "parent": ("made {} a parent", "took {} out of the parents"),
}
"""What is said of a mark that was given, and of one that was taken back."""
_OTHERWISE: Final = {
    "breed": "bred a brood",
    "parent": "put the parents in another order",
    "edit": "edited a text",
    "set": "changed the settings of the bed",
    "add": "added texts",
    "shelve": "put texts into a collection",
    "accept": "called a text finished",
    "import": "brought texts in",
}


def act_words(garden: Garden, act: Act) -> str:
    """Say what an act did, with the first words of its text.

    Args:
        garden: Where it was done.
        act: The act.
    """
    events = garden.events_of(act)
    marked = [event for event in events if event.kind == act.kind]
    born = [event.text for event in events if event.kind == "born"]
    if act.kind in _DONE and marked:
        return _of_marks(garden, act.kind, marked)
    if act.kind == "tag" and marked:
        words = "tagged {} “{}”" if marked[0].given else "took the tag off {}: “{}”"
        return words.format(_which(garden, marked), marked[0].label)
    if act.kind == "title" and marked:
        label = marked[-1].label
        texts = _texts(garden, [marked[-1].text])
        return f"called {texts} “{label}”" if label else f"took away the title of {texts}"
    if act.kind == "breed" and born:
        return f"bred {counted(garden.texts(born))}"
    if act.kind == "edit" and events:  # the edit is the newest text of them
        return f"edited to {_texts(garden, [max(event.text for event in events)])}"
    if act.kind in {"add", "import"} and born:
        verb = "added" if act.kind == "add" else "brought in"
        return f"{verb} {_texts(garden, born)}"
    return _OTHERWISE.get(act.kind, act.kind)


def _of_marks(garden: Garden, kind: str, marked: Sequence[Event]) -> str:
    """Say what marks were given and taken back, what is new first."""
    parts = []
    for given, words in zip((True, False), _DONE[kind], strict=True):
        if those := [event for event in marked if event.given == given]:
            said = words.format(_which(garden, those))
            parts.append(said.replace("a parent", "parents") if len(those) > 1 else said)
    return ", and ".join(parts)


def _which(garden: Garden, events: Sequence[Event]) -> str:
    return _texts(garden, [event.text for event in events])


def _texts(garden: Garden, ids: Sequence[int]) -> str:
    """Name one text by its first words, and several by their number."""
    ids = list(dict.fromkeys(ids))
    texts = garden.texts(sorted(garden.present(ids)))
    if len(ids) != 1 or not texts:
        return counted(texts) if texts else "texts"
    first = texts[0].title or headline(texts[0])
    row = " ".join(first.split())
    if len(row) > _FIRST_WORDS:
        end = row.rfind(" ", 0, _FIRST_WORDS)
        row = f"{row[: end if end > 0 else _FIRST_WORDS]}…"
    return f"“{row}”"
