"""The colours of what a formula leaves open, the same in files and in shaders."""

from __future__ import annotations

from typing import Final, TypeAlias

Colour: TypeAlias = tuple[float, float, float]
"""Red, green and blue, each from 0 to 1."""

NO_NUMBER: Final[Colour] = (0.55, 0.2, 0.45)
"""Where a formula gives no finite number."""
BACKGROUND: Final[Colour] = (0.06, 0.06, 0.09)
"""Between dots."""
POSITIVE: Final[Colour] = (0.98, 0.93, 0.82)
"""Dots of a positive level."""
NEGATIVE: Final[Colour] = (0.91, 0.33, 0.24)
"""Dots of a negative level."""
DOTS: Final = 16
"""Dots in a row, and rows."""
DOT_SIZE: Final = 0.46
"""The radius of a dot of level 1, where the distance of two dots is 1."""
