"""The garden at a Python prompt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from flourishing import sync
from flourishing.app.progress import open_visibly
from flourishing.core.chain import Chain
from flourishing.core.originality import Echo
from flourishing.core.text import Text
from flourishing.library.choosing import Choice, How
from flourishing.library.choosing import choose as chosen
from flourishing.models import BaseModel

if TYPE_CHECKING:
    from flourishing.garden import Garden

T = TypeVar("T", Text, Chain)


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


def choose(
    items: Sequence[T],
    how: How = "random",
    *,
    most: int | None = None,
    near: str | None = None,
    tokens: int | None = None,
    seed: int | None = None,
    model: str | BaseModel | None = None,
) -> list[T]:
    """Choose examples for a prompt from a large collection.

    Args:
        items: Texts or chains, such as `fl.library("imagists").texts`.
        how: "all" in their order, the "newest", a "random" draw, or those "nearest" to a text.
        most: How many at most.
        near: The text that the nearest ones are like.
        tokens: How many tokens they may have together, without what the pattern puts between.
        seed: The same seed draws the same ones.
        model: Counts the tokens, where there is a budget of them; as in `base_model`.

    Returns:
        Those chosen, the one that suits best last.

    Raises:
        InputError: A number below 1, or nothing to be near to.
    """
    choice = Choice(how=how, most=most, near=near, tokens=tokens, seed=seed)
    counting = open_visibly(model).count_tokens if tokens is not None else None
    return sync.run(chosen(items, choice, count_tokens=counting))


def echoes(text: str | Text, *, garden: Garden | None = None) -> tuple[Echo, ...]:
    """Say in which other texts words of this one stand: is it original?

    Args:
        text: The text; its parents are looked through as well.
        garden: The garden to look through; None for the parents and the library alone.

    Returns:
        Where four words in a row or more stand, or a near copy, the longest run first.
    """
    from flourishing.app import collections
    from flourishing.garden import Stored  # here, as they bring the database

    text = text if isinstance(text, Text) else Text(text)
    if garden is None:
        return collections.echoes(text.content, parents=text.origin.parents)
    kin = garden.lineage.kin(text.id) if isinstance(text, Stored) else ()
    return collections.echoes(text.content, garden, parents=text.origin.parents, but=kin)
