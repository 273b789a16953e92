"""Other processes that tend a garden, to be killed, hindered, or run side by side."""

from __future__ import annotations

import random
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from flourishing.garden import Garden, open_garden
from tests.garden.broods import bred, poems
from tests.processes import PROCESSES

Started = tuple[BaseProcess, Connection]


def in_a_process(work: Callable[..., Any], *given: Any) -> Started:
    """Start work in a process of its own; what it gives comes over the wire."""
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_run, args=(theirs, work, given), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def alone(started: Started) -> Any:
    """Wait for what a process gives."""
    process, wire = started
    given = wire.recv()
    process.join()
    wire.close()
    return given


def _run(wire: Connection, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    if work is tend:
        work(*given, wire)
    else:
        wire.send(work(*given))
    wire.close()


def tend(place: str, seed: int, wire: Connection) -> None:
    """Do one thing after another without end, and tell before and after each."""
    draw = random.Random(seed)
    with open_garden(place) as garden:
        ids = [text.id for text in garden.search.page(limit=20)]
        while True:
            kind = draw.choice(["save", "keep", "drop", "pin", "away", "edit", "undo", "redo"])
            if not ids:
                kind = "save"
            target = draw.choice(ids) if ids else 0
            wire.send(("try", kind, [target], []))
            born, contents = _do(garden, kind, target, draw)
            wire.send(("done", kind, born or [target], contents))
            ids += born


def _do(garden: Garden, kind: str, target: int, draw: random.Random) -> tuple[list[int], list[str]]:
    """Do one thing; give the numbers and contents of the texts that came of it."""
    if kind == "save":
        saved = garden.save(bred(offspring=poems(draw)))
        return [text.id for text in saved], [text.content for text in saved]
    if kind == "edit":
        edit = garden.edit(target, poems(draw, 1)[0])
        return [edit.id], [edit.content]
    acts = {
        "keep": garden.keep,
        "drop": garden.drop,
        "pin": garden.pin,
        "away": garden.put_away,
    }
    if kind in acts:
        acts[kind](target)
    elif kind == "undo":
        garden.undo()
    else:
        garden.redo()
    return [], []


def write(place: str, name: str, times: int) -> list[int]:
    """Add texts and pin them; give their numbers."""
    with open_garden(place) as garden:
        ids = []
        for number in range(times // 2):
            (text,) = garden.add(f"{name} {number}")
            garden.pin(text)
            ids.append(text.id)
        return ids


def first(place: str) -> int:
    """Open a garden that may not be there, and add a text to it."""
    with open_garden(place) as garden:
        return garden.add("fog")[0].id
