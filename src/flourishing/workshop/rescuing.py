"""Keeping a brood that its garden cannot take: as a file of lines that can be imported later.

The lines are version 1 of our JSONL, in which each text says all of itself. Version 2 describes
what a garden has stored, and this brood is in none.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from flourishing.brood import Brood, Offspring
from flourishing.garden import Garden
from flourishing.text import Text


def rescue(garden: Garden, broods: Iterable[Brood]) -> Path | None:
    """Write the offspring of broods, with their whole lineage, into a file of their own.

    Args:
        garden: The garden that could not take them. The file is written beside it if possible, or
            else into the current folder, the home folder or the folder for temporary files.
        broods: The broods.

    Returns:
        The path of the file, which `flourishing garden import` reads; None if nothing is to be
        written, or could be written nowhere.
    """
    offspring = [each for brood in broods for each in brood.offspring]
    content = "".join(f"{line}\n" for line in _lines(offspring))
    if not offspring:
        return None
    for path in _places(garden):
        with suppress(OSError):
            _write(path, content)
            return path
    return None


def _lines(offspring: list[Offspring]) -> Iterator[str]:
    """Give texts as lines, each once and after its parents."""
    asked, written = {text.identity for text in offspring}, set[str]()
    for each in offspring:
        waiting: list[Text] = [each]
        while waiting:
            text = waiting[-1]
            before = [one for one in text.origin.parents if one.identity not in written]
            if before and text.identity not in written:
                waiting += before
                continue
            waiting.pop()
            if text.identity not in written:
                written.add(text.identity)
                yield _line(text, asked=text.identity in asked)


def _line(text: Text, *, asked: bool) -> str:
    table = {
        "format": "flourishing/1",
        "identity": text.identity,
        **Text.as_dict(text),
        "parents": [parent.identity for parent in text.origin.parents],
        **({"marks": [], "tags": []} if asked else {}),
    }
    return json.dumps(table, ensure_ascii=False)


def _places(garden: Garden) -> Iterator[Path]:
    beside = Path("garden.db" if "://" in garden.name else garden.name)
    name = f"{beside.name}.unsaved-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
    folders = [beside.parent, Path.cwd()]
    with suppress(RuntimeError):
        folders.append(Path.home())
    for folder in [*folders, Path(tempfile.gettempdir())]:
        for number in range(1, 100):
            path = folder / f"{name}{'' if number == 1 else f'-{number}'}.jsonl"
            if not path.exists():
                yield path.absolute()
                break


def _write(path: Path, content: str) -> None:
    """Write a new file, for its owner alone, whole or not at all."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - a descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
