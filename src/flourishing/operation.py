"""Operations: the ways in which a text comes to be.

A brood carries its operation. Of a text that was not saved with a brood, `operation_of` says which
one its origin tells of. No other place decides it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from flourishing.text import Origin


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
"""The pattern of which the texts were made worse, where nothing else tells."""


def operation_of(origin: Origin) -> Operation:
    """Say how a text came to be, of which only the origin is known.

    Args:
        origin: Where the text came from.

    Returns:
        EDIT for what a person wrote; IMPORT for what came from elsewhere without parents; else what
        the model was asked for.
    """
    if origin.author == "person":
        return Operation.EDIT
    return prompted_by(origin) if origin.parents else Operation.IMPORT


def prompted_by(origin: Origin) -> ModelOperation:
    """Say what a model was asked for, by the pattern and the examples of its prompt.

    Args:
        origin: Where a model's text came from; its parents are not looked at.
    """
    pattern = origin.pattern
    if pattern is not None and pattern.name == WORSENINGS:
        return Operation.WORSEN
    if origin.examples or (pattern is not None and pattern.link):
        return Operation.REFINE
    return Operation.BREED
