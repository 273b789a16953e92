"""What a person did, in words: what undoing takes back, and redoing does again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

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
_SET: Final = {
    "n": "asked for {} offspring",
    "pattern": "changed the pattern",
    "own_pattern": "changed the pattern",
    "model": "changed the model",
    "models": "changed the models",
    "temperature": "set the temperature to {}",
    "words": "changed the length in words",
}
"""What is said of one thing that became another in a bed."""


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
        label = _shortened(marked[-1].label)
        texts = _texts(garden, [marked[-1].text])
        return f"called {texts} “{label}”" if label else f"took away the title of {texts}"
    if act.kind == "breed" and born:
        return f"bred {counted(garden.texts(born))}"
    if act.kind == "edit" and events:  # the edit is the newest text of them
        return f"edited to {_texts(garden, [max(event.text for event in events)])}"
    if act.kind in {"add", "import"} and born:
        verb = "added" if act.kind == "add" else "brought in"
        return f"{verb} {_texts(garden, born)}"
    if act.kind == "set" and act.bed is not None:
        return _of_settings(garden, *garden.change_of(act)) or _OTHERWISE[act.kind]
    return _OTHERWISE.get(act.kind, act.kind)


def _of_settings(garden: Garden, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Say what became another in a bed; "" for what has no words of its own."""
    was, now = _as_set(before), _as_set(after)
    changed = {name for name in {*was, *now} if was.get(name) != now.get(name)}
    if "chain" in changed:
        return _of_versions(garden, was.get("chain") or [], now.get("chain") or [])
    if "kind" in changed:  # which brings its pattern
        return "changed the kind of text"
    if len(changed) != 1:
        return ""
    name = changed.pop()
    value = now.get(name)
    if name == "start":
        return f"began with “{_shortened(str(value))}”" if value else "took the start words away"
    if name == "prompt":
        return "fixed the prompt" if value else "let the prompt grow again"
    words = _SET.get(name, "")
    return words.format(value) if value is not None or "{}" not in words else ""


def _as_set(state: Mapping[str, Any]) -> dict[str, Any]:
    """Give all that is set in a bed under one name each, without what is not set."""
    settings = state.get("settings")
    together = {**state, **(settings if isinstance(settings, dict) else {})}
    nothing: tuple[object, ...] = (None, "", [], {}, False)
    return {
        name: value
        for name, value in together.items()
        if name not in {"settings", "later"} and value not in nothing
    }


def _of_versions(garden: Garden, was: Sequence[int], now: Sequence[int]) -> str:
    """Say what became of the versions under work."""
    if not now:
        return "left refining"
    if not was:
        return f"began to refine {_texts(garden, now[-1:])}"
    if list(now[:-1]) == list(was):
        return f"made {_texts(garden, now[-1:])} the next version"
    if list(now[1:]) == list(was):
        return f"put {_texts(garden, now[:1])} before the first version"
    if list(was[:-1]) == list(now):
        return f"went back from {_texts(garden, was[-1:])}"
    return "changed the versions"


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
    return f"“{_shortened(first)}”"


def _shortened(words: str) -> str:
    """Give the first words, in one line."""
    row = " ".join(words.split())
    if len(row) <= _FIRST_WORDS:
        return row
    end = row.rfind(" ", 0, _FIRST_WORDS)
    return f"{row[: end if end > 0 else _FIRST_WORDS]}…"
