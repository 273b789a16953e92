"""Beginning a bed, from one shot or step by step, and going on with one otherwise than before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flourishing.breeding import MOST_OFFSPRING
from flourishing.errors import InputError
from flourishing.garden import Bed, Garden
from flourishing.kinds import find_pattern
from flourishing.text import Text


def begin_bed(
    garden: Garden,
    name: str | None,
    parents: Sequence[Text],
    pattern: str,
    *,
    n: int,
    start: str,
    settings: Mapping[str, Any] = MappingProxyType({}),
    unique: bool = False,
) -> Bed:
    """Begin a bed with these parents, which the garden has from then on.

    Args:
        garden: Where it stands.
        name: What it is called; None for the date and time, and a number where another has that.
        parents: The texts to breed from, worst first.
        pattern: The name of the pattern, or the path of its file.
        n: How many offspring a brood has.
        start: What each of them begins with.
        settings: What else is set in it, such as the temperature.
        unique: Whether a bed of this name that is there is an error; else it is given as it is.

    Raises:
        InputError: The name is blank or too long, or taken.
    """
    ids = _planted(garden, parents)
    state = {
        "parents": ids,
        "pattern": _lasting(pattern),
        "n": n,
        "start": start,
        "settings": dict(settings),
    }
    if unique or name is None:
        return garden.beds.begin(name, **state)
    return garden.beds.open(name, **state)


def change_bed(
    garden: Garden,
    bed: Bed,
    *,
    parents: Sequence[Text] | None = None,
    pattern: str | None = None,
    n: int | None = None,
    start: str | None = None,
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> Bed:
    """Go on with a bed as a person says beside its name; one act, which can be undone.

    Args:
        garden: Where it stands.
        bed: The bed.
        parents: The texts to breed from instead of those of the bed; what was being refined is
            left.
        pattern: As in `begin_bed`, like the rest; None leaves what the bed has.
        n: How many offspring a brood has.
        start: What each of them begins with.
        settings: What else is set in it from now on; what is not named stays.

    Raises:
        InputError: There is no such pattern, or n is out of range.
    """
    changes: dict[str, Any] = {"n": n, "start": start}
    if n is not None and not 1 <= n <= MOST_OFFSPRING:
        raise InputError(
            f"A brood cannot have {n:,} offspring.", hint=f"Ask for 1 to {MOST_OFFSPRING:,}."
        )
    if pattern is not None:
        find_pattern(pattern)
        changes["pattern"] = _lasting(pattern)
    given = {name: value for name, value in changes.items() if value is not None}
    if parents is not None:
        given |= {"parents": _planted(garden, parents), "chain": ()}
    return garden.beds.set(bed, settings=settings, **given)


def find_bed(garden: Garden, name: str | None) -> Bed | None:
    """Give the bed of this name, if there is one."""
    return next((bed for bed in garden.beds.all() if bed.name == name), None)


def _planted(garden: Garden, parents: Sequence[Text]) -> tuple[int, ...]:
    return tuple(text.id for text in garden.add(*parents, keep=False))


def _lasting(pattern: str) -> str:
    """Name a pattern so that it is found from whatever folder the bed is opened next."""
    return str(Path(pattern).resolve()) if pattern.endswith(".toml") else pattern
