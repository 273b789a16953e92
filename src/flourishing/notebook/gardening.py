"""The garden at a Python prompt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flourishing.garden import Garden


def open_garden(place: str | Path | None = None) -> Garden:
    """Open a garden, the store of everything that was bred and kept; make it if it is not there.

    Args:
        place: The path of a file, or a `postgresql://` URL; None for the one that is configured:
            FLOURISHING_GARDEN, `garden` in `config.toml`, or the file in the person's folder.

    Returns:
        The garden; close it, or use it in a `with` statement.

    Raises:
        GardenError: It is no garden, is damaged, belongs to a newer version or cannot be reached.
        StorageError: There is no room or no permission to make it.

    Example:
        >>> import flourishing as fl
        >>> with fl.open_garden() as garden:
        ...     brood = garden.save(fl.breed(["a wet, black bough"], model="echo"))
        ...     garden.keep(brood[0])
        ...     garden.undo().kind
        'keep'
    """
    from flourishing.garden import open_garden as opened  # here, as few scripts need a database

    return opened(place)
