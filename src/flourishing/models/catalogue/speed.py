"""How fast a model writes on this machine: guessed from its size, then as it was seen.

On a processor, writing a token means reading all weights that it needs once, so the speed is about
the memory's bandwidth divided by their size. The bandwidth is not asked of the machine: a core
reads a few gigabytes a second, and beyond some cores the memory gives no more. That is right within
a factor of two or three, which is enough to say whether eight poems take seconds or minutes.

What was seen goes before the guess. It is kept on this machine (in the folder for what can be made
again), and not in a garden, which another machine may share.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from flourishing import settings
from flourishing.files import write_whole
from flourishing.models.catalogue.entries import Entry
from flourishing.models.protocol import Usage

_A_CORE: Final = 6e9
"""Bytes of weights that one core reads in a second."""
_THE_MEMORY: Final = 40e9
"""Bytes that the memory of a usual machine gives in a second, to however many cores."""
_LEAST_TOKENS: Final = 16
"""Tokens of a call; fewer say nothing of the speed."""
_LEAST_SECONDS: Final = 0.05
_REMEMBERED: Final = 5
"""So many of the last calls are remembered, of which the middle one counts."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a model writes.

    Attributes:
        tokens: Tokens a second, of all offspring of a brood together where it was seen.
        seen: Whether it was seen on this machine; otherwise it is a guess.
    """

    tokens: float
    seen: bool


def speed(name: str, size: int, entry: Entry | None = None) -> Speed:
    """Give how fast a model of this machine writes, as it was seen or as a guess.

    Args:
        name: The model's name, as its texts say it.
        size: Bytes of its file.
        entry: Its entry of the catalogue; None where it has none.
    """
    before = seen(name)
    return Speed(guess(size, entry), False) if before is None else Speed(before, True)


def guess(size: int, entry: Entry | None = None) -> float:
    """Guess how many tokens a second a model writes on this machine's processor.

    Args:
        size: Bytes of its file.
        entry: Its entry of the catalogue, which says how many of its parameters one token needs;
            None counts all of them.
    """
    share = entry.active / entry.parameters if entry is not None and entry.active else 1.0
    return min(cores() * _A_CORE, _THE_MEMORY) / max(size * share, 1.0)


def cores() -> int:
    """Give how many cores this program may use."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # not on every system
        return os.cpu_count() or 1


def seen(name: str) -> float | None:
    """Give the tokens a second that were seen of a model; None where it was not used yet.

    Args:
        name: The model's name, as its texts say it.
    """
    before = _read(name)
    return median(before) if before else None


def of(usage: Usage) -> float | None:
    """Give the tokens a second of a call, from the first words on; None if too little came.

    Args:
        usage: The tokens and seconds of the call.
    """
    writing = usage.seconds - (usage.first_token or 0.0)
    if usage.completion < _LEAST_TOKENS or writing < _LEAST_SECONDS:
        return None
    return usage.completion / writing


def note(name: str, usage: Usage) -> None:
    """Remember how fast a model wrote; a call that was too short says nothing.

    Args:
        name: The model's name, as its texts say it.
        usage: The tokens and seconds of the call.

    Raises:
        StorageError: It cannot be written down.
    """
    if (tokens := of(usage)) is None:
        return
    last = [*_read(name), round(tokens, 2)][-_REMEMBERED:]
    content = json.dumps({"name": name, "tokens_a_second": last}, ensure_ascii=False)
    write_whole(
        _path(name),
        content.encode("utf-8", "surrogateescape"),
        folders=True,
        remedy="FLOURISHING_CACHE names another folder for what can be made again.",
    )


def _read(name: str) -> list[float]:
    try:
        found = json.loads(_path(name).read_bytes())
        last = found["tokens_a_second"] if found["name"] == name else []
        return [float(each) for each in last if 0 < float(each) < 1e6]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # it can be seen again


def _path(name: str) -> Path:
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return settings.cache_path() / "speeds" / f"{digest}.json"
