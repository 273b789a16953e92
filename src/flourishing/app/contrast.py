"""The same prompt to a base model and to an instruct model, side by side.

The base half is the point, the other a foil: where there is no instruct model, or it fails, what
the base model wrote is given all the same, with what went wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flourishing.app.complete import complete
from flourishing.core.sampling import SamplingOptions
from flourishing.errors import FlourishingError, NoInstructModelError
from flourishing.models import BaseModel, Event, Notice, Waiting, open_model
from flourishing.models.cost import Budget
from flourishing.models.instruct import MOST_TOKENS, instruct
from flourishing.settings import config_path, named_models

INSTRUCT: Final = "instruct"
"""What the configuration calls the instruct model that is used when none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """What two kinds of models made of one prompt.

    Attributes:
        prompt: The prompt.
        base_model: The name of the base model.
        base: How it went on.
        instruct_model: What the instruct model was called; empty if there was none.
        instruct: What it answered; empty if it did not.
        trouble: Why it did not answer.
    """

    prompt: str
    base_model: str
    base: tuple[str, ...]
    instruct_model: str
    instruct: tuple[str, ...]
    trouble: FlourishingError | None

    def as_dict(self) -> dict[str, object]:
        """Give all of it as JSON takes it."""
        trouble = self.trouble and {"message": str(self.trouble), "hint": self.trouble.hint}
        return {
            "prompt": self.prompt,
            "base": {"model": self.base_model, "completions": list(self.base)},
            "instruct": {"model": self.instruct_model, "answers": list(self.instruct)},
            "trouble": trouble,
        }


async def contrast(
    prompt: str,
    *,
    base: str | BaseModel | None = None,
    instruct_model: str | None = None,
    n: int = 1,
    sampling: SamplingOptions | None = None,
    seed: int | None = None,
    tell: Callable[[str | Waiting], None] | None = None,
    budget: Budget | None = None,
) -> Contrast:
    """Give the same prompt to a base model and to an instruct model.

    Args:
        prompt: The exact prompt.
        base: The base model, by name or itself; None for the one that is configured.
        instruct_model: A name in the configuration, or an address; None for the model that the
            configuration calls "instruct".
        n: How many of each.
        sampling: How tokens are drawn; of the instruct model only as far as the two have it in
            common.
        seed: The same seed gives the same, where the models keep to it.
        tell: Told what a person should know before a model is asked, and how long is waited.
        budget: Bounds what both may cost together; None for the month's budget alone.

    Raises:
        InputError: The prompt is empty, or n is out of range.
        ModelError: The base model failed.
    """
    opened = open_model(base)
    drawn = sampling or SamplingOptions()

    async def foil() -> list[str]:
        return await instruct(
            prompt,
            model=_named(instruct_model),
            n=n,
            max_tokens=MOST_TOKENS if drawn.max_tokens is None else drawn.max_tokens,
            temperature=drawn.temperature,
            seed=seed,
            notify=tell,
            budget=budget,
        )

    def heard(event: Event) -> None:
        if tell is not None and isinstance(event, Notice | Waiting):
            tell(event.words if isinstance(event, Notice) else event)

    asked = asyncio.create_task(foil())
    try:
        written = await complete(
            prompt, n, sampling=sampling, seed=seed, model=opened, tell=heard, budget=budget
        )
    except BaseException:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        raise
    (answered,) = await asyncio.gather(asked, return_exceptions=True)
    trouble = answered if isinstance(answered, FlourishingError) else None
    if isinstance(answered, BaseException) and trouble is None:
        raise answered
    return Contrast(
        prompt=prompt,
        base_model=opened.name,
        base=tuple(written),
        instruct_model=instruct_model or ("" if _is_unnamed(trouble) else INSTRUCT),
        instruct=() if isinstance(answered, BaseException) else tuple(answered),
        trouble=trouble,
    )


def _is_unnamed(trouble: FlourishingError | None) -> bool:
    return isinstance(trouble, NoInstructModelError)


def _named(model: str | None) -> str:
    if model is not None:
        return model
    if INSTRUCT in named_models():
        return INSTRUCT
    raise NoInstructModelError(
        "There is no instruct model to set beside it.",
        hint="Name one: --instruct https://host/v1#model-id (its key in FLOURISHING_API_KEY), or "
        f"describe one as [models.{INSTRUCT}] in {config_path()}, with endpoint, model and "
        "key_env.",
    )
