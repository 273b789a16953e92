"""The names of colours that models write, of which some are in no list."""

from __future__ import annotations

from functools import lru_cache

_NONE = frozenset({"none", "transparent", "currentcolor", "inherit"})
"""Words that stand where a colour may, and name none."""


def css_name(name: str) -> str:
    """Give a name of CSS for a colour that a model named.

    Models join names as the lists do, such as "silvergrey" or "darkslateorange". The last part says
    the hue, so the longest name of CSS with which such a one ends is taken, or begins.

    Args:
        name: The name, without blanks; what is not of letters alone, such as "#aa3355", is given
            back, and so are words such as "none".

    Returns:
        The name of CSS, in small letters; the name as it is where it has none of CSS in it.
    """
    small = name.lower()
    if not name.isalpha() or small in _NONE:
        return name
    if small in _known():
        return small
    for fits in (small.endswith, small.startswith):
        if found := next(filter(fits, _known()), None):
            return found
    return name


@lru_cache(maxsize=1)
def _known() -> dict[str, None]:
    """Give the names of CSS, the longest first."""
    from PIL import ImageColor

    return dict.fromkeys(sorted(ImageColor.colormap, key=lambda each: (-len(each), each)))
