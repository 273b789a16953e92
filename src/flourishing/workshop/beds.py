"""Beginning a bed, from one shot or step by step, and going on with one otherwise than before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flourishing.garden import Bed, Garden
from flourishing.kinds import OTHER, find_pattern, kind_of, pattern_for
from flourishing.kinds import kind as find_kind
from flourishing.text import Text


def begin_bed(
    garden: Garden,
    name: str | None,
    parents: Sequence[Text],
    pattern: str,
    *,
    n: int,
    start: str,
    kind: str = "",
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
        kind: The name of the kind of text, or the path of its file; "" where the pattern tells.
        settings: What else is set in it, such as the temperature.
        unique: Whether a bed of this name that is there is an error; else it is given as it is.

    Raises:
        InputError: The name is blank or too long, or taken.
    """
    ids = _planted(garden, parents)
    state = {
        "parents": ids,
        "pattern": _lasting(pattern),
        "kind": _lasting(kind),
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
    kind: str | None = None,
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
        pattern: The name of the pattern, or the path of its file; None for that of the kind, or
            else what the bed has.
        kind: The name of the kind of text, or the path of its file; None for the one that the
            pattern implies, or else what the bed has.
        n: How many offspring a brood has.
        start: What each of them begins with.
        settings: What else is set in it from now on; what is not named stays.

    Raises:
        InputError: There is no such pattern or kind, or n is out of range.
    """
    changes: dict[str, Any] = {"n": n, "start": start}
    changes |= kind_changes(kind, pattern)
    given = {name: value for name, value in changes.items() if value is not None}
    if parents is not None:
        given |= {"parents": _planted(garden, parents), "chain": ()}
    return garden.beds.set(bed, settings=settings, **given)


def kind_changes(kind: str | None, pattern: str | None) -> dict[str, str]:
    """Give what changes in a bed that gets another kind or another pattern.

    A kind brings its pattern, unless one is named with it. A pattern alone brings the kind that it
    implies; one that implies none leaves the kind.

    Args:
        kind: The name of the kind, or the path of its file; None where it is not named.
        pattern: The name of the pattern, or the path of its file; None where it is not named.

    Raises:
        InputError: There is no such kind or pattern, or its file is wrong.
    """
    if kind is not None:
        form = pattern_for(kind, pattern)
        return {"kind": _lasting(kind), "pattern": _lasting(pattern or form.name)}
    if pattern is None:
        return {}
    implied = kind_of(find_pattern(pattern)).name
    return {"pattern": _lasting(pattern)} | ({} if implied == OTHER else {"kind": implied})


def find_bed(garden: Garden, name: str | None) -> Bed | None:
    """Give the bed of this name, if there is one."""
    return next((bed for bed in garden.beds.all() if bed.name == name), None)


def lasting_kind(name: str) -> str:
    """Check the name of a kind, or the path of its file, and give it as it can be stored.

    Raises:
        InputError: There is no such kind, or its file is wrong.
    """
    find_kind(name)
    return _lasting(name)


def _planted(garden: Garden, parents: Sequence[Text]) -> tuple[int, ...]:
    return tuple(text.id for text in garden.add(*parents, keep=False))


def _lasting(name: str) -> str:
    """Name a pattern or kind so that it is found from whatever folder the bed is opened next."""
    return str(Path(name).resolve()) if name.endswith(".toml") else name
