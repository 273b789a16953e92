"""The use cases, one function each, that the notebook, the command line and the studio call."""

from flourishing.workshop.completing import (
    RUN_ON_TOKENS,
    complete,
    logprobs,
    next_token,
    piped_prompt,
)

# What needs a garden stands in `workshop.shelving` and `workshop.passing`, which are not imported
# here: the notebook breeds without one, and need not wait for a database to be imported.

__all__ = [
    "RUN_ON_TOKENS",
    "complete",
    "logprobs",
    "next_token",
    "piped_prompt",
]
