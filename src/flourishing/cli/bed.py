"""Beginning a bed, from one shot or step by step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flourishing.garden import Bed, Garden
from flourishing.text import Text


def begin_bed(
    garden: Garden, name: str, parents: Sequence[Text], pattern: str, *, n: int, start: str
) -> Bed:
    """Begin a bed with these parents, which the garden has from then on.

    Args:
        garden: Where it stands.
        name: What it is called.
        parents: The texts to breed from, worst first.
        pattern: The name of the pattern, or the path of its file.
        n: How many offspring a brood has.
        start: What each of them begins with.

    Raises:
        InputError: The name is blank or too long.
    """
    if pattern.endswith(".toml"):  # to be found from whatever folder the bed is opened next
        pattern = str(Path(pattern).resolve())
    ids = [text.id for text in garden.add(*parents, keep=False)]
    return garden.beds.open(name, parents=tuple(ids), pattern=pattern, n=n, start=start)
