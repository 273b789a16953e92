"""Operations: the ways in which a text comes to be.

A brood carries its operation. Of a text that was not saved with a brood, its origin shows it
(`Origin.operation`). No other place decides it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, TypeAlias


class Operation(StrEnum):
    """How the texts of a brood came to be.

    The values are the words that gardens, files and the API have for them.
    """

    BREED = "bred"
    REFINE = "refined"
    WORSEN = "worsened"
    EDIT = "edited"
    IMPORT = "found"

    @property
    def continues(self) -> bool:
        """Whether the text is another version of the last of its parents."""
        return self in {Operation.REFINE, Operation.WORSEN, Operation.EDIT}


ModelOperation: TypeAlias = Literal[Operation.BREED, Operation.REFINE, Operation.WORSEN]
"""What a base model can be asked for."""

MODEL_OPERATIONS: Final[tuple[ModelOperation, ...]] = (
    Operation.BREED,
    Operation.REFINE,
    Operation.WORSEN,
)

WORSENINGS: Final = "worsenings"
"""The pattern of which the texts were made worse, where nothing else names it."""
