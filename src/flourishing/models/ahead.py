"""Base models that can read a prompt before anything is asked of it.

Reading is the slow part: a library of forty poems takes the embedded model ten seconds and more,
and nothing when it is remembered. A person who still picks gives it that time.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol, runtime_checkable

from flourishing.models.protocol import BaseModel, Reading


@runtime_checkable
class Prefillable(BaseModel, Protocol):
    """A base model that remembers prompts, and can read one ahead."""

    def prefill(self, prompt: str) -> AsyncGenerator[Reading]:
        """Read a prompt, so that a later `complete` from it finds it read.

        It takes no time from others: it waits while the model writes for somebody, steps aside
        when somebody comes, and then goes on. Letting go of it stops it; what has been read by
        then stays remembered. Several at once are read one after the other.

        What is written reproducibly, and log-probabilities, are read anew in any case, and make
        the model forget what was read.

        Args:
            prompt: The prompt, or as much of its beginning as is known.

        Yields:
            How far it has come; the last one is the whole prompt.

        Raises:
            PromptTooLongError: The prompt does not fit into the context.
            ModelError: The model failed.
        """
        ...
